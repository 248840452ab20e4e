-- LDIF as RFC 2849 has it: entries with a dn, base64 where a value is not a safe string, lines folded
-- after 76 characters.
local ldif = {}

local failure = require "adsh.failure"
local text = require "adsh.core.text"
local printable = require "adsh.format.printable"

local FOLD = 76

local function fold(line)
	if #line <= FOLD then
		return line
	end
	local parts = { line:sub(1, FOLD) }
	for i = FOLD + 1, #line, FOLD - 1 do
		parts[#parts + 1] = " " .. line:sub(i, i + FOLD - 2)
	end
	return table.concat(parts, "\n")
end

-- SAFE-STRING: ASCII without NUL, CR and LF that does not begin with a space, ':' or '<'. Allowed there
-- but encoded: other control characters, which would act on a terminal, and a space at the end.
local function is_safe(s)
	return not (s:find "[%c\x80-\xff]" or s:find "^[ :<]" or s:find " $")
end

-- A server may call an attribute anything: what is no AttributeDescription would be another line, or act on a terminal.
local function plain_name(name)
	return (tostring(name):gsub("[^%w.;-]", function(c) return ("\\x%02x"):format(c:byte()) end))
end

--- "name: value", or "name:: base64".
function ldif.line(name, s)
	name = plain_name(name)
	if is_safe(s) then
		return fold(s == "" and name .. ":" or name .. ": " .. s)
	end
	return fold(name .. ":: " .. text.base64(s))
end

-- Typed objects give the bytes that they were read from.
local function raw(entry)
	return require "adsh.core.lookup".entry(entry) or entry
end

local function list_of(v)
	v = printable.plain(v)
	return printable.kind(v) == "list" and v or { v }
end

local function write_entry(write, entry)
	if printable.kind(entry) ~= "map" or type(entry.dn) ~= "string" then
		error(failure("usage", "LDIF can show only directory entries: each requires a dn",
			"use --format table, json or csv"), 0)
	end
	local lines, values = { ldif.line("dn", entry.dn) }, raw(entry)
	for _, name in ipairs(printable.keys(entry)) do
		for _, item in ipairs(name ~= "dn" and list_of(values[name]) or {}) do
			lines[#lines + 1] = ldif.line(name, type(item) == "string" and item or printable.compact(item))
		end
	end
	write("\n", table.concat(lines, "\n"), "\n")
end

--- Writes an entry, or a list or stream of them.
function ldif.write(v, write)
	write "version: 1\n"
	printable.each(v, function(entry)
		write_entry(write, entry)
	end)
end

return ldif
