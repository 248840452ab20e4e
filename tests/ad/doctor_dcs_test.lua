-- lab: --dcs 2
-- doctor where there are two domain controllers, of which one lacks what the other one has, or is not there. The judge:
-- ldapsearch on each of them.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local broken = require "broken"
local connect = require "adsh.connect"
local doctor = require "adsh.doctor"

local MIGRATION = "Microsoft Virtual System Migration Service/"

local function fault(words)
	lab.must(("%s/fault.sh %s"):format(lab.scripts, words))
end

local function rows()
	return doctor.check("live-migration", {}, { source = "host01", target = "host02" })
end

local function state(condition, subject)
	for _, row in ipairs(rows()) do
		if row.condition == condition and row.subject == subject then
			return row.state, row.reason
		end
	end
end

local function targets(host)
	return #(lab.on(host, lab.account, "HOST01$", "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"] or {})
end

describe("doctor of two domain controllers", function()
	setup(function()
		connect { domain = lab.domain, server = "dc1.alpha.test",
			krb5 = require "adsh.krb5".login { ccache = lab.login "labadmin" } }
		broken.machines "start host01 host02"
		broken.put("HOST01$", "userAccountControl", broken.ANY)
		broken.put("HOST01$", "msDS-AllowedToDelegateTo", broken.services("host02", MIGRATION, "cifs/"))
		lab.replicate("dc1", "dc2")
	end)
	teardown(function()
		fault "dc2 thaw-replication"
		fault "dc2 unblock"
		lab.reset "HOST01$"
		broken.machines "stop"
		lab.replicate("dc1", "dc2")
	end)

	it("finds nothing where both have the same", function()
		assert.same({}, broken.fails(rows()))
		assert.equal("holds", (state("replication", "dc2.alpha.test")))
	end)

	it("names the one that is behind, and it alone", function()
		fault "dc2 freeze-replication"
		broken.take("HOST01$", "msDS-AllowedToDelegateTo", "cifs/HOST02")
		broken.give("HOST01$", "msDS-AllowedToDelegateTo", "cifs/other")
		broken.give("HOST01$", "msDS-AllowedToDelegateTo", "cifs/HOST02")
		assert.equal(5, targets "dc1.alpha.test")
		assert.equal(4, targets "dc2.alpha.test")
		local fails = broken.fails(rows())
		local _, reason = state("replication", "dc2.alpha.test")
		fault "dc2 thaw-replication"
		assert.same({ "replication: dc2.alpha.test" }, fails)
		assert.matches("msDS%-AllowedToDelegateTo of HOST01%$", reason)
	end)

	it("names the one whose LDAP is closed, and does not guess what it has", function()
		fault "dc2 reject 389"
		local fails = broken.fails(rows())
		local how, reason = state("replication", "dc2.alpha.test")
		fault "dc2 unblock"
		assert.same({ "ports of the domain controller: dc2.alpha.test" }, fails)
		assert.equal("unseen", how)
		assert.matches("not checked", reason)
	end)

	it("says of one that does not answer at all that it could not be seen", function()
		fault "dc2 cut"
		local fails = broken.fails(rows())
		local how = state("ports of the domain controller", "dc2.alpha.test")
		fault "dc2 mend"
		assert.same({}, fails)
		assert.equal("unseen", how)
	end)

	it("names the one whose clock is fast, and does not ask it what it has", function()
		local _, library = lab.sh "ls /usr/lib/*/faketime/libfaketime.so.1"
		library = library:match "%S+"
		if not library then
			pending "there is no libfaketime"
			return
		end
		fault "dc2 kill"
		lab.must(("LD_PRELOAD=%s FAKETIME=+10m %s/fault.sh dc2 start"):format(library, lab.scripts))
		local fails = broken.fails(rows())
		local _, reason = state("clock of the domain controller", "dc2.alpha.test")
		fault "dc2 kill"
		fault "dc2 start"
		assert.same({ "clock of the domain controller: dc2.alpha.test" }, fails)
		assert.matches("10 minutes ahead", reason)
	end)
end)
