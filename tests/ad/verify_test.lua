-- verify.matrix and "adsh run verify", judged by what MIT's kvno gets from the same KDC with the same keys.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"
local core = require "adsh.core.krb5"

local ANY, KERBEROS, UNCONSTRAINED = 4096 + 0x1000000, 4096, 4096 + 0x80000
local HOSTS = { "host01", "host02", "host03", "host04", "host05" }

local function account(name)
	return name:upper() .. "$"
end

local function keytab(name)
	return lab.keytabs .. "/" .. name .. ".keytab"
end

-- userAccountControl and list of a source, with ldapmodify.
local function allow(name, uac, ...)
	local ldif = { "dn: " .. lab.account(account(name), "cn").dn, "changetype: modify",
		"replace: userAccountControl", "userAccountControl: " .. uac, "-" }
	if ... then
		ldif[#ldif + 1] = "replace: msDS-AllowedToDelegateTo"
		for _, target in ipairs { ... } do
			ldif[#ldif + 1] = "msDS-AllowedToDelegateTo: " .. target
		end
	end
	lab.modify(table.concat(ldif, "\n") .. "\n")
end

local function sid_of(name)
	return lab.must(("KRB5CCNAME=%s ldbsearch -H ldap://%s --use-kerberos=required '(sAMAccountName=%s)' objectSid")
		:format(lab.login "Administrator", lab.dc, name)):match "objectSid: (%S+)"
end

-- What kvno gets: S4U2Self and S4U2Proxy with the source's key.
local function kvno(source, user, spn)
	local cache = os.tmpname()
	local status = lab.sh(("export KRB5CCNAME=FILE:%s; kinit -k -t %s '%s' && kvno -q -k %s -U %s -P %s; s=$?; rm -f %s;"
		.. " exit $s"):format(cache, keytab(source), account(source), keytab(source), user, lab.quote(spn), cache))
	return status == 0
end

local function run(words, user)
	local list = { "-f", "json", "run", "verify", table.unpack(words) }
	local status, out, err = lab.adsh(list, user)
	return status, out ~= "" and cjson.decode(out) or nil, err
end

local function by_pair(rows)
	local found = {}
	for _, r in ipairs(rows) do
		found[r.source .. " " .. r.target] = r
	end
	return found
end

local function reset()
	for _, h in ipairs(HOSTS) do
		lab.reset(account(h))
	end
end

describe("verify", function()
	setup(function()
		reset()
		allow("host01", ANY, "cifs/host02.alpha.test", "cifs/HOST03")
		allow("host02", KERBEROS, "cifs/host01.alpha.test")
		allow("host03", UNCONSTRAINED)
		lab.put_sources("HOST04$", ("O:BAD:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;%s)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;%s)")
			:format(sid_of "HOST01$", sid_of "HOST02$"))
	end)
	teardown(reset)

	local words = { "--keytabs", lab.keytabs, "--user", "user01", table.unpack(HOSTS) }

	it("has for each pair what kvno gets", function()
		local status, result, err = run(words)
		assert.equal(4, status, err)
		assert.equal(20, #result.shown)
		for _, r in ipairs(result.shown) do
			local gives = kvno(r.source:lower(), "user01", r.service)
			if r.how ~= "unconstrained" then
				assert.equal(gives and "given" or "refused", r.kdc, r.source .. " " .. r.target)
			end
			assert.equal("cifs/" .. r.target:lower() .. ".alpha.test", r.service)
			assert.equal("user01@ALPHA.TEST", r.user)
		end
	end)

	it("says where the two differ, and why", function()
		local rows = by_pair(select(2, run(words)).shown)
		local function check(pair, how, kdc, agrees, reason)
			local r = rows[pair]
			assert.same({ how, kdc, agrees }, { r.how, r.kdc, r.agrees }, pair)
			assert.matches(reason, r.reason or "", pair)
		end
		check("HOST01 HOST02", "any", "given", true, "^$")
		check("HOST01 HOST03", "any", "refused", false, "the list has cifs/HOST03, but not cifs/host03.alpha.test")
		check("HOST01 HOST04", "resource-based", "given", true, "^$")
		check("HOST01 HOST05", "missing", "refused", true, "^$")
		check("HOST02 HOST01", "kerberos", "refused", nil, "Kerberos only")
		check("HOST02 HOST04", "resource-based", "refused", false, "no protocol transition")
		check("HOST03 HOST01", "unconstrained", "not asked", nil, "only the user's own ticket")
		assert.matches('delegation.allow%("HOST01", "cifs/host03.alpha.test"%)', rows["HOST01 HOST03"].hint)
	end)

	-- the user's own forwardable ticket as evidence, with python's GSSAPI the same
	it("shows Kerberos only and unconstrained by the user's own tickets", function()
		local _, result = run { "--keytabs", lab.keytabs, "host01", "host02", "host03" }
		local rows = by_pair(result.shown)
		assert.same({ "given", true }, { rows["HOST02 HOST01"].kdc, rows["HOST02 HOST01"].agrees })
		local cache = lab.login "labadmin"
		lab.must(("KRB5CCNAME=%s kvno -q 'HOST03$' 'HOST01$'"):format(cache))
		local shown = lab.must(("KRB5CCNAME=%s klist -f"):format(cache))
		local trusted = shown:match "HOST03%$@ALPHA.TEST.-Flags: (%a+)":find "O" ~= nil
		assert.equal(trusted, rows["HOST03 HOST01"].kdc == "given")
		assert.is_nil(shown:match "HOST01%$@ALPHA.TEST.-Flags: (%a+)":find "O")
	end)

	it("names the user who may not be delegated", function()
		local _, result = run { "--keytabs", lab.keytabs, "--user", "sensitive", "host01", "host02" }
		local r = by_pair(result.shown)["HOST01 HOST02"]
		assert.is_false(kvno("host01", "sensitive", r.service))
		assert.same({ "refused", false }, { r.kdc, r.agrees })
		assert.matches("marked sensitive", r.reason)
	end)

	it("says which rows have no key, or one that does not fit", function()
		local folder = lab.must("mktemp -d"):match "%S+"
		lab.must(("cp %s %s/; cp %s %s/host05.keytab; cp %s %s/host04.keytab; chmod 644 %s/host04.keytab"):format(
			keytab "host01", folder, keytab "host03", folder, keytab "host04", folder, folder))
		local status, result = run { "--keytabs", folder, "--user", "user01", "host01", "host02", "host04", "host05" }
		assert.equal(3, status)
		local rows = by_pair(result.shown)
		for pair, reason in pairs {
			["HOST02 HOST01"] = "has no key of the source", ["HOST05 HOST01"] = "no key for HOST05%$",
			["HOST04 HOST01"] = "can be read by others",
		} do
			assert.same({ "no key", nil }, { rows[pair].kdc, rows[pair].agrees })
			assert.matches(reason, rows[pair].reason)
		end
		status, result = run { "--user", "user01", "host01", "host05" }
		assert.equal(3, status)
		assert.equal("no keytabs were given", result.shown[1].reason)
		lab.must("rm -r " .. folder)
	end)

	it("ends with status 0 when all is as it should be, and tells several services apart", function()
		allow("host05", ANY, "cifs/host01.alpha.test")
		local status, result = run { "--keytabs", lab.keytabs, "--user", "user01", "--service", "cifs,HOST", "host05",
			"host01" }
		assert.equal(0, status)
		local found = {}
		for _, r in ipairs(result.shown) do
			found[r.source .. " " .. r.service] = r.how .. " " .. r.kdc
		end
		assert.same({
			["HOST05 cifs/host01.alpha.test"] = "any given", ["HOST05 HOST/host01.alpha.test"] = "missing refused",
			["HOST01 cifs/host05.alpha.test"] = "missing refused", ["HOST01 HOST/host05.alpha.test"] = "missing refused",
		}, found)
	end)

	it("makes a page with colours and marks of each pair", function()
		local path = os.tmpname()
		lab.adsh { "run", "verify", "--html", path, table.unpack(words) }
		local page = lab.must("cat " .. path)
		assert.matches("-rw-------", lab.must("ls -l " .. path))
		assert.matches('<td class="green" title="HOST01 to HOST02: any protocol; cifs/host02.alpha.test: given">'
			.. 'A<b class="green">%+</b>', page)
		assert.matches('HOST01 to HOST03: any protocol; cifs/host03.alpha.test: refused, the list has', page)
		assert.is_nil(page:find("http://", 1, true) or page:find("<script", 1, true))
		os.remove(path)
	end)

	it("shows the grid, its legend and what differs", function()
		local _, out = lab.adsh { "run", "verify", table.unpack(words) }
		assert.matches("1 HOST01 %.  A%+ Ax R%+ %-x", out)
		assert.matches("2 HOST02 Kx %.  %-x Rx %-x", out)
		assert.matches("%+ the KDC gives the ticket", out)
		assert.matches("HOST01 to HOST03: refused: the list has", out)
	end)

	it("asks over the trust as far as the KDC goes", function()
		local both = lab.keytabs:gsub("/[^/]*$", "")
		local _, result, err = run { "--keytabs", both, "--user", "user01", "host01", "host01@beta.test" }
		assert.is_table(result, err)
		for _, r in ipairs(result.shown) do
			assert.same({ "refused", "missing" }, { r.kdc, r.how })
		end
		-- a user of the other forest, whose own ticket to the source is evidence here
		local cache = lab.beta(lab.login, "user02")
		local _, out = lab.sh(("KRB5CCNAME=%s %s -s %s -f json run verify host01 host02 --keytabs %s"):format(cache,
			lab.program, lab.dc, lab.keytabs))
		local r = by_pair(cjson.decode(out).shown)["HOST02 HOST01"]
		assert.same({ "user02@BETA.TEST", "kerberos", "given" }, { r.user, r.how, r.kdc }, r.reason)
	end)

	it("tells a realm that has no KDC from a refusal, and goes on with others", function()
		local key = os.tmpname()
		os.remove(key)
		lab.must(("printf 'addent -password -p HOST01$@NOWHERE.TEST -k 1 -e aes256-cts\\nx\\n"
			.. "addent -password -p HOST02$@NOWHERE.TEST -k 1 -e aes256-cts\\nx\\nwkt %s\\n' | ktutil"):format(key))
		local asks = {}
		for i = 1, 2 do
			asks[i] = { source = ("HOST0%d$@NOWHERE.TEST"):format(i), keytab = key, user = "user01@ALPHA.TEST",
				targets = { "cifs/a", "cifs/b" } }
		end
		asks[3] = { source = "HOST01$@ALPHA.TEST", keytab = keytab "host01", user = "user01@ALPHA.TEST",
			targets = { "cifs/host02.alpha.test" } }
		local seen = {}
		local s4u <close> = core.s4u(asks, { timeout = 10 })
		for i, j, answer in function() return s4u:next() end do
			seen[#seen + 1] = ("%d %d %s"):format(i, j, answer.ok and "given" or answer.asked == false and "silent" or "refused")
		end
		table.sort(seen)
		assert.same({ "1 1 silent", "1 2 silent", "2 1 silent", "2 2 silent", "3 1 given" }, seen)
		os.remove(key)
	end)

	it("ends at once when it is told to stop", function()
		local parts = { "KRB5CCNAME=" .. lab.login "labadmin", lab.interrupting(0.5), lab.program, "run verify --keytabs",
			lab.keytabs, "--service cifs,HOST,RestrictedKrbHost,http,rpc --group HyperV-Hosts" }
		for n = 1, 5 do
			parts[#parts + 1] = ("--user user%02d"):format(n)
		end
		local status, _, err = lab.sh(("timeout 20 env %s"):format(table.concat(parts, " ")))
		assert.equal(124, status, err) -- of timeout, which the signal is from
		assert.matches("interrupted", err)
	end)
end)
