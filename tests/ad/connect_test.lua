-- Connecting and logging in: every way that protects, every error with its remedy, time limits.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local core = require "adsh.core.directory"

local CA, OTHER_CA = os.getenv "LAB_CA", os.getenv "LAB_OTHER_CA"
local DC, IP = lab.dc, os.getenv "LAB_DC_IP"

local function password_file(text)
	local path = lab.file(text .. "\n")
	lab.must("chmod 600 " .. path)
	return path
end

local right, wrong = password_file(lab.password), password_file "not the password"
local ccache

local function connect(options)
	options.ccache = options.ccache or not (options.keytab or options.user) and ccache or nil
	options.server = options.server or not options.domain and DC or nil
	return core.connect(options)
end

-- Opens, or fails the test with the error's text.
local function open(options)
	local dir, err = connect(options)
	return assert(dir, err and tostring(err))
end

-- Must not open; the error's kind, and patterns that its text must have.
local function refuses(options, kind, ...)
	local dir, err = connect(options)
	assert.is_nil(dir, tostring(dir))
	assert.equal(kind, err.kind, tostring(err))
	for _, pattern in ipairs { ... } do
		assert.matches(pattern, tostring(err))
	end
	assert.truthy(err.hint, tostring(err))
	return err
end

local function seconds()
	local f <close> = assert(io.open "/proc/uptime")
	return tonumber(f:read "a":match "^[%d.]+")
end

local function fault(words)
	lab.must(lab.scripts .. "/fault.sh " .. words)
end

describe("logging in", function()
	setup(function()
		ccache = lab.login "labadmin"
	end)

	it("seals port 389 with GSS-SPNEGO", function()
		local dir <close> = open {}
		local info = dir:info()
		assert.equal("GSS-SPNEGO", info.mechanism)
		assert.equal(256, info.ssf)
		assert.equal("labadmin@" .. lab.realm, info.principal)
		assert.is_false(info.tls)
		assert.equal(lab.whoami "labadmin", dir:whoami())
		assert.equal("directory: alpha.test via dc1.alpha.test as labadmin@ALPHA.TEST (GSS-SPNEGO, 256 bits)",
			tostring(dir))
	end)

	for tls, uri in pairs { ldaps = "ldaps://dc1.alpha.test:636", starttls = "ldap://dc1.alpha.test:389" } do
		local it_new = lab.since(4, 19, it, pending, "knows no channel binding")
		it_new("uses " .. tls .. " with channel binding", function()
			local dir <close> = open { tls = tls, cacert = CA }
			local info = dir:info()
			assert.equal(uri, info.uri)
			assert.is_true(info.tls)
			assert.is_true(info.channel_binding)
			assert.is_true(info.ssf >= 128)
			assert.equal(lab.whoami "labadmin", dir:whoami())
		end)

		it("binds simply inside " .. tls, function()
			local dir <close> = open { tls = tls, cacert = CA, simple = true, user = "ALPHA\\user01",
				password_file = right }
			assert.equal("simple", dir:info().mechanism)
			assert.equal(lab.whoami "user01", dir:whoami())
		end)
	end

	it("takes an address where the certificate has it", function()
		local dir <close> = open { server = "ldaps://" .. IP, cacert = CA, simple = true, user = "user01@alpha.test",
			password_file = right }
		assert.equal(lab.whoami "user01", dir:whoami())
	end)

	it("takes a password and a keytab, several identities side by side", function()
		local one <close> = open { user = "user01", password_file = right }
		local two <close> = open { user = "host01$", keytab = lab.keytabs .. "/host01.keytab" }
		local three <close> = open {}
		assert.equal(lab.whoami "user01", one:whoami())
		assert.equal(lab.whoami "HOST01$", two:whoami())
		assert.equal(lab.whoami "labadmin", three:whoami())
	end)

	it("reaches the global catalog", function()
		local dir <close> = open { gc = true }
		assert.is_true(dir:info().is_gc)
		assert.equal("ldap://dc1.alpha.test:3268", dir:info().uri)
	end)

	it("reads what the DC says about itself", function()
		local dir <close> = open {}
		local info = dir:info()
		local out = lab.must(("ldapsearch -LLL -x -H ldap://%s -s base -b '' defaultNamingContext vendorName "
			.. "configurationNamingContext schemaNamingContext rootDomainNamingContext dnsHostName domainFunctionality "
			.. "forestFunctionality"):format(DC))
		assert.equal(out:match "defaultNamingContext: (%C+)", info.base)
		assert.equal(out:match "configurationNamingContext: (%C+)", info.config_base)
		assert.equal(out:match "schemaNamingContext: (%C+)", info.schema_base)
		assert.equal(out:match "rootDomainNamingContext: (%C+)", info.root_base)
		assert.equal(out:match "dnsHostName: (%C+)", info.dns_host)
		assert.equal(tonumber(out:match "domainFunctionality: (%d+)"), info.domain_level)
		assert.equal(tonumber(out:match "forestFunctionality: (%d+)"), info.forest_level)
		assert.equal(lab.domain, info.domain)
		assert.equal(out:match "vendorName: Samba" ~= nil, info.samba)
	end)

	it("is closed once and for all", function()
		local dir = open {}
		dir:close()
		dir:close()
		assert.equal("directory: closed", tostring(dir))
		assert.has_error(function()
			dir:whoami()
		end)
	end)

	it("does not read the ldaprc of the directory that it runs in", function()
		local command = "cd $(mktemp -d) && printf 'TLS_REQCERT never\\nTLS_CACERT %s\\n' > ldaprc && "
			.. "KRB5CCNAME=%s LDAPTLS_REQCERT=never %s -s %s --tls ldaps -e 'return connect()'"
		local status, out, err = lab.sh(command:format(CA, ccache, lab.program, DC))
		assert.equal(5, status, out)
		assert.matches("is not trusted", err)
	end)
end)

describe("the default directory", function()
	it("is that of the ticket's domain, found by DNS", function()
		local status, out, err = lab.adsh { "-e", "return tostring(connect())" }
		assert.equal(0, status, err)
		assert.matches("alpha.test via dc1.alpha.test as labadmin@ALPHA.TEST", out, 1, true)
	end)

	it("is what the command line says", function()
		local status, out, err = lab.adsh { "-s", DC, "-u", "user02", "--password-file", right, "-e",
			"return connect():whoami()" }
		assert.equal(0, status, err)
		assert.equal(lab.whoami "user02" .. "\n", out)
	end)

	it("tells with -v where it is connected and as whom", function()
		local _, _, err = lab.adsh { "-v", "-e", "connect()" }
		assert.matches("via dc1.alpha.test as labadmin@ALPHA.TEST (GSS-SPNEGO, 256 bits)", err, 1, true)
	end)
end)

describe("an error names the remedy:", function()
	it("no ticket", function()
		refuses({ ccache = "FILE:/nonexistent/cc" }, "connect", "no Kerberos ticket", "kinit")
	end)

	it("expired ticket", function()
		local cache = "FILE:" .. os.tmpname()
		lab.must(("kinit -l 2s -c %s -k -t %s/user01.keytab user01 && sleep 3"):format(cache, lab.keytabs))
		refuses({ ccache = cache }, "connect", "has expired", "kinit")
	end)

	it("clock skew", function()
		local status, _, err = lab.sh(("KRB5CCNAME=%s ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 "
			.. "faketime -f +2h %s -s %s -e 'connect()'"):format(ccache, lab.program, DC))
		assert.equal(5, status, err)
		assert.matches("clocks", err)
		assert.matches("timedatectl", err)
	end)

	it("unknown principal", function()
		refuses({ user = "nobody", password_file = right }, "connect", "does not know this user", "NAME@REALM")
	end)

	it("wrong password, with Kerberos", function()
		refuses({ user = "user03", password_file = wrong }, "connect", "password is wrong", "type it again")
	end)

	it("wrong password, with a simple bind", function()
		local err = refuses({ user = "ALPHA\\user03", password_file = wrong, simple = true, tls = "ldaps", cacert = CA },
			"connect", "wrong user name or password")
		assert.equal(49, err.code)
		assert.equal("invalidCredentials", err.name)
		assert.equal(0x52e, err.win32)
	end)

	it("account restrictions", function()
		local err = refuses({ user = "ALPHA\\protected", password_file = right, simple = true, tls = "ldaps", cacert = CA },
			"connect", "Kerberos only")
		assert.equal(0x52f, err.win32)
	end)

	it("wrong realm", function()
		refuses({ user = "user01@NOWHERE.TEST", password_file = right }, "connect", "no KDC of the realm", "spelling")
	end)

	it("no DC", function()
		refuses({ domain = "nowhere.test" }, "connect", "no domain controller found for nowhere.test",
			"_ldap._tcp.dc._msdcs.nowhere.test", "%-%-server")
	end)

	it("no such host", function()
		refuses({ server = "dc9.alpha.test" }, "connect", "dc9.alpha.test has no address")
	end)

	it("nothing listens", function()
		refuses({ server = DC .. ":54" }, "connect", "Connection refused")
	end)

	it("no ticket for an address", function()
		refuses({ server = IP }, "connect", "full DNS name")
	end)

	it("untrusted certificate", function()
		for _, tls in ipairs { "ldaps", "starttls" } do
			local err = refuses({ tls = tls, cacert = OTHER_CA }, "connect", "is not trusted", "issuer CN=lab CA",
				"%-%-cacert")
			assert.equal("tls", err.domain)
			refuses({ tls = tls }, "connect", "is not trusted", "/etc/ssl/certs/ca%-certificates.crt")
		end
	end)

	it("a version of TLS that is no longer safe", function()
		local dir = lab.must "mktemp -d":gsub("\n", "")
		lab.must(("cd %s && openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=old -addext "
			.. "subjectAltName=IP:127.0.0.1 -keyout key -out cert"):format(dir))
		for version, words in pairs { tls1_1 = "offers only TLS1.1, which is no longer safe", tls1_2 = "" } do
			local status, _, err = lab.sh(([[cd %s
				openssl s_server -%s -cipher ALL:@SECLEVEL=0 -accept 127.0.0.1:7636 -key key -cert cert -quiet >/dev/null 2>&1 &
				pid=$!; trap 'kill $pid' EXIT
				until bash -c ': </dev/tcp/127.0.0.1/7636' 2>/dev/null; do sleep 0.05; done
				%s -s ldaps://127.0.0.1:7636 --cacert cert --simple -u 'ALPHA\user01' --password-file %s \
					-e 'connect { connect_timeout = 2 }'; exit $?]]):format(dir, version, lab.program, right))
			assert.equal(5, status, err)
			assert.matches(words, err, 1, true)
			assert.equal(version == "tls1_1", err:find("no longer safe", 1, true) ~= nil)
		end
	end)

	it("a certificate out of its time", function()
		for offset, text in pairs { ["+40y"] = "it expired on 20%d%d%-", ["-40y"] = "it is not valid before 20%d%d%-" } do
			local status, _, err = lab.sh(("ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 faketime -f %s %s -s %s "
				.. "--simple --tls ldaps -u 'ALPHA\\user01' --password-file %s --cacert %s -e 'connect()'")
				:format(offset, lab.program, DC, right, CA))
			assert.equal(5, status, err)
			assert.matches(text, err)
			assert.matches("clock", err)
		end
	end)

	it("a certificate for another name", function()
		refuses({ server = "dc1", tls = "ldaps", cacert = CA }, "connect", "it is for dc1.alpha.test", "%-%-server NAME")
	end)

	it("no file of certificates", function()
		refuses({ tls = "ldaps", cacert = "/nonexistent" }, "usage", "cannot read", "%-%-cacert")
	end)

	it("no TLS there", function()
		refuses({ server = "ldaps://dc1.alpha.test:389", cacert = CA, connect_timeout = 3 }, "connect", "no TLS connection")
	end)

	it("a password in the clear, before anything is sent", function()
		refuses({ simple = true, user = "ALPHA\\user01", password_file = right, server = "nowhere.test" }, "usage",
			"requires TLS")
	end)

	it("a simple bind without a password", function()
		refuses({ simple = true, tls = "ldaps", ccache = "FILE:/none" }, "usage", "user and a password")
	end)

	it("unknown options, with the known ones", function()
		local ok, err = pcall(core.connect, { sever = DC })
		assert.is_false(ok)
		assert.matches("sever", err)
		assert.matches("password_file", err)
	end)
end)

describe("a time limit holds when", function()
	-- At least so long, and not as long as without that limit, which would be ten seconds.
	local function takes(least, f)
		local t = seconds()
		f()
		t = seconds() - t
		assert.is_true(t >= least and t < 9, t .. " seconds")
	end

	it("no packet comes back", function()
		finally(function()
			fault "dc1 unblock"
		end)
		fault "dc1 drop 389"
		takes(1.5, function()
			refuses({ connect_timeout = 2 }, "connect", "no answer")
		end)
	end)

	it("the server is frozen in the login", function()
		finally(function()
			fault "dc1 thaw-ldap"
		end)
		fault "dc1 freeze-ldap"
		takes(1.5, function()
			refuses({ connect_timeout = 2 }, "connect", "has not answered")
		end)
		takes(1.5, function()
			refuses({ connect_timeout = 2, tls = "ldaps", cacert = CA }, "connect", "no answer")
		end)
		takes(1.5, function()
			refuses({ connect_timeout = 2, tls = "starttls", cacert = CA }, "connect", "has not answered")
		end)
	end)

	it("the server is frozen later", function()
		local dir <close> = open { timeout = 2 }
		finally(function()
			fault "dc1 thaw-ldap"
		end)
		fault "dc1 freeze-ldap"
		takes(1.5, function()
			local name, err = dir:whoami()
			assert.is_nil(name)
			assert.equal("connect", err.kind)
			assert.matches("has not answered", err.message)
		end)
	end)

	it("the KDC is frozen, too", function()
		local cache = "FILE:" .. os.tmpname()
		lab.must(("kinit -c %s -k -t %s/user01.keytab user01"):format(cache, lab.keytabs))
		finally(function()
			fault "dc1 thaw"
		end)
		fault "dc1 freeze"
		takes(1, function()
			refuses({ ccache = cache, connect_timeout = 2 }, "connect")
		end)
	end)

	it("no DNS server answers", function()
		local resolv = lab.file "nameserver 10.77.1.99\n"
		if lab.mounting "true" ~= 0 then
			return pending "needs a mount namespace"
		end
		local command = "mount --bind %s /etc/resolv.conf && KRB5CCNAME=%s exec %s %s %s 2>&1"
		for words, text in pairs {
			["-s dc9.alpha.test"] = "dc9.alpha.test has no address: no DNS server has answered in time",
			["-d alpha.test"] = "no domain controller found for alpha.test: no DNS server has answered in time",
		} do
			takes(1.5, function()
				local _, out = lab.mounting(command:format(resolv, ccache, "", lab.program,
					words .. [[ -e "connect{connect_timeout=2}"]]))
				assert.matches(text, out, 1, true)
			end)
			takes(0.5, function()
				local _, out = lab.mounting(command:format(resolv, ccache, lab.interrupting(1), lab.program,
					words .. [[ -e "connect()"]]))
				assert.matches("interrupted", out, 1, true)
			end)
		end
		os.remove(resolv)
	end)

	it("somebody presses Ctrl-C", function()
		finally(function()
			fault "dc1 thaw-ldap"
		end)
		fault "dc1 freeze-ldap"
		for _, words in ipairs { "", "--tls ldaps", "--tls starttls" } do
			takes(0.5, function()
				local status, _, err = lab.sh(("KRB5CCNAME=%s %s %s -s %s --cacert %s %s -e 'connect()'; exit $?")
					:format(ccache, lab.interrupting(1), lab.program, DC, CA, words))
				assert.matches("interrupted", err)
				assert.equal(124, status)
			end)
		end
	end)
end)

describe("a lost connection", function()
	it("is made anew in place, protected as before", function()
		local dir <close> = open {}
		local info = dir:info()
		fault "dc1 kill-ldap"
		assert.equal(lab.whoami "labadmin", dir:whoami())
		assert.same(info, dir:info())
		fault "dc1 kill-ldap"
		local n = 0
		for _ in dir:search { filter = "(sAMAccountName=user0*)" } do
			n = n + 1
		end
		assert.is_true(n > 0)
		assert.same(info, dir:info())
	end)

	it("is an error in the middle of a search, with the number of entries that came", function()
		local dir <close> = open {}
		local n = 0
		local ok, err = pcall(function()
			for _ in dir:search { filter = "(objectClass=*)", page = 5 } do
				n = n + 1
				if n == 7 then
					fault "dc1 kill-ldap"
				end
			end
		end)
		assert.is_false(ok)
		assert.equal("connect", err.kind)
		assert.matches(", after " .. n .. " entries", err.message, 1, true)
		assert.equal(lab.whoami "labadmin", dir:whoami())
	end)

	it("that cannot be made anew is told, with the reason, after some tries", function()
		local dir <close> = open { connect_timeout = 2 }
		finally(function()
			fault "dc1 unblock"
		end)
		fault "dc1 reject 389"
		local start = seconds()
		local name, err = dir:whoami()
		assert.is_nil(name)
		assert.equal("connect", err.kind)
		assert.matches("is lost.*; reconnecting failed: .*refused", err.message)
		assert.is_true(seconds() - start > 4)
		start = seconds()
		assert.is_nil((dir:whoami()), "the next one does not wait again")
		assert.is_true(seconds() - start < 4)
		fault "dc1 unblock"
		assert.equal(lab.whoami "labadmin", dir:whoami())
	end)
end)

describe("of several DCs", function()
	local function dns(verb, zone, name, kind, data)
		lab.must(("%s/in.sh dc1 samba-tool dns %s 127.0.0.1 %s %s %s '%s' -U 'Administrator%%%s'")
			:format(lab.scripts, verb, zone, name, kind, data, lab.password))
	end
	local records = {
		{ "alpha.test", "dead", "A", "10.77.1.99" }, -- no such machine
		{ "alpha.test", "alias", "A", IP }, -- answers, but Kerberos does not know it
		{ "_msdcs.alpha.test", "_ldap._tcp.dc", "SRV", "dead.alpha.test 389 0 65535" },
		{ "_msdcs.alpha.test", "_ldap._tcp.dc", "SRV", "alias.alpha.test 389 0 65535" },
	}
	setup(function()
		for _, r in ipairs(records) do
			dns("add", table.unpack(r))
		end
	end)
	teardown(function()
		for _, r in ipairs(records) do
			dns("delete", table.unpack(r))
		end
	end)

	it("the dead and the broken are passed over", function()
		for _ = 1, 5 do
			local t = seconds()
			local dir <close> = open { domain = lab.domain }
			assert.equal(DC, dir:info().dns_host)
			assert.is_true(seconds() - t < 9)
		end
	end)

	it("none is left: each is named with its reason", function()
		finally(function()
			fault "dc1 unblock"
		end)
		fault "dc1 reject 389"
		local err = refuses({ domain = lab.domain, connect_timeout = 2 }, "connect", "none of the 3 domain controllers")
		for _, host in ipairs { "dead", "alias", "dc1" } do
			assert.matches(host .. ".alpha.test:", err.message, 1, true)
		end
	end)
end)

-- Samba's own read-only DCs tell it in the answer to the LDAP ping only, Windows' in the rootDSE, too (MS-ADTS
-- 3.1.1.3.4.3.4): so the DC is made to say it.
describe("a read-only domain controller", function()
	local function capability(verb)
		local path = lab.file(("dn: @ROOTDSE\nchangetype: modify\n%s: supportedCapabilities\nsupportedCapabilities: "
			.. "1.2.840.113556.1.4.1920\n"):format(verb))
		lab.must(("%s/in.sh dc1 ldbmodify -H /var/lib/samba/private/sam.ldb <%s"):format(lab.scripts, path))
		os.remove(path)
	end
	local state = os.tmpname()
	setup(function()
		os.remove(state)
		lab.must(("mkdir -m 700 %s"):format(state))
	end)
	before_each(function() capability "add" end)
	after_each(function() capability "delete" end)
	teardown(function() lab.must("rm -r " .. state) end)

	local function adsh(...)
		local words = { "KRB5CCNAME=" .. lab.login "labadmin", "XDG_STATE_HOME=" .. state, lab.program }
		for _, w in ipairs { "--yes", "-d", lab.domain, ... } do
			words[#words + 1] = lab.quote(w)
		end
		return lab.sh(table.concat(words, " "))
	end

	local ALLOW = "delegation.allow('HOST01', 'cifs/host02.alpha.test')"

	it("is read, planned on, and not written to, nor remembered", function()
		local before = lab.account("HOST01$", "msDS-AllowedToDelegateTo")
		local status, out, err = adsh("-e", "local d = directory.current() print(d:info().read_only, d:get('HOST01').dn)")
		assert.equal(0, status, err)
		assert.matches("^true\tCN=HOST01", out)
		assert.equal(4, (adsh("--dry-run", "-e", ALLOW)))
		status, out, err = adsh("-e", ALLOW)
		assert.equal("", out)
		assert.equal(6, status, err)
		assert.matches("is a read-only domain controller. Nothing was written", err, 1, true)
		assert.matches("hint: name a writable domain controller of alpha.test with --server HOST", err, 1, true)
		assert.same(before, lab.account("HOST01$", "msDS-AllowedToDelegateTo"))
		assert.not_equal(0, (lab.sh(("test -e %s/adsh/dc/alpha.test"):format(state))))
	end)
end)

describe("a domain controller that takes writes", function()
	it("is told from a read-only one", function()
		local status, out, err = lab.adsh { "-d", lab.domain, "-e", "print(directory.current():info().read_only)" }
		assert.equal(0, status, err)
		assert.equal("false\n", out)
	end)
end)
