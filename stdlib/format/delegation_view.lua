-- What people see of delegation.get and delegation.inbound: like things together, and nothing of adsh's own.
local names = require "adsh.format.names"
local printable = require "adsh.format.printable"
local services = require "adsh.format.services"

local view = {}

local MODES = {
	none = "none", kerberos = "Kerberos only", any = "any protocol", unconstrained = "unconstrained: any service",
	["resource-based"] = "resource-based", conditional = "under a condition",
}
local NOTES = {
	{ "domain_controller", "domain controller" }, { "sensitive", "sensitive: cannot be delegated" },
	{ "protected_user", "member of Protected Users" },
}

local function short(account)
	return (account:gsub("%$$", ""))
end

local MANY = 6 -- values shown one by one; more are put together

local function targets_of(values)
	local lines = {}
	if #values <= MANY then
		for i, v in ipairs(values) do
			lines[i] = services.visible(v)
		end
		return lines
	end
	local groups, odd = services.by_hosts(values)
	for i, g in ipairs(groups) do
		lines[i] = ("%s: %s"):format(table.concat(g.classes, ", "), table.concat(g.hosts, " "):upper())
	end
	return table.move(odd, 1, #odd, #lines + 1, lines)
end

local function notes_of(d)
	local notes = {}
	for _, note in ipairs(NOTES) do
		notes[#notes + 1] = d[note[1]] and note[2] or nil
	end
	if (d.odd_aces or 0) > 0 then
		notes[#notes + 1] = ("%d entries of its descriptor allow nobody to act"):format(d.odd_aces)
	end
	return #notes > 0 and notes or nil
end

--- delegation.get: the account, its mode, the hosts behind each set of services.
function view.account(d)
	local sources = {}
	for i, source in ipairs(d.sources) do
		sources[i] = short(source)
	end
	for _, c in ipairs(d.conditional or {}) do
		sources[#sources + 1] = ("%s if %s"):format(short(c.source), c.condition)
	end
	local seen = {
		account = short(d.account), dn = d.dn, mode = MODES[d.mode] or d.mode,
		["may delegate to"] = #d.targets > 0 and targets_of(d.targets) or nil,
		["accepts delegation by"] = #sources > 0 and sources or nil, notes = notes_of(d),
	}
	return printable.present(seen, { "account", "dn", "mode", "may delegate to", "accepts delegation by", "notes" })
end

-- What only Hyper-V hosts have, in a word.
local SHORT = {
	["Microsoft Virtual System Migration Service"] = "migration", ["Hyper-V Replica Service"] = "replica",
	["Microsoft Virtual Console Service"] = "console",
}

local function classes_of(row)
	local classes = {}
	local groups, odd = services.by_class(row.services)
	for i, g in ipairs(groups) do
		classes[i] = SHORT[g.class] or g.class
	end
	return table.concat(table.move(odd, 1, #odd, #classes + 1, classes), ", ")
end

--- delegation.inbound: sources of the same kind, services and condition in one row.
function view.inbound(rows)
	local groups, list = {}, {}
	for _, row in ipairs(rows) do
		local what = row.condition or row.domain_controller and "domain controller" or classes_of(row)
		local key = row.kind .. "\0" .. what
		local g = groups[key]
		if not g then
			g = { kind = row.kind == "unconstrained" and row.kind or MODES[row.kind] or row.kind, sources = {}, services = what }
			groups[key] = g
			list[#list + 1] = g
		end
		table.insert(g.sources, short(row.source))
	end
	for _, g in ipairs(list) do
		g.sources = #g.sources > MANY and names.ranges(g.sources):gsub(", ", " ") or table.concat(g.sources, " ")
	end
	printable.ordered(list, { "kind", "sources", "services" })
	return printable.footed(printable.untitled(list), ("%d %s"):format(#rows, #rows == 1 and "account" or "accounts"))
end

return view
