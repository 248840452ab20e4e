-- Running a recipe: its command line, its plan, the question, the writing, the report.
--
-- A recipe is a module with: name, summary, options(parser) that adds to an argparse parser,
-- prepare(args) that makes changes under plan() and returns a table about them, and
-- report(result) that prints what is left to say to a person. It never writes by itself.
local failure = require "adsh.failure"
local options = require "adsh.core.options"
local plan = require "adsh.plan"
local program = require "adsh.core.program"

local recipe = {}

local PREFIX = "adsh.recipes."

local function load(name)
	for _, module in ipairs(program.modules()) do
		if module == PREFIX .. name then
			return require(module)
		end
	end
	error(failure("usage", "there is no recipe called '" .. tostring(name) .. "'", "adsh run lists them"), 0)
end

--- The bundled recipes: a list of { recipe=, summary= }.
function recipe.list()
	local rows = {}
	for _, module in ipairs(program.modules()) do
		if module:sub(1, #PREFIX) == PREFIX then
			local r = require(module)
			rows[#rows + 1] = { recipe = r.name, summary = r.summary }
		end
	end
	table.sort(rows, function(a, b) return a.recipe < b.recipe end)
	return rows
end

-- ---- the command line ----

local function common_options(parser)
	parser:flag("-n --dry-run", "Show the plan and write nothing (exit status 4 when changes are pending).")
	parser:flag("-y --yes", "Do not ask before writing.")
	parser:flag("-v --verbose", "Show every value.")
	parser:flag("-q --quiet", "Print nothing when nothing changes.")
end

local function parse(r, argv)
	local argparse = require "argparse"
	local parser = argparse("adsh run " .. r.name, r.description or r.summary)
	parser:usage_max_width(79)
	parser:help_max_width(79)
	parser:help_description_margin(34)
	if r.epilog then
		parser:epilog(r.epilog)
	end
	r.options(parser)
	common_options(parser)
	local ok, args = parser:pparse(argv)
	if not ok then
		error(failure("usage", args, "adsh run " .. r.name .. " --help"), 0)
	end
	return args
end

local function take_common(args)
	for _, name in ipairs { "dry_run", "yes", "verbose", "quiet" } do
		options[name] = args[name] or options[name]
	end
	if options.dry_run then
		plan.gate { dry_run = true }
	end
end

-- ---- plan, ask, apply ----

local function people()
	return options.format == "table"
end

local function print_plan(changes)
	if people() then
		for _, line in ipairs(plan.describe(changes, options.verbose)) do
			print(line)
		end
	end
end

local function confirm(r, n)
	if options.yes then
		return
	end
	if not options.interactive then
		error(failure("refused", "there is no terminal to ask at, and --yes was not given: nothing was written",
			"adsh run " .. r.name .. " --yes ..., or --dry-run to see the plan only"), 0)
	end
	if not require "adsh.ask"(("Write %d %s?"):format(n, n == 1 and "change" or "changes")) then
		error(failure("refused", "not confirmed: nothing was written"), 0)
	end
end

local function summary(result)
	local r = result.report
	local parts = { ("%d changed"):format(r.changed), ("%d unchanged"):format(result.unchanged or 0) }
	if r.rebased > 0 then
		parts[#parts + 1] = ("%d on top of somebody else's edit"):format(r.rebased)
	end
	return ("Done: %s; read back and as wanted (%d modifies, %d read-back searches)"):format(
		table.concat(parts, ", "), r.modifies, r.readbacks)
end

local function warn(result)
	for _, line in ipairs(result.warnings or {}) do
		io.stderr:write("warning: ", line, "\n")
	end
end

local function finish(r, result)
	if people() and r.report and not (options.quiet and result.changed == 0) then
		r.report(result)
	end
	result.warnings = result.warnings or {}
	return not people() and result or nil
end

-- Nothing was to be done, or a dry run showed what would be.
local function without_writing(r, result, changes)
	result.changed = #changes
	if people() and #changes == 0 and not options.quiet and not result.shown then
		print(("Nothing to do: %d unchanged"):format(result.unchanged or 0))
	elseif people() and #changes > 0 then
		print("Dry run: nothing was written")
	end
	return finish(r, result)
end

local function write(r, p, result)
	confirm(r, p:count())
	result.report = p:apply()
	result.changed = result.report.changed
	result.changes = p:changes()
	if people() then
		print(summary(result))
	end
	return finish(r, result)
end

--- Runs the recipe with the words of its command line; the result is a table, or nil when a person
--- has read it already.
function recipe.main(name, ...)
	if not name then
		return recipe.list()
	end
	local r = load(name)
	local args = parse(r, { ... })
	take_common(args)
	local result
	local p = plan(function() result = r.prepare(args) end)
	local changes = p:changes()
	result.recipe, result.dry_run, result.changes = r.name, options.dry_run or false, changes
	warn(result)
	if #changes == 0 then
		return without_writing(r, result, changes)
	end
	print_plan(changes)
	if options.dry_run then
		p:apply() -- moves it to what the gate has collected, through the guards
		return without_writing(r, result, changes)
	end
	return write(r, p, result)
end

return recipe
