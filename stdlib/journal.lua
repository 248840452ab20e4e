-- The journal, read: which runs there were, what each of them wrote, taking it back, finishing it.
local core = require "adsh.core.plan"
local carry_out = require "adsh.carry_out"
local failure = require "adsh.failure"
local file = require "adsh.core.file"
local help = require "adsh.help"
local kinds = require "adsh.kinds"
local lfs = require "lfs"
local options = require "adsh.core.options"
local plan = require "adsh.plan"
local printable = require "adsh.format.printable"
local question = require "adsh.question"
local raising = require "adsh.raising"
local reached = require "adsh.reached"
local run_view = require "adsh.format.run_view"
local saved = require "adsh.saved"
local say = require "adsh.say"
local shape = require "adsh.shape"
local text = require "adsh.core.text"
local times = require "adsh.format.times"

local journal = {}

local FORMAT = 1
local DAY = 24 * 60 * 60
local ACCEPTED = { none = true, other = true } -- what others added since is kept

local function folder()
	return raising(core).journal_dir()
end

local function ids()
	local list = {}
	for name in lfs.dir(folder()) do
		local id = name:match "^([%w.-]+)%.jsonl$"
		list[#list + 1] = id
	end
	table.sort(list)
	return list
end

-- The id of a run; nil and "last" are the one that was started last.
local function id_of(run)
	if run ~= nil and run ~= "last" then
		return run
	end
	local all = ids()
	return all[#all] or error(failure("notfound", "there are no runs in " .. folder(), "nothing has been written yet"), 0)
end

local function path_of(run)
	if type(run) ~= "string" or not run:match "^[%w.-]+$" then
		error(failure("usage", "not a run id: " .. tostring(run), "adsh journal lists them"), 0)
	end
	return folder() .. "/" .. run .. ".jsonl"
end

-- ---- lines ----

local handlers = {}

function handlers.run(r, line)
	r.started, r.command, r.recipe, r.user, r.host = line.started, line.command, line.recipe, line.user, line.host
	r.statement = line.statement
	if line.format ~= FORMAT then
		r.damaged = r.damaged or ("it has format %d, but this adsh reads %d"):format(line.format, FORMAT)
	end
end

-- Of what a change makes, nothing was there before, and all of it goes when it is taken back: also what a run that
-- went on did not have to write any more.
local function add_edits(intent, edits)
	local by = {}
	for _, e in ipairs(intent.edits) do
		by[e.attribute] = e
	end
	for _, e in ipairs(edits) do
		local old = by[e.attribute]
		if old then
			old.after = e.after
		else
			table.insert(intent.edits, e)
		end
	end
end

-- The same number again: computed anew on top of somebody else's edit, for the same purpose.
function handlers.intent(r, line)
	local first = r.by_number[line.n]
	line.kind = line.kind or kinds.of_old(line)
	if first and raising.try(kinds.makes, first) then -- not of a kind that only a newer adsh knows
		first.dn = line.dn
		add_edits(first, line.edits)
	elseif not first then
		r.intents[#r.intents + 1] = line
		r.by_number[line.n] = line
		line.state = "pending"
	else
		first.dn, first.edits = line.dn, line.edits
	end
	r.principal, r.server = r.principal or line.principal, r.server or line.server
end

function handlers.result(r, line)
	local intent = r.by_number[line.n]
	if intent then
		intent.state, intent.message = line.state, line.message
		intent.guid = line.guid or intent.guid
		intent.made = line.sid or intent.made
	end
	r.sent = math.max(r.sent, line.n)
end

-- The last one of each database: a run may have moved, and been resumed elsewhere.
function handlers.reached(r, line)
	for i, one in ipairs(r.reached) do
		if one.domain == line.domain and one.invocation == line.invocation then
			table.remove(r.reached, i)
			break
		end
	end
	table.insert(r.reached, { domain = line.domain, server = line.server, invocation = line.invocation,
		usn = math.tointeger(line.usn) })
end

-- What comes after the last of these was cut off before anything of it was sent.
function handlers.intended(r, line)
	r.whole = math.max(r.whole, line.n)
end

handlers["end"] = function(r, line)
	r.finished, r.status = line.finished, line.status
	for _, intent in ipairs(line.status == "done" and r.intents or {}) do
		intent.state = "done" -- also what a resumed run found done already
	end
end

-- ---- damage ----

local COMPLAINTS = 3 -- for one file

local function complain(r, at, why)
	r.complaints = r.complaints + 1
	if r.complaints <= COMPLAINTS then
		say.err(("warning: %s: skipping line %d: %s"):format(r.path, at, why))
	elseif r.complaints == COMPLAINTS + 1 then
		say.err(("warning: %s: skipping more lines"):format(r.path))
	end
end

-- A killed run leaves a part of a line, of which nothing was sent or only the result is lost. Anything else that is
-- not JSON is damage.
local function take_part(r, at, part)
	local kind, n = part:match '^{"type":"(%l+)","n":(%d+)'
	if kind == "intent" then
		r.parts[#r.parts + 1] = { at = at, n = tonumber(n) }
	elseif ('{"type":"'):find(part:sub(1, 9), 1, true) ~= 1 then
		complain(r, at, "it is not JSON")
		r.damaged = r.damaged or ("line %d is not JSON"):format(at)
	elseif part:match "}%s*$" then
		complain(r, at, "it is not JSON")
	end
end

local function take_line(r, at, bytes)
	local line = saved.decode(bytes)
	if not line then
		return bytes:find "%S" and take_part(r, at, bytes)
	end
	local why = shape.line(line)
	if not why then
		saved.share(line, r.texts)
		line.n = line.n and math.tointeger(line.n)
		return handlers[line.type] and handlers[line.type](r, line)
	end
	complain(r, at, why)
	if line.type ~= "result" and line.type ~= "end" then
		r.damaged = r.damaged or ("line %d is wrong: %s"):format(at, why)
	end
end

-- What was sent has to be there: nothing else says what undo and resume have to do.
local function look_for_gaps(r)
	for _, part in ipairs(r.parts) do
		if part.n <= r.whole and not r.by_number[part.n] then
			r.damaged = r.damaged or ("line %d is truncated"):format(part.at)
		end
	end
	for n = 1, math.max(r.whole, r.sent) do
		if n > r.whole or not r.by_number[n] then
			r.damaged = r.damaged or ("the change %d is missing"):format(n)
			return
		end
	end
end

local function read_lines(r, f)
	local at = 0
	for bytes in f:lines() do
		at = at + 1
		take_line(r, at, bytes)
	end
	while #r.intents > 0 and r.intents[#r.intents].n > r.whole do
		table.remove(r.intents)
	end
	look_for_gaps(r)
end

-- ---- runs ----

help "journal.parse(f, path) - Internal: Parses the journal that is open in f."
function journal.parse(f, path)
	local r = {
		path = path, intents = {}, by_number = {}, parts = {}, whole = 0, sent = 0, complaints = 0, reached = {},
		status = "interrupted", texts = {},
	}
	read_lines(r, f)
	for _, key in ipairs { "path", "by_number", "parts", "whole", "sent", "complaints", "texts" } do
		r[key] = nil
	end
	r.changes = #r.intents
	return r
end

help [[journal.read(run) - Shows a run: command, user, times, status, and its intents with their states.
Arguments:
  run (string): its id, or "last"
Returns: a table:
  run, command, user, host, principal, server (string): the run, its user, machine and server
  started, finished (time): when
  status (string), changes (integer): as in journal.runs
  intents (list): for each object dn, label, state, edits
  damaged (list of strings): the defects of the file
Errors:
  notfound: no such run
Example: journal.read "last"]]
function journal.read(run)
	run = run == "last" and id_of(run) or run
	local path = path_of(run)
	local f <close>, err = file.open(path, "the journal")
	if not f and err.kind == "notfound" then
		error(failure("notfound", "there is no run " .. run .. " in " .. folder(), "adsh journal lists the runs"), 0)
	elseif not f then
		error(err, 0)
	end
	local r = journal.parse(f, path)
	r.run = run
	r.status = core.is_running(path) and "running" or r.status
	return printable.viewed(r, run_view.run)
end

local TAIL = 64 << 10 -- bytes; what a run reached stands near the end

help "journal.reached(run) - Internal: the updates of domain controllers that a run reached, without reading all of it."
function journal.reached(run)
	local r = { reached = {} }
	local f <close> = file.open(path_of(run), "the journal")
	if f then
		f:seek("set", math.max(0, f:seek "end" - TAIL))
		for bytes in f:lines() do
			local line = bytes:find('{"type":"reached"', 1, true) == 1 and saved.decode(bytes)
			if line and not shape.line(line) then
				handlers.reached(r, line)
			end
		end
	end
	return r.reached
end

-- The ids of the runs, oldest first.
help [[journal.runs() - Lists all runs, oldest first: run, started, finished, status, changes, command.
Returns: a list, oldest first:
  run (string): its id
  started, finished (time): when
  status (string): done, failed, partial, interrupted, running
  changes (integer): number of objects
  command (string): the command line
Errors: none
Example: journal.runs()]]
function journal.runs()
	local list = {}
	for _, id in ipairs(ids()) do
		local r, err = raising.try(journal.read, id)
		if r then
			list[#list + 1] = {
				run = id, started = r.started, finished = r.finished, status = r.status, changes = r.changes,
				command = r.statement or r.command,
			}
		else
			say.err(("warning: %s: skipped"):format(err.message))
		end
	end
	return printable.viewed(list, run_view.runs)
end

help [[journal.prune(days) - Removes runs that are older than a number of days; returns how many.
Arguments:
  days (integer): number of days
Returns: an integer: how many were removed
Errors: none
Example: journal.prune(365)]]
function journal.prune(days)
	local n, now = 0, os.time()
	for _, id in ipairs(ids()) do
		local path = path_of(id)
		local facts = lfs.symlinkattributes(path)
		if facts and facts.mode == "file" and now - facts.modification > days * DAY then
			os.remove(path)
			n = n + 1
		end
	end
	return n
end

-- One that may be taken back or finished.
local function read_ended(run)
	local r = journal.read(run)
	if r.status == "running" then
		error(failure("locked", "the run " .. run .. " is still in progress"), 0)
	elseif r.damaged then
		error(failure("refused", ("the journal of the run %s is damaged: %s. Nothing was written"):format(run, r.damaged),
			"compare its contents with the directory: " .. path_of(run)), 0)
	end
	return r
end

local LONGEST = 60 -- columns of a statement in a question

-- "run.live_migration, 2 accounts, 11:31 by admin"
local function of_run(r)
	local what, noun = (r.statement or r.command or r.run):gsub("%s+", " "), "account"
	if #what > LONGEST and text.valid(what) then
		what = what:sub(1, utf8.offset(what, 0, LONGEST) - 1) .. "..."
	end
	for _, c in ipairs(r.intents) do
		local other = kinds.of { kind = c.kind or kinds.of_old(c) }.noun
		noun = other ~= "account" and other or noun
	end
	return ("%s, %d %s, %s by %s"):format(what, r.changes, r.changes == 1 and noun or noun .. "s", times.short(r.started),
		(r.principal or r.user or "?"):match "^[^@]+")
end

help [[journal.undo([run]) - Plans the inverse of a run, shows it, asks and writes it as a new run.
Arguments:
  run (string): its id. Default: the last one
Returns: <report>
Errors:
  notfound: no such run
  locked: it is still in progress
  conflict: the objects were changed since
  <refused>
Example: journal.undo "last"]]
function journal.undo(run)
	run = id_of(run)
	local r = read_ended(run)
	local what = of_run(r)
	for _, intent in ipairs(r.intents) do -- to resume it takes what the others call it until they are told
		intent.sid = intent.made or intent.sid
	end
	local p, result = saved.start(require "adsh.inverse"(r.intents), { accept = ACCEPTED, partial = options.partial,
		reached = reached.known(r) })
	result.undone = run
	carry_out.made_by(r.recipe)
	return question.taking_back(what, carry_out.alone, p, result)
end

help [[journal.resume([run]) - Finishes an interrupted run: writes the changes that are still missing.
Arguments:
  run (string): its id. Default: the last one
Returns: <report>
Errors:
  notfound: no such run, or nothing is left to do
  locked: it is still in progress
  <refused>
Example: journal.resume "last"]]
function journal.resume(run)
	run = id_of(run)
	local r = read_ended(run)
	if r.changes == 0 then
		error(failure("notfound", "nothing to resume: the run " .. run .. " ended before anything was sent",
			"run it again: " .. (r.command or "its command")), 0)
	end
	local p, result = saved.start(r.intents, { accept = ACCEPTED, partial = options.partial, numbered = true,
		reached = reached.known(r) })
	result.resumed = run
	carry_out.made_by(r.recipe)
	carry_out.alone(p, result, run)
	if not options.dry_run then
		if not result.run then -- nothing was missing but the end
			plan.continue_run(run)
		end
		plan.end_run((#result.drifted > 0 or result.lacking) and "partial" or nil)
	end
	return result
end

return journal
