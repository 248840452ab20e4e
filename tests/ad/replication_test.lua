-- lab: --dcs 2
-- Two domain controllers that hear of each other's changes late: a piece of work of several commands stays on one.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local lfs = require "lfs"

local DCS = { "dc1.alpha.test", "dc2.alpha.test" }
local TARGET = "cifs/host09.alpha.test"
local HOSTS = { "HOST01$", "HOST02$", "HOST03$", "HOST04$", "HOST05$", "HOST06$", "HOST07$", "HOST08$" }

local state -- where adsh keeps what it remembers

-- Runs adsh without -s; gives status, output, error.
local function adsh(...)
	local words = { "env", "KRB5CCNAME=" .. lab.login "labadmin", "XDG_STATE_HOME=" .. state, lab.quote(lab.program),
		"-y -d alpha.test" }
	for _, w in ipairs { ... } do
		words[#words + 1] = lab.quote(w)
	end
	return lab.sh(table.concat(words, " "))
end

local function allow(name)
	local status, _, err = adsh("-q", "-e", ("delegation.allow(%q, %q)"):format(name, TARGET))
	assert.equal(0, status, err)
end

-- The targets of a host that a DC has.
local function targets(host, name)
	return lab.on(host, lab.account, name, "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"] or {}
end

local function reset()
	lab.replicate()
	for _, e in ipairs(lab.search("(&(cn=host0*)(msDS-AllowedToDelegateTo=*))", "cn")) do
		lab.reset(e.cn[1]:upper() .. "$")
	end
	lab.replicate()
end

local function new_state()
	state = lab.must "mktemp -d":gsub("%s", "")
end

local function remembered()
	local f = io.open(state .. "/adsh/dc/alpha.test")
	return f and f:read "l"
end

local function remember(host)
	lab.must(("mkdir -p -m 700 %s/adsh/dc && umask 077 && echo %s >%s/adsh/dc/alpha.test"):format(state, host, state))
	return state .. "/adsh/dc/alpha.test"
end

local function host_of(...)
	local words = { ... }
	words[#words + 1] = "-e"
	words[#words + 1] = "directory.current():info().host"
	local status, out, err = adsh(table.unpack(words))
	assert.equal(0, status, err)
	return out:match "%S+"
end

describe("with two domain controllers", function()
	setup(reset)
	teardown(reset)
	before_each(new_state)
	after_each(function() lab.must("rm -rf " .. state) end)

	it("what one command wrote the next one finds, and takes back", function()
		for _, name in ipairs(HOSTS) do
			new_state() -- so that each pair of commands may begin anywhere
			allow(name)
			assert.same({ TARGET }, targets(remembered(), name))
			local status, out, err = adsh "undo"
			assert.equal(0, status, err)
			assert.matches("1 changed", out)
			assert.same({}, targets(remembered(), name))
		end
	end)

	it("writes of one object by eight processes all stay", function()
		local all = {}
		for i = 1, 8 do
			all[i] = ("cifs/host%02d.alpha.test"):format(10 + i)
			local status, _, err = adsh("-q", "-e", ("delegation.allow('HOST01$', %q)"):format(all[i]))
			assert.equal(0, status, err)
		end
		lab.replicate()
		for _, host in ipairs(DCS) do
			local found = targets(host, "HOST01$")
			table.sort(found)
			assert.same(all, found)
		end
	end)

	it("the DC is remembered for ten minutes, in a file that nobody else can write", function()
		for _, host in ipairs(DCS) do
			local path = remember(host)
			local before = lfs.attributes(path, "ino")
			lab.must("touch -d '9 minutes ago' " .. path)
			for _ = 1, 4 do
				assert.equal(host, host_of "-q")
			end
			assert.equal(before, lfs.attributes(path, "ino"))
			assert.is_true(os.time() - lfs.attributes(path, "modification") < 60)
			for _, change in ipairs { "touch -d '11 minutes ago'", "touch -d '1 hour'", "chmod 666" } do
				remember(host)
				lab.must(change .. " " .. path)
				before = lfs.attributes(path, "ino")
				local used = host_of "-q"
				assert.equal(used, remembered())
				assert.not_equal(before, lfs.attributes(path, "ino"), change) -- not believed, but made again
				assert.equal("600\n", lab.must("stat -c %a " .. path))
			end
		end
	end)

	it("a link is not followed, and a host that DNS does not list is not taken", function()
		local path = remember "dc2.beta.test"
		local used = host_of "-q"
		assert.equal(used, remembered())
		lab.must(("mv %s %s.real && ln -s %s.real %s"):format(path, path, path, path))
		lab.must(("echo kept > %s.real"):format(path))
		host_of "-q"
		assert.equal("kept\n", lab.must(("cat %s.real"):format(path)))
	end)

	it("--server is not remembered, and a place that cannot be written is no error", function()
		assert.equal(DCS[2], host_of("-s", DCS[2]))
		assert.is_nil(remembered())
		remember(DCS[1])
		assert.equal(DCS[2], host_of("-s", DCS[2]))
		assert.equal(DCS[1], remembered())
		local keep = state
		state = "/proc/nothing"
		local ok, used = pcall(host_of)
		state = keep
		assert.is_true(ok, used)
	end)

	it("one that is dead is left, and forgotten", function()
		finally(function() lab.must(lab.scripts .. "/fault.sh dc1 start") end)
		remember(DCS[1])
		lab.must(lab.scripts .. "/fault.sh dc1 kill")
		assert.equal(DCS[2], host_of "-q")
		assert.equal(DCS[2], remembered())
	end)
end)
