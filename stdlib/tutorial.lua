-- tutorial(): ten steps at the prompt, in the demo lab. A step says what to type; what was typed is checked by its
-- result or by the directory. What it has written it takes back.
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local help = require "adsh.help"
local plan = require "adsh.core.plan"
local raising = require "adsh.raising"
local say = require "adsh.say"

local SOURCE = "host01"

local at -- the number of the step, nil: it does not go on
local written -- { run=, spn= } of step 8, until it is taken back
local opened -- the plan of step 6

local function targets()
	local result = raising.try(require "adsh.delegation".get, SOURCE)
	return result and result.targets or {}
end

local function has(spn)
	for _, one in ipairs(targets()) do
		if one:lower() == spn:lower() then
			return true
		end
	end
	return false
end

-- One that host01 may not delegate to yet.
local function free_spn()
	for i = 2, 8 do
		local spn = ("cifs/host%02d"):format(i)
		if not has(spn) then
			return spn
		end
	end
	return "cifs/tutorial"
end

local spn -- what step 7 allows

local function is_list_with(value, field)
	return type(value) == "table" and type(value[1]) == "table" and value[1][field] ~= nil
end

local function is_host(value)
	return type(value) == "table" and (value.sAMAccountName or value.account or ""):upper() == SOURCE:upper() .. "$"
end

local function has_opened()
	opened = plan.current() or nil
	return opened ~= nil
end

local function has_planned()
	local p = plan.current()
	return p and p:count() > 0
end

local function has_written()
	if not has(spn) then
		return false
	end
	written, opened = { run = plan.run(), spn = spn }, nil
	return true
end

local function has_undone()
	if has(spn) then
		return false
	end
	written = nil
	return true
end

-- title, text, what to type; word: a statement that has it is an attempt; check(statement): is it done?
local STEPS = {
	{ "Find objects", [[search takes the beginning of a name, a pattern with *, or a filter. The result of a statement is
		shown, and kept as _.]], 'search "host0"', word = "search",
		check = function(s) return is_list_with(s.value, "dn") and #s.value > 1 end },
	{ "Look at one", [[Give an account by any identity: name, DNS name, DN, SID, UPN, SPN. Tab completes names, also in
		strings: try it behind "ho.]], 'get "host01"', word = "get",
		check = function(s) return is_host(s.value) and s.value.objectSid ~= nil end },
	{ "Its delegation", [[To delegate is to act on behalf of a user towards another service. mode says how: none,
		kerberos, any.]], 'delegation.get "host01"', word = "delegation.get",
		check = function(s) return is_host(s.value) and s.value.targets ~= nil end },
	{ "Who may delegate to it?", [[The inverse, widest trust first. Domain controllers are in the list: they are
		trusted for everything.]], 'delegation.inbound "host02"', word = "delegation.inbound",
		check = function(s) return is_list_with(s.value, "kind") end },
	{ "Ask for help", [[?name, name? and F1 after a name show its arguments, results and an example. help() has the rest.
		What does an error mean? help "0x8009030E".]], "?delegation.allow", word = "help",
		check = function(s) return s.typed:find "delegation%.allow" and (s.typed:find "%?" or s.typed:find "help") end },
	{ "Plan first", "From here on, writes are collected, and the prompt shows it. plan.drop() discards them.",
		"plan.on()", word = "plan", check = has_opened },
	{ "Let it delegate", "Nothing has been written yet: the plan has one more account. plan.show() shows it in words.",
		function() return ('delegation.allow("host01", "%s")'):format(spn) end, word = "delegation.allow",
		check = has_planned },
	{ "Write", [[apply() shows the difference and asks. Answer y to write it and read it back, with a journal. d would
		show details, s save the plan for a colleague.]], "apply()", word = "apply", check = has_written },
	{ "Take it back", [[Every run can be undone, also tomorrow: the journal has the values before. journal.runs() lists the
		runs. undo() asks, too.]], "undo()", word = "undo", check = has_undone },
	{ "Whole jobs", [[This lists hosts without the rights for live migration; run.live_migration{group = "HyperV-Hosts"}
		grants them, in one run that undo() takes back. help "run" lists all recipes.]],
		'hosts.without "live-migration"', word = "hosts", check = function(s) return is_list_with(s.value, "missing") end },
}

local function show()
	local step = STEPS[at]
	local code = type(step[3]) == "function" and step[3]() or step[3]
	say.out(("\nStep %d of %d: %s"):format(at, #STEPS, step[1]))
	for _, line in ipairs(require "adsh.format.columns".wrap(step[2], 76)) do
		say.out("  " .. line)
	end
	say.out("Type:  " .. code)
end

-- What was begun is taken back: a plan that nobody has applied, a run that is not undone.
local function clean()
	if opened and rawequal(plan.current(), opened) then
		plan.current(false)
		say.out "The plan is dropped."
	end
	opened = nil
	if written and has(written.spn) then
		say.out "The changes of step 8 are still in place:"
		require "adsh.journal".undo(written.run)
	end
	written = nil
end

-- A step that needs what an earlier one does begins with that one.
local function first_of(n)
	if n == 9 and not written then
		n = 8
	end
	if (n == 7 or n == 8) and not (opened and rawequal(plan.current(), opened)) then
		n = 6
	end
	return n
end

local function leave(words)
	at = nil
	package.loaded["adsh.repl"].after = nil
	say.out(words)
	clean()
end

-- Called after each statement: { typed=, value=, failed= }.
local function after(statement)
	local step = STEPS[at]
	if statement.typed:find "tutorial" then
		return
	elseif not statement.failed and step.check(statement) then
		at = at + 1
		if not STEPS[at] then
			return leave "\nRight. That was the last step; help() has the rest."
		end
		say.out "\nRight."
		show()
	elseif statement.typed:find(step.word, 1, true) then
		say.out("\nNot yet. tutorial() shows the step again.")
	end
end

local function check_place(repl)
	if not repl then
		error(failure("usage", "the tutorial is for the prompt", "start adsh without a script"), 0)
	end
	local rules = plan.gate()
	if rules.dry_run or rules.read_only then
		error(failure("refused", "the tutorial writes, and this adsh does not",
			"start it without --dry-run and --read-only"), 0)
	elseif not at and plan.current() then
		error(failure("refused", "a plan is open", "apply() or plan.drop() first"), 0)
	elseif not raising.try(directory.current) or not raising.try(require "adsh.searching".get, SOURCE) then
		error(failure("notfound", "the tutorial uses the hosts of the demo lab, and there is no " .. SOURCE,
			'"make lab" in the source of adsh starts that lab'), 0)
	end
end

help [[tutorial([step]) - Teaches adsh in ten steps at the prompt, in the demo lab; checks each step.
Arguments:
	step (integer or boolean): where to continue; false leaves, and undoes what was written. Default: where you are
Returns: nothing; it prints. It writes only what you type, and asks
Errors:
	notfound: this is not the demo lab
	usage: it is not at the prompt, or there is no such step]]
local function start(_, n)
	local repl = package.loaded["adsh.repl"]
	if n == false then
		return at and leave "The tutorial ends here; tutorial(N) continues at step N."
	elseif n ~= nil and (math.type(n) ~= "integer" or not STEPS[n]) then
		error(failure("usage", "tutorial: the steps are 1 to " .. #STEPS), 0)
	end
	check_place(repl)
	if not at then
		say.out "Ten steps. Type the statement of each step, or a similar one; adsh checks what you type."
		say.out "tutorial() shows the step again, tutorial(4) goes to step 4, tutorial(false) leaves."
		spn = free_spn()
	end
	at = first_of(n or at or 1)
	repl.after = after
	show()
end

return setmetatable({}, { __call = start })
