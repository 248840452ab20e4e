-- Members of the groups by which somebody may more than others: those that descriptors name, administrators, crowds.
local codec = require "adsh.core.codec"
local filter = require "adsh.filter"
local sid_names = require "adsh.sid_names"

local groups = {}

local ADMINISTRATORS = { "S-1-5-32-544", "S-1-5-32-548", "S-1-5-32-549", "S-1-5-32-550", "S-1-5-32-551" }
local CROWDS = { "S-1-5-32-545", "S-1-5-32-546", "S-1-5-32-554" }
local OF_DOMAIN = { -- by the RID
	[512] = "administrators", [518] = "administrators", [519] = "administrators", [520] = "administrators",
	[526] = "administrators", [527] = "administrators", [525] = "protected",
	[513] = "crowd", [514] = "crowd", [515] = "crowd",
}

--- watched(d, named): the groups of a domain to look at: a list of { sid=, what = "administrators", "protected",
--- "crowd" or "named" }. named: SIDs in descriptors.
function groups.watched(d, named)
	local list, seen = {}, {}
	local function add(sid, what)
		list[#list + 1] = not seen[sid] and { sid = sid, what = what } or nil
		seen[sid] = true
	end
	for _, sid in ipairs(ADMINISTRATORS) do
		add(sid, "administrators")
	end
	for _, sid in ipairs(CROWDS) do
		add(sid, "crowd")
	end
	for rid, what in pairs(OF_DOMAIN) do
		add(("%s-%d"):format(d.head, rid), what)
	end
	for sid in pairs(named) do
		if sid:match "^(.*)%-%d+$" == d.head then
			add(sid, "named")
		end
	end
	table.sort(list, function(a, b) return a.sid < b.sid end)
	return list
end

local function group_of(d, sid)
	for e in d.dir:search { filter = filter.bytes("objectSid", codec.sid(sid)),
		attributes = { "sAMAccountName", "groupType", "member" } } do
		if e:first "groupType" then
			return { dn = e.dn, account = e:first "sAMAccountName", member = e.member or {} }
		end
	end
end

local ATTRIBUTES = { "sAMAccountName", "objectSid", "groupType" }

local function note(found, e, group, attribute, holder)
	local bytes = e:first "objectSid"
	local sid = bytes and codec.sid(bytes)
	found[sid or e.dn:lower()] = found[sid or e.dn:lower()] or { account = e:first "sAMAccountName", sid = sid, dn = e.dn,
		group = group, attribute = attribute, holder = holder or group.dn }
	return e:first "groupType" and sid
end

-- Members of other domains, which the group's domain knows by their names only.
local function add_abroad(found, d, group)
	for _, dn in ipairs(group.member) do
		local other = d.side.by_name[sid_names.domain_of(dn):lower()]
		if sid_names.domain_of(dn):lower() ~= d.domain:lower() then
			local done = false
			for e in other and other.dir:search { filter = filter.eq("distinguishedName", dn), attributes = ATTRIBUTES }
				or function() end do
				note(found, e, group, "member")
				done = true
			end
			found[dn:lower()] = not done and { account = dn, dn = dn, group = group, attribute = "member", holder = group.dn }
				or nil
		end
	end
end

local expand

-- Those of one group, and of the groups in it.
local function look_into(found, d, sid, seen, deep)
	local group = not seen[sid] and group_of(d, sid)
	seen[sid] = true
	if not group then
		return
	end
	local inner = {}
	for e in d.dir:search { filter = filter.eq("memberOf", group.dn), attributes = ATTRIBUTES } do
		inner[#inner + 1] = note(found, e, group, "member") or nil
	end
	if deep then
		local rid = filter.eq("primaryGroupID", sid:match "%-(%d+)$")
		for e in d.dir:search { filter = rid, attributes = ATTRIBUTES } do
			note(found, e, group, "primaryGroupID", e.dn)
		end
	end
	add_abroad(found, d, group)
	for _, one in ipairs(deep and inner or {}) do
		expand(found, d, one, seen)
	end
end

function expand(found, d, sid, seen)
	if not codec.crowd(sid) then
		look_into(found, d, sid, seen, true)
	end
end

--- members(d, g): who is in a group of groups.watched: SID or DN -> { account=, dn=, group = the one that holds him,
--- attribute=, holder = DN of the object that says so }. Of a crowd only those that it names.
function groups.members(d, g)
	local found = {}
	look_into(found, d, g.sid, {}, g.what ~= "crowd")
	return found
end

return groups
