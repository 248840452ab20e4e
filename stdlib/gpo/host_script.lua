-- The PowerShell script that a policy runs when a Hyper-V host starts: what live migration and Replica need on the host
-- itself. It may run any number of times, changes what differs only, and writes what it did to the event log.
local scripts = require "adsh.gpo.scripts"

local host_script = {}

host_script.NAME = "adsh-host-policy.ps1"

local HEAD = [[
# Created by adsh (run host-policy). Hyper-V settings for the hosts that apply this policy.
$ErrorActionPreference = 'Stop'
$done = @()
function Write-Result([string]$text, [string]$type) {
    $source = 'adsh host-policy'
    if (-not [System.Diagnostics.EventLog]::SourceExists($source)) { New-EventLog -LogName Application -Source $source }
    $id = if ($type -eq 'Error') { 2 } else { 1 }
    Write-EventLog -LogName Application -Source $source -EntryType $type -EventId $id -Message $text
}
try {
    if (-not (Get-Command Get-VMHost -ErrorAction SilentlyContinue)) { return }
    $h = Get-VMHost
]]

local MIGRATION = [[
    if (-not $h.VirtualMachineMigrationEnabled) { Enable-VMMigration; $done += 'live migration enabled' }
    if ($h.VirtualMachineMigrationAuthenticationType -ne 'Kerberos') {
        Set-VMHost -VirtualMachineMigrationAuthenticationType Kerberos; $done += 'Kerberos for live migration'
    }
    if ($h.VirtualMachineMigrationPerformanceOption -ne '%s') {
        Set-VMHost -VirtualMachineMigrationPerformanceOption %s; $done += 'performance option %s'
    }
]]

local ANY_NETWORK = [[
    if (-not $h.UseAnyNetworkForMigration) { Set-VMHost -UseAnyNetworkForMigration $true; $done += 'any network' }
]]

local NETWORKS = [[
    foreach ($n in @(%s)) {
        if (-not (Get-VMMigrationNetwork | Where-Object { $_.Subnet -eq $n })) {
            Add-VMMigrationNetwork $n; $done += "network $n"
        }
    }
    if ($h.UseAnyNetworkForMigration) { Set-VMHost -UseAnyNetworkForMigration $false; $done += 'these networks only' }
]]

local REPLICA = [[
    $r = Get-VMReplicationServer
    if (-not $r.ReplicationEnabled -or $r.AllowedAuthenticationType -notmatch 'Kerberos') {
        Set-VMReplicationServer -ReplicationEnabled $true -AllowedAuthenticationType Kerberos `
            -ReplicationAllowedFromAnyServer $true -DefaultStorageLocation $h.VirtualHardDiskPath
        $done += 'replica server, Kerberos'
    }
]]

local TAIL = [[
    if ($done.Count) { Write-Result ('Set: ' + ($done -join ', ')) 'Information' }
} catch {
    Write-Result ("Failed: " + $_.Exception.Message + " (set before: " + ($done -join ', ') + ")") 'Error'
}
]]

--- text(o): the script. o: migration, performance = "Compression" or "SMB", networks = list or nil: any; replica.
function host_script.text(o)
	local parts = { HEAD }
	if o.migration then
		parts[#parts + 1] = MIGRATION:gsub("%%s", o.performance or "Compression")
		local quoted = {}
		for i, network in ipairs(o.networks or {}) do
			quoted[i] = ("'%s'"):format(network:gsub("'", "''"))
		end
		parts[#parts + 1] = o.networks and NETWORKS:format(table.concat(quoted, ", ")) or ANY_NETWORK
	end
	parts[#parts + 1] = o.replica and REPLICA or nil
	parts[#parts + 1] = TAIL
	return (table.concat(parts):gsub("\r?\n", "\r\n"))
end

--- parts(o): for gpo.edit; o nil: the script goes.
function host_script.parts(o)
	return {
		{ path = [[Machine\Scripts\Startup\]] .. host_script.NAME, part = "scripts", change = function()
			return o and host_script.text(o)
		end },
		{ path = [[Machine\Scripts\psscripts.ini]], part = "scripts", change = function(bytes)
			if o then
				return scripts.with(bytes, host_script.NAME, "")
			end
			return bytes and scripts.without(bytes, host_script.NAME)
		end },
	}
end

return host_script
