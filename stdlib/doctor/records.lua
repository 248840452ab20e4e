-- The condition that hosts find each domain controller: by the SRV records under which Windows looks for one (MS-ADTS
-- 6.3.2.3). One that is found in its own site only is meant to be so; a read-only one has no other records.
local failure = require "adsh.failure"
local filter = require "adsh.filter"
local peer = require "adsh.core.peer"
local site = require "adsh.gpo.result_site"
local verdict = require "adsh.doctor.verdict"

local PATIENCE = 5000 -- ms
local NONE = { [1] = true, [4] = true } -- HOST_NOT_FOUND, NO_DATA: DNS has answered
local KINDS = { "_ldap._tcp", "_kerberos._tcp" }

local function set_of(list)
	local set = {}
	for _, name in ipairs(list) do
		set[name:lower():gsub("%.$", "")] = true
	end
	return set
end

-- The names that DNS has there, as a set.
local function named(s, prefix, domain)
	return s:once(("records %s.%s"):format(prefix, domain), function()
		local list, err = peer.controllers(prefix, domain, PATIENCE)
		if not list and not NONE[err.code] then
			error(failure(err.kind, err.message, err.hint), 0)
		end
		return set_of(list or {})
	end)
end

local function site_of(s, c)
	local dir = c.domain.dir
	return s:once("site of " .. c.label, function()
		local server = dir:search { base = "CN=Sites," .. dir:info().config_base, attributes = { "cn" },
			filter = filter.all("(objectClass=server)", filter.eq("dNSHostName", c.label)) } ()
		return server and site.name(server.dn:match "^[^,]+,[^,]+,(.*)$")
	end)
end

local REGISTER = "nltest /dsregdns   # on %s"

local function registered(s, c)
	local domain, key = c.domain.name, c.label:lower()
	local own = site_of(s, c)
	for _, kind in ipairs(KINDS) do
		local everywhere, here = kind .. ".dc._msdcs", own and ("%s.%s._sites.dc._msdcs"):format(kind, own)
		if not named(s, everywhere, domain)[key] and not (here and named(s, here, domain)[key]) then
			return verdict.fails(("DNS does not have it under %s.%s%s: no host finds it there"):format(everywhere, domain,
				here and (" nor under %s.%s"):format(here, domain) or ""), REGISTER:format(c.label))
		end
	end
	return verdict.holds "found by LDAP and Kerberos"
end

-- Records of one that is gone: hosts try it, and wait.
local function current(s, d)
	local known, stale = {}, {}
	for _, c in ipairs(s:subjects "controller") do
		known[c.label:lower()] = true
	end
	for _, kind in ipairs(KINDS) do
		for name in pairs(named(s, kind .. ".dc._msdcs", d.name)) do
			stale[name] = not known[name] or nil
		end
	end
	local list = {}
	for name in pairs(stale) do
		list[#list + 1] = name
	end
	table.sort(list)
	if #list > 0 then
		return verdict.fails(("DNS has domain controllers that the directory does not have: %s"):format(
			table.concat(list, ", ")), ("Get-DnsServerResourceRecord -ZoneName _msdcs.%s -RRType SRV"):format(d.name))
	end
	return verdict.holds "all are in the directory"
end

return {
	{ name = "SRV records", of = "controller", needs = { "ports of the domain controller" }, check = registered },
	{ name = "SRV records of the domain", of = "domain", check = current },
}
