-- What takes a run back: its intents the other way round, the last one first.

-- Giving back the right to delegate to any service is widening, whoever had it before.
local function mark_widening(c)
	for _, e in ipairs(c.edits) do
		local before, after = tonumber(e.before[1]), tonumber(e.after[1])
		if e.syntax == "bits" and before and after and after & ~before & 0x80000 ~= 0 then
			c.widens, c.why = true, "taking this back gives unconstrained delegation again"
		end
	end
end

local function find(c, attribute)
	for _, e in ipairs(c.edits) do
		if e.attribute == attribute then
			return e
		end
	end
end

-- Was the object made by this change, did it not exist before?
local function is_made(c)
	local e = find(c, "group")
	return e and #e.before == 0
end

local function turn(c, made)
	local members = find(c, "group") and find(c, "member")
	if is_made(c) and not members then
		members = { attribute = "member", syntax = "set", before = {}, after = {} }
		table.insert(c.edits, members)
	end
	c.n = nil
	for _, e in ipairs(c.edits) do
		e.before, e.after = e.after, e.before
	end
	if is_made(c) and c.guid then
		made[c.guid] = true
	end
	if members then -- what goes as a whole must have no other members
		members.syntax = is_made(c) and "set" or "exact"
	end
	if made[c.guid] then
		c.guid = nil -- what is made anew is another object
	end
	mark_widening(c)
	return c
end

--- inverse(intents): the changes that take them back, for saved.restore; uses the intents up.
return function(intents)
	local back, made = {}, {}
	for i = #intents, 1, -1 do
		local c = intents[i]
		if not (is_made(c) and c.state == "failed" and not c.guid) then -- then what is there is somebody else's
			back[#back + 1] = turn(c, made)
		end
	end
	return back
end
