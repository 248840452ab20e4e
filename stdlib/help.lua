-- help(): one line for each function, kept next to its code, and the same text here, in the manual
-- and in completion. C functions bring theirs in their registration, Lua functions call
--	help "noun.verb(args) - sentence."
-- when their module is loaded; lines after the first one are details: "Arguments:", "Returns:", "Errors:",
-- "Example:". Arguments and fields are rows: "  name (type): text. Default: x", "  name (option, type): ...", what is
-- deeper belongs to the row above. What begins its sentence with "Internal:" is for adsh's own use, and not listed.
local help = {}

local columns = require "adsh.format.columns"
local common = require "adsh.help.common"
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
		name = name, usage = usage or name, sentence = sentence or "", details = common.expand(details),
		noun = name:match "^[%w_]+", internal = sentence and sentence:find "^Internal: " ~= nil,
	}
end

-- What people call: the globals and what they hold, and methods ("dir:search").
local function is_public(entry, nouns)
	return nouns[entry.noun] or entry.name:find ":" ~= nil
end

--- Every public function, sorted by name: { name, usage, sentence, details, noun }; all: also what is internal.
function help.entries(all)
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
		list[#list + 1] = (all or not entry.internal) and entry or nil
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
		local d = (low:find(wrong, 1, true) or #low > 2 and wrong:find(low, 1, true)) and 1 or distance(wrong, low)
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
	local names, is_whole = {}, name:find "[.:]"
	for _, entry in ipairs(entries) do
		names[#names + 1] = entry.name
		names[#names + 1] = not is_whole and entry.noun or nil
		names[#names + 1] = not is_whole and entry.name:match "[.:]([%w_]+)$" or nil
	end
	local best = help.suggest(name, names)
	local hint = #best > 0 and "did you mean " .. table.concat(best, ", ") .. "?"
		or "help() lists the topics."
	return ("no help for '%s'; %s"):format(require "adsh.core.text".escape(name), hint), best[1]
end

-- A line of details, further lines of it indented; examples stay whole.
local function add_line(lines, line)
	local indent, words = line:match "^(%s*)(.*)$"
	if line:find "^Example: " then
		lines[#lines + 1] = line
		return
	end
	for i, part in ipairs(columns.wrap(words, LIMIT - 2 - #indent)) do
		lines[#lines + 1] = indent .. (i > 1 and "  " or "") .. part
	end
end

-- All that is known about one function.
local function whole(entry)
	local lines = columns.wrap(entry.usage, LIMIT)
	for _, line in ipairs(columns.wrap(entry.sentence, LIMIT - 2)) do
		lines[#lines + 1] = "  " .. line
	end
	if entry.details ~= "" then
		lines[#lines + 1] = ""
		for line in entry.details:gmatch "[^\n]+" do
			add_line(lines, line)
		end
	end
	return table.concat(lines, "\n")
end

--- Help on a name: a function, a noun or the last part of a name; nil when there is none.
function help.on(name, entries)
	local exact = select(entries, function(e)
		return e.name == name
	end)[1]
	local others = select(entries, function(e)
		return e ~= exact and not e.internal and e.noun == name
	end)
	if exact and #others > 0 then
		return whole(exact) .. "\n\nMore functions of " .. name .. ":\n" .. rows(others)
	elseif exact then
		return whole(exact)
	elseif #others == 0 then
		others = select(entries, function(e)
			return e.name:match "[.:]([%w_]+)$" == name
		end)
	end
	return #others == 1 and whole(others[1]) or #others > 0 and rows(others) or nil
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

-- What else a topic can be: the code of an error, or words.
local function by_meaning(topic, entries)
	local codes = require "adsh.doctor.codes".explain(topic, true)
	if codes then
		return require "adsh.doctor.code_text"(codes)
	end
	local found, is_all = require "adsh.help.words".find(topic, select(entries, function(e) return not e.internal end))
	if found and (is_all or topic:find "%s") then -- one name that is unknown has a nearest one
		return (is_all and "" or "no topic has all of these words; the closest are:\n") .. rows(found)
	end
end

local CLASSES = { ["adsh.directory"] = "dir", ["adsh.plan"] = "plan" }

-- The noun of a value's methods: "dir" for a directory.
local function class_of(value)
	local class = type(value) == "userdata" and debug.getmetatable(value)
	return class and CLASSES[rawget(class, "__name")]
end

--- The text of help(topic): nil is the overview, else a name, words, the code of an error or a public
--- value; whether there is help on it, and if not, the name that is nearest.
function help.text(topic)
	if topic == nil or topic == "" then
		return require "adsh.help.screen".text(), true
	end
	local entries = help.entries(true)
	local name = (type(topic) == "string" or math.type(topic)) and tostring(topic) or help.name_of(topic)
		or class_of(topic)
	if not name then
		return "there is no help for this " .. type(topic) .. "; help() lists the topics."
	end
	local found = name == "all" and rows(help.entries()) or help.on(name, entries) or by_meaning(name, entries)
	if found then
		return found, true
	end
	local message, best = unknown(name, help.entries())
	return message, false, best
end

--- What people call as help().
function help.about(topic)
	local found, _, best = help.text(topic)
	found = found .. (best and "\n\n" .. help.text(best) or "") .. "\n"
	if package.loaded["adsh.repl"] then
		require "adsh.prompt.pager".write(found)
	else
		io.write(found)
	end
end

help.add [[help([topic]) - Lists the tasks, or describes a function, a noun, words, or an error code.
Arguments:
  topic (string, function or any): a name, a function, words, or a code. Default: the tasks
Returns: nothing; it prints. ?name, name?, F1 and Alt-H at the prompt do the same
Errors: none
Example: help(delegation.allow)
Example: help "all"
Example: help "who may delegate to"
Example: help "0x8009030E"]]

return setmetatable(help, {
	__call = function(_, line)
		help.add(line)
	end,
})
