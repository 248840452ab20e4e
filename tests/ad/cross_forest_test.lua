-- Hosts of two forests: what the recipes write on both sides, seen from outside with Samba's own tools, and the
-- way back. Samba's KDC issues RBCD tickets within a forest only, so kvno judges those.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local RBCD, LIST = "msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-AllowedToDelegateTo"
local COMPUTER, TRUSTED, TRANSITION = 4096, 0x80000, 0x1000000
local FOUR = { "host01@alpha.test", "host02@alpha.test", "host01@beta.test", "host02@beta.test" }

local JOURNAL = os.getenv "LAB_DIR" .. "/tmp/journal.cross" -- of nobody else's runs

local function run(options, recipe, ...)
	local words = { "-d", "alpha.test", "--journal", JOURNAL }
	table.move(options, 1, #options, #words + 1, words)
	for _, w in ipairs { "run", recipe, ... } do
		words[#words + 1] = w
	end
	return lab.adsh(words)
end

-- name "host01@beta.test": f with the account in its forest
local function at(name, f, ...)
	local host, domain = name:match "^(.-)@(.*)$"
	if domain == "beta.test" then
		return lab.beta(f, host:upper() .. "$", ...)
	end
	return f(host:upper() .. "$", ...)
end

local function values(name, attribute)
	local list = at(name, lab.account, attribute)[attribute] or {}
	table.sort(list)
	return list
end

local function uac(name)
	return tonumber(values(name, "userAccountControl")[1])
end

-- The SIDs that an RBCD descriptor allows, decoded by Samba's library.
local DECODE = "import sys, base64; from samba.ndr import ndr_unpack; from samba.dcerpc import security as s; "
	.. "b = base64.b64decode(sys.argv[2]); print(ndr_unpack(s.dom_sid, b) if sys.argv[1] == 'sid' else "
	.. "' '.join(sorted(str(a.trustee) for a in ndr_unpack(s.descriptor, b).dacl.aces)))"

local function decode(kind, base64)
	return (lab.must(("python3 -c %s %s %s"):format(lab.quote(DECODE), kind, base64)):gsub("%s+$", ""))
end

local function sid(name)
	return decode("sid", values(name, "objectSid")[1])
end

local function sources(name)
	local list = {}
	local sd = values(name, RBCD)[1]
	for s in (sd and decode("sd", sd) or ""):gmatch "%S+" do
		list[#list + 1] = s
	end
	return list
end

local function sids(...)
	local list = {}
	for i, name in ipairs { ... } do
		list[i] = sid(name)
	end
	table.sort(list)
	return list
end

local function reset()
	for _, name in ipairs(FOUR) do
		at(name, lab.reset)
	end
end

local function last_run()
	local _, out = lab.adsh { "-d", "alpha.test", "--journal", JOURNAL, "-f", "json", "journal" }
	local runs = require "cjson".decode(out)
	return runs[#runs].run
end

local it_new = lab.since(4, 19, it, pending, "has domains of level 2008 R2: no resource-based delegation")

describe("cross-forest", function()
	setup(lab.admin_of_both)
	before_each(reset)
	teardown(reset)

	it_new("writes the sources of the other forest on each target, once, and undoes all", function()
		local status, out, err = run({ "-y" }, "cross-forest", table.unpack(FOUR))
		assert.equal(0, status, err)
		assert.same(sids("host01@beta.test", "host02@beta.test"), sources "host01@alpha.test")
		assert.same(sids("host01@alpha.test", "host02@alpha.test"), sources "host02@beta.test")
		assert.same({}, values("host01@alpha.test", LIST))
		assert.matches("alpha.test -> beta.test (4 pairs): rbcd", out, 1, true)
		assert.matches("6600/tcp", out, 1, true)
		assert.matches("adsh run live-migration", err, 1, true)
		local id, repeated = last_run(), { run({ "-y" }, "cross-forest", table.unpack(FOUR)) }
		status, out = repeated[1], repeated[2]
		assert.equal(0, status)
		assert.matches("nothing to do: 4 unchanged", out, 1, true)
		local undone = { lab.adsh { "-d", "alpha.test", "--journal", JOURNAL, "-y", "undo", id } }
		assert.equal(0, undone[1], undone[3])
		for _, name in ipairs(FOUR) do
			assert.same({}, sources(name))
		end
	end)

	it_new("plans without writing", function()
		local status, out = run({ "-f", "json" }, "cross-forest", "--dry-run", table.unpack(FOUR))
		assert.equal(4, status)
		local result = require "cjson".decode(out)
		assert.same({ 4, 12 }, { #result.changes, #result.verdicts })
		assert.same({}, sources "host01@alpha.test")
	end)

	it_new("takes its entries back, and nobody else's", function()
		run({ "-y" }, "cross-forest", "--mode", "rbcd", table.unpack(FOUR))
		lab.must(("%s/in.sh dc1 samba-tool delegation add-principal 'HOST01$' 'HOST05$'"):format(lab.scripts))
		assert.equal(4, #sources "host01@alpha.test")
		local status, _, err = run({ "-y" }, "cross-forest", "--revert", table.unpack(FOUR))
		assert.equal(0, status, err)
		assert.same(sids "host05@alpha.test", sources "host01@alpha.test")
		assert.same({}, sources "host02@beta.test")
	end)

	it_new("writes one entry for a group, and says what that costs", function()
		local status, out, err = run({ "-y" }, "cross-forest", "--group", "HyperV-Hosts@alpha.test", table.unpack(FOUR))
		assert.equal(0, status, err)
		local group = decode("sid", lab.account("HyperV-Hosts", "objectSid").objectSid[1])
		assert.same({ group }, sources "host01@beta.test")
		assert.same(sids("host01@beta.test", "host02@beta.test"), sources "host01@alpha.test")
		assert.matches("each new member needs a new ticket", out, 1, true)
		assert.matches("plan: 4 accounts", out, 1, true) -- the group chooses no hosts
		assert.matches("in none of the groups, so it gets an entry of its own: HOST01@beta.test, HOST02@beta.test", err, 1,
			true)
		assert.equal(0, (run({ "-y" }, "cross-forest", "--revert", "--group", "HyperV-Hosts@alpha.test",
			table.unpack(FOUR))))
		assert.same({}, sources "host01@beta.test")
	end)

	it_new("leaves the entries of single members to --replace", function()
		local group = decode("sid", lab.account("HyperV-Hosts", "objectSid").objectSid[1])
		run({ "-y" }, "cross-forest", table.unpack(FOUR))
		local status, _, err = run({ "-y" }, "cross-forest", "--group", "HyperV-Hosts@alpha.test", table.unpack(FOUR))
		assert.equal(0, status, err)
		assert.matches("4 entries for single members of the groups remain", err, 1, true)
		assert.equal(3, #sources "host01@beta.test")
		local out
		status, out, err = run({ "-y" }, "cross-forest", "--group", "HyperV-Hosts@alpha.test", "--replace",
			table.unpack(FOUR))
		assert.equal(0, status, err)
		assert.matches("plan: 2 accounts, 0 values added, 4 removed", out, 1, true)
		assert.same({ group }, sources "host01@beta.test")
		assert.same(sids("host01@beta.test", "host02@beta.test"), sources "host01@alpha.test")
	end)

	it_new("gives a group nothing by which a protected member gains it, without its option", function()
		local words = ("%s/in.sh dc1 samba-tool group %%s 'Protected Users' 'HOST02$'"):format(lab.scripts)
		lab.must(words:format "addmembers")
		finally(function() lab.must(words:format "removemembers") end)
		local status, _, err = run({ "-y" }, "cross-forest", "--group", "HyperV-Hosts@alpha.test", table.unpack(FOUR))
		assert.equal(6, status)
		assert.matches("HyperV-Hosts holds HOST02$, a member of Protected Users", err, 1, true)
		assert.same({}, sources "host01@beta.test")
		status, _, err = run({ "-n", "--allow-protected" }, "cross-forest", "--group", "HyperV-Hosts@alpha.test",
			table.unpack(FOUR))
		assert.equal(4, status, err)
	end)

	it("takes hosts by the groups of either forest", function()
		local status, out = run({ "-n", "-f", "json" }, "live-migration", "--group", [[BETA\HyperV-Hosts]], "host01")
		assert.equal(4, status)
		assert.equal(9, #require "cjson".decode(out).hosts)
	end)

	it_new("makes the KDC issue tickets within a forest", function()
		lab.reset("HOST01$", COMPUTER + TRANSITION) -- else Samba's KDC takes no ticket of S4U2Self
		local status, _, err = run({ "-y" }, "cross-forest", "--mode", "rbcd", "host01", "host02")
		assert.equal(0, status, err)
		local keytab = lab.keytabs .. "/host01.keytab"
		local cache = os.getenv "LAB_DIR" .. "/tmp/kvno.cross"
		lab.must(("rm -f %s; export KRB5CCNAME=FILE:%s; kinit -k -t %s 'HOST01$' && kvno -q -k %s -U user01 -P %s"):format(
			cache, cache, keytab, keytab, "HOST/host02.alpha.test"))
	end)

	pending("tickets across the forest trust: Samba's KDC issues none (KDC can't fulfill requested option)")

	it("says what the any-service mode opens, and refuses it in batch without its option", function()
		local status, out, err = run({ "-y" }, "cross-forest", "--mode", "any-service", table.unpack(FOUR))
		assert.equal(6, status)
		assert.matches("gets the tickets of every user", out, 1, true)
		assert.matches("6600/tcp", out, 1, true)
		assert.matches("--allow-any-service", err, 1, true)
		assert.equal(COMPUTER, uac "host01@alpha.test")
	end)

	it("names what would stop any-service for the administrator, and what opens less", function()
		local status, out = run({ "-n" }, "cross-forest", "--mode", "any-service", "--as", "labadmin", table.unpack(FOUR))
		assert.equal(4, status)
		assert.matches("TGT delegation from alpha.test to beta.test is off", out, 1, true)
		local narrower = lab.samba(4, 19) and 12 or 4 -- domains of level 2008 R2 have it within themselves only
		assert.matches(("fits %d of 12 pairs and grants less"):format(narrower), out, 1, true)
	end)

	it("trusts for any service, and --revert restores the exact userAccountControl", function()
		local before = { COMPUTER + TRANSITION, COMPUTER + 0x10000, COMPUTER, COMPUTER + 0x10000 + TRANSITION }
		for i, name in ipairs(FOUR) do
			at(name, lab.reset, before[i])
		end
		lab.modify(("dn: %s\nchangetype: modify\nadd: %s\n%s: cifs/host05.alpha.test\n"):format(
			lab.account("HOST01$", "dn").dn, LIST, LIST))
		local status, _, err = run({ "-y" }, "cross-forest", "--mode", "any-service", "--allow-any-service",
			table.unpack(FOUR))
		assert.equal(0, status, err)
		for i, name in ipairs(FOUR) do
			assert.equal(before[i] | TRUSTED, uac(name))
		end
		assert.same({ "cifs/host05.alpha.test" }, values("host01@alpha.test", LIST))
		assert.matches("HOST01@alpha.test keeps 1 values in msDS-AllowedToDelegateTo and protocol transition; "
			.. "HOST02@beta.test keeps protocol transition: --replace takes that away", err, 1, true)
		status, _, err = run({ "-y" }, "cross-forest", "--mode", "any-service", "--allow-any-service", "--replace",
			table.unpack(FOUR))
		assert.equal(0, status, err)
		assert.same({}, values("host01@alpha.test", LIST))
		for i, name in ipairs(FOUR) do
			assert.equal((before[i] & ~TRANSITION) | TRUSTED, uac(name))
		end
		status, _, err = run({ "-y" }, "cross-forest", "--revert", table.unpack(FOUR))
		assert.equal(0, status, err)
		for i, name in ipairs(FOUR) do
			assert.equal(before[i], uac(name))
		end
		assert.same({ "cifs/host05.alpha.test" }, values("host01@alpha.test", LIST))
	end)

	it("leaves protocol transition as it is without --replace, on the way there and back", function()
		lab.reset("HOST01$", COMPUTER + TRANSITION)
		run({ "-y" }, "cross-forest", "--mode", "any-service", "--allow-any-service", table.unpack(FOUR))
		assert.equal(COMPUTER + TRANSITION + TRUSTED, uac "host01@alpha.test")
		assert.equal(0, (run({ "-y" }, "cross-forest", "--revert", table.unpack(FOUR))))
		assert.equal(COMPUTER + TRANSITION, uac "host01@alpha.test")
	end)

	it("gives back what --replace took together with the trust", function()
		lab.reset("HOST01$", COMPUTER + TRANSITION)
		lab.modify(("dn: %s\nchangetype: modify\nadd: %s\n%s: cifs/host05.alpha.test\n"):format(
			lab.account("HOST01$", "dn").dn, LIST, LIST))
		run({ "-y" }, "cross-forest", "--mode", "any-service", "--allow-any-service", "--replace", table.unpack(FOUR))
		assert.same({}, values("host01@alpha.test", LIST))
		assert.equal(COMPUTER + TRUSTED, uac "host01@alpha.test")
		assert.equal(0, (run({ "-y" }, "cross-forest", "--revert", table.unpack(FOUR))))
		assert.same({ "cifs/host05.alpha.test" }, values("host01@alpha.test", LIST))
		assert.equal(COMPUTER + TRANSITION, uac "host01@alpha.test")
	end)
end)

describe("live-migration over two forests", function()
	before_each(reset)
	teardown(reset)

	it_new("is constrained delegation in each domain and resource-based between them", function()
		local status, _, err = run({ "-y" }, "live-migration", "--services", "cifs", table.unpack(FOUR))
		assert.equal(0, status, err)
		assert.same({ "cifs/HOST02", "cifs/host02.alpha.test" }, values("host01@alpha.test", LIST))
		assert.same({ "cifs/HOST01", "cifs/host01.beta.test" }, values("host02@beta.test", LIST))
		assert.same(sids("host01@beta.test", "host02@beta.test"), sources "host01@alpha.test")
		assert.same(sids("host01@alpha.test", "host02@alpha.test"), sources "host02@beta.test")
		assert.equal(COMPUTER + TRANSITION, uac "host01@beta.test")
	end)
end)

describe("a forest that does not answer", function()
	setup(reset)
	teardown(function()
		lab.must(lab.scripts .. "/fault.sh dcb start")
		reset()
	end)

	it_new("is named, the rest is done, and the exit status is 3", function()
		lab.must(lab.scripts .. "/fault.sh dcb kill")
		local status, _, err = run({ "-y" }, "cross-forest", "--mode", "rbcd", "host01", "host02", "host01@beta.test")
		assert.equal(3, status, err)
		assert.matches("skipping host01@beta.test", err, 1, true)
		assert.same(sids "host02@alpha.test", sources "host01@alpha.test")
		assert.same(sids "host01@alpha.test", sources "host02@alpha.test")
		status, _, err = run({ "-y" }, "cross-forest", "--mode", "rbcd", "--group", "HyperV-Hosts@beta.test", "host01",
			"host02")
		assert.equal(3, status, err)
		assert.matches("skipping HyperV-Hosts@beta.test", err, 1, true)
		status, _, err = run({}, "spn", "check", "host01", "host01@beta.test")
		assert.equal(3, status, err)
		assert.matches("skipping host01@beta.test", err, 1, true)
		status, _, err = lab.adsh { "-d", "alpha.test", "-e",
			[[topology.verdicts { "host01", "host02", "host01@beta.test" }]] }
		assert.equal(5, status)
		assert.matches("host01@beta.test: .*This leaves 2 hosts", err)
		for _, recipe in ipairs { "cross-forest", "live-migration" } do
			status, _, err = run({ "-y" }, recipe, "host01", "host01@beta.test")
			assert.equal(5, status)
			assert.matches("host01@beta.test: .*This leaves one host", err)
		end
	end)

	it_new("keeps --prune from taking away hosts that are named by it", function()
		local gone = { "cifs/gone.alpha.test", "Microsoft Virtual System Migration Service/gone.alpha.test" }
		lab.add("HOST01$", LIST, table.unpack(gone))
		local status, _, err = run({ "-y" }, "live-migration", "--prune", "--services", "cifs", "--group",
			"HyperV-Hosts@beta.test", "host01", "host02")
		assert.equal(3, status, err)
		assert.matches("--prune removes nothing in this run", err, 1, true)
		table.insert(gone, "cifs/HOST02")
		table.insert(gone, "cifs/host02.alpha.test")
		table.sort(gone)
		assert.same(gone, values("host01@alpha.test", LIST))
	end)
end)
