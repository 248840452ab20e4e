-- The lines of a grid of a plan: rows that are alike are put together where there are many.
local grid = require "adsh.format.grid"
local names = require "adsh.format.names"
local text = require "adsh.core.text"

local plan_grid = {}

local WORDS = {
	["+"] = "new", ["-"] = "removed", ["~"] = "changed in part", A = "there (any protocol)", K = "there (Kerberos only)",
	U = "there (unconstrained)", R = "there", ["="] = "there", ["."] = "itself",
}
local ORDER = { "+", "-", "~", "A", "K", "U", "R", "=", "." }
local MOST = 60 -- rows
local FEW = 16 -- rows that are shown one by one, whatever they have in common
local ENDING = 4 -- longer endings of names are not written downwards
local HEAD = 24 -- more names than that in front of a row are told below
local CLASSES = 4 -- of services in the heading

-- ---- rows that are alike ----

local function set(cells, at, mark)
	return at and cells:sub(1, at - 1) .. mark .. cells:sub(at + 1) or cells
end

-- Whether the rows agree but where a column is one of them itself.
local function is_alike(group, row)
	local a = set(set(group.cells, group.own, " "), row.own, " ")
	return a == set(set(row.cells, group.own, " "), row.own, " ")
end

local function join(group, row)
	if group.own ~= row.own then
		group.cells = set(group.cells, group.own, row.cells:sub(group.own or 1, group.own or 1))
		group.own = nil
	end
	group.names[#group.names + 1] = row.name
end

-- The rows as groups { names=, cells=, own= }; those behind the MOST-th group stay alone.
local function groups_of(rows, is_joining)
	local list = {}
	for _, row in ipairs(rows) do
		local found
		for i = 1, is_joining and math.min(#list, MOST) or 0 do
			if is_alike(list[i], row) then
				found = list[i]
				break
			end
		end
		if found then
			join(found, row)
		else
			list[#list + 1] = { names = { row.name }, cells = row.cells, own = row.own, has_own = row.own ~= nil }
		end
	end
	return list
end

-- ---- columns that are alike ----

local function column_of(groups, j)
	local marks = {}
	for i, g in ipairs(groups) do
		marks[i] = g.cells:sub(j, j)
	end
	return table.concat(marks)
end

-- Neighbours with the same marks become one: ranges { first, last }.
local function ranges_of(groups, labels)
	local list, before = {}, nil
	for j, label in ipairs(labels) do
		local marks = column_of(groups, j)
		if marks == before and names.follows(labels[j - 1], label) then
			list[#list][2] = j
		else
			list[#list + 1] = { j, j }
		end
		before = marks
	end
	return list
end

local function short_labels(ranges, labels)
	local short, widest = {}, 0
	for i, r in ipairs(ranges) do
		short[i] = r[1] == r[2] and labels[r[1]] or labels[r[1]] .. "-" .. labels[r[2]]
		widest = math.max(widest, text.width(short[i]))
	end
	return short, widest
end

-- Puts columns together where their labels then fit side by side; gives the labels.
local function narrow(groups, labels, room)
	local ranges = ranges_of(groups, labels)
	local short, widest = short_labels(ranges, labels)
	if (widest + 1) * #ranges > room then
		return labels
	end
	for _, g in ipairs(groups) do
		local cells = {}
		for i, r in ipairs(ranges) do
			cells[i] = g.cells:sub(r[1], r[1])
		end
		g.cells = table.concat(cells)
	end
	return short
end

-- ---- labels ----

local function widest_of(list)
	local widest = 0
	for _, s in ipairs(list) do
		widest = math.max(widest, text.width(s))
	end
	return widest
end

-- What stands above the columns: the endings of their names, or the names where there is room, or numbers; and a line
-- that says which number is whom.
local function labels_of(columns, room)
	local endings, _, widest = names.endings(columns)
	if endings and widest <= ENDING then
		return endings
	elseif (widest_of(columns) + 1) * #columns <= room then
		return columns
	end
	local numbers, list = {}, {}
	for i, name in ipairs(columns) do
		numbers[i] = tostring(i)
		list[i] = i .. "=" .. name
	end
	return numbers, "columns: " .. table.concat(list, ", ")
end

-- What stands before each row; notes gets the names of groups with too many parts.
local function heads_of(groups, notes)
	local heads = {}
	for i, g in ipairs(groups) do
		local list = names.ranges(g.names)
		if #g.names > 1 and #list > HEAD then
			notes[#notes + 1] = ("(%d) %s"):format(#notes + 1, list)
			list = ("%d accounts (%d)"):format(#g.names, #notes)
		end
		heads[i] = text.escape(list)
	end
	return heads
end

-- ---- all of it ----

local function title_of(g, n_domains)
	local where = n_domains > 1 and g.domain and " in " .. g.domain or ""
	if not g.is_sources then
		return ("rows may act towards columns%s, resource-based"):format(where)
	end
	local classes = #g.classes <= CLASSES and table.concat(g.classes, ", ") or #g.classes .. " classes of services"
	return ("rows may delegate to columns%s: %s"):format(where, classes)
end

local function legend_of(groups)
	local occurs, list = {}, {}
	for _, g in ipairs(groups) do
		for mark in g.cells:gmatch "[^ ]" do
			occurs[mark] = true
		end
	end
	for _, mark in ipairs(ORDER) do
		list[#list + 1] = occurs[mark] and { mark, WORDS[mark] } or nil
	end
	return list
end

local function put_wrapped(lines, line, room)
	for i, one in ipairs(require "adsh.format.columns".wrap(line, room - 2)) do
		lines[#lines + 1] = (i > 1 and "  " or "") .. text.escape(one)
	end
end

-- The legend behind the only line of labels, where there is room for it.
local function put_legend(lines, at, is_one, entries, room)
	local legend = {}
	grid.legend(legend, entries, room)
	local gap = "        "
	if not is_one or #legend > 1 or text.width(lines[at]) + #gap + text.width(legend[1]) > room then
		for i, line in ipairs(legend) do
			lines[#lines + 1] = line
			lines.marks[#lines] = legend.marks[i]
		end
		return
	end
	local from, places = #lines[at] + #gap, {}
	for i, place in ipairs(legend.marks[1]) do
		places[i] = from + place
	end
	lines[at], lines.marks[at] = lines[at] .. gap .. legend[1], places
end

-- Whether rows are put together, and whether columns are some of these themselves.
local function joined(groups)
	local is_joined, has_own = false, false
	for _, g in ipairs(groups) do
		is_joined = is_joined or #g.names > 1
		has_own = has_own or g.has_own and #g.names > 1
	end
	return is_joined, has_own
end

--- write(lines, g, o): appends a grid of delegation_grid.of. o: room = columns, height = rows of the screen or nil,
--- n_domains = that the grids are of.
function plan_grid.write(lines, g, o)
	local groups = groups_of(g.rows, #g.rows > math.max(FEW, (o.height or 0) - 8))
	local notes = {}
	put_wrapped(lines, title_of(g, o.n_domains), o.room)
	local labels, list = labels_of(g.columns, o.room - widest_of(g.columns))
	local is_joined, has_own = joined(groups)
	local shown = table.move(groups, 1, math.min(#groups, MOST), 1, {})
	local heads = heads_of(shown, notes)
	if is_joined then
		labels = narrow(groups, labels, o.room - widest_of(heads))
	end
	local at, cells, rest = #lines + 1, {}, #groups - MOST
	for i, one in ipairs(shown) do
		cells[i] = one.cells
	end
	grid.write(lines, { heads = heads, labels = labels, cells = cells, across = true }, o.room)
	put_legend(lines, at, #lines == at + #shown, legend_of(groups), o.room)
	if rest > 0 then
		lines[#lines + 1] = ("... and %d more rows (-v shows all)"):format(rest)
	end
	if has_own then
		lines[#lines + 1] = "each to the others, not to itself"
	end
	notes[#notes + 1] = list
	for _, line in ipairs(notes) do
		put_wrapped(lines, line, o.room)
	end
end

--- sentences(lines, g, o): the same for who hears it, a line for each row and mark.
function plan_grid.sentences(lines, g, o)
	lines[#lines + 1] = text.escape(title_of(g, o.n_domains))
	for _, row in ipairs(g.rows) do
		for _, mark in ipairs(ORDER) do
			local list = {}
			for j, name in ipairs(g.columns) do
				list[#list + 1] = mark ~= "." and row.cells:sub(j, j) == mark and name or nil
			end
			if #list > 0 then
				lines[#lines + 1] = text.escape(("%s, %s: %s"):format(row.name, WORDS[mark], names.ranges(list)))
			end
		end
	end
end

return plan_grid
