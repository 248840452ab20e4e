-- Hyper-V over SMB 3: machines whose disks are on a file server.
local directory = require "adsh.directory"
local folder = require "adsh.folder"
local group = require "adsh.group"
local hosts = require "adsh.hosts"
local members = require "adsh.members"
local raising = require "adsh.raising"
local file_servers = require "adsh.file_servers"

local recipe = {
	name = "smb-storage",
	summary = "let Hyper-V hosts keep virtual machines on the share of a file server",
	writes = { "delegation", "storage" },
	description = "Grants a group of the hosts and the admins full control of share and folder,\n"
		.. "which files and folders below inherit, stops the folder's own inheritance, and\n"
		.. "lets every host delegate to cifs of the server, with protocol transition.\n"
		.. "Creates missing groups. Adds only what is missing.",
	epilog = "Examples:\n"
		.. "  adsh run smb-storage --server fs01 --share vms --admins VM-Admins host01\n"
		.. "  adsh run smb-storage --server fs01 --share vms --group HV --hosts-group HV\n"
		.. "  adsh run smb-storage --server fs01 --share vms --each-host host01\n"
		.. "  adsh run smb-storage --server fs01 --share vms --path 'D:\\VMs' --group HV \\\n"
		.. "    --allow-protected",
}

function recipe.options(parser)
	file_servers.options(parser)
	parser:option("--server", "The file server."):argname("SERVER"):count(1)
	parser:option("--share", "Its share, which must exist unless --path is given."):argname("NAME"):count(1)
	parser:option("--admins", "A group or account that administers the machines, also DOMAIN\\NAME and NAME@DOMAIN; "
		.. "a missing one is created as a global group."):argname("NAME"):count("*")
	parser:mutex(
		parser:option("--hosts-group", "The group of the hosts (default: HyperV-SHARE-Hosts); created if missing; the "
			.. "hosts become members."):argname("NAME"):count("?"),
		parser:flag("--each-host", "Grant the rights to each host itself, without a group, so that it needs no new tickets."))
	parser:flag("--everyone-full", "Full control for Everyone, for a server that is one of the hosts. Only for "
		.. "tests, not supported by Hyper-V; requires --allow-widening or a confirmation.")
end

local function is_among(list, server)
	for _, o in ipairs(list) do
		if o.dn == server.dn then
			return true
		end
	end
end

-- The group, which is made when it is missing, with those hosts as new members that are not in it, in whatever way.
local function join(args, list)
	local name = args.hosts_group or ("HyperV-%s-Hosts"):format(args.share)
	local dir = directory.for_name(name)
	local g, err = raising.try(dir.get, dir, name, { want = "group" })
	if not g and err.kind ~= "notfound" then
		error(err, 0)
	elseif not g then
		local scope = "global"
		for _, o in ipairs(list) do
			scope = hosts.home(o) == dir and scope or "domainlocal" -- which alone takes hosts of every domain
		end
		return group.create(name, { scope = scope, container = args.groups_ou, members = list,
			description = ("Hyper-V hosts with machines on %s of %s"):format(args.share, args.server) }).sid
	end
	local inside, outside = {}, {}
	for _, dn in ipairs(members.dns(members.expand(dir, { g.dn }, true))) do
		inside[dn:lower()] = true
	end
	for _, o in ipairs(list) do
		if not inside[o.dn:lower()] then
			outside[#outside + 1] = o
		end
	end
	if #outside > 0 then
		group.add(g, outside)
	end
	return g
end

-- Who administers, of any domain; a group of this domain is made when nothing has that name.
local function admins(args, name)
	local dir = directory.for_name(name)
	local o, err = raising.try(dir.get, dir, name)
	if o then
		return o
	elseif err.kind ~= "notfound" or name:find "[@\\=/{]" or name:find "^[Ss]%-1%-%d+%-[%d%-]+$" then
		error(err, 0)
	end
	return group.create(name, { container = args.groups_ou,
		description = ("Administer the machines on %s of %s"):format(args.share, args.server) }).sid
end

local LOOPBACK = [[%s is the file server and one of the hosts: Hyper-V does not support machines on a share of the
  host itself (loopback). Keep them on another server, or on a local path]]

function recipe.prepare(args)
	local list, warnings, lacking = file_servers.begin(args)
	local server = file_servers.computers({ args.server })[1]
	local trustees, made = args.each_host and { table.unpack(list) } or { join(args, list) }, 0
	for _, name in ipairs(args.admins) do
		trustees[#trustees + 1] = admins(args, name)
		made = made + (type(trustees[#trustees]) == "string" and 1 or 0)
	end
	if is_among(list, server) and not args.everyone_full then
		warnings[#warnings + 1] = LOOPBACK:format(server.sAMAccountName)
	end
	if args.everyone_full then
		trustees[#trustees + 1] = "Everyone"
	end
	local shared = file_servers.shared(args, server)
	file_servers.permit(shared, trustees, "full")
	if not file_servers.is_new(shared) then
		folder.protect(shared.folder, "copy")
	end
	file_servers.delegate(list, server, warnings)
	file_servers.pass_on(args, { shared }, lacking)
	return file_servers.result(args, list, warnings, lacking, #list + (args.each_host and 2 or 3) + made
		+ file_servers.more({ shared }))
end

local DENIED = "0x80070005, general access denied, when a machine is created or started"
local DELEGATION = { "delegation to cifs of the file server",
	"0x80070005 when a machine is created from another machine than the host, or moved" }

local WORDS = {
	shareSecurityDescriptor = { "full control of the share", DENIED },
	fileSecurityDescriptor = { "full control of the folder, or an end of its inheritance", DENIED },
	share = { "the share, which is missing", "the path of a machine's files is not found" },
	file = { "the folder, which is missing", "the path of a machine's files is not found" },
	group = { "the group, which is missing", DENIED },
	member = { "membership in the group of the hosts", DENIED },
	["msDS-AllowedToDelegateTo"] = DELEGATION,
	userAccountControl = DELEGATION,
}

function recipe.report(result)
	file_servers.report(result, WORDS)
end

return recipe
