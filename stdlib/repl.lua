-- What the prompt looks like and what it remembers; the loop itself is shell/repl.c.
local repl = {}

local options = require "adsh.core.options"
local plan = require "adsh.core.plan"
local program = require "adsh.core.program"
local text = require "adsh.core.text"

local function current_domain()
	local directory = package.loaded["adsh.core.directory"]
	local dir = directory and directory.current()
	local info = dir and dir:info()
	return info and info.domain
end

--- "alpha.test> " once connected, else "adsh> ".
function repl.prompt()
	local ok, domain = pcall(current_domain)
	return text.escape(ok and domain or "adsh") .. "> "
end

function repl.greet()
	plan.gate { run_per_plan = true } -- each statement that writes can be taken back on its own
	if not options.quiet then
		io.stderr:write("adsh ", program.version, ": help() lists the functions, Ctrl-D leaves\n")
	end
end

local SECRET = { "passw", "passphrase", "secret", "pwd", "unicodepwd" }

--- Whether a statement may go to the history: not when it looks like it holds a secret, and not
--- when it begins with a space.
function repl.is_kept(statement)
	local low = statement:lower():gsub("password_file", "")
	for _, word in ipairs(SECRET) do
		if low:find(word, 1, true) then
			return false
		end
	end
	return statement:find "^%S" ~= nil
end

--- Shows what a statement returned.
repl.print = require "adsh.session".output

return repl
