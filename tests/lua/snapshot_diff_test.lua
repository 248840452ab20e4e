-- What two snapshots differ in, of states that no lab has: trusts that come and go, entries that deny, conditions,
-- crowds, groups in groups, accounts made anew. No server.
local codec = require "adsh.core.codec"
local core = require "adsh.core.snapshot"
local snapshot = require "adsh.snapshot"

local BASE, CONFIG = "DC=alpha,DC=test", "CN=Configuration,DC=alpha,DC=test"
local SCHEMA, HEAD = "CN=Schema," .. CONFIG, "S-1-5-21-1-2-3"
local RBCD = "msDS-AllowedToActOnBehalfOfOtherIdentity"

local SYNTAXES = { objectClass = "2.5.5.2", cn = "2.5.5.12", member = "2.5.5.1", memberOf = "2.5.5.1",
	userAccountControl = "2.5.5.9", primaryGroupID = "2.5.5.9", groupType = "2.5.5.9", objectSid = "2.5.5.17",
	sAMAccountName = "2.5.5.12", servicePrincipalName = "2.5.5.12", dNSHostName = "2.5.5.12", whenChanged = "2.5.5.11",
	["msDS-AllowedToDelegateTo"] = "2.5.5.12", [RBCD] = "2.5.5.15", replPropertyMetaData = "2.5.5.10",
	invocationId = "2.5.5.10", trustPartner = "2.5.5.12", flatName = "2.5.5.12", securityIdentifier = "2.5.5.17",
	trustDirection = "2.5.5.9", trustType = "2.5.5.9", trustAttributes = "2.5.5.9", sPNMappings = "2.5.5.12",
	["msDS-SupportedEncryptionTypes"] = "2.5.5.9", dnsRoot = "2.5.5.12", nETBIOSName = "2.5.5.12", nCName = "2.5.5.1",
	trustParent = "2.5.5.1", rootTrust = "2.5.5.1", systemFlags = "2.5.5.9", lDAPDisplayName = "2.5.5.12",
	attributeSyntax = "2.5.5.2", distinguishedName = "2.5.5.1" }

local function sid(rid)
	return ("%s-%d"):format(HEAD, rid)
end

local function account(name, rid, fields)
	local list = { "objectClass", "user", "objectClass", "computer", "sAMAccountName", name .. "$",
		"objectSid", codec.sid(sid(rid)), "userAccountControl", tostring(fields.uac or 4096), "primaryGroupID", "515" }
	for key, values in pairs(fields) do
		for _, v in ipairs(key ~= "uac" and values or {}) do
			list[#list + 1], list[#list + 2] = key, v
		end
	end
	return { ("CN=%s,%s"):format(name, BASE), list }
end

-- members: DNs; each member's entry names the group in memberOf.
local function group(name, sid_text, members)
	local list = { "objectClass", "group", "sAMAccountName", name, "objectSid", codec.sid(sid_text),
		"groupType", "-2147483646", "whenChanged", "20260102030405.0Z" }
	for _, dn in ipairs(members) do
		list[#list + 1], list[#list + 2] = "member", dn
	end
	return { ("CN=%s,%s"):format(name, BASE), list }
end

local function trust(partner, direction, attributes)
	return { ("CN=%s,CN=System,%s"):format(partner, BASE), { "objectClass", "trustedDomain", "trustPartner", partner,
		"flatName", partner:match "^[^.]+":upper(), "trustDirection", tostring(direction), "trustType", "2",
		"trustAttributes", tostring(attributes) } }
end

local function rbcd(dacl)
	return { [RBCD] = { codec.sd("O:BAD:" .. dacl:gsub("H(%d+)", sid)) } }
end

-- A file with these objects; gives its name.
local function save(objects)
	local w, fields, path = core.writer(), { "taken", "2026-01-02T03:04:05Z" }, os.tmpname()
	for name in pairs(SYNTAXES) do
		fields[#fields + 1], fields[#fields + 2] = "attributes", name
	end
	w:fields("H", "", fields)
	w:fields("D", "", { "defaultNamingContext", BASE, "configurationNamingContext", CONFIG, "schemaNamingContext", SCHEMA,
		"rootDomainNamingContext", BASE, "dnsHostName", "dc1.alpha.test", "domainFunctionality", "7" })
	w:fields("N", BASE, {})
	w:fields("E", BASE, { "objectClass", "domain", "objectSid", codec.sid(HEAD) })
	w:fields("E", "CN=System," .. BASE, { "objectClass", "container" })
	for _, o in ipairs(objects) do
		w:fields("E", o[1], o[2])
	end
	w:fields("N", CONFIG, {})
	w:fields("E", CONFIG, { "objectClass", "configuration" })
	w:fields("E", "CN=Sites," .. CONFIG, { "objectClass", "sitesContainer" })
	w:fields("E", "CN=Partitions," .. CONFIG, { "objectClass", "crossRefContainer" })
	w:fields("E", "CN=ALPHA,CN=Partitions," .. CONFIG, { "objectClass", "crossRef", "dnsRoot", "alpha.test",
		"nETBIOSName", "ALPHA", "nCName", BASE, "systemFlags", "3" })
	w:fields("N", SCHEMA, {})
	w:fields("E", SCHEMA, { "objectClass", "dMD" })
	for name, syntax in pairs(SYNTAXES) do
		w:fields("E", "CN=" .. name .. "," .. SCHEMA, { "objectClass", "attributeSchema", "lDAPDisplayName", name,
			"attributeSyntax", syntax })
	end
	w:finish()
	local f <close> = assert(io.open(path, "wb"))
	f:write(w:take())
	os.execute("chmod 600 " .. path)
	return path
end

local function told(list)
	local lines = {}
	for i, r in ipairs(list) do
		lines[i] = ("%s %s %s%s%s"):format(r.account, r.what, table.concat(r.towards, " "),
			r.attribute and " by " .. r.attribute or "", r.remark and " (" .. r.remark .. ")" or "")
	end
	table.sort(lines)
	return lines
end

-- Widened and narrowed between two lists of objects, in words.
local function diff(old, new)
	local a, b = save(old), save(new)
	local result = snapshot.diff(a, b)
	os.remove(a)
	os.remove(b)
	assert.same({}, result.missing)
	return { told(result.widened), told(result.narrowed) }
end

describe("the difference of two snapshots", function()
	it("has trusts: new ones, those that are gone, and what they let through", function()
		local open, closed = 0x8 | 0x800, 0x8 | 0x10
		assert.same({ { "alpha.test has a new trust (forest, two-way) with beta.test by trustDirection" }, {} },
			diff({}, { trust("beta.test", 3, closed) }))
		assert.same({ {}, { "alpha.test no longer has a trust with beta.test" } },
			diff({ trust("beta.test", 3, closed) }, {}))
		assert.same({ { "alpha.test now allows TGT delegation over the trust with beta.test by trustAttributes",
			"alpha.test now authenticates everyone (no selective authentication) from beta.test by trustAttributes",
			"alpha.test now has an outbound trust with beta.test by trustDirection" }, {} },
			diff({ trust("beta.test", 1, closed) }, { trust("beta.test", 3, open) }))
		assert.same({ {}, { "alpha.test no longer has an inbound trust with beta.test by trustDirection" } },
			diff({ trust("beta.test", 3, closed) }, { trust("beta.test", 2, closed) }))
	end)

	it("has entries of descriptors: that deny, that have conditions, and of disabled accounts", function()
		local h1 = account("H1", 1101, {})
		local may = "H1$ may act as any user towards every service of H2 by " .. RBCD
		local allowed = account("H2", 1102, rbcd "(A;;CR;;;H1101)")
		local denied = account("H2", 1102, rbcd "(D;;CR;;;H1101)(A;;CR;;;H1101)")
		assert.same({ { may }, {} }, diff({ h1, denied }, { h1, allowed }))
		assert.same({ {}, { may } }, diff({ h1, allowed }, { h1, account("H2", 1102, {}) }))
		assert.same({ { "H1$ may act as any user towards every service of H2 by userAccountControl" }, {} },
			diff({ account("H1", 1101, { uac = 4098 }), allowed }, { h1, allowed }))
		local conditional = account("H2", 1102, rbcd '(XA;;CR;;;H1101;(@USER.x == "1"))')
		local found = diff({ h1, account("H2", 1102, {}) }, { h1, conditional })
		assert.matches("^H1%$ may, where a condition is met, act as any user towards every service of H2 by .- %(if ",
			found[1][1])
		assert.same({ { may .. " (the account is new)" }, {} },
			diff({ account("H2", 1102, {}) }, { h1, allowed }))
	end)

	it("has whom a descriptor denies what it allows others", function()
		local h1, everybody = account("H1", 1101, {}), account("H2", 1102, rbcd "(A;;CR;;;AU)")
		local denied = account("H2", 1102, rbcd "(D;;CR;;;H1101)(A;;CR;;;AU)")
		assert.same({ { "H1$ is no longer denied delegation towards H2 by " .. RBCD }, {} },
			diff({ h1, denied }, { h1, everybody }))
		assert.same({ {}, { "H1$ is now denied delegation towards H2 by " .. RBCD } },
			diff({ h1, everybody }, { h1, denied }))
		assert.same({ {}, { "NT AUTHORITY\\Authenticated Users may act as any user towards every service of H2 by " .. RBCD
			.. " (that is everyone: NT AUTHORITY\\Authenticated Users)" } },
			diff({ h1, denied }, { h1, account("H2", 1102, {}) }))
	end)

	it("takes an account that was made anew for another one", function()
		local uac = { uac = 4096 + 0x80000 }
		local what = "H1$ may act as every user who signs in to it, towards any service  by userAccountControl"
		assert.same({ { what .. " (the account is new)" }, { what .. " (the account was deleted)" } },
			diff({ account("H1", 1101, uac) }, { account("H1", 1102, uac) }))
		assert.same({ {}, {} }, diff({ account("H1", 1101, uac) }, { account("RENAMED", 1101, uac) }))
	end)

	it("has members of crowds and of groups within groups", function()
		local function in_group(name)
			return account("H1", 1101, { memberOf = { ("CN=%s,%s"):format(name, BASE) } })
		end
		local function crowd(members)
			return group("Pre-Windows 2000 Compatible Access", "S-1-5-32-554", members)
		end
		local h1, dn = account("H1", 1101, {}), "CN=H1," .. BASE
		assert.same({ { "H1$ is in the broad group Pre-Windows 2000 Compatible Access by member" }, {} },
			diff({ h1, crowd {} }, { in_group "Pre-Windows 2000 Compatible Access", crowd { dn } }))
		local inner_dn = "CN=Inner," .. BASE
		local function nested(members)
			local inner = group("Inner", sid(1200), members)
			table.move({ "memberOf", "CN=Domain Admins," .. BASE }, 1, 2, #inner[2] + 1, inner[2])
			return inner, group("Domain Admins", sid(512), { inner_dn })
		end
		local inner, admins = nested {}
		local inner_now = nested { dn }
		assert.same({ { "H1$ is in the administrative group Domain Admins by member (through Inner)" }, {} },
			diff({ h1, inner, admins }, { in_group "Inner", inner_now, admins }))
		local by_primary = account("H1", 1101, {})
		by_primary[2][12] = "512"
		assert.same({ { "H1$ is in the administrative group Domain Admins by primaryGroupID" }, {} },
			diff({ h1, admins }, { by_primary, admins }))
	end)

	it("has no row where a wider way takes the place of a narrower one", function()
		local function listed(uac, ...)
			return account("H1", 1101, { uac = uac, ["msDS-AllowedToDelegateTo"] = { ... } })
		end
		local h2 = account("H2", 1102, { servicePrincipalName = { "HOST/h2", "cifs/h2" } })
		assert.same({ { "H1$ may act as any user, without any action by that user, towards cifs/h2 by userAccountControl" },
			{} }, diff({ listed(4096, "cifs/h2"), h2 }, { listed(4096 + 0x1000000, "cifs/h2"), h2 }))
		assert.same({ {}, { "H1$ may act as any user, without any action by that user, towards cifs/h2 by"
			.. " userAccountControl" } }, diff({ listed(4096 + 0x1000000, "cifs/h2"), h2 }, { listed(4096, "cifs/h2"), h2 }))
	end)
end)
