-- The shared ISO library of System Center VMM: machines boot from images that stay on the library server.
local directory = require "adsh.directory"
local file_servers = require "adsh.file_servers"

local recipe = {
	name = "iso-library",
	summary = "let Hyper-V hosts use ISO images of a VMM library share",
	writes = { "delegation", "storage" },
	description = "Grants hosts, VMM servers and VMM's service account read permission on the\n"
		.. "library share and its folder, which files and folders below inherit, and lets\n"
		.. "every host delegate to cifs of every library server, with protocol transition.\n"
		.. "Adds only what is missing.",
	epilog = "Examples:\n"
		.. "  adsh run iso-library --library lib01 --vmm vmm01 --host host01 host02\n"
		.. "  adsh run iso-library --library lib01 lib02 --group HyperV-Hosts --check\n"
		.. "  adsh run iso-library --library lib01 --agdlp --group HyperV-Hosts\n"
		.. "  adsh run iso-library --library lib01 --path 'D:\\Library' --group HyperV-Hosts \\\n"
		.. "    --allow-protected",
}

function recipe.options(parser)
	file_servers.options(parser)
	file_servers.names(parser, "--library", "The library servers."):argname("SERVER"):count("+")
	parser:option("--share", "The library's share."):argname("NAME"):default("MSSCVMMLibrary")
	file_servers.names(parser, "--vmm", "The VMM servers."):argname("HOST"):count("*")
	parser:option("--service-account", "The account under which VMM runs."):argname("ACCOUNT")
	parser:flag("--agdlp", "Grant through groups, created if missing: hosts in a global group; that group, the VMM "
		.. "servers and the service account in a domain local group, which gets the permission.")
	parser:option("--hosts-group", "With --agdlp: the global group."):argname("NAME"):default("VMM-Library-Hosts")
	parser:option("--permission-group", "With --agdlp: the domain local group."):argname("NAME")
		:default("VMM-Library-Read")
end

function recipe.prepare(args)
	local list, warnings, lacking = file_servers.begin(args)
	local libraries = file_servers.computers(args.library)
	local others = file_servers.computers(args.vmm or {})
	if args.service_account then
		others[#others + 1] = directory.for_name(args.service_account):get(args.service_account, { want = "account" })
	end
	local trustees = args.agdlp and { file_servers.nest(args, list, others) }
		or table.move(others, 1, #others, #list + 1, { table.unpack(list) })
	local shares = {}
	for i, server in ipairs(libraries) do
		shares[i] = file_servers.shared(args, server)
		file_servers.warn_open(shares[i], warnings)
		file_servers.permit(shares[i], trustees, "read")
		file_servers.delegate(list, server, warnings)
	end
	file_servers.pass_on(args, shares, lacking)
	return file_servers.result(args, list, warnings, lacking, 2 * #libraries + #list + (args.agdlp and 2 or 0)
		+ file_servers.more(shares))
end

local DENIED = "0x80070005, general access denied; VMM error 13233"
local DELEGATION = { "delegation to cifs of the library",
	"VMM warning 12700, the user account does not have permission to open the attachment; 0x80070005" }

local WORDS = {
	shareSecurityDescriptor = { "read permission on the share", DENIED },
	fileSecurityDescriptor = { "read permission in the folder", DENIED },
	share = { "the share, which is missing", "VMM does not find the library" },
	file = { "the folder, which is missing", "VMM does not find the library" },
	group = { "the group, which is missing", DENIED },
	member = { "membership in the group that may read", DENIED },
	["msDS-AllowedToDelegateTo"] = DELEGATION,
	userAccountControl = DELEGATION,
}

function recipe.report(result)
	file_servers.report(result, WORDS)
end

return recipe
