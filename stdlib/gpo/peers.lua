-- Who gets access to the hosts of a domain by its policy: through one domain-local group there, made or reused.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local group = require "adsh.group"
local raising = require "adsh.raising"

local peers = {}

local DOMAIN_LOCAL = 4 -- a bit of groupType (MS-ADTS 2.2.12)

local function type_of(o)
	local n = o.groupType
	return math.tointeger(tonumber(type(n) == "table" and n.value or n))
end

local function is_domain_local(o)
	return (type_of(o) or 0) & DOMAIN_LOCAL ~= 0
end

--- find(hosts, admins): everybody who is named: { object=, name=, is_admin=, is_group= }.
function peers.find(hosts, admins)
	local list = {}
	for _, names in ipairs { hosts, admins } do
		for _, name in ipairs(names) do
			local o = directory.for_name(name):get(name, { attributes = { "sAMAccountName", "dNSHostName", "objectSid",
				"groupType" } })
			list[#list + 1] = { object = o, name = name, is_admin = names == admins, is_group = type_of(o) ~= nil }
		end
	end
	return list
end

-- Who becomes a member in this domain: administrators, and hosts of others.
local function members_in(d, list)
	local members = {}
	for _, t in ipairs(list) do
		local is_here = codec.dn_under(t.object.dn, d.dir:info().base)
		if not is_here and is_domain_local(t.object) then
			error(failure("usage", ("%s is a domain-local group, which has no effect in %s"):format(t.name, d.domain),
				"use a global or universal group"), 0)
		elseif t.is_admin or not is_here then
			members[#members + 1] = t.object
		end
	end
	return members
end

--- there(d, name): the group of that name in the domain d, or nil.
function peers.there(d, name)
	local o, err = raising.try(d.dir.get, d.dir, name, { want = "group", attributes = { "objectSid", "groupType" } })
	if not o and err.kind ~= "notfound" then
		error(err, 0)
	end
	return o
end

--- group(d, name, list): the group of this name gets the peers (of peers.find) as members; who is in it already stays.
--- Its SID and name; nil: it would have no members.
function peers.group(d, name, list)
	local members = members_in(d, list)
	if #members == 0 then
		return nil
	end
	local full_name = (d.dir:info().netbios or d.domain:match "^[^.]+":upper()) .. "\\" .. name
	local there = peers.there(d, name)
	if there and not is_domain_local(there) then
		error(failure("conflict", ("the group %s of %s is not domain-local. Nothing was written"):format(name, d.domain),
			"use another group with --peers-group"), 0)
	elseif there then
		group.add(there, members)
		return there.objectSid, full_name
	end
	local report = group.create(("%s@%s"):format(name, d.domain), { scope = "domainlocal", members = members,
		description = "Hosts and administrators of other clusters, local administrators on the Hyper-V hosts" })
	return report.sid, full_name
end

return peers
