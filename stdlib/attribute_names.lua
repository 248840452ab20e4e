-- Names of attributes in searches: what the schema does not know matches nothing and is in no answer, without a word
-- from the server. It is said here, with the nearest names. Nothing is asked for names that every schema has; others
-- are asked for once.
local help = require "adsh.help"
local raising = require "adsh.raising"
local say = require "adsh.say"
local known = require "adsh.core.lookup".attribute

local attribute_names = {}

-- Every schema has them, and searches of our own name them (beside those that have a type).
local OURS = {}
for name in ("aNR dn isMemberOfPartialAttributeSet replUpToDateVector options"):gmatch "%S+" do
	OURS[name:lower()] = true
end

local MEANT = { dn = "distinguishedName", sid = "objectSid", guid = "objectGUID", spn = "servicePrincipalName",
	upn = "userPrincipalName", samaccount = "sAMAccountName", username = "sAMAccountName", email = "mail" }

local schemas = {} -- [schema base] = { [name in lower case] = bool, all = list of names }
local said = {} -- names, when nobody is there who would want to be told again

--- attribute_names.in_filter(text): the names in a search filter, by their lower case.
function attribute_names.in_filter(text)
	local names = {}
	if text and not text:find "^%s*%(" then
		text = "(" .. text
	end
	for name in (text or ""):gmatch "%(%s*([%w%-.]+)[;%w%-]*:?[%w.:]*[<>~]?=" do
		names[name:lower()] = name
	end
	return names
end

-- Whether nothing has to be asked for this one: an OID, all attributes, a name that every schema has.
local function is_plain(name)
	return name:find "^%d" or name:find "^[Oo][Ii][Dd]%." or name == "*" or name == "+" or name == "" or known(name)
end

local function read(dir, filter)
	local names = {}
	for e in dir:search { base = dir:info().schema_base, scope = "one", filter = filter,
		attributes = { "lDAPDisplayName" } } do
		names[#names + 1] = e:first "lDAPDisplayName"
	end
	return names
end

-- Those of the names that the schema lacks.
local function missing(dir, names)
	local filter = require "adsh.filter"
	local base, clauses, list = dir:info().schema_base, {}, {}
	local has = schemas[base] or {}
	schemas[base] = has
	for lower, name in pairs(names) do
		if has[lower] == nil then
			clauses[#clauses + 1] = filter.eq("lDAPDisplayName", name)
		end
	end
	if #clauses > 0 then
		local found = read(dir, filter.all("(objectClass=attributeSchema)", filter.any(clauses)))
		for lower in pairs(names) do
			has[lower] = has[lower] or false
		end
		for _, name in ipairs(found) do
			has[name:lower()] = true
		end
	end
	for lower, name in pairs(names) do
		list[#list + 1] = has[lower] == false and name or nil
	end
	table.sort(list)
	return list
end

-- All names of the schema, read once.
local function all_of(dir)
	local base = dir:info().schema_base
	schemas[base] = schemas[base] or {}
	schemas[base].all = schemas[base].all or read(dir, "(objectClass=attributeSchema)")
	return schemas[base].all
end

--- The names that the schema of the current directory has; none where there is no connection or no answer.
function attribute_names.known()
	local dir = require "adsh.core.directory".current()
	local ok, names = pcall(function() return dir and all_of(dir) end)
	return ok and names or {}
end

local function nearest(dir, name)
	local has = schemas[dir:info().schema_base]
	if MEANT[name:lower()] then
		return MEANT[name:lower()]
	end
	has.all = has.all or read(dir, "(objectClass=attributeSchema)")
	local alike = {} -- in length, too: "o" is a part of many words
	for _, one in ipairs(has.all) do
		alike[#alike + 1] = math.abs(#one - #name) <= math.max(2, #name // 2) and one or nil
	end
	return table.concat(help.suggest(name, alike), ", ")
end

local function complain(dir, names, effect)
	for _, name in ipairs(missing(dir, names)) do
		local near = nearest(dir, name)
		local line = ("warning: the schema of %s has no attribute '%s': %s%s"):format(dir:info().domain, name, effect,
			near ~= "" and "; did you mean " .. near .. "?" or "")
		if require "adsh.core.options".interactive or not said[line] then
			say.err(line)
		end
		said[line] = true
	end
end

local function unknown_in(list)
	local names = {}
	for _, name in ipairs(type(list) == "table" and list or {}) do
		name = type(name) == "string" and name:gsub(";.*", "") or ""
		if not is_plain(name) and not OURS[name:lower()] then
			names[name:lower()] = name
		end
	end
	return names
end

--- attribute_names.check(dir, o): says which names in o.filter and o.attributes the schema of that directory does not
--- have. A search of the schema itself, or of the root DSE, is not looked at.
function attribute_names.check(dir, o)
	local in_filter = {}
	for lower, name in pairs(attribute_names.in_filter(type(o.filter) == "string" and o.filter or nil)) do
		if not is_plain(name) and (lower == "dn" or not OURS[lower]) then
			in_filter[lower] = name
		end
	end
	local in_list = unknown_in(type(o.attributes) == "string" and { o.attributes } or o.attributes)
	if o.base == "" and o.scope == "base" or not next(in_filter) and not next(in_list) then
		return
	end
	-- what cannot be asked is no reason not to search
	raising.try(complain, dir, in_filter, "nothing matches it")
	raising.try(complain, dir, in_list, "no object has it")
end

return attribute_names
