-- Changes that somebody wrote by hand so that they look like others: attributes and numbers in other forms, values
-- before that hide the difference, another object's GUID. Each by a forged plan and by plan:restore. They are refused
-- or judged by what they would do; the directory is looked at from outside.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local outside = require "outside"
local ways = require "ways"

local UAC, TARGETS = "userAccountControl", "msDS-AllowedToDelegateTo"
local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local TRUSTED = 4096 | 0x80000
local OU = "OU=Forged," .. lab.base
local HOST, GROUP, LEADERS = "CN=f-host," .. OU, "CN=f-group," .. OU, "CN=f-leaders," .. OU
local DC = "CN=DC1,OU=Domain Controllers," .. lab.base
local USERS = ",CN=Users," .. lab.base
local NOBODY = "00000000-1111-2222-3333-444444444444"

local dc = outside.open "dc1"
local SID = dc:ask "base".sid

local function change(dn, attribute, before, after, more)
	local c = { kind = "attributes", dn = dn, label = "F-HOST$", domain = lab.domain,
		edits = { { attribute = attribute, syntax = "set", before = before, after = after } } }
	for key, v in pairs(more or {}) do
		c[key] = v
	end
	return c
end

local function uac(attribute, before, after)
	return change(HOST, attribute, before, after)
end

-- All that could be changed, of all objects here.
local function snapshot()
	local all = {}
	for _, dn in ipairs { HOST, GROUP, LEADERS, DC, "CN=Domain Admins" .. USERS } do
		for _, attribute in ipairs { UAC, TARGETS, SOURCES, "member", "servicePrincipalName", "primaryGroupID",
			"nTSecurityDescriptor", "msDS-KeyCredentialLink", "sIDHistory", "pwdLastSet" } do
			all[dn .. " " .. attribute] = dc:get(dn, attribute)
		end
	end
	return all
end

local BY = {
	["a forged plan"] = function(changes, row, mode) return ways.apply(ways.forge(changes), row, mode) end,
	["plan:restore"] = ways.restore,
}

-- mode: "none", or with both options ("both"). failed: what cannot be read at all is no matter of a guard.
local function refused(changes, mode, pattern, failed)
	local before = snapshot()
	for name, go in pairs(BY) do
		local status, said = go(changes, mode == "none" and { sort = "widens" } or nil, mode == "none" and mode or nil)
		assert.is_true(status == 6 or failed and status == 1, name .. ": " .. said)
		assert.matches(pattern, said)
		assert.same(before, snapshot(), name)
	end
end

describe("a change made by hand", function()
	setup(function()
		dc:delete(OU)
		dc:add(OU, { objectClass = "organizationalUnit" })
		dc:add(HOST, { objectClass = "computer", sAMAccountName = "f-host$", userAccountControl = "4096" })
		dc:add(GROUP, { objectClass = "group", sAMAccountName = "f-group" })
		dc:add(LEADERS, { objectClass = "group", sAMAccountName = "f-leaders", adminCount = "1" })
	end)
	before_each(function()
		dc:replace(GROUP, "member", {})
		dc:replace(HOST, SOURCES, {})
		dc:replace(HOST, TARGETS, {})
		dc:replace(HOST, UAC, { "4096" })
		dc:replace(DC, TARGETS, {})
	end)
	teardown(function()
		dc:replace(DC, TARGETS, {})
		dc:delete(OU)
		dc:close()
		ways.clear()
	end)

	for _, attribute in ipairs { "1.2.840.113556.1.4.8", "OID.1.2.840.113556.1.4.8", UAC .. ";x", UAC .. ";binary",
		" " .. UAC, "nTSecurityDescriptor", "msDS-KeyCredentialLink", "primaryGroupID", "sIDHistory", "unicodePwd",
		"adminCount", "description" } do
		it("cannot edit " .. attribute, function()
			refused({ uac(attribute, { "4096" }, { tostring(TRUSTED) }) }, "both", "cannot edit")
		end)
	end

	it("is judged whatever the case of its attribute", function()
		refused({ uac("USERACCOUNTCONTROL", { "4096" }, { tostring(TRUSTED) }) }, "none", "unconstrained")
	end)

	it("cannot edit an attribute twice", function()
		for _, again in ipairs { UAC, UAC:lower() } do
			local c = uac(UAC, { "4096" }, { "4098" })
			c.edits[2] = uac(again, { "4098" }, { tostring(TRUSTED) }).edits[1]
			refused({ c }, "both", "two edits")
		end
	end)

	for _, text in ipairs { "0528384", "+528384", " 528384", "528384 ", "0x81000", "02010000", "4295495680", "528384.0",
		"528384\0", "", "4096\n528384" } do
		it(("cannot set userAccountControl to %q"):format(text), function()
			refused({ uac(UAC, { "4096" }, { text }) }, "both", "not a single decimal number")
			refused({ uac(UAC, { text }, { tostring(TRUSTED) }) }, "both", "")
		end)
	end

	it("needs one value of userAccountControl", function()
		refused({ uac(UAC, { "4096" }, { "4096", tostring(TRUSTED) }) }, "both", "not a single decimal number")
		refused({ uac(UAC, { "4096" }, {}) }, "both", "userAccountControl")
	end)

	-- plan:restore brings what the change means on top of what is there, a plan file is refused: it has drifted.
	local function hides(c, gained)
		local before = snapshot()
		local status, said = ways.apply(ways.forge { c })
		assert.equal(6, status, said)
		assert.same(before, snapshot())
		ways.restore({ c }, { sort = "widens" }, "none")
		gained()
	end

	it("hides nothing behind the values before", function()
		hides(uac(UAC, { tostring(TRUSTED) }, { tostring(TRUSTED | 0x10000) }), function()
			assert.equal(0, tonumber(dc:get(HOST, UAC)[1]) & 0x80000)
		end)
		local everyone = "O:BAD:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;WD)"
		local more = everyone .. "(A;;CR;;;" .. SID .. "-9999)"
		hides(change(HOST, SOURCES, { dc:bytes(everyone, SID) }, { dc:bytes(more, SID) }), function()
			for _, sd in ipairs(dc:get(HOST, SOURCES)) do
				assert.is_nil(table.concat(dc:entries(sd), " "):find("S-1-1-0", 1, true))
			end
		end)
		dc:replace(HOST, SOURCES, {})
		local denied = "O:BAD:(D;;CR;;;WD)(A;;CR;;;" .. SID .. "-9999)"
		hides(change(HOST, SOURCES, { dc:bytes(denied, SID) }, { dc:bytes(denied .. "(A;;CR;;;WD)", SID) }), function()
			assert.same({}, dc:get(HOST, SOURCES))
		end)
		local crowd = "CN=Domain Users" .. USERS
		hides(change(GROUP, "member", { crowd }, { crowd, HOST }), function()
			assert.is_nil(table.concat(dc:get(GROUP, "member"), " "):find(crowd, 1, true))
		end)
	end)

	it("is judged by the object that its GUID means", function()
		local c = change(HOST, TARGETS, {}, { "cifs/forged.alpha.test" }, { guid = dc:guid(DC) })
		refused({ c }, "none", "a domain controller")
		c.guid = NOBODY
		for _, dn in ipairs { HOST, DC, "CN=krbtgt" .. USERS } do
			c.dn = dn
			refused({ c }, "both", "no longer exists", true)
		end
	end)

	it("is judged by the object that its name means", function()
		for _, dn in ipairs { ("<GUID=%s>"):format(dc:guid(DC)), ("<SID=%s>"):format(dc:ask("sid", { dn = DC }).sid),
			"cn=dc1 , ou=domain controllers,dc=alpha,dc=test", "CN=\\44C1,OU=Domain Controllers," .. lab.base } do
			refused({ change(dn, TARGETS, {}, { "cifs/forged.alpha.test" }) }, "none", "a domain controller")
		end
	end)

	it("of a host in its place is held against allowed_bases by its GUID", function()
		local row = { sort = "bases" }
		local before = snapshot()
		local c = change(HOST, TARGETS, {}, { "cifs/forged.alpha.test" }, { guid = dc:guid(DC) })
		for name, go in pairs(BY) do
			local status, said = go({ c }, row, "policy")
			assert.equal(6, status, name .. said)
			assert.matches("DC1%$ is outside the allowed bases", said)
		end
		assert.same(before, snapshot())
		c.guid = nil
		local status, said = ways.restore({ c }, row, "policy")
		assert.equal(0, status, said)
		dc:replace(HOST, TARGETS, {})
	end)

	for _, who in ipairs { "CN=S-1-1-0,CN=ForeignSecurityPrincipals," .. lab.base, "<SID=S-1-1-0>",
		"<SID=" .. SID .. "-513>", "<GUID=" .. dc:guid("CN=Domain Users" .. USERS) .. ">",
		"cn=domain users , cn=users,dc=alpha,dc=test", "CN=\\44omain Users" .. USERS,
		"CN=Authenticated Users,CN=WellKnown Security Principals,CN=Configuration," .. lab.base } do
		it(("makes a crowd a member as %s only when it is told to"):format(who), function()
			refused({ change(GROUP, "member", {}, { who }) }, "none", "member")
		end)
	end

	it("makes nobody a member whom the server cannot read", function()
		refused({ change(GROUP, "member", {}, { "2.5.4.3=Domain Users" .. USERS }) }, "both", "not a distinguished name")
	end)

	it("cannot have values with a zero byte, nor descriptors that are none", function()
		refused({ change(HOST, TARGETS, {}, { "cifs/" .. lab.dc .. "\0x" }) }, "both", "zero byte")
		refused({ change(HOST, "servicePrincipalName", {}, { "HTTP/x.alpha.test\0" }) }, "both", "zero byte")
		refused({ change(HOST, SOURCES, {}, { "text" }) }, "both", "", true)
		local sd = dc:bytes("O:BAD:(A;;CR;;;" .. SID .. "-9999)", SID)
		refused({ change(HOST, SOURCES, {}, { sd, sd .. "\0" }) }, "both", "one descriptor")
	end)

	it("deletes no administrative group and no DC", function()
		local group = change(LEADERS, "group", { "name=f-leaders", "scope=global" }, {}, { kind = "group" })
		refused({ group }, "none", "administrative group")
		local account = change(DC, "account", { "name=DC1$" }, {}, { kind = "account" })
		refused({ account }, "none", "")
		refused({ change("CN=Domain Admins" .. USERS, "member", {}, { HOST }, { kind = "group" }) }, "none", "")
		assert.is_true(dc:ask("exists", { dn = LEADERS }).exists)
		local status, said = ways.apply(ways.forge { group })
		assert.equal(0, status, said)
		assert.is_false(dc:ask("exists", { dn = LEADERS }).exists)
	end)
end)
