-- The difference that a plan makes, in words.
local kinds = require "adsh.kinds"
local sid_names = require "adsh.sid_names"
local text = require "adsh.core.text"

local FULL = 12 -- objects shown in full; more only with -v
local FILES = 3 -- files among them: in one folder all are alike

local function change_lines(lines, c, verbose)
	lines[#lines + 1] = ("%s  %s"):format(c.label, c.dn)
	if c.widens then
		lines[#lines + 1] = "  ! WIDENS TRUST: " .. (c.why or "")
	elseif c.protected then
		lines[#lines + 1] = "  ! PROTECTED: " .. (c.why or "")
	end
	kinds.lines(lines, c, verbose)
end

-- "16 values and 8 sources added, 0 removed": values of lists, and entries of resource-based descriptors.
local function totals(changes)
	local values, sources, removed = 0, 0, 0
	for _, c in ipairs(changes) do
		local v, so, r = kinds.count(c)
		values, sources, removed = values + v, sources + so, removed + r
	end
	local function many(n, noun)
		return ("%d %s%s"):format(n, noun, n == 1 and "" or "s")
	end
	local what = (values > 0 or sources == 0) and many(values, "value") or nil
	if sources > 0 then
		what = (what and what .. " and " or "") .. many(sources, "source")
	end
	return ("%s added, %d removed"):format(what, removed)
end

-- Which changes are shown in full: some, and what has to be confirmed; of files and folders that widen the same
-- a few.
local function chosen(changes, verbose)
	local list, seen = {}, {}
	local function is_one_of_many(what)
		seen[what] = (seen[what] or 0) + 1
		return seen[what] > FILES
	end
	for _, c in ipairs(changes) do
		local row = kinds.of(c)
		local many = row.many and c.label:match "^file " and is_one_of_many "file"
		local widens = c.widens and not (row.many and is_one_of_many(c.why or ""))
		if verbose or widens or c.protected or c.sid or #list < FULL and not many then
			list[#list + 1] = c
		end
	end
	return list
end

-- Permissions name groups that are still to come by SIDs that stand for them.
local function expect(changes)
	for _, c in ipairs(changes) do
		if c.sid then
			sid_names.expect(c.sid, c.label)
		end
	end
end

local function counted(n, noun)
	return ("%d %s"):format(n, n == 1 and noun or noun .. "s")
end

--- What changes (plan:changes()) would do, as a list of lines; a long plan is cut short unless verbose. And how many
--- objects it is about, in words.
return function(changes, verbose)
	local lines, widens, noun = {}, 0, "account"
	expect(changes)
	for _, c in ipairs(changes) do
		noun = kinds.of(c).noun ~= "account" and kinds.of(c).noun or noun
		widens = widens + (c.widens and 1 or 0)
	end
	local shown = chosen(changes, verbose)
	for _, c in ipairs(shown) do
		change_lines(lines, c, verbose)
	end
	if #changes > #shown then
		lines[#lines + 1] = ("... and %s (-v shows all)"):format(counted(#changes - #shown, "more " .. noun))
	end
	lines[#lines + 1] = ("Plan: %s, %s%s"):format(counted(#changes, noun), totals(changes),
		widens > 0 and (", trust widened on %d"):format(widens) or "")
	for i, line in ipairs(lines) do
		lines[i] = text.escape(line) -- names come from the directory: no control characters
	end
	return lines, counted(#changes, noun)
end
