-- Service principal names that Hyper-V failed to register (event 14050, error 0x80090303).
local carry_out = require "adsh.carry_out"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local printable = require "adsh.format.printable"
local say = require "adsh.say"
local service_classes = require "adsh.service_classes"
local spn = require "adsh.spn"

local recipe = {
	name = "spn",
	summary = "register, check, list or remove service principal names of hosts",
	writes = { "spn" },
	description = "Registers the SPNs that Hyper-V failed to register (event 14050, error\n"
		.. "0x80090303): each class of the bundle, with short name and FQDN. Searches the\n"
		.. "whole forest for duplicates before it adds any. check ends with status 4 when\n"
		.. "an SPN is missing, or another account has it.",
	epilog = "Examples:\n"
		.. "  adsh run spn register host03 --bundle live-migration\n"
		.. "  adsh -f csv run spn check --group HyperV-Hosts --service cifs",
}

function recipe.options(parser)
	parser:argument("verb", "register, check, list or remove."):choices({ "register", "check", "list", "remove" })
	hosts.options(parser)
	parser:option("--bundle", "Bundle of service classes: " .. table.concat(service_classes.names(), ", ")
		.. " (default: live-migration).")
		:choices(service_classes.names()):count("*")
	parser:option("--service", "An additional service class, such as HTTP."):argname("CLASS"):count("*")
	parser:option("--spn", "A whole SPN; for one host only."):argname("SPN"):count("*")
	parser:flag("--covered", "register: also SPNs that another account covers by HOST/ (HTTP/host02, while HOST02$ "
		.. "has HOST/host02): clients then get tickets for the host named here.")
end

-- What the options ask for, in the words of service_classes.spns.
local function wanted(o, args)
	local words = { table.unpack(args.spn) }
	for _, class in ipairs(args.service) do
		words[#words + 1] = class:gsub("/*$", "") .. "/"
	end
	table.move(args.bundle, 1, #args.bundle, #words + 1, words)
	return service_classes.spns(#words > 0 and words or "live-migration", o)
end

local verbs = {}

local owners = setmetatable({}, { __mode = "k" }) -- of names that are taken, for each row that is shown

function verbs.list(o)
	return { host = o.sAMAccountName, spn = spn.list(o) }
end

function verbs.check(o, args)
	local c = spn.check(o, wanted(o, args))
	carry_out.pending = carry_out.pending or #c.missing + #c.taken > 0
	local row = { host = o.sAMAccountName, present = c.present, covered = c.covered, missing = c.missing,
		taken = c.taken }
	owners[row] = c.owners
	return row, { c.warning }
end

function verbs.register(o, args)
	return nil, spn.add(o, wanted(o, args), { covered = args.covered }).warnings
end

function verbs.remove(o, args)
	spn.remove(o, wanted(o, args))
end

function recipe.prepare(args)
	local list, warnings, lacking = hosts.resolve(directory.current(), args)
	hosts.check_reached(list, lacking, 1)
	if #list == 0 then
		error(failure("usage", "no host was named", "adsh run spn --help"), 0)
	end
	if #args.spn > 0 and #list > 1 then
		error(failure("usage", "--spn is for one host, and " .. #list .. " were named"), 0)
	end
	local shown = {}
	for _, o in ipairs(list) do
		local row, lines = verbs[args.verb](o, args)
		shown[#shown + 1] = row
		table.move(lines or {}, 1, #(lines or {}), #warnings + 1, warnings)
	end
	return {
		shown = shown, warnings = warnings, verb = args.verb, lacking = #lacking > 0 and lacking or nil,
		unchanged = #list - require "adsh.plan".current():count(),
	}
end

--- CSV has a row for each name.
function recipe.rows(result)
	local rows = {}
	local function add(host, state, list)
		for _, name in ipairs(list or {}) do
			local by = state == "taken" and name or nil
			rows[#rows + 1] = { host = host, state = state, spn = by and by.asked or name, account = by and by.account }
		end
	end
	for _, row in ipairs(result.shown) do
		add(row.host, "missing", row.missing)
		add(row.host, "taken", owners[row])
		add(row.host, "covered", row.covered)
		add(row.host, "present", row.present or row.spn)
	end
	return printable.ordered(rows, { "host", "state", "spn", "account" })
end

-- What to do about what a check found.
local function advise(shown)
	local lacking = {}
	for _, row in ipairs(shown) do
		if #row.missing > 0 then
			lacking[#lacking + 1] = (row.host:gsub("%$$", ""))
		end
		for _, by in ipairs(owners[row]) do
			say.out(("%s: %s %s; to move it: adsh -e 'spn.move(%q, %q)'"):format(by.asked,
				by.alias and ("is covered by %s of"):format(by.spn) or "belongs to", by.account, by.asked, row.host))
		end
	end
	if #lacking > 0 then
		say.out(("Missing on %s: add them with adsh run spn register and the same options"):format(
			table.concat(lacking, ", ")))
	end
end

function recipe.report(result)
	if result.verb == "list" then
		require "adsh.show"(result.shown)
	elseif result.verb == "check" then
		require "adsh.show"(printable.ordered(result.shown, { "host", "missing", "taken", "covered", "present" }))
		advise(result.shown)
	end
end

return recipe
