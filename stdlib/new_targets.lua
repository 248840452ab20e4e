-- Targets of constrained delegation that a plan adds: before it is written, what no account has and what belongs to
-- another domain is said. It is no error: a service may be registered later.
local directory = require "adsh.directory"
local raising = require "adsh.raising"
local spn_owners = require "adsh.spn_owners"
local spn_search = require "adsh.spn_search"

local new_targets = {}

local MANY = 6 -- names that are said one by one

local plans = setmetatable({}, { __mode = "k" }) -- plan -> { wanted = { [dir] = list }, seen=, given= }
local known = setmetatable({}, { __mode = "k" }) -- directory -> set of names that somebody has there
local checked = setmetatable({}, { __mode = "k" }) -- lists whose names need no look

local function of_plan(p)
	plans[p] = plans[p] or { wanted = {}, seen = {}, given = {} }
	return plans[p]
end

--- checked(list): the caller knows whose the names in this list are: new_targets.add passes it over.
function new_targets.checked(list)
	checked[list] = true
	return list
end

--- add(p, dir, spns): these names, of sources in that directory, come into the plan p.
function new_targets.add(p, dir, spns)
	if checked[spns] then
		return
	end
	local o = of_plan(p)
	local seen, has = o.seen[dir] or {}, known[dir] or {}
	o.seen[dir] = seen
	for _, spn in ipairs(spns) do
		if not seen[spn] and not has[spn] then
			seen[spn] = true
			o.wanted[dir] = o.wanted[dir] or {}
			table.insert(o.wanted[dir], spn)
		end
	end
end

--- give(p, spns): the plan gives these names to an account.
function new_targets.give(p, spns)
	local o = of_plan(p)
	table.move(spns, 1, #spns, #o.given + 1, o.given)
end

-- What no directory could be asked about: the gate refuses it.
local function is_odd(value)
	return type(value) ~= "string" or value:find("\0", 1, true) ~= nil
end

--- add_changes(p, changes): the same for changes that a file says are to be made.
function new_targets.add_changes(p, changes)
	local seen = {}
	for _, c in ipairs(changes) do
		local dir = c.domain and directory.opened[c.domain:lower()]
		for _, e in ipairs(dir and c.edits or {}) do
			if e.attribute == "servicePrincipalName" then
				local list = {}
				for _, v in ipairs(e.after) do
					list[#list + 1] = not is_odd(v) and v or nil
				end
				new_targets.give(p, list)
			elseif e.attribute == "msDS-AllowedToDelegateTo" then
				local before, list = {}, {}
				for _, v in ipairs(e.before) do
					before[v] = true
				end
				for _, v in ipairs(e.after) do
					if not seen[v] and not before[v] and not is_odd(v) then
						seen[v] = true
						list[#list + 1] = v
					end
				end
				new_targets.add(p, dir, list)
			end
		end
	end
end

-- ---- words ----

local ELSEWHERE = "%s belongs to %s in %s: constrained delegation does not cross domains, so this value has no "
	.. "effect; use resource-based delegation on the target: delegation.allow_from(%q, source)"

local function domains(list)
	return #list == 1 and list[1] or table.concat(list, ", ", 1, #list - 1) .. " or " .. list[#list]
end

local function unasked(silent)
	local parts = {}
	for i, s in ipairs(silent) do
		parts[i] = ("%s (%s)"):format(s.domain, s.error)
	end
	return #parts > 0 and "; not queried, because they do not answer: " .. table.concat(parts, ", ") or ""
end

-- Where a name like this one would be: the domain that its host ends with, of those that were asked, else dir.
local function home_of(value, dir, asked)
	local host = spn_owners.host(value) or ""
	for _, domain in ipairs(asked) do
		if host:sub(-#domain - 1) == "." .. domain:lower() then
			dir = directory.opened[domain:lower()] or dir
		end
	end
	return dir
end

local function say_unknown(lines, dir, result)
	local similar = require "adsh.spn_similar"
	for i = 1, math.min(#result.rest, MANY) do
		local near = raising.try(similar.words, home_of(result.rest[i], dir, result.asked), result.rest[i])
		lines[#lines + 1] = ("no account of %s has %s, so no client gets a ticket for it%s: %s"):format(
			domains(result.asked), result.rest[i], unasked(result.silent),
			near or ("spn.add(account, %q) registers it"):format(result.rest[i]))
	end
	if #result.rest > MANY then
		lines[#lines + 1] = ("and %d more of these service principal names belong to no account: %s"):format(
			#result.rest - MANY, table.concat(result.rest, ", ", MANY + 1, math.min(#result.rest, 2 * MANY)))
	end
end

-- Names that the plan itself gives, by themselves or by what covers them, are there by then.
local function without_given(dir, values, given)
	local owners, rest = spn_owners.new(), {}
	owners:add({ account = "" }, given, {})
	owners:learn(values, dir)
	for _, value in ipairs(values) do
		rest[#rest + 1] = not owners:find(value) and value or nil
	end
	return rest
end

local function look(lines, dir, values, given)
	local result = spn_search.find(dir, #given > 0 and without_given(dir, values, given) or values)
	local own = dir:info().domain:lower()
	known[dir] = known[dir] or {}
	for _, value in ipairs(values) do
		local who = result.found[value]
		if who and who.domain:lower() == own then
			known[dir][value] = true
		elseif who then
			lines[#lines + 1] = ELSEWHERE:format(value, who.account, who.domain,
				who.account:gsub("%$$", "") .. "@" .. who.domain)
		end
	end
	say_unknown(lines, dir, result)
end

--- lines(p): what there is to say about the targets that came into the plan since the last call.
function new_targets.lines(p)
	local o, lines = plans[p], {}
	if o and next(o.wanted) then
		local wanted = o.wanted
		o.wanted = {}
		for dir, values in pairs(wanted) do
			local _, err = raising.try(look, lines, dir, values, o.given)
			if err then
				lines[#lines + 1] = ("could not find out whether an account has %s: %s"):format(
					table.concat(values, ", ", 1, math.min(#values, MANY)), err.message)
			end
		end
	end
	return lines
end

return new_targets
