-- Laying out words for a screen: wrapping, and two columns as in --help.
local columns = {}

local width = require "adsh.core.text".width

--- The words of text as lines of at most limit columns.
function columns.wrap(text, limit)
	local lines, line = {}, nil
	for word in text:gmatch "%S+" do
		if line and width(line) + 1 + width(word) > limit then
			lines[#lines + 1] = line
			line = word
		else
			line = line and line .. " " .. word or word
		end
	end
	lines[#lines + 1] = line
	return lines
end

--- Rows of { left, right }: right starts at column `at` and both are wrapped at column `limit`.
function columns.pairs(rows, at, limit)
	local out = {}
	for _, row in ipairs(rows) do
		local lines = width(row[1]) > limit - 2 and columns.wrap(row[1], limit - 6) or { row[1] }
		for i = 1, #lines - 1 do
			out[#out + 1] = (i == 1 and "  " or "      ") .. lines[i]
		end
		local left = (#lines > 1 and "      " or "  ") .. (lines[#lines] or "")
		for _, line in ipairs(columns.wrap(row[2], limit - at)) do
			if left ~= "" and width(left) > at - 2 then
				out[#out + 1] = left
				left = ""
			end
			out[#out + 1] = left .. (" "):rep(at - width(left)) .. line
			left = ""
		end
		if left ~= "" then
			out[#out + 1] = left
		end
	end
	return table.concat(out, "\n")
end

return columns
