-- Names for SIDs of any domain: the domain that a SID belongs to is asked.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local raising = require "adsh.raising"
local trusts = require "adsh.core.trust"

local try = raising.try

local sids = {}

--- "beta.test" of "CN=x,OU=y,DC=beta,DC=test".
function sids.domain_of(dn)
	local labels = {}
	for label in dn:gmatch "[Dd][Cc]=([^,]+)" do
		labels[#labels + 1] = label
	end
	return table.concat(labels, ".")
end

-- ---- domains by SID ----

local domains = {} -- [domain SID] = DNS name
local asked = {} -- directories whose own SID and trusts are known

local function learn(dir)
	local info = dir:info()
	if asked[info.domain] then
		return
	end
	asked[info.domain] = true
	local head = try(dir.get, dir, info.base, { attributes = { "objectSid" } })
	if head and head.objectSid then
		domains[head.objectSid] = info.domain
	end
	for _, t in ipairs(trusts.list(dir) or {}) do
		if t.sid then
			domains[t.sid] = domains[t.sid] or t.partner
		end
	end
end

-- The domain of a SID: one that is connected, one that it trusts, or any other of the forest.
local function find_domain(sid, dir)
	learn(dir)
	if not domains[sid] then
		for _, d in ipairs(trusts.domains(dir) or {}) do
			local other = not domains[sid] and try(directory.of, d.domain)
			if other then
				learn(other)
			end
		end
	end
	return domains[sid]
end

-- ---- names ----

local known = {} -- [SID] = { name, netbios, domain }

local function qualified(o, dir, domain)
	local netbios = domain
	for _, d in ipairs(trusts.domains(dir) or {}) do
		if d.domain:lower() == domain:lower() then
			netbios = d.netbios or domain
		end
	end
	return { name = o.sAMAccountName, long = netbios .. "\\" .. o.sAMAccountName, domain = domain }
end

-- nil: it has no name that can be found out, and why.
local function ask(sid, domain)
	local dir, err = try(directory.of, domain)
	local o
	if dir then
		o, err = try(dir.get, dir, sid, { attributes = { "sAMAccountName" } })
	end
	if o and o.sAMAccountName then
		return qualified(o, dir, domain)
	elseif not err or err.kind == "notfound" then
		return nil, "no such account in " .. domain
	end
	return nil, ("of %s, which could not be asked"):format(domain)
end

--- find(sid[, domain]): "HOST01$" for an account of that domain (default: that of the current directory),
--- "BETA\HOST01$" for one of another domain; nil and the reason when it cannot be found out.
function sids.find(sid, domain)
	local fixed = codec.wellknown(sid)
	if fixed then
		return fixed
	end
	local dir = domain and try(directory.of, domain) or directory.current()
	domain = domain or dir:info().domain
	if not known[sid] then
		local head = sid:match "^(S%-1%-5%-21%-.*)%-%d+$"
		local home = head and find_domain(head, dir)
		if head and not home then
			return nil, "of no domain that is known here"
		end
		local k, why = ask(sid, home or domain)
		if not k then
			return nil, why
		end
		known[sid] = k
	end
	local k = known[sid]
	return k.domain:lower() == domain:lower() and k.name or k.long
end

--- name(sid[, domain]): the same for people: what has no name keeps its SID, with the reason.
function sids.name(sid, domain)
	local name, why = sids.find(sid, domain)
	return name or ("%s (%s)"):format(sid, why)
end

return sids
