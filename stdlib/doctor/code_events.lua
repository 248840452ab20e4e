-- Events of Hyper-V, clusters, KDC and Kerberos, errors of VMM: [number] = { source, meaning, causes, what to run }.
-- "?" in front: not confirmed by any source.
local PAIR = "adsh run doctor --job live-migration --source HOST --target HOST"
local DELEGATE = { PAIR, "adsh run live-migration HOST HOST" }
local REPLICA = {
	"adsh run doctor --job replica --source HOST --target HOST", "adsh run spn check HOST --bundle replica",
}
local ISO = {
	"adsh run doctor --job iso-library --source HOST --target SERVER",
	"adsh run iso-library --help   gives hosts both",
	'share.acl("SERVER", "SHARE"); delegation.get "HOST"   what there is, at the prompt',
	"klist purge -li 0x3e7   on the host, or restart it",
}
local STORAGE = { "adsh run doctor --job smb-storage --source HOST --target SERVER", "adsh run smb-storage --help" }
local READINESS = { "adsh run readiness" }
local BY_CODE = { "adsh run doctor CODE   with the code (0x...) from its text" }
local NO_TEXT = "Its text is not known. The code in its text decides, if there is one."
local CLUSTER = { 'get "CLUSTER"   at the prompt: is it there, enabled and where it should be',
	"Repair Active Directory Object   in Failover Cluster Manager" }
local AUTHENTICATION = "0x00002EFE, 0x8009030C or 0x80090303 in the text: authentication between the two hosts"
local PROTECTED = { 'get "ADMIN"   at the prompt: memberOf', "use an administrator who is not in Protected Users" }

local HYPER_V, VMM, CLUSTERS, KDC = "Hyper-V", "VMM", "a cluster", "a KDC"

local function code_decides(source, what)
	return { source, what .. " The code in its text decides.", {}, { BY_CODE[1], PAIR } }
end

local function hardening(n)
	return { KDC .. " (RC4 hardening, 201 to 209)",
		("Event %d: an account, a trust or a request still needs RC4, or will be refused without it."):format(n), {
			"an account without AES keys, or with msDS-SupportedEncryptionTypes that allow RC4 only",
		}, READINESS }
end

local events = {
	[4] = { "Kerberos on a client", "KRB_AP_ERR_MODIFIED: the service could not read the ticket.", {
		"the service principal name is at two accounts, or at another one",
		"DNS gives the address of another machine",
		"the computer's password is out of step with the domain",
		"two domains that trust each other have a host of the same name",
	}, { 'spn.find "cifs/HOST"; spn.duplicates()   at the prompt', "Test-ComputerSecureChannel -Repair   on the host" } },
	[14] = { KDC, "No suitable key for a login (AS): its text lists the requested and the available types.", {
		"the account has no AES keys: changing the password makes them",
	}, READINESS },
	[16] = { KDC, "No suitable key for a service ticket (TGS): its text lists the requested and the available types.", {
		"the service's account has no AES keys: changing the password makes them",
	}, READINESS },
	[24] = { KDC .. " (KdcExtraLogLevel 4)", "A ticket was requested for an account without a service principal name.", {},
		{ 'spn.check "HOST"   at the prompt' } },
	[25] = { KDC .. " (KdcExtraLogLevel 8)", "S4U2Self without the right to read the user's groups.", {
		"the source's account may not read tokenGroupsGlobalAndUniversal of the user",
	}, { 'group.add("S-1-5-32-560", "HOST")   at the prompt: Windows Authorization Access Group' } },
	[26] = { KDC, "The type of encryption of a login is not supported.", {}, READINESS },
	[27] = { KDC, "The type of encryption of a service ticket is not supported.", {}, READINESS },
	[37] = { KDC, "? A ticket without the requestor (hardening of 2021 and 2022).", {}, {
		"install the updates on all domain controllers" } },
	[100] = { "a domain controller, about Protected Users", "A member of Protected Users was refused: NTLM.", {
		"Kerberos could not be used, and the user is in Protected Users" }, PROTECTED },
	[104] = { "a domain controller or client, about Protected Users", "A member of Protected Users was refused.", {
		"an old type of encryption, NTLM or CredSSP was used, which Protected Users forbids" }, PROTECTED },
	[304] = { "a client, about Protected Users", "Credentials of a member of Protected Users are not kept.", {
		"there is nothing that CredSSP could pass on: use Kerberos, and another user for delegation" }, PROTECTED },
	[280] = { "Windows Remote Management or VMM", "WinRM does not answer as expected.", {
		"WinRM is off, TCP 5985 is closed, or a proxy is in the way",
		"HTTP/HOST is registered at a service account, and not at the host",
	}, { 'spn.find "HTTP/HOST"   at the prompt', "winrm quickconfig   on the host" } },
	[1193] = { CLUSTERS, "The cluster's computer object could not be created or updated.", {
		"the cluster's account has no right to create computer objects there" }, CLUSTER },
	[1194] = { CLUSTERS, "A computer object for the cluster could not be created.", {
		"the cluster's account has no right to create computer objects there", "the quota of the account is used up",
		"an object of that name exists, and belongs to someone else" }, CLUSTER },
	[1206] = { CLUSTERS, "A computer object of the cluster could not be updated or enabled.", {
		"the object was deleted or disabled, or the cluster's account has no rights on it" }, CLUSTER },
	[1207] = { CLUSTERS, "A computer object of the cluster could not be updated.", {
		"the object was deleted or disabled, or the cluster's account has no rights on it",
		"the password of the cluster's account is out of step" }, CLUSTER },
	[1222] = { CLUSTERS, "The cluster's computer object could not be protected from being deleted.", {}, CLUSTER },
	[2912] = { VMM, "An agent's call failed; the code in its text decides.", {
		"0x80070032: host and server differ in their patches of CredSSP" }, BY_CODE },
	[4769] = { KDC .. " (audit)", "A service ticket was requested. Its failure code is a Kerberos error code.", {},
		{ "adsh run doctor 0xD   with the failure code" } },
	[12700] = { VMM, "The host could not do it. For an ISO image of the library that is shared and not copied:", {
		'"Machine Account X$ does not have read access to file share": rights of the host on share and folder',
		'"User account does not have permission required to open attachment": delegation of the host to cifs of the library',
		"the host's tickets are older than the change",
		"the library is named by an alias for which there is no service principal name",
	}, ISO },
	[13000] = { HYPER_V, "A virtual machine's configuration could not be made on the share; see 0x80070005.", {},
		STORAGE },
	[13233] = { VMM, "? An ISO image of the library could not be attached. " .. NO_TEXT, {}, ISO },
	[14050] = { HYPER_V, "The host could not register its service principal names.", {
		"no domain controller could be reached: vmms may use only certain ports, and the dynamic ports of the host or "
			.. "the port of the domain controllers were changed",
		"the host may not write its own names (validated write)",
	}, { "adsh run spn check HOST; adsh run spn register HOST",
		'spn.register("HOST", "live-migration")   the same at the prompt',
		"netsh int ipv4 show dynamicportrange tcp   on the host" } },
	[19050] = { "Hyper-V Replica", "? An action on a virtual machine failed; together with 32022 often a backup of the"
		.. " replica's disk.", {}, BY_CODE },
	[20100] = { HYPER_V, "A virtual machine's configuration could not be registered; see 0x80070005.", {}, STORAGE },
	[20306] = { HYPER_V, "Live migration could not connect; the code in its text decides, often 0x8009030E.", {
		"the source has no credentials to pass on: adsh run doctor 0x8009030E" }, DELEGATE },
	[20406] = { VMM .. " or WinRM", "The host's WinRM does not answer.", {
		"WinRM is off, TCP 5985 is closed, or a proxy or TrustedHosts is in the way" },
		{ 'spn.find "HTTP/HOST"   at the prompt: the host must have it, or HOST/', "winrm quickconfig   on the host" } },
	[21024] = code_decides(HYPER_V, "Live migration failed at the source."),
	[21026] = { HYPER_V, "? " .. NO_TEXT, {}, BY_CODE },
	[21125] = code_decides(HYPER_V, "Live migration failed."),
	[21501] = code_decides("a cluster of Hyper-V", "Live migration failed."),
	[21502] = code_decides("a cluster of Hyper-V", "Live migration failed."),
	[22038] = { HYPER_V, "? Migration data could not be sent.", {
		"the network between the hosts (0x80072746, 0x800705B4)", "a code of 0x800903..: authentication" }, BY_CODE },
	[22040] = { HYPER_V, "? Migration data could not be received.", {
		"the network between the hosts (0x80072746, 0x800705B4)", "a code of 0x800903..: authentication" }, BY_CODE },
	[22042] = { HYPER_V, "? " .. NO_TEXT, {}, BY_CODE },
	[29210] = { "Hyper-V Replica", "The Replica server was not authenticated; see 0x80090303 and 0x8009030C.", {
		"Hyper-V Replica Service/HOST is not registered at the Replica server",
		"Replica between domains that was set up in Hyper-V Manager" }, {
		REPLICA[1], REPLICA[2], 'spn.check("HOST", "replica"); spn.register("HOST", "replica")   at the prompt' } },
	[29286] = { "Hyper-V Replica", "? Authentication of the Replica server. " .. NO_TEXT, {}, REPLICA },
	[32000] = { "Hyper-V Replica", "Replication could not be enabled.", { AUTHENTICATION }, REPLICA },
	[32022] = { "Hyper-V Replica", "Replication failed.", { AUTHENTICATION,
		"0x00002EF1: cancelled, as by a backup of the replica's disk" },
		{ REPLICA[1], REPLICA[2], 'spn.check("HOST", "replica")   at the prompt' } },
	[32026] = { "Hyper-V Replica", "? " .. NO_TEXT, {}, BY_CODE },
	[32315] = { "Hyper-V Replica", "Replication failed and is retried in five minutes.", { AUTHENTICATION,
		"0x00002EF1: cancelled, as by a backup of the replica's disk" }, REPLICA },
	[33680] = { "Hyper-V Replica", "Replication failed; the preceding event has the cause.", {
		AUTHENTICATION }, REPLICA },
	[60001] = { "Hyper-V or VMM", "? " .. NO_TEXT, {}, BY_CODE },
}

for n = 201, 209 do
	events[n] = hardening(n)
end

-- What methods of Hyper-V's WMI classes return; VMM shows them as an unknown error: "0x8001".
local RETURNED = { [0] = "failed", "access is denied", "not supported", "the state is unknown", "it took too long",
	"an argument is not valid", "the system is in use", "not possible in this state", "a type of data is wrong",
	"the system is not available", "out of memory" }

for i, what in pairs(RETURNED) do
	events[0x8000 + i] = { "a method of Hyper-V's WMI", ("Hyper-V answered %d: %s."):format(0x8000 + i, what), {}, {},
		is_returned = true }
end
events[0x8001][3] = { "for an ISO image or disk on a share: the cause of 12700 and 0x80070005",
	"the account is not in Administrators or Hyper-V Administrators of the host" }
events[0x8001][4] = ISO

return events
