-- Runs that last longer than the login's ticket: renewed by a keytab, or by whoever keeps the cache.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local LIFE = 8 -- seconds; a script of twice that has to renew
local long = (tonumber(os.getenv "ADSH_ROUNDS") or 0) >= 1000

-- krb5.conf that asks for tickets of LIFE: Samba's KDC gives a service's ticket of any length, and
-- no longer takes a ticket-granting one with less than two minutes left.
local function short_tickets()
	local conf = lab.must "cat $KRB5_CONFIG"
	return lab.file((conf:gsub("%[libdefaults%]", ("[libdefaults]\n\tticket_lifetime = %ds"):format(LIFE), 1)))
end

local conf = short_tickets()

local function keytab(user)
	return ("%s/%s.keytab"):format(lab.keytabs, user)
end

-- A script whose searches go on for that many seconds; it prints how many there were.
local function searching(seconds)
	return lab.file(([[
		local n, last = 0, os.time() + %d
		local dir = directory.current()
		while os.time() < last do
			local found = 0
			for _ in dir:search { filter = "(sAMAccountName=user01)", attributes = { "cn" } } do
				found = found + 1
			end
			assert(found == 1)
			n = n + 1
			os.execute "sleep 0.5"
		end
		print(n, dir:whoami())
	]]):format(seconds))
end

-- libldap does not free a server's good-bye.
local function start(environment, words)
	return lab.start(("ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 %s %s -v -s %s %s"):format(environment,
		lab.quote(lab.program), lab.dc, words))
end

local function renewals(text)
	return select(2, text:gsub("reconnected to " .. lab.dc:gsub("%p", "%%%0"), ""))
end

-- kinit for the service, as a ccache with a short ticket has it.
local function service_ticket(cache, user, life)
	lab.must(("kinit -l %ds -S ldap/%s -c %s -k -t %s %s"):format(life, lab.dc, cache, keytab(user), user))
end

-- They mostly wait, so all of them do that at once.
local runs = {}
local function start_all()
	runs.keytab = start("KRB5_CONFIG=" .. conf, ("-k %s %s"):format(keytab "user05", searching(2 * LIFE)))
	runs.search = start("KRB5_CONFIG=" .. conf, ("-k %s %s"):format(keytab "user05", lab.file [[
		local n = 0
		for _ in directory.current():search { filter = "(|(sAMAccountName=user*)(sAMAccountName=HOST0*))", page = 5 } do
			n = n + 1
			os.execute "sleep 0.8"
		end
		print(n)
	]]))
	local password = lab.file(lab.password .. "\n")
	runs.password = start("KRB5_CONFIG=" .. conf,
		("-u user04 --password-file %s %s"):format(password, searching(LIFE + 4)))
	local cache = "FILE:" .. os.tmpname()
	service_ticket(cache, "user03", 8)
	lab.must(("(sleep 3; kinit -c %s -k -t %s user03) >/dev/null 2>&1 &"):format(cache, keytab "user03"))
	runs.renewed = start("KRB5CCNAME=" .. cache, searching(10))
	cache = "FILE:" .. os.tmpname()
	service_ticket(cache, "user03", 5)
	runs.alone = start("KRB5CCNAME=" .. cache, searching(10))
end

describe("a run longer than its ticket", function()
	setup(start_all)

	it("goes on with a keytab", function()
		local status, out, err = runs.keytab()
		assert.equal(0, status, err)
		assert.matches(lab.whoami "user05", out, 1, true)
		assert.is_true(renewals(err) >= 2, err)
	end)

	it("goes on in the middle of a search", function()
		local status, out, err = runs.search()
		assert.equal(0, status, err)
		assert.equal(#lab.search("(|(sAMAccountName=user*)(sAMAccountName=HOST0*))", "cn"), tonumber(out))
		assert.is_true(renewals(err) >= 1, err)
	end)

	it("goes on with a password", function()
		local status, out, err = runs.password()
		assert.equal(0, status, err)
		assert.matches(lab.whoami "user04", out, 1, true)
		assert.is_true(renewals(err) >= 1, err)
	end)

	it("goes on with a cache that somebody renews", function()
		local status, out, err = runs.renewed()
		assert.equal(0, status, err)
		assert.matches(lab.whoami "user03", out, 1, true)
		assert.equal(1, renewals(err), err)
	end)

	it("ends with the reason when nobody does", function()
		local status, _, err = runs.alone()
		assert.equal(5, status, err)
		assert.matches("ticket is no longer valid", err)
		assert.matches("kinit", err)
		assert.equal(0, renewals(err), err)
	end)

	it("writes on after its ticket ended between request and answer", function()
		finally(function()
			lab.sh(lab.scripts .. "/fault.sh dc1 thaw-ldap")
			lab.reset "HOST01$"
			lab.reset "HOST02$"
		end)
		local fault = lab.scripts .. "/fault.sh dc1 "
		local script = lab.file(([[
			local list = plan.new()
			plan.current(list)
			delegation.allow("host01", { "cifs/host03.alpha.test" })
			delegation.allow("host02", { "cifs/host03.alpha.test" })
			plan.current(false)
			assert(os.execute "%sfreeze-ldap; (sleep %d; %sthaw-ldap) >/dev/null 2>&1 &")
			local report = list:apply()
			print(report.changed, report.failed, report.unknown)
		]]):format(fault, LIFE + 1, fault))
		local status, out, err = start("KRB5_CONFIG=" .. conf, ("--yes -k %s %s"):format(keytab "labadmin", script))()
		assert.equal(0, status, err)
		assert.equal("2\t0\t0\n", out)
		assert.is_true(renewals(err) >= 1, err)
		for _, name in ipairs { "HOST01$", "HOST02$" } do
			assert.same({ "cifs/host03.alpha.test" },
				lab.account(name, "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"])
		end
	end)
end)

-- A domain's policy (msDS-UserTGTLifetime) instead of what the client asks for.
if long then
	describe("a policy of one minute", function()
		local policy = "CN=one minute,CN=AuthN Policies,CN=AuthN Policy Configuration,CN=Services,CN=Configuration,"
			.. lab.base
		local account = lab.account("user02", "cn").dn

		setup(function()
			lab.modify(("dn: %s\nchangetype: add\nobjectClass: msDS-AuthNPolicy\nmsDS-AuthNPolicyEnforced: TRUE\n"
				.. "msDS-UserTGTLifetime: 600000000\n"):format(policy))
			lab.modify(("dn: %s\nchangetype: modify\nadd: msDS-AssignedAuthNPolicy\nmsDS-AssignedAuthNPolicy: %s\n")
				:format(account, policy))
		end)
		teardown(function()
			lab.modify(("dn: %s\nchangetype: modify\ndelete: msDS-AssignedAuthNPolicy\n"):format(account))
			lab.modify(("dn: %s\nchangetype: delete\n"):format(policy))
		end)

		it("is outlived", function()
			local status, out, err = start("", ("-k %s %s"):format(keytab "user02", searching(150)))()
			assert.equal(0, status, err)
			assert.matches(lab.whoami "user02", out, 1, true)
			assert.is_true(renewals(err) >= 3, err)
		end)
	end)
end
