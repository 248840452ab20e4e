-- Marks in rows and columns, in as many columns as there is room for: matrices, and plans of many objects.
local text = require "adsh.core.text"

local grid = {}

local EVERY = 5 -- cells without a space between them are grouped

local function widest_of(list)
	local widest = 0
	for _, s in ipairs(list) do
		widest = math.max(widest, text.width(s))
	end
	return widest
end

local function pad(s, columns)
	return s .. (" "):rep(columns - text.width(s))
end

-- How many of n cells fit side by side, the width of one, and whether a space comes before each or each fifth one.
-- label: the width of a label, when labels may stand side by side; size: marks in a cell.
local function layout(n, room, label, size)
	if size > 1 then
		return math.min(n, math.max(1, room // (size + 1))), size + 1, 1
	elseif label and (label + 1) * n <= room then
		return n, label + 1, 1
	elseif 2 * n <= room then
		return n, 2, 1
	elseif n + (n - 1) // EVERY + 1 <= room then
		return n, 1, EVERY
	end
	return math.max(1, room // 2), 2, 1
end

-- ---- one block ----

local function gap(k, every)
	return every > 1 and k % every == 1 and " " or ""
end

-- Labels side by side where a cell is wide enough, else downwards.
local function write_labels(lines, g, first, last, shape)
	local digits = widest_of(g.labels)
	local across, behind = digits + shape.size <= shape.width, (" "):rep(shape.size - 1)
	for row = 1, across and 1 or digits do
		local line = { (" "):rep(shape.widest) }
		for j = first, last do
			local label = (" "):rep(digits - text.width(g.labels[j])) .. g.labels[j]
			label = (across and label or label:sub(row, row)) .. behind
			line[#line + 1] = gap(j - first + 1, shape.every) .. (" "):rep(shape.width - text.width(label)) .. label
		end
		lines[#lines + 1] = (table.concat(line):gsub("%s+$", ""))
	end
end

local function write_row(lines, head, cells, first, last, shape)
	local line, places = pad(head, shape.widest), {}
	for j = first, last do
		local cell = cells:sub((j - 1) * shape.size + 1, j * shape.size)
		line = line .. gap(j - first + 1, shape.every) .. (" "):rep(shape.width - shape.size)
		for k = 1, shape.size do
			places[#places + 1] = cell:sub(k, k) ~= " " and #line + k or nil
		end
		line = line .. cell
	end
	lines[#lines + 1] = (line:gsub("%s+$", ""))
	lines.marks[#lines] = places
end

--- write(lines, g, room): appends the lines of a grid { heads = of rows, labels = of columns, cells = for each row a
--- string with size (1) marks for each column, across = labels may stand side by side }. lines.marks gets, for each
--- line, the bytes at which marks are. Blocks of columns follow one another with an empty line between them.
function grid.write(lines, g, room)
	local shape = { widest = widest_of(g.heads), size = g.size or 1 }
	local n
	lines.marks = lines.marks or {}
	n, shape.width, shape.every = layout(#g.labels, room - shape.widest, g.across and widest_of(g.labels),
		shape.size)
	for first = 1, #g.labels, n do
		local last = math.min(first + n - 1, #g.labels)
		if first > 1 then
			lines[#lines + 1] = ""
		end
		write_labels(lines, g, first, last, shape)
		for i, head in ipairs(g.heads) do
			write_row(lines, head, g.cells[i], first, last, shape)
		end
	end
end

--- legend(lines, entries, room): appends { mark, words } one behind the other.
function grid.legend(lines, entries, room)
	local line, places = "", {}
	local function finish()
		lines[#lines + 1] = line
		lines.marks[#lines] = places
		line, places = "", {}
	end
	lines.marks = lines.marks or {}
	for _, entry in ipairs(entries) do
		if line ~= "" and text.width(line) + 5 + text.width(entry[2]) > room then
			finish()
		end
		line = line == "" and line or line .. "   "
		places[#places + 1] = #line + 1
		line = line .. entry[1] .. " " .. entry[2]
	end
	finish()
end

return grid
