-- Every Hyper-V host may delegate to every other one, for live migration with Kerberos.
local pairwise = require "adsh.pairwise"

local MIGRATION = "Microsoft Virtual System Migration Service"
local SERVICES = { MIGRATION, "cifs" }

local recipe = {
	name = "live-migration",
	summary = "let every Hyper-V host delegate to every other one, for live migration",
	writes = { "delegation" },
	services = SERVICES,
	description = "For each ordered pair source -> target of the hosts, adds the target's\n"
		.. "'" .. MIGRATION .. "/' and 'cifs/' (FQDN and short name) to\n"
		.. "the source's msDS-AllowedToDelegateTo, and turns protocol transition on. Only\n"
		.. "adds what is missing; a second run changes nothing.",
	epilog = "Examples:\n"
		.. "  adsh run live-migration --dry-run host01 host02 host03\n"
		.. "  adsh run live-migration --group HyperV-Hosts --prune --yes",
}

function recipe.options(parser)
	pairwise.options(parser, SERVICES, { MIGRATION })
end

function recipe.prepare(args)
	return pairwise.prepare(args, { services = SERVICES, registered = { MIGRATION }, bundle = "live-migration" })
end

local ONCE = "Enable-VMMigration, with Kerberos (Set-VMHost -VirtualMachineMigrationAuthenticationType Kerberos)"

local TODO = [[  # on every host: use Kerberos for migrations, and allow incoming migrations
  Enable-VMMigration
  Set-VMHost -VirtualMachineMigrationAuthenticationType Kerberos -UseAnyNetworkForMigration $true
]]

function recipe.report(result)
	pairwise.report(result, ONCE, TODO, "--firewall --migration kerberos")
end

return recipe
