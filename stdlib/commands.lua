-- adsh run | apply | journal | undo | resume | replication: what the command line's verbs do. Each gives what is to be
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

local HEAD = {
	"run", "command", "statement", "started", "finished", "status", "damaged", "user", "host", "principal", "server",
}

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

-- RUN and --wait S, in either order.
local function replication_words(...)
	local words, run, seconds = { ... }, nil, nil
	local i = 1
	while words[i] do
		if words[i] == "--wait" then
			i = i + 1
			seconds = tonumber(words[i], 10)
			if not seconds or seconds < 0 then
				error(failure("usage", "--wait needs a whole number of seconds", "adsh replication RUN --wait 60"), 0)
			end
		else
			run = words[i]
		end
		i = i + 1
	end
	return run, seconds
end

local function age(seconds)
	return seconds < 120 and ("%d seconds"):format(seconds) or ("%d minutes"):format(seconds // 60)
end

function commands.replication(...)
	local rows, everywhere = require "adsh.replication".status(replication_words(...))
	carry_out.lacking = carry_out.lacking or not everywhere
	if not carry_out.people() then
		return rows
	end
	for _, row in ipairs(rows) do
		local more = row.error and ": " .. row.error or row.behind and (", since %s"):format(age(row.behind)) or ""
		say.out(("%-24s %s%s"):format(row.server, row.state, more))
	end
end

return commands
