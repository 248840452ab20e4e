-- The accounts of domains as rows, one after the other; kept is only what the next ones need.
local directory = require "adsh.directory"
local domain = require "adsh.readiness.domain"
local etypes = require "adsh.readiness.etypes"
local facts = require "adsh.readiness.facts"
local filter = require "adsh.filter"
local raising = require "adsh.raising"
local rules = require "adsh.readiness.rules"

local stream = {}

local AT_ONCE = 100 -- names in one search

-- ---- what is asked for ----

local ENABLED = filter.none(filter.bits("userAccountControl", "ACCOUNTDISABLE"))
local ACCOUNTS = filter.any("(sAMAccountType=805306368)", "(sAMAccountType=805306369)") -- users, computers
local KRBTGT = filter.any(filter.eq("sAMAccountName", "krbtgt"), filter.has "msDS-SecondaryKrbTgtNumber")

-- Hosts and services of this program's jobs, and the domain controllers.
local JOBS = filter.any(filter.like("servicePrincipalName", "Microsoft Virtual*"),
	filter.like("servicePrincipalName", "Hyper-V Replica Service/*"),
	filter.like("servicePrincipalName", "MSServerCluster*"),
	filter.like("servicePrincipalName", "MSClusterVirtualServer/*"),
	filter.has "msDS-AllowedToDelegateTo", filter.has "msDS-AllowedToActOnBehalfOfOtherIdentity",
	filter.bits("userAccountControl", "TRUSTED_FOR_DELEGATION"),
	filter.bits("userAccountControl", "TRUSTED_TO_AUTH_FOR_DELEGATION"), filter.eq("primaryGroupID", "516"),
	filter.eq("primaryGroupID", "521"))

local function wanted(o, condition)
	return filter.all(ACCOUNTS, condition, not o.disabled and ENABLED or nil)
end

-- ---- the parts of a domain ----

-- What holds is proved for those of the jobs only: there are thousands of others.
local function hand_out(d, o, row, f, is_job)
	if o.proof and (is_job or row.state ~= "holds") then
		require "adsh.readiness.proof".add(row, f, d)
	end
	o.put(row, f, d)
end

local function put(d, o, e, is_job)
	local f = facts.of(e, d)
	hand_out(d, o, rules.decide(f, d), f, is_job)
end

local function krbtgts(d, o)
	for e in d.dir:search { filter = KRBTGT, attributes = facts.attributes } do
		put(d, o, e)
	end
end

local function trusts(d, o)
	local list = {}
	for e in d.dir:search { filter = "(objectClass=trustedDomain)",
		attributes = { "trustPartner", "trustAttributes", "msDS-SupportedEncryptionTypes" } } do
		list[#list + 1] = { partner = e:first "trustPartner" or e.dn, dn = e.dn,
			set = etypes.bits(e:first "msDS-SupportedEncryptionTypes"),
			attributes = etypes.bits(e:first "trustAttributes") or 0 }
	end
	table.sort(list, function(a, b) return a.partner < b.partner end)
	for _, t in ipairs(list) do
		hand_out(d, o, rules.trust(t, d), t, true)
	end
end

local function job_accounts(d, o, names)
	for e in d.dir:search { filter = wanted(o, JOBS), attributes = facts.job_attributes } do
		facts.targets(e, names)
		put(d, o, e, true)
	end
end

-- Accounts that are listed as targets and are no job's by themselves: seen[DN].
local function targets(d, o, names, seen)
	local clauses = {}
	local function ask()
		for e in d.dir:search { filter = wanted(o, filter.all(filter.none(JOBS), filter.any(clauses))),
			attributes = facts.attributes } do
			if not seen[e.dn] then
				seen[e.dn] = true
				put(d, o, e, true)
			end
		end
		clauses = {}
	end
	local sorted = {}
	for name in pairs(names) do
		sorted[#sorted + 1] = name
	end
	table.sort(sorted)
	for _, name in ipairs(sorted) do
		clauses[#clauses + 1] = names[name] == "name" and filter.eq("servicePrincipalName", name)
			or filter.eq("sAMAccountName", name:match "^[^.]*" .. "$")
		if #clauses == AT_ONCE then
			ask()
		end
	end
	if #clauses > 0 then
		ask()
	end
end

local function others(d, o, seen)
	for e in d.dir:search { filter = wanted(o, filter.none(filter.any(JOBS, KRBTGT))), attributes = facts.attributes } do
		if not seen[e.dn] then
			put(d, o, e)
		end
	end
end

local function whole(d, o)
	local names, seen = {}, {}
	krbtgts(d, o)
	trusts(d, o)
	job_accounts(d, o, names)
	targets(d, o, names, seen)
	if not o.jobs then
		others(d, o, seen)
	end
end

-- ---- domains ----

local function domains_of(dir, o)
	local own, list = dir:info().domain, {}
	for _, one in ipairs(o.forest ~= false and dir:forest() or {}) do
		list[#list + 1] = one.domain:lower() ~= own:lower() and one.domain or nil
	end
	table.sort(list)
	table.insert(list, 1, own)
	return list
end

local function of_domain(name, o, n)
	local d = domain.read(directory.of(name))
	if o.about then
		o.about(d)
	end
	whole(d, { put = function(...) n.rows = n.rows + 1; o.put(...) end, proof = o.proof, disabled = o.disabled,
		jobs = o.jobs })
end

local function note(missing, name, err, rows)
	missing[#missing + 1] = { domain = name, error = err.message .. (rows > 0 and (", after %d rows"):format(rows) or "") }
end

--- jobs(dir, put): calls put(row, f, d) with the krbtgts, trusts, hosts and services of jobs of dir's domain.
function stream.jobs(dir, put_row)
	whole(domain.read(dir), { put = put_row, jobs = true })
end

--- all(dir, o): calls o.put(row, f, d) with each account of the domains, those of jobs first. o: forest (false: dir's
--- domain only), jobs (true: no others), disabled (those, too), proof (the KDCs are asked), about(d) with each domain;
--- missing: a list that gets the domains that could not be asked.
function stream.all(dir, o)
	for i, name in ipairs(domains_of(dir, o)) do
		local n = { rows = 0 }
		local ok, err = raising.try(function()
			of_domain(name, o, n)
			return true
		end)
		if not ok and (i == 1 and n.rows == 0 or err.kind ~= "connect") then
			error(err, 0)
		elseif not ok then
			note(o.missing, name, err, n.rows)
		end
	end
end

--- named(dir, names, o): the same with the accounts of these names, in any domain.
function stream.named(dir, names, o)
	local known = {}
	for _, name in ipairs(names) do
		local home = directory.for_name(name, dir)
		if not known[home] then
			known[home] = domain.read(home)
			if o.about then
				o.about(known[home])
			end
		end
		local found = home:get(name, { want = "account", attributes = { "objectSid" } })
		for e in home:search { base = found.dn, scope = "base", filter = "(objectClass=*)",
			attributes = facts.attributes } do
			put(known[home], o, e, true)
		end
	end
end

return stream
