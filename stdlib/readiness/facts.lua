-- What readiness.rules asks of an account: read from the entry of a search.
local codec = require "adsh.core.codec"
local etypes = require "adsh.readiness.etypes"

local facts = {}

local TARGETS = "msDS-AllowedToDelegateTo"

facts.attributes = {
	"sAMAccountName", "objectCategory", "userAccountControl", "primaryGroupID", "pwdLastSet", "whenCreated",
	"msDS-SupportedEncryptionTypes", "msDS-SecondaryKrbTgtNumber", "servicePrincipalName", "operatingSystem",
}

--- The same for the hosts of the jobs: the services that they are listed for are looked at, too.
facts.job_attributes = { TARGETS, "dNSHostName", table.unpack(facts.attributes) }

local DES_ONLY = codec.uac_bit "USE_DES_KEY_ONLY"
local CONTROLLER = codec.uac_bit "SERVER_TRUST_ACCOUNT" | codec.uac_bit "PARTIAL_SECRETS_ACCOUNT"

local KINDS = {
	["ms-ds-group-managed-service-account"] = "gMSA", ["ms-ds-managed-service-account"] = "MSA",
	["ms-ds-delegated-managed-service-account"] = "dMSA", computer = "computer",
}

local function kind_of(e, uac)
	local account = e:first "sAMAccountName"
	if account == "krbtgt" or e:first "msDS-SecondaryKrbTgtNumber" then
		return "krbtgt"
	elseif uac & CONTROLLER ~= 0 then
		return "controller"
	end
	local category = (e:first "objectCategory" or ""):match "^CN=([^,]*)" or ""
	return KINDS[category:lower()] or (account or ""):sub(-1) == "$" and "computer" or "user"
end

-- ---- times, in seconds since 1970 ----

local EPOCH = 11644473600 -- of FILETIME, in seconds before 1970

--- Of an attribute that counts 100 ns since 1601; nil for 0, which is no time.
function facts.filetime(text)
	local n = math.tointeger(tonumber(text or nil)) or 0
	return n > 0 and n // 10000000 - EPOCH or nil
end

--- Of "20261126195700.0Z".
function facts.time(text)
	local y, m, d, h, min, s = (text or ""):match "^(%d%d%d%d)(%d%d)(%d%d)(%d%d)(%d%d)(%d%d)"
	if not y then
		return nil
	end
	y, m, d = math.tointeger(y), math.tointeger(m), math.tointeger(d)
	y, m = m > 2 and y or y - 1, m > 2 and m - 3 or m + 9 -- the year begins in March: its last day is the odd one
	local days = y * 365 + y // 4 - y // 100 + y // 400 + (m * 153 + 2) // 5 + d - 1 - 719468
	return days * 86400 + h * 3600 + min * 60 + s
end

-- ---- SPNs ----

local CLUSTER = { msservercluster = true, msclustervirtualserver = true } -- MSServerClusterMgmtAPI have nodes, too

local function has_cluster_name(spns)
	for _, spn in ipairs(spns) do
		if CLUSTER[(spn:match "^([^/]*)/" or ""):lower()] then
			return true
		end
	end
	return false
end

--- of(e, d): the facts of an entry that was read with facts.attributes. d: aes_since, protected[DN].
function facts.of(e, d)
	local uac, spns = tonumber(e:first "userAccountControl" or 0) or 0, e.servicePrincipalName or {}
	local f = {
		account = e:first "sAMAccountName" or e.dn, dn = e.dn, kind = kind_of(e, uac),
		set = etypes.bits(e:first "msDS-SupportedEncryptionTypes"), system = e:first "operatingSystem",
		password_set = facts.filetime(e:first "pwdLastSet"), des_only = uac & DES_ONLY ~= 0,
		has_spn = #spns > 0, cluster = has_cluster_name(spns), spns = spns,
		protected = next(d.protected) and d.protected[e.dn:lower()],
	}
	if not f.password_set or f.password_set < d.aes_since then
		f.created = facts.time(e:first "whenCreated")
	end
	return f
end

-- ---- what the hosts of the jobs are listed for ----

local OF_HOSTS = { cifs = true, host = true, wsman = true, rpcss = true, ldap = true }

local function take_target(names, value)
	local class, host = value:lower():match "^([^/]*)/([^/:]+)"
	if host then
		local of_host = OF_HOSTS[class] or class:find("^microsoft virtual") or class:find "^hyper%-v"
		names[of_host and host or value:lower()] = of_host and "host" or "name"
	end
end

--- Adds to names those that the entry of a host is listed for: names[host] = "host", names[SPN] = "name".
function facts.targets(e, names)
	for _, value in ipairs(e[TARGETS] or {}) do
		take_target(names, value)
	end
end

return facts
