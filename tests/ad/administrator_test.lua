-- What stops an administrator: each thing is broken by hand, one at a time, and doctor.administrator has to name that
-- one and nothing else. The judges: ldapmodify, samba-tool, and the KDC by MIT's kvno with the host's key.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local connect = require "adsh.connect"
local doctor = require "adsh.doctor"

local USER = "user05"
local dn

local function put(attribute, value)
	local colon = value and (": %s"):format(value) or ""
	lab.modify(("dn: %s\nchangetype: modify\nreplace: %s\n%s\n"):format(dn, attribute,
		value and attribute .. colon:gsub("^: :", "::") or ""))
end

local CONFIG = "CN=AuthN Policy Configuration,CN=Services,CN=Configuration," .. lab.base

-- The descriptor of an SDDL text, by Samba, in base64.
local function encoded(sddl)
	local script = lab.file([[
import base64, sys
from samba.ndr import ndr_pack
from samba.dcerpc import security
sd = security.descriptor.from_sddl(sys.argv[1], security.dom_sid("S-1-5-21-9-9-9"))
print(base64.b64encode(ndr_pack(sd)).decode())
]])
	return lab.must(("/usr/bin/python3 %s %s"):format(script, lab.quote(sddl))):match "%S+"
end

-- Makes an object of the configuration; gives its DN and what takes it away.
local function make(rdn, container, class, more)
	local name = ("%s,CN=%s,%s"):format(rdn, container, CONFIG)
	lab.modify(("dn: %s\nchangetype: add\nobjectClass: %s\n%s"):format(name, class, more))
	return name, function() lab.modify(("dn: %s\nchangetype: delete\n"):format(name)) end
end

local function policy(name, sddl)
	return make("CN=" .. name, "AuthN Policies", "msDS-AuthNPolicy", ("msDS-AuthNPolicyEnforced: TRUE\n"
		.. "msDS-UserAllowedToAuthenticateFrom:: %s\n"):format(encoded(sddl)))
end

local function check(what, state, reason, is_given)
	local seen = false
	for _, row in ipairs(doctor.administrator(USER, { "host01" })) do
		if row.condition == what then
			seen = true
			assert.equal(state, row.state, row.reason)
			assert.is_truthy(row.reason:find(reason, 1, true), row.reason)
			assert.equal(state ~= "holds", row.fix ~= nil)
		else
			assert.equal("holds", row.state, row.condition .. ": " .. row.reason)
		end
	end
	assert.is_true(seen, what)
	assert.equal(is_given, lab.kdc_gives("host01", "cifs/host02.alpha.test", USER), "the KDC")
end

local function group(name, members)
	lab.modify(("dn: CN=%s,%s\nchangetype: add\nobjectClass: group\nsAMAccountName: %s\n%s"):format(name, lab.base, name,
		members))
end

local PROTECTED = "CN=Protected Users,CN=Users," .. lab.base

local function join(group_dn, change, member)
	lab.modify(("dn: %s\nchangetype: modify\n%s: member\nmember: %s\n"):format(group_dn, change, member))
end

describe("an administrator", function()
	-- What a test changes, as it was.
	local CLEAN = { "accountExpires: 0", "logonHours", "pwdLastSet: -1", "userWorkstations",
		"primaryGroupID: 513", "msDS-AssignedAuthNPolicy", "msDS-AssignedAuthNPolicySilo" }

	setup(function()
		dn = lab.account(USER, "cn").dn
		connect { ccache = lab.login "labadmin" }
		table.insert(CLEAN, "userAccountControl: " .. lab.account(USER, "userAccountControl").userAccountControl[1])
		lab.modify(("dn: %s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: %d\n-\n"
			.. "replace: msDS-AllowedToDelegateTo\nmsDS-AllowedToDelegateTo: cifs/host02.alpha.test\n"):format(
			lab.account("HOST01$", "cn").dn, 0x1001000))
	end)

	teardown(function()
		lab.reset("HOST01$", 0x1000)
	end)

	after_each(function()
		local ldif = { "dn: " .. dn, "changetype: modify" }
		for _, line in ipairs(CLEAN) do
			ldif[#ldif + 1] = "replace: " .. line:match "^[^:]+"
			ldif[#ldif + 1] = line:find ":" and line or nil
			ldif[#ldif + 1] = "-"
		end
		lab.modify(table.concat(ldif, "\n") .. "\n")
	end)

	it("of whom all holds may be delegated", function()
		check("administrator enabled", "holds", "enabled", true)
	end)

	it("who is sensitive is named, and refused", function()
		put("userAccountControl", 512 + 0x100000)
		check("administrator can be delegated", "fails", "0x8009030E", false)
	end)

	it("cannot be delegated where krbtgt is sensitive", function()
		local head = ("dn: %s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: %%d\n"):format(
			lab.account("krbtgt", "cn").dn)
		lab.modify(head:format(514 + 0x100000))
		finally(function() lab.modify(head:format(514)) end)
		check("krbtgt", "fails", "the Samba of this domain ignores that", true)
	end)

	it("who is disabled, expired, out of hours or locked out is named, and refused", function()
		put("userAccountControl", 514)
		check("administrator enabled", "fails", "disabled", false)
		put("userAccountControl", 512)
		put("accountExpires", "131000000000000000") -- 2016
		check("administrator not expired", "fails", "2016-", false)
		put("accountExpires", "0")
		put("logonHours", ": " .. ("A"):rep(28))
		check("administrator's logon hours", "fails", "never", false)
	end)

	it("whose hours are these may be delegated", function()
		put("logonHours", ": " .. ("/"):rep(28))
		check("administrator's logon hours", "holds", "at this hour", true)
	end)

	it("who is locked out is named, and refused", function()
		local head = ("dn: %s\nchangetype: modify\nreplace: lockoutThreshold\nlockoutThreshold: %%d\n"):format(lab.base)
		lab.modify(head:format(1))
		finally(function()
			lab.modify(head:format(0))
			put("lockoutTime", "0")
		end)
		lab.sh(("echo wrong | kinit -c MEMORY:none %s"):format(USER))
		check("administrator not locked out", "fails", "20", false)
	end)

	it("whose password must be changed is named, and refused", function()
		put("userAccountControl", "512") -- it ends
		put("pwdLastSet", "0")
		check("administrator's password", "fails", "must be changed", false)
	end)

	it("who may log in only at some machines is told them", function()
		put("userWorkstations", "PC1,PC2")
		check("administrator's workstations", "unseen", "PC1, PC2", true)
	end)

	it("who is in Protected Users is named with the way, and that Samba lets hosts act for him", function()
		join(PROTECTED, "add", dn)
		check("administrator can be delegated", "fails", "(a member)", true)
		put("primaryGroupID", "525")
		check("administrator can be delegated", "fails", "primary group", true)
		put("primaryGroupID", "513")
		join(PROTECTED, "delete", dn)
		group("Nested Admins", "member: " .. dn .. "\n")
		join(PROTECTED, "add", "CN=Nested Admins," .. lab.base)
		finally(function() lab.modify("dn: CN=Nested Admins," .. lab.base .. "\nchangetype: delete\n") end)
		check("administrator can be delegated", "fails", "through the group 'Nested Admins'", true)
		for _, row in ipairs(doctor.administrator(USER)) do
			assert.is_truthy(row.condition ~= "administrator can be delegated" or row.reason:find("domain lets", 1, true))
		end
	end)

	it("with an authentication policy is told what it demands", function()
		local name, drop = policy("Admins", "O:SYG:SYD:(XA;OICI;CR;;;WD;(Member_of {SID(BA)}))")
		put("msDS-AssignedAuthNPolicy", name)
		finally(drop)
		check("administrator's policy", "fails", "(Member_of {SID(BA)})", false)
		lab.modify(("dn: %s\nchangetype: modify\nreplace: msDS-AuthNPolicyEnforced\n%s: FALSE\n"):format(name,
			"msDS-AuthNPolicyEnforced"))
		check("administrator's policy", "holds", "only audited", true)
	end)

	it("in a silo is told whether the hosts are in it", function()
		local name, drop = policy("FromSilo",
			'O:SYG:SYD:(XA;OICI;CR;;;WD;(@USER.ad://ext/AuthenticationSilo == "Tier0"))')
		local silo, drop_silo = make("CN=Tier0", "AuthN Silos", "msDS-AuthNPolicySilo",
			("msDS-AuthNPolicySiloEnforced: TRUE\nmsDS-UserAuthNPolicy: %s\n"):format(name))
		local function member(change, who)
			lab.modify(("dn: %s\nchangetype: modify\n%s: msDS-AuthNPolicySiloMembers\nmsDS-AuthNPolicySiloMembers: %s\n"):format(
				silo, change, who))
		end
		put("msDS-AssignedAuthNPolicySilo", silo)
		local host = lab.account("HOST01$", "cn").dn
		local function assign(value)
			lab.modify(("dn: %s\nchangetype: modify\nreplace: msDS-AssignedAuthNPolicySilo\n%s"):format(host, value))
		end
		finally(function()
			assign ""
			drop_silo()
			drop()
		end)
		check("administrator's policy", "holds", "no authentication policy", true) -- no member: MS-KILE 3.3.5.6
		member("add", dn)
		check("administrator's policy", "fails", "these are not: HOST01$", false)
		member("add", host)
		assign("msDS-AssignedAuthNPolicySilo: " .. silo .. "\n")
		check("administrator's policy", "unseen", "the silo of the hosts", false) -- kvno says nothing of its host
	end)
end)
