-- json.encode, json.decode: as RFC 8259 has it. What is read is not lua-cjson's: that makes a float of every number, so
-- that a FILETIME loses its last digits, and takes NaN, 0x10 and 01.
local failure = require "adsh.failure"
local file = require "adsh.core.file"
local format = require "adsh.format.json"
local help = require "adsh.help"
local printable = require "adsh.format.printable"
local text_file = require "adsh.text_file"

local json = { null = printable.null }

local DEEPEST = 500 -- values in one another

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }
local WORDS = { ["true"] = true, ["false"] = false, null = printable.null }

local function refuse(s, at, why)
	local before = s.text:sub(1, at - 1)
	local line = 1 + select(2, before:gsub("\n", ""))
	error(failure("usage", ("%s, line %d, column %d: %s"):format(s.name, line, #before:match "[^\n]*$" + 1, why)), 0)
end

local function skip(s, at)
	return s.text:find("[^ \t\r\n]", at) or #s.text + 1
end

-- The text of an escape at this place, behind the backslash, and the place behind it.
local function escape(s, at)
	local letter = s.text:sub(at, at)
	if ESCAPES[letter] then
		return ESCAPES[letter], at + 1
	end
	local hex = s.text:match("^u(%x%x%x%x)", at) or refuse(s, at, "this escape is not valid")
	local code = tonumber(hex, 16)
	local low = code >= 0xd800 and code < 0xdc00 and s.text:match("^\\u([dD][c-fC-F]%x%x)", at + 5)
	if low then
		return utf8.char(0x10000 + ((code & 0x3ff) << 10) + (tonumber(low, 16) & 0x3ff)), at + 11
	elseif code >= 0xd800 and code < 0xe000 then
		refuse(s, at, "half a surrogate pair is not a character")
	end
	return utf8.char(code), at + 5
end

-- The text of a string, whose first quotation mark is at this place, and the place behind it.
local function string_at(s, at)
	local parts, from = {}, at + 1
	while true do
		local stop = s.text:find('[\0-\31"\\]', from) or refuse(s, at, "the string is not closed")
		local c = s.text:sub(stop, stop)
		parts[#parts + 1] = s.text:sub(from, stop - 1)
		if c == '"' then
			return table.concat(parts), stop + 1
		elseif c == "\\" then
			parts[#parts + 1], from = escape(s, stop + 1)
		else
			refuse(s, stop, "a control character in a string must be escaped")
		end
	end
end

-- Integers that fit are integers.
local function number_at(s, at)
	local whole = s.text:match("^-?%d+", at)
	local rest = whole and s.text:match("^%.%d+", at + #whole) or ""
	rest = whole and rest .. (s.text:match("^[eE][+-]?%d+", at + #whole + #rest) or "")
	if not whole or whole:find "^-?0%d" then
		refuse(s, at, "a value is expected")
	end
	local n = tonumber(whole .. rest)
	return n == math.huge and refuse(s, at, "the number is too large") or n, at + #whole + #rest
end

local value_at

-- What stands between brackets: add(at) takes one item and gives the place behind it.
local function items(s, at, close, add)
	at = skip(s, at + 1)
	if s.text:sub(at, at) == close then
		return at + 1
	end
	while true do
		at = skip(s, add(skip(s, at)))
		local c = s.text:sub(at, at)
		if c == close then
			return at + 1
		elseif c ~= "," then
			refuse(s, at, ("',' or '%s' is expected"):format(close))
		end
		at = at + 1
	end
end

local function list_at(s, at, level)
	local list, n = {}, 0
	return list, items(s, at, "]", function(place)
		n = n + 1
		list[n], place = value_at(s, place, level)
		return place
	end)
end

local function object_at(s, at, level)
	local map, seen = {}, {}
	local stop = items(s, at, "}", function(place)
		if s.text:sub(place, place) ~= '"' then
			refuse(s, place, "a name in quotation marks is expected")
		end
		local name, behind = string_at(s, place)
		if seen[name] then
			refuse(s, place, ("the name '%s' is repeated"):format(name))
		end
		seen[name] = true
		behind = skip(s, behind)
		if s.text:sub(behind, behind) ~= ":" then
			refuse(s, behind, "':' is expected")
		end
		local value
		value, behind = value_at(s, skip(s, behind + 1), level)
		if value ~= printable.null then
			map[name] = value
		end
		return behind
	end)
	return next(map) == nil and printable.map(map) or map, stop
end

function value_at(s, at, level)
	if level > DEEPEST then
		refuse(s, at, "the values are nested too deep")
	end
	local c = s.text:sub(at, at)
	if c == "{" then
		return object_at(s, at, level + 1)
	elseif c == "[" then
		return list_at(s, at, level + 1)
	elseif c == '"' then
		return string_at(s, at)
	end
	local word = s.text:match("^%l+", at)
	if word and WORDS[word] ~= nil then
		return WORDS[word], at + #word
	end
	return number_at(s, at)
end

local function decode(text, name)
	local s = { text = text, name = name }
	local value, at = value_at(s, skip(s, 1), 0)
	at = skip(s, at)
	if at <= #text then
		refuse(s, at, "text follows the value")
	end
	return value
end

help [[json.decode(text) - Returns the value of a JSON text.
Arguments:
  text (string): in UTF-8 or UTF-16
Returns: a table, text, number or boolean. null is json.null in a list and at the top; in an object, its name is absent
Errors:
  usage: the text is not valid JSON; the message has the line and column
Example: json.decode '{"host": "host01", "pwdLastSet": 134118110450000000}']]
function json.decode(text)
	return decode(text_file.decode(text, "json.decode", "the text"), "json.decode")
end

help [[json.read(path) - Returns the value of a JSON file.
Arguments:
  path (string): a file in UTF-8 or UTF-16; - is standard input
Returns: what json.decode returns
Errors:
  usage: the file cannot be read, or is not valid JSON
Example: (pcall(json.read, "/dev/null"))]]
function json.read(path)
	return decode(text_file.read(path, "the JSON file"), path)
end

help [[json.encode(value[, indent]) - Returns a value as JSON text, with sorted names, as --format json.
Arguments:
  value (any): a table, string, number, boolean or json.null. A table with [1] is a list, and so is an empty one. Bytes
    that are not UTF-8 become {"base64": "..."}
  indent (string): the indent of each level. Default: all in one line
Returns: a string
Errors:
  usage: a table that contains itself
Example: json.encode({ host = "host01", services = { "cifs" } }, "  ")]]
function json.encode(value, indent)
	if indent ~= nil and (type(indent) ~= "string" or indent:find "[^ \t]") then
		error("json.encode: the indent must be blanks or tabs", 2)
	end
	return format.encode(value, indent)
end

help [[json.write(value, path) - Writes a value to a file as JSON.
Arguments:
  value (any): see json.encode
  path (string): the file, created with mode 0600
Returns: nothing
Errors:
  usage: a table that contains itself
  failed: the file cannot be written
Example: json.write(hosts.all(), os.tmpname())]]
function json.write(value, path)
	if type(path) ~= "string" then
		error("json.write: the second argument must be the name of a file", 2)
	end
	local ok, err = file.replace(path, "the JSON file", format.encode(value, "  ") .. "\n")
	if not ok then
		error(err, 0)
	end
end

return json
