-- A matrix of hosts for people: a letter for each pair, in as many columns as the screen has.
local colors = require "adsh.format.colors"
local grid = require "adsh.format.grid"
local matrix = require "adsh.matrix"
local text = require "adsh.core.text"

local crosstab = {}

local COLUMNS = 80 -- where nobody knows better

crosstab.colors = colors.matrix

--- What a KDC says, as verify.matrix has it in marks: the meaning and colour of each.
crosstab.marks = {
	{ "+", "the KDC gives the ticket", "green" }, { "x", "the KDC refuses", "red" },
	{ "~", "some services or users only", "orange" }, { "?", "not asked", "faint" },
}

--- The colour of each mark.
crosstab.mark_colors = {}
for _, mark in ipairs(crosstab.marks) do
	crosstab.mark_colors[mark[1]] = mark[3]
end

-- The heads of the rows: "12 HOST12", and the numbers alone.
local function heads_of(m)
	local heads, labels, digits = {}, {}, #tostring(#m.hosts)
	for i, name in ipairs(m.hosts) do
		labels[i] = ("%" .. digits .. "d"):format(i)
		heads[i] = labels[i] .. " " .. text.escape(name)
	end
	return heads, labels
end

-- The cells of a row one behind the other: a letter, and the mark of a KDC behind it where there are such.
local function cells_of(m, i)
	local cells = {}
	for j, letter in ipairs(m.cells[i]) do
		cells[j] = letter .. (m.marks and m.marks[i][j] or "")
	end
	return table.concat(cells)
end

-- The same of verify.matrix: a row is a ticket.
local function verified(m)
	local given, refused, differ, unproven = 0, 0, 0, 0
	for _, row in ipairs(m) do
		given = given + (row.kdc == "given" and 1 or 0)
		refused = refused + (row.kdc == "refused" and 1 or 0)
		differ = differ + (row.agrees == false and 1 or 0)
		unproven = unproven + (row.agrees == nil and 1 or 0)
	end
	local parts = { ("%d tickets issued, %d refused"):format(given, refused) }
	parts[#parts + 1] = #m > given + refused and #m - given - refused .. " not requested" or nil
	parts[#parts + 1] = differ > 0 and differ .. " not as the directory says" or nil
	parts[#parts + 1] = unproven > 0 and unproven .. " not proven" or nil
	parts[#parts + 1] = differ + unproven == 0 and "all as the directory says" or nil
	return table.concat(parts, ", ")
end

--- What of the matrix is there and what is missing, in words.
function crosstab.summary(m)
	if m.marks then
		return verified(m)
	end
	local n, missing, conditional = #m, 0, 0
	for _, row in ipairs(m) do
		missing = missing + ((row.how == "missing" or row.how == "unregistered") and 1 or 0)
		conditional = conditional + (row.how:find "^conditional" and 1 or 0)
	end
	return ("%d of %d pairs may delegate, %d may not%s"):format(n - missing - conditional, n, missing,
		conditional > 0 and (", %d may under a condition"):format(conditional) or "")
end

local function occurring(cells)
	local occurs = {}
	for _, line in ipairs(cells or {}) do
		for _, letter in ipairs(line) do
			occurs[letter] = true
		end
	end
	return occurs
end

--- The letters and marks that occur, each with its meaning and colour: a list of { letter, words, color }.
function crosstab.legend(m)
	local letters, marks, list = occurring(m.cells), occurring(m.marks), {}
	for _, letter in ipairs(matrix.letters) do
		if letters[letter] then
			list[#list + 1] = { letter, matrix.words[letter], crosstab.colors[letter] }
		end
	end
	for _, mark in ipairs(crosstab.marks) do
		list[#list + 1] = marks[mark[1]] and mark or nil
	end
	return list
end

local mark_words = { [" "] = "" }
for _, mark in ipairs(crosstab.marks) do
	mark_words[mark[1]] = ", " .. mark[2]
end

-- What a cell says, in words.
local function meaning(m, i, j)
	return matrix.words[m.cells[i][j]] .. (m.marks and mark_words[m.marks[i][j]] or "")
end

-- For who hears it: a line for each source and meaning, the targets by name.
local function write_sentences(write, m)
	for i, source in ipairs(m.hosts) do
		local order, targets = {}, {}
		for _, letter in ipairs(matrix.letters) do
			for j, target in ipairs(m.hosts) do
				local words = j ~= i and m.cells[i][j] == letter and meaning(m, i, j)
				if words and not targets[words] then
					order[#order + 1], targets[words] = words, {}
				end
				table.insert(words and targets[words] or {}, text.escape(target))
			end
		end
		for _, words in ipairs(order) do
			write(("%s, %s: %s\n"):format(text.escape(source), words, table.concat(targets[words], ", ")))
		end
	end
	write(crosstab.summary(m), "\n")
end

--- write(m, write, terminal): rows are sources, columns are targets, by the numbers of the rows.
function crosstab.write(m, write, terminal)
	if #m.hosts == 0 then
		return write "(no hosts)\n"
	elseif terminal.plain then
		return write_sentences(write, m)
	end
	local lines, cells, room = {}, {}, terminal.columns or COLUMNS
	lines[1] = m.marks and "rows act towards columns: by the directory, and by the KDC"
		or "rows may delegate to columns"
	local heads, labels = heads_of(m)
	for i in ipairs(m.cells) do
		cells[i] = cells_of(m, i)
	end
	grid.write(lines, { heads = heads, labels = labels, cells = cells, size = m.marks and 2 or 1 }, room)
	lines[#lines + 1] = ""
	grid.legend(lines, crosstab.legend(m), room)
	lines[#lines + 1] = crosstab.summary(m)
	colors.each(lines, terminal.colored, function(line)
		write(line, "\n")
	end)
end

return crosstab
