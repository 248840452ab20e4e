-- Computer accounts that come and go: made disabled, planned, journaled, taken back, finished.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local NAME = "TESTACC1"
local state = lab.must "mktemp -d":gsub("%s", "")

local function adsh(...)
	return lab.adsh { "-y", "--journal", state, ... }
end

local function newest()
	return lab.must("ls " .. state):match "(%S+)%.jsonl%s*$"
end

local function there()
	return lab.search(("(sAMAccountName=%s$)"):format(NAME), "userAccountControl description objectSid")[1]
end

local function create(more)
	return adsh("-e", ("account.create(%q%s)"):format(NAME, more or ""))
end

describe("computer accounts", function()
	before_each(function()
		lab.must(("rm -f %s/*"):format(state))
		lab.sh(lab.scripts .. "/in.sh dc1 samba-tool computer delete " .. NAME)
	end)
	teardown(function()
		lab.sh(lab.scripts .. "/in.sh dc1 samba-tool computer delete " .. NAME)
		lab.must("rm -rf " .. state)
	end)

	it("are made disabled where the domain keeps computers, and go by undo", function()
		local status, _, err = create ', { description = "rack 7" }'
		assert.equal(0, status, err)
		local a = there()
		assert.equal("CN=" .. NAME .. ",CN=Computers," .. lab.base, a.dn)
		assert.same({ "4098" }, a.userAccountControl) -- WORKSTATION_TRUST_ACCOUNT, ACCOUNTDISABLE: MS-ADTS 2.2.16
		assert.same({ "rack 7" }, a.description)
		status, _, err = adsh("undo", newest())
		assert.equal(0, status, err)
		assert.is_nil(there())
		status, _, err = adsh("undo", newest())
		assert.equal(0, status, err)
		assert.same({ "rack 7" }, there().description)
	end)

	it("are planned, and written later", function()
		local file = lab.file ""
		os.remove(file)
		local status, _, err = lab.adsh { "--plan-out", file, "-e",
			("account.create(%q, { container = %q })"):format(NAME, "OU=Hosts," .. lab.base) }
		assert.equal(4, status, err)
		assert.matches("new computer account, disabled", err)
		assert.is_nil(there())
		status, _, err = adsh("apply", file)
		assert.equal(0, status, err)
		assert.equal("CN=" .. NAME .. ",OU=Hosts," .. lab.base, there().dn)
		os.remove(file)
	end)

	it("are finished by resume when the run was cut off", function()
		create()
		local path = ("%s/%s.jsonl"):format(state, newest())
		lab.must(("sed -i '/\"type\":\"result\"/,$d' %s"):format(path))
		lab.must(lab.scripts .. "/in.sh dc1 samba-tool computer delete " .. NAME)
		local status, _, err = adsh("resume", newest())
		assert.equal(0, status, err)
		assert.truthy(there())
	end)

	it("are not taken back once somebody else uses them", function()
		create()
		lab.modify(("dn: %s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 4096\n"):format(there().dn))
		local status, _, err = adsh("undo", newest())
		assert.equal(6, status, err)
		assert.matches("edited since", err)
		assert.truthy(there())
	end)

	it("are deleted only when they are disabled, and come back", function()
		create ', { description = "rack 7" }'
		local sid = there().objectSid[1]
		lab.modify(("dn: %s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 4096\n"):format(there().dn))
		local status, _, err = adsh("-e", ("account.delete(%q)"):format(NAME))
		assert.equal(6, status)
		assert.matches("is not disabled", err)
		lab.modify(("dn: %s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 4098\n"):format(there().dn))
		local out
		status, out, err = adsh("-e", ("account.delete(%q)"):format(NAME))
		assert.equal(0, status, err)
		assert.matches("the computer account is deleted", out)
		assert.is_nil(there())
		status, _, err = adsh("undo", newest())
		assert.equal(0, status, err)
		assert.same({ "rack 7" }, there().description)
		assert.not_equal(sid, there().objectSid[1])
	end)

	it("are refused by name, and when the name is taken", function()
		for _, name in ipairs { "", "12345", "a b", "sixteen-letters-", "-a", "a_b", "x.alpha.test" } do
			assert.equal(2, (adsh("-e", ("account.create(%q)"):format(name))), name)
		end
		local status, _, err = adsh("-e", "account.create('host01')")
		assert.equal(6, status)
		assert.matches("an account called HOST01%$", err)
		status, _, err = adsh("-e", ("account.create(%q, { colour = 'red' })"):format(NAME))
		assert.equal(2, status)
		assert.matches("no option 'colour'", err)
	end)

	it("cannot be made by somebody without the right", function()
		local status, _, err = lab.adsh({ "-y", "--journal", state, "-e", ("account.create(%q)"):format(NAME) }, "user01")
		assert.equal(1, status, err)
		assert.matches("no right to create a computer account", err)
		assert.is_nil(there())
	end)
end)
