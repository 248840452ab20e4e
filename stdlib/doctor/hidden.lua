-- Conditions that only the host itself shows, each with the PowerShell line for it.
local verdict = require "adsh.doctor.verdict"

-- about: of which hosts; %s in a line is the host's FQDN
local function row(name, about, reason, line)
	return { name = name, of = about, check = function(_, h)
		return verdict.hidden(reason, (line:gsub("%%s", h.fqdn or h.short)))
	end }
end

local hidden = {}

hidden.migration = {
	row("migration is on", "host", "on, with Kerberos, and a network for it",
		"Get-VMHost -ComputerName %s | Format-List VirtualMachineMigration*"),
	row("administrator of the host", "host", "Administrators or Hyper-V Administrators",
		"Invoke-Command %s { Get-LocalGroupMember 'Hyper-V Administrators' }"),
	row("old tickets", "source", "refusals are cached for 15 minutes, tickets for 10 hours",
		"Invoke-Command %s { klist purge -li 0x3e7 }"),
	row("processor, version, switches", "target", "what the two hosts must have in common",
		"Compare-VM -Name VM -DestinationHost %s"),
}

hidden.replica = {
	row("replica server is on", "target", "on, with Kerberos, and the primary is allowed",
		"Get-VMReplicationServer -ComputerName %s"),
	row("firewall rule of the replica", "target", "Hyper-V Replica HTTP Listener (TCP-In)",
		"Invoke-Command %s { Get-NetFirewallRule -DisplayName 'Hyper-V Replica HTTP*' }"),
	row("old tickets", "source", "refusals are cached for 15 minutes, tickets for 10 hours",
		"Invoke-Command %s { klist purge -li 0x3e7 }"),
}

hidden.library = {
	row("VMM's account on the host", "source", "VMM's service account must be a local administrator",
		"Invoke-Command %s { Get-LocalGroupMember Administrators }"),
	row("old tickets", "source", "refusals are cached for 15 minutes, tickets for 10 hours",
		"Invoke-Command %s { klist purge -li 0x3e7 }"),
}

hidden.storage = {
	row("open sessions", "source", "a session keeps the groups from its start",
		"Invoke-Command %s { Get-SmbConnection }"),
	row("old tickets", "source", "refusals are cached for 15 minutes, tickets for 10 hours",
		"Invoke-Command %s { klist purge -li 0x3e7 }"),
}

return hidden
