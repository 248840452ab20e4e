-- What the recipes about file servers share: who is meant, permissions of share and top folder together,
-- delegation of cifs, and what a user sees where one of them lacks.
local codec = require "adsh.core.codec"
local command_line = require "adsh.command_line"
local delegation = require "adsh.delegation"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local folder = require "adsh.folder"
local group = require "adsh.group"
local hosts = require "adsh.hosts"
local new_share = require "adsh.new_share"
local options = require "adsh.core.options"
local plan = require "adsh.plan"
local say = require "adsh.say"
local share = require "adsh.share"

local file_servers = {}

file_servers.names = command_line.names

--- The options that both recipes have; hosts as every recipe takes them, and with --host.
function file_servers.options(parser)
	hosts.options(parser)
	command_line.names(parser, "--host", "Hyper-V hosts; the same as naming them without --host."):target("named_host")
		:argname("HOST"):count("*")
	parser:option("--groups-ou", "The container for new groups (default: the domain's container for groups).")
		:argname("DN")
	parser:option("--path", "The folder of the share, as a path on the server: D:\\VMs, or /srv/vms on Samba. Creates"
		.. " the share and the folder when they are missing, the folder through the share of its drive (D$), which needs"
		.. " --allow-protected, or through another share that contains it.")
		:argname("FOLDER"):count("?")
	parser:flag("--check", "Only report what is missing and its effects; write nothing.")
	parser:flag("--no-children", "Do not change existing files and folders.")
end

--- begin(args): the Hyper-V hosts and warnings; --check writes nothing from here on.
function file_servers.begin(args)
	if args.check then
		options.dry_run = true
		plan.gate { dry_run = true }
	end
	for _, name in ipairs(args.named_host or {}) do
		table.insert(args.host, name)
	end
	local list, warnings, lacking = hosts.resolve(directory.current(), args)
	hosts.check_reached(list, lacking, 1)
	if #list == 0 then
		error(failure("usage", "no host was named", "name hosts first or after --host, or use --ou, --group, --filter "
			.. "or --hosts-from; names after an option such as --library belong to that option"), 0)
	end
	return list, warnings, lacking
end

--- Computers by their names alone.
function file_servers.computers(names)
	local list, _, lacking = hosts.resolve(directory.current(), { host = names })
	hosts.check_reached(list, lacking, #names)
	return list
end

--- The DNS name under which a file server is spoken to.
function file_servers.name_of(server)
	local fqdn = hosts.names(server)
	return fqdn or error(failure("failed", server.sAMAccountName .. " has no dNSHostName, so it cannot be reached",
		"check that it is joined to the domain, and running"), 0)
end

local tops = {} -- [UNC path in lower case]: folders that are reached through another share than their own

--- shared(args, server): the share that is meant: server (its DNS name), name, folder (a UNC path), new (what is to be
--- made, as new_share.find has it; nil: the share is there).
function file_servers.shared(args, server)
	local fqdn = file_servers.name_of(server)
	local new = args.path and new_share.find(fqdn, args.share, args.path) or nil
	if new then
		tops[new.unc:lower()] = true
	end
	return { server = fqdn, name = args.share, new = new,
		folder = new and new.unc or ("//%s/%s"):format(fqdn, args.share) }
end

--- permit(shared, trustees, rights): through the share and in its top folder, which are made where that is wanted.
function file_servers.permit(shared, trustees, rights)
	if shared.new then
		return new_share.make(shared.server, shared.name, shared.new, trustees, rights)
	end
	share.grant(shared.server, shared.name, trustees, rights)
	folder.grant(shared.folder, trustees, rights)
end

--- is_new(shared): has its folder still to be made?
function file_servers.is_new(shared)
	return shared.new ~= nil and shared.new.is_new
end

--- pass_on(args, list, lacking): what is in these shares already inherits that, too; what may not be changed is put
--- into lacking.
function file_servers.pass_on(args, list, lacking)
	for _, shared in ipairs(args.no_children and {} or list) do
		local result = not file_servers.is_new(shared) and folder.propagate(shared.folder) or {}
		table.move(result.lacking or {}, 1, #(result.lacking or {}), #lacking + 1, lacking)
	end
end

-- The share's top folder that a change of permissions is below of; nil: it is not below one.
local function top_of(c)
	return c.kind ~= "file" and not tops[c.dn:lower()] and c.dn:match "^(\\\\[^\\]+\\[^\\]+\\)[^\\]" or nil
end

--- nest(args, list, others): accounts -> global group -> domain local group -> permission. The hosts become
--- members of args.hosts_group, that group and the others members of args.permission_group, whose SID is given
--- back; groups that are missing are made. Hosts of other domains cannot be in a global group of this one: they
--- are put beside it.
function file_servers.nest(args, list, others)
	local inside, outside = {}, {}
	for _, o in ipairs(list) do
		table.insert(hosts.home(o) == directory.current() and inside or outside, o)
	end
	local accounts = group.create(args.hosts_group, { scope = "global", container = args.groups_ou, members = inside,
		description = "Hyper-V hosts that use the library " .. args.share })
	table.move(others, 1, #others, #outside + 1, outside)
	table.insert(outside, 1, accounts)
	return group.create(args.permission_group, { scope = "domainlocal", container = args.groups_ou,
		members = outside, description = "May read the library " .. args.share }).sid
end

local BORDER = [[%s may not delegate to cifs of %s: constrained delegation does not cross domains.
  If the trust allows it, let the server accept it instead:
  adsh -e 'delegation.allow_from(%q, %q)']]

--- Every host may act as any user towards the server's files; a host itself needs no delegation for its own.
function file_servers.delegate(list, server, warnings)
	for _, host in ipairs(list) do
		local is_near = hosts.home(host):info().domain == hosts.home(server):info().domain
		if is_near and host.dn ~= server.dn then
			delegation.allow(host, hosts.spns(server, { "cifs" }), { mode = "any" })
		elseif not is_near then
			local source, target = hosts.label(host), hosts.label(server)
			warnings[#warnings + 1] = BORDER:format(source, target, target, source)
		end
	end
end

--- Warns where a crowd may do more than read through the share.
function file_servers.warn_open(shared, warnings)
	local fqdn, name = shared.server, shared.name
	for _, c in ipairs(shared.new and {} or share.crowds(fqdn, name)) do
		warnings[#warnings + 1] = ([[\\%s\%s: %s has %s through the share; to remove it:]] .. "\n"
			.. "  adsh -e 'share.revoke(%q, %q, %q)'"):format(fqdn, name, c.name, c.rights, fqdn, name,
			codec.wellknown(c.name) and c.name or c.sid)
	end
end

local BELOW = "%d files and folders in %s"

--- symptoms(changes, words): what a user sees where a change is missing, a row for each: object, missing, effect; what
--- lies below a folder is one row together. words: attribute -> { what is missing, what is seen }.
function file_servers.symptoms(changes, words)
	local rows, below, places = {}, {}, {}
	for _, c in ipairs(changes) do
		local done, top = {}, top_of(c)
		if top then
			places[#places + 1] = not below[top] and top or nil
			below[top] = (below[top] or 0) + 1
		end
		for _, e in ipairs(top and {} or c.edits) do
			local w = words[e.attribute]
			if w and not done[w] then
				done[w] = true
				rows[#rows + 1] = { object = c.label, missing = w[1], effect = w[2] }
			end
		end
	end
	for _, top in ipairs(places) do
		local w = words.fileSecurityDescriptor
		rows[#rows + 1] = { object = BELOW:format(below[top], top), missing = w[1], effect = w[2] }
	end
	return rows
end

local EMPTY = [[

%s is new and has no members yet; new members must log on again:
  adsh -e 'group.add(%q, { "NAME" })']]

local INHERIT = [[  # existing files keep their permissions; this makes them inherit again (permissions set on a
  # single file are lost)
  icacls "%s*" /reset /T /C]]

-- After --no-children: a server changes only the folder that is written to.
local function say_what_is_below(changes)
	for _, c in ipairs(changes) do
		for _, e in ipairs(c.edits) do
			if e.attribute == "fileSecurityDescriptor" and not top_of(c) then
				say.out(INHERIT:format((c.dn:gsub("\\?$", "\\", 1))))
			end
		end
	end
end

local function gains(c, attribute)
	for _, e in ipairs(c.edits) do
		if e.attribute == attribute and #e.add > 0 then
			return true
		end
	end
	return false
end

local function say_empty(changes)
	for _, c in ipairs(changes) do
		if gains(c, "group") and not gains(c, "member") then
			say.out(EMPTY:format(c.label, c.label))
		end
	end
end

--- report(result, words): what --check found, or what is left to do.
function file_servers.report(result, words)
	if result.check then
		local rows = file_servers.symptoms(result.changes, words)
		if #rows > 0 then
			require "adsh.show"(require "adsh.format.printable".ordered(rows, { "object", "missing", "effect" }))
		end
	elseif #result.changes > 0 and not result.dry_run then
		require "adsh.to_do".say(result.changes, result.run)
		if result.no_children then
			say_what_is_below(result.changes)
		end
		say_empty(result.changes)
	end
end

--- more(list): how many objects these shares have besides themselves and their folders: folders above new ones.
function file_servers.more(list)
	local n = 0
	for _, shared in ipairs(list) do
		n = n + (shared.new and #shared.new.steps - 1 or 0)
	end
	return n
end

-- How many of the objects that were looked at need no change; what is below the folders does not count.
local function unchanged(objects)
	for _, c in ipairs(plan.current():changes()) do
		objects = objects - (top_of(c) and 0 or 1)
	end
	return objects
end

--- The fields that both recipes tell about.
function file_servers.result(args, list, warnings, lacking, objects)
	local names = {}
	for i, o in ipairs(list) do
		names[i] = (o.sAMAccountName:gsub("%$$", ""))
	end
	return {
		check = args.check, hosts = names, warnings = warnings, lacking = #lacking > 0 and lacking or nil,
		no_children = args.no_children, unchanged = unchanged(objects),
	}
end

return file_servers
