-- Files of policies that have sections, as lists of lines: each line with what ends it, so that they are put together
-- as they were.
local ini_lines = {}

--- split(s): the lines.
function ini_lines.split(s)
	local lines = {}
	for line in s:gmatch "[^\n]*\n?" do
		lines[#lines + 1] = line ~= "" and line or nil
	end
	return lines
end

--- head(line): the name of the section that begins there, or nil. What stands behind the bracket does not count, as
--- with Windows' own readers of such files.
function ini_lines.head(line)
	return line:match "^%s*%[(.-)%]"
end

--- section(lines, name): from the line behind its head to its last one; name in lower case. nil: there is none.
function ini_lines.section(lines, name)
	local first
	for i, line in ipairs(lines) do
		local head = ini_lines.head(line)
		if first and head then
			return first, i - 1
		elseif head and head:lower() == name then
			first = i + 1
		end
	end
	return first, first and #lines
end

return ini_lines
