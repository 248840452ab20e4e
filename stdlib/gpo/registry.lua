-- Registry.pol, the registry settings of a policy (MS-GPREG 2.2.1): "PReg", version 1, and for each value
-- [key;name;type;size;data] in UTF-16LE. Entries that are not ours stay byte for byte.
local failure = require "adsh.failure"
local utf16 = require "adsh.gpo.utf16"

local registry = {}

local HEAD = "PReg\1\0\0\0"
registry.SZ, registry.DWORD = 1, 4

local function wide(s)
	return utf16.encode(s) .. "\0\0"
end

local OPEN, CLOSE, SEPARATOR = "[\0", "]\0", ";\0"

local function malformed(at)
	error(failure("failed", ("Registry.pol is malformed at byte %d"):format(at),
		"repair it first with another tool: samba-tool gpo, or the editor of Windows"), 0)
end

-- A text that ends with a zero, and what is behind it.
local function take_text(bytes, at)
	local stop = at
	while bytes:sub(stop, stop + 1) ~= "\0\0" do
		if stop >= #bytes then
			malformed(at)
		end
		stop = stop + 2
	end
	return utf16.decode(bytes:sub(at, stop - 1)), stop + 2
end

local function expect(bytes, at, what)
	if bytes:sub(at, at + 1) ~= what then
		malformed(at)
	end
	return at + 2
end

local function take_number(bytes, at)
	if at + 3 > #bytes then
		malformed(at)
	end
	return string.unpack("<I4", bytes, at)
end

local function take_entry(bytes, at)
	local e, start = {}, at
	at = expect(bytes, at, OPEN)
	e.key, at = take_text(bytes, at)
	at = expect(bytes, at, SEPARATOR)
	e.name, at = take_text(bytes, at)
	at = expect(bytes, at, SEPARATOR)
	e.type, at = take_number(bytes, at)
	at = expect(bytes, at, SEPARATOR)
	local size
	size, at = take_number(bytes, at)
	at = expect(bytes, at, SEPARATOR)
	if size > #bytes - at then
		malformed(at)
	end
	e.data = bytes:sub(at, at + size - 1)
	at = expect(bytes, at + size, CLOSE)
	e.bytes = bytes:sub(start, at - 1)
	return e, at
end

--- decode(bytes): a list of { key=, name=, type=, data=, bytes= }; of an empty file an empty one.
function registry.decode(bytes)
	local list, at = {}, #HEAD + 1
	if bytes == "" then
		return list
	elseif bytes:sub(1, #HEAD) ~= HEAD then
		malformed(1)
	end
	while at <= #bytes do
		list[#list + 1], at = take_entry(bytes, at)
	end
	return list
end

--- encode(list): the file.
function registry.encode(list)
	local parts = { HEAD }
	for _, e in ipairs(list) do
		parts[#parts + 1] = e.bytes or (OPEN .. wide(e.key) .. SEPARATOR .. wide(e.name) .. SEPARATOR
			.. string.pack("<I4", e.type) .. SEPARATOR .. string.pack("<I4", #e.data) .. SEPARATOR .. e.data .. CLOSE)
	end
	return table.concat(parts)
end

--- text(e): the value of a text, or of a number; nil: of another type.
function registry.text(e)
	if e.type == registry.SZ then
		return (utf16.decode(e.data):gsub("%z+$", ""))
	elseif e.type == registry.DWORD and #e.data == 4 then
		return string.unpack("<I4", e.data)
	end
end

--- of_text(key, name, s): an entry with a text.
function registry.of_text(key, name, s)
	return { key = key, name = name, type = registry.SZ, data = wide(s) }
end

local NAMES = { "text", "text with variables", "bytes", "number", [7] = "texts", [11] = "number" } -- MS-GPREG 2.2.1

-- The value as a person reads it: bytes in hexadecimal where it is neither text nor number.
local function shown(e)
	local value = registry.text(e)
	if e.type == registry.SZ and e.data ~= wide(value) or not value then
		value = e.data:sub(1, 32):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
			.. (#e.data > 32 and ("... (%d bytes)"):format(#e.data) or "")
	end
	return ("%s\\%s = %s (%s)"):format(e.key, e.name, value, NAMES[e.type] or "type " .. e.type)
end

local function add_missing(list, sign, entries, others, words)
	local there = {}
	for _, e in ipairs(others) do
		there[e.bytes] = true
	end
	for _, e in ipairs(entries) do
		if not there[e.bytes] then
			list[#list + 1] = ("%s %s"):format(sign, words(e) or shown(e))
		end
	end
end

--- words(before, after, f): the difference of two files, "+ ..." and "- ..."; f(e): an entry in words, or nil. Nil:
--- nothing comes or goes, or one is malformed.
function registry.words(before, after, f)
	local ok, old, new = pcall(function()
		return registry.decode(before or ""), registry.decode(after or "")
	end)
	local list = {}
	if ok then
		add_missing(list, "-", old, new, f)
		add_missing(list, "+", new, old, f)
	end
	return #list > 0 and list or nil
end

local function is_same(e, key, name)
	return e.key:lower() == key:lower() and e.name:lower() == name:lower()
end

--- put(list, e): sets the value in place of one of that key and name; true: something changed.
function registry.put(list, e)
	for i, old in ipairs(list) do
		if is_same(old, e.key, e.name) then
			list[i] = e
			return old.type ~= e.type or old.data ~= e.data
		end
	end
	list[#list + 1] = e
	return true
end

--- take(list, wanted): removes the entries for which wanted(e) is true; how many there were.
function registry.take(list, wanted)
	local n = 0
	for i = #list, 1, -1 do
		if wanted(list[i]) then
			table.remove(list, i)
			n = n + 1
		end
	end
	return n
end

return registry
