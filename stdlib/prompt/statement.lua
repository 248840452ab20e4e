-- What is typed at the prompt and is no Lua: "?name", "name?", "!command", "\x". And where a statement that is
-- Lua breaks its grammar.
local statement = {}

local text = require "adsh.core.text"

-- Pattern -> the Lua code that it means. What is captured goes in as a quoted string.
local FORMS = {
	{ "^%s*%?%s*([%w_.:]*)%s*$", "require('adsh.help').about(%s)" },
	{ "^%s*([%a_][%w_.:]*)%s*%?%s*$", "require('adsh.help').about(%s)" },
	{ "^%s*!(.*)$", "require('adsh.shell').run(%s)" },
	{ "^%s*\\x%s*(%a*)%s*$", "require('adsh.shell').vertical(%s)" },
	{ "^%s*\\timing%s*(%a*)%s*$", "require('adsh.shell').timing(%s)" },
	{ "^%s*\\e%s*$", "require('adsh.shell').edit()" },
}

local words = {} -- aliases by name

--- alias(name, text): from now on a line that begins with the name means the text; nil: no more. Returns what is
--- wrong with it, if anything is.
function statement.alias(name, meaning)
	if type(name) ~= "string" or not name:find "^[%a_][%w_]*$" then
		return "the name must be one word of letters, digits and _"
	elseif meaning ~= nil and type(meaning) ~= "string" then
		return "the text must be a string"
	elseif not load(name .. " = nil") then
		return ("'%s' is a keyword of Lua"):format(name)
	elseif rawget(_G, name) ~= nil then
		return ("'%s' is already a name of adsh or Lua"):format(name)
	end
	words[name] = meaning
end

--- The aliases: a list of { alias =, means = }.
function statement.aliases()
	local list = {}
	for name, meaning in pairs(words) do
		list[#list + 1] = { alias = name, means = meaning }
	end
	table.sort(list, function(a, b) return a.alias < b.alias end)
	return list
end

-- A name that is assigned to or is part of an expression stays what it is.
local function replace_alias(typed)
	local name, rest = typed:match "^%s*([%a_][%w_]*)(.*)$"
	local meaning = name and words[name]
	if not meaning or not (rest:find "^%s*$" or rest:find "^%s+[^%s=,.:%[%(]" or rest:find "^%s+%(") then
		return typed
	end
	return meaning .. rest
end

local function is_lua(typed)
	return load("return " .. typed, "=stdin", "t") or load(typed, "=stdin", "t")
end

-- "get host01", "hosts.without live-migration": a function of adsh, and words that it takes as strings; _ is the
-- last result.
local function call_with_words(typed)
	local name, rest = typed:match "^%s*([%a_][%w_.]*)%s+([%w_.:@/\\$*-][%w_.:@/\\$* -]*)$"
	if not name or is_lua(typed) then
		return nil
	end
	local is_ours = require "adsh.globals".has(name:match "^[^.]+")
	local value = is_ours and require "adsh.complete".value_of(name)
	local mt = debug.getmetatable(value)
	if type(value) ~= "function" and not (type(mt) == "table" and mt.__call) then
		return nil
	end
	local list = {}
	for word in rest:gmatch "%S+" do
		list[#list + 1] = word:find "^_%d?$" and word or ("%q"):format(word) -- save _ friday.csv
	end
	return ("%s(%s)"):format(name, table.concat(list, ", "))
end

--- The Lua code of what was typed.
function statement.translate(typed)
	typed = replace_alias(typed)
	for _, form in ipairs(FORMS) do
		local argument = typed:match(form[1])
		if argument then
			return (form[2]:gsub("%%s", function() return ("%q"):format(argument) end))
		end
	end
	return call_with_words(typed) or typed
end

local function line_of(typed, n)
	local at = 0
	for line in (typed .. "\n"):gmatch "(.-)\n" do
		at = at + 1
		if at == n then
			return line
		end
	end
end

local function parse(code)
	local _, message = load(code, "=stdin", "t")
	local n, what = (message or ""):match "^stdin:(%d+): (.*)$"
	return tonumber(n), what, what and what:match "near '?(.-)'?$"
end

-- Lua's message on a statement or, when that complains of its first word, on an expression.
local function find_fault(typed)
	local n, what, near = parse(typed)
	local as_value = { parse("return " .. typed) }
	if not as_value[1] then
		return nil
	elseif near and as_value[3] and typed:match "^%s*(.*)":sub(1, #near) == near then
		return table.unpack(as_value)
	end
	return n, what, near
end

-- Where on line n the word is that the message names: the first one up to which the same is wrong.
local function place_of(typed, n, near)
	local before = ""
	for i = 1, n - 1 do
		before = before .. line_of(typed, i) .. "\n"
	end
	local line, from = line_of(typed, n), 1
	while near ~= "<eof>" do
		local first, last = line:find(near, from, true)
		if not first then
			break
		end
		local code = before .. line:sub(1, last)
		for _, try in ipairs { code .. " ", "return " .. code .. " " } do
			local _, _, found = parse(try)
			if found == near then
				return first
			end
		end
		from = first + 1
	end
	return #line + 1
end

--- What breaks the grammar of a statement: a list of lines, the place marked; nil when nothing does.
function statement.explain(typed)
	local n, what, near = find_fault(typed)
	if not near or not line_of(typed, n) then
		return nil
	end
	local line, at = line_of(typed, n), place_of(typed, n, near)
	local shown, before = text.escape(line), text.escape(line:sub(1, at - 1))
	local saying = what:gsub("%s*near [^%s].*$", ""):gsub("<eof>", "the end")
	return { saying, "  " .. shown, "  " .. (" "):rep(text.width(before)) .. "^" }
end

return statement
