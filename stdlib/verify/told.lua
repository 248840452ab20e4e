-- The rows of verify.after for people: one line for what is alike.
local options = require "adsh.core.options"
local say = require "adsh.say"

local told = {}

local NAMED, LINES = 4, 20

local SECTIONS = {
	{ title = "Will work, and does not work now", wants = function(r) return r.change == "gains" and not r.outside end },
	{ title = "Also gain, although the plan does not name them", wants = function(r) return r.outside end },
	{ title = "Will not work, although the plan lists it", wants = function(r) return r.change == "fails" end },
	{ title = "Will not work, and works now", wants = function(r) return r.change == "loses" end },
}

-- The set's keys in order, "a, b, c and 5 more".
local function names(set)
	local list = {}
	for name in pairs(set) do
		list[#list + 1] = name
	end
	table.sort(list)
	if #list <= NAMED or options.verbose then
		return table.concat(list, ", ")
	end
	return ("%s and %d more"):format(table.concat(list, ", ", 1, NAMED - 1), #list - NAMED + 1)
end

-- "cifs/" stands for the names of one class.
local function classes_of(services)
	local set = {}
	for _, spn in ipairs(services) do
		local class = spn:match "^([^/]+/)."
		set[class or spn] = true
	end
	return set
end

-- Lines of which one field differs become one line, in which it is a set: merged(lines, "target", "source", ...)
local function merged(lines, field, ...)
	local list, by_key = {}, {}
	for _, line in ipairs(lines) do
		local key = {}
		for i, other in ipairs { ... } do
			key[i] = type(line[other]) == "table" and names(line[other]) or line[other] or ""
		end
		key = table.concat(key, "\0")
		if not by_key[key] then
			by_key[key] = line
			list[#list + 1] = line
		else
			by_key[key].alike = true
		end
		for name in pairs(line[field]) do
			by_key[key][field][name] = true
		end
	end
	return list
end

local function lines_of(rows, wants)
	local lines = {}
	for _, r in ipairs(rows) do
		if wants(r) then
			lines[#lines + 1] = { source = { [r.source] = true }, target = { [r.target] = true }, before = r.before,
				after = r.after, rule = r.rule, why = r.why, services = classes_of(r.services) }
		end
	end
	local n = #lines
	lines = merged(lines, "target", "source", "services", "before", "after", "rule")
	return merged(lines, "source", "target", "services", "before", "after", "rule"), n
end

local function say_line(line)
	say.out(("  %s to %s, %s: %s -> %s"):format(names(line.source), names(line.target), names(line.services), line.before,
		line.after))
	say.out(("      %s%s"):format(line.why, line.alike and ", and so on" or ""))
end

--- print(rows)
function told.print(rows)
	for _, s in ipairs(SECTIONS) do
		local lines, n = lines_of(rows, s.wants)
		if n > 0 then
			say.out(("%s: %d"):format(s.title, n))
		end
		for i, line in ipairs(lines) do
			if i > LINES and not options.verbose then
				say.out(("  and %d more lines; -v shows all"):format(#lines - LINES))
				break
			end
			say_line(line)
		end
	end
	if #rows == 0 then
		say.out "Nobody gains or loses delegation"
	end
	for _, label in ipairs(rows.missing) do
		say.out(("%s was not found: the effect of the plan on it is not judged"):format(label))
	end
end

return told
