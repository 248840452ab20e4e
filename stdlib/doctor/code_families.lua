-- What the bits of a 32-bit code say: of which family it is. [MS-ERREF] 1.6, 2.1, 2.2, 2.3.
local code_families = {}

local FACILITIES = { -- [MS-ERREF] 2.1.2, and those of Hyper-V, virtual disks and WinRM
	[0] = "general", [1] = "RPC", [2] = "COM dispatch", [3] = "storage",
	[4] = "a separate interface, such as WMI", [7] = "Win32", [8] = "Windows",
	[9] = "security packages: Kerberos, NTLM, TLS", [10] = "control", [11] = "certificates", [12] = "internet",
	[13] = "media server", [14] = "message queue", [15] = "setup", [16] = "smart card", [17] = "COM+",
	[18] = "Microsoft agent", [19] = ".NET", [20] = "audit collection", [21] = "DirectPlay", [22] = "UMI",
	[23] = "side-by-side assemblies", [24] = "Windows CE", [25] = "HTTP", [26] = "logging of user mode",
	[31] = "user mode filter", [32] = "background copy", [33] = "configuration", [34] = "state of a computer",
	[35] = "identity management", [36] = "Windows Update", [37] = "Active Directory", [38] = "graphics",
	[39] = "shell", [40] = "TPM services", [41] = "TPM software", [48] = "performance data",
	[49] = "full volume encryption", [50] = "firewall", [51] = "Windows Remote Management",
	[52] = "network drivers", [53] = "hypervisor", [54] = "IPsec", [55] = "Hyper-V's virtualization infrastructure",
	[56] = "volume manager", [57] = "boot configuration", [58] = "virtual disks", [80] = "Windows Defender",
}

local STATUS_FACILITIES = { -- [MS-ERREF] 2.3
	[0] = "general", [1] = "debugger", [2] = "RPC", [3] = "RPC of this machine", [4] = "hardware", [7] = "Win32",
	[9] = "security packages", [10] = "terminal server", [11] = "languages", [16] = "USB", [19] = "cluster",
	[20] = "ACPI", [21] = "side-by-side assemblies", [25] = "transactions", [26] = "common log", [27] = "graphics",
	[28] = "filter manager", [30] = "graphics kernel", [33] = "full volume encryption", [34] = "firewall",
	[35] = "network drivers", [53] = "hypervisor", [54] = "IPsec", [55] = "Hyper-V's virtualization infrastructure",
	[56] = "volume manager", [58] = "virtual disks",
}

local SEVERITY = { [0] = "success", "information", "warning", "error" }

local function facility(list, n)
	return list[n] and ("%d (%s)"):format(n, list[n]) or ("%d, which is unknown"):format(n)
end

--- Of which family a code of more than 16 bits is, in words.
function code_families.tell(n)
	local high = n >> 16 & 0x7ff
	local custom = n >> 29 & 1 == 1 and ", from a vendor other than Microsoft" or ""
	if n >> 28 == 0xD then
		return ("a HRESULT that holds the NTSTATUS 0x%08X"):format(n & ~0x10000000)
	elseif n >> 30 == 3 then
		return ("an NTSTATUS, facility %s, severity error%s"):format(facility(STATUS_FACILITIES, n >> 16 & 0xfff), custom)
	elseif n >> 31 == 1 then
		return ("a HRESULT, facility %s, severity failure%s"):format(facility(FACILITIES, high), custom)
	end
	return ("as an NTSTATUS: severity %s, facility %s; as a HRESULT: success, facility %s%s"):format(
		SEVERITY[n >> 30], facility(STATUS_FACILITIES, n >> 16 & 0xfff), facility(FACILITIES, high), custom)
end

return code_families
