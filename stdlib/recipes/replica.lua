-- Every Hyper-V host may delegate Hyper-V Replica to every other one.
local pairwise = require "adsh.pairwise"
local say = require "adsh.say"

local REPLICA = "Hyper-V Replica Service"

local recipe = {
	name = "replica",
	summary = "let every Hyper-V host delegate to every other one, for Hyper-V Replica",
	description = "For each ordered pair source -> target of the hosts, lists the target's\n"
		.. "'" .. REPLICA .. "/' (FQDN and short name) in the source's\n"
		.. "msDS-AllowedToDelegateTo, and turns protocol transition on. Only adds what is\n"
		.. "missing; a second run changes nothing.",
}

function recipe.options(parser)
	pairwise.options(parser, { REPLICA })
end

function recipe.prepare(args)
	return pairwise.prepare(args, { services = { REPLICA }, registered = { REPLICA }, bundle = "replica" })
end

local TODO = [[

Left to do on the hosts themselves (PowerShell, as administrator):
  # on every replica server: Kerberos over HTTP, and the firewall rule for it
  Set-VMReplicationServer -ReplicationEnabled $true -AllowedAuthenticationType Kerberos
  Enable-NetFirewallRule -DisplayName "Hyper-V Replica HTTP Listener (TCP-In)"
  # on the changed hosts, once the change has replicated: drop tickets that still say the old thing
  Invoke-Command -ComputerName %s { klist purge -li 0x3e7 }]]

function recipe.report(result)
	local names = pairwise.changed_names(result)
	if #names > 0 and not result.dry_run then
		say.out(TODO:format(table.concat(names, ",")))
	end
end

return recipe
