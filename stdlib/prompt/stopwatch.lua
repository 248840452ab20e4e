-- How long a statement took.
local stopwatch = { on = false }

local program = require "adsh.core.program"
local say = require "adsh.say"

local began

--- Called before a statement runs, and after its result is shown.
function stopwatch.begin()
	began = program.clock()
end

function stopwatch.finish()
	if stopwatch.on and began then
		say.err(("%.3f s"):format(program.clock() - began))
	end
end

return stopwatch
