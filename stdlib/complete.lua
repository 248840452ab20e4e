-- Completion at the prompt: globals, fields, methods, option names of a call, topics of help. Nothing
-- of the user's is called for it, only tables are looked at.
local complete = {}

local globals = require "adsh.globals"
local help = require "adsh.help"
local session = require "adsh.session"
local text = require "adsh.core.text"

local KEYWORDS = {
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local",
	"nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
}

local function is_global(name)
	for _, public in ipairs(globals.names()) do
		if public == name then
			return true
		end
	end
	return false
end

local function get_global(name)
	local value = rawget(session.environment, name)
	if value == nil then
		value = rawget(_G, name)
	end
	if value == nil and is_global(name) then
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
		if value == nil then
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

local function add(found, prefix, wanted, name, value)
	if type(name) == "string" and name:sub(1, #wanted) == wanted and name:find "^[%a_][%w_]*$" then
		found[#found + 1] = prefix .. name .. (type(value) == "function" and "(" or "")
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

local function names(wanted)
	local found = {}
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

-- Inside "name{" the options that the help line of name spells out: name{source=, target=}.
local function option_names(before, wanted)
	local call = before:match "([%w_.:]+)%s*%(?[^(){}]*{[^{}]*$"
	local found = {}
	for _, entry in ipairs(call and help.entries() or {}) do
		local method = entry.name:match ":([%w_]+)$"
		if entry.name == call or method and call:match ":([%w_]+)$" == method then
			for name in (entry.usage .. " " .. entry.details):gmatch "([%a_][%w_]*)=" do
				if name:sub(1, #wanted) == wanted then
					found[#found + 1] = name .. "="
				end
			end
		end
	end
	return finish(found)
end

local function topics(wanted)
	local found = {}
	for _, entry in ipairs(help.entries()) do
		for _, name in ipairs { entry.noun, entry.name } do
			if name:sub(1, #wanted) == wanted then
				found[#found + 1] = name
			end
		end
	end
	return finish(found)
end

--- Candidates for the word at bytes first .. last (counted like C: first included, last not).
function complete.words(line, first, last)
	local before, word = line:sub(1, first), line:sub(first + 1, last)
	if before:find "help%s*%(?%s*[\"']$" then
		return topics(word)
	elseif before:find "[\"']$" then
		return {}
	end
	local prefix, separator, wanted = word:match "^([%w_.:]+)([.:])([%w_]*)$"
	if prefix then
		return fields(prefix, separator, wanted)
	end
	local found = option_names(before, word)
	return #found > 0 and found or names(word)
end

-- ---- showing them ----

local function shown_name(word)
	return (word:match "[^.:]*$")
end

--- The list of candidates for a screen: as many as fit, in columns.
function complete.list(candidates, columns, rows)
	local widest, names_shown = 0, {}
	for i, word in ipairs(candidates) do
		names_shown[i] = text.escape(shown_name(word))
		widest = math.max(widest, text.width(names_shown[i]) + 2)
	end
	local across = math.max(1, columns // widest)
	local most = math.max(1, rows - 3)
	local down = math.min(most, (#candidates + across - 1) // across)
	local out = {}
	for r = 1, down do
		local line = {}
		for c = 0, across - 1 do
			local s = names_shown[r + c * down]
			if s then
				line[#line + 1] = s .. (" "):rep(widest - text.width(s))
			end
		end
		out[#out + 1] = (table.concat(line):gsub("%s+$", ""))
	end
	if down * across < #candidates then
		out[#out + 1] = ("... and %d more"):format(#candidates - down * across)
	end
	return table.concat(out, "\n") .. "\n"
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
