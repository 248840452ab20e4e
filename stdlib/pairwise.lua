-- The pairwise loop: every host may delegate to chosen services of every other host.
local delegation = require "adsh.delegation"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local plan = require "adsh.plan"
local say = require "adsh.say"

local pairwise = {}

--- The options of every pairwise recipe; services: the classes that are the default;
--- own: those that the job has for itself alone.
function pairwise.options(parser, services, own)
	hosts.options(parser)
	parser:option("--services", "Service classes to delegate to (default: " .. table.concat(services, ", ") .. "), "
		.. "separated by commas."):argname("CLASS,..."):count("*")
	parser:option("--protocol", "any: with protocol transition (default). kerberos: Kerberos only; since Windows "
		.. "Server 2016 this makes live migration fail with 0x8009030E, because the move starts through WinRM as "
		.. "NETWORK SERVICE and has no forwardable ticket.")
		:choices({ "any", "kerberos" }):default("any")
	local class = table.concat(own, ", ")
	parser:flag("--prune", "Also remove values of the service classes for hosts that are not named. Of " .. class
		.. ": all of them. Of any other class, such as cifs, which file servers and libraries have too, also with --services"
		.. " cifs alone: only those for hosts with " .. class .. " among their SPNs or in the same list. The plan says what"
		.. " it keeps and why.")
end

local function services_of(args, default)
	if not args.services or #args.services == 0 then
		return default
	end
	local list = {}
	for _, text in ipairs(args.services) do
		for service in text:gmatch("[^,]+") do
			list[#list + 1] = service:match("^%s*(.-)%s*/?$")
		end
	end
	return list
end

local function check(list, warnings, lacking)
	hosts.check_reached(list, lacking, 2)
	if #list < 2 then
		error(failure("usage", ("pairs require at least two hosts, and %s"):format(
			#list == 0 and "none was named" or "only " .. list[1].sAMAccountName .. " was"),
			"name them, or use --ou, --group, --filter or --hosts-from"), 0)
	end
	for _, o in ipairs(list) do
		if not o.dNSHostName then
			warnings[#warnings + 1] = o.sAMAccountName .. " has no dNSHostName: only its short name is used"
		end
	end
end

-- Hosts that did not register the classes we delegate to (event 14050): the KDC will not know them.
local function missing_spns(list, registered)
	local missing = {}
	for _, o in ipairs(list) do
		local has = {}
		for _, spn in ipairs(o.servicePrincipalName or {}) do
			has[spn:lower()] = true
		end
		for _, value in ipairs(hosts.spns(o, registered)) do
			if not has[value:lower()] then
				missing[#missing + 1] = o.sAMAccountName
				break
			end
		end
	end
	return missing
end

-- What is to be delegated to is registered on the hosts that were read, or covered there: only the rest is looked for.
local function note_targets(list, values, own)
	local new_targets, owners = require "adsh.new_targets", require "adsh.spn_owners".new()
	local is_own, by_home = {}, {}
	for _, class in ipairs(own) do
		is_own[class:lower()] = true -- missing_spns tells
	end
	for _, o in ipairs(list) do
		owners:add({ account = o.sAMAccountName }, o.servicePrincipalName or {}, {})
	end
	for i, o in ipairs(list) do
		local all = by_home[hosts.home(o)] or {}
		by_home[hosts.home(o)] = table.move(values[i], 1, #values[i], #all + 1, all)
	end
	for dir, all in pairs(by_home) do
		local rest = {}
		owners:learn(all, dir)
		for _, value in ipairs(all) do
			rest[#rest + 1] = not is_own[value:match("^[^/]*"):lower()] and not owners:find(value) and value or nil
		end
		new_targets.add(plan.current(), dir, rest)
	end
end

-- The values of all hosts in one list, as lists of values are sorted (so that nothing sorts them again for each
-- source), and by the same index the number of the host that each is of.
local function in_order(values)
	local rows, all, owners = {}, {}, {}
	for i, list in ipairs(values) do
		for _, value in ipairs(list) do
			rows[#rows + 1] = { key = value:lower(), value = value, owner = i }
		end
	end
	table.sort(rows, function(a, b) return a.key < b.key end)
	for k, row in ipairs(rows) do
		all[k], owners[k] = row.value, row.owner
	end
	return all, owners
end

local function targets_of(source, list, all, owners, reaches)
	local targets, wanted = {}, {}
	for i, target in ipairs(list) do
		wanted[i] = target ~= source and reaches(source, target)
	end
	for k, value in ipairs(all) do
		if wanted[owners[k]] then
			targets[#targets + 1] = value
		end
	end
	return targets
end

local function plan_source(source, targets, stale, mode)
	if #stale > 0 then
		delegation.revoke(source, stale)
	end
	if #targets > 0 then
		delegation.allow(source, require "adsh.new_targets".checked(targets), { mode = mode })
	end
end

local function always()
	return true
end

-- Hosts of several domains: constrained delegation ends at the border of each.
local function plan_across_domains(list, services, warnings)
	local topology, resource_based = require "adsh.topology", require "adsh.resource_based"
	local rows = topology.matrix(list, { values = 2 * #services })
	local rest, reached = resource_based.allow(rows), {}
	for _, line in ipairs(topology.describe(rest, { kcd = true })) do
		warnings[#warnings + 1] = "skipped: " .. line
	end
	local remedies = topology.remedies(rest)
	warnings[#warnings + 1] = remedies[1] and table.concat(remedies, "\n")
	for _, row in ipairs(rows) do
		local source, target = topology.objects(row)
		reached[source] = reached[source] or {}
		reached[source][target] = row.verdict == "kcd"
	end
	return rows, function(source, target)
		return reached[source][target]
	end
end

-- What --prune takes away, by host, and notes about what it keeps. Nothing when a domain could not be reached: who is
-- named there is not known.
local function find_stale(list, services, own, lacking, warnings)
	if #lacking > 0 then
		warnings[#warnings + 1] = "--prune removes nothing in this run: it would remove the hosts that could not be read"
	else
		return require "adsh.stale_values".find(list, services, own)
	end
end

--- prepare(args, spec): makes the changes (under a plan) and tells about them: hosts, pairs,
--- services, unchanged, missing_spn, warnings, notes. spec: services = default classes, registered = those
--- that each host must have among its SPNs, bundle = the name with which `spn register` adds them.
function pairwise.prepare(args, spec)
	-- each source makes a list as long as the hosts are many, and drops it: collected sooner, the peak is lower
	local pause = collectgarbage("setpause", 120)
	local _ <close> = setmetatable({}, { __close = function() collectgarbage("setpause", pause) end })
	local dir = require "adsh.directory".current()
	local list, warnings, lacking = hosts.resolve(dir, args)
	check(list, warnings, lacking)
	local services, values, rows, reaches = services_of(args, spec.services), {}, nil, always
	if hosts.spans(list) then
		rows, reaches = plan_across_domains(list, services, warnings)
	end
	for i, o in ipairs(list) do
		values[i] = hosts.spns(o, services)
	end
	local stale, notes
	if args.prune then
		stale, notes = find_stale(list, services, spec.registered, lacking, warnings)
	end
	note_targets(list, values, spec.registered)
	local all, owners = in_order(values)
	for _, source in ipairs(list) do
		plan_source(source, targets_of(source, list, all, owners, reaches), stale and stale[source] or {}, args.protocol)
	end
	local missing = missing_spns(list, spec.registered)
	if #missing > 0 then
		warnings[#warnings + 1] = ("%s: not registered on %s (event 14050, error 0x80090303); to fix it:\n"
			.. "  adsh run spn register %s --bundle %s"):format(table.concat(spec.registered, ", "),
			table.concat(missing, ", "), table.concat(missing, " "):gsub("%$", ""), spec.bundle)
	end
	local names = {}
	for i, o in ipairs(list) do
		names[i] = rows and hosts.label(o) or o.sAMAccountName
	end
	return {
		hosts = names, verdicts = rows, lacking = #lacking > 0 and lacking or nil,
		pairs = #list * (#list - 1), services = services, protocol = args.protocol,
		missing_spn = missing, warnings = warnings, notes = notes,
		unchanged = #list - require "adsh.plan".current():count(),
	}
end

--- report(result, once, todo): after a run that changed something, what is left to do on the hosts, and what is done
--- once on each of them; todo: that as commands, with -v.
function pairwise.report(result, once, todo, by_policy)
	if #result.changes == 0 or result.dry_run then
		return
	end
	require "adsh.to_do".say(result.changes, result.run)
	say.out("once on each host: " .. once)
	local command = by_policy and require "adsh.to_do.host_policy".command(result.changes, by_policy)
	if command then
		say.out("or on all of them by group policy: " .. command)
	end
	if require "adsh.core.options".verbose then
		say.out("in PowerShell, as administrator:\n" .. todo)
	end
end

return pairwise
