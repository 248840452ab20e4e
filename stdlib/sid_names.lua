-- Names for SIDs of any domain: the domain that a SID belongs to is asked.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local raising = require "adsh.raising"
local trusts = require "adsh.core.trust"

local try = raising.try

local sid_names = {}

--- "beta.test" of "CN=x,OU=y,DC=beta,DC=test".
function sid_names.domain_of(dn)
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

-- The domain of a SID: one that is connected, one that it trusts, or any other of the forest. Nil: none of them,
-- and the failure of the last that could not be asked.
local function find_domain(sid, dir)
	local silent
	learn(dir)
	if not domains[sid] then
		for _, d in ipairs(trusts.domains(dir) or {}) do
			local other, err
			if not domains[sid] then
				other, err = try(directory.of, d.domain)
			end
			if other then
				learn(other)
			end
			silent = err and { domain = d.domain, error = err.message } or silent
		end
	end
	return domains[sid], silent
end

--- home(sid[, dir]): the directory of the domain that a SID belongs to. Nil: it is of no domain that is known from
--- dir (default: the current one), or { domain=, error= }: which could not be asked.
function sid_names.home(sid, dir)
	local head = sid:match "^(S%-1%-5%-21%-.*)%-%d+$"
	local domain, silent
	if head then
		domain, silent = find_domain(head, dir or directory.current())
	end
	if not domain then
		return nil, silent
	end
	local home, err = try(directory.of, domain)
	return home, err and { domain = domain, error = err.message }
end

--- of_domain(dn): a SID of the domain that the object is in, or nil when that cannot be asked.
function sid_names.of_domain(dn)
	local dir, name = try(directory.for_name, dn), sid_names.domain_of(dn):lower()
	if dir then
		learn(dir)
	end
	for head, domain in pairs(domains) do
		if domain:lower() == name then
			return head .. "-513" -- one that each domain has
		end
	end
end

-- ---- names ----

local known = {} -- [SID] = { name, long, domain, group }

local function qualified(o, dir, domain)
	local netbios = domain
	for _, d in ipairs(trusts.domains(dir) or {}) do
		if d.domain:lower() == domain:lower() then
			netbios = d.netbios or domain
		end
	end
	return { name = o.sAMAccountName, long = netbios .. "\\" .. o.sAMAccountName, domain = domain,
		group = o.groupType ~= nil }
end

-- nil: it has no name that can be found out, why, and which domain could not be asked.
local function ask(sid, domain)
	local dir, err = try(directory.of, domain)
	local o
	if dir then
		o, err = try(dir.get, dir, sid, { attributes = { "sAMAccountName", "groupType" } })
	end
	if o and o.sAMAccountName then
		return qualified(o, dir, domain)
	elseif not err or err.kind == "notfound" then
		return nil, "no such account in " .. domain
	end
	return nil, ("of %s, which could not be queried"):format(domain), { domain = domain, error = err.message }
end

local function find(sid, dir, domain)
	local head, home, silent = sid:match "^(S%-1%-5%-21%-.*)%-%d+$", nil, nil
	if head then
		home, silent = find_domain(head, dir)
	end
	if head and not home then
		return nil, silent and ("of an unknown domain; %s could not be queried"):format(silent.domain)
			or "of an unknown domain", silent
	end
	return ask(sid, home or domain)
end

local expected = {} -- [SID] = name

--- expect(sid, name): what the directory does not know (yet, or any more) is called so.
function sid_names.expect(sid, name)
	expected[sid] = name
end

--- find(sid[, domain]): "HOST01$" for an account of that domain (default: that of the current directory),
--- "BETA\HOST01$" for one of another domain; nil and the reason when it cannot be found out, and { domain=, error= }
--- when that is because a domain could not be asked.
function sid_names.find(sid, domain)
	local fixed = codec.wellknown(sid)
	if fixed then
		return fixed
	end
	local dir = domain and try(directory.of, domain) or directory.current()
	domain = domain or dir:info().domain
	if not known[sid] then
		local k, why, silent = find(sid, dir, domain)
		if not k then
			return nil, why, silent
		end
		known[sid] = k
	end
	local k = known[sid]
	return k.domain:lower() == domain:lower() and k.name or k.long
end

--- is_group(sid): whether what sid_names.find has found is a group.
function sid_names.is_group(sid)
	return known[sid] ~= nil and known[sid].group
end

--- name(sid[, domain]): the same for people: what has no name keeps its SID, with the reason.
function sid_names.name(sid, domain)
	local name, why = sid_names.find(sid, domain)
	name = name or expected[sid]
	return name or ("%s (%s)"):format(sid, why)
end

--- shown(sid[, domain]): the same, and the SID alone when no directory can be asked at all.
function sid_names.shown(sid, domain)
	return try(sid_names.name, sid, domain) or sid
end

return sid_names
