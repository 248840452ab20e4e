-- The recipes, judged from outside: ldapsearch for what is written, MIT kvno for what the KDC makes of it.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local MIGRATION = "Microsoft Virtual System Migration Service"
local HOSTS = { "host01", "host02", "host03" }
local ANY = 4096 + 0x1000000

local function account(name)
	return name:upper() .. "$"
end

local function targets(name)
	local list = lab.account(account(name), "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"] or {}
	table.sort(list)
	return list
end

local function uac(name)
	return tonumber(lab.account(account(name), "userAccountControl").userAccountControl[1])
end

-- What the issue asks for, spelled out: both services, both name forms, of every other host.
local function wanted(source, services, list)
	local values = {}
	for _, host in ipairs(list or HOSTS) do
		if host ~= source then
			for _, service in ipairs(services) do
				values[#values + 1] = service .. "/" .. host:upper()
				values[#values + 1] = service .. "/" .. host .. ".alpha.test"
			end
		end
	end
	table.sort(values)
	return values
end

local function run(...)
	return lab.adsh { "--yes", "run", ... }
end

-- With the source's own key: S4U2Self for the user, then S4U2Proxy to the target.
local function kvno(source, user, spn)
	local cache = ("FILE:%s/tmp/kvno.%s"):format(os.getenv "LAB_DIR", source)
	local keytab = ("%s/%s.keytab"):format(lab.keytabs, source)
	return lab.sh(("rm -f %s; export KRB5CCNAME=%s; kinit -k -t %s %s && kvno -q -k %s -U %s -P %s"):format(
		cache:sub(6), cache, keytab, lab.quote(account(source)), keytab, user, lab.quote(spn)))
end

local function usn(name)
	return lab.account(account(name), "uSNChanged").uSNChanged[1]
end

local function reset()
	for _, h in ipairs { "host01", "host02", "host03", "host04" } do
		lab.reset(account(h))
	end
end

describe("live-migration", function()
	before_each(reset)
	teardown(reset)

	it("shows its plan as a grid of what ldapsearch says is there, and what is not", function()
		local five = { "host01", "host02", "host03", "host04", "host05" }
		lab.add(account "host02", "msDS-AllowedToDelegateTo", table.unpack(wanted("host02", { MIGRATION, "cifs" }, {
			"host01", "host02", "host04" })))
		lab.add(account "host03", "msDS-AllowedToDelegateTo", "cifs/HOST01")
		local before = {}
		for i, host in ipairs(five) do
			local marks = {}
			local has = table.concat(targets(host), "\n"):lower()
			for j, other in ipairs(five) do
				local whole = 4 == select(2, has:gsub("/" .. other, ""))
				marks[j] = i == j and "." or whole and "A" or "+"
			end
			before[i] = host:upper() .. "  " .. table.concat(marks, "  ")
		end
		assert.same({ "HOST02  A  .  +  A  +", "HOST03  +  +  .  +  +" }, { before[2], before[3] })
		local status, out = run("live-migration", "-n", table.unpack(five))
		assert.equal(4, status)
		assert.matches("\n       01 02 03 04 05        %+ new   A there %(any protocol%)   %. itself\n", out)
		assert.matches("\n" .. table.concat(before, "\n") .. "\n", out, 1, true)
		assert.matches("\nplan: 5 accounts, 71 values added, 0 removed\n", out, 1, true)
		status, out = run("live-migration", "-n", "-v", table.unpack(five))
		assert.equal(4, status)
		assert.equal(71, select(2, out:gsub("\n    %+ %S[^\n]*/[hH][oO]", "")))
	end)

	it("lists both services of every other host, short and FQDN, with protocol transition", function()
		for _, host in ipairs(HOSTS) do
			lab.log_in(host)
		end
		local status, out = run("live-migration", table.unpack(HOSTS))
		assert.equal(0, status)
		assert.matches("plan: 3 accounts, 24 values added, 0 removed", out)
		assert.matches("\nworks now on HOST01-HOST03; after a refusal in the last 15 minutes: klist purge -li 0x3e7\n",
			out, 1, true)
		for _, host in ipairs(HOSTS) do
			assert.same(wanted(host, { MIGRATION, "cifs" }), targets(host))
			assert.equal(ANY, uac(host))
		end
	end)

	it("leaves out computers that are disabled, and says so, but takes those that are named", function()
		lab.reset("HOST04$", 4096 + 2) -- ACCOUNTDISABLE
		local base = "OU=Hosts," .. lab.base
		for _, words in ipairs { { "--ou", base }, { "--group", "HyperV-Hosts" }, { "--filter", "(cn=HOST0*)" } } do
			local status, out, err = lab.adsh { "-n", "-f", "json", "run", "live-migration", table.unpack(words) }
			assert.equal(4, status, err)
			assert.matches("HOST04$ is disabled and is skipped", err, 1, true)
			local hosts = require "cjson".decode(out).hosts
			assert.is_true(#hosts >= 2)
			assert.not_matches("HOST04", table.concat(hosts, " "), 1, true)
		end
		local status, out = lab.adsh { "-n", "run", "live-migration", "host01", "host04" }
		assert.equal(4, status)
		assert.matches("cifs/HOST04", out, 1, true)
	end)

	it("lets every host's own key get a ticket to every other host's cifs, and to nothing else", function()
		assert.equal(0, (run("live-migration", table.unpack(HOSTS))))
		for _, source in ipairs(HOSTS) do
			for _, target in ipairs(HOSTS) do
				if source ~= target then
					for _, spn in ipairs { "cifs/" .. target .. ".alpha.test", "cifs/" .. target:upper() } do
						local status, _, err = kvno(source, "user01", spn)
						assert.equal(0, status, source .. " to " .. spn .. ": " .. err)
					end
				end
			end
			assert.not_equal(0, (kvno(source, "user01", "cifs/host04.alpha.test")))
			assert.not_equal(0, (kvno(source, "user01", "HOST/" .. HOSTS[1] .. ".alpha.test")))
			assert.not_equal(0, (kvno(source, "sensitive", "cifs/" .. (source == "host01" and "host02" or "host01")
				.. ".alpha.test")))
		end
	end)

	it("changes nothing the second time, and says so", function()
		assert.equal(0, (run("live-migration", table.unpack(HOSTS))))
		local before = usn "host01"
		local status, out = run("live-migration", table.unpack(HOSTS))
		assert.equal(0, status)
		assert.matches("nothing to do: 3 unchanged", out)
		assert.equal(before, usn "host01")
	end)

	it("shows its plan in a dry run and ends with 4", function()
		local status, out = lab.adsh { "--dry-run", "run", "live-migration", table.unpack(HOSTS) }
		assert.equal(4, status)
		assert.matches("nothing was written", out)
		assert.same({}, targets "host01")
		status, out = lab.adsh { "run", "live-migration", "-n", table.unpack(HOSTS) }
		assert.equal(4, status)
		assert.matches("plan: 3 accounts", out)
	end)

	it("does not write without a terminal and without --yes", function()
		local status, _, err = lab.adsh_as_is { "run", "live-migration", table.unpack(HOSTS) }
		assert.equal(6, status)
		assert.matches("%-%-yes", err)
		assert.same({}, targets "host01")
	end)

	it("replaces unconstrained delegation", function()
		lab.reset("HOST02$", 4096 + 0x80000)
		assert.equal(0, (run("live-migration", table.unpack(HOSTS))))
		assert.equal(ANY, uac "host02")
	end)

	-- The list of HOST01 after a run with --prune over these hosts, and what was said.
	local function pruned(list, option)
		local status, out, err = run("live-migration", option or "--prune", "--prune", table.unpack(list))
		assert.equal(0, status, err)
		return targets "host01", out, err
	end

	local function with(list, ...)
		for _, v in ipairs { ... } do
			list[#list + 1] = v
		end
		table.sort(list)
		return list
	end

	it("prunes both classes of hosts that are not named any more, there or deleted", function()
		assert.equal(0, (run("live-migration", table.unpack(HOSTS))))
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", MIGRATION .. "/GONE", MIGRATION .. "/gone.alpha.test", "cifs/GONE",
			"cifs/gone.alpha.test", MIGRATION:upper() .. "/Left", "CIFS/LEFT:445")
		local list, out, err = pruned { "host01", "host02" }
		assert.same(wanted("host01", { MIGRATION, "cifs" }, { "host02" }), list)
		assert.matches("plan: 2 accounts, 0 values added, 14 removed", out)
		assert.equal("", err)
	end)

	it("prunes cifs of a host that only its SPNs tell to be one", function()
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", "cifs/host04.alpha.test", "cifs/HOST04")
		assert.same(wanted("host01", { MIGRATION, "cifs" }), (pruned(HOSTS)))
	end)

	it("keeps cifs of file servers and libraries, and says so", function()
		local kept = { "cifs/fs1.alpha.test", "cifs/FS1", "cifs/library.alpha.test", "HTTP/web.alpha.test", "cifs/(*)\\" }
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", table.unpack(kept))
		lab.add("HOST02$", "msDS-AllowedToDelegateTo", kept[1])
		local list, _, err = pruned(HOSTS)
		assert.same(with(wanted("host01", { MIGRATION, "cifs" }), table.unpack(kept)), list)
		assert.matches("note: %-%-prune keeps cifs/fs1%.alpha%.test on HOST01, HOST02: no account fs1%.alpha%.test has "
			.. "an SPN of " .. MIGRATION .. "/", err)
		assert.matches("keeps cifs/library%.alpha%.test on HOST01:", err)
		assert.not_matches("HTTP", err)
		local status, out
		status, out, err = lab.adsh { "-y", "-q", "run", "live-migration", "--prune", table.unpack(HOSTS) }
		assert.same({ 0, "", "" }, { status, out, err })
		status, out = lab.adsh { "-y", "-f", "json", "run", "live-migration", "--prune", table.unpack(HOSTS) }
		assert.equal(0, status)
		assert.equal(4, #cjson.decode(out).notes)
	end)

	it("keeps values of hosts that are named, in whatever form", function()
		local kept = { MIGRATION .. "/host02.alpha.test:6600", "cifs/HOST01", MIGRATION .. "/HOST01" }
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", table.unpack(kept))
		local list, _, err = pruned(HOSTS)
		assert.same(with(wanted("host01", { MIGRATION, "cifs" }), table.unpack(kept)), list)
		assert.equal("", err)
	end)

	it("prunes cifs by the same rule when only that is asked for", function()
		local kept = { "cifs/fs1.alpha.test", MIGRATION .. "/gone.alpha.test" }
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", "cifs/host04.alpha.test", "cifs/gone.alpha.test", table.unpack(kept))
		assert.same(with(wanted("host01", { "cifs" }), table.unpack(kept)), (pruned(HOSTS, "--services=cifs")))
	end)

	it("prunes what is malformed as it is, and leaves the rest alone", function()
		local kept = { "http/:80", "cifs\\fs1.alpha.test", "fs1.alpha.test", "cifs/host 01", "cifs/" }
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", MIGRATION .. "/old host", MIGRATION .. "/:80", table.unpack(kept))
		local list, _, err = pruned(HOSTS)
		assert.same(with(wanted("host01", { MIGRATION, "cifs" }), table.unpack(kept)), list)
		assert.matches("keeps cifs/ on HOST01: it does not name a host", err)
	end)

	it("takes service classes and Kerberos only", function()
		assert.equal(0, (run("live-migration", "--services", "cifs", "--protocol", "kerberos", table.unpack(HOSTS))))
		assert.same(wanted("host01", { "cifs" }), targets "host01")
		assert.equal(4096, uac "host01")
	end)

	it("finds hosts by OU, group, filter and file", function()
		local all = #lab.search("(&(objectClass=computer)(memberOf=CN=HyperV-Hosts,OU=Hosts," .. lab.base .. "))", "cn")
		local some = { "host01", "host02" }
		local windows = lab.file(("host01,host02\r\n"):gsub(".", "%0\0")) -- UTF-16
		local file = lab.file "# hosts\nhost01\n\n  host02.alpha.test  # with a dot\n"
		for choice, count in pairs {
			["--group HyperV-Hosts"] = all, ["--filter '(|(cn=host01)(cn=host02))'"] = #some,
			["--hosts-from " .. file] = #some, ["--hosts-from " .. windows] = #some, ["--ou OU=Hosts," .. lab.base] = all,
		} do
			local status, out = lab.sh(("KRB5CCNAME=%s %s -n run live-migration %s"):format(
				lab.login "labadmin", lab.program, choice))
			assert.equal(4, status, choice)
			assert.matches(("plan: %d accounts"):format(count), out, choice)
		end
		-- each of them once, however often and by whatever name it is named
		local _, once = lab.adsh { "-n", "-f", "json", "run", "live-migration", "host01", "HOST01$", "host02", "--hosts-from",
			file }
		assert.equal(2, #require "cjson".decode(once).hosts)
		local status = lab.sh(("printf 'host01\\nhost02\\n' | KRB5CCNAME=%s %s -n run live-migration --hosts-from -")
			:format(lab.login "labadmin", lab.program))
		assert.equal(4, status)
	end)

	it("names hosts that lack the SPN, and the command that mends it", function()
		local dn = lab.account("HOST04$", "cn").dn
		local values = { MIGRATION .. "/HOST04", MIGRATION .. "/host04.alpha.test" }
		local function edit(verb)
			lab.modify(("dn: %s\nchangetype: modify\n%s: servicePrincipalName\nservicePrincipalName: %s\n"
				.. "servicePrincipalName: %s\n"):format(dn, verb, values[1], values[2]))
		end
		finally(function() pcall(edit, "add") end)
		edit "delete"
		local status, _, err = lab.adsh { "-n", "run", "live-migration", "host01", "host04" }
		assert.equal(4, status)
		assert.matches("HOST04%$", err)
		assert.matches("adsh run spn register HOST04 %-%-bundle live%-migration", err)
		assert.equal(0, (run("spn", "register", "HOST04", "--bundle", "live-migration")))
		local has = {}
		for _, v in ipairs(lab.account("HOST04$", "servicePrincipalName").servicePrincipalName) do
			has[v] = true
		end
		assert.is_true(has[values[1]] and has[values[2]])
		status, _, err = lab.adsh { "-n", "run", "live-migration", "host01", "host04" }
		assert.equal(4, status)
		assert.equal("", err)
	end)

	it("says what is wrong with its arguments", function()
		local status, _, err = run("live-migration", "host01")
		assert.equal(2, status)
		assert.matches("at least two hosts", err)
		status, _, err = run("live-migration", "host01", "nosuchhost", "another-one")
		assert.equal(1, status)
		assert.matches("'nosuchhost', 'another%-one'", err)
		assert.equal(2, (run("live-migration", "--no-such-option")))
		assert.equal(2, (run "no-such-recipe"))
		local out
		status, out = run("live-migration", "--help")
		assert.equal(0, status)
		assert.matches("0x8009030E", out)
	end)

	it("is stopped for a user without rights, with nothing written", function()
		local status, _, err = lab.adsh({ "--yes", "run", "live-migration", table.unpack(HOSTS) }, "plain")
		assert.equal(1, status)
		assert.matches("SeEnableDelegationPrivilege", err)
		for _, host in ipairs(HOSTS) do
			assert.same({}, targets(host))
			assert.equal(4096, uac(host))
		end
	end)
end)

describe("replica", function()
	before_each(reset)
	teardown(reset)

	it("lists the replica service of every other host", function()
		assert.equal(0, (run("replica", table.unpack(HOSTS))))
		assert.same(wanted("host01", { "Hyper-V Replica Service" }), targets "host01")
	end)

	it("prunes values of its own class only", function()
		local kept = { "cifs/host04.alpha.test", MIGRATION .. "/host04.alpha.test" }
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", "Hyper-V Replica Service/host04.alpha.test", table.unpack(kept))
		assert.equal(0, (run("replica", "--prune", table.unpack(HOSTS))))
		local list = wanted("host01", { "Hyper-V Replica Service" })
		table.move(kept, 1, 2, #list + 1, list)
		table.sort(list)
		assert.same(list, targets "host01")
	end)
end)

describe("kcd", function()
	before_each(reset)
	teardown(reset)

	it("adds, shows and removes services of one pair, in both directions", function()
		assert.equal(0, (run("kcd", "--source", "host01", "--target", "host02", "--service", "cifs", "--service", "HTTP",
			"--both", "--protocol", "any", "--add")))
		assert.same(wanted("host01", { "HTTP", "cifs" }, { "host02" }), targets "host01")
		assert.same(wanted("host02", { "HTTP", "cifs" }, { "host01" }), targets "host02")
		assert.equal(ANY, uac "host01")
		local status, out = run("kcd", "--source", "host01", "--target", "host02", "--show")
		assert.equal(0, status)
		assert.matches("HTTP/HOST02", out)
		assert.equal(0, (run("kcd", "--source", "host01", "--target", "host02", "--service", "HTTP", "--remove")))
		assert.same(wanted("host01", { "cifs" }, { "host02" }), targets "host01")
		assert.same(wanted("host02", { "HTTP", "cifs" }, { "host01" }), targets "host02")
	end)
end)

describe("kcd, by the services that the target has,", function()
	local SQL = { "MSSQLSvc/db.alpha.test:1433", "MSSQLSvc/db:1433", "MSSQLSvc/db.alpha.test:INST" }
	local BARE = "CN=BARE,OU=Hosts," .. lab.base

	local function change_names(verb, ...)
		local ldif = ("dn: %s\nchangetype: modify\n%s: servicePrincipalName\n"):format(
			lab.account("svc-web", "cn").dn, verb)
		lab.modify(ldif .. "servicePrincipalName: " .. table.concat({ ... }, "\nservicePrincipalName: ") .. "\n")
	end

	setup(function()
		reset()
		change_names("add", table.unpack(SQL))
		lab.modify(("dn: %s\nchangetype: add\nobjectClass: computer\nsAMAccountName: BARE$\n"
			.. "userAccountControl: 4098\n"):format(BARE))
	end)
	before_each(reset)
	teardown(function()
		change_names("delete", table.unpack(SQL))
		lab.modify(("dn: %s\nchangetype: delete\n"):format(BARE))
		reset()
	end)

	local function kcd(...)
		return run("kcd", "--source", "host01", "--protocol", "any", "--target", ...)
	end

	it("takes ports and instances, and the KDC gives tickets", function()
		assert.equal(0, (kcd("svc-web", "--service", "MSSQLSvc:1433", "--add")))
		assert.same({ SQL[1], SQL[2] }, targets "host01")
		local status, out, err = kcd("svc-web", "--service", "MSSQLSvc", "--add")
		assert.equal(0, status, err)
		assert.equal("", err)
		assert.same({ SQL[1], SQL[3], SQL[2] }, targets "host01")
		for _, name in ipairs(SQL) do
			assert.is_true(lab.kdc_gives("host01", name), name)
		end
		assert.is_false(lab.kdc_gives("host01", "HTTP/svc-web.alpha.test"))
		assert.matches("\nworks now on HOST01; after a refusal in the last 15 minutes: klist purge -li 0x3e7\n", out, 1, true)
		assert.equal(0, (kcd("svc-web", "--service", "mssqlsvc:1433", "--remove")))
		assert.same({ SQL[3] }, targets "host01")
		assert.is_false(lab.kdc_gives("host01", SQL[2]))
		assert.equal(0, (kcd("svc-web", "--service", SQL[3], "--remove")))
		assert.same({}, targets "host01")
	end)

	it("takes the forms that are registered, and what HOST/ covers in its forms", function()
		assert.equal(0, (kcd("svc-web", "--service", "HTTP", "--add")))
		assert.same({ "HTTP/svc-web.alpha.test" }, targets "host01") -- no short name
		reset()
		local dn, fqdn = lab.account("HOST04$", "cn").dn, "HOST/host04.alpha.test"
		lab.modify(("dn: %s\nchangetype: modify\ndelete: servicePrincipalName\nservicePrincipalName: HOST/HOST04\n")
			:format(dn))
		finally(function() lab.add("HOST04$", "servicePrincipalName", "HOST/HOST04") end)
		local status, _, err = kcd("host04", "--service", "cifs", "--service", fqdn, "--add")
		assert.same({ 0, "" }, { status, err })
		assert.same({ fqdn, "cifs/host04.alpha.test" }, targets "host01")
		assert.is_true(lab.kdc_gives("host01", "cifs/host04.alpha.test"))
	end)

	it("takes no form that is neither registered nor covered", function()
		lab.add("HOST03$", "servicePrincipalName", "Only/host03.alpha.test") -- HOST/ does not cover it
		finally(function()
			lab.modify(("dn: %s\nchangetype: modify\ndelete: servicePrincipalName\nservicePrincipalName: "
				.. "Only/host03.alpha.test\n"):format(lab.account("HOST03$", "cn").dn))
		end)
		assert.equal(0, (kcd("host03", "--service", "Only", "--add")))
		assert.same({ "Only/host03.alpha.test" }, targets "host01")
	end)

	it("says what nobody has, and refuses what somebody else has", function()
		local status, _, err = lab.adsh { "-n", "run", "kcd", "--source", "host01", "--target", "host02", "--service",
			"MSSQLSvc:1433", "--add" }
		assert.equal(4, status)
		assert.matches("no account of alpha.test has MSSQLSvc/HOST02:1433", err, 1, true)
		assert.matches("no account of alpha.test has MSSQLSvc/host02.alpha.test:1433", err, 1, true)
		status, _, err = kcd("host02", "--service", SQL[2], "--add")
		assert.equal(2, status)
		assert.matches("MSSQLSvc/db:1433 belongs to svc-web, not to HOST02$", err, 1, true)
		status, _, err = kcd("svc-web", "--add")
		assert.equal(2, status)
		assert.matches("svc-web has the classes HTTP, MSSQLSvc", err, 1, true)
		assert.equal(2, (kcd("svc-web", "--add", "--service", "a:b:c")))
		assert.same({}, targets "host01")
	end)

	it("warns of what would keep it from working", function()
		local status, _, err = lab.adsh { "-n", "run", "kcd", "--source", "host01", "--target", "bare", "--service", "cifs",
			"--as", "sensitive", "--add" }
		assert.equal(4, status)
		assert.matches("warning: BARE$ is disabled", err, 1, true)
		assert.matches("warning: BARE$ has no service principal name", err, 1, true)
		assert.matches("warning: sensitive is marked sensitive: nobody may act on behalf of this user", err, 1, true)
		assert.not_matches("warning: HOST01", err, 1, true)
		status, _, err = lab.adsh { "-n", "run", "kcd", "--source", "host01", "--target", "host01.alpha.test", "--service",
			"cifs", "--both", "--add" }
		assert.equal(4, status)
		assert.matches("warning: HOST01$ is both source and target", err, 1, true)
		status, _, err = lab.adsh { "-n", "run", "kcd", "--source", "sensitive", "--target", "host01", "--service", "cifs",
			"--add" }
		assert.equal(4, status)
		assert.matches("warning: sensitive is marked sensitive", err, 1, true)
	end)

	it("says what is left to do for a service account", function()
		lab.log_in "svc-file"
		local status, out = run("kcd", "--source", "svc-file", "--target", "host02", "--service", "cifs", "--add")
		finally(function() lab.reset("svc-file", 66048) end)
		assert.equal(0, status)
		assert.matches("works now on svc-file; after a refusal in the last 15 minutes: restart the services that run as "
			.. "svc-file", out, 1, true)
		assert.not_matches("klist", out, 1, true)
		status, out = run("kcd", "--source", "svc-file", "--target", "host02", "--service", "cifs", "--add")
		assert.equal(0, status)
		assert.not_matches("svc-file", out, 1, true)
	end)
end)

describe("spn", function()
	it("refuses what another account has, and names it", function()
		local status, _, err = run("spn", "register", "host02", "--spn", "HTTP/svc-web.alpha.test")
		assert.equal(6, status)
		assert.matches("svc%-web", err)
		assert.matches("HTTP/svc%-web%.alpha%.test", err)
	end)

	it("takes what another host covers by HOST/ only when that is said", function()
		local words = { "spn", "register", "host01", "--spn", "HTTP/host02.alpha.test" }
		local status, _, err = run(table.unpack(words))
		assert.equal(6, status)
		assert.matches("covered by HOST/host02.alpha.test, which belongs to HOST02$", err, 1, true)
		status, _, err = lab.adsh { "-n", "run", "spn", "register", "host01", "--spn", "HTTP/host02.alpha.test", "--covered" }
		assert.equal(4, status)
		assert.matches("warning: HTTP/host02.alpha.test was covered by HOST/host02.alpha.test of HOST02$", err, 1, true)
	end)

	it("checks: 0 when all is there, 4 when a name is missing or somebody else's", function()
		local words = { "spn", "check", "host01", "--bundle", "live-migration", "--service", "cifs" }
		local status, out = run(table.unpack(words))
		assert.equal(0, status)
		assert.matches(MIGRATION, out)
		local function check(...)
			local s, text = run("spn", "check", ...)
			return s, text
		end
		status, out = check("host01", "--service", "MSSQLSvc")
		assert.equal(4, status)
		assert.matches("MSSQLSvc/host01.alpha.test\n", out)
		assert.matches("Missing on HOST01: add them with adsh run spn register", out)
		status, out = check("host01", "--spn", "http/SVC-WEB.alpha.test")
		assert.equal(4, status)
		assert.matches("http/SVC-WEB.alpha.test (svc-web)", out, 1, true)
		assert.matches([[spn.move("http/SVC-WEB.alpha.test", "HOST01$")]], out, 1, true)
		status, out = check("host01", "--spn", "HTTP/host02.alpha.test")
		assert.equal(4, status)
		assert.matches("covered by HOST/host02.alpha.test of HOST02$", out, 1, true)
		assert.equal(4, (check("host01", "host02", "--service", "nix")))
	end)

	it("checks for programs: a row for each name in CSV, lists in JSON", function()
		local words = { "run", "spn", "check", "host01", "--service", "cifs", "--service", "nix", "--spn",
			"HTTP/svc-web.alpha.test", "--spn", "HOST/HOST01" }
		local status, out = lab.adsh { "-f", "csv", table.unpack(words) }
		assert.equal(4, status)
		assert.equal([[
host,state,spn,account
HOST01$,missing,nix/HOST01,
HOST01$,missing,nix/host01.alpha.test,
HOST01$,taken,HTTP/svc-web.alpha.test,svc-web
HOST01$,covered,cifs/HOST01,
HOST01$,covered,cifs/host01.alpha.test,
HOST01$,present,HOST/HOST01,
]], (out:gsub("\r", "")))
		status, out = lab.adsh { "-f", "json", table.unpack(words) }
		assert.equal(4, status)
		assert.same({ host = "HOST01$", missing = { "nix/HOST01", "nix/host01.alpha.test" }, present = { "HOST/HOST01" },
			covered = { "cifs/HOST01", "cifs/host01.alpha.test" }, taken = { "HTTP/svc-web.alpha.test (svc-web)" } },
			cjson.decode(out).shown[1])
	end)

	it("checks and finds a name that another account has, too, though it is there", function()
		local name = "HTTP/twice.alpha.test"
		lab.add("svc-web", "servicePrincipalName", name)
		lab.duplicate("HOST01$", "add", name)
		finally(function()
			lab.duplicate("HOST01$", "delete", name)
			lab.modify(("dn: %s\nchangetype: modify\ndelete: servicePrincipalName\nservicePrincipalName: %s\n"):format(
				lab.account("svc-web", "cn").dn, name))
		end)
		local status, out = run("spn", "check", "host01", "--spn", name)
		assert.equal(4, status)
		assert.matches("HTTP/twice.alpha.test: belongs to svc-web", out, 1, true)
	end)

	it("checks and lists", function()
		local status, out = run("spn", "check", "host01", "--bundle", "live-migration")
		assert.equal(0, status)
		assert.matches(MIGRATION, out)
		status, out = run("spn", "list", "host01")
		assert.equal(0, status)
		assert.matches("HOST/host01%.alpha%.test", out)
	end)

	-- no recipe and no verb gives entries; what would be written is not, and nobody sees where in a program it ended
	it("refuses LDIF before anything is done", function()
		local before = lab.account("HOST01$", "*")
		for _, words in ipairs {
			{ "run" }, { "run", "audit" }, { "run", "live-migration", "host01", "host02" },
			{ "run", "replica", "host01", "host02" },
			{ "run", "kcd", "host01", "cifs/host03" }, { "run", "spn", "check", "host01" }, { "run", "spn", "list", "host01" },
			{ "run", "cross-forest", "host01", "host02" }, { "run", "iso-library", "host01", "--server", "host03" },
			{ "run", "smb-storage", "host01", "--server", "host03" }, { "journal" }, { "undo" }, { "resume" }, { "replication" },
			{ "apply", "/nosuch" },
		} do
			local status, out, err = lab.adsh { "-f", "ldif", table.unpack(words) }
			assert.equal(2, status, err)
			assert.equal("", out)
			assert.equal(("adsh: LDIF can show only directory entries, and adsh %s returns none. Nothing was done\n"
				.. "  hint: use --format table, json or csv\n"):format(words[1]), err)
		end
		assert.same(before, lab.account("HOST01$", "*"))
	end)

	it("has every other format", function()
		for _, words in ipairs {
			{ "run" }, { "run", "audit" }, { "run", "live-migration", "-n", "host01", "host02" },
			{ "run", "spn", "list", "host01" },
			{ "run", "cross-forest", "-n", "host01", "host02" }, { "journal" }, { "run", "spn", "check", "host01" },
		} do
			for _, format in ipairs { "table", "json", "csv" } do
				local status, _, err = lab.adsh { "-f", format, table.unpack(words) }
				assert.is_true(status == 0 or status == 4, err)
				assert.not_matches("%.lua:%d", err)
			end
		end
	end)
end)
