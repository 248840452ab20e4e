-- Hyper-V over SMB 3: machines whose disks are on a file server.
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local folder = require "adsh.folder"
local group = require "adsh.group"
local storage = require "adsh.storage"

local recipe = {
	name = "smb-storage",
	summary = "let Hyper-V hosts keep virtual machines on a file server's share",
	description = "Gives the hosts (or a group of them) and the admins full control of share and\n"
		.. "folder and what is in it, stops the folder's inheritance, and lets every host\n"
		.. "delegate to cifs of the server, with protocol transition. Only adds what is\n"
		.. "missing.",
	epilog = "Examples:\n"
		.. "  adsh run smb-storage --server fs01 --share vms --admins HyperV-Admins host01 host02\n"
		.. "  adsh run smb-storage --server fs01 --share vms --group HyperV-Hosts --by-group HyperV-Hosts",
}

function recipe.options(parser)
	storage.options(parser)
	parser:option("--server", "The file server."):argname("SERVER"):count(1)
	parser:option("--share", "Its share, which is there already."):argname("NAME"):count(1)
	parser:option("--admins", "A group or account that administers the machines."):argname("NAME"):count("*")
	parser:option("--by-group", "Permit this group in place of each host; hosts that are not in it become members.")
		:argname("GROUP"):count("?")
	parser:flag("--everyone-full", "Full control for Everyone, for a server that is one of the hosts. Not supported"
		.. " by Hyper-V, for tests; needs --allow-widening or a confirmation.")
end

local function is_among(list, server)
	for _, o in ipairs(list) do
		if o.dn == server.dn then
			return true
		end
	end
end

-- The group, with those hosts as new members that are not in it, also through another group.
local function join(dir, name, list)
	local g, inside, outside = dir:get(name, { want = "group" }), {}, {}
	for _, o in ipairs(dir:find { filter = filter.member_of(g.dn), attributes = { "cn" } }) do
		inside[o.dn:lower()] = true
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

local LOOPBACK = [[%s is the file server and one of the hosts: Hyper-V does not support machines on a share of the
  host itself (loopback). Keep them on another server, or on a local path]]

function recipe.prepare(args)
	local list, warnings, lacking = storage.begin(args)
	local dir, server = directory.current(), storage.computers({ args.server })[1]
	local trustees = { table.unpack(list) }
	if args.by_group then
		trustees = { join(dir, args.by_group, list) }
	end
	for _, name in ipairs(args.admins) do
		trustees[#trustees + 1] = dir:get(name)
	end
	if is_among(list, server) and not args.everyone_full then
		warnings[#warnings + 1] = LOOPBACK:format(server.sAMAccountName)
	end
	if args.everyone_full then
		trustees[#trustees + 1] = "Everyone"
	end
	storage.permit(server, args.share, trustees, "full")
	folder.protect(("//%s/%s"):format(storage.name_of(server), args.share), "copy")
	storage.delegate(list, server)
	storage.pass_on(args, { server }, args.share, lacking)
	return storage.result(args, list, warnings, lacking, #list + (args.by_group and 3 or 2))
end

local DENIED = "0x80070005, general access denied, when a machine is made or started"
local DELEGATION = { "delegation to cifs of the file server",
	"0x80070005 when a machine is made from another machine than the host, or moved" }

local WORDS = {
	shareSecurityDescriptor = { "full control of the share", DENIED },
	fileSecurityDescriptor = { "full control of the folder, or an end of its inheritance", DENIED },
	member = { "membership in the group of the hosts", DENIED },
	["msDS-AllowedToDelegateTo"] = DELEGATION,
	userAccountControl = DELEGATION,
}

function recipe.report(result)
	storage.report(result, WORDS)
end

return recipe
