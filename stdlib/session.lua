-- One run of adsh, seen from Lua: its globals at the start, its output, its exit status in the end.
local session = {}

local globals = require "adsh.globals"
local options = require "adsh.core.options"
local plan = require "adsh.core.plan"
local program = require "adsh.core.program"
local strict = require "adsh.strict"

local EXIT_PARTIAL, EXIT_PENDING, EXIT_REFUSED = 3, 4, 6

-- Widening trust is asked for at a terminal; without one, or with --yes, only its own option counts.
local function confirm(what)
	return require "adsh.question".confirm(what .. ". Do it?")
end

-- Every write is asked for.
local function approve(changes)
	return require "adsh.question".write(changes)
end

--- The rules for every write of this process, before anything can write. Code of the user can then only make them
--- stricter.
function session.rules()
	options.dry_run = options.dry_run or options.plan_out ~= nil
	plan.gate {
		dry_run = options.dry_run,
		read_only = options.read_only,
		max_changes = options.max_changes,
		allow_protected = options.allow_protected,
		allow_widening = options.allow_widening,
		keep_going = options.keep_going,
		value_budget = options.value_budget,
		journal_dir = options.journal,
		command = program.command(),
		agreed = options.yes,
		confirm = options.interactive and not options.yes and confirm or false,
		approve = options.interactive and approve or false,
		sealed = not program.verb,
	}
end

-- Lua's print does not notice that nobody reads, and would go on for ever. A terminal does what the values of a
-- directory say: it gets them with their control characters made visible. io.write sends what it is given.
local function print_or_fail(...)
	local parts = table.pack(...)
	for i = 1, parts.n do
		parts[i] = tostring(parts[i])
	end
	local line = table.concat(parts, "\t")
	if program.terminal().stdout then
		line = require "adsh.core.text".escape(line, true)
	end
	require "adsh.core.notice".hide()
	local ok, message = io.stdout:write(line, "\n")
	if not ok then
		error("standard output: " .. message, 0)
	end
end

-- For a global that is not there.
local function hint(name)
	local best = require "adsh.help".suggest(tostring(name), globals.names())
	return #best > 0 and "; did you mean " .. table.concat(best, ", ") .. "?" or nil
end

-- Which directory a verb uses when none was named, and where names of other domains are looked up.
local function set_directories()
	local core = require "adsh.core.directory"
	core.default(function()
		return require "adsh.directory".connect()
	end)
	core.known(function(domain)
		return require "adsh.directory".of_known(domain)
	end)
end

--- Called once, before anything else; returns the environment of scripts and of the prompt.
function session.start()
	session.started = os.time()
	if program.profile then
		require "adsh.profiles".use(program.profile)
	end
	options.format = options.format or "table"
	session.rules()
	set_directories()
	require "adsh.policy".load()
	globals.install(_G)
	_G.print = print_or_fail
	session.environment = strict.environment(_G, false, hint)
	return session.environment
end

local function is_error(value)
	local mt = getmetatable(value)
	return type(mt) == "table" and mt.__name == "adsh.error"
end

-- Several values are shown as one list, in which nil keeps its place.
local function list(...)
	local values = { ... }
	for i = 1, select("#", ...) do
		if values[i] == nil then
			values[i] = require "adsh.format.printable".null
		end
	end
	return values
end

local has_output = false

--- value(...): what a chunk returned as one value to show; nil, err is a failure.
function session.value(...)
	local n = select("#", ...)
	local first, second = ...
	if first == nil and is_error(second) then
		error(second, 0)
	elseif type(first) == "function" and n > 1 then
		first = require "adsh.format.printable".stream(...) -- what a for would take: dir:search{...}
	elseif n > 1 then
		first = list(...)
	end
	return first
end

--- Shows what a chunk returned, in the format of the command line.
function session.output(...)
	if select("#", ...) == 0 then
		return
	end
	has_output = (...) ~= nil
	require "adsh.show"(session.value(...))
end

local is_shown = false -- has a verb shown its plan?

-- What a dry run of a script would have written: words for people, a document for programs.
local function show_pending(pending)
	local is_silent = is_shown or options.quiet
	collectgarbage() -- a recipe has looked at the same changes: of a long plan these are many
	local changes = (options.plan_out or not is_silent) and pending:changes()
	if options.plan_out then
		require "adsh.plan_file".save(changes, options.plan_out)
	end
	if is_silent then
		return
	end
	require "adsh.plan".print(changes, options.verbose, io.stderr)
	if options.format == "json" and not has_output then
		session.output(require "adsh.saved".changes(changes))
	end
end

-- Said before anything is read or written, not when the result is to be shown.
local function check_format(verb)
	if options.format == "ldif" then
		error(require "adsh.failure"("usage",
			("LDIF can show only directory entries, and adsh %s returns none. Nothing was done"):format(verb),
			"use --format table, json or csv"), 0)
	end
end

for _, verb in ipairs { "run", "apply", "journal", "undo", "resume", "replication", "snapshot", "diff" } do
	session[verb] = function(...)
		check_format(verb)
		is_shown = true
		return require "adsh.commands"[verb](...)
	end
end

--- What "adsh help [NAME | WORDS | CODE]" does.
function session.help(...)
	local text, is_known = require "adsh.help".text(table.concat({ ... }, " "))
	if not is_known then
		error(require "adsh.failure"("usage", text), 0)
	end
	io.write(text, "\n")
end

function session.usage()
	io.write(require "adsh.usage".text(), "\n")
end

function session.version()
	io.write(require "adsh.usage".version(), "\n")
end

-- From the status of what ran to that of the process: what was written counts. A failure that the script
-- handled is none.
local function final_status(status, total, pending)
	local written = total.changed + total.unknown
	if status == 0 and pending > 0 then
		return EXIT_PENDING
	elseif status ~= 0 and written > 0 then
		return EXIT_PARTIAL
	end
	return status
end

-- What a dry run has collected is judged as a whole. True: it would be refused, which is said.
local function end_dry_run(pending)
	require "adsh.plan"
	local ok, err = require "adsh.raising".try(pending.check, pending)
	if ok then
		show_pending(pending)
		return false
	end
	require "adsh.say".err("adsh: " .. tostring(err))
	return true
end

-- What was written is on one domain controller; where there are more, a person is told, and what is left to do.
local function note_rest(run, total)
	if run and total.changed > 0 and options.format == "table" and not options.quiet then
		local line = require "adsh.raising".try(require "adsh.replication".note, run)
		if line then
			require "adsh.say".err(line)
		end
		require "adsh.to_do".note(run, total.changed)
	end
end

--- Called once, after everything else, with the status so far; gives that of the process.
function session.finish(status)
	local total, run, pending = plan.total(), plan.run(), plan.collected()
	plan.end_run()
	if run and options.keep_days then
		require "adsh.journal".prune(options.keep_days)
	end
	if status == 0 then
		note_rest(run, total)
	end
	local carry_out = package.loaded["adsh.carry_out"]
	local refused = pending:count() > 0 and end_dry_run(pending)
	local open = pending:count() + (carry_out and carry_out.pending and 1 or 0)
	status = refused and status == 0 and EXIT_REFUSED or final_status(status, total, open)
	if status == 0 and carry_out and carry_out.lacking then
		status = EXIT_PARTIAL -- a part of what was asked for could not be reached
	end
	if options.log or options.report then
		status = require "adsh.run_report".finish(status, total, run, session.started)
	end
	return status
end

return session
