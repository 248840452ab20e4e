-- search, find, get and dir at the prompt: the current directory, typed objects, the columns that matter.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local help = require "adsh.help"
local options = require "adsh.core.options"
local printable = require "adsh.format.printable"
local program = require "adsh.core.program"
local question = require "adsh.question"
local short_dn = require "adsh.format.short_dn"

local searching = {}

local ASKED_AT = 1000 -- so many objects come before a person is asked
local SUMMARY = {
	"name", "sAMAccountName", "objectClass", "description", "displayName", "dNSHostName", "operatingSystem", "location",
	"userAccountControl",
}

-- ---- what is searched for ----

-- Words: names that begin so; with a * a pattern.
local function filter_of(words)
	if words:find "^%s*%(" then
		return words
	elseif words:find("*", 1, true) then
		return filter.any(filter.like("name", words), filter.like("sAMAccountName", words), filter.like("dNSHostName", words))
	end
	return filter.eq("anr", words)
end

local function list_of(attributes)
	if type(attributes) ~= "string" then
		return attributes
	end
	local list = {}
	for name in attributes:gmatch "[^%s,]+" do
		list[#list + 1] = name
	end
	return list
end

local function options_of(what, attributes)
	local o = {}
	if type(what) == "table" then
		for key, value in pairs(what) do
			o[key] = value
		end
	elseif type(what) == "string" then
		o.filter = filter_of(what)
	else
		error("search: the first argument must be a filter, words or a table of options", 3)
	end
	if o.filter then
		local ok, err = codec.check_filter(o.filter)
		if not ok then
			error(err, 0)
		end
	end
	o.attributes = list_of(attributes or o.attributes)
	return o
end

-- ---- a row for each object ----

local CLASSES = {
	{ "msDS-GroupManagedServiceAccount", "gMSA" }, { "msDS-ManagedServiceAccount", "MSA" }, { "computer", "computer" },
	{ "group", "group" }, { "user", "user" }, { "organizationalUnit", "OU" },
}

local function kind_of(o)
	local classes = {}
	for _, class in ipairs(o.objectClass or {}) do
		classes[class] = true
	end
	for _, c in ipairs(CLASSES) do
		if classes[c[1]] then
			return c[2]
		end
	end
	return (o.objectClass or {})[#(o.objectClass or {})] or "?"
end

local function has_flag(o, flag)
	return require "adsh.hosts".has_flag(o, flag)
end

local function detail_of(o, kind)
	return kind == "computer" and o.operatingSystem or o.displayName or o.description
end

local function row_of(o)
	local kind = kind_of(o)
	local name = (o.sAMAccountName or o.name or o.dn):gsub("%$$", "")
	return {
		name = name, kind = kind, where = short_dn.place(o.dn), detail = detail_of(o, kind), location = o.location,
		state = o.userAccountControl and has_flag(o, "ACCOUNTDISABLE") and "disabled" or nil, dn = o.dn,
	}
end

-- Only columns that say something.
local function columns_of(rows)
	local list = {}
	for _, name in ipairs { "name", "kind", "where", "location", "detail", "state" } do
		for _, row in ipairs(rows) do
			if row[name] ~= nil then
				list[#list + 1] = name
				break
			end
		end
	end
	return list
end

local function by_name(a, b)
	local x, y = (a.name or a.dn):lower(), (b.name or b.dn):lower()
	return x < y or x == y and a.dn < b.dn
end

-- ---- reading ----

-- Whoever set no limit is asked before the list gets long.
local function read(dir, o)
	local wanted = {}
	for key, value in pairs(o) do
		wanted[key] = value
	end
	wanted.attributes = o.attributes or SUMMARY
	wanted.limit = o.limit or options.interactive and ASKED_AT + 1 or nil
	local list = dir:find(wanted)
	if o.limit or not options.interactive or #list <= ASKED_AT then
		return list
	elseif question.confirm(("More than %d objects. Read all?"):format(ASKED_AT)) then
		wanted.limit = nil
		return dir:find(wanted)
	end
	list[#list] = nil
	return list
end

--- counted(list, noun, began): what is said below a table: "2 of 8 hosts (0.1 s)".
function searching.counted(list, noun, began, of)
	local n = of and ("%d of %d"):format(#list, of) or tostring(#list)
	local what = (of or #list) == 1 and noun:gsub("s$", "") or noun
	return printable.footed(list, ("%s %s (%.1f s)"):format(n, what, program.clock() - began))
end

help [[search(what[, attributes]) - Finds objects in the current directory by a filter or the beginning of a name.
Arguments:
  what (string or table): a filter "(...)", the beginning of a name, a pattern with *, or options:
    filter, base, scope (option, string), attributes (option, list of strings), limit (option, integer): as dir:search
  attributes (string or list of strings): such as "cn, mail". Default: name, kind, place and the main ones of the kind
Returns: a list, sorted, with the given attributes, typed, and always dn
Errors:
  usage: the filter is wrong
  interrupted: Ctrl-C
Example: search "host0"
Example: search("(operatingSystem=*2022*)", "cn, dNSHostName")
Example: search{filter = "(objectClass=group)", limit = 5}]]
function searching.search(what, attributes)
	local began, o = program.clock(), options_of(what, attributes)
	local found = read(directory.current(), o)
	local list = found
	if not o.attributes then
		list = {}
		for i, object in ipairs(found) do
			list[i] = row_of(object)
		end
	end
	table.sort(list, by_name)
	if not o.attributes then
		printable.ordered(list, columns_of(list))
	end
	return searching.counted(list, "objects", began)
end

help [[find{filter=, base=, scope=, attributes=, limit=} - Finds objects in the current directory, as dir:find.
Arguments:
  filter, base, scope (option, string), attributes (option, list of strings), limit (option, integer): as dir:search
Returns: a list of objects with all attributes, typed
Errors:
  usage: the filter is wrong
Example: find{filter = "(cn=host01)"}]]
function searching.find(o)
	return directory.current():find(o)
end

help [[get(identity[, {attributes=, want=}]) - Returns the object of that name, typed, from the directory of its domain.
Arguments:
  identity (account): a name, DN, SID, GUID, UPN, SPN or DOMAIN\name
  attributes (option, list of strings): attributes to read. Default: all
  want (option, string): "account", "computer", "group" or "any". Default: "any"
Returns: an object: dn and its attributes, typed: numbers, times, flags in words
Errors:
  notfound: no such object
  usage: several objects have this name; the message lists them
Example: get "host01"
Example: get("BETA\\host01", {attributes = {"dNSHostName"}})]]
function searching.get(identity, o)
	local dir = type(identity) == "string" and directory.for_name(identity) or directory.current()
	return dir:get(identity, o)
end

return searching
