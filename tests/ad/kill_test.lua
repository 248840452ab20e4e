-- kill -9 at random points of a run over 200 objects, of its resumption, of its undoing: whatever is left
-- behind can be finished, and taken back exactly. ADSH_ROUNDS: so many kills, at least.
package.path = "tests/ad/?.lua;" .. package.path
local cjson = require "cjson"
local fleet = require "fleet"
local lab = require "lab"

local hosts = fleet.new("kill", 200)
local KILLS = math.max(tonumber(os.getenv "ADSH_ROUNDS" or "0") // 10, os.getenv "ADSH_SANITIZED" and 10 or 50)
local state = lab.must "mktemp -d":gsub("%s", "")
local cache, script

local function command(words)
	local list = { "KRB5CCNAME=" .. cache, "ASAN_OPTIONS=detect_leaks=0", lab.quote(lab.program), "--yes" }
	for _, w in ipairs(words) do
		list[#list + 1] = lab.quote(w)
	end
	return table.concat(list, " ")
end

local function adsh(...)
	return lab.sh(command { "--journal", state, "-f", "json", ... })
end

local function run_ids()
	local list = {}
	for id in lab.must("ls " .. state):gmatch "(%S+)%.jsonl" do
		list[#list + 1] = id
	end
	return list
end

local function newest()
	local ids = run_ids()
	return ids[#ids], #ids
end

-- The kinds of a journal's lines, without a last one that was cut off.
local function journal_lines(id)
	local list = {}
	local text = id and lab.must(("cat %s/%s.jsonl"):format(state, id)) or ""
	for kind in text:gmatch '{"type":"(%w+)"[^\n]*}\n' do
		list[#list + 1] = kind
	end
	return list
end

local function can_be_resumed(id)
	return table.concat(journal_lines(id), " "):find "intended" ~= nil
end

-- Which part of a run a kill met: by what the journal got since `seen` lines of `id`.
local function place_of(id, seen)
	local now = newest()
	local lines, n = journal_lines(now), { intent = 0, intended = 0, result = 0, ["end"] = 0 }
	for i = now == id and seen + 1 or 1, #lines do
		n[lines[i]] = (n[lines[i]] or 0) + 1
	end
	return n["end"] > 0 and "after the end"
		or n.intended == 0 and n.intent == 0 and "before the intent"
		or n.intended == 0 and "while the intent was written"
		or n.result == 0 and "before the first answer"
		or n.result < n.intent and "in the middle of the window"
		or "while reading back"
end

-- What to wait for before the kill, in the shell. $before: number of runs there were.
local WHEN = {
	intent = "set -- $dir/*.jsonl; shift $before; [ -e \"$1\" ]",
	readback = "set -- $dir/*.jsonl; shift $before; [ -e \"$1\" ] && [ $(grep -c '\"result\"' $1) -ge "
		.. hosts.n .. " ]",
}

-- Starts adsh and kills it: after so many seconds, or when a condition of WHEN is true. False when it was
-- through before.
local function kill_at(point, words)
	local wait = WHEN[point] and ("until { %s; } || ! kill -0 $pid; do :; done"):format(WHEN[point])
		or ("sleep %.4f"):format(point)
	local _, runs = newest()
	return lab.sh(("dir=%s before=%d; %s & pid=$!; %s; kill -KILL $pid; wait $pid")
		:format(state, runs, command(words), wait)) == 137
end

local function measure(...)
	local start = lab.must "date +%s.%N"
	local status, out, err = adsh(...)
	assert.equal(0, status, out .. err)
	return tonumber(lab.must "date +%s.%N") - tonumber(start)
end

local lengths = {} -- of a whole run and of its undoing, in seconds
local places, kills, missed = {}, 0, 0

-- Goes round the whole length of a run, so that kills do not crowd by chance. What is missed was measured
-- while the machine was busier.
local turn = 0
local function random_point(length)
	turn = turn + 1
	return length * 0.95 ^ missed * (turn * 7 % 17 + math.random()) / 17
end

local function kill(point, words)
	local id = newest()
	local seen = #journal_lines(id)
	if kill_at(point, { "--journal", state, "-f", "json", "-y", table.unpack(words) }) then
		kills = kills + 1
		local place = place_of(id, seen)
		places[place] = (places[place] or 0) + 1
	else
		missed = missed + 1
	end
end

-- Runs words, killed once at each of the points, each time going on as the journal allows; then to the end.
local function through(words, points)
	local _, first = newest()
	local id, runs
	for _, point in ipairs(points) do
		kill(point, words)
		id, runs = newest()
		if runs > first and can_be_resumed(id) then
			words = { "resume", id }
		end
	end
	local status, _, err = adsh("-y", table.unpack(words))
	assert.equal(0, status, err)
	id = newest()
	local _, out = adsh("journal", id)
	local one = cjson.decode(out)
	assert.equal("done", one.status)
	assert.equal(hosts.n, one.changes)
	return id
end

describe("kill -9", function()
	setup(function()
		math.randomseed(os.time())
		cache = lab.login "labadmin"
		hosts:remove()
		hosts:seed()
		script = hosts:script()
	end)
	teardown(function()
		hosts:remove()
		lab.sh("rm -rf " .. state .. " " .. script)
	end)

	it("leaves nothing that cannot be finished and taken back exactly", function()
		local before = hosts:snapshot()
		local wanted = hosts:wanted(before)
		lengths.run = measure(script)
		hosts:check(wanted)
		lengths.undo = measure("-y", "undo", (newest()))
		hosts:check(before)
		local first = { "intent", "readback", 0 }
		for round = 1, math.huge do
			local function random()
				return random_point(round % 2 == 0 and lengths.run or lengths.undo)
			end
			first[3] = random()
			local run = through({ script }, { first[round % 3 + 1], random(), random() })
			hosts:check(wanted)
			through({ "undo", run }, { random(), random() })
			hosts:check(before)
			lab.must(("rm -f %s/*.jsonl"):format(state))
			if kills >= KILLS then
				break
			end
		end
		io.write(("# %d kills, %d came too late; a run takes %.2f s, its undoing %.2f s\n")
			:format(kills, missed, lengths.run, lengths.undo))
		for where, n in pairs(places) do
			io.write(("# %3d %s\n"):format(n, where))
		end
		for _, where in ipairs { "before the intent", "in the middle of the window", "while reading back" } do
			assert.is_true((places[where] or 0) > 0 or KILLS < 50, where)
		end
	end)
end)
