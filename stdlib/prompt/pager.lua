-- What is longer than the screen goes through a pager: at the prompt only, never where output is not a terminal.
local pager = { on = true }

local program = require "adsh.core.program"
local text = require "adsh.core.text"

-- How many rows of the screen the text takes.
local function rows_of(lines, columns)
	local n = 0
	for line in lines:gmatch "([^\n]*)\n?" do
		n = n + math.max(1, (text.width(line:gsub("\27%[[%d;]*m", "")) + columns - 1) // columns)
	end
	return n - 1
end

local function command()
	local wish = os.getenv "ADSH_PAGER" or os.getenv "PAGER" or "less"
	return wish:find "%S" and wish ~= "cat" and wish
end

--- Writes text to the terminal, through a pager when it does not fit.
function pager.write(output)
	local t = program.terminal()
	local is_long = pager.on and t.stdin and t.stdout and t.rows and os.getenv "TERM" ~= "dumb"
		and rows_of(output, t.columns or 80) >= t.rows
	if is_long and command() and program.page(command(), output) then
		return
	end
	local ok, message = io.stdout:write(output)
	if not ok then
		error("standard output: " .. message, 0)
	end
end

--- Calls f(write) and writes what it gave to write.
function pager.through(f)
	local parts = {}
	f(function(...)
		for i = 1, select("#", ...) do
			parts[#parts + 1] = (select(i, ...))
		end
		return true
	end)
	pager.write(table.concat(parts))
end

return pager
