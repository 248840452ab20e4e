-- Completion at the prompt: globals, fields, methods, option names of a call, topics of help. Nothing
-- of the user's is called for it, only tables are looked at.
local complete = {}

local columns = require "adsh.format.columns"
local context = require "adsh.completion.context"
local globals = require "adsh.globals"
local help = require "adsh.help"
local session = require "adsh.session"
local text = require "adsh.core.text"

local about = {} -- candidate -> a few words on it, of the last ones given

local KEYWORDS = {
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local",
	"nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
}

local function get_global(name)
	local value = rawget(session.environment, name)
	if value == nil then
		value = rawget(_G, name)
	end
	if value == nil and globals.has(name) then
		value = globals.load(name)
	end
	return value
end

-- The tables in which a value's fields are found.
local function field_tables(value)
	local tables = {}
	if type(value) == "table" then
		tables[1] = value
	end
	local mt = debug.getmetatable(value)
	local index = type(mt) == "table" and rawget(mt, "__index")
	if type(index) == "table" then
		tables[#tables + 1] = index
	end
	return tables
end

local function get_field(value, name)
	for _, t in ipairs(field_tables(value)) do
		if rawget(t, name) ~= nil then
			return rawget(t, name)
		end
	end
end

-- The value of "a.b:c", or nil.
local function resolve(path)
	local value
	for name in path:gmatch "[%w_]+" do
		if value ~= nil and name:find "^%d" then
			value = type(value) == "table" and rawget(value, tonumber(name)) or nil
		elseif value == nil then
			value = get_global(name)
		else
			value = get_field(value, name)
		end
		if value == nil then
			return nil
		end
	end
	return value
end

--- The value of "a.b", and the names of its fields; nil when there is no such value. Runs no code of the user's.
function complete.value_of(path)
	local value = resolve(path)
	local names_of = {}
	for _, t in ipairs(value ~= nil and field_tables(value) or {}) do
		for name in next, t do
			names_of[#names_of + 1] = type(name) == "string" and name or nil
		end
	end
	return value, names_of
end

local function finish(found)
	local list, seen = {}, {}
	table.sort(found)
	for _, word in ipairs(found) do
		if not seen[word] then
			seen[word] = true
			list[#list + 1] = word
		end
	end
	return list
end

local sentences -- the help of functions, by name; false for what is internal

local function sentence_of(name)
	if not sentences then
		sentences = {}
		for _, entry in ipairs(help.entries(true)) do
			sentences[entry.name] = not entry.internal and entry.sentence
		end
	end
	return sentences[name]
end

local function add(found, prefix, wanted, name, value)
	if type(name) == "string" and name:sub(1, #wanted) == wanted and name:find "^[%a_][%w_]*$" then
		local word, sentence = prefix .. name .. (type(value) == "function" and "(" or ""), sentence_of(prefix .. name)
		if sentence ~= false then
			found[#found + 1] = word
			about[word] = sentence
		end
	end
end

local function fields(prefix, separator, wanted)
	local found, value = {}, resolve(prefix)
	for _, t in ipairs(field_tables(value)) do
		for name, field in next, t do
			local is_callable = type(field) == "function"
			if separator == "." or is_callable then
				add(found, prefix .. separator, wanted, name, field)
			end
		end
	end
	return finish(found)
end

local function names(wanted, is_first)
	local found = {}
	for _, alias in ipairs(is_first and require "adsh.prompt.statement".aliases() or {}) do
		if alias.alias:sub(1, #wanted) == wanted then
			found[#found + 1] = alias.alias
			about[alias.alias] = "means " .. alias.means
		end
	end
	for _, t in ipairs { session.environment, _G } do
		for name, value in next, t do
			if wanted ~= "" or not package.loaded[name] then
				add(found, "", wanted, name, value)
			end
		end
	end
	for _, name in ipairs(globals.names()) do
		add(found, "", wanted, name)
	end
	for _, word in ipairs(wanted ~= "" and KEYWORDS or {}) do
		add(found, "", wanted, word)
	end
	return finish(found)
end

-- The options that the help of a function spells out: name{source=, target=}.
local function options_of_function(call)
	local list = {}
	for _, entry in ipairs(help.entries()) do
		local method = entry.name:match ":([%w_]+)$"
		if entry.name == call or method and call:match ":([%w_]+)$" == method then
			for name in (entry.usage .. " " .. entry.sentence):gmatch "([%a_][%w_]*)=" do
				list[name] = ""
			end
		end
	end
	return list
end

local function options_of_recipe(name)
	local list = {}
	local ok, known = pcall(require "adsh.run_options".of, name)
	for option, o in pairs(ok and known or {}) do
		list[option] = o.about
	end
	return list
end

-- Where a field may begin in the table of a call, its options.
local function option_names(code, wanted)
	local c = context.of(code)
	if not c or not c.in_table or c.key or not code:find "[{,;]%s*$" then
		return {}
	end
	local found, recipe = {}, c.call:match "^run%.([%w_]+)$"
	for name, sentence in pairs(recipe and options_of_recipe(recipe) or options_of_function(c.call)) do
		if name:sub(1, #wanted) == wanted then
			found[#found + 1] = name .. "="
			about[name .. "="] = sentence
		end
	end
	return finish(found)
end

-- A name as it was begun: in small letters when it was typed so.
local function as_typed(name, typed)
	if name:sub(1, #typed) == typed then
		return name
	elseif typed == typed:lower() then
		return name:lower()
	end
	return typed .. name:sub(#typed + 1)
end

-- Inside quotes a backslash is two.
local function quoted(s)
	return (s:gsub("\\", "\\\\"):gsub('"', '\\"'))
end

local function unquoted(s)
	return (s:gsub("\\(.)", "%1"))
end

-- What fits in the string; and whether more can follow behind the only one.
local function in_string(code, typed, is_raw)
	local c, plain = context.of(code), is_raw and typed or unquoted(typed)
	local rows = c and require "adsh.completion.strings".candidates(c, plain, code) or {}
	local found, goes_on = {}, false
	for _, row in ipairs(rows) do
		if row.name:sub(1, #plain):lower() == plain:lower() then
			local word = as_typed(row.name, plain)
			word = is_raw and word or quoted(word)
			found[#found + 1] = word
			about[word] = row.about or about[word]
			goes_on = row.goes_on
		end
	end
	found = finish(found)
	return found, #found == 1 and goes_on
end

-- Behind the string that begins at the byte, nil when that is open; and the byte in front of what is in it, and
-- whether that is as it is (in [[ ]]).
local function string_at(code, at)
	local level = code:match("^%[(=*)%[", at)
	if level then
		local _, last = code:find("]" .. level .. "]", at, true)
		return last and last + 1, at + #level + 1, true
	end
	local i = at + 1
	while i <= #code and code:sub(i, i) ~= code:sub(at, at) do
		i = i + (code:sub(i, i) == "\\" and 2 or 1)
	end
	return i <= #code and i + 1 or nil, at, false
end

-- Where the string begins that is open at the end of the code, and what string_at says of it; nil: none is.
local function open_string(code)
	local i = 1
	while i <= #code do
		if code:find("^[\"']", i) or code:find("^%[=*%[", i) then
			local behind, before, is_raw = string_at(code, i)
			if not behind then
				return i, before, is_raw
			end
			i = behind
		else
			i = i + 1
		end
	end
end

-- readline begins the word behind a character that ends words elsewhere, as the parenthesis of a filter.
local function cut(list, n)
	for i, word in ipairs(list) do
		list[i] = word:sub(n + 1)
		about[list[i]] = about[word]
	end
	return list
end

--- Candidates for the word at bytes first .. last (counted like C: first included, last not). Inside quotes the word
--- is all that is in them. True besides: more can follow, so the quote is not closed.
function complete.words(line, first, last)
	local before, word = line:sub(1, first), line:sub(first + 1, last)
	about = {}
	local begins, quote, is_raw = open_string(before)
	if begins then
		local found, goes_on = in_string(before:sub(1, begins - 1), before:sub(quote + 1) .. word, is_raw)
		return cut(found, #before - quote), goes_on
	end
	local prefix, separator, wanted = word:match "^([%w_.:]+)([.:])([%w_]*)$"
	if prefix then
		return fields(prefix, separator, wanted)
	end
	local indexed, rest = before:match "([%a_][%w_.]*%[%d+%])$", word:match "^%.([%w_]*)$"
	if indexed and rest then
		local found = fields(indexed, ".", rest)
		for i, word_found in ipairs(found) do
			found[i] = word_found:sub(#indexed + 1)
		end
		return found
	end
	local found = option_names(before, word)
	return #found > 0 and found or names(word, not before:find "%S")
end

-- ---- showing them ----

local function shown_name(word)
	return (word:match "[^.:]*$")
end

local function rows_of(candidates)
	local list, widest, has_about = {}, 0, false
	for i, word in ipairs(candidates) do
		local shown = about[word] and about[word] ~= "" and about[word] or nil
		list[i] = { name = text.escape(word:find "[/\\]" and word or shown_name(word)), about = shown }
		widest, has_about = math.max(widest, text.width(list[i].name) + 2), has_about or shown ~= nil
	end
	return list, widest, has_about
end

local function pad(s, width)
	return s .. (" "):rep(width - text.width(s))
end

-- A candidate on each line, with what it is.
local function described(list, widest, room)
	local out = {}
	for i, row in ipairs(list) do
		local line = columns.wrap(row.about and text.escape(row.about) or "", math.max(10, room - widest))
		out[i] = (pad(row.name, widest) .. (line[1] or "")):gsub("%s+$", "") .. (#line > 1 and " ..." or "")
	end
	return out
end

-- As many side by side as fit; and how many are shown.
local function side_by_side(list, widest, room, most)
	local across = math.max(1, room // math.max(1, widest))
	local down = math.min(most, (#list + across - 1) // across)
	local out = {}
	for r = 1, down do
		local line = {}
		for c = 0, across - 1 do
			local row = list[r + c * down]
			line[#line + 1] = row and pad(row.name, widest) or nil
		end
		out[#out + 1] = (table.concat(line):gsub("%s+$", ""))
	end
	return out, math.min(#list, down * across)
end

--- The list of candidates for a screen of so many columns and rows.
function complete.list(candidates, room, rows)
	local list, widest, has_about = rows_of(candidates)
	local most = math.max(1, rows - 3)
	local out, shown
	if has_about and #list <= most and widest + 12 < room then
		out, shown = described(list, widest, room - 4), #candidates
	else
		out, shown = side_by_side(list, widest, room, most)
	end
	if shown < #candidates then
		out[#out + 1] = ("... and %d more"):format(#candidates - shown)
	end
	return table.concat(out, "\n") .. "\n"
end

--- idle(): called while no key comes; gives the seconds after which it wants to be called again, or nil.
function complete.idle()
	return require "adsh.completion.names".idle()
end

-- Strings, and calls and tables that are closed, say nothing about the call that is open.
local function without_closed(code)
	local before
	code = code:gsub("\\.", ""):gsub('"[^"]*"', ""):gsub("'[^']*'", "")
	repeat
		before = code
		code = code:gsub("%b()", ""):gsub("%b{}", "")
	until code == before
	return code
end

--- Help for the call that the cursor is in, or for the name that it is at.
function complete.help_at(line, at)
	local before = without_closed(line:sub(1, at))
	local name = before:match "([%a_][%w_.:]*)$" or before:match "^.*[^%w_.:]([%a_][%w_.:]*)%s*[({\"'][^({]*$"
		or before:match "^([%a_][%w_.:]*)%s*[({\"'][^({]*$" or before:match "([%a_][%w_.:]*)%s*%(%s*{[^({]*$"
	return name and help.text(name) .. "\n" or nil
end

return complete
