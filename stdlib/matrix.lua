-- Who of some hosts may delegate to whom of them, and how: what delegation.matrix gives and prints.
local core = require "adsh.core.delegation"
local delegators = require "adsh.delegators"
local directory = require "adsh.directory"
local group_members = require "adsh.group_members"
local lookup = require "adsh.core.lookup"
local spn_owners = require "adsh.spn_owners"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"
local printable = require "adsh.format.printable"

local matrix = {}

local account = raising(lookup).account

-- Widest first: the letter of a cell is that of its first kind.
local KINDS = { "unconstrained", "any", "kerberos", "resource-based", "resource-based by group", "conditional",
	"unregistered" }
local LETTERS = { unconstrained = "U", any = "A", kerberos = "K", ["resource-based"] = "R",
	["resource-based by group"] = "G", conditional = "C", unregistered = "!" }

--- The meaning of a letter; in the order of matrix.letters.
matrix.words = {
	A = "any protocol", K = "Kerberos only", R = "resource-based", G = "resource-based, by group", U = "unconstrained",
	C = "resource-based, under a condition", ["!"] = "listed, but no such SPN", ["-"] = "missing", ["."] = "itself",
}
matrix.letters = { "A", "K", "R", "G", "C", "U", "!", "-", "." }

--- letter(how): that of the field how of a row.
function matrix.letter(how)
	return LETTERS[how:match "^[^,]+"] or "-"
end

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
	local index = spn_owners.new()
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
			local named = who or index.by_host[spn_owners.host(v)]
			if named and named.domain == h.domain and named ~= h then -- it ends at the border of the domain
				mark(cells, i, at[named], not who and "unregistered" or h.transition and "any" or "kerberos", v)
			end
		end
	end
end

-- ---- resource-based: descriptors name hosts and groups of hosts ----

-- Whether the target's descriptor lets a host act that it names, itself or by a group: an entry for the host or for
-- another group of its may deny that. of[SID] = set of the places of the hosts in that group.
local function is_let_in(i, h, target, of)
	if #target.denied == 0 then
		return true
	end
	local token = { h.sid }
	for _, list in ipairs { target.sources, target.denied } do
		for _, sid in ipairs(list) do
			token[#token + 1] = of[sid] and of[sid][i] and sid or nil
		end
	end
	return core.may_act(target.descriptor, token)
end

local function mark_group(cells, i, j, name)
	mark(cells, i, j, "resource-based by group")
	cells[i][j].via = cells[i][j].via or {}
	table.insert(cells[i][j].via, name)
end

local function mark_condition(cells, i, j, condition)
	mark(cells, i, j, "conditional")
	local list = cells[i][j].conditions or {}
	cells[i][j].conditions = list
	list[#list + 1] = condition
end

-- Whoever may act when a condition is met is shown, whatever other entries deny it: who meets one knows a DC alone.
local function mark_conditional(cells, j, h, at_sid, of)
	for _, sid in ipairs(h.conditional) do
		local own = at_sid[sid]
		for i in pairs(own and { [own] = true } or of[sid] or {}) do
			if i ~= j then
				mark_condition(cells, i, j, h.conditions[sid] or "")
			end
		end
	end
end

local function mark_sources(cells, hosts, j, at_sid, of)
	for _, sid in ipairs(hosts[j].sources) do
		local own = at_sid[sid]
		if own and is_let_in(own, hosts[own], hosts[j], of) then
			mark(cells, own, j, "resource-based")
		end
		for i in pairs(not own and of[sid] or {}) do
			if i ~= j and is_let_in(i, hosts[i], hosts[j], of) then
				mark_group(cells, i, j, sid_names.name(sid, hosts[j].domain))
			end
		end
	end
end

-- Returns what could not be asked about groups.
local function add_resource_based(cells, hosts)
	local at_sid, named = {}, {}
	for i, h in ipairs(hosts) do
		at_sid[h.sid] = i
	end
	for _, h in ipairs(hosts) do
		for _, list in ipairs { h.sources, h.denied, h.conditional } do
			for _, sid in ipairs(list) do
				named[sid] = not at_sid[sid] or nil
			end
		end
	end
	local of, silent = group_members.of(hosts, at_sid, named)
	for j in ipairs(hosts) do
		mark_sources(cells, hosts, j, at_sid, of)
		mark_conditional(cells, j, hosts[j], at_sid, of)
	end
	return silent
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
	local via = cell and cell.via
	if via then
		table.sort(via)
	end
	return {
		source = source, target = target, how = kinds[1] and table.concat(kinds, ", ") or "missing", services = services,
		via = via, conditions = cell and cell.conditions,
	}, LETTERS[kinds[1]] or "-"
end

--- of(hosts): the matrix of what matrix.hosts gave: a list of rows { source=, target=, how=, services=, via= the
--- groups through which, conditions= in words }, one for each ordered pair, with the fields hosts (names), cells
--- (letters: cells[i][j] is of hosts[i] to hosts[j]) and missing = domains that could not be queried, in words.
function matrix.of(hosts)
	local cells, at, mixed = {}, {}, false
	for i, h in ipairs(hosts) do
		cells[i], at[h] = {}, i
		mixed = mixed or h.domain ~= hosts[1].domain
	end
	add_constrained(cells, hosts, at, index_of(hosts))
	local lacks = add_resource_based(cells, hosts)
	local m = setmetatable({ hosts = {}, cells = {}, missing = lacks }, { __name = "adsh.matrix" })
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
	local conditional = false
	for _, r in ipairs(m) do
		conditional = conditional or r.conditions ~= nil
	end
	return printable.ordered(m, { "source", "target", "how", "services", "via", conditional and "conditions" or nil })
end

return matrix
