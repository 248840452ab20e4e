-- Who of some hosts may delegate to whom of them, and how: what delegation.matrix gives and prints.
local delegators = require "adsh.delegators"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local lookup = require "adsh.core.lookup"
local owners = require "adsh.owners"
local raising = require "adsh.raising"

local matrix = {}

local account = raising(lookup).account

-- Widest first: the letter of a cell is that of its first kind.
local KINDS = { "unconstrained", "any", "kerberos", "resource-based", "unregistered" }
local LETTERS = { unconstrained = "U", any = "A", kerberos = "K", ["resource-based"] = "R", unregistered = "!" }

--- The meaning of a letter; in the order of matrix.letters.
matrix.words = {
	A = "any protocol", K = "Kerberos only", R = "resource-based", U = "unconstrained",
	["!"] = "listed, but no such SPN", ["-"] = "missing", ["."] = "itself",
}
matrix.letters = { "A", "K", "R", "U", "!", "-", "." }

-- ---- reading ----

local function is_plain(name)
	return type(name) == "string" and not name:find "[@\\]"
end

--- hosts(list): the facts of accounts given by any names or as objects, with the directory of each.
function matrix.hosts(list)
	local names, found, result = {}, {}, {}
	for _, x in ipairs(list) do
		names[#names + 1] = is_plain(x) and x or nil
	end
	local dir = #names > 0 and directory.current()
	for i, o in ipairs(#names > 0 and dir:get(names, { want = "account" }) or {}) do
		found[names[i]] = o
	end
	for i, x in ipairs(list) do
		local o, where = found[x], dir
		if not o then
			o, where = account(x, "account")
		end
		result[i] = delegators.fact(lookup.entry(o))
		result[i].dir = where
	end
	return result
end

-- ---- what may be done ----

-- cells[i][j][kind] = list of services
local function mark(cells, i, j, kind, service)
	local cell = cells[i][j] or {}
	cells[i][j] = cell
	cell[kind] = cell[kind] or {}
	table.insert(cell[kind], service)
end

local function by_directory(hosts)
	local groups, order = {}, {}
	for _, h in ipairs(hosts) do
		if not groups[h.dir] then
			groups[h.dir] = {}
			order[#order + 1] = h.dir
		end
		table.insert(groups[h.dir], h)
	end
	return groups, order
end

local function index_of(hosts)
	local index = owners.new()
	for _, h in ipairs(hosts) do
		index:add(h, h.spns, h.names)
	end
	local groups, order = by_directory(hosts)
	for _, dir in ipairs(order) do
		local seen, values = {}, {}
		for _, h in ipairs(groups[dir]) do
			for _, v in ipairs(h.targets) do
				values[#values + 1] = not seen[v] and v or nil
				seen[v] = true
			end
		end
		index:learn(values, dir)
	end
	return index
end

local function add_constrained(cells, hosts, at, index)
	for i, h in ipairs(hosts) do
		for _, v in ipairs(h.targets) do
			local who = index:find(v)
			local named = who or index.by_host[owners.host(v)]
			if named and named.domain == h.domain and named ~= h then -- it ends at the border of the domain
				mark(cells, i, at[named], not who and "unregistered" or h.transition and "any" or "kerberos", v)
			end
		end
	end
end

local ALL = { ["S-1-1-0"] = true, ["S-1-5-11"] = true, ["S-1-5-32-545"] = true }

-- Calls f with the place of each host that is in the group.
local function members(sid, group, hosts, at_dn, f)
	local domain, rid = sid:match "^(.*)%-(%d+)$"
	for i, h in ipairs(hosts) do
		if ALL[sid] or h.primary_group == tonumber(rid) and h.sid:match "^(.*)%-%d+$" == domain then
			f(i)
		end
	end
	if group then
		for e in group.dir:search { filter = filter.member_of(group.dn), attributes = { "objectSid" } } do
			if at_dn[e.dn:lower()] then
				f(at_dn[e.dn:lower()])
			end
		end
	end
end

-- Groups among these SIDs, in whichever of the directories knows them.
local function groups_of(sids, hosts)
	local groups, _, order = {}, by_directory(hosts)
	for _, dir in ipairs(#sids > 0 and order or {}) do
		for sid, t in pairs(delegators.trustees(dir, sids)) do
			if t.group then
				t.dir = dir
				groups[sid] = t
			end
		end
	end
	return groups
end

local function add_resource_based(cells, hosts)
	local at_sid, at_dn, unknown, targets = {}, {}, {}, {}
	for i, h in ipairs(hosts) do
		at_sid[h.sid], at_dn[h.dn:lower()] = i, i
	end
	for j, h in ipairs(hosts) do
		for _, sid in ipairs(h.sources) do
			if at_sid[sid] then
				mark(cells, at_sid[sid], j, "resource-based")
			else
				unknown[#unknown + 1] = not targets[sid] and sid or nil
				targets[sid] = targets[sid] or {}
				table.insert(targets[sid], j)
			end
		end
	end
	local groups = groups_of(unknown, hosts)
	for _, sid in ipairs(unknown) do
		members(sid, groups[sid], hosts, at_dn, function(i)
			for _, j in ipairs(targets[sid]) do
				mark(cells, i, j, "resource-based")
			end
		end)
	end
end

local function label(h, mixed)
	return h.account:gsub("%$$", "") .. (mixed and "@" .. h.domain or "")
end

local function row(source, target, cell)
	local kinds, services = {}, {}
	for _, kind in ipairs(KINDS) do
		if cell and cell[kind] then
			kinds[#kinds + 1] = kind
			table.move(cell[kind], 1, #cell[kind], #services + 1, services)
		end
	end
	table.sort(services)
	return {
		source = source, target = target, how = kinds[1] and table.concat(kinds, ", ") or "missing", services = services,
	}, LETTERS[kinds[1]] or "-"
end

--- of(hosts): the matrix of what matrix.hosts gave: a list of rows { source=, target=, how=, services= }, one for
--- each ordered pair, with the fields hosts (names) and cells (letters: cells[i][j] is of hosts[i] to hosts[j]).
function matrix.of(hosts)
	local cells, at, mixed = {}, {}, false
	for i, h in ipairs(hosts) do
		cells[i], at[h] = {}, i
		mixed = mixed or h.domain ~= hosts[1].domain
	end
	add_constrained(cells, hosts, at, index_of(hosts))
	add_resource_based(cells, hosts)
	local m = setmetatable({ hosts = {}, cells = {} }, { __name = "adsh.matrix" })
	for i, h in ipairs(hosts) do
		m.hosts[i], m.cells[i] = label(h, mixed), {}
	end
	for i, h in ipairs(hosts) do
		for j in ipairs(hosts) do
			local cell = cells[i][j]
			if h.unconstrained and i ~= j then
				cell = cell or {}
				cell.unconstrained = {}
			end
			local r, letter = row(m.hosts[i], m.hosts[j], cell)
			m.cells[i][j] = i == j and "." or letter
			m[#m + 1] = i ~= j and r or nil
		end
	end
	return m
end

return matrix
