-- What was written, in one line for people.
local options = require "adsh.core.options"
local program = require "adsh.core.program"

local BAR = "████████ "

--- written(o): o.changed objects, o.unchanged were so already; o.run: what takes it back; o.rebased: so many were
--- edited by somebody else besides; o.requests: more to say.
return function(o)
	local bar = program.terminal().stdout and not options.plain and BAR or ""
	local parts = { ("%d/%d %swritten and read back"):format(o.changed, o.changed, bar) }
	if (o.unchanged or 0) > 0 then
		parts[#parts + 1] = ("%d unchanged"):format(o.unchanged)
	end
	if (o.rebased or 0) > 0 then
		parts[#parts + 1] = ("%d on top of somebody else's edit"):format(o.rebased)
	end
	local undo = program.at_prompt() and "undo()" or "adsh undo " .. o.run
	return ("%s%s; %s takes it back"):format(table.concat(parts, ", "), o.requests or "", undo)
end
