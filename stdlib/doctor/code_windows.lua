-- Codes of 32 bits that Windows, Hyper-V and VMM show when live migration, Replica, ISO libraries and storage on SMB
-- fail, and what in the directory they come from, the most likely first. A row: name, meaning, causes, what to run.
-- What begins with "?" is not confirmed by any source. HOST, SERVER, ADMIN stand for names of one's own.
local PAIR = "adsh run doctor --job live-migration --source HOST --target HOST"
local PURGE = "klist purge -li 0x3e7   on the source, or 15 minutes"
local NOT_DELEGATED = {
	"live migration is still set to CredSSP, and nobody is logged in at the source; when moving back, that is the "
		.. "other host",
	"the source may delegate with Kerberos only; from Windows Server 2016 on it needs any protocol",
	"the target's services are missing from the list of the source",
	"the administrator is sensitive, or in Protected Users",
	"krbtgt itself is marked sensitive: nobody can be delegated",
	"the source has an old ticket, or remembers a refusal (15 minutes)",
}
local DELEGATE = {
	PAIR,
	"adsh run live-migration HOST HOST   adds what is missing",
	'delegation.get "HOST"; delegation.get "ADMIN"; delegation.get "krbtgt"   at the prompt',
	"Set-VMHost -VirtualMachineMigrationAuthenticationType Kerberos   on both hosts",
	PURGE,
}
local STORAGE = {
	"adsh run doctor --job smb-storage --source HOST --target SERVER",
	"adsh run smb-storage --help   grants hosts what they need",
	'share.acl("SERVER", "SHARE"); folder.acl [[\\\\SERVER\\SHARE]]   shows what they have, at the prompt',
	"folder.propagate   where files below have lost the permissions of the folder",
}
local OTHER_REALM = "no domain controller of the target's domain can be reached (port 88, DNS)"
local NAMES = 'spn.find "cifs/HOST"; trust.path("HOST", "HOST")   at the prompt'
local NO_DIRECTORY = { 'Compare-VM -Name VM -DestinationHost HOST   on the source; this is not in the directory' }
local PORT = "Test-NetConnection TARGET -Port 6600   on the source; -Port 3343 in a cluster"
local CLUSTER = "adsh run doctor --job replica --source HOST --target HOST"

return {
	[0x8009030E] = { "SEC_E_NO_CREDENTIALS", "The source has no credentials to pass on.", NOT_DELEGATED, DELEGATE },
	[0x8009030D] = { "SEC_E_UNKNOWN_CREDENTIALS", "The passed credentials are not recognised.",
		{ "the source may not delegate to the target", table.unpack(NOT_DELEGATED) }, DELEGATE },
	[0x80090303] = { "SEC_E_TARGET_UNKNOWN", "The target is unknown or cannot be reached.", {
		"a service principal name of the job is missing at the target (event 14050)",
		"Replica between domains that was set up in Hyper-V Manager (events 32000, 29210): its WinRM part has no rights",
		"the target was named by an address or an alias",
	}, { PAIR, "adsh run spn check HOST; adsh run spn register HOST",
		'spn.check("HOST", "live-migration"); spn.register("HOST", "live-migration")   the same at the prompt',
		"Enable-VMReplication VM -ReplicaServerName FQDN -ReplicaServerPort 80 -AuthenticationType Kerberos"
			.. "   on the primary" } },
	[0x80090304] = { "SEC_E_INTERNAL_ERROR", "The security package failed without a reason.", {
		"? Kerberos could not be tried: no domain controller, or a clock that is wrong",
	}, { PAIR } },
	[0x80090308] = { "SEC_E_INVALID_TOKEN", "The other side could not read the login token.", {
		"in front of an answer of a domain controller: the number after \"data\" is the reason",
		"? two hosts that cannot agree on Kerberos",
	}, { PAIR } },
	[0x8009030C] = { "SEC_E_LOGON_DENIED", "The target refuses the login.", {
		'? the other host lacks the user right "Access this computer from the network" there',
		"an account is disabled, or its key is out of step",
		"the trust has selective authentication",
		"in front of an answer of a domain controller: the number after \"data\" is the reason",
	}, { 'trust.path("HOST", "HOST"); get "HOST"   what trusts forbid, and whether it is enabled', CLUSTER,
		"a group policy with that user right; Allowed to authenticate, where the trust is selective" } },
	[0x80090311] = { "SEC_E_NO_AUTHENTICATING_AUTHORITY", "No domain controller could be contacted for the login.", {
		OTHER_REALM, "the host is not in the domain, or has lost its membership",
	}, { "nltest /dsgetdc:DOMAIN   on the host", PAIR } },
	[0x80090322] = { "SEC_E_WRONG_PRINCIPAL", "The ticket is for another service than the one that answers.", {
		"? the service principal name is at another account: an old computer, a service account, a cluster",
		"? DNS gives the address of another machine",
		"? the computer's password is out of step with the domain",
	}, { PAIR, 'spn.find "cifs/HOST"; spn.duplicates(); spn.move("cifs/HOST", "HOST")   at the prompt',
		"Test-ComputerSecureChannel -Repair   on the host" } },
	[0x80090324] = { "SEC_E_TIME_SKEW", "The clocks differ by more than five minutes.", {
		"the clock of a host, or of the domain controller that it uses",
	}, { PAIR, "w32tm /resync   on the host" } },
	[0x80090325] = { "SEC_E_UNTRUSTED_ROOT", "The certificate comes from an authority that is not trusted.", {
		"Replica over HTTPS, or VMM's agent: the authority's certificate is missing at the other host",
	}, { "install the authority's certificate on the host" } },
	[0x80090342] = { "SEC_E_KDC_UNKNOWN_ETYPE", "Source, target and KDC have no type of encryption in common.", {
		"the target allows RC4 only (msDS-SupportedEncryptionTypes 0x4), or has no AES keys",
		"the account's password is older than the domain's AES",
	}, { "adsh run readiness", "a new password makes AES keys; msDS-SupportedEncryptionTypes 0x18 allows AES" } },
	[0x80090346] = { "SEC_E_BAD_BINDINGS", "The TLS channel binding does not fit the server's certificate.", {
		"something in between terminates TLS: a proxy, a load balancer, an inspection",
	}, { "omit --tls: Kerberos seals port 389 itself" } },
	[0x80090350] = { "SEC_E_DOWNGRADE_DETECTED", "Kerberos failed, and nothing weaker is accepted.", {
		"? " .. OTHER_REALM,
		"? the service principal name is missing, so that only NTLM was left, which is blocked",
		"? the user is in Protected Users, which forbids NTLM",
		"? the type of encryption was refused",
	}, { PAIR, NAMES } },
	[0x80070005] = { "E_ACCESSDENIED", "Access is denied. For a virtual machine on a share:", {
		"the host may not delegate to cifs of the file server, or with Kerberos only (from Windows Server 2016 on)",
		"share or folder have no entry for the host's account, the cluster's account or the administrator",
		"moving the virtual machine has changed the entries of its files",
		"the administrator is sensitive and cannot be delegated",
		"the file server is one of the hosts itself (loopback), which is not supported",
		'a copied or restored disk has no entry for NT VIRTUAL MACHINE\\ID ("sufficient privilege to open attachment")',
	}, { STORAGE[1], STORAGE[2], STORAGE[3], STORAGE[4],
		'icacls FILE /grant "NT VIRTUAL MACHINE\\ID":(F)   on the host, for a disk' } },
	[0x80070032] = { "ERROR_NOT_SUPPORTED", "The request is not supported.", {
		'with VMM 2912 or "encryption oracle": the hosts differ in their patches of CredSSP (CVE-2018-0886)',
	}, { "install the patches on both; do not set AllowEncryptionOracle to 2" } },
	[0x8007052E] = { "ERROR_LOGON_FAILURE", "User name or password are wrong.", {
		"with a Replica Broker that fails to register its name: the password of the cluster's account is out of step",
		"the account of the broker is missing or disabled, or the cluster's account has no rights on it",
	}, { 'get "CLUSTER"; get "BROKER"; spn.find "Hyper-V Replica Service/BROKER"   at the prompt',
		"Repair Active Directory Object   in Failover Cluster Manager, with Reset Password on the cluster's account" } },
	[0x80070569] = { "ERROR_LOGON_TYPE_NOT_GRANTED", "The user right for this kind of login is missing.", {
		'a group policy has taken "Log on as a service" from NT VIRTUAL MACHINE\\Virtual Machines (S-1-5-83-0)',
	}, { "add it to the policy again; gpresult /h FILE on the host names the policy" } },
	[0x80070534] = { "ERROR_NONE_MAPPED", "A name has no SID, or a SID has no name.", {
		"in live migration of a cluster: a known defect, not the directory",
	}, { "get \"NAME\"   at the prompt, whether there is such an account" } },
	[0x800704F1] = { "ERROR_DOWNGRADE_DETECTED",
		"No domain controller can be contacted for it: Kerberos is not available, and NTLM is not accepted.", {
			"? " .. OTHER_REALM,
			"? the service principal name is missing, and NTLM is blocked or the user is in Protected Users",
			"? the type of encryption was refused",
		}, { PAIR, NAMES } },
	[0x8007274D] = { "WSAECONNREFUSED", "The other host refuses the connection.", {
		"live migration is not enabled there (port 6600; in clusters 3343 too), or a firewall refuses",
		"incoming migrations are limited to another network, or VMM is not on that subnet",
	}, { PORT, "Enable-VMMigration; Set-VMHost -UseAnyNetworkForMigration $true   on the target" } },
	[0x8007274C] = { "WSAETIMEDOUT", "The other host does not answer.", {
		"a firewall drops the packets, or the network is not routed",
	}, { PORT } },
	[0x80072746] = { "WSAECONNRESET", "The other host has ended the connection.", {
		"the network between the hosts, or an antivirus; not the directory, unless a code of 0x800903.. follows",
	}, { PORT } },
	[0x8007271D] = { "WSAEACCES", "The system does not allow this program to use the network in this way.", {
		"a firewall or an antivirus on the host itself",
	}, { PORT } },
	[0x800705B4] = { "ERROR_TIMEOUT", "It took too long.", {
		"the network between the hosts; not the directory, unless a code of 0x800903.. follows",
	}, { PORT } },
	[0x80071398] = { "ERROR_HOST_NODE_NOT_GROUP_OWNER", "The cluster node does not own the group.", {
		"the node is not among the possible owners; not the directory",
	}, { "Get-ClusterResource | Get-ClusterOwnerNode   on a node" } },
	[0x800713AB] = { "ERROR_NETWORK_NOT_AVAILABLE",
		"The network of the cluster does not exist or is not usable; not the directory.", {}, {
		"Get-ClusterNetwork   on a node" } },
	[0x8007000E] = { "E_OUTOFMEMORY", "Not enough memory on the host; not the directory.", {}, NO_DIRECTORY },
	[0x800705AA] = { "ERROR_NO_SYSTEM_RESOURCES", "The target does not have enough resources, such as memory; not "
		.. "the directory.", {},
		NO_DIRECTORY },
	[0x80041002] = { "WBEM_E_NOT_FOUND", "WMI does not find the object.", {
		"? the virtual machine or the role of the host does not exist",
	}, NO_DIRECTORY },
	[0x80041003] = { "WBEM_E_ACCESS_DENIED", "WMI denies access.", {
		"the account is not in Administrators or Hyper-V Administrators of that host",
	}, { "Add-LocalGroupMember 'Hyper-V Administrators' ADMIN   on the host" } },
	[0x80041010] = { "WBEM_E_INVALID_CLASS", "WMI does not have this class.", {
		"the host does not have the Hyper-V role, or VMM's agent",
	}, { "Get-WindowsFeature Hyper-V   on the host" } },
	[0xC03A0014] = { "ERROR_VIRTDISK_PROVIDER_NOT_FOUND",
		"No provider opens this kind of disk or image.", {
			"the ISO image of the virtual machine does not exist on the target; not the directory",
		}, { "Get-VMDvdDrive VM | Set-VMDvdDrive -Path $null   on the source" } },
}
