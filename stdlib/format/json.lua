-- JSON for programs: one document, keys sorted, so that two runs can be compared byte by byte (which
-- is why this is not lua-cjson: its keys come in any order, and an empty list becomes an object).
-- Bytes that are not UTF-8 become {"base64":"..."}.
local json = {}

local text = require "adsh.core.text"
local printable = require "adsh.format.printable"

local function encode_number(n)
	if n ~= n or n == math.huge or n == -math.huge then
		return "null"
	end
	return printable.text(n)
end

local SCALARS = {
	string = text.quote,
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
	return text.quote(tostring(v))
end

-- What stands in front of the first item, between two, and behind the last one.
local function gaps(indent, level)
	if not indent then
		return "", ",", ""
	end
	local line = "\n" .. indent:rep(level + 1)
	return line, "," .. line, "\n" .. indent:rep(level)
end

local encode

local function encode_list(v, put, indent, level, path)
	local first, between, last = gaps(indent, level)
	if text.is_list(v) then -- a million values
		put("[" .. first)
		put(v, between)
		return put(last .. "]")
	end
	local n = 0
	printable.each(v, function(item)
		put(n == 0 and "[" .. first or between)
		encode(item, put, indent, level + 1, path)
		n = n + 1
	end)
	put(n == 0 and "[]" or last .. "]")
end

local function encode_map(v, put, indent, level, path)
	local first, between, last = gaps(indent, level)
	local keys, colon = printable.keys(v), indent and ": " or ":"
	for i, key in ipairs(keys) do
		local name = type(key) == "string" and text.valid(key) and key or printable.text(key)
		put((i == 1 and "{" .. first or between) .. text.quote(name) .. colon)
		encode(v[key], put, indent, level + 1, path)
	end
	put(#keys == 0 and "{}" or last .. "}")
end

-- path: the tables around this one, since one that contains itself has no end.
encode = function(v, put, indent, level, path)
	if type(v) == "string" then
		return put(text.quote(v))
	end
	v = printable.plain(v)
	local kind = printable.kind(v)
	if kind == "scalar" and type(v) == "table" and v ~= printable.null then
		kind = "map" -- an error object: its fields
	elseif kind == "scalar" then
		return put(encode_scalar(v))
	end
	if path[v] then
		error(require "adsh.failure"("usage", "a table that contains itself cannot be written as JSON"), 0)
	end
	path[v] = true;
	(kind == "map" and encode_map or encode_list)(v, put, indent, level, path)
	path[v] = nil
end

--- Calls put with the JSON text of a value, piece by piece, and with put(list, between) for a list of strings; indent
--- ("  ") makes it readable.
function json.each(v, put, indent)
	encode(v, put, indent, 0, {})
end

local function parts_of(v, indent)
	local parts = {}
	json.each(v, function(part, between)
		parts[#parts + 1] = between and text.quote_all(part, between) or part
	end, indent)
	return parts
end

--- The JSON text of a value.
function json.encode(v, indent)
	return table.concat(parts_of(v, indent))
end

--- Writes the value as one document.
function json.write(v, write, terminal)
	local indent = terminal.stdout and "  " or nil
	if printable.kind(v) ~= "stream" then
		for _, part in ipairs(parts_of(v, indent)) do -- all of it, or an error and nothing
			write(part)
		end
		return write "\n"
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
