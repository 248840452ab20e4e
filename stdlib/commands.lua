-- adsh run | apply | journal | undo | resume: what the command line's verbs do. Each gives what is to be
-- shown, or nothing when a person has read it already.
local carry_out = require "adsh.carry_out"
local failure = require "adsh.failure"
local options = require "adsh.core.options"
local say = require "adsh.say"

local commands = {}

local function for_programs(result)
	if not carry_out.people() then
		return result
	end
end

local function needs(word, what, hint)
	if not word then
		error(failure("usage", what, hint), 0)
	end
	return word
end

function commands.run(...)
	return require "adsh.recipe".main(...)
end

function commands.apply(path)
	needs(path, "apply needs the name of a plan file", "adsh --plan-out FILE run ... makes one")
	return for_programs(require "adsh.plan_file".apply(path))
end

local HEAD = { "run", "command", "started", "finished", "status", "damaged", "user", "host", "principal", "server" }

function commands.journal(run)
	local journal = require "adsh.journal"
	if options.keep_days then
		journal.prune(options.keep_days)
	end
	if not run then
		return journal.runs()
	end
	local r = journal.read(run)
	if not carry_out.people() then
		return r
	end
	for _, key in ipairs(HEAD) do
		if r[key] then
			say.out(("%-10s %s"):format(key, r[key]))
		end
	end
	for _, c in ipairs(r.intents) do
		say.out(("%-10s %s  %s"):format(c.state, c.label, c.dn))
	end
end

for _, verb in ipairs { "undo", "resume" } do
	commands[verb] = function(run)
		return for_programs(require "adsh.journal"[verb](run))
	end
end

return commands
