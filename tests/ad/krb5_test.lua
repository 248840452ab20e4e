-- Kerberos identities, and tickets as the proof of a delegation. The judges: MIT's kinit, klist, kvno.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local core = require "adsh.core.krb5"
local connect = require "adsh.connect"

local password = lab.file(lab.password .. "\n")
local wrong = lab.file "not the password\n"

local function keytab(name)
	return ("%s/%s.keytab"):format(lab.keytabs, name)
end

local function principal(id)
	return tostring(id):match "^krb5: (%S+),"
end

-- core.login has to fail with this code, a sentence and a remedy.
local function refused(options, name, message, hint)
	local id, err = core.login(options)
	assert.is_nil(id)
	assert.equal(name, err.name)
	assert.matches(message, err.message)
	assert.matches(hint, err.hint)
	assert.equal("connect", err.kind)
	return err
end

-- The tickets in klist's words: { server = flags }.
local function klist(cache)
	local list, server = {}, nil
	for line in lab.must("klist -f -c " .. cache):gmatch "[^\n]+" do
		server = line:match "^%d%S+ %S+  %d%S+ %S+  (%S+)" or server
		local flags = line:match "Flags: (%a+)"
		if flags then
			list[server] = flags
		end
	end
	return list
end

local function modify(name, text)
	lab.modify(("dn: %s\nchangetype: modify\n%s\n-\n"):format(lab.account(name, "cn").dn, text))
end

describe("a login", function()
	teardown(function()
		lab.sh(lab.scripts .. "/fault.sh dc1 unblock")
		modify("plain", "replace: userAccountControl\nuserAccountControl: 66048")
	end)

	it("takes a name in any form, and has it as the domain writes it", function()
		for _, user in ipairs {
			"administrator", "ADMINISTRATOR@alpha.test", "ALPHA\\administrator", "alpha.test\\Administrator",
		} do
			local id = assert(core.login { user = user, password_file = password })
			assert.equal("Administrator@ALPHA.TEST", principal(id))
		end
		assert.equal("user01@ALPHA.TEST",
			principal(assert(core.login { user = "user01", domain = "alpha.test", password_file = password })))
	end)

	it("takes a user principal name whose suffix is no realm", function()
		modify("plain", "replace: userPrincipalName\nuserPrincipalName: first.last@corp.example")
		local id, err = core.login { user = "first.last@corp.example", password_file = password }
		modify("plain", "replace: userPrincipalName\nuserPrincipalName: plain@alpha.test")
		assert.is_nil(err)
		assert.equal("plain@ALPHA.TEST", principal(id))
	end)

	it("finds the account in a keytab", function()
		assert.equal("HOST01$@ALPHA.TEST", principal(assert(core.login { keytab = keytab "host01" })))
		for _, user in ipairs { "host01", "host01$", "HOST01$@alpha.test" } do
			assert.equal("HOST01$@ALPHA.TEST", principal(assert(core.login { keytab = keytab "host01", user = user })))
		end
	end)

	it("is one of several, and leaves the environment alone", function()
		local one = assert(core.login { keytab = keytab "user01" })
		local two = assert(core.login { user = "user02", password_file = password })
		assert.not_equal(tostring(one):match "tickets in (%S+)", tostring(two):match "tickets in (%S+)")
		for _ = 1, 2 do
			for id, name in pairs { [one] = "user01", [two] = "user02" } do
				local dir <close> = connect { server = lab.dc, krb5 = id }
				assert.equal(lab.whoami(name), dir:whoami())
			end
		end
		assert.is_nil(core.tickets(), "no ticket of ours in the default cache")
		assert.is_true(core.logout(one))
		assert.same({}, core.tickets(one))
		assert.equal(2, #core.tickets(two), "the ticket-granting ticket and ldap/")
	end)

	it("uses a cache that is there, and sees what klist sees", function()
		local cache = lab.login "user03"
		lab.must(("kvno -q -c %s ldap/%s cifs/%s"):format(cache, lab.dc, lab.dc))
		local id = assert(core.login { ccache = cache })
		local seen = {}
		for _, t in ipairs(assert(core.tickets(id))) do
			seen[t.server] = t.flags
			assert.equal("user03@ALPHA.TEST", t.client)
			assert.equal("aes256-cts-hmac-sha1-96", t.enctype)
			assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", t.start)
			assert.is_true(t.start < t.expires)
		end
		assert.same(klist(cache), seen)
		assert.is_true(core.logout(id))
		assert.not_equal(0, (lab.sh("klist -s -c " .. cache)))
	end)

	it("is content with a service's ticket alone", function()
		local cache = "FILE:" .. os.tmpname()
		lab.must(("kinit -c %s -S ldap/%s -k -t %s user03"):format(cache, lab.dc, keytab "user03"))
		local dir <close> = connect { server = lab.dc, krb5 = assert(core.login { ccache = cache }) }
		assert.equal(lab.whoami "user03", dir:whoami())
	end)

	it("says what is wrong with the tickets, and what to do", function()
		refused({ ccache = "FILE:/nonexistent/cache" }, "KRB5_FCC_NOFILE", "no Kerberos ticket", "kinit")
		refused({ ccache = "FILE:/etc/passwd" }, "KRB5_CCACHE_BADVNO", "not a credential cache", "klist")
		refused({ ccache = lab.login "user01", user = "user02" }, "KRB5_CC_NOTFOUND", "no ticket of this user", "kinit")
		local cache = "FILE:" .. os.tmpname()
		lab.must(("kinit -l 1s -c %s -S ldap/%s -k -t %s user01; sleep 2"):format(cache, lab.dc, keytab "user01"))
		refused({ ccache = cache }, "KRB_AP_ERR_TKT_EXPIRED", "expired: it ended 20%d%d%-", "kinit")
		lab.must(("KRB5CCNAME=%s kdestroy -q"):format(cache))
	end)

	it("says what is wrong with the keytab, and what to do", function()
		refused({ keytab = "/nonexistent" }, "ENOENT", "no such file", "path")
		local garbage = lab.file "no keytab"
		refused({ keytab = garbage }, "KRB5_KEYTAB_BADVNO", "not a keytab", "klist %-kte")
		os.remove(garbage)
		refused({ keytab = keytab "host01", user = "host02" }, "KRB5_KT_NOTFOUND", "no key for host02@ALPHA.TEST", "klist")
	end)

	it("says what is wrong with the account, and what to do", function()
		refused({ user = "user01", password_file = wrong }, "KDC_ERR_PREAUTH_FAILED", "password is wrong", "password%-file")
		refused({ user = "nobody1", password_file = wrong }, "KDC_ERR_C_PRINCIPAL_UNKNOWN", "not know this user",
			"NAME@REALM")
		modify("plain", "replace: userAccountControl\nuserAccountControl: 66050")
		local err = refused({ user = "plain", password_file = password }, "KDC_ERR_CLIENT_REVOKED", "is disabled", "enable")
		assert.equal(0xC0000072, err.win32)
		modify("plain", "replace: userAccountControl\nuserAccountControl: 512\n-\nreplace: pwdLastSet\npwdLastSet: 0")
		refused({ user = "plain", password_file = password }, "KDC_ERR_KEY_EXPIRED", "must be changed", "kpasswd")
		modify("plain", "replace: pwdLastSet\npwdLastSet: -1\n-\nreplace: userAccountControl\nuserAccountControl: 66048")
		assert(core.login { user = "plain", password_file = password })
	end)

	it("says that a realm is not found, not meant or not known", function()
		refused({ user = "user01@NOWHERE.TEST", password_file = wrong }, "KRB5_REALM_UNKNOWN", "no KDC", "_kerberos%._tcp")
		local _, err = core.login { user = "OTHER\\user01", password_file = wrong }
		assert.equal("usage", err.kind)
		assert.matches("NAME@REALM", err.hint)
	end)

	it("has a time limit when no KDC answers", function()
		finally(function() lab.must(lab.scripts .. "/fault.sh dc1 unblock") end)
		lab.must(lab.scripts .. "/fault.sh dc1 drop 88")
		local start = os.time()
		refused({ user = "user01", password_file = password, timeout = 1 }, "KRB5_KDC_UNREACH",
			"within 1 second", "port 88")
		local status, _, err = lab.sh(("%s %s -e %s"):format(lab.interrupting(2), lab.program,
			lab.quote(("krb5.login { user = 'user01', password_file = '%s' }"):format(password))))
		assert.is_true(os.time() - start < 15) -- the limit of each, without one
		assert.not_equal(0, status)
		assert.matches("interrupted", err)
	end)

	it("names the server as it was written, whatever reverse DNS says", function()
		if lab.mounting "true" ~= 0 then
			return pending "needs a mount namespace"
		end
		local conf = lab.file(lab.must "grep -v 'rdns\\|dns_canonicalize' $KRB5_CONFIG")
		local hosts = lab.file(os.getenv "LAB_DC_IP" .. " wrong.alpha.test\n")
		local status, out, err = lab.mounting(
			("mount --bind %s /etc/hosts && getent hosts $LAB_DC_IP && KRB5_CONFIG=%s %s -k %s -s %s -e %s"):format(hosts,
			conf, lab.program, keytab "user01", lab.dc, '"directory.current():whoami()"'))
		assert.equal(0, status, err)
		assert.matches("wrong%.alpha%.test", out, "the name of the address")
		assert.matches(lab.whoami "user01", out, 1, true)
	end)

	it("says that the clocks differ", function()
		for _, offset in ipairs { "+20m", "-20m" } do
			local status, _, err = lab.sh(("FAKETIME_DONT_FAKE_MONOTONIC=1 " ..
				"ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 " ..
				"faketime -f %s %s -u user01 --password-file %s -s %s -e 'directory.current()'")
				:format(offset, lab.program, password, lab.dc))
			assert.equal(5, status, err)
			assert.matches("clocks", err)
			assert.matches("chronyc", err)
		end
	end)
end)

describe("verify", function()
	local function ask(user, target)
		return { source = "HOST01$", keytab = keytab "host01", user = user, target = target }
	end

	-- What MIT's own tool gets, with the same key.
	local function kvno(user, target)
		local cache, key = "FILE:" .. os.tmpname(), keytab "host01"
		lab.must(("kinit -c %s -k -t %s 'HOST01$'"):format(cache, key))
		return 0 == lab.sh(("KRB5CCNAME=%s kvno -q -k %s -U %s -P %s"):format(cache, key, user, lab.quote(target)))
	end

	local function check(user, target, ok, step, reason)
		local r = assert(core.verify(ask(user, target)))
		assert.equal(ok, r.ok, r.reason)
		assert.equal(ok, kvno(user, target), "kvno")
		assert.equal(step, r.step)
		if ok then
			assert.equal(user .. "@ALPHA.TEST", r.client)
			assert.equal(target .. "@ALPHA.TEST", r.server)
			assert.matches("Z$", r.expires)
		else
			assert.matches(reason, r.reason)
			assert.is_string(r.hint)
		end
		return r
	end

	local function allow(n, uac, ...)
		local list = {}
		for i, target in ipairs { ... } do
			list[i] = "msDS-AllowedToDelegateTo: " .. target
		end
		modify(("HOST%02d$"):format(n), ("replace: userAccountControl\nuserAccountControl: %d\n-\n" ..
			"replace: msDS-AllowedToDelegateTo\n%s"):format(uac, table.concat(list, "\n")))
	end

	local ANY, KERBEROS = 4096 + 0x1000000, 4096
	local MIGRATION = "Microsoft Virtual System Migration Service/host02.alpha.test"

	after_each(function()
		for n = 1, 8 do
			lab.reset(("HOST%02d$"):format(n))
		end
	end)

	it("gets a ticket where there is a rule, and says which rule is missing", function()
		check("user01", "cifs/host02.alpha.test", false, "proxy", "protocol transition")
		allow(1, KERBEROS, "cifs/host02.alpha.test")
		check("user01", "cifs/host02.alpha.test", false, "proxy", "protocol transition")
		allow(1, ANY, "cifs/host02.alpha.test", MIGRATION)
		check("user01", "cifs/host02.alpha.test", true, "done")
		check("user01", "cifs/host02", false, "proxy", "no rule")
		check("user01", "cifs/host03.alpha.test", false, "proxy", "no rule")
		check("sensitive", "cifs/host02.alpha.test", false, "proxy", "sensitive")
		check("nobody1", "cifs/host02.alpha.test", false, "self", "not know this user")
		check("user01", "cifs/nohost.alpha.test", false, "proxy", "not know this service")
		assert.matches("with a space", check("user01", MIGRATION, false, "proxy", "not know this service").hint)
	end)

	it("takes the user's name in any form", function()
		allow(1, ANY, "cifs/host02")
		for _, user in ipairs { "user01@alpha.test", "ALPHA\\user01", "USER01" } do
			local r = assert(core.verify(ask(user, "cifs/host02")))
			assert.is_true(r.ok, r.reason)
			assert.equal("user01@alpha.test", r.client:lower())
		end
	end)

	it("needs nothing of krb5.conf", function()
		allow(1, ANY, "cifs/host02")
		local out = lab.must(("KRB5_CONFIG=/nonexistent %s -f json -e %s"):format(lab.program, lab.quote(
			("krb5.verify { source = 'host01', keytab = '%s', user = 'user01', target = 'cifs/host02' }")
			:format(keytab "host01"))))
		local r = require "cjson".decode(out)
		assert.is_true(r.ok, r.reason)
		assert.equal("cifs/host02@ALPHA.TEST", r.server)
	end)

	it("says when the source itself is refused", function()
		modify("HOST01$", "replace: userAccountControl\nuserAccountControl: 4098")
		local r = assert(core.verify(ask("user01", "cifs/host02")))
		assert.same({ false, "login", "the account is disabled" }, { r.ok, r.step, r.reason })
		local none, err = core.verify { source = "HOST02$", keytab = keytab "host01", user = "user01", target = "cifs/x" }
		assert.is_nil(none)
		assert.matches("no key for HOST02", err.message)
	end)

	it("asks for many pairs within seconds", function()
		for n = 1, 8 do
			local targets = {}
			for m = 1, 8 do
				if m ~= n then
					targets[#targets + 1] = ("cifs/host%02d.alpha.test"):format(m)
				end
			end
			allow(n, ANY, table.unpack(targets))
		end
		local list, start = {}, os.time()
		for n = 1, 8 do
			for m = 1, 8 do
				list[#list + 1] = {
					source = ("HOST%02d$"):format(n), keytab = keytab(("host%02d"):format(n)), user = "user01",
					target = ("cifs/host%02d.alpha.test"):format(m),
				}
			end
		end
		local results = assert(core.verify_many(list))
		assert.is_true(os.time() - start <= 30)
		assert.equal(64, #results)
		for i, r in ipairs(results) do
			assert.equal(list[i].source, r.source)
			assert.equal(list[i].target, r.target)
			assert.equal(tonumber(r.source:match "%d+") ~= tonumber(r.target:match "%d+"), r.ok)
		end
		assert.same({}, core.verify_many {})
	end)
end)
