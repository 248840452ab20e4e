-- What Hyper-V hosts need on themselves, by one group policy for each domain: local administrators, firewall, settings.
local acl = require "adsh.gpo.acl"
local command_line = require "adsh.command_line"
local directory = require "adsh.directory"
local edit = require "adsh.gpo.edit"
local failure = require "adsh.failure"
local firewall = require "adsh.gpo.firewall"
local gpo = require "adsh.gpo"
local host_script = require "adsh.gpo.host_script"
local links = require "adsh.gpo.links"
local networks = require "adsh.gpo.networks"
local new_policy = require "adsh.gpo.new_policy"
local options = require "adsh.core.options"
local peers = require "adsh.gpo.peers"
local place = require "adsh.gpo.place"
local plan = require "adsh.plan"
local core = require "adsh.core.plan"
local preferences = require "adsh.gpo.preferences"
local raising = require "adsh.raising"
local say = require "adsh.say"
local settings = require "adsh.gpo.settings"
local sid_names = require "adsh.sid_names"
local template = require "adsh.gpo.template"
local text = require "adsh.core.text"

local recipe = {
	name = "host-policy",
	summary = "local administrators, firewall and settings of Hyper-V hosts, by group policy",
	writes = { "policy" },
	description = "Creates or completes one group policy in the domain of each --ou and links it there:\n"
		.. "the other clusters' hosts and administrators become local administrators, through\n"
		.. "one domain-local group in each domain; the firewall admits the job; a start-up\n"
		.. "script configures Hyper-V. A policy that others have edited is completed, not replaced.\n"
		.. "It lies in SYSVOL and reaches every host below the OUs: even --check and --dry-run\n"
		.. "need --allow-protected, and writing needs --allow-widening or a confirmation.",
	epilog = "Examples:\n"
		.. "  adsh run host-policy --ou OU=Hosts,DC=alpha,DC=test \\\n"
		.. "    OU=Hosts,DC=beta,DC=test --for HV-Hosts@alpha.test HV-Hosts@beta.test \\\n"
		.. "    --admins HV-Admins@beta.test --firewall --migration kerberos \\\n"
		.. "    --allow-protected\n"
		.. "  adsh run host-policy --ou OU=Hosts,DC=alpha,DC=test --firewall \\\n"
		.. "    --allow-protected --check\n"
		.. "  adsh run host-policy --ou OU=Hosts,DC=alpha,DC=test --revert \\\n"
		.. "    --allow-protected",
}

local LOCAL = {
	administrators = { sid = "S-1-5-32-544", name = "Administrators (built-in)" },
	["hyper-v-administrators"] = { sid = "S-1-5-32-578", name = "Hyper-V Administrators" },
}

function recipe.options(parser)
	local names = command_line.names
	names(parser, "--ou", "The DNs of the OUs of the hosts, also in several domains; the policy is linked to them.")
		:argname("DN"):count("+")
	parser:option("--name", "Display name of the policy."):argname("NAME"):default("adsh host policy")
	names(parser, "--for", "Hosts of the other clusters, or groups of them, that get access: HOST@DOMAIN, GROUP@DOMAIN.")
		:argname("NAME"):count("*"):target("peers")
	names(parser, "--admins", "Groups that administer the hosts: GROUP, GROUP@DOMAIN."):argname("NAME"):count("*")
	parser:option("--peers-group", "The domain-local group, created or reused, through which they get access.")
		:argname("NAME"):default("HyperV-Peers")
	parser:option("--local-group", "administrators or hyper-v-administrators."):choices { "administrators",
		"hyper-v-administrators" }:default("administrators")
	parser:flag("--restricted", "Use restricted groups ('member of') instead of preferences; the hosts take them "
		.. "back when the policy goes.")
	parser:flag("--replace-members", "With --restricted: the local group has these members, Administrator and "
		.. "Domain Admins, and no others. Requires --allow-widening or a confirmation.")
	parser:flag("--firewall", "Open the ports of live migration: TCP 6600, 445 (SMB), 5985 (WinRM), 135 and RPC (WMI).")
	parser:option("--migration", "Configure live migration on the hosts: kerberos."):choices { "kerberos" }
	parser:option("--performance", "Performance option of live migration: compression or smb."):choices { "compression",
		"smb" }:default("compression")
	parser:flag("--replica", "Configure the hosts as Replica servers, and open TCP 80.")
	names(parser, "--networks", "Allowed sources, and networks for live migration: any, hosts (DNS addresses of "
		.. "those of --ou and --for), or networks such as 10.0.0.0/24."):argname("NET"):count("*")
	names(parser, "--hosts-group", "When the policy is created: apply it to these groups only; others can still read it.")
		:argname("NAME"):count("*")
	parser:flag("--check", "Write nothing; exit status 4 when something is missing.")
	parser:flag("--revert", "Remove what this recipe added to the policy, and the policy if nothing else is in it. "
		.. "A policy that is linked to other OUs is only unlinked. Hosts keep the members that preferences added to their "
		.. "local groups: empty the group of --peers-group, or remove them there.")
end

-- f(...), or nil where there is no such thing.
local function if_there(f, ...)
	local found, err = raising.try(f, ...)
	if not found and err.kind ~= "notfound" then
		error(err, 0)
	end
	return found
end

-- ---- domains ----

local function domain_of(dn)
	local domain = sid_names.domain_of(dn)
	if domain == "" then
		error(failure("usage", ("--ou takes a distinguished name, not '%s'"):format(dn), "OU=Hosts,DC=example,DC=com"), 0)
	end
	return domain
end

-- For each domain of the OUs: its directory on the PDC emulator, the host of that, and the OUs.
local function domains(ous)
	local list, by_name = {}, {}
	for _, dn in ipairs(ous) do
		local name = domain_of(dn):lower()
		if not by_name[name] then
			local dir, host = place.writer(directory.of(name))
			by_name[name] = { dir = dir, host = host, ous = {}, domain = dir:info().domain }
			list[#list + 1] = by_name[name]
		end
		local d = by_name[name]
		d.ous[#d.ous + 1] = place.linkable(d.dir, dn).dn
	end
	return list
end

-- ---- parts ----

-- The same item every time: its uid comes from what it is for.
local function uid_of(args, d, local_group)
	local key = ("adsh host-policy %s %s %s"):format(local_group, args.name:lower(), d.domain:lower())
	local hex = text.sha256(key):upper()
	return ("{%s-%s-4%s-8%s-%s}"):format(hex:sub(1, 8), hex:sub(9, 12), hex:sub(14, 16), hex:sub(18, 20), hex:sub(21, 32))
end

local function by_preferences(args, d, sid, name)
	local g = LOCAL[args.local_group]
	return { path = settings.paths.groups, part = "groups", change = function(bytes)
		local uid = uid_of(args, d, args.local_group)
		for _, row in ipairs(bytes and preferences.groups(bytes) or {}) do
			local m = row.members[1]
			if row.uid == uid and #row.members == 1 and m.sid == sid and m.action == "ADD" then
				return bytes
			end
		end
		return preferences.put(bytes, { uid = uid, group = g.name, sid = g.sid, changed = os.date "!%Y-%m-%d %H:%M:%S",
			members = { { name = name, sid = sid, action = "ADD" } } })
	end }
end

-- Who is in the local group when the policy replaces its members: those who administer it without it stay.
local function only_members(args, d, sid)
	if args.local_group ~= "administrators" then
		return { sid }
	end
	local domain = d.dir:get(d.dir:info().base, { attributes = { "objectSid" } }).objectSid
	return { "Administrator", domain .. "-512", sid }
end

-- It takes members away, so somebody has to agree to it; where somebody is asked, the gate does that.
local function consent(args)
	if not (options.dry_run or args.dry_run or args.check or options.allow_widening or core.asks()) then
		error(failure("refused", "the hosts would remove all other members from their local group. Nothing was written",
			"if this is intended, use --allow-widening"), 0)
	end
end

local function by_restricted(args, d, sid)
	local g = LOCAL[args.local_group]
	return { path = settings.paths.template, part = "security", change = function(bytes)
		local t = bytes and template.decode(bytes) or template.new()
		local changed = template.add_memberof(t, sid, g.sid)
		if args.replace_members and template.set_members(t, g.sid, only_members(args, d, sid)) then
			consent(args)
			changed = true
		end
		return changed and template.encode(t) or bytes
	end }
end

local function rules(args)
	local list = {}
	for _, job in ipairs { "migration", "replica" } do
		if job == "migration" and args.firewall or job == "replica" and args.replica then
			table.move(firewall.jobs[job], 1, #firewall.jobs[job], #list + 1, list)
		end
	end
	return list
end

local function script(args, from)
	local only = {}
	for _, n in ipairs(from or {}) do
		only[#only + 1] = n:find "/" and n or nil
	end
	return { migration = args.migration ~= nil, replica = args.replica or false, networks = #only > 0 and only or nil,
		performance = args.performance == "smb" and "SMB" or "Compression" }
end

local function parts(args, d, list, from)
	local found = {}
	local sid, name = peers.group(d, args.peers_group, list)
	if sid then
		found[#found + 1] = args.restricted and by_restricted(args, d, sid) or by_preferences(args, d, sid, name)
	end
	local ports = rules(args)
	if #ports > 0 then
		found[#found + 1] = { path = settings.paths.registry, part = "firewall", change = firewall.change(ports, from) }
	end
	if args.migration or args.replica then
		for _, p in ipairs(host_script.parts(script(args, from))) do
			found[#found + 1] = p
		end
	end
	return found
end

-- ---- writing ----

-- The link of the container to the policy, or nil.
local function link_at(d, ou, p)
	for _, l in ipairs(links.parse(place.container_at(d.dir, ou).gPLink)) do
		if l.guid and l.guid:upper() == p.cn:upper() then
			return l
		end
	end
end

local function link_all(d, draft, p, result)
	for _, ou in ipairs(d.ous) do
		local there = link_at(d, ou, p)
		if not there then
			new_policy.link(draft, d.dir, p, ou, {})
		elseif there.disabled then
			table.insert(result.warnings, ("%s: the link to the policy '%s' is disabled and remains disabled"):format(ou,
				p.displayName))
		end
	end
end

-- The SIDs of those who are to obey it here: a name with another domain is for that one.
local function hosts_groups(args, d)
	local names = {}
	for _, name in ipairs(args.hosts_group) do
		local domain = name:match "@(.*)$"
		names[#names + 1] = (not domain or domain:lower() == d.domain:lower()) and name or nil
	end
	if #names == 0 then
		error(failure("usage", "--hosts-group names no group of " .. d.domain, "GROUP@" .. d.domain), 0)
	end
	return place.sids(d.dir, names)
end

-- A policy that is there keeps who obeys it.
local function compare_filter(d, p, wanted, result)
	local there = acl.appliers(d.dir:get(p.dn, { attributes = { "nTSecurityDescriptor" } }).nTSecurityDescriptor or "")
	local function key(sids)
		table.sort(sids)
		return table.concat(sids, " ")
	end
	if key(there) ~= key(wanted) then
		for i, sid in ipairs(there) do
			there[i] = sid_names.shown(sid, d.domain)
		end
		table.insert(result.warnings, ("%s: the policy '%s' exists and applies to %s; --hosts-group has an effect only "
			.. "when the policy is created"):format(d.domain, p.displayName, #there > 0 and table.concat(there, ", ")
			or "nobody"))
	end
end

-- What others have set that keeps the hosts from obeying the policy; it stays.
local function warn_without_effect(d, p, result)
	local name = ("%s: the policy '%s'"):format(d.domain, p.displayName)
	if (math.tointeger(tonumber(p.flags)) or 0) & 2 ~= 0 then
		table.insert(result.warnings, name .. ": its computer part is turned off: no host applies it")
	end
	if p.gPCWQLFilter then
		table.insert(result.warnings, name .. " has a WMI filter: only hosts that it selects apply it")
	end
end

local function put(args, d, list, from, result)
	local found = parts(args, d, list, from)
	if #found == 0 then
		error(failure("usage", "the policy would have no settings in " .. d.domain, #list > 0
			and "--for gives access to hosts of other domains only, --admins also to groups of this one"
			or "use --for, --admins, --firewall, --migration kerberos or --replica"), 0)
	end
	local p = if_there(place.find, d.dir, args.name)
	local draft
	if p then
		draft = edit.update(d.dir, d.host, p, found, true)
		warn_without_effect(d, p, result)
		if #args.hosts_group > 0 then
			compare_filter(d, p, hosts_groups(args, d), result)
		end
	else
		draft, p = edit.create(d.dir, d.host, args.name,
			{ filter = #args.hosts_group > 0 and hosts_groups(args, d) or nil }, found)
	end
	link_all(d, draft, p, result)
end

-- ---- the way back ----

local function without_items(args, d)
	return function(bytes)
		for name in pairs(LOCAL) do
			bytes = bytes and preferences.take(bytes, uid_of(args, d, name))
		end
		return bytes
	end
end

local function without_restricted(there)
	return function(bytes)
		local t, changed = bytes and template.decode(bytes), false
		for _, g in pairs(t and LOCAL or {}) do
			changed = template.remove_memberof(t, there.objectSid, g.sid) or changed
			changed = template.remove_member(t, g.sid, there.objectSid, { "Administrator",
				there.objectSid:gsub("%d+$", "512") }) or changed
		end
		if not changed then
			return bytes
		end
		return not template.is_empty(t) and template.encode(t) or nil
	end
end

local function without(args, d)
	local list, there = host_script.parts(nil), peers.there(d, args.peers_group)
	list[#list + 1] = { path = settings.paths.registry, part = "firewall", change = function(bytes)
		return bytes and firewall.change({})(bytes)
	end }
	list[#list + 1] = { path = settings.paths.groups, part = "groups", change = without_items(args, d) }
	if there then
		list[#list + 1] = { path = settings.paths.template, part = "security", change = without_restricted(there) }
	end
	return list
end

-- Whether nothing is in the policy but what the recipe puts there.
local function is_all_ours(folder, list)
	local gone = {}
	for _, row in ipairs(list) do
		if row.after ~= nil then
			return false
		end
		gone[row.path:lower()] = true
	end
	for _, path in pairs(settings.files(folder)) do
		if not gone[path:lower()] and path:lower() ~= "gpt.ini" then
			return false
		end
	end
	return true
end

-- Whether the policy is linked to others than these OUs.
local function is_linked_elsewhere(d, p)
	local given = {}
	for _, ou in ipairs(d.ous) do
		given[ou:lower()] = true
	end
	for _, c in ipairs(place.linked(d.dir, p.cn)) do
		if not given[c.dn:lower()] then
			return true
		end
	end
	return false
end

local function unlink_all(d, p)
	for _, ou in ipairs(d.ous) do
		if link_at(d, ou, p) then
			gpo.unlink(p, ou, { domain = d.domain })
		end
	end
end

local function warn_left(args, d, result, list)
	for _, row in ipairs(list) do
		if row.path == settings.paths.groups then
			table.insert(result.warnings, ("%s: the hosts keep the members that preferences have added to their local "
				.. "groups: remove them there, or empty the group %s"):format(d.domain, args.peers_group))
		end
	end
end

local function take_back(args, d, result)
	local p = if_there(place.find, d.dir, args.name)
	if not p then
		return
	elseif is_linked_elsewhere(d, p) then
		unlink_all(d, p)
		table.insert(result.warnings, ("%s: the policy '%s' is unchanged, because it is linked elsewhere"):format(
			d.domain, p.displayName))
		return
	end
	local folder, back = place.folder(d.dir, d.host, p.cn), without(args, d)
	local list = edit.changes(folder, back)
	if #list > 0 and is_all_ours(folder, list) then
		gpo.remove(p, { domain = d.domain })
	else
		edit.update(d.dir, d.host, p, back)
		table.insert(result.warnings, ("%s: the policy '%s' %s: the policy and its links remain"):format(d.domain,
			p.displayName, #list > 0 and "has other settings" or "has no settings of this recipe"))
	end
	warn_left(args, d, result, list)
end

-- ---- the recipe ----

local function talk(line)
	if options.format == "table" and not options.quiet then
		say.out(line)
	end
end

local FEW = 3 -- networks that fit on a line; the plan has all

local function print_ports(list, from)
	if #list == 0 then
		return
	end
	talk(("TCP ports that the policy opens on the hosts, from %s:"):format(not from and "anywhere"
		or #from > FEW and ("%d addresses and networks"):format(#from) or table.concat(from, ", ")))
	for _, r in ipairs(list) do
		talk(("  %-12s %s: %s"):format(r.number, r.why, r.needed))
	end
end

-- Options that may come several times are lists, and belong together.
local function check(args)
	for _, key in ipairs { "peers", "admins", "networks", "hosts_group" } do
		args[key] = args[key] or {}
	end
	if not args.name:find "%S" then
		error(failure("usage", "--name is empty"), 0)
	end
	if args.replace_members and not args.restricted then
		error(failure("usage", "--replace-members requires --restricted"), 0)
	end
end

function recipe.prepare(args)
	local result = { warnings = {}, unchanged = 0, domains = {}, revert = args.revert or false }
	check(args)
	local list, from = args.revert and {} or peers.find(args.peers, args.admins), nil
	local found = domains(args.ou)
	if not args.revert then
		from = networks.of(args.networks, found, list, result.warnings)
		print_ports(rules(args), from)
	end
	for _, d in ipairs(found) do
		result.domains[#result.domains + 1] = d.domain
		local before = plan.current():count()
		if args.revert then
			take_back(args, d, result)
		else
			put(args, d, list, from, result)
		end
		result.unchanged = result.unchanged + (plan.current():count() == before and 1 or 0)
	end
	if args.replace_members then
		table.insert(result.warnings, "--replace-members: each update of the policy removes all other members from the "
			.. "local group")
	end
	return result
end

local TODO = [[

The policy takes effect once it has replicated and the hosts have applied it:
within 90 minutes, the script at the next start. At once: gpupdate /force, then
restart. New members of groups need new tickets: klist purge -li 0x3e7]]

local TODO_BACK = [[

The hosts take back firewall, script and restricted groups once they have
applied it (within 90 minutes; at once: gpupdate /force).
Settings that the script made in Hyper-V remain.]]

function recipe.report(result)
	if #result.changes > 0 and not result.dry_run then
		say.out(result.revert and TODO_BACK or TODO)
	end
end

return recipe
