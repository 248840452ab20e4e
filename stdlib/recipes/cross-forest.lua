-- Hyper-V hosts of several domains and forests: resource-based delegation, or trust for any service.
local resource_based = require "adsh.resource_based"
local directory = require "adsh.directory"
local carry_out = require "adsh.carry_out"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local options = require "adsh.core.options"
local plan = require "adsh.plan"
local say = require "adsh.say"
local topology = require "adsh.topology"
local unconstrained = require "adsh.unconstrained"
local printable = require "adsh.format.printable"

local recipe = {
	name = "cross-forest",
	summary = "let Hyper-V hosts of several domains and forests delegate to each other",
	writes = { "delegation" },
	description = "For each ordered pair source -> target of the hosts, checks the trusts between\n"
		.. "the two, and writes the delegation that fits. auto: resource-based delegation\n"
		.. "on the target where it works; lists the other pairs with the reason. rbcd: also\n"
		.. "within a domain. any-service: trusts every host for delegation to any service,\n"
		.. "after it reports what this opens and what would prevent it.",
	epilog = "Examples:\n"
		.. "  adsh run cross-forest --dry-run host01@alpha.test host01@beta.test\n"
		.. "  adsh run cross-forest --mode any-service --as admin --hosts-from list\n"
		.. "  adsh run cross-forest --revert --hosts-from list",
}

function recipe.options(parser)
	hosts.options_by_name(parser)
	parser:option("--mode", "auto, rbcd or any-service: see above."):choices({ "auto", "rbcd", "any-service" })
		:default("auto")
	parser:option("--as", "The administrator who starts the moves: checks that this account can be delegated from "
		.. "its domain."):argname("USER")
	parser:option("--group", "Resource-based: one entry for this group instead of one for each member; may be given "
		.. "for each domain."):argname("NAME"):count("*")
	parser:flag("--replace", "any-service: also remove constrained delegation, that is the list of targets and "
		.. "protocol transition. With --group: also remove the entries of its single members.")
	parser:flag("--revert", "Take back what this recipe wrote, including the exact userAccountControl.")
	parser:flag("--allow-any-service", "any-service: write without asking.")
end

local PORTS = {
	{ source = "host", target = "host", port = "6600/tcp", what = "live migration" },
	{ source = "host", target = "host", port = "445/tcp", what = "SMB: storage, management" },
	{ source = "host", target = "host", port = "5985/tcp", what = "WinRM (5986 with TLS)" },
	{ source = "host", target = "host", port = "135/tcp, 49152-65535/tcp", what = "RPC, WMI" },
	{ source = "host", target = "domain controllers of both", port = "88/tcp+udp", what = "Kerberos" },
	{ source = "host", target = "domain controllers of both", port = "389/tcp+udp", what = "LDAP" },
	{ source = "host", target = "domain controllers of both", port = "53/tcp+udp", what = "DNS" },
	{ source = "host", target = "domain controllers of both", port = "445/tcp, 135/tcp", what = "logon" },
}

local function talk(line)
	if carry_out.people() and not options.quiet then
		say.out(line)
	end
end

local function print_ports()
	talk "Ports to open between them (firewalls):"
	for _, p in ipairs(PORTS) do
		talk(("  %s -> %s  %s  %s"):format(p.source, p.target, p.port, p.what))
	end
end

-- ---- resource-based ----

local REST = {
	kcd = "%d pairs within a domain are for constrained delegation: adsh run live-migration (or --mode rbcd)",
	["any-service"] = "skipping %d pairs: only trust for any service fits them (--mode any-service)",
	impossible = "skipping %d pairs: no delegation fits them",
}

local function note_rest(result)
	local count = {}
	for _, row in ipairs(result.rest) do
		count[row.verdict] = (count[row.verdict] or 0) + 1
	end
	for _, verdict in ipairs { "kcd", "any-service", "impossible" } do
		if count[verdict] then
			table.insert(result.warnings, REST[verdict]:format(count[verdict]))
		end
	end
end

-- The groups that stand for hosts; one that could not be asked is told.
local function groups(args, list, result)
	local lacking = result.lacking or {}
	local n = #lacking
	local group_of, words = resource_based.groups(args.group, list, lacking)
	for i = n + 1, #lacking do
		table.insert(result.warnings, ("skipping %s: %s"):format(lacking[i].host, lacking[i].error))
	end
	result.lacking = #lacking > 0 and lacking or nil
	return group_of, words
end

local function allow(rows, list, args, result)
	local group_of, words = groups(args, list, result)
	for _, line in ipairs(words) do
		talk(line)
	end
	local outside = {}
	for _, o in ipairs(#args.group > 0 and list or {}) do
		outside[#outside + 1] = not group_of[o] and hosts.label(o) or nil
	end
	if #outside > 0 then
		table.insert(result.warnings, "in none of the groups, so it gets an entry of its own: "
			.. "" .. table.concat(outside, ", "))
	end
	local kept
	result.groups = words
	result.rest, kept = resource_based.allow(rows, group_of, args.replace)
	if kept > 0 then
		table.insert(result.warnings, ("%d entries for single members of the groups remain on the targets; --replace "
			.. "removes them"):format(kept))
	end
	note_rest(result)
end

-- ---- any service ----

local function trust_all(rows, list, args, result)
	result.opens = unconstrained.opens(list)
	for _, line in ipairs(result.opens) do
		talk(line)
	end
	result.stops = unconstrained.stops(rows)
	talk(#result.stops > 0 and "What would prevent it:" or "adsh sees nothing that would prevent it.")
	for _, line in ipairs(result.stops) do
		talk("  " .. line)
	end
	result.safer = 0
	for _, row in ipairs(rows) do
		result.safer = result.safer + ((row.verdict == "rbcd" or row.verdict == "kcd") and 1 or 0)
	end
	if result.safer > 0 then
		talk(("Resource-based or constrained delegation fits %d of %d pairs and grants less (adsh run live-migration).")
			:format(result.safer, #rows))
	end
	if not options.dry_run then
		unconstrained.consent(list, args.allow_any_service)
	end
	unconstrained.allow(list, args.replace, result.warnings)
end

local function check(list, lacking, args)
	local least = args.revert and 1 or 2
	hosts.check_reached(list, lacking, least)
	if #list < least then
		error(failure("usage", "this requires at least " .. (least == 1 and "one host" or "two hosts"),
			"adsh run cross-forest HOST@DOMAIN HOST@DOMAIN..."), 0)
	end
end

local function revert(rows, list, args, result)
	resource_based.revoke(rows, (groups(args, list, result)))
	unconstrained.revert(list, result.warnings)
end

function recipe.prepare(args)
	local named = { host = args.host, ou = args.ou, hosts_from = args.hosts_from } -- --group chooses no hosts here
	local list, warnings, lacking = hosts.resolve(directory.current(), named)
	check(list, lacking, args)
	local rows = topology.matrix(list, { as = args.as, constrained = args.mode ~= "rbcd" })
	local result = { mode = args.revert and "revert" or args.mode, verdicts = rows, warnings = warnings, ports = PORTS,
		lacking = #lacking > 0 and lacking or nil, hosts = {} }
	for i, o in ipairs(list) do
		result.hosts[i] = hosts.label(o)
	end
	if not args.revert then
		for _, line in ipairs(topology.describe(rows)) do
			talk(line)
		end
		for _, line in ipairs(topology.remedies(rows)) do
			talk(line)
		end
		print_ports()
	end
	local write = args.revert and revert or args.mode == "any-service" and trust_all or allow
	write(rows, list, args, result)
	result.unchanged = #list - plan.current():count()
	return result
end

--- CSV has one list: a verdict for each pair.
function recipe.rows(result)
	return printable.ordered(result.verdicts, { "source", "target", "verdict", "why", "rbcd_blocked",
		"any_service_blocked", "remedy" })
end

function recipe.report(result)
	if #result.changes > 0 and not result.dry_run then
		require "adsh.to_do".say(result.changes, result.run)
		local command = require "adsh.to_do.host_policy".command(result.changes, "--firewall --migration kerberos", true)
		if command then
			require "adsh.say".out("settings on the hosts themselves, by group policy: " .. command)
		end
	end
end

return recipe
