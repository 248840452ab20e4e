-- The matrix of hosts twice in one: what the directory says of each pair, and what the KDC gives: a ticket that the
-- source gets with its own key, on behalf of a user, to a service of the target (S4U2Self and S4U2Proxy).
local answers = require "adsh.verify.answers"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local keys = require "adsh.verify.keys"
local matrix = require "adsh.matrix"
local printable = require "adsh.format.printable"
local spn_owners = require "adsh.spn_owners"

local verified = {}

local FIELDS = { "source", "target", "user", "service", "how", "kdc", "agrees", "reason", "hint" }

local OPTIONS = { user = true, services = true, keytabs = true, each = true }

local function list_of(v)
	return type(v) == "table" and v or { v }
end

local function check(options)
	for name in pairs(options) do
		if not OPTIONS[name] then
			error(failure("usage", ("verify.matrix: unknown option '%s'"):format(tostring(name)),
				"there are user, services, keytabs and each"), 0)
		end
	end
end

-- Users as the KDC knows them: those without a realm are of the directory that is asked.
local function users_of(options)
	local info, list = directory.current():info(), {}
	for i, name in ipairs(list_of(options.user or info.principal)) do
		list[i] = name:find "[@\\]" and name or name .. "@" .. info.domain:upper()
	end
	return list
end

-- ---- which ticket is asked for ----

local function has_dot(spn)
	return spn_owners.host(spn):find(".", 1, true) ~= nil
end

-- The name under which clients ask for a service of this host: its FQDN where it has one.
local function spn_of(h, class)
	local best
	for _, spn in ipairs(h.spns) do
		local its, rest = spn:match "^([^/]+)/(.+)$"
		if its and its:lower() == class:lower() and (not best or has_dot(spn) and not has_dot(best)) then
			best = class .. "/" .. rest
		end
	end
	local name = h.names[2] or h.names[1]
	if best and (has_dot(best) or not name) then
		return best
	end
	return name and class .. "/" .. name or best
end

-- ---- what the directory says of one service ----

local CONSTRAINED = { any = true, kerberos = true, unregistered = true }

local function of_class(services, class)
	local list = {}
	for _, v in ipairs(services) do
		list[#list + 1] = v:lower():match "^[^/]+" == class:lower() and v or nil
	end
	return list
end

-- row: of delegation.matrix. The kinds that let this class through, and the names in the list that are of it.
local function narrowed(row, class)
	local named, kinds = of_class(row.services, class), {}
	for kind in row.how:gmatch "[^,]+" do
		kind = kind:match "^ *(.-)$"
		if not CONSTRAINED[kind] or #named > 0 then
			kinds[#kinds + 1] = kind
		end
	end
	return kinds[1] and table.concat(kinds, ", ") or "missing", named
end

-- ---- rows ----

local function each_pair(n, f)
	local k = 0
	for i = 1, n do
		for j = 1, n do
			if i ~= j then
				k = k + 1
				f(i, j, k)
			end
		end
	end
end

-- One list for each source and user: asks[a] = { source=, keytab=, user=, targets = SPNs, rows = what each is for }.
local function plan_of(m, facts, users, classes, found)
	local asks, rows, asked, at = {}, {}, {}, {}
	each_pair(#facts, function(i, j, k)
		for _, class in ipairs(classes) do
			local how, named = narrowed(m[k], class)
			for _, user in ipairs(users) do
				local r = { source = m[k].source, target = m[k].target, user = user, service = spn_of(facts[j], class),
					how = how }
				rows[#rows + 1] = r
				local key = i .. "\0" .. user
				if found[i] and r.service and not at[key] then
					at[key] = { source = facts[i].account .. "@" .. facts[i].domain:upper(), keytab = found[i], user = user,
						targets = {}, rows = {} }
					asks[#asks + 1] = at[key]
				end
				if found[i] and r.service then
					asked[r] = true
					table.insert(at[key].targets, r.service)
					table.insert(at[key].rows, { row = r, from = facts[i], to = facts[j], named = named })
				end
			end
		end
	end)
	return rows, asks, asked
end

-- Those that the KDC is not asked about.
local function without_answer(rows, asked, facts_by_name, keytabs, each)
	for _, r in ipairs(rows) do
		if not asked[r] then
			r.kdc = r.service and "no key" or "not asked"
			r.reason = not r.service and r.target .. " has no service principal name"
				or keytabs and ("%s has no key of %s"):format(keytabs, facts_by_name[r.source].account)
				or "no keytabs were named"
			each(r)
		end
	end
end

-- The DC that a domain's facts came from is asked: another one may not know them yet.
local function kdcs_of(facts)
	local kdcs = {}
	for _, h in ipairs(facts) do
		local info = h.dir:info()
		kdcs[h.domain:upper()] = info.dns_host or info.host
	end
	return kdcs
end

-- ---- the grid ----

local function mark_of(marks, r)
	local mark = ({ given = "+", refused = "x" })[r.kdc] or "?"
	return (not marks or marks == mark) and mark or "~"
end

-- The widest letter of the rows of a pair stands for it.
local function letter_of(before, how)
	local letter = matrix.letter(how)
	return (not before or before == "-") and letter or before
end

local function grid(m, rows)
	local at = {}
	for i, name in ipairs(m.hosts) do
		at[name], m.marks[i], m.cells[i] = i, {}, {}
	end
	for _, r in ipairs(rows) do
		local i, j = at[r.source], at[r.target]
		m.marks[i][j] = mark_of(m.marks[i][j], r)
		m.cells[i][j] = letter_of(m.cells[i][j], r.how)
	end
	for i in ipairs(m.hosts) do
		m.marks[i][i], m.cells[i][i] = " ", "."
	end
end

--- of(hosts, options): see verify.matrix. The result has hosts, cells and marks besides, as delegation.matrix has.
function verified.of(hosts, options)
	check(options)
	local facts = matrix.hosts(hosts)
	local said = matrix.of(facts)
	local users = users_of(options)
	local found = keys.of(options.keytabs, facts)
	local rows, asks, asked = plan_of(said, facts, users, list_of(options.services or "cifs"), found)
	local by_name = {}
	for i, name in ipairs(said.hosts) do
		by_name[name] = facts[i]
	end
	local each = options.each or function() end
	without_answer(rows, asked, by_name, options.keytabs, each)
	answers.fill(asks, each, kdcs_of(facts))
	local m = setmetatable({ hosts = said.hosts, cells = {}, marks = {}, lacks = said.lacks, users = users },
		{ __name = "adsh.matrix" })
	grid(m, rows)
	table.move(rows, 1, #rows, 1, m)
	return printable.ordered(m, FIELDS)
end

return verified
