-- Rows about codes as text for a person: adsh run doctor CODE, adsh help CODE and help "CODE" at the prompt.
local columns = require "adsh.format.columns"

local LIMIT = 79

local function wrapped(text, indent, first)
	local lines = columns.wrap(text, LIMIT - #indent)
	for i, line in ipairs(lines) do
		lines[i] = (i == 1 and first or indent) .. line
	end
	return table.concat(lines, "\n")
end

-- A line that is typed or pasted is not broken in the middle when it fits: "COMMAND   what it is about".
local function command(line)
	if #line <= LIMIT - 4 then
		return "    " .. line
	end
	local what, about = line:match "^(.-)   (.*)$"
	if what and #what <= LIMIT - 4 then
		return "    " .. what .. "\n" .. wrapped(about, "      ", "      ")
	end
	return wrapped(line, "      ", "    ")
end

local function tell(row)
	local lines = { wrapped(row.code .. ", " .. row.family .. (row.name and ": " .. row.name or ""), "  ", ""),
		wrapped(row.meaning, "  ", "  ") }
	for i, cause in ipairs(row.causes) do
		lines[#lines + 1] = i == 1 and "  Causes, most likely first:" or nil
		lines[#lines + 1] = wrapped(cause, "      ", ("    %d "):format(i))
	end
	for i, one in ipairs(row.run) do
		lines[#lines + 1] = i == 1 and "  What to do:" or nil
		lines[#lines + 1] = command(one)
	end
	return table.concat(lines, "\n")
end

--- The text of rows that codes.explain gave.
return function(rows)
	local parts = {}
	for i, row in ipairs(rows) do
		parts[i] = tell(row)
	end
	return table.concat(parts, "\n\n")
end
