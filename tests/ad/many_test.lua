-- A plan over many hosts, saved, drifted, applied in part, taken back: 500 of them in the long campaign.
package.path = "tests/ad/?.lua;" .. package.path
local cjson = require "cjson"
local fleet = require "fleet"
local lab = require "lab"

local hosts = fleet.new("many", os.getenv "ADSH_ROUNDS" and 500 or 60)
local place = lab.must "mktemp -d":gsub("%s", "")
local file = place .. "/plan"

local function adsh(...)
	return lab.adsh { "--journal", place .. "/journal", "-f", "json", ... }
end

local function edit(name, lines)
	lab.modify(("dn: CN=%s,OU=Hosts,%s\n%s\n"):format(name, lab.base, lines))
end

local ADD = "changetype: modify\nadd: msDS-AllowedToDelegateTo\nmsDS-AllowedToDelegateTo: HTTP/theirs"

describe("a plan over many hosts", function()
	local before, script
	setup(function()
		hosts:remove()
		hosts:seed()
		before = hosts:snapshot()
		script = hosts:script()
	end)
	teardown(function()
		hosts:remove()
		lab.sh(("rm -rf %s %s"):format(place, script))
	end)

	it("is saved, and nothing is written", function()
		local status = adsh("--plan-out", file, script)
		assert.equal(4, status)
		hosts:check(before)
		assert.equal(2, (adsh("-y", "apply", place .. "/nothing")))
	end)

	it("refuses to be applied after objects drifted, and names them", function()
		edit("many005", ADD)
		edit("many020", "changetype: modify\nreplace: userAccountControl\nuserAccountControl: 4098")
		edit("many030", "changetype: delete")
		edit("many040", "changetype: modrdn\nnewrdn: CN=renamed\ndeleteoldrdn: 1") -- is found by its GUID
		local status, _, err = adsh("-y", "apply", file)
		assert.equal(6, status)
		assert.matches("MANY005%$ has been edited since; MANY020%$ has been edited since; MANY030%$ no longer exists", err)
		assert.not_matches("MANY040", err)
		assert.equal(0, #lab.search("(&(sAMAccountName=MANY*)(msDS-AllowedToDelegateTo=cifs/*))", "cn"))
	end)

	it("does the others with --partial", function()
		local status, out, err = adsh("-y", "--partial", "apply", file)
		assert.equal(0, status, err)
		local result = cjson.decode(out)
		assert.equal(hosts.n - 3, result.changed)
		assert.equal(3, #result.drifted)
		edit("renamed", "changetype: modrdn\nnewrdn: CN=many040\ndeleteoldrdn: 1")
		local wanted = hosts:wanted(before)
		wanted.many005 = before.many005
		wanted.many005["msDS-AllowedToDelegateTo"] = { "HTTP/theirs" }
		wanted.many020 = before.many020
		wanted.many020.userAccountControl = { "4098" }
		wanted.many030 = nil
		hosts:check(wanted)
	end)

	it("has nothing to do the second time", function()
		local status, out, err = adsh("-y", "--partial", "apply", file)
		assert.equal(0, status, err)
		assert.equal(0, cjson.decode(out).changed)
		assert.equal(hosts.n - 3, cjson.decode(out).unchanged)
	end)

	it("is taken back exactly", function()
		local run = lab.must(("ls %s/journal"):format(place)):match "(%S+)%.jsonl%s*$"
		local status, _, err = adsh("-y", "undo", run)
		assert.equal(0, status, err)
		before.many030 = nil
		hosts:check(before)
	end)
end)
