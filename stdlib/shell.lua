-- The comforts of the prompt: time, repetition, an editor, other programs, what an error was.
local shell = {}

local errors = require "adsh.prompt.errors"
local file = require "adsh.core.file"
local help = require "adsh.help"
local options = require "adsh.core.options"
local program = require "adsh.core.program"
local say = require "adsh.say"
local stopwatch = require "adsh.prompt.stopwatch"

local function switch(value, now)
	if value == nil or value == "" then
		return not now
	end
	return value ~= false and value ~= "off"
end

help [[timing([on]) - Whether each statement says how long it took; without an argument the other way round.
Arguments:
  on (boolean): whether it is on. Default: the other way round
Returns: nothing
Errors: none of its own
Example: timing(true)]]
function shell.timing(on)
	stopwatch.on = switch(on, stopwatch.on)
	say.err("timing is " .. (stopwatch.on and "on" or "off"))
end

help [[shell.vertical([mode]) - Shows tables as blocks (on), columns (off) or as fits (auto). \x does the same.
Arguments:
  mode (string): "on", "off" or "auto". Default: the other way round
Returns: nothing
Errors:
  usage: an unknown mode
Example: shell.vertical "auto"]]
function shell.vertical(mode)
	local tables = require "adsh.format.table"
	if mode == nil or mode == "" then
		mode = tables.vertical == "on" and "auto" or "on"
	end
	if mode ~= "on" and mode ~= "off" and mode ~= "auto" then
		error("shell.vertical: unknown mode '" .. tostring(mode) .. "'; the known ones are: auto, off, on", 2)
	end
	tables.vertical = mode
	say.err("vertical output is " .. mode)
end

help [[shell.prompt(template) - Sets the prompt; {domain} {user} {mode} {server} {time} stand for what holds then.
Arguments:
  template (string): text with {domain} {user} {mode} {server} {time}
Returns: nothing
Errors: none of its own
Example: shell.prompt "{domain} {user} {mode}> "]]
function shell.prompt(template)
	if type(template) ~= "string" then
		error("shell.prompt: the template has to be text", 2)
	end
	require "adsh.prompt.banner".template = template
end

help [[shell.pager(on) - Whether what is longer than the screen goes through $PAGER (less).
Arguments:
  on (boolean): whether it is on. Default: true
Returns: nothing
Errors: none of its own
Example: shell.pager(true)]]
function shell.pager(on)
	require "adsh.prompt.pager".on = on ~= false
end

help [[shell.completion(on) - Whether Tab asks the current directory for names.
Where the directory is slow to find names by their beginning, the shell reads the names of the domain while the prompt
waits for a key, and keeps them in $XDG_STATE_HOME/adsh/names.
Arguments:
  on (boolean): whether it is on. Default: true
Returns: nothing
Errors: none of its own
Example: shell.completion(true)]]
function shell.completion(on)
	require "adsh.completion.names".on = on ~= false
end

help [[shell.plain([on]) - Output for screen readers: rows as numbered blocks, no grids, colours or redrawn lines.
Arguments:
  on (boolean): false turns it off. Default: true; adsh --plain does the same at the start
Returns: nothing
Errors: none of its own
Example: shell.plain(false)]]
function shell.plain(on)
	options.plain = on ~= false
	program.status_line(not options.plain and not options.quiet)
end

help [[shell.alias(name, text) - A word of your own: a line that begins with it means the text and what follows.
Arguments:
  name (string): one word that has no meaning yet. Write the call into init.lua to keep it. Default: lists the aliases
  text (string): what the word stands for. Default: the alias is removed
Returns: nothing; without arguments a list of { alias=, means= }
Errors: none of its own
Example: shell.alias("lacking", "hosts.without")
Example: shell.alias()]]
function shell.alias(name, text)
	local statement = require "adsh.prompt.statement"
	if name == nil then
		return statement.aliases()
	end
	local why = statement.alias(name, text)
	if why then
		error("shell.alias: " .. why, 2)
	end
end

help [[shell.run(command) - Runs a command of the system shell, as !command does at the prompt.
Arguments:
  command (string): what sh takes. Default: a shell
Returns: nothing
Errors: none of its own
Example: shell.run "date"]]
function shell.run(command)
	if command:find "^%s*$" then
		command = os.getenv "SHELL" or "/bin/sh"
	end
	local ok, how, status = os.execute(command)
	if not ok and how == "exit" then
		say.err(("exit status %d"):format(status))
	elseif not ok then
		say.err(("ended by signal %d"):format(status))
	end
end

help [=[watch(f[, seconds[, until_true]]) - Calls f every so many seconds (2) and shows its result, until Ctrl-C.
Arguments:
	f (function): what it returns is shown
	seconds (number): between two calls, 0.1 to 86400. Default: 2
	until_true (boolean): true stops when f returns true. Default: false
Returns: nothing
Errors: none of its own
Example: watch(function() return #hosts.all() > 0 end, 5, true)]=]
function shell.watch(f, seconds, until_true)
	if type(f) ~= "function" then
		error("watch: the first argument has to be a function", 2)
	end
	seconds = seconds or 2
	if type(seconds) ~= "number" or seconds < 0.1 or seconds > 86400 then
		error("watch: the seconds have to be a number from 0.1 to 86400", 2)
	end
	while true do
		local results = table.pack(f())
		say.err(os.date "--- %H:%M:%S")
		if results.n > 0 then
			require "adsh.session".output(table.unpack(results, 1, results.n))
			io.stdout:flush()
		end
		if until_true and results[1] then
			return
		end
		program.sleep(seconds)
	end
end

help [[undo([run]) - Takes back a run, the last one when none is named: shows the inverse, asks and writes it.
Arguments:
  run (string or integer): its id, or a number: 1 is the last run, 2 the one before it. Default: 1
Returns: <report>
Errors:
  notfound: there is no such run
  conflict: somebody else changed the objects since
  <refused>
Example: undo()
Example: undo(1)]]
function shell.undo(run)
	local journal = require "adsh.journal"
	run = type(run) == "string" and run:find "^%d%d?%d?$" and math.tointeger(run) or run -- undo 2, at the prompt
	if math.type(run) == "integer" then
		local runs = journal.runs()
		local r = run > 0 and runs[#runs + 1 - run]
		if not r then
			error(require "adsh.failure"("notfound", ("the journal has %d runs"):format(#runs)), 2)
		end
		run = r.run
	end
	return journal.undo(run)
end

help [[why() - All that is known about the last error: where in your code, what the server said, the codes.
Returns: nothing; it prints
Errors: none of its own
Example: why()]]
function shell.why()
	for _, line in ipairs(errors.why()) do
		say.out(line)
	end
end

help [[edit([text]) - Opens $VISUAL or $EDITOR; what is saved there is then at the prompt, to be run with Enter.
Arguments:
  text (string): what the editor shows at first. Default: the last statement
Returns: nothing
Errors:
  failed: the editor does not start]]
function shell.edit(text)
	local editor = os.getenv "VISUAL" or os.getenv "EDITOR" or "vi"
	local path = os.tmpname()
	local _ <close> = setmetatable({}, { __close = function() os.remove(path) end })
	local ok, err = file.replace(path, "the text", (text or program.last_statement() or "") .. "\n")
	if not ok then
		error(err, 0)
	end
	if not os.execute(("%s '%s'"):format(editor, path)) then
		error("the editor failed: " .. editor, 0)
	end
	local f <close> = assert(io.open(path))
	program.preset((f:read "a":gsub("%s+$", "")))
end

return shell
