-- What a plan does to delegation between many accounts, as rows of marks: sources are rows, targets are columns.
local attributes = require "adsh.kind.attributes"
local codec = require "adsh.core.codec"
local edit_of = require "adsh.edit_of"
local names = require "adsh.format.names"
local services = require "adsh.format.services"
local sid_names = require "adsh.sid_names"

local delegation_grid = {}

local TARGETS, SOURCES = "msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity"
local UNCONSTRAINED = codec.uac_bit "TRUSTED_FOR_DELEGATION"
local TRANSITION = codec.uac_bit "TRUSTED_TO_AUTH_FOR_DELEGATION"
local LETTERS = { any = "A", kerberos = "K", unconstrained = "U" }
local MODES = { none = "none", any = "any protocol", kerberos = "Kerberos only", unconstrained = "unconstrained" }

--- More values than that are not looked at one by one.
delegation_grid.most = 400000

-- ---- what is a row of sources and targets ----

local function bits_of(list)
	return math.tointeger(tonumber(list[1])) or 0
end

-- Only the two bits about delegation differ.
local function is_about_mode(e)
	return e.syntax == "bits" and (bits_of(e.before) ~ bits_of(e.after)) & ~(UNCONSTRAINED | TRANSITION) == 0
end

local function is_source(c)
	local e = edit_of(c, TARGETS)
	if c.kind ~= "attributes" or not e or e.syntax ~= "set" or #e.add + #e.remove == 0 then
		return false
	end
	for _, other in ipairs(c.edits) do
		if other ~= e and not (other.attribute == "userAccountControl" and is_about_mode(other)) then
			return false
		end
	end
	return true
end

local function is_target(c)
	local e = #c.edits == 1 and c.edits[1]
	return c.kind == "attributes" and e and e.attribute == SOURCES and e.syntax == "sd"
end

-- ---- columns by name ----

local function new_columns()
	return { at = {}, names = {} }
end

local function column(columns, name)
	local key = name:lower()
	if not columns.at[key] then
		columns.names[#columns.names + 1] = name
		columns.at[key] = #columns.names
	end
	return columns.at[key]
end

-- Sorts the columns: at[k] is the place of the column that was made as the k-th.
local function sort(columns)
	local at = {}
	for i, name in ipairs(names.sorted(columns.names)) do
		at[columns.at[name:lower()]], columns.at[name:lower()] = i, i
	end
	columns.names = names.sorted(columns.names)
	return at
end

local function finish_row(row, columns, at)
	local cells = {}
	for i = 1, #columns.names do
		cells[i] = " "
	end
	for was, mark in pairs(row.marks) do
		cells[at[was]] = mark
	end
	local own = columns.at[row.name:lower()]
	if own and cells[own] == " " then
		cells[own], row.own = ".", own
	end
	row.cells, row.marks = table.concat(cells), nil
end

-- Rows become strings of marks; the columns, words of the heading.
local function finish(g, columns)
	local at = sort(columns)
	g.rows = names.sorted(g.rows, function(row) return row.name end)
	for _, row in ipairs(g.rows) do
		finish_row(row, columns, at)
	end
	g.columns = columns.names
	return g
end

-- ---- sources that change: constrained delegation ----

-- The name of the host that a value is about, and its class; nil: it is not a valid service principal name. Hosts of
-- other domains keep theirs.
local function host_of(value, domain)
	local list = services.by_class { value }
	local host, rest = value:match "^[^/]+/([^/:.]+)%.?([^/:]*)"
	if list[1] and host then
		local foreign = rest ~= "" and rest:lower() ~= domain:lower()
		return foreign and (host .. "." .. rest):lower() or host:upper(), list[1].class
	end
end

-- The column of each value, found once: the values of a plan are the same texts.
local function finder(columns, domain, classes)
	local found = {}
	return function(value, is_new)
		local one = found[value]
		if one == nil then
			local name, class = host_of(value, domain)
			one = name and { column(columns, name), class } or false
			found[value] = one
		end
		if one and is_new and not classes[one[2]] then
			classes[one[2]] = true
			classes[#classes + 1] = one[2]
		end
		return one and one[1]
	end
end

-- at -> mark; nil: some value is about no host.
local function marks_of(e, letter, find)
	local marks, is_odd = {}, false
	local function each(list, f, is_new)
		for _, value in ipairs(list) do
			local at = find(value, is_new)
			is_odd = is_odd or not at
			if at then
				marks[at] = f(marks[at])
			end
		end
	end
	if e.after ~= e.add then -- else all of it is new
		each(e.after, function() return letter end)
	end
	each(e.add, function() return "+" end, true)
	each(e.remove, function(mark) return (mark == nil or mark == "-") and "-" or "~" end, true)
	return not is_odd and marks or nil
end

local function grid_of_sources(changes)
	local columns, classes = new_columns(), {}
	local find = finder(columns, changes[1].domain or "", classes)
	local g = { rows = {}, classes = classes, is_sources = true }
	for _, c in ipairs(changes) do
		local marks = marks_of(edit_of(c, TARGETS), LETTERS[c.mode] or "=", find)
		g.rows[#g.rows + 1] = marks and { name = names.short(c.label), change = c, marks = marks } or nil
	end
	return finish(g, columns)
end

-- ---- targets that change: resource-based delegation ----

local function grid_of_targets(changes)
	local columns, rows, g = new_columns(), {}, { rows = {}, targets = {} }
	local function mark(sid, domain, at, what)
		local row = rows[sid]
		if not row then
			row = { name = names.short(sid_names.shown(sid, domain)), marks = {} }
			rows[sid], g.rows[#g.rows + 1] = row, row
		end
		row.marks[at] = what
	end
	for _, c in ipairs(changes) do
		local come, stay = attributes.sources(edit_of(c, SOURCES))
		if come then
			local at = column(columns, names.short(c.label))
			g.targets[#g.targets + 1] = c
			for _, sid in ipairs(stay) do
				mark(sid, c.domain, at, "R")
			end
			for _, r in ipairs(come) do
				mark(r.sid, c.domain, at, r.sign)
			end
		end
	end
	return finish(g, columns)
end

-- ---- which changes ----

local function by_domain(changes, is_one)
	local groups, order = {}, {}
	for _, c in ipairs(changes) do
		local key = is_one(c) and (c.domain or ""):lower()
		if key and not groups[key] then
			groups[key] = {}
			order[#order + 1] = groups[key]
		end
		if key then
			table.insert(groups[key], c)
		end
	end
	return order
end

local function n_values(changes)
	local n = 0
	for _, c in ipairs(changes) do
		for _, e in ipairs(c.edits) do
			n = n + #e.before + #e.after
		end
	end
	return n
end

-- Few names in few columns are easier to read in words.
local function is_many(g)
	local rows, columns = #g.rows, #g.columns
	return rows >= 2 and columns >= 4 or rows >= 4 and columns >= 2
end

--- of(changes): a list of grids, and which of the changes they show: a set. A grid: rows = { name =, cells = a string
--- of marks, own = the column that is the row itself, change = }, columns = names, classes = of services, is_sources =.
function delegation_grid.of(changes)
	local list, taken = {}, {}
	if #changes < 2 or n_values(changes) > delegation_grid.most then
		return list, taken
	end
	local function add(is_one, make)
		for _, some in ipairs(by_domain(changes, is_one)) do
			local g = #some > 1 and make(some)
			if g and is_many(g) then
				list[#list + 1] = g
				g.domain, g.changes = some[1].domain, g.targets or {}
				for i, row in ipairs(g.is_sources and g.rows or {}) do
					g.changes[i] = row.change
				end
				for _, c in ipairs(g.changes) do
					taken[c] = true
				end
			end
		end
	end
	add(is_source, grid_of_sources)
	add(is_target, grid_of_targets)
	return list, taken
end

-- ---- how a source may delegate ----

local function mode_of(bits, has_targets)
	return bits & UNCONSTRAINED ~= 0 and "unconstrained" or bits & TRANSITION ~= 0 and "any"
		or has_targets and "kerberos" or "none"
end

--- mode(c): "none -> any protocol", where the change is about that; nil: it is not.
function delegation_grid.mode(c)
	local e, targets = edit_of(c, "userAccountControl"), edit_of(c, TARGETS)
	if e and #e.before > 0 and #e.after > 0 then
		return ("%s -> %s"):format(MODES[mode_of(bits_of(e.before), #targets.before > 0)],
			MODES[mode_of(bits_of(e.after), #targets.after > 0)])
	end
end

return delegation_grid
