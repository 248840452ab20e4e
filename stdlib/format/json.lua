-- JSON for programs: one document, keys sorted, so that two runs can be compared byte by byte (which
-- is why this is not lua-cjson: its keys come in any order, and an empty list becomes an object).
-- Bytes that are not UTF-8 become {"base64":"..."}.
local json = {}

local text = require "adsh.core.text"
local printable = require "adsh.format.printable"

local SHORT = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape_byte(c)
	return SHORT[c] or ("\\u%04x"):format(c:byte())
end

-- Characters that would act on a terminal are written by number, also those beyond ASCII.
local function escape_hidden(c)
	if text.escape(c) == c then
		return c
	end
	local code = utf8.codepoint(c)
	if code < 0x10000 then
		return ("\\u%04x"):format(code)
	end
	code = code - 0x10000
	return ("\\u%04x\\u%04x"):format(0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff))
end

local function quote(s)
	s = s:gsub('[%c"\\]', escape_byte)
	if s:find "[\x80-\xff]" then
		s = s:gsub("[\xc2-\xf4][\x80-\xbf]+", escape_hidden)
	end
	return '"' .. s .. '"'
end

local encode

local function encode_string(s)
	if not s:find '[^ !#-%[%]-~]' then -- nothing to be escaped, as in most of a million values
		return '"' .. s .. '"'
	elseif text.valid(s) then
		return quote(s)
	end
	return '{"base64":"' .. text.base64(s) .. '"}'
end

local function encode_number(n)
	if n ~= n or n == math.huge or n == -math.huge then
		return "null"
	end
	return printable.text(n)
end

local SCALARS = {
	string = encode_string,
	number = encode_number,
	boolean = tostring,
	["nil"] = function()
		return "null"
	end,
}

local function encode_scalar(v)
	local f = SCALARS[type(v)]
	if f then
		return f(v)
	elseif v == printable.null then
		return "null"
	end
	return encode_string(tostring(v))
end

local function wrap(open, items, close, indent, level)
	if #items == 0 then
		return open .. close
	elseif not indent then
		return open .. table.concat(items, ",") .. close
	end
	local pad = "\n" .. indent:rep(level + 1)
	return open .. pad .. table.concat(items, "," .. pad) .. "\n" .. indent:rep(level) .. close
end

-- path: the tables around this one, since one that contains itself has no end.
encode = function(v, indent, level, path)
	v = printable.plain(v)
	local kind, items = printable.kind(v), {}
	if kind == "scalar" and type(v) == "table" and v ~= printable.null then
		kind = "map" -- an error object: its fields
	elseif kind == "scalar" then
		return encode_scalar(v)
	end
	assert(not path[v], "a table that contains itself has no JSON form")
	path[v] = true
	if kind == "map" then
		for i, key in ipairs(printable.keys(v)) do
			local name = type(key) == "string" and text.valid(key) and key or printable.text(key)
			items[i] = quote(name) .. (indent and ": " or ":") .. encode(v[key], indent, level + 1, path)
		end
	else
		printable.each(v, function(item)
			items[#items + 1] = encode(item, indent, level + 1, path)
		end)
	end
	path[v] = nil
	if kind == "map" then
		return wrap("{", items, "}", indent, level)
	end
	return wrap("[", items, "]", indent, level)
end

--- The JSON text of a value; indent ("  ") makes it readable.
function json.encode(v, indent)
	return encode(v, indent, 0, {})
end

--- Writes the value as one document.
function json.write(v, write, terminal)
	local indent = terminal.stdout and "  " or nil
	if printable.kind(v) ~= "stream" then
		return write(json.encode(v, indent), "\n")
	end
	local separator = "[\n"
	printable.each(v, function(item)
		write(separator, json.encode(item))
		separator = ",\n"
	end, function()
		write(separator == "[\n" and "[]\n" or "\n]\n")
	end)
end

return json
