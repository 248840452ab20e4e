-- Who may delegate, and what is wrong with it. Reads only.
local audit = require "adsh.audit.run"
local sections = require "adsh.audit.sections"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local options = require "adsh.core.options"
local program = require "adsh.core.program"
local say = require "adsh.say"

local NAMES = 4 -- hosts named in a cell on the screen; -v names all

local recipe = {
	name = "audit",
	summary = "report delegation, widest trust first, and stale or blocking entries",
	description = "Lists every account of the domain that may delegate, or those that involve the\n"
		.. "named hosts; the accounts that may delegate towards each target; entries for\n"
		.. "services that no account has; SIDs without a name; administrators who cannot be\n"
		.. "delegated. Writes nothing. Lists the domains that it could not query, and then\n"
		.. "ends with exit status 3.",
	epilog = "Examples:\n"
		.. "  adsh run audit --forest --trusts --html audit.html\n"
		.. "  adsh --format csv run audit > audit.csv",
}

function recipe.options(parser)
	hosts.options(parser)
	parser:flag("--forest", "All domains of the forest.")
	parser:flag("--trusts", "Also the trusts, and whether they allow TGT delegation.")
	parser:option("--admins", "A group of administrators to check besides Domain Admins."):argname("GROUP"):count("*")
	parser:option("--html", "Also write the whole report to this file, as a self-contained HTML page."):argname("FILE")
end

local found = setmetatable({}, { __mode = "k" }) -- what audit.run gave, for each result

-- nil: every account
local function chosen(dir, args)
	local named = false
	for _, key in ipairs { "host", "ou", "group", "filter", "hosts_from" } do
		named = named or #args[key] > 0
	end
	if not named then
		return nil, {}, {}
	end
	local list, warnings, lacking = hosts.resolve(dir, args)
	hosts.check_reached(list, lacking, 1)
	if #list == 0 then
		error(failure("usage", "none of the options names a host", "omit them to check every account"), 0)
	end
	return list, warnings, lacking
end

function recipe.prepare(args)
	local dir = directory.current()
	local list, warnings, lacking = chosen(dir, args)
	local result = audit.run(dir, { hosts = list, forest = args.forest, trusts = args.trusts, admins = args.admins })
	for _, what in ipairs(result.missing) do
		warnings[#warnings + 1] = "the answer is incomplete: " .. what
	end
	for _, l in ipairs(lacking) do
		table.insert(result.missing, ("%s: %s"):format(l.host, l.error))
	end
	if result.without_matrix then
		warnings[#warnings + 1] = sections.without_matrix(result)
	end
	local path = args.html or options.html
	if path then
		require "adsh.audit.page".save(path, result, dir)
	end
	local answer = { shown = sections.document(result), html = path, warnings = warnings,
		lacking = #result.missing > 0 and result.missing or nil }
	found[answer] = result
	return answer
end

--- CSV has one list.
function recipe.rows(result)
	return sections.rows(found[result])
end

function recipe.report(result)
	local all, across = found[result], program.terminal().columns
	say.out("Delegation in " .. table.concat(all.domains, ", "))
	for _, section in ipairs(sections.of(all, not options.verbose and NAMES or nil)) do
		say.out(("\n%s: %d"):format(section.title, #section.rows))
		if #section.rows > 0 then
			local rows = across and sections.fit(section, across) or section.rows
			require "adsh.show"(require "adsh.format.printable".ordered(rows, section.fields))
		end
	end
	if all.matrix then
		say.out ""
		require "adsh.show"(all.matrix)
	end
	if #all.missing > 0 then
		say.out("\nThis answer is incomplete:\n  " .. table.concat(all.missing, "\n  "))
	end
	if result.html then
		say.out("\nThe page is in " .. result.html)
	end
end

return recipe
