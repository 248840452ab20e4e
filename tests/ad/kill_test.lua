-- kill -9 at random points of a run over 200 objects, of its resumption, of its undoing: whatever is left
-- behind can be finished, and taken back exactly. ADSH_ROUNDS: a tenth as many kills, at least.
package.path = "tests/ad/?.lua;" .. package.path
local fleet = require "fleet"
local killer = require "killer"
local lab = require "lab"

local hosts = fleet.new("kill", 200)
local KILLS = math.max(tonumber(os.getenv "ADSH_ROUNDS" or "0") // 10, os.getenv "ADSH_SANITIZED" and 10 or 50)
local k = killer.new()
local script

-- Journal lines: the first one, and those when all answers are there.
local INTENT, READBACK = 1, 2 * hosts.n + 2

local function through(words, points)
	local id, changes = k:through(words, points)
	assert.equal(hosts.n, changes)
	return id
end

describe("kill -9", function()
	setup(function()
		math.randomseed(os.time())
		k.cache = lab.login "labadmin"
		hosts:remove()
		hosts:seed()
		script = hosts:script()
	end)
	teardown(function()
		hosts:remove()
		k:close()
		os.remove(script)
	end)

	it("leaves nothing that cannot be finished and taken back exactly", function()
		local before = hosts:snapshot()
		local wanted = hosts:wanted(before)
		local run = k:measure(script)
		hosts:check(wanted)
		local undo = k:measure("undo", (k:newest()))
		hosts:check(before)
		for round = 1, math.huge do
			local function random()
				return k:moment(round % 2 == 0 and run or undo)
			end
			local id = through({ script }, { ({ READBACK, random(), INTENT })[round % 3 + 1], random(), random() })
			hosts:check(wanted)
			through({ "undo", id }, { random(), random() })
			hosts:check(before)
			k:forget()
			if k.kills >= KILLS then
				break
			end
		end
		k:tell(("a run takes %.2f s, its undoing %.2f s"):format(run, undo))
		for _, where in ipairs { "before the intent", "in the middle of the window", "while reading back" } do
			assert.is_true((k.places[where] or 0) > 0 or KILLS < 50, where)
		end
	end)
end)
