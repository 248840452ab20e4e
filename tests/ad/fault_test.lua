-- The domain controller or the network dies in the middle of a run: what was written is told exactly,
-- the run can be finished afterwards, and taken back.
package.path = "tests/ad/?.lua;" .. package.path
local cjson = require "cjson"
local fleet = require "fleet"
local lab = require "lab"

local hosts = fleet.new("fault", 400)
local state = lab.must "mktemp -d":gsub("%s", "")
local scripts = {} -- files to be removed

local function fault(words)
	return lab.must(("%s/fault.sh dc1 %s"):format(lab.scripts, words))
end

local function adsh(...)
	return lab.adsh { "--journal", state, "-f", "json", ... }
end

local function newest()
	return lab.must("ls " .. state):match "(%S+)%.jsonl%s*$"
end

local function account_of(err)
	local done, refused, open, rest =
		err:match "(%d+) written, (%d+) refused, (%d+) sent without an answer, (%d+) not tried"
	assert(done, err)
	assert.equal(0, tonumber(refused))
	assert.equal(hosts.n, done + open + rest)
	return tonumber(done), tonumber(open)
end

-- One request after the other, so that there is a middle; and no long waiting.
local function script()
	local path = hosts:script "plan.gate { window = 1 }"
	lab.must(("sed -i '1i connect { timeout = 3, connect_timeout = 6 }' %s"):format(path))
	scripts[#scripts + 1] = path
	return path
end

-- What a shell does as soon as the first results are in the journal.
local function when_half_way(command)
	return ("( for i in $(seq 1000); do [ $(cat %s/*.jsonl 2>/dev/null | grep -c '\"result\"') -lt 5 ] || break;"
		.. " sleep 0.01; done; %s ) & "):format(state, command)
end

local function finish_and_take_back(before)
	local run = newest()
	local status, _, err = adsh("-y", "resume", run)
	assert.equal(0, status, err)
	hosts:check(hosts:wanted(before))
	local _, out = adsh("journal", run)
	assert.equal("done", cjson.decode(out).status)
	status, _, err = adsh("-y", "undo", run)
	assert.equal(0, status, err)
	hosts:check(before)
end

describe("in the middle of a run", function()
	local before
	setup(function()
		hosts:remove()
		hosts:seed()
		before = hosts:snapshot()
	end)
	before_each(function()
		lab.must(("rm -f %s/*"):format(state))
	end)
	teardown(function()
		lab.sh(lab.scripts .. "/cut.sh stop")
		lab.sh(lab.scripts .. "/fault.sh dc1 mend")
		lab.sh(lab.scripts .. "/fault.sh dc1 thaw-ldap")
		lab.sh(lab.scripts .. "/fault.sh dc1 start")
		hosts:remove()
		lab.sh(("rm -rf %s %s"):format(state, table.concat(scripts, " ")))
	end)

	for what, commands in pairs {
		["a domain controller that stands still"] = { "freeze-ldap", "thaw-ldap" },
		["a network that is cut"] = { "cut", "mend" },
	} do
		it(what .. " is accounted for and ends with 3; then the run is finished, and taken back", function()
			local words = ("KRB5CCNAME=%s %s -y --journal %s -f json %s"):format(lab.login "labadmin",
				lab.quote(lab.program), state, script())
			local status, _, err = lab.sh(when_half_way(lab.scripts .. "/fault.sh dc1 " .. commands[1]) .. words)
			fault(commands[2])
			assert.equal(3, status, err)
			local done, open = account_of(err)
			assert.is_true(done >= 5 and done < hosts.n, err)
			local there = hosts:written()
			assert.is_true(there >= done and there <= done + open)
			finish_and_take_back(before)
		end)
	end

	it("killed LDAP servers that start again do not end it", function()
		fault "kill" -- Samba starts LDAP servers again the later the more often that was needed
		fault "start"
		local words = ("KRB5CCNAME=%s %s -y --journal %s -v -f json %s"):format(lab.login "labadmin",
			lab.quote(lab.program), state, script())
		local status, _, err = lab.sh(when_half_way(lab.scripts .. "/fault.sh dc1 kill-ldap") .. words)
		assert.equal(0, status, err)
		assert.matches("reconnected to " .. lab.dc, err, 1, true)
		hosts:check(hosts:wanted(before))
		local undone
		undone, _, err = adsh("-y", "undo", newest())
		assert.equal(0, undone, err)
		hosts:check(before)
	end)

	it("a write that nothing answers may have been done, and ends with 3", function()
		local path = lab.file [[
			local list = {}
			for i = 1, 300 do
				list[i] = ("cifs/%s%03d.alpha.test"):format(("x"):rep(100), i)
			end
			local _, err = pcall(delegation.allow, "fault001", list)
			error("the script ends for another reason: " .. tostring(err), 0)]]
		lab.must(("sed -i '1i connect { timeout = 3, connect_timeout = 6 }' %s"):format(path))
		scripts[#scripts + 1] = path
		lab.must(("%s/cut.sh start 25000 '%s/fault.sh dc1 kill'"):format(lab.scripts, lab.scripts)) -- before these 35 KB
		local status, _, err = adsh("-s", lab.dc .. ":3390", path)
		fault "start"
		assert.equal(3, status, err)
		assert.matches("the script ends for another reason", err, 1, true)
		assert.matches("0 written, 0 refused, 1 sent without an answer, 0 not tried", err, 1, true)
	end)

	it("a dead domain controller is accounted for and ends with 3; the next run finishes the work", function()
		lab.must(("%s/cut.sh start 100000 '%s/fault.sh dc1 kill'"):format(lab.scripts, lab.scripts))
		local status, _, err = adsh("-s", lab.dc .. ":3390", script())
		fault "start"
		assert.equal(3, status, err)
		local done, open = account_of(err)
		assert.is_true(done > 0 and done < hosts.n, err)
		local there = hosts:written()
		assert.is_true(there >= done and there <= done + open, err)
		assert.equal(0, (adsh(script())))
		hosts:check(hosts:wanted(before))
	end)
end)
