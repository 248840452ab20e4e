-- Changes that say the same of many objects are told once: which these are.
local attributes = require "adsh.kind.attributes"
local kinds = require "adsh.kinds"
local names = require "adsh.format.names"

local alike = {}

local MANY = 3 -- so many alike are put together
local MOST = 50000 -- more values than that are not compared
local LONG = 500 -- of a list with more than that only the number is

local NAME = "<name>"

-- The object's own name in what comes and goes: it does not make two changes differ.
local function without_name(line, c)
	local own = names.short(c.label):lower()
	if not line:find "^    [+-] " then
		return line
	end
	line = line:gsub(NAME, '"%0"') -- a value that looks like it
	return line:sub(1, 6) .. line:sub(7):gsub("[%w%-_]+", function(word)
		return word:lower() == own and NAME or nil
	end)
end

local function is_long(e)
	return e.syntax == "set" and #e.add + #e.remove > LONG
end

-- Long lists by their number only.
local function edit_lines(lines, c, e, verbose)
	if is_long(e) then
		lines[#lines + 1] = attributes.counted(e) .. " each (-v shows them)"
	else
		kinds.lines(lines, setmetatable({ edits = { e } }, { __index = c }), verbose)
	end
end

--- lines(lines, c, verbose): as kinds.lines, with <name> for the object's own name; long lists by their number.
function alike.lines(lines, c, verbose)
	local own = {}
	for _, e in ipairs(c.edits) do
		edit_lines(own, c, e, verbose)
	end
	for _, line in ipairs(own) do
		lines[#lines + 1] = without_name(line, c)
	end
end

local function values_of(c)
	local n = 0
	for _, e in ipairs(c.edits) do
		n = n + (is_long(e) and 1 or #e.add + #e.remove)
	end
	return n
end

-- What makes two changes alike.
local function signature(c)
	local parts = { c.kind, c.domain or "", tostring(c.widens), tostring(c.protected), c.why or "",
		c.touches or "" }
	alike.lines(parts, c, true)
	return table.concat(parts, "\n")
end

-- The changes by what they say; budget: so many values are looked at.
local function by_signature(changes, budget)
	local groups, of = {}, {}
	for _, c in ipairs(changes) do
		budget = budget - values_of(c)
		local key = budget >= 0 and not c.sid and not kinds.of(c).many and signature(c) or c
		groups[key] = groups[key] or {}
		table.insert(groups[key], c)
		of[c] = groups[key]
	end
	return of
end

--- groups(changes): lists of changes that are alike, each at the place of its first one; a list of one is a change
--- alone.
function alike.groups(changes)
	local of, list = by_signature(changes, MOST), {}
	for _, c in ipairs(changes) do
		local group = of[c]
		if #group < MANY then
			list[#list + 1] = { c }
		elseif group[1] == c then
			list[#list + 1] = group
		end
	end
	return list
end

return alike
