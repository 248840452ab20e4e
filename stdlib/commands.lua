-- adsh run | apply | journal | undo | resume | replication: what the command line's verbs do. Each gives what is to be
-- shown, or nothing when a person has read it already.
local carry_out = require "adsh.carry_out"
local command_line = require "adsh.command_line"
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

-- The words after a verb: what(parser) adds to them; the options of adsh hold from then on.
local function words(verb, argv, what)
	local parser = require "argparse"("adsh " .. verb):usage_max_width(79)
	parser:epilog (command_line.NOTE)
	what(parser)
	local args, ours = command_line.parse(command_line.add(parser), argv, "try adsh --help")
	command_line.take(ours)
	return args
end

local function run_of(parser)
	parser:argument("run", "The run, as listed by adsh journal (default: the last)."):args "?"
end

function commands.run(...)
	return require "adsh.recipe".main(...)
end

function commands.apply(...)
	local path = words("apply", { ... }, function(parser)
		parser:argument("planfile", "The plan file, saved by --plan-out."):args "?"
	end).planfile
	needs(path, "apply requires the name of a plan file", "adsh --plan-out FILE run ... creates one")
	return for_programs(require "adsh.plan_file".apply(path))
end

function commands.journal(...)
	local run = words("journal", { ... }, function(parser)
		parser:argument("run", "The run to show (default: list all runs)."):args "?"
	end).run
	local journal = require "adsh.journal"
	if options.keep_days then
		journal.prune(options.keep_days)
	end
	if not run then
		return journal.runs()
	end
	local r = journal.read(run)
	if options.html then
		require "adsh.format.plan_page".save_run(options.html, r)
	end
	if not carry_out.people() then
		return r
	end
	for _, line in ipairs(require "adsh.format.run_view".head(r)) do
		say.out(line)
	end
	for _, c in ipairs(r.intents) do
		local name = c.dn:sub(1, 2) == "\\\\" and "" or c.label .. "  " -- a path says it all
		say.out(("%-10s %s%s"):format(c.state, name, c.dn))
	end
end

for _, verb in ipairs { "undo", "resume" } do
	commands[verb] = function(...)
		return for_programs(require "adsh.journal"[verb](words(verb, { ... }, run_of).run))
	end
end

local function whole_seconds(text)
	local n = tonumber(text, 10)
	if not n or n < 0 then
		return nil, "--wait requires a whole number of seconds"
	end
	return n
end

local function replication_words(...)
	local args = words("replication", { ... }, function(parser)
		run_of(parser)
		parser:option("--wait", "Wait up to this many seconds for the other domain "
			.. "controllers."):argname("SECONDS"):convert(whole_seconds)
	end)
	return args.run, args.wait
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

local function snapshot_words(...)
	return words("snapshot", { ... }, function(parser)
		parser:argument("file", "The file to write; an existing file is replaced."):args "?"
		parser:flag("--forest", "Every domain of the forest.")
		parser:option("--also", "An additional domain, such as a trusted one."):argname("DOMAIN"):count("*")
	end)
end

function commands.snapshot(...)
	local args = snapshot_words(...)
	needs(args.file, "snapshot requires the name of a file", "adsh snapshot FILE creates one")
	local result = require "adsh.snapshot".take(args.file, { forest = args.forest, also = args.also })
	for _, line in ipairs(result.missing) do
		say.err("warning: the snapshot is incomplete: " .. line)
	end
	carry_out.lacking = carry_out.lacking or #result.missing > 0
	if not carry_out.people() then
		return result
	end
	for _, d in ipairs(not options.quiet and result.domains or {}) do
		say.out(("%s as %s has it, up to its update %s"):format(d.domain, d.server, d.usn or "?"))
	end
	if not options.quiet then
		say.out(("%d objects are in %s"):format(result.objects, result.file))
	end
end

function commands.diff(...)
	local args = words("diff", { ... }, function(parser)
		parser:argument("old", "The snapshot file."):args "?"
		parser:argument("new", "A later snapshot (default: the current directory)."):args "?"
	end)
	needs(args.old, "diff requires the name of a snapshot", "adsh snapshot FILE creates one")
	local result = require "adsh.snapshot".diff(args.old, args.new)
	local report = require "adsh.snapshot.report"
	carry_out.pending = carry_out.pending or #result.widened > 0
	carry_out.lacking = carry_out.lacking or #result.missing > 0
	for _, line in ipairs(result.missing) do
		say.err("warning: not compared: " .. line)
	end
	if options.html then
		report.save(options.html, result)
	end
	if not carry_out.people() then
		return options.format == "csv" and report.rows(result) or result
	end
	report.show(result, options.quiet)
end

return commands
