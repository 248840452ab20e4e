-- What shell/repl.c asks Lua: the prompt, what a statement means, how its results and errors are shown.
local repl = {}

local banner = require "adsh.prompt.banner"
local errors = require "adsh.prompt.errors"
local options = require "adsh.core.options"
local output = require "adsh.output"
local pager = require "adsh.prompt.pager"
local plan = require "adsh.core.plan"
local printable = require "adsh.format.printable"
local program = require "adsh.core.program"
local results = require "adsh.prompt.results"
local session = require "adsh.session"
local stopwatch = require "adsh.prompt.stopwatch"

repl.translate = require "adsh.prompt.statement".translate

local current = {} -- the statement that runs: { typed=, value=, failed= }

--- Tells the error of a statement.
function repl.report(...)
	current.failed = true
	errors.report(...)
end

--- Called after a statement. after is a function that looks at it, or nil: see stdlib/tutorial.lua.
function repl.finish()
	stopwatch.finish()
	if repl.after then
		repl.after(current)
	end
end

--- "alpha.test admin> " once connected, else "adsh> ".
function repl.prompt()
	local ok, line = pcall(banner.prompt, output.is_colored(program.terminal()))
	return ok and line or "adsh> "
end

--- Called once: connects where that was asked for, then runs the person's start-up files.
function repl.greet()
	plan.gate { run_per_plan = true } -- each statement that writes can be taken back on its own
	banner.greet()
	require "adsh.prompt.startup".run(session.environment)
end

local SECRET = { "passw", "passphrase", "secret", "pwd", "unicodepwd" }
local NO_SECRET = {
	"password_file", "pwdlastset", "pwdproperties", "badpwdcount", "minpwdage", "maxpwdage", "minpwdlength",
}

--- Whether a statement may go to the history: not when it looks like it holds a secret, and not
--- when it begins with a space.
function repl.is_kept(statement)
	local low = statement:lower()
	for _, word in ipairs(NO_SECRET) do
		low = low:gsub(word, "")
	end
	for _, word in ipairs(SECRET) do
		if low:find(word, 1, true) then
			return false
		end
	end
	return statement:find "^%S" ~= nil
end

-- What a for would take becomes a list: it can be looked at again. When it breaks off, what came is there.
local function gather(stream)
	local list = {}
	local ok, err = pcall(printable.each, stream, function(item) list[#list + 1] = item end)
	return list, not ok and err or nil
end

--- Called before a statement runs, with what was typed. What may hold a secret is not told.
function repl.begin(statement)
	current = { typed = statement }
	local kept = repl.is_kept(statement) and statement or nil
	plan.statement(kept)
	require "adsh.plan".note(kept)
	stopwatch.begin()
end

--- Shows what a statement returned, through the pager when it is long, and keeps it as _.
function repl.print(...)
	if select("#", ...) == 0 then
		return
	end
	local value, err = session.value(...), nil
	if printable.kind(value) == "stream" then
		value, err = gather(value)
	end
	current.value = value
	if value ~= nil then
		results.keep(value)
	end
	if (current.typed or ""):find "^%s*_%d?%s*$" then
		printable.ask_for(value)
	end
	pager.through(function(write) output.write(value, options.format, write) end)
	if err then
		error(err, 0)
	end
end

return repl
