-- Search filters (RFC 4515) put together from values: everything is escaped here, nowhere else.
local codec = require "adsh.core.codec"
local help = require "adsh.help"

local filter = {}

local BIT_AND = "1.2.840.113556.1.4.803"
local IN_CHAIN = "1.2.840.113556.1.4.1941"

local function attribute(name)
	if type(name) ~= "string" or not name:match("^[%a][%w;%-]*$") and not name:match("^%d[%d%.]*$") then
		error("not an attribute's name: " .. tostring(name), 3)
	end
	return name
end

local function value(v)
	if type(v) == "number" then
		v = math.tointeger(v) and string.format("%d", v) or tostring(v)
	elseif type(v) == "boolean" then
		v = v and "TRUE" or "FALSE"
	end
	if type(v) ~= "string" then
		error("a filter's value must be a string, number or boolean, not a " .. type(v), 3)
	end
	return v
end

local function join(op, ...)
	local list = ...
	if type(list) ~= "table" then
		list = { ... }
	end
	if #list == 0 then
		error("no filters to join", 3)
	end
	return "(" .. op .. table.concat(list) .. ")"
end

help [[filter.eq(attribute, value) - The attribute has exactly this value.
Arguments:
  attribute (string): its name
  value (string or number): it is escaped
Returns: a string: a filter for search, find and dir:search
Errors:
  a Lua error: the name of the attribute is not valid
Example: search(filter.eq("cn", "host01"))]]
function filter.eq(name, v)
	return "(" .. attribute(name) .. "=" .. codec.escape(value(v)) .. ")"
end

help [[filter.like(attribute, pattern) - A value matches the pattern, in which * matches anything.
Arguments:
  attribute (string): its name
  pattern (string): text with *; the rest is escaped
Returns: a string: a filter for search, find and dir:search
Errors:
  a Lua error: the name of the attribute is not valid
Example: search(filter.like("cn", "host*"))]]
function filter.like(name, pattern)
	local parts = {}
	for part in (value(pattern) .. "*"):gmatch("([^*]*)%*") do
		parts[#parts + 1] = codec.escape(part)
	end
	return "(" .. attribute(name) .. "=" .. table.concat(parts, "*") .. ")"
end

help [[filter.has(attribute) - The attribute has any value.
Arguments:
  attribute (string): its name
Returns: a string: a filter for search, find and dir:search
Errors:
  a Lua error: the name of the attribute is not valid
Example: filter.has "servicePrincipalName"]]
function filter.has(name)
	return "(" .. attribute(name) .. "=*)"
end

help [[filter.ge(attribute, value) - The attribute is greater than or equal to the value.
Arguments:
  attribute (string): its name
  value (string or number): it is escaped
Returns: a string: a filter for search, find and dir:search
Errors:
  a Lua error: the name of the attribute is not valid
Example: filter.ge("whenChanged", "20260101000000.0Z")]]
function filter.ge(name, v)
	return "(" .. attribute(name) .. ">=" .. codec.escape(value(v)) .. ")"
end

help [[filter.le(attribute, value) - The attribute is less than or equal to the value.
Arguments:
  attribute (string): its name
  value (string or number): it is escaped
Returns: a string: a filter for search, find and dir:search
Errors:
  a Lua error: the name of the attribute is not valid
Example: filter.le("logonCount", 3)]]
function filter.le(name, v)
	return "(" .. attribute(name) .. "<=" .. codec.escape(value(v)) .. ")"
end

help [[filter.bits(attribute, bits) - All bits are set; bits: a number, or a flag's name of userAccountControl.
Arguments:
  attribute (string): its name
  bits (integer or string): a number, or the name of a flag
Returns: a string: a filter for search, find and dir:search
Errors:
  a Lua error: the name of the attribute is not valid
Example: search(filter.bits("userAccountControl", "TRUSTED_FOR_DELEGATION"))]]
function filter.bits(name, bits)
	if type(bits) == "string" then
		bits = codec.uac_bit(bits)
	end
	return ("(%s:%s:=%d)"):format(attribute(name), BIT_AND, bits)
end

help [[filter.member_of(group_dn) - Members of the group by memberOf, also nested; group.get includes primary groups.
Arguments:
  group_dn (DN): of the group
Returns: a string: a filter for search, find and dir:search
Errors: none
Example: search(filter.member_of(group.get("HyperV-Hosts").dn))]]
function filter.member_of(dn)
	return "(memberOf:" .. IN_CHAIN .. ":=" .. codec.escape(value(dn)) .. ")"
end

help [[filter.has_member(dn) - Groups that contain this object, directly or through other groups.
Arguments:
  dn (DN): of the member
Returns: a string: a filter for search, find and dir:search
Errors: none
Example: search(filter.has_member(get("host01").dn))]]
function filter.has_member(dn)
	return "(member:" .. IN_CHAIN .. ":=" .. codec.escape(value(dn)) .. ")"
end

help [[filter.bytes(attribute, value) - The attribute has exactly these bytes, such as an objectSid or objectGUID.
Arguments:
  attribute (string): its name
  value (string): bytes
Returns: a string: a filter for search, find and dir:search
Errors:
  a Lua error: the name of the attribute is not valid
Example: filter.bytes("objectGUID", ("\0"):rep(16))]]
function filter.bytes(name, v)
	return "(" .. attribute(name) .. "=" .. codec.escape_bytes(value(v)) .. ")"
end

help [[filter.all(filters) - All of the filters match.
Arguments:
  filters (list of strings): filters
Returns: a string: a filter for search, find and dir:search
Errors: none
Example: filter.all{filter.has "cn", filter.eq("cn", "host01")}]]
function filter.all(...)
	return join("&", ...)
end

help [[filter.any(filters) - At least one of the filters matches.
Arguments:
  filters (list of strings): filters
Returns: a string: a filter for search, find and dir:search
Errors: none
Example: filter.any{filter.eq("cn", "host01"), filter.eq("cn", "host02")}]]
function filter.any(...)
	return join("|", ...)
end

help [[filter.none(filter) - The filter does not match.
Arguments:
  filter (string): a filter
Returns: a string: a filter for search, find and dir:search
Errors: none
Example: filter.none(filter.has "description")]]
function filter.none(f)
	return "(!" .. f .. ")"
end

return filter
