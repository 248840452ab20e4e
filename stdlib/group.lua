-- Groups and their members: group.get, group.create, group.add, group.remove.
local core = require "adsh.core.group"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local help = require "adsh.help"
local in_group = require "adsh.members"
local plans = require "adsh.core.plan"
local raising = require "adsh.raising"

local group = {}

local verbs = raising(core)
local SCOPES = { GLOBAL = "global", DOMAIN_LOCAL = "domain local", UNIVERSAL = "universal" }

local function find(x)
	return type(x) == "table" and x or directory.for_name(x):get(x, { want = "group" })
end

-- Members may be of any domain that can be reached: an account of another forest is known to the group's by its
-- SID, as a foreign security principal.
local function value_of(m, dir)
	local o = type(m) == "table" and m or core.coming(m) or directory.for_name(m):get(m)
	local home = directory.for_name(o.dn, dir)
	if home == dir then
		return o.dn
	end
	local sid = o.objectSid or o.sid or home:get(o.dn).objectSid
	plans.know(sid, home) -- where it is looked up when the change is judged
	if home:info().root_base == dir:info().root_base then
		return o.dn
	end
	return ("CN=%s,CN=ForeignSecurityPrincipals,%s"):format(sid, dir:info().base)
end

local function values_of(members, dir)
	local list = {}
	for i, m in ipairs(type(members) == "table" and #members > 0 and members or { members }) do
		list[i] = value_of(m, dir)
	end
	return list
end

local function edit(verb, x, members)
	local g = find(x)
	return verb(g, values_of(members, directory.for_name(g.dn)))
end

local ATTRIBUTES = { "sAMAccountName", "groupType", "objectSid", "member" }

-- Those whose primary group it is: they are not among the values of member.
local function add_primary(list, o, dir)
	local rid = o.objectSid:match "^S%-1%-5%-21%-.*%-(%d+)$"
	for e in rid and dir:search { filter = filter.eq("primaryGroupID", rid), attributes = { "cn" } } or pairs {} do
		list[#list + 1] = e.dn
	end
	return list
end

-- Everybody who is in it, besides itself.
local function add_all(r, dir)
	local x = in_group.expand(dir, { r.dn })
	r.all_members = {}
	for _, dn in ipairs(in_group.dns(x)) do
		r.all_members[#r.all_members + 1] = dn:lower() ~= r.dn:lower() and dn or nil
	end
	r.missing = #x.missing > 0 and x.missing or nil
	return r
end

help [[group.get(group) - Shows a group: name, dn, scope, security, members (DNs), all_members (with nested groups).
Arguments:
  group (group): its name, DN, SID or DOMAIN\name
Returns: a table:
  name (string), dn (DN): the group
  scope (string): global, domain local, universal
  security (boolean): whether it is a security group
  members (list of DNs): including primary group members
  all_members (list of DNs): including members of nested groups
  missing (list of strings): domains that could not be queried
Errors:
  notfound: no such group
Example: group.get "HyperV-Hosts"]]
function group.get(x)
	local o, scope, security = find(x), nil, false
	local dir = directory.for_name(o.dn)
	o = dir:get(o.dn, { want = "group", attributes = ATTRIBUTES })
	for _, flag in ipairs(o.groupType and o.groupType.flags or {}) do
		scope = scope or SCOPES[flag]
		security = security or flag == "SECURITY_ENABLED"
	end
	local listed = o.member or {}
	return add_all({ name = o.sAMAccountName, dn = o.dn, scope = scope, security = security,
		members = add_primary(type(listed) == "table" and listed or { listed }, o, dir) }, dir)
end

help [[group.add(group, members) - Adds members to a group; existing members are ignored.
Arguments:
  group (group): its name, DN, SID or DOMAIN\name
  members (account, group or list): the members
Returns: <report>
Errors:
  <notfound>
  <refused>
Example: group.add("HyperV-Hosts", "user01")]]
function group.add(x, members)
	local new = type(x) == "string" and core.coming(x)
	if new then
		return group.create(x, { scope = new.scope, container = new.dn:match ",(.*)$", members = members })
	end
	return edit(verbs.add, x, members)
end

help [[group.remove(group, members) - Removes members from a group; accounts that are not members are ignored.
Arguments:
  group (group): its name, DN, SID or DOMAIN\name
  members (account, group or list): the members
Returns: <report>
Errors:
  <notfound>
  <refused>
Example: group.remove("HyperV-Hosts", "host08")]]
function group.remove(x, members)
	return edit(verbs.remove, x, members)
end

-- scope: "global" (the default), "domainlocal" or "universal"; container and description are for one that is new.
help [[group.create(name[, {scope=, container=, description=, members=}]) - Creates a security group, or reuses it.
Arguments:
  name (string): of the group, also DOMAIN\name
  scope (option, string): "global", "domain local" or "universal". Default: "global"
  container (option, DN): the parent. Default: the domain's container for users
  description (option, string): text. Default: none
  members (option, account, group or list): the members. Default: none
Returns: <report>
Errors:
  conflict: another object has this name
  <refused>
Example: group.create("ISO-Readers", {description = "may read images", members = {"host01"}})]]
function group.create(name, options)
	local o = {}
	for key, value in pairs(options or {}) do
		o[key] = value
	end
	local dir, plain = directory.place_of(name)
	o.members = o.members and values_of(o.members, dir) or {}
	return verbs.make(dir, plain, o)
end

return group
