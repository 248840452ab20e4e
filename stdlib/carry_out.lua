-- From a plan to what is written, the same for recipes, saved plans, undo and resume: show the
-- difference, write, tell. The gate asks before it writes.
local core = require "adsh.core.plan"
local options = require "adsh.core.options"
local plan = require "adsh.plan"
local say = require "adsh.say"

-- unchanged: objects that were as wanted, over the whole run; pending: a check found something that is left to do;
-- lacking: a part could not be reached
local carry_out = { unchanged = 0, pending = false, lacking = false }

local function people()
	return options.format == "table"
end
carry_out.people = people

-- Where somebody is asked, the question shows it.
local function print_plan(changes)
	if people() and not options.quiet and (options.dry_run or not core.asks()) then
		plan.print(changes, options.verbose)
	end
end

local function summary(result)
	local r = result.report
	return require "adsh.format.written" {
		changed = r.changed, unchanged = result.unchanged, rebased = r.rebased, run = result.run,
		requests = options.verbose and (" (%d modifies, %d searches to read back)"):format(r.modifies, r.readbacks),
	}
end

local function without_writing(p, result)
	if #result.changes == 0 then
		if people() and not options.quiet and not result.shown then
			say.out(("nothing to do: %d unchanged"):format(result.unchanged))
		end
		return
	end
	p:apply() -- moves it to what the gate has collected, through the guards
	if people() and not options.quiet then
		say.out("dry run: nothing was written")
	end
end

-- For --html.
local function save_page(result)
	if options.html and not result.html then -- an audit has made its own
		require "adsh.format.plan_page".save(options.html, result.changes, result.run)
		if people() and not options.quiet then
			say.out("The page is in " .. options.html)
		end
	end
end

--- made_by(name): what is written from now on counts as what this recipe makes, nil: none does. Only where the
--- command line said it (adsh run, apply, undo, resume) does the policy believe it.
function carry_out.made_by(name)
	carry_out.recipe = core.made_by(name or false)
end

--- told(result): people have read it already, and see nothing of it; programs get every field.
function carry_out.told(result)
	return require "adsh.format.printable".viewed(result, function() end)
end

--- plan(p, result[, run]): carries the plan out. result is a table about it, with unchanged = number of
--- objects that are as wanted; it gets changes, changed, dry_run and, when something was written, report
--- and run. lacking: what could not be reached, and is no part of the plan.
--- run: an earlier run that this one goes on with.
function carry_out.plan(p, result, run)
	result.unchanged = result.unchanged or 0
	carry_out.lacking = carry_out.lacking or #(result.lacking or {}) > 0
	carry_out.unchanged = carry_out.unchanged + result.unchanged
	result.dry_run = options.dry_run or false
	local doubts = plan.doubts(p)
	result.warnings = #doubts > 0 and table.move(doubts, 1, #doubts, #(result.warnings or {}) + 1, result.warnings or {})
		or result.warnings
	result.changes = p:changes()
	result.changed = #result.changes
	for _, line in ipairs(result.warnings or {}) do
		say.err("warning: " .. line)
	end
	if people() and not options.quiet then
		for _, line in ipairs(result.notes or {}) do
			say.err("note: " .. line)
		end
	end
	if carry_out.recipe then
		require "adsh.recipe".check_changes(carry_out.recipe, result.changes)
	end
	if #result.changes > 0 then
		print_plan(result.changes)
	end
	if #result.changes == 0 or options.dry_run then
		without_writing(p, result)
		save_page(result)
		return result
	end
	result.report = p:apply(run)
	result.run = plan.run()
	result.changed = result.report.changed
	result.changes = p:changes()
	if people() then
		say.out(summary(result))
	end
	save_page(result)
	return carry_out.told(result)
end

--- alone(p, result[, run]): the same where no recipe tells what is left to do: it is said here.
function carry_out.alone(p, result, run)
	carry_out.plan(p, result, run)
	if result.run and people() and not options.quiet then
		require "adsh.to_do".say(result.changes, result.run)
	end
	return result
end

return carry_out
