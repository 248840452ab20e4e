-- readiness, judged by what the KDC does: klist names the types of kvno's tickets, samba-tool exports the keys that
-- there are, ldapsearch has the attributes.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local SET = "msDS-SupportedEncryptionTypes"
local TARGETS = "msDS-AllowedToDelegateTo"
local OU = "OU=Readiness," .. lab.base

-- ---- accounts that the directory is made to hold ----

-- Makes users with a service each, and gives some of them what only time gives. hash: the AES keys go, as with a
-- password that came over as a hash; old: a password of 2001, its keys too.
local MAKE = [[
import glob, ldb, sys
from samba.auth import system_session
from samba.dsdb import DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID as BYPASS
from samba.param import LoadParm
from samba.samdb import SamDB
lp = LoadParm(); lp.load_default()
sam = SamDB(url=lp.samdb_url(), session_info=system_session(), lp=lp)
base = str(sam.domain_dn())
try:
    sam.delete("OU=Readiness," + base, ["tree_delete:1"])
except ldb.LdbError:
    pass
if sys.argv[1] != "make":
    sys.exit()
sam.add({"dn": "OU=Readiness," + base, "objectClass": "organizationalUnit"})
def change(db, dn, name, value, controls=[]):
    m = ldb.Message(ldb.Dn(db, dn))
    m[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    db.modify(m, controls)
old = []
sam.transaction_start()
for word in sys.argv[3:]:
    name, _, how = word.partition("=")
    dn = "CN=%s,OU=Readiness,%s" % (name, base)
    sam.newuser(name, sys.argv[2], userou="OU=Readiness")
    if name != "r-user":
        change(sam, dn, "servicePrincipalName", "HTTP/" + name)
    if how in ("hash", "old"):
        change(sam, dn, "supplementalCredentials", [], ["local_oid:%s:1" % BYPASS])
    elif how == "des":
        change(sam, dn, "userAccountControl", str(0x200200))
    elif how:
        change(sam, dn, "msDS-SupportedEncryptionTypes", how)
    if how == "old":
        old.append(dn)
sam.transaction_commit()
raw = ldb.Ldb([p for p in glob.glob("/var/lib/samba/private/sam.ldb.d/DC=*.ldb") if "ZONES" not in p][0])
for dn in old:
    change(raw, dn, "pwdLastSet", "126227808000000000")
    change(raw, dn, "whenCreated", "20010101000000.0Z")
]]

local function make(verb, ...)
	local words = { lab.quote(lab.password) }
	for _, w in ipairs { ... } do
		words[#words + 1] = w
	end
	lab.must(("%s/in.sh dc1 /usr/bin/python3 %s %s %s"):format(lab.scripts, lab.file(MAKE), verb,
		table.concat(words, " ")))
end

-- ---- looking ----

local function run(...)
	local status, out, err = lab.adsh { "-f", "json", "run", "readiness", ... }
	local rows = out ~= "" and cjson.decode(out) or {}
	local by_name = {}
	for _, row in ipairs(rows) do
		by_name[row.account] = row
	end
	return by_name, status, rows, err
end

-- What klist says of a ticket that kvno gets: ticket, session key.
local function klist(spn)
	local cache = lab.login "labadmin"
	lab.must(("export KRB5CCNAME=%s; kvno -q %s"):format(cache, spn))
	local out = lab.must(("KRB5CCNAME=%s klist -e"):format(cache))
	local name = spn:match "^[^@]*":gsub("%p", "%%%0")
	local session, ticket = out:match(name .. "@[^\n]*\n[^\n]*Etype %(skey, tkt%): ([%w:-]+), ([%w:-]+)")
	return ticket, session
end

local SHORT = { ["aes256-cts-hmac-sha1-96"] = "aes256", ["aes128-cts-hmac-sha1-96"] = "aes128",
	["DEPRECATED:arcfour-hmac"] = "rc4", ["arcfour-hmac"] = "rc4" }

local function attribute(name)
	return (lab.account(name, SET)[SET] or {})[1]
end

describe("readiness", function()
	setup(function()
		make("make", "r-rc4=4", "r-aes=24", "r-both=28", "r-rc4-sk=36", "r-aes128=8", "r-blank", "r-hash=hash", "r-old=old",
			"r-des=des", "r-user")
	end)

	teardown(function()
		make("delete")
	end)

	it("computes the types that the KDC takes", function()
		local by_name = run("r-rc4", "r-aes", "r-both", "r-rc4-sk", "r-aes128", "r-blank")
		for _, name in ipairs { "r-rc4", "r-aes", "r-both", "r-rc4-sk", "r-aes128", "r-blank" } do
			local ticket, session = klist("HTTP/" .. name)
			assert.same({ name, SHORT[ticket], SHORT[session] }, { name, by_name[name].ticket, by_name[name].session })
			assert.equal(attribute(name), by_name[name].set and ("%d"):format(by_name[name].set))
		end
		assert.same({ "fails", "rc4-only", "attribute" }, { by_name["r-rc4"].state, by_name["r-rc4"].finding,
			by_name["r-rc4"].rule })
		assert.same({ "holds", "default", "not-windows" }, { by_name["r-aes"].state, by_name["r-blank"].rule,
			by_name["r-blank"].finding })
	end)

	it("finds passwords that are older than AES", function()
		local by_name, status = run("r-old", "r-aes")
		assert.equal(4, status)
		assert.same({ "fails", "no-aes-keys", "estimate", "2001-01-01" }, { by_name["r-old"].state, by_name["r-old"].finding,
			by_name["r-old"].certainty, by_name["r-old"].password_set })
		local rodc = lab.search("(sAMAccountName=Read-only Domain Controllers)", "whenCreated")[1].whenCreated[1]
		assert.matches(rodc:gsub("^(%d%d%d%d)(%d%d)(%d%d).*", "%1%%-%2%%-%3"), by_name["r-old"].reason)
	end)

	it("asks the KDC for what no attribute shows", function()
		local key = os.tmpname()
		os.remove(key)
		lab.must(("%s/in.sh dc1 samba-tool domain exportkeytab %s --principal=r-hash"):format(lab.scripts, key))
		local types = lab.must(("klist -ekt %s; rm %s"):format(key, key))
		assert.matches("arcfour", types)
		assert.not_matches("aes", types)
		assert.equal("unseen", run("r-hash")["r-hash"].state)
		local by_name = run("--proof", "r-hash", "r-old", "r-aes", "r-rc4", "r-des")
		assert.same({ "fails", "no-aes-keys", "proved" }, { by_name["r-hash"].state, by_name["r-hash"].finding,
			by_name["r-hash"].certainty })
		assert.equal("proved", by_name["r-old"].certainty)
		assert.equal("ticket aes256, session key aes256", by_name["r-aes"].proof)
		assert.matches("ticket rc4, session key rc4; AES only: refused", by_name["r-rc4"].proof)
		assert.matches("a ticket is refused", by_name["r-des"].proof)
		assert.not_equal(0, (lab.sh(("KRB5CCNAME=%s kvno -q HTTP/r-des"):format(lab.login "labadmin"))))
	end)

	it("says whether the KDC still gives RC4 to who asks for nothing else", function()
		local _, out = lab.adsh { "run", "readiness", "--proof", "host01" }
		local gives = 0 == lab.sh(("export KRB5CCNAME=%s; kvno -q -e arcfour-hmac cifs/host01"):format(lab.login "labadmin"))
		assert.matches(gives and "KDC of alpha.test issues RC4" or "KDC of alpha.test refuses RC4", out)
	end)

	it("takes a date back that the KDC contradicts", function()
		lab.must(("%s/in.sh dc1 samba-tool user setpassword r-user --newpassword=%s"):format(lab.scripts, lab.password))
		local ldif = lab.file(("dn: CN=r-user,%s\nchangetype: modify\nreplace: pwdLastSet\n"
			.. "pwdLastSet: 126227808000000000\n-\nreplace: whenCreated\nwhenCreated: 20010101000000.0Z\n"):format(OU))
		lab.must(("%s/in.sh dc1 ldbmodify -H /var/lib/samba/private/sam.ldb.d/%s.ldb %s"):format(lab.scripts,
			lab.base:upper(), ldif))
		assert.equal("no-aes-keys", run("r-user")["r-user"].finding)
		local row, status = run("--proof", "r-user")
		assert.same({ "holds", "has AES keys", 0 }, { row["r-user"].state, row["r-user"].proof, status })
	end)

	it("reads every account that is enabled, the krbtgt and the trusts, those of jobs first", function()
		local by_name, status, rows = run()
		assert.equal(4, status)
		local accounts = lab.search("(&(|(sAMAccountType=805306368)(sAMAccountType=805306369))"
			.. "(!(userAccountControl:1.2.840.113556.1.4.803:=2)))", "sAMAccountName")
		assert.equal(#accounts + #lab.search("(objectClass=trustedDomain)", "cn") + 1, #rows)
		for _, a in ipairs(accounts) do
			assert.is_table(by_name[a.sAMAccountName[1]])
		end
		assert.same({ "krbtgt", "trust" }, { rows[1].kind, rows[2].kind })
		local place = {}
		for i, row in ipairs(rows) do
			place[row.account] = i
		end
		assert.is_true(place["HOST01$"] < place["r-aes"] and place["DC1$"] < place["r-aes"])
		local _, csv = lab.adsh { "-f", "csv", "run", "readiness" }
		assert.equal(#rows + 1, select(2, (csv:gsub('"[^"]*"', "")):gsub("\r\n", "")))
	end)

	it("ends with 0, 3 or 4 as all is ready, not seen, or fails", function()
		assert.equal(0, select(2, run("r-aes", "host01")))
		assert.equal(3, select(2, run("r-aes", "r-blank")))
		assert.equal(4, select(2, run("r-blank", "r-rc4")))
	end)

	it("judges a trust by its own attribute", function()
		finally(function() lab.set_trust("dc1", { [SET] = 24 }) end)
		lab.set_trust("dc1", { [SET] = 4 })
		local row = run("--jobs", "--proof")["beta.test"]
		assert.same({ "fails", "trust", "rc4" }, { row.state, row.finding, row.ticket })
		assert.equal("rc4", SHORT[(klist "krbtgt/BETA.TEST@ALPHA.TEST")])
		lab.set_trust("dc1", { [SET] = 24 })
		row = run("--jobs", "--proof")["beta.test"]
		assert.same({ "holds", "aes256" }, { row.state, row.ticket })
	end)

	it("mends what is an attribute, and what it wrote can be taken back", function()
		assert.equal(4, (lab.adsh { "run", "readiness", "--fix", "-n", "r-rc4" }))
		assert.equal("4", attribute "r-rc4")
		local status, out, err = lab.adsh { "run", "readiness", "--fix", "r-rc4" }
		assert.equal(0, status)
		assert.matches("0x4 %(RC4%) %-> 0x18 %(AES256, AES128%)", out)
		assert.matches("warning: r%-rc4 gets AES tickets", err)
		assert.same({ "24", "aes256" }, { attribute "r-rc4", SHORT[(klist "HTTP/r-rc4")] })
		status, out, err = lab.adsh { "undo" }
		assert.equal(6, status)
		assert.matches("may be encrypted with RC4 or DES", out .. err)
		assert.equal(0, (lab.adsh { "--allow-widening", "undo" }))
		assert.same({ "4", "rc4" }, { attribute "r-rc4", SHORT[(klist "HTTP/r-rc4")] })
	end)

	it("clears what stands for DES only, and gives those AES that were named", function()
		local status = lab.adsh { "run", "readiness", "--fix", "r-des", "r-blank", "r-old" }
		assert.equal(4, status) -- r-old is left
		assert.equal("512", lab.account("r-des", "userAccountControl").userAccountControl[1])
		assert.same({ "24", nil }, { attribute "r-blank", attribute "r-old" })
		assert.equal(0, (lab.adsh { "--allow-widening", "undo" }))
		assert.is_nil(attribute "r-blank")
	end)

	it("leaves those alone of which only the host knows, unless they are named", function()
		lab.adsh { "run", "readiness", "--fix" }
		assert.is_nil(attribute "r-blank")
		assert.equal("24", attribute "r-rc4")
	end)

	it("is a section of the audit, of those that delegate and those that are delegated to", function()
		finally(function() lab.reset("r-rc4", 512); lab.reset "HOST05$" end)
		lab.modify(("dn: CN=r-rc4,%s\nchangetype: modify\nreplace: %s\n%s: 4\n"):format(OU, SET, SET))
		lab.add("r-rc4", TARGETS, "cifs/host01." .. lab.domain)
		lab.add("HOST05$", TARGETS, "HTTP/r-old", "cifs/host01." .. lab.domain)
		local function audit(...)
			local _, out = lab.adsh { "-f", "json", "run", "audit", ... }
			local list = {}
			for _, row in ipairs(cjson.decode(out).shown.encryption) do
				list[#list + 1] = row.account:find "^r%-" and row.account .. " " .. row.finding or nil
			end
			return list
		end
		assert.same({ "r-rc4 rc4-only", "r-old no-aes-keys" }, audit())
		assert.same({}, audit "host05")
		local _, csv = lab.adsh { "-f", "csv", "run", "audit" }
		assert.matches("encryption,alpha.test,r%-rc4,rc4%-only", csv)
	end)

	it("reads what a policy leaves the domain controllers", function()
		local folder = "/var/lib/samba/sysvol/" .. lab.domain .. "/Policies/{6AC1786C-016F-11D2-945F-00C04FB984F9}/MACHINE"
			.. "/Microsoft/Windows NT/SecEdit" -- of the policy that every domain has for them
		local function on_dc(command)
			return lab.must(("%s/in.sh dc1 sh -c %s"):format(lab.scripts, lab.quote(command)))
		end
		local script = 'print((require "adsh.readiness.policy".read(dir)))'
		local function version(n) -- clients do not read the computer part of a policy with version 0
			lab.modify(("dn: CN={6AC1786C-016F-11D2-945F-00C04FB984F9},CN=Policies,CN=System,%s\nchangetype: modify\n"
				.. "replace: versionNumber\nversionNumber: %d\n"):format(lab.base, n))
		end
		finally(function()
			on_dc("rm '" .. folder .. "/GptTmpl.inf'")
			version(0)
		end)
		local name = "MACHINE/Software/Microsoft/Windows/CurrentVersion/Policies/System/Kerberos/Parameters"
			.. "/SupportedEncryptionTypes"
		on_dc(("mkdir -p '%s'; printf '[Registry Values]\\r\\n%s=4,2147483640\\r\\n' > '%s/GptTmpl.inf'"):format(folder,
			name:gsub("/", "\\\\"), folder))
		assert.equal("nil\n", (select(2, lab.adsh { "-e", script })))
		version(1)
		local _, out, err = lab.adsh { "-e", script }
		assert.equal("2147483640\n", out, err)
	end)

	it("names the domains of the forest that could not be queried, and ends with 3", function()
		local dn, sam = "CN=GHOST,CN=Partitions,CN=Configuration," .. lab.base, "-H /var/lib/samba/private/sam.ldb"
		local ldif = lab.file(("dn: %s\nobjectClass: crossRef\nnCName: DC=ghost,%s\ndnsRoot: ghost.alpha.test\n"
			.. "nETBIOSName: GHOST\nsystemFlags: 3\n"):format(dn, lab.base))
		local cache = lab.login "labadmin" -- while it is there, Samba's KDC gives no tickets
		lab.must(("KRB5CCNAME=%s kvno -q ldap/%s"):format(cache, lab.dc))
		lab.must(("%s/in.sh dc1 ldbadd --relax %s %s"):format(lab.scripts, sam, ldif))
		finally(function() lab.must(("%s/in.sh dc1 ldbdel --relax %s %s"):format(lab.scripts, sam, dn)) end)
		local status, out = lab.sh(("KRB5CCNAME=%s %s -f json run readiness --jobs"):format(cache, lab.program))
		local rows = cjson.decode(out)
		assert.equal(3, status)
		assert.same({ "ghost.alpha.test", "incomplete" }, { rows[#rows].domain, rows[#rows].finding })
		assert.is_true(#rows > 10)
		status, out = lab.sh(("KRB5CCNAME=%s %s run readiness --jobs"):format(cache, lab.program))
		assert.equal(3, status)
		assert.matches("This answer is incomplete:\n  ghost.alpha.test: ", out)
		assert.matches("the answer is incomplete: ghost.alpha.test", (select(3, lab.sh(
			("KRB5CCNAME=%s %s -e 'for _ in readiness.accounts{jobs = true} do end'"):format(cache, lab.program)))))
	end)

	it("makes a page", function()
		local path = os.tmpname()
		finally(function() os.remove(path) end)
		local _, out = lab.adsh { "-f", "csv", "run", "readiness", "--html", path }
		assert.matches("alpha.test,r%-old,user,fails,no%-aes%-keys,", out)
		local text = io.open(path):read "a"
		assert.matches("<h1>Without RC4 in alpha.test</h1>", text)
		assert.matches('<td data%-name="account">r%-old</td>', text)
	end)
end)
