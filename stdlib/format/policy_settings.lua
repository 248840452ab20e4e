-- What people see of gpo.settings: a line for each setting, and what is empty left out.
local beside = require "adsh.format.beside"
local printable = require "adsh.format.printable"
local sid_names = require "adsh.sid_names"

local policy_settings = {}

local function named(sid, domain)
	return sid:find "^S%-1%-" and sid_names.shown(sid, domain) or sid
end

local function names(list, domain)
	local shown = {}
	for i, sid in ipairs(list) do
		shown[i] = named(sid, domain)
	end
	return #shown > 0 and table.concat(shown, ", ") or "nobody"
end

-- A group may have both lines.
local function restricted(list, domain)
	local rows = {}
	for _, g in ipairs(list) do
		if g.memberof and #g.memberof > 0 then
			rows[#rows + 1] = { named(g.group, domain), "member of", names(g.memberof, domain) }
		end
		if g.members then
			rows[#rows + 1] = { named(g.group, domain), "only members", names(g.members, domain) }
		end
	end
	return rows
end

local ACTIONS = { C = "is made", R = "is made again", U = "is changed", D = "is deleted" } -- MS-GPPREF 2.2.1.11

local function preference(g)
	local parts = {}
	for i, m in ipairs(g.members) do
		parts[i] = ("%s %s"):format(m.action == "REMOVE" and "-" or "+", m.name or m.sid)
	end
	return { g.group or g.sid or "", (ACTIONS[g.action] or g.action or "") .. (g.disabled and ", turned off" or "")
		.. (g.empties and ", emptied first" or ""), table.concat(parts, ", ") }
end

local function rule(row)
	return { row.name or row.value, row.action or "", row.lport or "any port", #row.from > 0
		and table.concat(row.from, ", ") or "from anywhere" }
end

local function value(row)
	return { row.key .. "\\" .. row.name, tostring(row.value) }
end

local function rights(found, domain)
	local list = {}
	for right, who in pairs(found) do
		list[#list + 1] = { right, names(who, domain) }
	end
	table.sort(list, function(a, b)
		return a[1] < b[1]
	end)
	return list
end

local function as_is(row)
	return row
end

local ORDER = { "policy", "restricted groups", "preference groups", "user rights", "firewall", "registry", "scripts",
	"not read" }

--- shown(s, policy, domain): s: as gpo.settings returns it.
function policy_settings.shown(s, policy, domain)
	local seen = { ["restricted groups"] = beside.each(restricted(s.restricted_groups, domain), as_is),
		["preference groups"] = beside.each(s.preference_groups, preference),
		["user rights"] = beside.each(rights(s.rights, domain), as_is), firewall = beside.each(s.firewall, rule),
		registry = beside.each(s.registry, value), scripts = #s.scripts > 0 and s.scripts or nil,
		["not read"] = #s.other > 0 and s.other or nil }
	seen.policy = policy .. (next(seen) and "" or ": no settings for computers")
	return printable.present(seen, ORDER)
end

return policy_settings
