-- Which of some hosts are in the groups that descriptors name, by their SIDs: through groups in groups, of other
-- domains too, whose accounts are foreignSecurityPrincipals in the group.
local codec = require "adsh.core.codec"
local delegators = require "adsh.delegators"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"

local group_members = {}

-- Those that a KDC takes every computer for: Everyone, Authenticated Users, Network, Users. Not all crowds are among
-- them: nobody is Interactive there.
local ALL = { ["S-1-1-0"] = true, ["S-1-5-11"] = true, ["S-1-5-2"] = true, ["S-1-5-32-545"] = true }
local AT_ONCE = 200 -- names in one search

-- The groups among these SIDs: SID -> { account=, dn=, dir= }; each domain is asked once. What could not be asked
-- goes into silent: domain -> message.
local function groups_among(list, silent)
	local of, order, groups = {}, {}, {}
	for _, sid in ipairs(list) do
		local home, why = sid_names.home(sid)
		if home and not of[home] then
			of[home] = {}
			order[#order + 1] = home
		elseif why then
			silent[why.domain] = why.error
		end
		table.insert(of[home] or {}, sid)
	end
	for _, home in ipairs(order) do
		for sid, t in pairs(delegators.trustees(home, of[home])) do
			if t.group then
				t.dir = home
				groups[sid] = t
			end
		end
	end
	return groups
end

-- SIDs of the groups among these DNs of another domain.
local function add_foreign(domain, dns, add, silent)
	local dir, err = raising.try(directory.of, domain)
	if not dir then
		silent[domain] = err.message
		return
	end
	for i = 1, #dns, AT_ONCE do
		local clauses = {}
		for k = i, math.min(i + AT_ONCE - 1, #dns) do
			clauses[#clauses + 1] = filter.eq("distinguishedName", dns[k])
		end
		for e in dir:search { filter = filter.all("(objectClass=group)", filter.any(clauses)),
			attributes = { "objectSid" } } do
			add(codec.sid(e:first "objectSid"))
		end
	end
end

-- The members of a group and of the groups of its domain within it: found(dn) for each, add(SID) for what may be a
-- group of another domain, nested(SID) for each of these groups.
local function each_member(group, found, add, nested, silent)
	local home, foreign = sid_names.domain_of(group.dn):lower(), {}
	for e in group.dir:search { filter = filter.any(filter.eq("distinguishedName", group.dn),
		filter.all("(objectClass=group)", filter.member_of(group.dn))), attributes = { "member", "objectSid" } } do
		nested(codec.sid(e:first "objectSid"))
		for _, dn in ipairs(e.member or {}) do
			local sid, domain = dn:match "^[Cc][Nn]=(S%-1%-[%d%-]+),", sid_names.domain_of(dn)
			if sid then
				add(sid)
			elseif not found(dn) and domain:lower() ~= home then
				foreign[domain] = foreign[domain] or {}
				table.insert(foreign[domain], dn)
			end
		end
	end
	for domain, dns in pairs(foreign) do
		add_foreign(domain, dns, add, silent)
	end
end

-- Hosts of which this is the primary group, or who are always in it.
local function by_primary(sid, hosts, places)
	local domain, rid = sid:match "^(.*)%-(%d+)$"
	for i, h in ipairs(hosts) do
		if ALL[sid] or h.primary_group == tonumber(rid) and h.sid:match "^(.*)%-%d+$" == domain then
			places[i] = true
		end
	end
end

-- What is known while a group is expanded: places = the hosts found, queue = SIDs to look at.
local function new_expansion(first, hosts, at_sid, at_dn)
	local x, seen = { places = {}, queue = { first } }, { [first] = true }
	function x.nested(sid)
		seen[sid] = true
		by_primary(sid, hosts, x.places)
	end
	function x.add(sid)
		if at_sid[sid] then
			x.places[at_sid[sid]] = true
		elseif not seen[sid] then
			seen[sid] = true
			table.insert(x.queue, sid)
		end
	end
	function x.found(dn)
		local i = at_dn[dn:lower()]
		if i then
			x.places[i] = true
		end
		return i
	end
	return x
end

-- groups[SID] for all of list: false when it is none.
local function learn(groups, list, silent)
	local fresh = {}
	for _, sid in ipairs(list) do
		if groups[sid] == nil then
			groups[sid] = false
			fresh[#fresh + 1] = sid
		end
	end
	for sid, group in pairs(groups_among(fresh, silent)) do
		groups[sid] = group
	end
end

-- Level by level: what a level names is looked up together.
local function expand(x, groups, silent)
	while #x.queue > 0 do
		local level = x.queue
		x.queue = {}
		learn(groups, level, silent)
		for _, sid in ipairs(level) do
			x.nested(sid)
			if groups[sid] then
				each_member(groups[sid], x.found, x.add, x.nested, silent)
			end
		end
	end
	return x.places
end

--- of(hosts, at_sid, wanted): for each SID that is a key of wanted, which hosts are in it: SID -> set of places in
--- hosts; and what could not be asked, a list in words. hosts: facts of adsh.delegators; at_sid[SID] = place.
function group_members.of(hosts, at_sid, wanted)
	local at_dn, groups, silent, list, of, lacks = {}, {}, {}, {}, {}, {}
	for i, h in ipairs(hosts) do
		at_dn[h.dn:lower()] = i
	end
	for sid in pairs(wanted) do
		list[#list + 1] = sid
	end
	table.sort(list)
	learn(groups, list, silent)
	for _, sid in ipairs(list) do
		of[sid] = expand(new_expansion(sid, hosts, at_sid, at_dn), groups, silent)
	end
	for domain, message in pairs(silent) do
		lacks[#lacks + 1] = ("%s: who is in its groups: %s"):format(domain, message)
	end
	table.sort(lacks)
	return of, lacks
end

return group_members
