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

help [[timing([on]) - Turns the display of the time that each statement takes on or off; toggles it without an argument.
Arguments:
  on (boolean): whether it is on. Default: toggle
Returns: nothing
Errors: none
Example: timing(true)]]
function shell.timing(on)
	stopwatch.on = switch(on, stopwatch.on)
	say.err("timing is " .. (stopwatch.on and "on" or "off"))
end

help [[shell.vertical([mode]) - Shows tables as blocks (on), columns (off) or by width (auto). \x does the same.
Arguments:
  mode (string): "on", "off" or "auto". Default: toggle
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

help [[shell.prompt(template) - Sets the prompt; {domain} {user} {mode} {server} {time} are replaced by current values.
Arguments:
  template (string): text with {domain} {user} {mode} {server} {time}
Returns: nothing
Errors: none
Example: shell.prompt "{domain} {user} {mode}> "]]
function shell.prompt(template)
	if type(template) ~= "string" then
		error("shell.prompt: the template must be text", 2)
	end
	require "adsh.prompt.banner".template = template
end

help [[shell.pager(on) - Turns the pager ($PAGER, less) for output longer than the screen on or off.
Arguments:
  on (boolean): whether it is on. Default: true
Returns: nothing
Errors: none
Example: shell.pager(true)]]
function shell.pager(on)
	require "adsh.prompt.pager".on = on ~= false
end

help [[shell.completion(on) - Turns completion of names from the current directory on or off.
Where the directory is slow to find names by their beginning, the shell reads the names of the domain while the prompt
waits for a key, and keeps them in $XDG_STATE_HOME/adsh/names.
Arguments:
  on (boolean): whether it is on. Default: true
Returns: nothing
Errors: none
Example: shell.completion(true)]]
function shell.completion(on)
	require "adsh.completion.names".on = on ~= false
end

help [[shell.plain([on]) - Output for screen readers: rows as numbered blocks, no grids, colours or redrawn lines.
Arguments:
  on (boolean): false turns it off. Default: true; adsh --plain does the same at the start
Returns: nothing
Errors: none
Example: shell.plain(false)]]
function shell.plain(on)
	options.plain = on ~= false
	program.status_line(not options.plain and not options.quiet)
end

help [[shell.alias(name, text) - Defines a word of your own: a line that begins with it runs the text and the rest.
Arguments:
  name (string): one word that has no meaning yet. Write the call into init.lua to keep it. Default: lists the aliases
  text (string): the replacement. Default: removes the alias
Returns: nothing; without arguments a list of { alias=, means= }
Errors: none
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

help [[shell.run(command) - Runs a command in the system shell, as !command does at the prompt.
Arguments:
  command (string): for sh. Default: start a shell
Returns: nothing
Errors: none
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

help [=[watch(f[, seconds[, until_true]]) - Calls f at an interval (2 seconds) and shows its result, until Ctrl-C.
Arguments:
	f (function): what it returns is shown
	seconds (number): between two calls, 0.1 to 86400. Default: 2
	until_true (boolean): true stops when f returns true. Default: false
Returns: nothing
Errors: none
Example: watch(function() return #hosts.all() > 0 end, 5, true)]=]
function shell.watch(f, seconds, until_true)
	if type(f) ~= "function" then
		error("watch: the first argument must be a function", 2)
	end
	seconds = seconds or 2
	if type(seconds) ~= "number" or seconds < 0.1 or seconds > 86400 then
		error("watch: the seconds must be a number from 0.1 to 86400", 2)
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

help [[undo([run]) - Takes back a run, by default the last: shows the inverse, asks and writes it.
Arguments:
  run (string or integer): its id, or a number: 1 is the last run, 2 the one before it. Default: 1
Returns: <report>
Errors:
  notfound: no such run
  conflict: the objects were changed since
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

help [[why() - Shows the details of the last error: the place in your code, the server's message, the codes.
Returns: nothing; it prints
Errors: none
Example: why()]]
function shell.why()
	for _, line in ipairs(errors.why()) do
		say.out(line)
	end
end

help [[edit([text]) - Opens $VISUAL or $EDITOR; the saved text then appears at the prompt, to run with Enter.
Arguments:
  text (string): the initial text. Default: the last statement
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
