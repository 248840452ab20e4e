-- The difference that a plan makes, in words.
local alike = require "adsh.format.alike"
local columns = require "adsh.format.columns"
local kinds = require "adsh.kinds"
local names = require "adsh.format.names"
local options = require "adsh.core.options"
local policy_view = require "adsh.format.policy_view"
local program = require "adsh.core.program"
local sid_names = require "adsh.sid_names"
local text = require "adsh.core.text"

local FEW = 3 -- changes that are told one by one
local FULL = 12 -- objects, or groups of such that are alike, shown in full; more only with -v
local FILES = 3 -- files among them: in one folder all are alike
local COLUMNS = 80 -- where nobody knows better

local function warning(lines, c, whose)
	local function say(what, why)
		lines[#lines + 1] = ("  ! %s%s: %s"):format(what, whose or "", why or "")
	end
	if c.widens then
		say("WIDENS TRUST", c.why)
	end
	if c.protected and (c.touches or not c.widens) then
		say("PROTECTED", c.touches or c.why)
	end
end

local function change_lines(lines, c, verbose)
	lines[#lines + 1] = ("%s  %s"):format(c.label, c.dn)
	warning(lines, c)
	kinds.lines(lines, c, verbose)
end

local function wrapped(lines, line)
	for i, one in ipairs(columns.wrap(line, (program.terminal().columns or COLUMNS) - 2)) do
		lines[#lines + 1] = (i > 1 and "  " or "") .. one
	end
end

local function labels_of(changes)
	local list = {}
	for i, c in ipairs(changes) do
		list[i] = names.short(c.label)
	end
	return names.ranges(list)
end

local function in_domain(c)
	return c.domain and " in " .. c.domain or ""
end

-- What many objects have in common, once.
local function group_lines(lines, group, verbose)
	local c = group[1]
	wrapped(lines, ("%d %ss%s: %s"):format(#group, kinds.of(c).noun, in_domain(c), labels_of(group)))
	warning(lines, c, (" on %d"):format(#group))
	alike.lines(lines, c, verbose)
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

-- Which groups are shown in full: policies, some others, and what has to be confirmed; of files and folders that
-- widen the same a few.
local function chosen(groups, verbose)
	local list, seen = {}, {}
	local function is_one_of_many(what)
		seen[what] = (seen[what] or 0) + 1
		return seen[what] > FILES
	end
	for _, group in ipairs(groups) do
		local c = group[1]
		local row = kinds.of(c)
		local many = row.many and c.label:match "^file " and is_one_of_many "file"
		local widens = c.widens and not (row.many and is_one_of_many(c.why or ""))
		if verbose or group.first or widens or c.protected or c.sid or #list < FULL and not many then
			list[#list + 1] = group
		end
	end
	return list
end

-- ---- delegation between many ----

-- Which sources say something, by what they say: f(change) gives it or nil. put(words, names) for each.
local function each_saying(changes, f, put)
	local groups, order = {}, {}
	for _, c in ipairs(changes) do
		local what = f(c)
		if what and not groups[what] then
			groups[what] = {}
			order[#order + 1] = what
		end
		table.insert(what and groups[what] or {}, c)
	end
	for _, what in ipairs(order) do
		put(what, groups[what])
	end
end

local function grid_lines(lines, g, n_domains)
	local terminal = program.terminal()
	local how = { room = terminal.columns or COLUMNS, height = terminal.rows, n_domains = n_domains }
	require "adsh.format.plan_grid"[options.plain and "sentences" or "write"](lines, g, how)
	each_saying(g.changes, require "adsh.format.delegation_grid".mode, function(what, list)
		wrapped(lines, ("mode %s: %s"):format(what, labels_of(list)))
	end)
	each_saying(g.changes, function(c)
		return (c.widens or c.protected) and (c.widens and "w" or "p") .. (c.why or "") or nil
	end, function(_, list)
		warning(lines, list[1], " on " .. labels_of(list))
	end)
end

-- Grids where they say it in less room; gives the changes that are left.
local function grids(lines, changes)
	local list, taken = require "adsh.format.delegation_grid".of(changes)
	for _, g in ipairs(list) do
		grid_lines(lines, g, #list)
	end
	local rest = {}
	for _, c in ipairs(changes) do
		rest[#rest + 1] = not taken[c] and c or nil
	end
	return rest
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

local function one_by_one(changes)
	local list = {}
	for i, c in ipairs(changes) do
		list[i] = { c }
	end
	return list
end

-- The groups, and what becomes of each policy at the place of its first change.
local function with_policies(groups, blocks, changes)
	local place = {}
	for i, c in ipairs(changes) do
		place[c] = i
	end
	table.move(blocks, 1, #blocks, #groups + 1, groups)
	table.sort(groups, function(a, b) return place[a[1]] < place[b[1]] end)
	return groups
end

-- Groups of changes that are alike, where there are many.
local function alone(changes, verbose)
	if verbose then
		return one_by_one(changes)
	end
	local blocks, rest = policy_view.blocks(changes)
	return with_policies(#rest > FEW and alike.groups(rest) or one_by_one(rest), blocks, changes)
end

--- What changes (plan:changes()) would do, as a list of lines: many alike are put together, and a long plan is cut
--- short, unless verbose. And how many objects it is about, in words. lines.marks: see adsh.format.colors.
return function(changes, verbose)
	local lines, widens, noun = {}, 0, "account"
	expect(changes)
	for _, c in ipairs(changes) do
		noun = kinds.of(c).noun ~= "account" and kinds.of(c).noun or noun
		widens = widens + (c.widens and 1 or 0)
	end
	local groups = alone(verbose and changes or grids(lines, changes), verbose)
	local shown, n, told = chosen(groups, verbose), 0, {}
	for _, group in ipairs(groups) do
		n = n + #group
	end
	for _, group in ipairs(shown) do
		n = n - #group
		if group.first then
			policy_view.lines(lines, group, warning, told)
		elseif #group > 1 then
			group_lines(lines, group, verbose)
		else
			change_lines(lines, group[1], verbose)
		end
	end
	if n > 0 then
		lines[#lines + 1] = ("... and %s (-v shows all)"):format(counted(n, "more " .. noun))
	end
	lines[#lines + 1] = ("plan: %s, %s%s"):format(counted(#changes, noun), totals(changes),
		widens > 0 and (", trust widened on %d"):format(widens) or "")
	for i, line in ipairs(lines) do
		lines[i] = text.escape(line) -- names come from the directory: no control characters
	end
	return lines, counted(#changes, noun)
end
