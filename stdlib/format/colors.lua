-- The colours of marks and warnings, the same in matrices, plans, audits and pages. A mark says the same without them.
local text = require "adsh.core.text"
local escape, width = text.escape, text.width

local colors = {}

--- The colour of each letter of a matrix. What widens trust most is "alarm".
colors.matrix = {
	A = "green", K = "yellow", R = "cyan", G = "blue", C = "orange", U = "alarm", ["!"] = "magenta", ["-"] = "red",
	["."] = "faint",
}

-- What comes by a plan or is given by a KDC (+), goes (-) or is refused (x), in part (~), stays (=), is not known (?).
local MARKS = setmetatable({ ["+"] = "new", ["~"] = "orange", ["="] = "faint", x = "red", ["?"] = "faint" },
	{ __index = colors.matrix })

local CODES = {
	green = "32", yellow = "33", cyan = "36", blue = "34", orange = "93", alarm = "1;31", magenta = "35", red = "31",
	faint = "2", new = "1;32",
}
local WARNINGS = { ["WIDENS TRUST"] = "alarm", PROTECTED = "yellow" }

--- paint(s, mark): the text in the colour of a mark.
function colors.paint(s, mark)
	local code = CODES[MARKS[mark]]
	return code and ("\27[%sm%s\27[0m"):format(code, s) or s
end

-- Marks that follow one another are painted at once.
local function with_marks(line, places)
	local parts, from, i = {}, 1, 1
	while i <= #places do
		local at = places[i]
		local mark, last = line:sub(at, at), at
		while places[i + 1] and line:sub(last + 1, places[i + 1]):match "^ *(.)$" == mark do
			last, i = places[i + 1], i + 1
		end
		parts[#parts + 1] = escape(line:sub(from, at - 1), true)
		parts[#parts + 1] = colors.paint(line:sub(at, last), mark)
		from, i = last + 1, i + 1
	end
	parts[#parts + 1] = escape(line:sub(from), true)
	return table.concat(parts)
end

-- A line as several, broken at words and further in, where the terminal has fewer columns.
local function broken(line, columns)
	local indent, list, current = line:match "^%s*" .. "  ", {}, ""
	for word in line:gmatch "%s*%S+" do
		if current:find "%S" and width(current .. word) > columns then
			list[#list + 1] = current
			current = indent .. word:match "%S+"
		else
			current = current .. word
		end
	end
	list[#list + 1] = current
	return list
end

local function paint_line(line, places, colored)
	local warning = colored and WARNINGS[line:match "^%s*! (%u[%u ]*%u)"]
	if warning then
		return ("\27[%sm%s\27[0m"):format(CODES[warning], escape(line, true))
	elseif colored and places then
		return with_marks(line, places)
	end
	return escape(line, true)
end

--- each(lines, colored, f[, columns]): calls f with each line of a difference, harmless, in its colours; columns: of
--- the terminal, those without marks are broken at words to fit.
function colors.each(lines, colored, f, columns)
	for i, line in ipairs(lines) do
		local places = lines.marks and lines.marks[i]
		local is_long = columns and not places and width(line) > columns
		local painted = paint_line(is_long and table.concat(broken(line, columns), "\n") or line, places, colored)
		f(painted)
	end
end

return colors
