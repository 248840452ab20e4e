-- help(): one line for each function, kept next to its code, and the same text here, in the manual
-- and in completion. C functions bring theirs in their registration, Lua functions call
--	help "noun.verb(args) - sentence."
-- when their module is loaded; lines after the first one are details.
local help = {}

local columns = require "adsh.format.columns"
local globals = require "adsh.globals"
local program = require "adsh.core.program"

local AT, LIMIT = 34, 79
local added = {}

--- Records a help line; the name in front of the parenthesis is its key.
function help.add(line)
	added[line:match "^[%w_.:]+"] = line
end

-- Modules register their lines when they are loaded, so that is what has to happen first.
local function load_all()
	for _, name in ipairs(globals.names()) do
		globals.load(name)
	end
	for name in pairs(package.preload) do
		if name:find "^adsh%.core%." then
			require(name)
		end
	end
end

local function parse(line)
	local first, details = line:match "^([^\n]*)\n?(.*)$"
	local usage, sentence = first:match "^(.-) %- (.*)$"
	local name = first:match "^[%w_.:]+"
	return {
		name = name, usage = usage or name, sentence = sentence or "", details = details,
		noun = name:match "^[%w_]+",
	}
end

-- What people call: the globals and what they hold, and methods ("dir:search").
local function is_public(entry, nouns)
	return nouns[entry.noun] or entry.name:find ":" ~= nil
end

--- Every public function, sorted by name: { name, usage, sentence, details, noun }.
function help.entries()
	load_all()
	local nouns, by_name, list = {}, {}, {}
	for _, name in ipairs(globals.names()) do
		nouns[name] = true
	end
	for _, lines in ipairs { program.help(), added } do -- Lua's own line goes before C's
		for _, line in pairs(lines) do
			local entry = parse(line)
			by_name[entry.name] = is_public(entry, nouns) and entry or nil
		end
	end
	for _, entry in pairs(by_name) do
		list[#list + 1] = entry
	end
	table.sort(list, function(a, b)
		return a.name < b.name
	end)
	return list
end

local function rows(entries)
	local list = {}
	for i, entry in ipairs(entries) do
		list[i] = { entry.usage, entry.sentence }
	end
	return columns.pairs(list, AT, LIMIT)
end

local function select(entries, wanted)
	local found = {}
	for _, entry in ipairs(entries) do
		if wanted(entry) then
			found[#found + 1] = entry
		end
	end
	return found
end

-- How many letters two words differ by (Levenshtein).
local function distance(a, b)
	local row = {}
	for j = 0, #b do
		row[j] = j
	end
	for i = 1, #a do
		local diagonal = row[0]
		row[0] = i
		for j = 1, #b do
			local cost = a:byte(i) == b:byte(j) and 0 or 1
			diagonal, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
		end
	end
	return row[#b]
end

--- Names among candidates that look like the wrong one, best first, three at most.
function help.suggest(wrong, candidates)
	local scored, seen = {}, {}
	wrong = wrong:lower()
	for _, name in ipairs(candidates) do
		local low = name:lower()
		local d = (low:find(wrong, 1, true) or wrong:find(low, 1, true)) and 1 or distance(wrong, low)
		if d <= math.max(2, #wrong // 3) and not seen[name] then
			seen[name] = true
			scored[#scored + 1] = { name, d }
		end
	end
	table.sort(scored, function(a, b)
		return a[2] < b[2] or a[2] == b[2] and a[1] < b[1]
	end)
	local best = {}
	for i = 1, math.min(3, #scored) do
		best[i] = scored[i][1]
	end
	return best
end

local function unknown(name, entries)
	local names = {}
	for _, entry in ipairs(entries) do
		names[#names + 1] = entry.name
		names[#names + 1] = entry.noun
		names[#names + 1] = entry.name:match "[.:]([%w_]+)$"
	end
	local best = help.suggest(name, names)
	local hint = #best > 0 and "did you mean " .. table.concat(best, ", ") .. "?"
		or "help() lists what there is."
	return ("there is no help on '%s'; %s"):format(require "adsh.core.text".escape(name), hint)
end

--- Help on a name: a function, a noun or the last part of a name; nil when there is none.
function help.on(name, entries)
	local found = select(entries, function(e)
		return e.name == name
	end)
	if #found == 1 and found[1].details ~= "" then
		return rows(found) .. "\n\n" .. found[1].details
	elseif #found == 1 and not found[1].usage:find "[({]" then
		found = {}
	end
	if #found == 0 then
		found = select(entries, function(e)
			return e.noun == name or e.name:match "[.:]([%w_]+)$" == name
		end)
	end
	return #found > 0 and rows(found) or nil
end

--- The name of a public value, the shortest one: "delegation.allow" for that function; nil when it is none.
function help.name_of(value)
	for _, noun in ipairs(globals.names()) do
		if rawequal(globals.load(noun), value) then
			return noun
		end
	end
	for _, noun in ipairs(globals.names()) do
		local module = globals.load(noun)
		for name, field in pairs(type(module) == "table" and module or {}) do
			if rawequal(field, value) then
				return noun .. "." .. tostring(name)
			end
		end
	end
end

local OVERVIEW = [[
%s

help "NAME" or help(NAME) tells about one of them, "adsh --help" about options.
A function that is given an unknown option names the known ones.]]

--- The text of help(topic): nil is the overview, else a name or a public value; and whether there is
--- help on it.
function help.text(topic)
	local entries = help.entries()
	if topic == nil then
		return OVERVIEW:format(rows(entries)), true
	end
	local name = type(topic) == "string" and topic or help.name_of(topic)
	if not name then
		return "there is no help on this " .. type(topic) .. "; help() lists what there is."
	end
	local found = help.on(name, entries)
	return found or unknown(name, entries), found ~= nil
end

--- What people call as help().
function help.about(topic)
	io.write((help.text(topic)), "\n")
end

help.add "help([name]) - Tells about a function, or lists them all."

return setmetatable(help, {
	__call = function(_, line)
		help.add(line)
	end,
})
