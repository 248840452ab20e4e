-- kill -9 in the middle of plans with every kind of change, of their resumption, of their undoing: nothing is lost,
-- nothing is there twice, and what was absent is absent again. ADSH_ROUNDS: three tenths as many kills, at least.
package.path = "tests/ad/?.lua;" .. package.path
local killer = require "killer"
local lab = require "lab"
local mixture = require "mixture"

local KILLS = math.max((tonumber(os.getenv "ADSH_ROUNDS") or 0) * 3 // 10, os.getenv "ADSH_SANITIZED" and 12 or 30)
local k = killer.new()
local script, before, wanted, length, lines

-- In the time that a run takes, or at a line of its journal.
local function point()
	return math.random(3) == 1 and k:moment(length) or math.random(lines)
end

-- A list of n points.
local function points(n)
	local list = {}
	for i = 1, n do
		list[i] = point()
	end
	return list
end

-- smbd's workers learn of a share one after the other: what is wrong has to stay wrong.
local function check(state, what)
	local difference
	for _ = 1, 6 do
		difference = mixture.difference(mixture.snapshot(), state)
		if difference == "" then
			return
		end
		lab.must "sleep 0.5"
	end
	error(("%s (journals in %s):\n%s"):format(what, k.state, difference), 2)
end

-- Starts words and kills it; gives the run that is left, nil when nothing was to be written yet.
local function cut(words)
	local _, runs = k:newest()
	k:kill(point(), words)
	local id, now = k:newest()
	return now > runs and k:can_be_resumed(id) and id or nil
end

local function run()
	local id = k:through({ script }, points(3))
	check(wanted, "run, killed and resumed")
	return id
end

-- Every way back from a run that is through.
local BACK = {
	function(id)
		k:through({ "undo", id }, points(3))
		check(before, "undone, killed and resumed")
	end,
	function(id)
		for _ = 1, 3 do
			cut { "undo", id }
		end
		k:through({ "undo", id }, {})
		check(before, "undone again after a kill")
	end,
	function(id)
		local undo = k:through({ "undo", id }, points(1))
		check(before, "undone")
		local again = k:through({ "undo", undo }, points(2))
		check(wanted, "the undo undone")
		k:through({ "undo", again }, points(1))
		check(before, "the undo of the undo undone")
	end,
	function(id)
		local undo = cut { "undo", id }
		if undo then
			local again = k:through({ "undo", undo }, points(2))
			check(wanted, "half an undo undone")
			k:through({ "undo", again }, {})
			k:through({ "resume", undo }, points(1))
		else
			k:through({ "undo", id }, {})
		end
		check(before, "half an undo undone, and finished")
	end,
}

-- Undone as it was left.
local function undo_half()
	local id = cut { script }
	if id then
		k:through({ "undo", id }, points(1))
	end
	check(before, "half a run undone")
end

describe("kill -9 between changes of every kind", function()
	setup(function()
		local seed = tonumber(os.getenv "ADSH_SEED") or os.time()
		math.randomseed(seed)
		io.write(("# ADSH_SEED=%d\n"):format(seed))
		k.cache = lab.login "labadmin"
		mixture.seed()
		script = mixture.script()
	end)
	teardown(function()
		mixture.remove()
		os.remove(script)
	end)

	it("leaves nothing that cannot be finished and taken back exactly", function()
		before = mixture.snapshot()
		length = k:measure(script)
		local id = k:newest()
		lines = tonumber(lab.must(("wc -l <%s/%s.jsonl"):format(k.state, id)))
		wanted = mixture.snapshot()
		mixture.prove(wanted)
		k:measure("undo", id)
		check(before, "undone")
		local turn = 0
		repeat
			k:forget()
			turn = turn + 1
			if turn % 5 == 0 then
				undo_half()
			else
				BACK[turn % 5](run())
			end
		until k.kills >= KILLS
		k:close()
		k:tell(("%d rounds, a run takes %.2f s"):format(turn, length))
	end)
end)
