-- Running a recipe: its command line, its plan, the question, the writing, the report.
--
-- A recipe is a module with: name, summary, options(parser) that adds to an argparse parser,
-- prepare(args) that makes changes under plan() and returns a table about them, and
-- writes: what its changes are about, out of ATTRIBUTES, and
-- report(result) that prints what is left to say to a person; rows(result), where there is one, gives
-- the list that CSV has. It never writes by itself.
local carry_out = require "adsh.carry_out"
local failure = require "adsh.failure"
local options = require "adsh.core.options"
local plan = require "adsh.plan"
local policy = require "adsh.raising"(require "adsh.core.policy")
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

local ATTRIBUTES = {
	delegation = { "userAccountControl", "msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity" },
	spn = { "servicePrincipalName" },
	storage = { "group", "member", "share", "shareSecurityDescriptor", "fileSecurityDescriptor" },
}

--- Refuses changes that the recipe of this name never makes: anybody could write its name into a plan file.
function recipe.check_changes(name, changes)
	local writes = {}
	for _, subject in ipairs(load(name).writes or {}) do
		for _, attribute in ipairs(ATTRIBUTES[subject]) do
			writes[attribute] = true
		end
	end
	for _, c in ipairs(changes) do
		for _, e in ipairs(c.edits) do
			if not writes[e.attribute] then
				error(failure("refused", ("%s: %s is not what the recipe %s writes. Nothing was written"):format(c.label,
					e.attribute, name), "whoever made this plan did not make it with that recipe"), 0)
			end
		end
	end
end

-- ---- the command line ----

local function common_options(parser)
	parser:flag("-n --dry-run", "Show the plan and write nothing (exit status 4 when changes are pending).")
	parser:flag("-y --yes", "Do not ask before writing.")
	parser:flag("-v --verbose", "Show every value.")
	parser:flag("-q --quiet", "One line when something changed, nothing otherwise.")
end

local function parse(r, argv)
	local argparse = require "argparse"
	local description = (r.description or r.summary):gsub("([^\n])\n([^\n ])", "%1 %2") -- argparse breaks lines itself
	local parser = argparse("adsh run " .. r.name, description)
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
	if args.yes then
		plan.gate { agreed = true, confirm = false }
	end
end

--- Runs the recipe with the words of its command line; the result is a table, or nil when a person
--- has read it already.
function recipe.main(name, ...)
	if not name then
		return recipe.list()
	end
	local r = load(name)
	policy.check_recipe(name)
	local args = parse(r, { ... })
	take_common(args)
	carry_out.made_by(r.name)
	local result
	local p = plan(function() result = r.prepare(args) end)
	result.recipe = r.name
	carry_out.plan(p, result)
	if not carry_out.people() then
		result.warnings = result.warnings or {}
		return options.format == "csv" and r.rows and r.rows(result) or result
	end
	if r.report and not options.quiet then
		r.report(result)
	end
end

return recipe
