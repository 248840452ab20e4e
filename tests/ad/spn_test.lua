-- Service principal names, seen from outside: ldapsearch and samba-tool spn list.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local connect = require "adsh.connect"
local directory = require "adsh.directory"
local plan = require "adsh.plan"
local spn = require "adsh.spn"

local MIGRATION = "Microsoft Virtual System Migration Service/"

local function failure_of(f, ...)
	local ok, err = pcall(f, ...)
	assert.is_false(ok)
	return err
end

local function names(account)
	local list = lab.account(account, "servicePrincipalName").servicePrincipalName or {}
	table.sort(list)
	return list
end

local function has(account, name)
	for _, n in ipairs(names(account)) do
		if n == name then
			return true
		end
	end
	return false
end

-- Samba's own list, sorted.
local function samba_list(account)
	local list = {}
	local out = lab.must(("KRB5CCNAME=%s samba-tool spn list %s -H ldap://%s --use-kerberos=required")
		:format(lab.login "Administrator", lab.quote(account), lab.dc))
	for name in out:gmatch "\n%s+([^\n]+)" do
		list[#list + 1] = name
	end
	table.sort(list)
	return list
end

local saved = {}

local function save()
	for _, account in ipairs { "HOST01$", "HOST02$", "svc-web" } do
		saved[account] = names(account)
	end
end

-- Takes away first, so that names that moved can come back.
local function restore()
	for _, step in ipairs { "delete", "add" } do
		for account, wanted in pairs(saved) do
			local now, changes = {}, {}
			for _, n in ipairs(names(account)) do
				now[n] = true
			end
			for _, n in ipairs(wanted) do
				if step == "add" and not now[n] then
					changes[#changes + 1] = n
				end
				now[n] = nil
			end
			if step == "delete" then
				for n in pairs(now) do
					changes[#changes + 1] = n
				end
			end
			if #changes > 0 then
				lab.modify(("dn: %s\nchangetype: modify\n%s: servicePrincipalName\nservicePrincipalName: %s\n")
					:format(lab.account(account, "cn").dn, step, table.concat(changes, "\nservicePrincipalName: ")))
			end
		end
	end
end

describe("service principal names", function()
	setup(function()
		connect { domain = lab.domain, ccache = lab.login "labadmin" }
		save()
	end)
	after_each(restore)

	it("are listed as samba-tool lists them", function()
		local list = spn.list "host01"
		table.sort(list)
		assert.same(samba_list "HOST01$", list)
	end)

	it("are found in the forest, also through HOST/", function()
		local rows = spn.find { "http/SVC-WEB.alpha.test", MIGRATION .. "host02", "cifs/host01", "HTTP/nobody" }
		table.sort(rows, function(a, b) return a.asked < b.asked end)
		assert.is_nil(rows.forest)
		assert.is_nil(rows.warning)
		assert.equal(3, #rows)
		assert.same({ MIGRATION .. "host02", "HOST02$", false }, { rows[1].asked, rows[1].account, rows[1].alias })
		assert.same({ "cifs/host01", "HOST/HOST01", "HOST01$", true },
			{ rows[2].asked, rows[2].spn, rows[2].account, rows[2].alias })
		assert.same({ "HTTP/svc-web.alpha.test", "svc-web" }, { rows[3].spn, rows[3].account })
		assert.same(0, #spn.find("cifs/host01", { aliases = false }))
		assert.equal("usage", failure_of(spn.find, "cifs").kind)
	end)

	it("are found once each, however many are asked for", function()
		local asked = {}
		for i = 1, 250 do -- more than two searches
			asked[i] = ("HTTP/many%03d.alpha.test"):format(i)
		end
		-- names of one account in each search
		asked[3], asked[101], asked[250] = MIGRATION .. "HOST02", MIGRATION .. "host02.alpha.test", "HOST/HOST02"
		local rows = spn.find(asked)
		table.sort(rows, function(a, b) return a.asked < b.asked end)
		assert.equal(3, #rows)
		for i, name in ipairs { asked[250], asked[3], asked[101] } do
			assert.same({ name, "HOST02$" }, { rows[i].asked, rows[i].account })
		end
	end)

	it("are added and removed one by one", function()
		local before = names "HOST01$"
		local r = spn.add("host01", { "HTTP/www.alpha.test", "Some Service/host01:99/x", "host/HOST01" })
		assert.equal(1, r.modifies)
		assert.is_true(has("HOST01$", "Some Service/host01:99/x"))
		assert.equal(#before + 2, #names "HOST01$")
		assert.equal(0, spn.add("host01", "http/WWW.alpha.test").modifies)
		r = spn.remove("host01", { "http/www.alpha.test", "some service/HOST01:99/X", "cifs/never" })
		assert.equal(1, r.modifies)
		assert.same(before, names "HOST01$")
	end)

	it("are removed as they are, also malformed ones", function()
		local before = names "HOST01$"
		lab.add("HOST01$", "servicePrincipalName", "cifs/host 01")
		spn.remove("host01", "CIFS/host 01")
		assert.same(before, names "HOST01$")
		assert.equal("usage", failure_of(spn.remove, "host01", "cifs/host 02").kind)
	end)

	it("are not given to a second account", function()
		spn.add("host01", "HTTP/www.alpha.test")
		local err = failure_of(spn.add, "host02", { "cifs/x", "http/WWW.alpha.test" })
		assert.equal("refused", err.kind)
		assert.matches("belongs to HOST01%$", err.message)
		assert.matches("spn.move", err.hint)
		assert.is_false(has("HOST02$", "cifs/x"))
		err = failure_of(plan, function()
			spn.add("host01", "HTTP/new.alpha.test")
			spn.add("host02", "http/NEW.alpha.test")
		end)
		assert.equal("refused", err.kind)
		assert.matches("by the same plan to HOST01%$", err.message)
	end)

	it("are not taken from who covers them by HOST/, and not given with a HOST/ that covers another's", function()
		local before = { names "HOST01$", names "HOST02$", names "svc-web" }
		local function refused(message, hint, ...)
			local err = failure_of(spn.add, ...)
			assert.equal("refused", err.kind)
			assert.matches(message, err.message, 1, true)
			assert.matches(hint, err.hint, 1, true)
		end
		local dn = lab.account("HOST02$", "cn").dn
		refused(("cifs/Host02 is covered by HOST/HOST02, which belongs to HOST02$ (%s)"):format(dn), "covered = true",
			"svc-web", { "Some/svc-web", "cifs/Host02" })
		refused("cifs/host02 is covered by HOST/HOST02, which belongs to HOST02$", "tickets for HOST02$", "host01",
			"cifs/host02")
		lab.add("svc-web", "servicePrincipalName", "www/web9", "HTTP/web9")
		refused("/web9, which belongs to svc-web", "continue to get tickets for svc-web", "host01", "HOST/web9")
		local err = failure_of(plan, function()
			spn.remove("svc-web", "HTTP/web9") -- the other one stays
			spn.add("host01", "HOST/web9")
		end)
		assert.matches("HOST/web9 covers www/web9, which belongs to svc-web", err.message, 1, true)
		local p = plan(function()
			spn.remove("svc-web", { "HTTP/web9", "www/web9" })
			spn.add("host01", "HOST/web9")
		end)
		assert.equal(2, p:count())
		lab.modify(("dn: %s\nchangetype: modify\ndelete: servicePrincipalName\nservicePrincipalName: HTTP/web9\n"
			.. "servicePrincipalName: www/web9\n"):format(lab.account("svc-web", "cn").dn))
		assert.same(before, { names "HOST01$", names "HOST02$", names "svc-web" })
	end)

	it("are not given to two accounts of one plan, by HOST/ neither", function()
		for _, pair in ipairs { { "HOST/pair", "cifs/PAIR" }, { "cifs/pair", "host/pair" } } do
			local err = failure_of(plan, function()
				spn.add("host01", pair[1])
				spn.add("host02", pair[2])
			end)
			assert.equal("refused", err.kind)
			assert.matches("by the same plan to HOST01%$", err.message)
			local p = plan(function()
				spn.add("host01", pair[1])
				spn.add("host02", pair[2], { covered = true })
			end)
			assert.equal(2, p:count())
		end
		assert.equal(1, spn.add("host01", { "HOST/pair", "cifs/pair" }).changed) -- of one account
	end)

	it("may take a name that another host had by its HOST/ name when that is meant, with a warning", function()
		local r = spn.add("svc-web", "HTTP/host02.alpha.test", { covered = true })
		assert.equal(1, #r.warnings)
		assert.matches("covered by HOST/host02.alpha.test of HOST02%$; from now on its tickets are for svc%-web",
			r.warnings[1])
		assert.same({}, spn.add("host02", "HTTP/own.alpha.test").warnings)
	end)

	it("are checked against a bundle, and registered", function()
		spn.remove("host01", { MIGRATION .. "HOST01", MIGRATION .. "host01.alpha.test" })
		local c = spn.check("host01", { "live-migration", "replica", "cifs/", "HTTP/svc-web.alpha.test" })
		assert.same({ MIGRATION .. "HOST01", MIGRATION .. "host01.alpha.test" }, c.missing)
		assert.same({ "Hyper-V Replica Service/HOST01", "Hyper-V Replica Service/host01.alpha.test" }, c.present)
		assert.same({ "cifs/HOST01", "cifs/host01.alpha.test" }, c.covered)
		assert.same({ "HTTP/svc-web.alpha.test (svc-web)" }, c.taken)
		assert.equal(1, spn.register("host01", "live-migration").modifies)
		assert.same(saved["HOST01$"], names "HOST01$")
		assert.equal(0, spn.register("host01", { "live-migration", "replica", "console" }).modifies)
		local err = failure_of(spn.register, "host01", "live-migraton")
		assert.equal("usage", err.kind)
		assert.matches("console, live%-migration, replica", err.hint)
	end)

	it("change hands", function()
		assert.equal(2, spn.move("http/svc-web.alpha.test", "host02").changed)
		assert.is_false(has("svc-web", "HTTP/svc-web.alpha.test"))
		assert.is_true(has("HOST02$", "http/svc-web.alpha.test"))
		assert.equal(0, spn.move("http/svc-web.alpha.test", "host02").changed)
		local p = plan(function() spn.move("http/svc-web.alpha.test", "svc-web") end)
		assert.equal(2, p:count())
		assert.is_true(has("HOST02$", "http/svc-web.alpha.test"))
		p:apply()
		assert.is_true(has("svc-web", "http/svc-web.alpha.test"))
		assert.is_false(has("HOST02$", "http/svc-web.alpha.test"))
	end)

	it("are named when the DC knows a conflict that came up after the check", function()
		local p = plan(function() spn.add("host01", "HTTP/race.alpha.test") end)
		lab.modify(("dn: %s\nchangetype: modify\nadd: servicePrincipalName\nservicePrincipalName: HTTP/race.alpha.test\n")
			:format(lab.account("HOST02$", "cn").dn))
		local err = failure_of(p.apply, p)
		assert.equal(19, err.code)
		assert.matches("HTTP/race.alpha.test belongs to HOST02%$", err.message)
		assert.matches("would cause a conflict", err.diagnostic)
		assert.is_false(has("HOST01$", "HTTP/race.alpha.test"))
	end)

	it("are looked for in the domain when no catalog answers, and that is said", function()
		finally(function() lab.must(lab.scripts .. "/fault.sh dc1 unblock") end)
		lab.must(lab.scripts .. "/fault.sh dc1 reject 3268")
		local rows = spn.find "http/svc-web.alpha.test"
		assert.matches("only this domain", rows.warning)
		assert.equal("svc-web", rows[1].account)
		assert.matches("only alpha.test was searched", spn.add("host01", "HTTP/www.alpha.test").warnings[1])
		assert.equal("refused", failure_of(spn.add, "host02", "HTTP/www.alpha.test").kind)
	end)

	it("are unique in the lab, but for the krbtgt's by design", function()
		assert.same({}, spn.duplicates()) -- nothing else to show either
	end)

	it("are found when they are duplicates", function()
		lab.duplicate("HOST01$", "add", "http/SVC-WEB.alpha.test")
		finally(function() lab.duplicate("HOST01$", "delete", "http/SVC-WEB.alpha.test") end)
		local rows = spn.duplicates()
		assert.equal(2, #rows)
		assert.same({ "HOST01$", "svc-web" }, { rows[1].account, rows[2].account })
		assert.equal("http/SVC-WEB.alpha.test", rows[1].spn)
		local err = failure_of(spn.add, "host02", "HTTP/svc-web.alpha.test")
		assert.matches("belongs to ", err.message)
	end)
end)

describe("service principal names without rights", function()
	local admin

	setup(function()
		admin = directory.current()
	end)
	teardown(function()
		require "adsh.core.directory".current(admin)
	end)
	after_each(restore)

	it("are refused to a plain user, and nothing is written", function()
		connect { domain = lab.domain, ccache = lab.login "plain" }
		local err = failure_of(spn.add, "host01", "HTTP/www.alpha.test")
		assert.equal(50, err.code)
		assert.matches("not allowed to change the service principal names", err.message)
		assert.matches("Validated write", err.hint)
		assert.same(saved["HOST01$"], names "HOST01$")
		assert.equal(0, #(spn.check("host01", "live-migration").missing))
	end)

	it("are limited to its own names for a computer", function()
		local cache = "FILE:" .. os.getenv "LAB_DIR" .. "/tmp/host01.ccache"
		lab.must(("kinit -c %s -k -t %s/host01.keytab 'HOST01$'"):format(cache, lab.keytabs))
		connect { domain = lab.domain, ccache = cache }
		assert.equal(1, spn.add("host01", "HTTP/host01.alpha.test").changed)
		local err = failure_of(spn.add, "host01", "HTTP/other.alpha.test")
		assert.equal(19, err.code)
		assert.matches("does not allow these", err.message)
		assert.matches("names of its own", err.hint)
		assert.is_false(has("HOST01$", "HTTP/other.alpha.test"))
	end)
end)
