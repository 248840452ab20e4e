-- Groups and their members: group.get, group.add, group.remove.
local core = require "adsh.core.group"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local help = require "adsh.help"
local raising = require "adsh.raising"

local group = {}

local verbs = raising(core)
local SCOPES = { GLOBAL = "global", DOMAIN_LOCAL = "domain local", UNIVERSAL = "universal" }

local function find(x)
	return type(x) == "table" and x or directory.for_name(x):get(x, { want = "group" })
end

-- Members may be of any domain that can be reached.
local function dns(members)
	local list = {}
	for i, m in ipairs(type(members) == "table" and #members > 0 and members or { members }) do
		list[i] = type(m) == "table" and m.dn or directory.for_name(m):get(m).dn
	end
	return list
end

help "group.get(group) - One group: name, dn, scope, whether it is a security group, its members (DNs)."
function group.get(x)
	local o, scope, security = find(x), nil, false
	o = directory.for_name(o.dn):get(o.dn, { want = "group", attributes = { "sAMAccountName", "groupType", "member" } })
	for _, flag in ipairs(o.groupType and o.groupType.flags or {}) do
		scope = scope or SCOPES[flag]
		security = security or flag == "SECURITY_ENABLED"
	end
	local members = o.member or {}
	return { name = o.sAMAccountName, dn = o.dn, scope = scope, security = security,
		members = type(members) == "table" and members or { members } }
end

help "group.add(group, members) - Makes accounts members; those that are members already are left alone."
function group.add(x, members)
	return verbs.add(find(x), dns(members))
end

help "group.remove(group, members) - Takes members out of the group; those that are none are left alone."
function group.remove(x, members)
	return verbs.remove(find(x), dns(members))
end

help "group.require(name, scope) - The security group of that scope; if there is none, says how to make it."
function group.require(name, scope)
	local o, err = raising.try(find, name)
	if not o and err.kind == "notfound" then
		local word = scope == "global" and "Global" or "Domain"
		error(failure("notfound", ("there is no group %s"):format(name),
			("make it first: samba-tool group add '%s' --group-scope=%s, or"
			.. " New-ADGroup '%s' -GroupCategory Security -GroupScope %s"):format(name, word, name,
			word == "Global" and word or "DomainLocal")), 0)
	elseif not o then
		error(err, 0)
	end
	local g = group.get(o)
	if not g.security or g.scope ~= scope then
		error(failure("usage", ("%s is no %s security group but a %s %s group"):format(name, scope, g.scope or "strange",
			g.security and "security" or "distribution"), "name another group"), 0)
	end
	return o
end

return group
