-- The domain controller dies in the middle of a run: what was written is told exactly.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local N = 24

local function hosts()
	local list = {}
	for i = 1, N do
		list[i] = ("fault%02d"):format(i)
	end
	return list
end

local function seed()
	local ldif = {}
	for _, name in ipairs(hosts()) do
		ldif[#ldif + 1] = ("dn: CN=%s,OU=Hosts,%s\nchangetype: add\nobjectClass: computer\nsAMAccountName: %s$\n"
			.. "dNSHostName: %s.alpha.test\nuserAccountControl: 4096\n"):format(name, lab.base, name:upper(), name)
	end
	lab.modify(table.concat(ldif, "\n"))
end

local function remove()
	local ldif = {}
	for _, e in ipairs(lab.search("(sAMAccountName=FAULT*)", "cn")) do
		ldif[#ldif + 1] = ("dn: %s\nchangetype: delete\n"):format(e.dn)
	end
	if #ldif > 0 then
		lab.modify(table.concat(ldif, "\n"))
	end
end

-- How many of the hosts have their values; none may have only some of them.
local function written()
	local n = 0
	for _, e in ipairs(lab.search("(sAMAccountName=FAULT*)", "msDS-AllowedToDelegateTo userAccountControl")) do
		local values = #(e["msDS-AllowedToDelegateTo"] or {})
		assert.is_true(values == 0 or values == 4 * (N - 1), e.dn .. " has " .. values .. " values")
		assert.equal(values > 0, tonumber(e.userAccountControl[1]) & 0x1000000 ~= 0)
		n = n + (values > 0 and 1 or 0)
	end
	return n
end

local function run(port)
	local words = { "-s", lab.dc .. port, "-f", "json", "--yes", "run", "live-migration", table.unpack(hosts()) }
	return lab.adsh(words)
end

local function scripts(name, words)
	return lab.must(("%s/%s %s"):format(lab.scripts, name, words))
end

describe("a domain controller that dies in the middle", function()
	setup(function()
		remove()
		seed()
	end)
	teardown(function()
		lab.sh(lab.scripts .. "/cut.sh stop")
		lab.sh(lab.scripts .. "/fault.sh dc1 start")
		remove()
	end)

	it("is accounted for exactly, ends with 3, and the next run finishes the work", function()
		scripts("cut.sh", ("start 90000 '%s/fault.sh dc1 kill'"):format(lab.scripts))
		local status, _, err = run ":3390"
		assert.equal(3, status, err)
		local done, refused, open, rest =
			err:match "(%d+) written, (%d+) refused, (%d+) sent without an answer, (%d+) not tried"
		assert.is_truthy(done, err)
		assert.equal(0, tonumber(refused))
		assert.equal(N, tonumber(done) + tonumber(open) + tonumber(rest))
		assert.is_true(tonumber(done) > 0 and tonumber(done) < N, err)
		scripts("fault.sh", "dc1 start")
		local there = written()
		assert.is_true(there >= tonumber(done) and there <= tonumber(done) + tonumber(open),
			("%d are written, it said %s and %s open"):format(there, done, open))
		assert.equal(0, (run ""))
		assert.equal(N, written())
	end)
end)
