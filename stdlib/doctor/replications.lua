-- The condition that every domain controller of a domain has the same of the hosts: who asks another one gets another
-- answer. The values are compared, as a vector also lags behind when something else was written.
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local raising = require "adsh.raising"
local verdict = require "adsh.doctor.verdict"

local holds, fails, unseen = verdict.holds, verdict.fails, verdict.unseen

local ATTRIBUTES = { "userAccountControl", "servicePrincipalName", "msDS-AllowedToDelegateTo", "dNSHostName",
	"msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-SupportedEncryptionTypes" }
local PATIENCE = 5 -- seconds
local AT_ONCE = 100 -- hosts in one search

-- What a DC says of the accounts: by lower-case DN, for each attribute its values as one text.
local function read(dir, dns)
	local found = {}
	for i = 1, #dns, AT_ONCE do
		local clauses = {}
		for k = i, math.min(i + AT_ONCE - 1, #dns) do
			clauses[#clauses + 1] = filter.eq("distinguishedName", dns[k])
		end
		for e in dir:search { filter = filter.any(clauses), attributes = ATTRIBUTES } do
			local values = {}
			for _, name in ipairs(ATTRIBUTES) do
				local list = { table.unpack(e[name] or {}) }
				table.sort(list)
				values[name] = table.concat(list, "\0")
			end
			found[e.dn:lower()] = values
		end
	end
	return found
end

local function hosts_of(s, domain)
	local dns = {}
	for _, h in ipairs(s:subjects "host") do
		dns[#dns + 1] = h.domain == domain and h.object.dn or nil
	end
	return dns
end

-- What there differs, in words; nil: nothing.
local function difference(s, domain, there, here)
	for _, h in ipairs(s:subjects "host") do
		local dn = h.domain == domain and h.object.dn:lower()
		if dn and not there[dn] then
			return h.label .. " does not exist"
		end
		for _, name in ipairs(dn and ATTRIBUTES or {}) do
			if there[dn][name] ~= (here[dn] or {})[name] then
				return ("%s of %s"):format(name, h.label)
			end
		end
	end
end

local SYNC = "repadmin /syncall %s /AdeP"

local function replicated(s, c)
	local here = s:once("values " .. c.domain.name, read, c.domain.dir, hosts_of(s, c.domain))
	local name = c.domain.dir:info().dns_host
	if c.label:lower() == name:lower() then
		return holds "it is the one that adsh queries"
	end
	local there, err = raising.try(function()
		local dir <close> = directory.at(c.domain.dir, c.label, PATIENCE)
		return read(dir, hosts_of(s, c.domain))
	end)
	if not there then
		return unseen(err.message, "repadmin /showrepl " .. c.label)
	end
	local what = difference(s, c.domain, there, here)
	if what then
		return fails(("%s has another value than %s: %s"):format(c.label, name, what), SYNC:format(c.label))
	end
	return holds("the same as " .. name)
end

return {
	{ name = "replication", of = "controller",
		needs = { "ports of the domain controller", "clock of the domain controller" }, check = replicated },
}
