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

local function paint(letter, colored)
	return colored and ("\27[%sm%s\27[0m"):format(CODES[crosstab.colors[letter]], letter) or letter
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
local function layout(n, room)
	if 2 * n <= room then
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
local function write_numbers(write, first, last, spaced, widest, digits)
	for d = 1, digits do
		local line = { (" "):rep(widest) }
		for j = first, last do
			line[#line + 1] = gap(j - first + 1, spaced) .. ("%" .. digits .. "d"):format(j):sub(d, d)
		end
		write((table.concat(line):gsub("%s+$", "")), "\n")
	end
end

local function write_block(write, m, first, last, spaced, terminal)
	local heads, widest, digits = heads_of(m)
	write_numbers(write, first, last, spaced, widest, digits)
	for i, head in ipairs(heads) do
		local line = { pad(head, widest) }
		for j = first, last do
			line[#line + 1] = gap(j - first + 1, spaced) .. paint(m.cells[i][j], terminal.colored)
		end
		write(table.concat(line), "\n")
	end
	write "\n"
end

--- What of the matrix is there and what is missing, in words.
function crosstab.summary(m)
	local n, missing, conditional = #m, 0, 0
	for _, row in ipairs(m) do
		missing = missing + ((row.how == "missing" or row.how == "unregistered") and 1 or 0)
		conditional = conditional + (row.how:find "^conditional" and 1 or 0)
	end
	return ("%d of %d pairs may delegate, %d may not%s"):format(n - missing - conditional, n, missing,
		conditional > 0 and (", %d may under a condition"):format(conditional) or "")
end

--- The letters that occur, each with its meaning: a list of { letter, words }.
function crosstab.legend(m)
	local occurs, list = {}, {}
	for _, line in ipairs(m.cells) do
		for _, letter in ipairs(line) do
			occurs[letter] = true
		end
	end
	for _, letter in ipairs(matrix.letters) do
		if occurs[letter] then
			list[#list + 1] = { letter, matrix.words[letter] }
		end
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
		write(paint(entry[1], terminal.colored), " ", entry[2])
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
	local n, spaced = layout(#m.hosts, (terminal.columns or COLUMNS) - widest)
	write "rows may delegate to columns\n"
	for first = 1, #m.hosts, n do
		write_block(write, m, first, math.min(first + n - 1, #m.hosts), spaced, terminal)
	end
	write_legend(write, m, terminal)
	write(crosstab.summary(m), "\n")
end

return crosstab
