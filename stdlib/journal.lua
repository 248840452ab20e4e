-- The journal, read: which runs there were, what each of them wrote, taking it back, finishing it.
local core = require "adsh.core.plan"
local carry_out = require "adsh.carry_out"
local failure = require "adsh.failure"
local help = require "adsh.help"
local lfs = require "lfs"
local options = require "adsh.core.options"
local plan = require "adsh.plan"
local raising = require "adsh.raising"
local saved = require "adsh.saved"

local journal = {}

local DAY = 24 * 60 * 60
local ACCEPTED = { none = true, other = true } -- what others added since is kept

local function folder()
	return raising(core).journal_dir()
end

local function path_of(run)
	if type(run) ~= "string" or not run:match "^[%w.-]+$" then
		error(failure("usage", "not the id of a run: " .. tostring(run), "adsh journal lists them"), 0)
	end
	return folder() .. "/" .. run .. ".jsonl"
end

local handlers = {}

function handlers.run(r, line)
	r.run, r.started, r.command, r.user, r.host = line.run, line.started, line.command, line.user, line.host
end

-- The same number again: computed anew on top of somebody else's edit, for the same purpose.
function handlers.intent(r, line)
	if not r.by_number[line.n] then
		r.intents[#r.intents + 1] = line
		r.by_number[line.n] = line
		line.state = "pending"
	else
		r.by_number[line.n].dn = line.dn
		r.by_number[line.n].edits = line.edits
	end
	r.principal, r.server = r.principal or line.principal, r.server or line.server
end

function handlers.result(r, line)
	local intent = r.by_number[line.n]
	if intent then
		intent.state, intent.message = line.state, line.message
		intent.guid, intent.sid = line.guid or intent.guid, line.sid or intent.sid
	end
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

help "journal.read(run) - One run: command, who, when, status, and its intents with their states."
function journal.read(run)
	local path = path_of(run)
	local f = io.open(path)
	if not f then
		error(failure("notfound", "there is no run " .. run .. " in " .. folder(), "adsh journal lists the runs"), 0)
	end
	local r = { intents = {}, by_number = {}, whole = 0, status = "interrupted" }
	for text in f:lines() do
		local line = saved.decode(text) -- a killed run may leave half a line
		if line and handlers[line.type] then
			handlers[line.type](r, line)
		end
	end
	f:close()
	while #r.intents > 0 and r.intents[#r.intents].n > r.whole do
		table.remove(r.intents)
	end
	r.by_number, r.whole = nil, nil
	r.status = core.is_running(path) and "running" or r.status
	r.changes = #r.intents
	return r
end

help "journal.runs() - All runs, oldest first: run, started, finished, status, changes, command."
function journal.runs()
	local ids, list = {}, {}
	for name in lfs.dir(folder()) do
		ids[#ids + 1] = name:match "^(.*)%.jsonl$"
	end
	table.sort(ids)
	for i, id in ipairs(ids) do
		local r = journal.read(id)
		list[i] = {
			run = id, started = r.started, finished = r.finished, status = r.status, changes = r.changes,
			command = r.command,
		}
	end
	return list
end

help "journal.prune(days) - Removes runs that are older than so many days; gives their number."
function journal.prune(days)
	local n, now = 0, os.time()
	for name in lfs.dir(folder()) do
		local path = folder() .. "/" .. name
		if name:match "%.jsonl$" and now - lfs.attributes(path, "modification") > days * DAY then
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
		error(failure("locked", "the run " .. run .. " is still going on"), 0)
	end
	return r
end

help "journal.undo(run) - Plans the inverse of a run, shows it, asks and writes it; itself a run."
function journal.undo(run)
	local r = read_ended(run)
	local p, result = saved.start(require "adsh.inverse"(r.intents), { accept = ACCEPTED, partial = options.partial })
	result.undone = run
	return carry_out.plan(p, result, "adsh undo " .. run)
end

help "journal.resume(run) - Finishes a run that was cut off: what is not true yet is written."
function journal.resume(run)
	local r = read_ended(run)
	if r.changes == 0 then
		error(failure("notfound", "nothing to finish: the run " .. run .. " ended before anything was sent",
			"run it again: " .. (r.command or "its command")), 0)
	end
	local p, result = saved.start(r.intents, { accept = ACCEPTED, partial = options.partial })
	result.resumed = run
	carry_out.plan(p, result, "adsh resume " .. run, run)
	if not options.dry_run then
		if not result.run then -- nothing was missing but the end
			plan.continue_run(run)
		end
		plan.end_run((#result.drifted > 0 or result.lacking) and "partial" or nil)
	end
	return result
end

return journal
