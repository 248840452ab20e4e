-- Memory and descriptors of connections that come and go.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local core = require "adsh.core.directory"

describe("connecting, searching and closing", function()
	local function memory()
		collectgarbage()
		collectgarbage()
		for line in io.lines "/proc/self/status" do
			local kb = line:match "^VmRSS:%s+(%d+)"
			if kb then
				return tonumber(kb)
			end
		end
	end

	local function descriptors()
		local f <close> = assert(io.open "/proc/self/stat")
		return lab.must(("ls /proc/%d/fd | wc -l"):format(f:read "n"))
	end

	local ccache = lab.login "labadmin"

	-- An allocator takes some MiB before it is content (Debian 13's more than others), a leak takes more
	-- every time: one stretch in which nothing came is enough.
	it("again and again leaks nothing", function()
		local rounds, stretches = tonumber(os.getenv "ADSH_ROUNDS") or 100, 8
		local function round()
			local dir <close> = assert(core.connect { server = lab.dc, ccache = ccache })
			for e in dir:search { filter = "(objectClass=user)", attributes = { "cn", "objectSid" } } do
				assert(e.dn)
			end
		end
		round()
		local files, grown = descriptors(), {}
		for i = 1, stretches do
			local before = memory()
			for _ = 1, rounds do
				round()
			end
			grown[i] = memory() - before
			-- the sanitizer keeps what was freed for a while: there its leak check at the end decides
			if grown[i] < 128 or lab.program:match "asan" then
				break
			end
		end
		assert.is_true(grown[#grown] < 128 or lab.program:match "asan" ~= nil,
			("KiB more in each %d rounds: %s"):format(rounds, table.concat(grown, " ")))
		assert.equal(files, descriptors())
	end)
end)
