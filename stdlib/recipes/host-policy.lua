-- What Hyper-V hosts need on themselves, by one group policy for each domain: local administrators, firewall, settings.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local edit = require "adsh.gpo.edit"
local failure = require "adsh.failure"
local firewall = require "adsh.gpo.firewall"
local gpo = require "adsh.gpo"
local group = require "adsh.group"
local host_script = require "adsh.gpo.host_script"
local new_policy = require "adsh.gpo.new_policy"
local options = require "adsh.core.options"
local peer = require "adsh.core.peer"
local place = require "adsh.gpo.place"
local plan = require "adsh.plan"
local preferences = require "adsh.gpo.preferences"
local raising = require "adsh.raising"
local say = require "adsh.say"
local settings = require "adsh.gpo.settings"
local template = require "adsh.gpo.template"
local text = require "adsh.core.text"

local recipe = {
	name = "host-policy",
	summary = "give Hyper-V hosts by group policy what they need on themselves",
	writes = { "policy" },
	description = "Makes or completes one group policy in the domain of each --ou and links it there:\n"
		.. "the other clusters' hosts and administrators become local administrators, through\n"
		.. "one domain-local group in each domain; the firewall lets the job in; a start-up\n"
		.. "script sets Hyper-V. A policy that others have edited is completed, not replaced.",
	epilog = "Examples:\n"
		.. "  adsh run host-policy --ou OU=Hosts,DC=alpha,DC=test --for HV-Hosts@beta.test \\\n"
		.. "    --admins HV-Admins@beta.test --firewall --migration kerberos\n"
		.. "  adsh run host-policy --ou OU=Hosts,DC=alpha,DC=test --check\n"
		.. "  adsh run host-policy --ou OU=Hosts,DC=alpha,DC=test --revert",
}

local LOCAL = {
	administrators = { sid = "S-1-5-32-544", name = "Administrators (built-in)" },
	["hyper-v-administrators"] = { sid = "S-1-5-32-578", name = "Hyper-V Administrators" },
}

function recipe.options(parser)
	parser:option("--ou", "The OUs of the hosts, by DN, also of several domains: the policy is linked to them.")
		:argname("DN"):count("+")
	parser:option("--name", "Display name of the policy."):argname("NAME"):default("adsh host policy")
	parser:option("--for", "Hosts of the other clusters, or groups of them, that get access: HOST@DOMAIN, GROUP@DOMAIN.")
		:argname("NAME"):count("*"):target("peers")
	parser:option("--admins", "Groups that administer the hosts: GROUP, GROUP@DOMAIN."):argname("NAME"):count("*")
	parser:option("--peers-group", "The domain-local group, made or reused, through which they get it.")
		:argname("NAME"):default("HyperV-Peers")
	parser:option("--local-group", "administrators or hyper-v-administrators."):choices { "administrators",
		"hyper-v-administrators" }:default("administrators")
	parser:flag("--restricted", "By restricted groups instead of preferences: 'member of', which adds and is taken back"
		.. " by the hosts when the policy goes.")
	parser:flag("--replace-members", "With --restricted: the local group has these members and Administrator, and no"
		.. " others. Needs --allow-widening or a confirmation.")
	parser:flag("--firewall", "Let the ports of the jobs in.")
	parser:option("--migration", "Set live migration on the hosts: kerberos."):choices { "kerberos" }
	parser:option("--performance", "Performance option of live migration: compression or smb."):choices { "compression",
		"smb" }:default("compression")
	parser:flag("--replica", "Set the hosts up as Replica servers, and let its port in.")
	parser:option("--networks", "From where, and for live migration where: any, hosts (addresses of --for from DNS), or"
		.. " networks as 10.0.0.0/24."):argname("NET"):count("*")
	parser:option("--hosts-group", "Only this group obeys the policy; the others keep reading it."):argname("NAME")
	parser:flag("--check", "Write nothing; exit status 4 when something is missing.")
	parser:flag("--revert", "Take back what this recipe put into the policy; a policy without anything else goes.")
end

-- ---- domains ----

local function domain_of(dn)
	local labels = {}
	for label in dn:gmatch "[Dd][Cc]=([^,]+)" do
		labels[#labels + 1] = label
	end
	if #labels == 0 then
		error(failure("usage", ("--ou takes a distinguished name, not '%s'"):format(dn), "OU=Hosts,DC=example,DC=com"), 0)
	end
	return table.concat(labels, ".")
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
		d.ous[#d.ous + 1] = place.container_at(d.dir, dn).dn
	end
	return list
end

-- ---- who gets access ----

-- Everybody who is named, but the hosts' own domain: { dn=, sid=, label= }
local function trustees(args)
	local list = {}
	for _, names in ipairs { args.peers, args.admins } do
		for _, name in ipairs(names) do
			local o = directory.for_name(name):get(name, { attributes = { "sAMAccountName", "dNSHostName", "objectSid" } })
			list[#list + 1] = { object = o, name = name, computer = o.dNSHostName, is_admin = names == args.admins }
		end
	end
	return list
end

local function is_in(dir, o)
	return codec.dn_under(o.dn, dir:info().base)
end

-- The group of this domain; what is in it already stays. Its SID and name.
local function peers_group(d, args, list)
	local members = {}
	for _, t in ipairs(list) do
		if t.is_admin or not is_in(d.dir, t.object) then
			members[#members + 1] = t.object
		end
	end
	if #members == 0 then
		return nil
	end
	local netbios = d.dir:info().netbios or d.domain:match "^[^.]+":upper()
	local name = ("%s@%s"):format(args.peers_group, d.domain)
	local there = raising.try(d.dir.get, d.dir, args.peers_group, { want = "group", attributes = { "objectSid" } })
	if there then
		group.add(there, members)
		return there.objectSid, netbios .. "\\" .. args.peers_group
	end
	local report = group.create(name, { scope = "domainlocal", members = members,
		description = "Hosts and administrators of other clusters, local administrators on the Hyper-V hosts" })
	return report.sid, netbios .. "\\" .. args.peers_group
end

-- ---- parts ----

-- The same item every time: its uid comes from what it is for.
local function uid_of(args, d)
	local key = ("adsh host-policy %s %s %s"):format(args.local_group, args.name:lower(), d.domain:lower())
	local hex = text.sha256(key):upper()
	return ("{%s-%s-4%s-8%s-%s}"):format(hex:sub(1, 8), hex:sub(9, 12), hex:sub(14, 16), hex:sub(18, 20), hex:sub(21, 32))
end

local function by_preferences(args, d, sid, name)
	local g = LOCAL[args.local_group]
	return { path = settings.paths.groups, part = "groups", change = function(bytes)
		local uid = uid_of(args, d)
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

local function by_restricted(args, sid)
	local g = LOCAL[args.local_group]
	return { path = settings.paths.template, part = "security", change = function(bytes)
		local t = bytes and template.decode(bytes) or template.new()
		local changed = template.add_memberof(t, sid, g.sid)
		if args.replace_members then
			changed = template.set_members(t, g.sid, { "Administrator", sid }) or changed
		end
		return changed and template.encode(t) or bytes
	end }
end

-- Networks from the command line; nil: any.
local function networks(args, list)
	local from = {}
	for _, n in ipairs(args.networks) do
		if n == "hosts" then
			for _, t in ipairs(list) do
				for _, address in ipairs(t.computer and raising.try(peer.addresses, t.computer, 3000) or {}) do
					from[#from + 1] = address
				end
			end
		elseif n ~= "any" then
			if not n:find "^[%x.:]+/?%d*$" then
				error(failure("usage", ("'%s' is not a network"):format(n), "any, hosts, or as in 10.0.0.0/24"), 0)
			end
			from[#from + 1] = n
		end
	end
	return #from > 0 and from or nil
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

local function parts(args, d, list)
	local from, found = networks(args, list), {}
	local sid, name = peers_group(d, args, list)
	if sid then
		found[#found + 1] = args.restricted and by_restricted(args, sid) or by_preferences(args, d, sid, name)
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

local function link_all(d, draft, p)
	for _, ou in ipairs(d.ous) do
		local there = false
		for _, l in ipairs(require "adsh.gpo.links".parse(place.container_at(d.dir, ou).gPLink)) do
			there = there or l.guid ~= nil and l.guid:upper() == p.cn:upper()
		end
		if not there then
			new_policy.link(draft, d.dir, p, ou, {})
		end
	end
end

local function put(args, d, list)
	local found = parts(args, d, list)
	if #found == 0 then
		error(failure("usage", "there is nothing for the policy to say",
			"--for, --admins, --firewall, --migration kerberos, --replica"), 0)
	end
	local p = raising.try(place.find, d.dir, args.name)
	local draft
	if p then
		draft = edit.update(d.dir, d.host, p, found)
	else
		draft, p = edit.create(d.dir, d.host, args.name,
			{ filter = args.hosts_group and place.sids(d.dir, args.hosts_group) }, found)
	end
	link_all(d, draft, p)
end

-- ---- the way back ----

local function without(args, d)
	local g = LOCAL[args.local_group]
	local list = host_script.parts(nil)
	list[#list + 1] = { path = settings.paths.registry, part = "firewall", change = function(bytes)
		return bytes and firewall.change({})(bytes)
	end }
	list[#list + 1] = { path = settings.paths.groups, part = "groups", change = function(bytes)
		return bytes and preferences.take(bytes, uid_of(args, d))
	end }
	local there = raising.try(d.dir.get, d.dir, args.peers_group, { want = "group", attributes = { "objectSid" } })
	if there then
		list[#list + 1] = { path = settings.paths.template, part = "security", change = function(bytes)
			local t = bytes and template.decode(bytes)
			if t and template.remove_memberof(t, there.objectSid, g.sid) then
				return template.encode(t)
			end
			return bytes
		end }
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

local function take_back(args, d, result)
	local p = raising.try(place.find, d.dir, args.name)
	if not p then
		result.unchanged = result.unchanged + 1
		return
	end
	local folder, back = place.folder(d.dir, d.host, p.cn), without(args, d)
	if is_all_ours(folder, edit.changes(folder, back)) then
		gpo.remove(p, { domain = d.domain })
	else
		edit.update(d.dir, d.host, p, back)
		table.insert(result.warnings, ("%s: the policy '%s' has settings of others, and stays"):format(d.domain, args.name))
	end
	if not args.restricted then
		table.insert(result.warnings, "preferences leave the members that they added in the local groups: take them out on"
			.. " the hosts, or empty " .. args.peers_group)
	end
end

-- ---- the recipe ----

local function talk(line)
	if options.format == "table" and not options.quiet then
		say.out(line)
	end
end

local function print_ports(list, from)
	if #list == 0 then
		return
	end
	talk(("Ports that are let in, from %s:"):format(from and table.concat(from, ", ") or "anywhere"))
	for _, r in ipairs(list) do
		talk(("  %-10s %s"):format(r.port, r.why))
	end
end

function recipe.prepare(args)
	local result = { warnings = {}, unchanged = 0, domains = {} }
	local list = args.revert and {} or trustees(args)
	if args.replace_members and not args.restricted then
		error(failure("usage", "--replace-members belongs to --restricted"), 0)
	end
	if args.check then
		options.dry_run = true
	end
	if not args.revert then
		print_ports(rules(args), networks(args, list))
	end
	for _, d in ipairs(domains(args.ou)) do
		result.domains[#result.domains + 1] = d.domain
		local before = plan.current():count()
		if args.revert then
			take_back(args, d, result)
		else
			put(args, d, list)
		end
		result.unchanged = result.unchanged + (plan.current():count() == before and 1 or 0)
	end
	if args.replace_members then
		table.insert(result.warnings, "--replace-members: at each update of the policy the local group loses everybody else")
	end
	return result
end

local TODO = [[

On the hosts it works once the policy has replicated and they have applied it (within 90 minutes, the script at the next
start); at once: gpupdate /force, then restart. New members of groups need new tickets: klist purge -li 0x3e7]]

function recipe.report(result)
	if #result.changes > 0 and not result.dry_run then
		say.out(TODO)
	end
end

return recipe
