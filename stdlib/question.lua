-- Questions to a person at the terminal. Where there is none, nothing is asked: the gate (shell/gate/gate.c)
-- then refuses what would have been asked for.
local escape = require "adsh.core.text".escape
local options = require "adsh.core.options"
local program = require "adsh.core.program"
local say = require "adsh.say"

local question = {}

local CHOICES = "[y/N/d/s/?]"
local KEYS = "y: write; n: write nothing; d: show every value; s: save as a plan, for adsh apply"

local function read(text)
	say.err(text, " ")
	return io.read "l"
end

local function is_yes(answer)
	return answer ~= nil and answer:lower():match "^%s*ye?s?%s*$" ~= nil
end

--- confirm(text): true when somebody typed yes.
function question.confirm(text)
	return options.interactive and is_yes(read(text .. " [y/N]"))
end

-- ---- before a plan is written ----

local shown -- the difference that was shown last, as one text

--- Whether these lines of a difference are what a person has just agreed to.
function question.has_shown(lines)
	return shown == table.concat(lines, "\n")
end

local inverse_of -- the run that is taken back, in words

--- taking_back(text, f, ...): calls f; the question is about taking back what the text says.
function question.taking_back(text, f, ...)
	local before = inverse_of
	local _ <close> = setmetatable({}, { __close = function() inverse_of = before end })
	inverse_of = text
	return f(...)
end

local function question_of(changes, count)
	local widens = 0
	for _, c in ipairs(changes) do
		widens = widens + (c.widens and 1 or 0)
	end
	local what = widens > 0 and (" and widen trust on %d"):format(widens) or ""
	if inverse_of then
		return ('"%s": write the inverse%s? %s'):format(inverse_of, what, CHOICES)
	end
	return ("write %s%s? %s"):format(count, what, CHOICES)
end

-- Asks for a name until the plan is saved, or none is given.
local function save(changes)
	local path = read "Save the plan as:"
	if not path or not path:find "%S" then
		return "not confirmed"
	end
	local ok, err = pcall(require "adsh.plan_file".save, changes, path)
	if ok then
		return "the plan is saved as " .. path, "adsh apply " .. path .. " writes it"
	end
	say.err(tostring(err))
	return save(changes)
end

-- What is longer than the screen is read in the pager, before the question comes.
local function is_paged(lines)
	local t = program.terminal()
	if not options.interactive or not t.rows or #lines < t.rows then
		return false
	end
	require "adsh.core.notice".hide()
	require "adsh.prompt.pager".write(escape(table.concat(lines, "\n"), true) .. "\n")
	return true
end

local function show(changes, verbose)
	local lines, count = require "adsh.plan".describe(changes, verbose)
	if verbose and not options.verbose and is_paged(lines) then
		return lines, count
	end
	local terminal = program.terminal()
	local colored = require "adsh.output".is_colored { stdout = terminal.stderr }
	require "adsh.format.colors".each(lines, colored, function(line)
		io.stderr:write(line, "\n")
	end, terminal.stderr and terminal.columns)
	return lines, count
end

--- write(changes): shows a plan and asks whether to write it. True, or nil, why not and a hint: the gate
--- calls it before it writes.
function question.write(changes)
	local lines, count = show(changes, options.verbose)
	shown = table.concat(lines, "\n")
	while true do
		local answer = read(question_of(changes, count)) or "n"
		if is_yes(answer) then
			return true
		elseif answer:match "^%s*[sS]%s*$" then
			return nil, save(changes)
		elseif answer:match "^%s*[?hH]%s*$" then
			say.err(KEYS)
		elseif not answer:match "^%s*[dD]%s*$" then
			return nil, "not confirmed"
		else
			show(changes, true)
		end
	end
end

return question
