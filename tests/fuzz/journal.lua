-- A journal: whatever is in it, it is read, and what is not damaged can be taken back and finished, or is refused in
-- words.
local inverse = require "adsh.inverse"
local journal = require "adsh.journal"
local reached = require "adsh.reached"
local saved = require "adsh.saved"
local say = require "adsh.say"

local STATES = { done = true, failed = true, unknown = true, pending = true }

local directory = ...
local dir = directory()
local dirs = setmetatable({}, { __index = function() return dir end })

say.err = function() end -- luacheck: ignore 122

local function parse(bytes)
	return journal.parse({
		lines = function() return bytes:gmatch "([^\n]*)\n?" end,
	}, "the journal")
end

return function(bytes)
	local ok, r = pcall(parse, bytes)
	assert(ok, r)
	assert(r.changes == #r.intents)
	for _, intent in ipairs(r.intents) do
		assert(STATES[intent.state], intent.state)
	end
	if r.damaged then
		return
	end
	reached.known(r)
	saved.restore(r.intents, dirs, true)
	for _, intent in ipairs(r.intents) do
		intent.sid = intent.made or intent.sid
	end
	local back = inverse(r.intents)
	saved.restore(back, dirs)
	assert(#back <= r.changes)
end
