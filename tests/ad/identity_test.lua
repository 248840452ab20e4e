-- Finding objects by everything a person may write, and what typed objects look like; ldapsearch and
-- Samba's own Python say what is right.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local connect = require "adsh.connect"

-- Samba's view of one binary attribute of an account: an expression of m, the message.
local function samba(account, attribute, expression)
	local script = lab.file(([[
import base64, sys
from samba.ndr import ndr_unpack
from samba.dcerpc import security, misc
value = base64.b64decode(sys.stdin.read())
print(%s)]]):format(expression))
	local value = lab.account(account, attribute)[attribute][1]
	return (lab.must(("echo %s | /usr/bin/python3 %s"):format(lab.quote(value), script)):gsub("\n$", ""))
end

local function failure_of(f, ...)
	local ok, err = pcall(f, ...)
	assert.is_false(ok)
	return err
end

local dir

local function add_user(cn, account, more)
	lab.modify(("dn: %s,OU=Staff,%s\nchangetype: add\nobjectClass: user\nsAMAccountName: %s\n%s\n")
		:format(cn, lab.base, account, more or ""))
end

local function delete(rdn)
	lab.sh(("KRB5CCNAME=%s ldapdelete -N -Q -Y GSSAPI -H ldap://%s %s"):format(lab.login "Administrator", lab.dc,
		lab.quote(rdn .. ",OU=Staff," .. lab.base)))
end

describe("identities", function()
	setup(function()
		dir = connect { domain = lab.domain, ccache = lab.login "plain" }
	end)

	it("finds a computer by every form", function()
		local a = lab.account("HOST01$", "objectSid objectGUID")
		local sid = samba("HOST01$", "objectSid", "ndr_unpack(security.dom_sid, value)")
		local guid = samba("HOST01$", "objectGUID", "ndr_unpack(misc.GUID, value)")
		for _, identity in ipairs {
			"host01", "HOST01$", "Host01", "host01.alpha.test", "HOST01.ALPHA.TEST.", a.dn, a.dn:lower(),
			sid, guid, "{" .. guid:upper() .. "}", "ALPHA\\host01", "alpha.test\\HOST01$", "host01$@ALPHA.TEST",
			"host01@alpha.test", "HOST/host01", "host/HOST01.alpha.test", "<SID=" .. sid .. ">",
			"<GUID={" .. guid:upper() .. "}>", ('CN="HOST01",OU=Hosts,%s'):format(lab.base),
			"Microsoft Virtual System Migration Service/host01.alpha.test",
		} do
			assert.equal(a.dn, dir:get(identity).dn, identity)
		end
		assert.equal(sid, dir:get("host01").objectSid)
		assert.equal(guid, dir:get("host01").objectGUID)
	end)

	it("finds many that Windows' tools print in their own forms", function()
		local odd <close> = setmetatable({}, { __close = function() delete "CN=Doe\\, Jane" end })
		assert(odd)
		add_user("CN=Doe\\, Jane", "jdoe")
		local doe, host = lab.account("jdoe", "cn"), lab.account("HOST01$", "cn")
		local list = dir:get { ('CN="Doe, Jane",OU=Staff,%s'):format(lab.base),
			"<SID=" .. samba("HOST01$", "objectSid", "ndr_unpack(security.dom_sid, value)") .. ">",
			"<GUID={" .. samba("jdoe", "objectGUID", "ndr_unpack(misc.GUID, value)") .. "}>" }
		assert.same({ doe.dn, host.dn, doe.dn }, { list[1].dn, list[2].dn, list[3].dn })
		assert.equal(doe.dn, dir:get(('CN="Doe, Jane",OU=Staff,%s'):format(lab.base)).dn)
	end)

	it("finds names that look like a SID, and DNs as the server prints them", function()
		local site <close> = setmetatable({}, { __close = function() delete "CN=S-1-HV01" end })
		local odd <close> = setmetatable({}, { __close = function() delete "CN=Who\\?" end })
		assert(site and odd)
		add_user("CN=S-1-HV01", "S-1-HV01$")
		add_user("CN=Who\\?", "who")
		for _, name in ipairs { "S-1-HV01", "s-1-hv01$", "ALPHA\\S-1-HV01", "S-1-HV01@alpha.test" } do
			assert.are.equal(lab.account("S-1-HV01$", "cn").dn, dir:get(name).dn, name)
		end
		local dn = lab.account("who", "cn").dn
		assert.are.equal(dn, dir:get(dn).dn)
		assert.are.equal(dn, dir:get("who").dn)
		assert.are.equal(dn, dir:get("CN=Who?,OU=Staff," .. lab.base).dn)
	end)

	it("finds what a DN may hold, in every spelling of it", function()
		local odd = { ["with\\, comma"] = "odd-comma", ["a\\+b"] = "odd-plus", ["a\\\"b"] = "odd-quote",
			["\\#lead"] = "odd-hash", ["M\xc3\xbcller"] = "odd-umlaut", ["x\\41y\\2Cz"] = "odd-hex",
			["lt\\<gt\\>eq\\=semi\\;"] = "odd-signs", ["back\\\\slash"] = "odd-slash", ["\\ lead"] = "odd-space" }
		finally(function()
			for rdn in pairs(odd) do
				delete("CN=" .. rdn)
			end
		end)
		for rdn, account in pairs(odd) do
			add_user("CN=" .. rdn, account)
			local dn = dir:get(account).dn -- as the server writes it
			assert.equal(dn, dir:get(dn).dn)
			assert.equal(account, dir:get(("CN=%s,OU=Staff,%s"):format(rdn, lab.base)).sAMAccountName)
			assert.equal(account, dir:get { "host01", dn }[2].sAMAccountName)
		end
		assert.equal("odd-umlaut", dir:get("CN=M\\C3\\BCller,OU=Staff," .. lab.base).sAMAccountName)
		assert.equal("odd-comma", dir:get("cn = with\\, comma , ou=staff , dc=alpha, dc=test").sAMAccountName)
	end)

	it("takes the dot of the DNS's root for no part of a name", function()
		for _, name in ipairs { "host01.alpha.test.", "HOST/host01.alpha.test.", "host01@alpha.test.",
			"alpha.test.\\host01" } do
			assert.equal("HOST01$", dir:get(name).sAMAccountName, name)
		end
		for _, words in ipairs { { "-s", lab.dc .. "." }, { "-d", "alpha.test." } } do
			local status, out, err = lab.adsh { words[1], words[2], "-e",
				"print(delegation.get('host01@beta.test.').dn, delegation.get([[beta.test.\\host01]]).dn)" }
			assert.equal(0, status, err)
			assert.equal(("CN=HOST01,OU=Hosts,DC=beta,DC=test\t"):rep(2), out:gsub("\n", "\t"))
		end
	end)

	it("knows a domain by its NetBIOS name when that is not the first label", function()
		local function call_beta(name)
			lab.set_trust("dc1", { flatName = name })
			local path = lab.file(("dn: CN=BETA,CN=Partitions,CN=Configuration,DC=beta,DC=test\nchangetype: modify\n"
				.. "replace: nETBIOSName\nnETBIOSName: %s\n"):format(name))
			lab.must(("%s/in.sh dcb ldbmodify -H /var/lib/samba/private/sam.ldb <%s"):format(lab.scripts, path))
			os.remove(path)
		end
		finally(function() call_beta "BETA" end)
		call_beta "LEGACY"
		for _, domain in ipairs { "alpha.test", "beta.test" } do
			local status, out, err = lab.adsh { "-d", domain, "-e", "print(delegation.get([[legacy\\host01]]).dn)" }
			assert.equal(0, status, err)
			assert.equal("CN=HOST01,OU=Hosts,DC=beta,DC=test\n", out)
			assert.equal(2, (lab.adsh { "-d", domain, "-e", "print(delegation.get([[BETA\\host01]]).dn)" }))
		end
		local _, _, out = lab.adsh { "-n", "-e", "delegation.allow_from('host01', [[LEGACY\\host01]])" }
		assert.matches("+ LEGACY\\HOST01$", out, 1, true)
	end)

	it("takes what people call something when no account has the name, and says so", function()
		finally(function()
			for _, cn in ipairs { "Jane Doe", "John Doe", "S-1-5-21-9" } do
				delete("CN=" .. cn)
			end
		end)
		add_user("CN=Jane Doe", "odd-jane", "displayName: Doe, Jane")
		add_user("CN=John Doe", "odd-john", "displayName: Jane Doe")
		add_user("CN=S-1-5-21-9", "S-1-5-21-9$")
		local function get(name, want)
			return lab.adsh { "-e", "print(directory.current():get(arg[1], { want = arg[2] }).dn)", name, want or "any" }
		end
		local _, status, out, err = nil, get "doe, jane"
		assert.equal(0, status, err)
		assert.equal(lab.account("odd-jane", "cn").dn .. "\n", out)
		assert.equal(("note: 'doe, jane' is taken to mean the user odd-jane (%s): it is its displayName\n"):format(
			lab.account("odd-jane", "cn").dn), err)
		_, _, err = get "John Doe"
		assert.matches("it is its name", err, 1, true)
		status, _, err = get "Jane Doe"
		assert.equal(2, status)
		assert.matches("'Jane Doe' is ambiguous", err, 1, true)
		assert.matches(lab.account("odd-jane", "cn").dn .. " (user, by its name)", err, 1, true)
		assert.matches(lab.account("odd-john", "cn").dn .. " (user, by its displayName)", err, 1, true)
		status, _, err = get("doe, jane", "computer")
		assert.equal(2, status)
		assert.matches("is a user", err)
		_, out = get "S-1-5-21-9"
		assert.equal(lab.account("S-1-5-21-9$", "cn").dn .. "\n", out)
		_, out, err = get "odd-jane" -- what is an account's name is nobody's displayName
		assert.same({ lab.account("odd-jane", "cn").dn .. "\n", "" }, { out, err })
	end)

	it("finds users, groups, and objects outside the domain's partition", function()
		assert.equal(lab.account("user01").dn, dir:get("user01").dn)
		assert.equal(lab.account("user01").dn, dir:get("user01@alpha.test").dn)
		assert.equal(lab.account("HyperV-Hosts").dn, dir:get("HyperV-Hosts", { want = "group" }).dn)
		local config = "CN=Configuration," .. lab.base
		assert.equal(config, dir:get(config).dn)
	end)

	it("finds many with one call, each in its place", function()
		local list = dir:get { "host03", "user01", "HOST01.alpha.test", "S-1-5-32-544", "host03" }
		assert.same({ "HOST03$", "user01", "HOST01$", "Administrators", "HOST03$" }, {
			list[1].sAMAccountName, list[2].sAMAccountName, list[3].sAMAccountName, list[4].sAMAccountName,
			list[5].sAMAccountName })
		local err = failure_of(dir.get, dir, { "host01", "nosuch", "host02", "neither" })
		assert.equal("notfound", err.kind)
		assert.matches("'nosuch', 'neither'", err.message)
		assert.same({}, dir:get {})
	end)

	it("takes the user when a computer has the same name with '$'", function()
		finally(function() delete "CN=host05" end)
		add_user("CN=host05", "host05")
		assert.equal("host05", dir:get("host05").sAMAccountName)
		assert.equal("HOST05$", dir:get("host05$").sAMAccountName)
		assert.equal("HOST05$", dir:get("host05.alpha.test").sAMAccountName)
		assert.equal("HOST05$", dir:get("host05", { want = "computer" }).sAMAccountName)
		assert.matches("'user01' is a user", failure_of(dir.get, dir, "user01", { want = "computer" }).message)
	end)

	it("takes special characters for what they are", function()
		finally(function() delete "CN=Doe\\, J. (x)#1" end)
		add_user("CN=Doe\\, J. (x)#1", "doe(x)", "userPrincipalName: o'doe(*)@alpha.test")
		local dn = lab.search("(cn=Doe, J. \\28x\\29#1)", "cn")[1].dn
		for _, identity in ipairs { "doe(x)", "o'doe(*)@alpha.test", dn, "ALPHA\\doe(x)" } do
			assert.equal(dn, dir:get(identity).dn, identity)
		end
		for _, identity in ipairs { "*", "doe*", "host01)(cn=*", "h*@alpha.test", "host/*", "\\2a" } do
			local ok, err = pcall(dir.get, dir, identity)
			assert.is_false(ok, identity)
			assert.is_true(err.kind == "notfound" or err.kind == "usage", identity)
		end
	end)

	it("lists the candidates when there are several", function()
		finally(function()
			delete "CN=same1"
			delete "CN=same2"
		end)
		for _, name in ipairs { "same1", "same2" } do
			lab.modify(("dn: CN=%s,OU=Staff,%s\nchangetype: add\nobjectClass: computer\nsAMAccountName: %s$\n"
				.. "dNSHostName: same.alpha.test\n"):format(name, lab.base, name))
		end
		local err = failure_of(dir.get, dir, "same.alpha.test")
		assert.equal("usage", err.kind)
		for _, name in ipairs { "same1", "same2" } do
			assert.truthy(err.message:find(("CN=%s,OU=Staff,%s (computer)"):format(name, lab.base), 1, true))
		end
		assert.equal("same2$", dir:get("same2").sAMAccountName)
	end)

	it("says where and how it looked when there is none", function()
		local err = failure_of(dir.get, dir, "nosuch")
		assert.equal("notfound", err.kind)
		assert.matches("'nosuch' in alpha.test", err.message)
		assert.matches("sAMAccountName", err.hint)
		assert.matches("DC=alpha,DC=test", err.hint)
	end)

	it("sends names of another domain to its directory", function()
		local err = failure_of(dir.get, dir, "BETA\\host01")
		assert.equal("usage", err.kind)
		assert.matches("connect", err.hint)
		err = failure_of(dir.get, dir, "beta.test\\host01")
		assert.matches('connect "beta.test"', err.hint, 1, true)
		err = failure_of(dir.get, dir, "nobody@beta.test")
		assert.equal("notfound", err.kind)
		assert.matches('connect "beta.test"', err.hint, 1, true)
	end)

	it("looks names of a connected domain up in it", function()
		local directory = require "adsh.core.directory"
		local delegation = require "adsh.delegation"
		finally(function() directory.current(dir) end)
		local ok, beta = pcall(connect, { domain = "beta.test", ccache = lab.login "plain" })
		if not ok then
			pending "there is no second forest"
			return
		end
		directory.current(dir)
		for _, name in ipairs { "BETA\\host01", "beta.test\\host01$", "host01@beta.test", "host01$@BETA.TEST" } do
			assert.equal("CN=HOST01,OU=Hosts,DC=beta,DC=test", delegation.get(name).dn)
		end
		assert.equal("CN=HOST01,OU=Hosts,DC=beta,DC=test", delegation.get(beta:get "host01").dn)
		assert.equal("CN=HOST01,OU=Hosts,DC=alpha,DC=test", delegation.get("host01").dn)
	end)

	it("tells a group from an account", function()
		local err = failure_of(dir.get, dir, "HyperV-Hosts", { want = "account" })
		assert.equal("usage", err.kind)
		assert.matches("is a group", err.message)
		err = failure_of(dir.get, dir, "host01", { want = "group" })
		assert.matches("is a computer", err.message)
		assert.has_error(function() dir:get("host01", { whant = "group" }) end)
	end)
end)

describe("typed objects", function()
	it("have scalars, lists and flags by the schema", function()
		local o, a = dir:get "host01", lab.account("HOST01$", "servicePrincipalName pwdLastSet whenCreated")
		assert.equal("HOST01$", o.sAMAccountName)
		assert.same({ value = 4096, flags = { "WORKSTATION_TRUST_ACCOUNT" } }, o.userAccountControl)
		table.sort(o.servicePrincipalName)
		table.sort(a.servicePrincipalName)
		assert.same(a.servicePrincipalName, o.servicePrincipalName)
		assert.equal("never", o.accountExpires)
		assert.equal(515, o.primaryGroupID)
		assert.is_false(o.isCriticalSystemObject)
		local seconds = tonumber(a.pwdLastSet[1]) // 10000000 - 11644473600
		assert.equal(os.date("!%Y-%m-%dT%H:%M:%S", seconds), o.pwdLastSet:match "^[^.Z]*")
		local y, m, d = a.whenCreated[1]:match "^(%d%d%d%d)(%d%d)(%d%d)"
		assert.equal(("%s-%s-%s"):format(y, m, d), o.whenCreated:sub(1, 10))
	end)

	it("show descriptors as SDDL", function()
		local o = dir:get("host01", { attributes = { "nTSecurityDescriptor", "sAMAccountName" } })
		assert.matches("^O:%S*G:%S*D:", o.nTSecurityDescriptor)
		assert.is_nil(o.objectSid)
	end)

	local it_new = lab.since(4, 20, it, pending, "writes no conditional entries")
	it_new("show the conditions of descriptors, as Samba does", function()
		local ace = '(ZA;;RP;bf967950-0de6-11d0-a285-00aa003049e2;;WD;((@USER.dept Any_of {1, "x"}) || (Exists note)))'
		local function dsacl(verb)
			lab.must(("%s/in.sh dc1 samba-tool dsacl %s --objectdn=%s --sddl=%s"):format(lab.scripts, verb,
				lab.quote(lab.account("HOST01$", "cn").dn), lab.quote(ace)))
		end
		dsacl "set"
		finally(function()
			dsacl "delete"
		end)
		local o = dir:get("host01", { attributes = { "nTSecurityDescriptor" } })
		assert.matches(ace, o.nTSecurityDescriptor, 1, true)
		assert.matches(ace, samba("HOST01$", "nTSecurityDescriptor",
			"ndr_unpack(security.descriptor, value).as_sddl(security.dom_sid('S-1-5-21-0-0-0'))"), 1, true)
	end)

	it("show only what was asked for", function()
		local keys = {}
		for key in pairs(dir:get("host01", { attributes = { "CN", "dNSHostName" } })) do
			keys[#keys + 1] = key
		end
		table.sort(keys)
		assert.same({ "cn", "dNSHostName", "dn" }, keys)
	end)

	it("come as a list from find", function()
		local list = dir:find { filter = "(sAMAccountName=host0*)", attributes = { "sAMAccountName" } }
		assert.equal(#lab.search("(sAMAccountName=host0*)", "cn"), #list)
		assert.matches("^HOST0%d%$$", list[1].sAMAccountName)
		assert.equal(1, #dir:find { filter = "(sAMAccountName=host0*)", limit = 1 })
		assert.equal("usage", failure_of(dir.find, dir, { filter = "(cn=" }).kind)
	end)
end)
