-- Every Hyper-V host may delegate Hyper-V Replica to every other one.
local pairwise = require "adsh.pairwise"

local REPLICA = "Hyper-V Replica Service"

local recipe = {
	name = "replica",
	summary = "let every Hyper-V host delegate to every other one, for Hyper-V Replica",
	writes = { "delegation" },
	services = { REPLICA },
	description = "For each ordered pair source -> target of the hosts, adds the target's\n"
		.. "'" .. REPLICA .. "/' (FQDN and short name) to the source's\n"
		.. "msDS-AllowedToDelegateTo, and turns protocol transition on. Only adds what is\n"
		.. "missing; a second run changes nothing.",
}

function recipe.options(parser)
	pairwise.options(parser, { REPLICA }, { REPLICA })
end

function recipe.prepare(args)
	return pairwise.prepare(args, { services = { REPLICA }, registered = { REPLICA }, bundle = "replica" })
end

local ONCE = "Set-VMReplicationServer -ReplicationEnabled $true -AllowedAuthenticationType Kerberos"

local TODO = [[  # on every replica server: Kerberos over HTTP, and its firewall rule
  Set-VMReplicationServer -ReplicationEnabled $true -AllowedAuthenticationType Kerberos
  Enable-NetFirewallRule -DisplayName "Hyper-V Replica HTTP Listener (TCP-In)"
]]

function recipe.report(result)
	pairwise.report(result, ONCE, TODO, "--replica")
end

return recipe
