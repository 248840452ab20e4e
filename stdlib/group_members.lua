-- Which of some hosts are in the groups that descriptors name, by their SIDs.
local codec = require "adsh.core.codec"
local delegators = require "adsh.delegators"
local filter = require "adsh.filter"
local members = require "adsh.members"
local notice = require "adsh.core.notice"
local sid_names = require "adsh.sid_names"

local group_members = {}

-- Those that a KDC takes every computer for: Everyone, Authenticated Users, Network, Users. Not all crowds are among
-- them: nobody is Interactive there.
local ALL = { ["S-1-1-0"] = true, ["S-1-5-11"] = true, ["S-1-5-2"] = true, ["S-1-5-32-545"] = true }
local AT_ONCE = 200 -- hosts in one search

-- The groups among these SIDs: SID -> directory; each domain is asked once. What could not be asked goes into
-- silent: domain -> message.
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
			groups[sid] = t.group and home or nil
		end
	end
	return groups
end

-- Filters for the SIDs of the hosts of each domain: lower-case domain -> list.
local function by_domain(hosts)
	local clauses, filters = {}, {}
	for _, h in ipairs(hosts) do
		local domain = h.domain:lower()
		clauses[domain] = clauses[domain] or {}
		table.insert(clauses[domain], h.sid and filter.bytes("objectSid", codec.sid(h.sid)))
	end
	for domain, list in pairs(clauses) do
		filters[domain] = {}
		for i = 1, #list, AT_ONCE do
			table.insert(filters[domain], filter.any(table.move(list, i, math.min(i + AT_ONCE - 1, #list), 1, {})))
		end
	end
	return filters
end

local function add_all(places, hosts)
	for i in ipairs(hosts) do
		places[i] = true
	end
end

-- The hosts that are in the group: set of places. As a KDC sees it: only through security groups.
local function expand(sid, dir, hosts, at_sid, filters, silent)
	local places, x = {}, members.expand(dir, { sid }, true)
	for _, crowd in ipairs(x.crowds) do
		if ALL[crowd] then
			add_all(places, hosts)
		end
	end
	for _, l in ipairs(x.missing) do
		silent[l.domain] = l.error
	end
	for _, s in ipairs(members.searches(x)) do
		for _, chosen in ipairs(filters[s.dir:info().domain:lower()] or {}) do
			for e in s.dir:search { filter = filter.all(chosen, s.filter), attributes = { "objectSid" } } do
				local at = at_sid[codec.sid(e:first "objectSid")]
				if at then
					places[at] = true
				end
			end
		end
	end
	return places
end

--- of(hosts, at_sid, wanted): for each SID that is a key of wanted, which hosts are in it: SID -> set of places in
--- hosts; and what could not be asked, a list in words. hosts: facts of adsh.delegators; at_sid[SID] = place.
function group_members.of(hosts, at_sid, wanted)
	local silent, list, of, lacks, filters = {}, {}, {}, {}, by_domain(hosts)
	for sid in pairs(wanted) do
		list[#list + 1] = sid
	end
	table.sort(list)
	local groups = groups_among(list, silent)
	for i, sid in ipairs(list) do
		notice.progress("groups", i - 1, #list)
		of[sid] = groups[sid] and expand(sid, groups[sid], hosts, at_sid, filters, silent) or {}
		if ALL[sid] then
			add_all(of[sid], hosts)
		end
	end
	notice.done()
	for domain, message in pairs(silent) do
		lacks[#lacks + 1] = ("%s: the members of its groups: %s"):format(domain, message)
	end
	table.sort(lacks)
	return of, lacks
end

return group_members
