-- What decides for all accounts of a domain: since when it makes AES keys, what its KDCs are.
local codec = require "adsh.core.codec"
local facts = require "adsh.readiness.facts"
local filter = require "adsh.filter"
local policy = require "adsh.readiness.policy"
local rules = require "adsh.readiness.rules"

local domain = {}

local SERVER_2008 = 1204070400 -- 2008-02-27: no domain made AES keys before

-- The group of read-only domain controllers, which came with the level 2008, as AES keys did.
local function aes_since(d)
	local sid = filter.bytes("objectSid", codec.sid(d.head .. "-521"))
	for e in d.dir:search { filter = sid, attributes = { "whenCreated" } } do
		local time = facts.time(e:first "whenCreated")
		if time then
			return time, "Read-only Domain Controllers was created then"
		end
	end
	return SERVER_2008, "Windows Server 2008 was released then"
end

-- Protected Users, also through groups.
local function protected(d)
	local set = {}
	local sid = filter.bytes("objectSid", codec.sid(d.head .. "-525"))
	for group in d.dir:search { filter = sid, attributes = { "member" } } do
		if group:first "member" then
			for e in d.dir:search { filter = filter.member_of(group.dn), attributes = { "objectSid" } } do
				set[e.dn:lower()] = true
			end
		end
	end
	return set
end

local function systems(d)
	local list = {}
	for e in d.dir:search { filter = filter.any(filter.eq("primaryGroupID", "516"), filter.eq("primaryGroupID", "521")),
		attributes = { "operatingSystem" } } do
		list[#list + 1] = e:first "operatingSystem"
	end
	return list
end

--- read(dir): what rules.decide asks of a domain.
function domain.read(dir)
	local info = dir:info()
	local head = dir:get(info.base, { attributes = { "objectSid" } }).objectSid
	local d = { dir = dir, head = head }
	local more = rules.domain(systems(d))
	for key, value in pairs(more) do
		d[key] = value
	end
	d.domain, d.level, d.server = info.domain, info.domain_level or 3, info.dns_host or info.host
	d.aes_since, d.aes_words = aes_since(d)
	d.protected = protected(d)
	if d.windows and not info.snapshot then
		d.filter, d.filter_of, d.filter_lacks = policy.read(dir)
	end
	return d
end

return domain
