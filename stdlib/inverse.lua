-- What takes a run back: its intents the other way round, the last one first.
local kinds = require "adsh.kinds"

-- What waited for another change has to go before that one does.
local function turn_waiting(intents)
	local waiting = {} -- [n] = numbers of those that waited for it
	for _, c in ipairs(intents) do
		for _, n in ipairs(c.after or {}) do
			waiting[n] = waiting[n] or {}
			table.insert(waiting[n], c.n)
		end
	end
	for _, c in ipairs(intents) do
		c.after = waiting[c.n]
	end
end

local function turn(c, made)
	kinds.invert(c)
	if kinds.makes(c) and c.guid then
		made[c.guid] = true
	end
	if made[c.guid] then
		c.guid = nil -- what is made again is another object
	end
	return c
end

--- inverse(intents): the changes that take them back, for saved.restore; uses the intents up.
return function(intents)
	local back, made = {}, {}
	for _, c in ipairs(intents) do
		c.kind = c.kind or kinds.of_old(c)
	end
	turn_waiting(intents)
	for i = #intents, 1, -1 do
		local c = intents[i]
		if not (kinds.makes(c) and c.state == "failed" and not c.guid) then -- then what is there is somebody else's
			back[#back + 1] = turn(c, made)
		end
	end
	return back
end
