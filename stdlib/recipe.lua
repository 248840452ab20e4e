-- Running a recipe: its command line, its plan, the question, the writing, the report.
--
-- A recipe is a module with: name, summary, options(parser) that adds to an argparse parser,
-- prepare(args) that makes changes under plan() and returns a table about them, and
-- writes: what its changes are about, out of ATTRIBUTES, and
-- report(result) that prints what is left to say to a person; rows(result), where there is one, gives
-- the list that CSV has; stream(result), where that gives something, what programs get in place of the result.
-- It never writes by itself.
local carry_out = require "adsh.carry_out"
local command_line = require "adsh.command_line"
local failure = require "adsh.failure"
local options = require "adsh.core.options"
local plan = require "adsh.plan"
local policy = require "adsh.raising"(require "adsh.core.policy")
local program = require "adsh.core.program"

local recipe = {}

local PREFIX = "adsh.recipes."

-- The names of those that are part of adsh.
local function bundled()
	local names = {}
	for _, module in ipairs(program.modules()) do
		if module:sub(1, #PREFIX) == PREFIX then
			names[#names + 1] = module:sub(#PREFIX + 1)
		end
	end
	return names
end

local function is_bundled(name)
	for _, one in ipairs(bundled()) do
		if one == name then
			return true
		end
	end
	return false
end

local function unknown(name, names)
	local best = require "adsh.help".suggest(tostring(name), names)
	return failure("usage", ("there is no recipe '%s'"):format(tostring(name)),
		#best > 0 and "did you mean " .. table.concat(best, ", ") .. "?" or "adsh run lists them")
end

-- Rules can only be made stricter from here on, as when a script runs.
local function seal()
	if program.verb then
		plan.gate { sealed = true }
	end
end

--- The recipe of that name. From then on code of the user's may run, when it is not a bundled one.
function recipe.load(name)
	if is_bundled(name) then
		return require(PREFIX .. name)
	end
	local own_recipes = require "adsh.own_recipes"
	local paths = own_recipes.paths()
	if not paths[name] then
		error(unknown(name, recipe.names()), 0)
	end
	seal()
	return own_recipes.load(name, paths[name])
end

--- The names of all recipes.
function recipe.names()
	local names = bundled()
	for name in pairs(require "adsh.own_recipes".paths()) do
		if not is_bundled(name) then
			names[#names + 1] = name
		end
	end
	table.sort(names)
	return names
end

--- What a bundled recipe does, in a few words; nil for others, whose code would have to run.
function recipe.summary(name)
	return is_bundled(name) and require(PREFIX .. name).summary or nil
end

--- The recipes: a list of { recipe=, summary= }.
function recipe.list()
	local rows = {}
	for _, name in ipairs(bundled()) do
		rows[#rows + 1] = { recipe = name, summary = require(PREFIX .. name).summary }
	end
	for _, r in ipairs(require "adsh.own_recipes".list()) do
		if not is_bundled(r.name) then
			rows[#rows + 1] = { recipe = r.name, summary = r.summary }
		end
	end
	table.sort(rows, function(a, b) return a.recipe < b.recipe end)
	return rows
end

local ATTRIBUTES = {
	delegation = { "userAccountControl", "msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity" },
	encryption = { "msDS-SupportedEncryptionTypes", "userAccountControl" },
	policy = { "policy", "container", "gPLink", "versionNumber", "gPCMachineExtensionNames", "file", "content",
		"fileSecurityDescriptor", "group", "member" },
	spn = { "servicePrincipalName" },
	storage = { "group", "member", "file", "share", "shareSecurityDescriptor", "fileSecurityDescriptor" },
}

--- Refuses changes that the recipe of this name never makes: anybody could write its name into a plan file.
function recipe.check_changes(name, changes)
	local writes = {}
	for _, subject in ipairs(recipe.load(name).writes or {}) do
		for _, attribute in ipairs(ATTRIBUTES[subject]) do
			writes[attribute] = true
		end
	end
	for _, c in ipairs(changes) do
		for _, e in ipairs(c.edits) do
			if not writes[e.attribute] then
				error(failure("refused", ("%s: %s is not an attribute that recipe %s writes. Nothing was written"):format(c.label,
					e.attribute, name), "this plan was not created by that recipe"), 0)
			end
		end
	end
end

-- ---- the command line ----

local COMMON = { -- in the help of each recipe, and options of run.NAME{} in Lua
	{ "-n --dry-run", "Show the plan and write nothing (exit status 4 when changes are pending)." },
	{ "-y --yes", "Do not ask before writing." },
	{ "-v --verbose", "Show every value." },
	{ "-q --quiet", "Print one line if something changed, nothing otherwise." },
}

local function new_parser(r)
	local argparse = require "argparse"
	local description = (r.description or r.summary):gsub("([^\n])\n([^\n ])", "%1 %2") -- argparse breaks lines itself
	local parser = argparse("adsh run " .. r.name, description)
	parser:usage_max_width(79)
	parser:help_max_width(79)
	parser:help_description_margin(34)
	parser:epilog((r.epilog and r.epilog .. "\n\n" or "") .. command_line.NOTE)
	r.options(parser)
	return parser
end

--- The parser of a recipe's command line.
function recipe.parser(r)
	local parser = new_parser(r)
	for _, o in ipairs(COMMON) do
		command_line.flag(parser, o[1], o[2])
	end
	return parser
end

local function parse(r, argv)
	local args, common = command_line.parse(recipe.parser(r), argv, "adsh run " .. r.name .. " --help")
	for name, value in pairs(common) do
		args[name] = args[name] or value
	end
	return args
end

-- The rules for writing are what the words of the command line say: a recipe of the user's has no option of that name.
local function check_own(r)
	local clash = command_line.clash(new_parser(r))
	if clash then
		error(failure("usage", ("the recipe %s has an option %s, which is a write rule of adsh"):format(r.name,
			clash), "give it another name"), 0)
	end
end

-- What the command line says to the recipe; what it says to adsh holds from then on.
local function read(name, argv)
	local is_own = not is_bundled(name)
	if is_own then
		command_line.take(command_line.rules(argv))
	end
	local r = recipe.load(name)
	if is_own then
		check_own(r)
	end
	local parser = command_line.add(recipe.parser(r))
	local args, ours = command_line.parse(parser, argv, "adsh run " .. name .. " --help")
	command_line.take(ours, is_own)
	return r, args
end

-- The policy may name the recipes that may write.
local function check_allowed(name)
	policy.check_recipe(name)
end

-- Into the plan that is open at the prompt, which is written later.
local function collect(r, args)
	local result = r.prepare(args)
	for _, line in ipairs(result.warnings or {}) do
		require "adsh.say".err("warning: " .. line)
	end
	if carry_out.people() then
		plan.show()
	end
	return result
end

local function perform(r, args)
	local result
	local p = plan(function() result = r.prepare(args) end)
	result.recipe = r.name
	carry_out.plan(p, result)
	return result
end

-- Through the pager, at the prompt.
local function report(r, result)
	if not require "adsh.core.program".at_prompt() then
		return r.report(result)
	end
	require "adsh.prompt.pager".through(function(write)
		require "adsh.say".gather(write, function() r.report(result) end)
	end)
end

--- call(name, argv): runs a recipe from Lua with the words of its command line; its result is a value.
function recipe.call(name, argv)
	check_allowed(name)
	local r = recipe.load(name)
	local args = parse(r, argv)
	if plan.current() then
		return carry_out.told(collect(r, args))
	elseif args.dry_run or args.check and is_bundled(name) then
		local result
		local p = plan(function() result = r.prepare(args) end)
		if carry_out.people() then
			p:show(args.verbose)
		end
		result.changes = p:changes()
		return carry_out.told(result)
	end
	local result = perform(r, args)
	if r.report and carry_out.people() and not (args.quiet or options.quiet) then
		report(r, result)
	end
	return carry_out.told(result)
end

--- Runs the recipe with the words of its command line; the result is a table, or nil when a person
--- has read it already.
function recipe.main(name, ...)
	if not name or name:match "^%-" then
		local parser = command_line.add(require "argparse"("adsh run", "Lists the recipes."))
		command_line.take(select(2, command_line.parse(parser, { name, ... }, "adsh run --help")))
		return recipe.list()
	end
	local is_known = is_bundled(name) or require "adsh.own_recipes".paths()[name] ~= nil
	if is_known then
		check_allowed(name)
	end
	carry_out.made_by(is_bundled(name) and name or nil)
	local r, args = read(name, { ... })
	if args.check and is_bundled(name) then
		command_line.take { dry_run = true }
	end
	local result = perform(r, args)
	if not carry_out.people() then
		result.warnings = result.warnings or {}
		return r.stream and r.stream(result) or options.format == "csv" and r.rows and r.rows(result) or result
	end
	if r.report and not options.quiet then
		r.report(result)
	end
end

return recipe
