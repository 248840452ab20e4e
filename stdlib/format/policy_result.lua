-- What people see of gpo.result: tables in a block, and what is empty left out.
local beside = require "adsh.format.beside"
local printable = require "adsh.format.printable"
local sid_names = require "adsh.sid_names"
local site = require "adsh.gpo.result_site"

local policy_result = {}

local each = beside.each

-- Where it is linked: "site Berlin", "domain alpha.test", "OU=Hosts".
local function where(row)
	local short = row.container:gsub(",[Dd][Cc]=.*$", "")
	if row.kind == "OU" then
		return short
	end
	return row.kind == "site" and "site " .. site.name(row.container)
		or "domain " .. sid_names.domain_of(row.container)
end

local function linked(row)
	return ("%s, order %d%s"):format(where(row), row.order, row.enforced and ", enforced" or "")
end

local function applied(row, i)
	return { tostring(i), row.name, linked(row), row.wmi_filter and "WMI filter: " .. row.wmi_filter or "" }
end

local function left_out(row)
	return { row.name, linked(row), row.why }
end

local function by(row)
	local others = row.overrules or {}
	return row.policy .. (#others > 0 and (", over %s"):format(table.concat(others, ", ")) or "")
end

local function names(list)
	return #list > 0 and table.concat(list, ", ") or "nobody"
end

local function group(row)
	return { row.group, row.action, names(row.members), by(row) }
end

local function right(row)
	return { row.right, names(row.who), by(row) }
end

local function rule(row)
	return { row.rule, row.action or "", row.lport or "any port", #row.from > 0 and table.concat(row.from, ", ")
		or "from anywhere", by(row) }
end

local function script(row)
	return { row.script, by(row) }
end

local ORDER = { "host", "site", "policies", "left out", "local groups", "user rights", "firewall", "scripts", "notes",
	"not seen" }

--- policy_result.shown(r)
function policy_result.shown(r)
	local seen = {
		host = r.dn, site = r.site and ("%s: %s"):format(r.site, r.site_known_by),
		policies = each(r.policies, applied) or "none",
		["left out"] = each(r.left_out, left_out), ["local groups"] = each(r.groups, group),
		["user rights"] = each(r.rights, right), firewall = each(r.firewall, rule), scripts = each(r.scripts, script),
		notes = #r.notes > 0 and r.notes or nil, ["not seen"] = #r.unseen > 0 and r.unseen or nil,
	}
	return printable.present(seen, ORDER)
end

return policy_result
