-- Kills adsh at a chosen moment, and brings a run to its end however often it was killed.
local assert = require "luassert"
local cjson = require "cjson"
local lab = require "lab"

local killer = {}
killer.__index = killer

--- A campaign with a journal folder of its own. options: words that every command gets.
function killer.new(options)
	return setmetatable({
		state = lab.must "mktemp -d":gsub("%s", ""), options = options or {}, kills = 0, missed = 0, turn = 0, places = {},
	}, killer)
end

function killer:command(words)
	local list = { "KRB5CCNAME=" .. self.cache, "ASAN_OPTIONS=detect_leaks=0", lab.quote(lab.program), "--yes",
		"--journal", self.state, "-f json" }
	for _, more in ipairs { self.options, words } do
		for _, w in ipairs(more) do
			list[#list + 1] = lab.quote(w)
		end
	end
	return table.concat(list, " ")
end

function killer:adsh(...)
	return lab.sh(self:command { ... })
end

--- The id of the newest run, and how many there are.
function killer:newest()
	local ids = {}
	for id in lab.must("ls " .. self.state):gmatch "(%S+)%.jsonl" do
		ids[#ids + 1] = id
	end
	return ids[#ids], #ids
end

-- The kinds of a journal's lines, without a last one that was cut off.
local function journal_lines(self, id)
	local list = {}
	local text = id and lab.must(("cat %s/%s.jsonl"):format(self.state, id)) or ""
	for kind in text:gmatch '{"type":"(%w+)"[^\n]*}\n' do
		list[#list + 1] = kind
	end
	return list
end

function killer:can_be_resumed(id)
	return id and table.concat(journal_lines(self, id), " "):find "intended" ~= nil
end

-- Which part of a run a kill met: by what the journal got since `seen` lines of `id`.
local function place_of(self, id, seen)
	local now = self:newest()
	local lines, n = journal_lines(self, now), { intent = 0, intended = 0, result = 0, ["end"] = 0 }
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

-- Shell text that waits until a journal has so many lines: the one that is made now, or one that goes on.
local function wait_for_lines(id, n)
	local file = id and ("f=$dir/%s.jsonl"):format(id) or "set -- $dir/*.jsonl; shift $before; f=$1"
	return ("until { %s; n=0; [ ! -e \"$f\" ] || n=$(wc -l <\"$f\"); [ $n -ge %d ]; }"
		.. " || ! kill -0 $pid; do :; done"):format(file, n)
end

local function fail(self, words, status, text)
	error(("%s (journals in %s) ended with status %d:\n%s"):format(table.concat(words, " "), self.state, status, text))
end

-- Starts adsh and kills it: after so many seconds, or after so many lines in its journal. False when it was
-- through before.
local function kill_at(self, point, words)
	local id, runs = self:newest()
	local resumed = words[1] == "resume" and words[2]
	local lines = math.type(point) == "integer"
		and point + (resumed and #journal_lines(self, id) or 0)
	local wait = lines and wait_for_lines(resumed, lines) or ("sleep %.4f"):format(point)
	local status, out, err = lab.sh(("dir=%s before=%d; %s & pid=$!; %s; kill -KILL $pid; wait $pid")
		:format(self.state, runs, self:command(words), wait))
	if status ~= 137 and status ~= 0 then
		fail(self, words, status, out .. err)
	end
	return status == 137
end

--- Runs words and kills it at a point: a float is seconds, an integer lines of the journal.
function killer:kill(point, words)
	local id = self:newest()
	local seen = #journal_lines(self, id)
	if kill_at(self, point, words) then
		self.kills = self.kills + 1
		local place = place_of(self, id, seen)
		self.places[place] = (self.places[place] or 0) + 1
	else
		self.missed = self.missed + 1
	end
end

--- Goes round the whole length of a run, so that kills do not crowd by chance. What is missed was measured
--- while the machine was busier.
function killer:moment(length)
	self.turn = self.turn + 1
	return length * 0.95 ^ self.missed * (self.turn * 7 % 17 + math.random()) / 17
end

--- Runs words to their end; gives the seconds it took.
function killer:measure(...)
	local start = lab.must "date +%s.%N"
	local status, out, err = self:adsh(...)
	assert.equal(0, status, out .. err)
	return tonumber(lab.must "date +%s.%N") - tonumber(start)
end

local function finish(self, words)
	local _, runs = self:newest()
	local status, out, err = self:adsh(table.unpack(words))
	if status ~= 0 then
		fail(self, words, status, out .. err)
	end
	local id, now = self:newest()
	local one = cjson.decode((select(2, self:adsh("journal", id))))
	if now > runs or words[1] == "resume" then -- else nothing was left to do
		assert.equal("done", one.status)
	end
	return id, one.changes
end

--- Runs words, killed once at each of the points, each time going on as the journal allows; then to the end.
--- Gives the id of the last run, and how many changes it has.
function killer:through(words, points)
	local _, first = self:newest()
	for _, point in ipairs(points) do
		self:kill(point, words)
		local id, runs = self:newest()
		if runs > first and words[1] ~= "resume" and self:can_be_resumed(id) then
			words = { "resume", id }
		end
	end
	return finish(self, words)
end

--- Tells how many kills there were, and where.
function killer:tell(more)
	io.write(("# %d kills, %d came too late; %s\n"):format(self.kills, self.missed, more))
	for where, n in pairs(self.places) do
		io.write(("# %3d %s\n"):format(n, where))
	end
end

function killer:forget()
	lab.must(("rm -f %s/*.jsonl"):format(self.state))
end

function killer:close()
	lab.sh("rm -rf " .. self.state)
end

return killer
