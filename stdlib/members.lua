-- Who is in groups: members, those whose primary group it is, and the same of groups within groups, of every domain
-- that can be asked. What counts as a member is said in one place, shell/ad/members.c.
local codec = require "adsh.core.codec"
local core = require "adsh.core.group"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"

local members = {}

local expand = raising(core).expand
local AT_ONCE = 50 -- terms in one search

-- What is known of one domain: names of groups to look into, those that are known already, terms that find members.
local function part_of(x, dir)
	local domain = dir:info().domain:lower()
	local part = x.parts[domain]
	if not part then
		part = { dir = dir, pending = {}, seen = {}, terms = {} }
		x.parts[domain] = part
		x.order[#x.order + 1] = part
	end
	return part
end

-- A SID or DN that is looked up in dir: maybe a group. term: what finds it, when it is a member itself.
local function put(x, dir, name, term)
	local part = part_of(x, dir)
	local key = name:lower()
	if not part.seen[key] then
		part.seen[key] = true
		table.insert(part.pending, name)
		table.insert(part.terms, term)
	end
end

-- A member that is a SID: of another forest, or one that stands for many.
local function add_foreign(x, sid, dir)
	if x.foreign[sid] then
		return
	end
	x.foreign[sid] = true
	local home, silent = sid_names.home(sid, dir)
	if home then
		put(x, home, sid, filter.bytes("objectSid", codec.sid(sid)))
	elseif silent then
		x.silent[silent.domain] = silent.error
	else
		table.insert(codec.wellknown(sid) and x.crowds or x.strangers, sid)
	end
end

-- A member of another domain of the forest.
local function add_abroad(x, dn)
	local domain = sid_names.domain_of(dn)
	local dir, err = raising.try(directory.of, domain)
	if dir then
		put(x, dir, dn, filter.eq("distinguishedName", dn))
	else
		x.silent[domain] = err.message
	end
end

-- Looks into the groups of one domain that are still to do.
local function step(x, part)
	local names = part.pending
	part.pending = {}
	local r = expand(part.dir, names, x.secured)
	for i, sid in ipairs(r.groups) do
		if not part.seen["in " .. sid] then
			part.seen["in " .. sid], part.seen[sid:lower()] = true, true
			table.insert(part.terms, r.filters[i])
		end
	end
	for _, sid in ipairs(r.foreign) do
		add_foreign(x, sid, part.dir)
	end
	for _, dn in ipairs(r.abroad) do
		add_abroad(x, dn)
	end
end

local function finish(x)
	x.missing = {}
	for domain, message in pairs(x.silent) do
		table.insert(x.missing, { domain = domain, error = message })
	end
	table.sort(x.missing, function(a, b) return a.domain < b.domain end)
	return x
end

--- expand(dir, names[, secured]): the groups of dir with these SIDs or DNs, for members.searches. Its fields:
--- crowds = members that are well-known SIDs, strangers = SIDs of no domain that is known, missing = domains that could
--- not be asked, a list of { domain=, error= }. secured: only through security groups, as in a ticket.
function members.expand(dir, names, secured)
	local x = { parts = {}, order = {}, foreign = {}, silent = {}, crowds = {}, strangers = {}, secured = secured }
	for _, name in ipairs(names) do
		put(x, dir, name)
	end
	local i = 1
	while x.order[i] do
		local part = x.order[i]
		i = i + 1
		if #part.pending > 0 then
			local ok, err = raising.try(function() return step(x, part) or true end)
			if not ok and part.dir == dir then
				error(err, 0)
			elseif not ok then
				x.silent[part.dir:info().domain] = err.message
			end
			i = 1 -- it may have named groups of a domain that was done
		end
	end
	return finish(x)
end

--- searches(x): the searches that find its members: a list of { dir=, filter= }. One may be found by several.
function members.searches(x)
	local list = {}
	for _, part in ipairs(x.order) do
		for i = 1, #part.terms, AT_ONCE do
			local terms = table.move(part.terms, i, math.min(i + AT_ONCE - 1, #part.terms), 1, {})
			list[#list + 1] = { dir = part.dir, filter = filter.any(terms) }
		end
	end
	return list
end

--- dns(x): the DNs of all who are in it. An account of another forest has its own, unless that cannot be found.
function members.dns(x)
	local list, seen, sids, place_holders = {}, {}, {}, {}
	for _, s in ipairs(members.searches(x)) do
		for e in s.dir:search { filter = s.filter, attributes = { "objectClass", "objectSid" } } do
			local sid = e:first "objectSid"
			local classes = e.objectClass or {}
			if classes[#classes] == "foreignSecurityPrincipal" then
				place_holders[e.dn] = sid
			elseif not seen[e.dn:lower()] then
				seen[e.dn:lower()], sids[sid or ""] = true, true
				list[#list + 1] = e.dn
			end
		end
	end
	for dn, sid in pairs(place_holders) do
		list[#list + 1] = not sids[sid] and dn or nil
	end
	table.sort(list)
	return list
end

return members
