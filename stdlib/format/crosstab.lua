-- A matrix of hosts for people: a letter for each pair, in as many columns as the screen has.
local matrix = require "adsh.matrix"
local text = require "adsh.core.text"

local crosstab = {}

local COLUMNS = 80 -- where nobody knows better
local EVERY = 5 -- cells without a space between them are grouped

--- The colour of each letter, on the screen and on pages. What widens trust most is "alarm".
crosstab.colors = {
	A = "green", K = "yellow", R = "cyan", G = "blue", C = "orange", U = "alarm", ["!"] = "magenta", ["-"] = "red",
	["."] = "faint",
}

local CODES = {
	green = "32", yellow = "33", cyan = "36", blue = "34", orange = "93", alarm = "1;31", magenta = "35", red = "31",
	faint = "2",
}

--- What a KDC says, as verify.matrix has it in marks: the meaning and colour of each.
crosstab.marks = {
	{ "+", "the KDC gives the ticket", "green" }, { "x", "the KDC refuses", "red" },
	{ "~", "some services or users only", "orange" }, { "?", "not asked", "faint" },
}

local mark_colors = { [" "] = "faint" }
for _, mark in ipairs(crosstab.marks) do
	mark_colors[mark[1]] = mark[3]
end

local function painted(letter, color, colored)
	return colored and ("\27[%sm%s\27[0m"):format(CODES[color], letter) or letter
end

local function paint(letter, colored)
	return painted(letter, crosstab.colors[letter], colored)
end

local function cell(m, i, j, colored)
	local mark = m.marks and m.marks[i][j]
	return paint(m.cells[i][j], colored) .. (mark and painted(mark, mark_colors[mark], colored) or "")
end

local function pad(s, columns)
	return s .. (" "):rep(columns - text.width(s))
end

-- The heads of the rows: "12 HOST12", as wide as the widest.
local function heads_of(m)
	local heads, widest, digits = {}, 0, #tostring(#m.hosts)
	for i, name in ipairs(m.hosts) do
		heads[i] = ("%" .. digits .. "d %s"):format(i, text.escape(name))
		widest = math.max(widest, text.width(heads[i]))
	end
	return heads, widest, digits
end

-- How many hosts fit side by side, and whether cells have a space between them.
local function layout(n, room, marks)
	if marks then
		return math.min(n, math.max(1, room // 3)), true
	elseif 2 * n <= room then
		return n, true
	elseif n + (n - 1) // EVERY + 1 <= room then
		return n, false
	end
	return math.max(1, room // 2), true
end

-- What stands before the k-th cell of a line.
local function gap(k, spaced)
	return (spaced or k % EVERY == 1) and " " or ""
end

-- The numbers of the columns, written downwards.
local function write_numbers(write, first, last, spaced, widest, digits, tail)
	for d = 1, digits do
		local line = { (" "):rep(widest) }
		for j = first, last do
			line[#line + 1] = gap(j - first + 1, spaced) .. ("%" .. digits .. "d"):format(j):sub(d, d) .. tail
		end
		write((table.concat(line):gsub("%s+$", "")), "\n")
	end
end

local function write_block(write, m, first, last, spaced, terminal)
	local heads, widest, digits = heads_of(m)
	write_numbers(write, first, last, spaced, widest, digits, m.marks and " " or "")
	for i, head in ipairs(heads) do
		local line = { pad(head, widest) }
		for j = first, last do
			line[#line + 1] = gap(j - first + 1, spaced) .. cell(m, i, j, terminal.colored)
		end
		write((table.concat(line):gsub(" +$", "")), "\n")
	end
	write "\n"
end

-- The same of verify.matrix: a row is a ticket.
local function verified(m)
	local n = { given = 0, refused = 0 }
	local differ, unasked = 0, 0
	for _, row in ipairs(m) do
		n[row.kdc] = (n[row.kdc] or 0) + 1
		differ = differ + (row.agrees == false and 1 or 0)
		unasked = unasked + ((row.kdc ~= "given" and row.kdc ~= "refused") and 1 or 0)
	end
	return ("%d tickets given, %d refused, %d not asked for; %s"):format(n.given, n.refused, unasked,
		differ > 0 and differ .. " not as the directory says" or unasked < #m and "all answers as the directory says"
		or "nothing is proven")
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

local function write_legend(write, m, terminal)
	local at = 0
	for _, entry in ipairs(crosstab.legend(m)) do
		local width = 2 + text.width(entry[2])
		if at > 0 then
			local fits = at + 3 + width <= (terminal.columns or COLUMNS)
			write(fits and "   " or "\n")
			at = fits and at + 3 or 0
		end
		write(painted(entry[1], entry[3], terminal.colored), " ", entry[2])
		at = at + width
	end
	write "\n"
end

-- For who hears it: a line for each source and meaning, the targets by name.
local function write_sentences(write, m)
	for i, source in ipairs(m.hosts) do
		for _, letter in ipairs(matrix.letters) do
			local targets = {}
			for j, target in ipairs(m.hosts) do
				targets[#targets + 1] = j ~= i and m.cells[i][j] == letter and text.escape(target) or nil
			end
			if #targets > 0 then
				write(("%s, %s: %s\n"):format(text.escape(source), matrix.words[letter], table.concat(targets, ", ")))
			end
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
	local _, widest = heads_of(m)
	local n, spaced = layout(#m.hosts, (terminal.columns or COLUMNS) - widest, m.marks)
	write(m.marks and "rows act towards columns: what the directory says, and what the KDC says\n"
		or "rows may delegate to columns\n")
	for first = 1, #m.hosts, n do
		write_block(write, m, first, math.min(first + n - 1, #m.hosts), spaced, terminal)
	end
	write_legend(write, m, terminal)
	write(crosstab.summary(m), "\n")
end

return crosstab
