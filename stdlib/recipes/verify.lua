-- Is it live: what the directory says of each pair of hosts, and the ticket that the KDC gives. Reads only.
local carry_out = require "adsh.carry_out"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local lines = require "adsh.verify.lines"
local options = require "adsh.core.options"
local printable = require "adsh.format.printable"
local say = require "adsh.say"
local verify = require "adsh.verify"

local LINES = 20 -- differences told on the screen; -v tells all

local recipe = {
	name = "verify",
	summary = "show which hosts may act towards which, by the directory and by real tickets",
	description = "Requests a ticket from the KDC, with the key of each host, on behalf of a user\n"
		.. "to a service of each other host (S4U2Self and S4U2Proxy), compares the result\n"
		.. "with the directory, and explains differences. Marks hosts without a keytab.\n"
		.. "Writes nothing. Exit status 0: everything that should work does; 4: something\n"
		.. "does not, or works and should not; 3: hosts without a key. --why and --after\n"
		.. "request no tickets: they answer from the rules of the KDC and the directory.",
	epilog = "Examples:\n"
		.. "  adsh run verify --group HyperV-Hosts --keytabs /root/keytabs --user admin1\n"
		.. "  adsh -f csv run verify host01 host02 --keytabs k > tickets.csv\n"
		.. "  adsh run verify --why host01 host02 --as admin1\n"
		.. "  adsh run verify --after plan.json",
}

function recipe.options(parser)
	hosts.options(parser)
	parser:option("--user --as", "The user to act for (default: the current login)."):argname("USER"):count("*")
	parser:option("--service", "Service classes, separated by commas (default: cifs)."):argname("CLASS"):count("*")
	parser:option("--keytabs", "A folder with the keytabs of the hosts, or one keytab."):argname("DIR")
	parser:option("--html", "Also write the whole report to this file, as a self-contained HTML page."):argname("FILE")
	parser:flag("--why", "Instead, explain why the first host may act towards the second (or a service: "
		.. "cifs/host02), or may not: the rule and the object that decide. Requests no ticket.")
	parser:option("--after", "Instead, show the effect of a plan: which hosts gain or lose the right to act towards "
		.. "which."):argname("PLANFILE")
end

local function classes_of(words)
	local list = {}
	for _, word in ipairs(words) do
		for class in word:gmatch "[^,]+" do
			list[#list + 1] = class:match "^%s*(.-)%s*/?$"
		end
	end
	return #list > 0 and list or nil
end

local found = setmetatable({}, { __mode = "k" }) -- what verify.matrix gave, for each result

-- Differences, and what was not proven.
local function count(m)
	local n = { differ = 0, unproven = 0 }
	for _, r in ipairs(m) do
		n.differ = n.differ + (r.agrees == false and 1 or 0)
		n.unproven = n.unproven + (r.agrees == nil and 1 or 0)
	end
	return n
end

-- What a KDC's rules say, without a ticket.
local function by_rules(args)
	local user, classes = args.user[1], classes_of(args.service)
	if args.why then
		if #args.host ~= 2 then
			error(failure("usage", "--why takes two names", "adsh run verify --why SOURCE TARGET"), 0)
		end
		local rows = verify.why(args.host[1], args.host[2], { user = user, services = classes })
		for _, row in ipairs(rows) do
			carry_out.pending = carry_out.pending or not (row.works or row.came_with_kerberos.works)
		end
		return { shown = rows, warnings = {} }
	end
	local rows = verify.after(args.after, { user = user })
	for _, row in ipairs(rows) do
		carry_out.pending = carry_out.pending or row.outside or row.change ~= "gains"
	end
	return { shown = rows, warnings = {}, lacking = #rows.missing > 0 and rows.missing or nil }
end

function recipe.prepare(args)
	if args.why or args.after then
		return by_rules(args)
	end
	local list, warnings, lacking = hosts.resolve(directory.current(), args)
	hosts.check_reached(list, lacking, 2)
	if #list < 2 then
		error(failure("usage", "name at least two hosts", "adsh run verify --help"), 0)
	end
	local m = verify.matrix(list, { user = args.user[1] and args.user, services = classes_of(args.service),
		keytabs = args.keytabs })
	local n, lacks = count(m), {}
	for _, what in ipairs(m.missing) do
		warnings[#warnings + 1] = "the matrix is incomplete: " .. what
	end
	for _, l in ipairs(lacking) do
		lacks[#lacks + 1] = ("%s: %s"):format(l.host, l.error)
	end
	table.move(m.missing, 1, #m.missing, #lacks + 1, lacks)
	lacks[#lacks + 1] = n.unproven > 0 and ("the proof of %d tickets"):format(n.unproven) or nil
	carry_out.pending = carry_out.pending or n.differ > 0
	local result = { shown = printable.ordered(table.move(m, 1, #m, 1, {}), printable.order(m)), warnings = warnings,
		differences = n.differ, unproven = n.unproven, lacking = #lacks > 0 and lacks or nil }
	found[result] = m
	result.html = args.html or options.html
	if result.html then
		require "adsh.verify.page".save(result.html, m, directory.current())
	end
	return result
end

function recipe.rows(result)
	return result.shown
end

function recipe.report(result)
	local m = found[result]
	if not m then
		return require "adsh.show"(result.shown)
	end
	require "adsh.show"(m)
	local list = lines.of(m, options.verbose)
	for i = 1, options.verbose and #list or math.min(#list, LINES) do
		say.out((i == 1 and "\n" or "") .. list[i])
	end
	if #list > LINES and not options.verbose then
		say.out(("and %d more; -v shows all"):format(#list - LINES))
	end
	if result.html then
		say.out("\nThe page is in " .. result.html)
	end
end

return recipe
