-- Rows of texts as lines, with columns side by side; the last one is as wide as it is.
local text = require "adsh.core.text"

local beside = {}

local GAP = "  "

-- nil: there are none.
local function aligned(rows)
	local widths, lines = {}, {}
	for _, row in ipairs(rows) do
		for i = 1, #row - 1 do
			widths[i] = math.max(widths[i] or 0, text.width(row[i]))
		end
	end
	for k, row in ipairs(rows) do
		local cells = {}
		for i, cell in ipairs(row) do
			cells[i] = cell .. (" "):rep((widths[i] or 0) - text.width(cell))
		end
		lines[k] = (table.concat(cells, GAP):gsub("%s+$", ""))
	end
	return #lines > 0 and lines or nil
end

--- each(list, f): a line for each of the list: f(row, i) gives its columns. nil for an empty list.
function beside.each(list, f)
	local rows = {}
	for i, row in ipairs(list) do
		rows[i] = f(row, i)
	end
	return aligned(rows)
end

return beside
