-- Names of attributes in searches, held against the schema as ldapsearch reads it.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local function said(chunk)
	local status, _, err = lab.adsh({ "-s", lab.dc, "-e", chunk }, "plain")
	assert.equal(0, status, err)
	return err
end

local function schema_has(name)
	return #lab.search(("(&(objectClass=attributeSchema)(lDAPDisplayName=%s))"):format(name), "cn",
		"CN=Schema,CN=Configuration," .. lab.base) == 1
end

local FIND = 'find { filter = "%s" }'

local UNKNOWN = {
	[FIND:format "(&(cn=*)(!(operatingSystm=x)))"] = "'operatingSystm': nothing matches it; did you mean operatingSystem",
	[FIND:format "operatingSystm:1.2.840.113556.1.4.803:=1"] = "'operatingSystm': nothing matches it",
	[FIND:format "(dn=CN=x)"] = "'dn': nothing matches it; did you mean distinguishedName?",
	[ [[for _ in directory.current():search { filter = "(AllowedToDelegateTo=*)" } do end]] ]
		= "'AllowedToDelegateTo': nothing matches it; did you mean msDS-AllowedToDelegateTo",
	[ [[get("host01", { attributes = { "cn", "nosuchthing;range=0-1" } })]] ] = "'nosuchthing': no object has it\n",
	[ [[search("host01", "cn, sAMAcountName")]] ] = "'sAMAcountName': no object has it; did you mean sAMAccountName",
}

local KNOWN = {
	FIND:format "(&(msDS-PhoneticLastName=*)(1.2.840.113556.1.4.221=host01$))",
	FIND:format "(|(anr=host0)(cn=a\\\\28nosuch=b))",
	[[find { filter = "(cn=host01)", attributes = { "*", "uSNDSALastObjRemoved", "1.1", "member;range=0-1", "dn" } }]],
	[[for _ in directory.current():search { base = "", scope = "base", attributes = { "supportedControl" } } do end]],
}

describe("attributes that the schema does not have", function()
	it("are said, with what may be meant", function()
		for chunk, line in pairs(UNKNOWN) do
			local err = said(chunk)
			assert.matches(("warning: the schema of %s has no attribute %s"):format(lab.domain, line), err, 1, true)
			assert.is_false(schema_has(line:match "'(.-)'"))
		end
	end)

	it("are said once where nobody is at the terminal", function()
		local err = said [[for _ = 1, 3 do find { filter = "(noSuchThing=*)", attributes = { "cn", "noOther" } } end]]
		assert.equal(2, select(2, err:gsub("warning:", "")))
	end)

	it("are said by recipes that take a filter", function()
		local status, _, err = lab.adsh { "-n", "run", "live-migration", "--filter", "(operatingSystm=*2022*)" }
		assert.equal(2, status)
		assert.matches("no attribute 'operatingSystm'", err)
	end)

	it("are not those that it has, OIDs, and what a rootDSE has", function()
		assert.is_true(schema_has "msDS-PhoneticLastName" and schema_has "uSNDSALastObjRemoved")
		for _, chunk in ipairs(KNOWN) do
			assert.equal("", said(chunk), chunk)
		end
	end)
end)
