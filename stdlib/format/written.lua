-- What was written, in one line for people.
local names = require "adsh.format.names"
local options = require "adsh.core.options"
local program = require "adsh.core.program"
local text = require "adsh.core.text"

local function whose(changes)
	local list = {}
	for i, c in ipairs(changes or {}) do
		list[i] = names.short(c.label)
	end
	return #list > 0 and ": " .. text.escape(names.ranges(list)) or ""
end

local BAR = "████████ "

--- written(o): o.changed objects, o.unchanged were so already; o.run: what takes it back; o.rebased: so many were
--- edited by somebody else besides; o.changes: whose names are said; o.requests: more to say.
return function(o)
	local bar = program.terminal().stdout and not options.plain and BAR or ""
	local parts = { ("%d/%d %swritten and read back%s"):format(o.changed, o.changed, bar, whose(o.changes)) }
	if (o.unchanged or 0) > 0 then
		parts[#parts + 1] = ("%d unchanged"):format(o.unchanged)
	end
	if (o.rebased or 0) > 0 then
		parts[#parts + 1] = ("%d on top of another edit"):format(o.rebased)
	end
	local undo = program.at_prompt() and "undo()" or "adsh undo " .. o.run
	return ("%s%s; %s takes it back"):format(table.concat(parts, ", "), o.requests or "", undo)
end
