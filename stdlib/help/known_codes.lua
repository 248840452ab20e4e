-- What Windows and VMM say when live migration, Replica, ISO libraries and storage on SMB fail, and what in
-- the directory it comes from, the most likely first. HOST, SERVER, ADMIN stand for names of yours.
local NOT_DELEGATED = {
	"live migration is still set to CredSSP, and nobody is logged in at the source",
	"the source may delegate with Kerberos only; from Windows Server 2016 on it needs any protocol",
	"the target's services are missing in what the source may delegate to",
	"the administrator is sensitive, or in Protected Users; or krbtgt is marked as sensitive",
	"the source has an old ticket, or remembers a refusal (15 minutes)",
}
local DELEGATE = {
	'hosts.without "live-migration"   hosts that lack it',
	'delegation.get "HOST"; delegation.get "ADMIN"; delegation.get "krbtgt"',
	'run.live_migration{group = "HyperV-Hosts"}',
	"Set-VMHost -VirtualMachineMigrationAuthenticationType Kerberos   (hosts)",
	"klist purge -li 0x3e7   on the source",
}
local STORAGE = {
	"run.smb_storage{...}   gives hosts what they need",
	'share.acl("SERVER", "SHARE"); folder.acl [[\\\\SERVER\\SHARE]]   what they have',
	"folder.propagate   where files below have lost what the folder gives",
}

return {
	[0x8009030E] = { "SEC_E_NO_CREDENTIALS", "The source has no credentials to pass on.", NOT_DELEGATED, DELEGATE },
	[0x8009030D] = { "SEC_E_UNKNOWN_CREDENTIALS", "The credentials that were passed on are not recognised.",
		{ "the source may not delegate to the target", table.unpack(NOT_DELEGATED) }, DELEGATE },
	[0x80090303] = { "SEC_E_TARGET_UNKNOWN", "The target is unknown or cannot be reached.", {
		"a service principal name of the job is missing at the target (event 14050)",
		"the target was named by an address or an alias",
		"Replica between domains that was set up in Hyper-V Manager: name the full DNS name",
	}, { 'spn.check("HOST", "live-migration"); spn.register("HOST", "live-migration")' } },
	[0x80090322] = { "SEC_E_WRONG_PRINCIPAL", "The service that answers is not the one that the ticket is for.", {
		"the service principal name is at another account: an old computer, a service account, a cluster",
		"DNS gives the address of another machine",
		"the computer's password is out of step with the domain",
	}, { 'spn.find "cifs/HOST"; spn.duplicates(); spn.move("cifs/HOST", "HOST")',
		"Test-ComputerSecureChannel -Repair   on the host" } },
	[0x80090324] = { "SEC_E_TIME_SKEW", "The clocks differ by more than five minutes.", {},
		{ "w32tm /resync   on the host" } },
	[0x80090325] = { "SEC_E_UNTRUSTED_ROOT", "The certificate comes from an authority that is not trusted.", {},
		{ "install the authority's certificate on the host" } },
	[0x8009030C] = { "SEC_E_LOGON_DENIED", "The target refuses the login.", {
		'the other host lacks the user right "Access this computer from the network" there',
		"the account is disabled, or its key is out of step",
		"the trust has selective authentication",
	}, { 'trust.path("HOST", "HOST")   what the trusts forbid', 'get "HOST"   whether it is enabled' } },
	[0x80090342] = { "SEC_E_KDC_UNKNOWN_ETYPE", "Source, target and KDC have no type of encryption in common.", {
		"the target allows RC4 only, or has no AES keys",
	}, { 'get("HOST", {attributes = "msDS-SupportedEncryptionTypes"})', "a new password makes AES keys" } },
	[0x80090346] = { "SEC_E_BAD_BINDINGS", "The TLS channel binding does not fit the server's certificate.", {
		"something between ends TLS: a proxy, a load balancer",
	}, { "leave out --tls: Kerberos seals port 389 by itself" } },
	[0x80090350] = { "SEC_E_DOWNGRADE_DETECTED", "Kerberos did not work, and less is not accepted.", {
		"no domain controller of the target's domain can be reached (port 88)",
		"the service principal name is missing, so that only NTLM was left",
		"the user is in Protected Users, which forbids NTLM",
	}, { 'spn.find "cifs/HOST"; trust.path("HOST", "HOST")' } },
	[0x80070005] = { "E_ACCESSDENIED", "Access is denied. For a virtual machine on a share:", {
		"the host may not delegate to cifs of the file server, or with Kerberos only",
		"share or folder lack the host's account, the cluster's account or the administrator",
		"moving the virtual machine has changed the entries of its files",
		"the administrator is sensitive and cannot be delegated",
		"a disk that was copied lacks NT VIRTUAL MACHINE\\ID: icacls FILE /grant",
	}, STORAGE },
	[0x8007052E] = { "ERROR_LOGON_FAILURE", "User name or password are wrong.", {
		"with a Replica Broker: the password of the cluster's account is out of step, or the account is disabled",
	}, { "Repair Active Directory Object   in Failover Cluster Manager" } },
	[0x80070569] = { "ERROR_LOGON_TYPE_NOT_GRANTED", "The user right for this kind of login is missing.", {
		'a group policy has taken "Log on as a service" from NT VIRTUAL MACHINE\\Virtual Machines',
	}, { "add it to the policy again" } },
	[0x800704F1] = { "ERROR_DOWNGRADE_DETECTED", "No domain controller can be contacted to check the login.", {
		"no domain controller of the target's domain can be reached (port 88)",
		"the service principal name is missing, and NTLM is blocked",
	}, { 'spn.find "cifs/HOST"; trust.path("HOST", "HOST")' } },
	[0x8007274D] = { "WSAECONNREFUSED", "The other host refuses the connection.", {
		"live migration is not enabled there (port 6600), or a firewall refuses",
	}, { "Enable-VMMigration; Get-VMMigrationNetwork   on the host" } },
	[0x8007274C] = { "WSAETIMEDOUT", "The other host does not answer.", { "a firewall, or a network that is not routed" },
		{ "Test-NetConnection TARGET -Port 6600   on the host" } },
	[0x80041003] = { "WBEM_E_ACCESS_DENIED", "WMI denies access.", {
		"the account is not in Administrators or Hyper-V Administrators of that host",
	}, { "Add-LocalGroupMember 'Hyper-V Administrators' ADMIN   on the host" } },
	[0x80041010] = { "WBEM_E_INVALID_CLASS", "WMI does not have this class.", {
		"the host lacks the Hyper-V role, or the VMM agent",
	}, {} },
	[0xC03A0014] = { "ERROR_VIRTDISK_PROVIDER_NOT_FOUND",
		"Nothing was found that opens this kind of virtual disk. This does not come from the directory.", {}, {} },

	event = {
		[13000] = { "Hyper-V", "A virtual machine's files could not be made on the share; see 0x80070005.", {}, STORAGE },
		[14050] = { "Hyper-V", "The host could not register its service principal names.", {
			"no domain controller could be reached, or the host may not write its own names",
		}, { 'spn.register("HOST", "live-migration")' } },
		[20306] = { "Hyper-V", "Live migration could not connect; the code in its text decides, often 0x8009030E.",
			NOT_DELEGATED, DELEGATE },
		[21024] = { "Hyper-V", "Live migration failed at the source; the code in its text decides.", {}, DELEGATE },
		[29210] = { "Hyper-V Replica", "The Replica server was not authenticated; see 0x80090303 and 0x8009030C.", {},
			{ 'spn.check("HOST", "replica"); spn.register("HOST", "replica")' } },
		[32022] = { "Hyper-V Replica", "Replication failed; the code in its text decides.", {},
			{ 'spn.check("HOST", "replica")' } },
		[12700] = { "VMM", "An ISO image of the library could not be attached to a virtual machine.", {
			'"Machine Account X$ does not have read access to file share": rights of the host on share and folder',
			'"User account does not have permission required to open attachment": delegation to the library server',
		}, { "run.iso_library{...}   gives both", 'share.acl("SERVER", "SHARE"); delegation.get "HOST"   what there is',
			"klist purge -li 0x3e7   on the host, or restart it" } },
		[2912] = { "VMM", "An agent's call failed; with 0x80070032 host and server differ in patches of CredSSP.", {},
			{ "install the patches on both" } },
	},

	-- What the tables of LDAP and SMB do not have.
	win32 = {
		[5] = { "ERROR_ACCESS_DENIED", "Access is denied." },
		[1311] = { "ERROR_NO_LOGON_SERVERS", "No domain controller could check the login." },
		[1326] = { "ERROR_LOGON_FAILURE", "User name or password are wrong." },
		[1331] = { "ERROR_ACCOUNT_DISABLED", "The account is disabled." },
		[1355] = { "ERROR_NO_SUCH_DOMAIN", "The domain does not exist or cannot be reached." },
		[1396] = { "ERROR_WRONG_TARGET_NAME", "The service that answers is not the one that the ticket is for." },
		[1398] = { "ERROR_TIME_SKEW", "The clocks differ too much." },
		[1789] = { "ERROR_TRUSTED_RELATIONSHIP_FAILURE", "The computer's password is out of step with the domain." },
		[1909] = { "ERROR_ACCOUNT_LOCKED_OUT", "The account is locked out." },
	},
}
