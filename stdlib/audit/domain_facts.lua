-- What an audit knows about a domain: read with a handful of searches, whatever the number of accounts.
local codec = require "adsh.core.codec"
local delegators = require "adsh.delegators"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local spn_owners = require "adsh.spn_owners"
local sid_names = require "adsh.sid_names"

local domain_facts = {}

local CLAUSES = 400 -- with more names than these, every account with names is looked at: still one search

-- What the listed services are called, by themselves and by the names that stand for them; and the short
-- names of their hosts.
local function mentioned(facts, index, dir)
	local names, shorts, values = {}, {}, {}
	for _, f in ipairs(facts) do
		for _, v in ipairs(f.targets) do
			if not names[v:lower()] then
				names[v:lower()] = true
				values[#values + 1] = v
				local host = spn_owners.host(v)
				shorts[host and host:match "^[^.]+" or ""] = true
			end
		end
	end
	for _, cover in ipairs(index:learn(values, dir)) do
		names[cover:lower()] = true
	end
	shorts[""] = nil
	return names, shorts
end

local function owners_filter(names, shorts)
	local clauses = {}
	for name in pairs(names) do
		clauses[#clauses + 1] = filter.eq("servicePrincipalName", name)
	end
	for short in pairs(shorts) do
		clauses[#clauses + 1] = filter.eq("sAMAccountName", short .. "$")
	end
	if #clauses > CLAUSES then
		return filter.any(filter.has "servicePrincipalName", "(objectClass=computer)")
	end
	return filter.any(clauses)
end

local function is_mentioned(f, names, shorts)
	for _, spn in ipairs(f.spns) do
		if names[spn:lower()] then
			return true
		end
	end
	return f.names[1] and shorts[f.names[1]:lower()]
end

local function read_owners(d)
	d.index = spn_owners.new()
	local names, shorts = mentioned(d.facts, d.index, d.dir)
	if not next(names) then
		return
	end
	for e in d.dir:search { filter = owners_filter(names, shorts), attributes = delegators.attributes } do
		local f = delegators.fact(e)
		if is_mentioned(f, names, shorts) then
			f = d.by_dn[f.dn:lower()] or f
			d.by_dn[f.dn:lower()] = f
			d.index:add(f, f.spns, f.names)
		end
	end
end

local function read_trustees(d)
	local list, seen = {}, {}
	for _, f in ipairs(d.facts) do
		for _, sids in ipairs { f.sources, f.conditional } do
			for _, sid in ipairs(sids) do
				list[#list + 1] = not seen[sid] and not codec.wellknown(sid) and sid or nil
				seen[sid] = true
			end
		end
	end
	d.trustees = delegators.trustees(d.dir, list)
end

--- read(d): d = { domain=, dir= (nil: opened now) } gets facts, by_dn, index, trustees, head (its SID), and silent =
--- what other domains that could not be asked keep from it: domain -> { error=, sids= number }; returns d.
function domain_facts.read(d)
	d.dir, d.silent = d.dir or directory.of(d.domain), {}
	d.head = d.dir:get(d.dir:info().base, { attributes = { "objectSid" } }).objectSid
	d.facts, d.by_dn = delegators.all(d.dir), {}
	for _, f in ipairs(d.facts) do
		d.by_dn[f.dn:lower()] = f
	end
	read_owners(d)
	read_trustees(d)
	return d
end

--- trustee(d, sid): who a SID is: { account=, dn=, group= }; unknown: why it has no name.
function domain_facts.trustee(d, sid)
	local t = d.trustees[sid]
	if not t then
		local name, why, silent
		if sid:match "^(.*)%-%d+$" == d.head then
			why = "no such account in " .. d.domain
		else
			name, why, silent = sid_names.find(sid, d.domain)
		end
		if silent then
			local s = d.silent[silent.domain] or { error = silent.error, sids = 0 }
			d.silent[silent.domain], s.sids = s, s.sids + 1
		end
		t = { account = name or sid, unknown = why, group = sid_names.is_group(sid) }
		d.trustees[sid] = t
	end
	return t
end

return domain_facts
