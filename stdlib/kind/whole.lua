-- Kinds of change by which an object of the directory comes or goes, for people.
local attributes = require "adsh.kind.attributes"

local whole = {}

-- What the object is: "name=...", "scope=...".
local function definition(lines, e, title)
	local comes = #e.before == 0
	lines[#lines + 1] = comes and "  new " .. title or ("  the %s is deleted"):format(title:match "^[^,]+")
	for _, v in ipairs(comes and e.after or e.before) do
		local key, value = v:match "^(.-)=(.*)$"
		if key ~= "name" then
			lines[#lines + 1] = ("    %s %s: %s"):format(comes and "+" or "-", key or "?", value or v)
		end
	end
end

--- lines(lines, e, c, verbose, row): as kind/attributes has it; row: that of the table of kinds.
function whole.lines(lines, e, c, verbose, row)
	if e.attribute == row.existence then
		return definition(lines, e, row.title)
	end
	return attributes.lines(lines, e, c, verbose)
end

function whole.count(e, row)
	if e.attribute == row.existence then
		return 0, 0, 0
	end
	return attributes.count(e)
end

return whole
