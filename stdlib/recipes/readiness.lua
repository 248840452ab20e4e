-- What breaks when RC4 goes, and what can be mended of it.
local carry_out = require "adsh.carry_out"
local directory = require "adsh.directory"
local options = require "adsh.core.options"
local printable = require "adsh.format.printable"
local program = require "adsh.core.program"
local readiness = require "adsh.readiness"
local report = require "adsh.readiness.report"
local say = require "adsh.say"

local ON_SCREEN, KEPT = 20, 1000 -- rows of a section

local recipe = {
	name = "readiness",
	summary = "report accounts and trusts that fail without RC4, and the remedy",
	writes = { "encryption" },
	description = "Reads every enabled account, trust and krbtgt of the forest, hosts and services\n"
		.. "of adsh's jobs first. Shows which encryption types its KDC uses for it and why,\n"
		.. "whether it can have AES keys, and the remedy. Exit status 4 when something\n"
		.. "fails without RC4, 3 when adsh cannot judge something.",
	epilog = "Examples:\n"
		.. "  adsh run readiness --proof\n"
		.. "  adsh run readiness --fix -n\n"
		.. "  adsh --format csv run readiness > readiness.csv",
}

function recipe.options(parser)
	parser:argument("account", "Only these computers, users and managed accounts, by any identity."):args("*")
	parser:flag("--proof", "Request keys from the KDC for accounts that fail or cannot be judged, and tickets for "
		.. "these and the jobs' hosts.")
	parser:flag("--fix", "Plan the changes of attributes: AES for accounts whose own attribute says RC4 or DES, no "
		.. "USE_DES_KEY_ONLY. Accounts that only their host can judge get AES when they are named.")
	parser:flag("--jobs", "Only hosts and services of adsh's jobs, domain controllers, krbtgts and trusts.")
	parser:flag("--this-domain", "Only the current domain, not the forest.")
	parser:flag("--disabled", "Also disabled accounts.")
	parser:flag("--all", "Also list accounts that are ready (JSON and CSV always do).")
	parser:option("--html", "Also write the whole report to this file, as a self-contained HTML page."):argname("FILE")
end

local function asked(args, result)
	return {
		accounts = #args.account > 0 and args.account or nil, forest = not args.this_domain, jobs = args.jobs,
		disabled = args.disabled, proof = args.proof, missing = result.missing,
		about = function(d) report.about(result, d) end,
	}
end

local function note_state(row)
	carry_out.pending = carry_out.pending or row.state == "fails"
	carry_out.lacking = carry_out.lacking or row.state == "unseen"
end

local found = setmetatable({}, { __mode = "k" }) -- the report, for each result

local function note_lacks(result)
	for _, m in ipairs(result.missing) do
		table.insert(result.lacks, m.domain .. ": " .. m.error)
	end
end

local function save_page(result)
	if result.html then
		require "adsh.readiness.page".save(result.html, result, directory.current())
	end
end

-- Rows as they come; the page has of each section as many as are kept.
local function rows_of(result)
	for row in readiness.accounts(asked(result.args, result)) do
		note_state(row)
		report.add(result, row)
		coroutine.yield(row)
	end
	for _, row in ipairs(report.lacking(result.missing)) do
		note_state(row)
		coroutine.yield(row)
	end
	note_lacks(result)
	save_page(result)
end

-- Reads all; keeps as much as is shown.
local function gather(args, result)
	for row, f, d in readiness.accounts(asked(args, result)) do
		if args.fix and require "adsh.readiness.fix".plan(result, row, f, d, #args.account > 0) then
			result.mended = result.mended + 1
		else
			report.add(result, row)
			note_state(row)
		end
	end
	note_lacks(result)
	save_page(result)
end

-- Rows that are kept of each section: what streams and makes no page needs none.
local function limit_of(streams, html, is_whole)
	if streams then
		return html and KEPT or 0
	end
	return is_whole and math.huge or KEPT
end

function recipe.prepare(args)
	local for_programs, html = not carry_out.people(), args.html or options.html
	local streams = for_programs and not args.fix
	local result = report.new(limit_of(streams, html, options.verbose or for_programs))
	result.args, result.missing, result.mended, result.html, result.streams = args, {}, 0, html, streams
	if not streams then
		gather(args, result)
	end
	local answer = { shown = report.document(result), html = html, warnings = result.warnings,
		lacking = #result.missing > 0 and result.missing or nil }
	found[answer] = result
	return answer
end

--- What programs get: rows as they come.
function recipe.stream(answer)
	local result = found[answer]
	if result.streams then
		return printable.ordered(printable.stream(coroutine.wrap(function() rows_of(result) end)), report.fields)
	end
end

function recipe.rows(answer)
	return answer.shown.accounts
end

local function show_section(s)
	local across = program.terminal().columns
	say.out(("\n%s: %d"):format(s.title, s.count))
	if s.about then
		say.out(s.about)
	end
	local rows = table.move(s.rows, 1, options.verbose and #s.rows or math.min(#s.rows, ON_SCREEN), 1, {})
	local some = { fields = s.fields, rows = rows }
	rows = across and require "adsh.audit.sections".fit(some, across) or rows
	require "adsh.show"(printable.ordered(rows, s.fields))
	if #rows < s.count then
		say.out(("and %d more; -v, CSV and JSON show all"):format(s.count - #rows))
	end
	for _, line in ipairs(s.remedies) do
		say.out(line)
	end
end

function recipe.report(answer)
	local result = found[answer]
	say.out("Without RC4 in " .. table.concat(result.domains, ", ") .. (result.mended > 0 and ", after this plan" or ""))
	say.out(report.summary(result))
	for _, line in ipairs(report.asked(result)) do
		say.out(line)
	end
	for _, s in ipairs(report.sections(result, result.args.all)) do
		if s.count > 0 then
			show_section(s)
		end
	end
	if #result.notes > 0 then
		say.out("\nWhat adsh cannot see:\n  " .. table.concat(result.notes, "\n  "))
	end
	if #result.lacks > 0 then
		say.out("\nThis answer is incomplete:\n  " .. table.concat(result.lacks, "\n  "))
	end
	if answer.html then
		say.out("\nThe page is in " .. answer.html)
	end
end

return recipe
