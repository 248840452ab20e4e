-- Snapshots of the lab: what the readers of adsh say of the file is what they say of the directory; filters find the
-- objects that Samba's LDAP finds.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local RBCD = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local TARGETS = "msDS-AllowedToDelegateTo"
local FILE = os.getenv "LAB_DIR" .. "/tmp/one.snapshot"

local function samba(words)
	return lab.must(("KRB5CCNAME=%s samba-tool %s -H ldap://%s --use-kerberos=required"):format(lab.login "Administrator",
		words, lab.dc))
end

local function sid_of(kind, name)
	return samba(("%s show %s --attributes=objectSid"):format(kind, lab.quote(name))):match "S%-1%-5[%d%-]+"
end

local function reset()
	for i = 1, 6 do
		lab.reset(("HOST%02d$"):format(i))
	end
	lab.reset("svc-file", 66048)
end

local function seed()
	lab.add("HOST01$", TARGETS, "cifs/HOST02", "cifs/gone.alpha.test")
	lab.reset("HOST02$", 4096 + 0x1000000)
	lab.add("HOST02$", TARGETS, "cifs/host01.alpha.test")
	lab.reset("HOST03$", 4096 + 0x80000)
	lab.put_sources("HOST04$", ("O:BAD:(A;;0xf01ff;;;%s)(A;;0xf01ff;;;%s)"):format(sid_of("computer", "HOST01$"),
		sid_of("group", "HyperV-Hosts")))
	lab.put_sources("HOST05$", ("O:BAD:(A;;0xf01ff;;;AU)(A;;0xf01ff;;;%s)"):format(
		lab.beta(sid_of, "computer", "HOST01$")))
end

local function adsh(...)
	local status, out, err = lab.adsh_as_is { ... }
	assert.equal("", err)
	assert.equal(0, status)
	return out
end

local function both(...)
	local live = adsh("-f", "json", "--read-only", ...)
	return live, adsh("-f", "json", "--from", FILE, ...)
end

describe("a snapshot of the lab", function()
	setup(function()
		lab.admin_of_both()
		reset()
		seed()
		adsh("-q", "snapshot", FILE, "--forest", "--also", "beta.test")
	end)
	teardown(function()
		reset()
		os.remove(FILE)
	end)

	it("is a file of its owner", function()
		assert.equal("600\n", lab.must("stat -c %a " .. FILE))
		assert.equal("adsh snapshot 1\n", lab.must("head -n 1 " .. FILE))
	end)

	for _, words in ipairs {
		{ "run", "audit", "--forest", "--trusts" }, { "run", "audit", "host01", "host04" },
		{ "-e", "delegation.matrix{'host01', 'host02', 'host03', 'host04', 'host05'}" },
		{ "-e", "delegation.get 'host05'" }, { "-e", "delegation.inbound 'host04'" },
		{ "-e", "group.get 'HyperV-Hosts'" }, { "-e", "spn.duplicates()" }, { "-e", "spn.check('host01', 'live-migration')" },
		{ "-e", "trust.path('host01', 'BETA\\\\host01')" },
		{ "-e", "search 'host0'" }, { "-e", "get 'host01@beta.test'.objectSid" },
		{ "-e", "hosts.in_group 'HyperV-Hosts'" }, { "-e", "hosts.without 'live-migration'" },
	} do
		it("says the same as the directory to adsh " .. table.concat(words, " "), function()
			local live, file = both(table.unpack(words))
			assert.equal(live, file)
			assert.is_true(#live > 2)
		end)
	end

	local function names(list)
		local dns = {}
		for i, e in ipairs(list) do
			dns[i] = e.dn
		end
		table.sort(dns)
		return dns
	end

	local function found(filter, base)
		local script = lab.file(("for e in dir:search{filter = [==[%s]==], base = %q, attributes = {'cn'}} do\n%s\nend")
			:format(filter, base or lab.base, "print(e.dn)"))
		local dns = {}
		for line in adsh("--from", FILE, script):gmatch "[^\n]+" do
			dns[#dns + 1] = line
		end
		table.sort(dns)
		return dns
	end

	it("finds the objects that Samba's LDAP finds", function()
		local group = lab.account("HyperV-Hosts", "cn").dn
		for _, filter in ipairs {
			"(objectClass=*)", "(cn=HOST0*)", "(cn=*0*1)", "(sAMAccountName=host01$)",
			"(&(objectClass=user)(!(objectClass=computer)))",
			"(userAccountControl:1.2.840.113556.1.4.803:=524288)", "(userAccountControl:1.2.840.113556.1.4.804:=17301504)",
			"(!(userAccountControl:1.2.840.113556.1.4.803:=2))", "(userAccountControl>=66048)", "(userAccountControl<=512)",
			"(groupType:1.2.840.113556.1.4.803:=2147483648)", "(groupType=-2147483646)", "(primaryGroupID=515)",
			"(servicePrincipalName=HOST/host01.alpha.test)", "(servicePrincipalName=host/HOST01*)",
			"(" .. TARGETS .. "=*)", "(" .. RBCD .. "=*)", "(member=" .. group .. ")", "(memberOf=" .. group .. ")",
			"(memberOf:1.2.840.113556.1.4.1941:=" .. group .. ")", "(objectCategory=computer)", "(objectCategory=person)",
			"(pwdLastSet>=1)", "(pwdLastSet=0)", "(whenCreated>=20200101000000.0Z)", "(isCriticalSystemObject=TRUE)",
			"(|(cn=host01)(&(cn=host02)(objectClass=computer))(description=nobody has this))",
			"(name=domain users)",
			"(objectSid=S-1-5-32-544)", "(trustPartner=beta.test)", "(!(cn=*))",
			"(&(!(|(objectClass=user)(objectClass=group)))(cn=*s))",
		} do
			assert.same(names(lab.search(filter, "cn")), found(filter), filter)
		end
		local config = "CN=Configuration," .. lab.base
		for _, filter in ipairs { "(objectClass=crossRef)", "(objectClass=nTDSDSA)", "(sPNMappings=*)" } do
			assert.same(names(lab.search(filter, "cn", config)), found(filter, config), filter)
		end
	end)

	it("refuses writes, and what it does not hold", function()
		local status, _, err = lab.adsh { "--from", FILE, "-e", "delegation.allow('host06', 'cifs/host01.alpha.test')" }
		assert.equal(6, status)
		assert.matches("can only be read", err)
		assert.is_nil(lab.account("HOST06$", TARGETS)[TARGETS])
		status, _, err = lab.adsh { "--from", FILE, "-e", "get('host01', {attributes = {'nTSecurityDescriptor'}})" }
		assert.equal(1, status)
		assert.matches("does not hold nTSecurityDescriptor", err)
		status, _, err = lab.adsh { "-e", ("connect{from = %q, domain = 'gamma.test'}"):format(FILE) }
		assert.equal(5, status)
		assert.matches("does not hold gamma.test", err)
	end)

	it("of one domain says what it lacks of the others", function()
		local one = FILE .. ".alpha"
		adsh("-q", "snapshot", one)
		local status, out, err = lab.adsh { "-f", "json", "--from", one, "run", "audit" }
		assert.equal(3, status)
		assert.matches("does not hold beta.test", err)
		assert.matches("beta.test", cjson.decode(out).shown.lacks[1])
		os.remove(one)
	end)
end)
