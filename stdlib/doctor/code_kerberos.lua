-- What a code of Kerberos comes from in this program's jobs, besides its words (shell/net/krb5_err.c):
-- [number] = { causes, what to run }. "?" in front: not confirmed by any source.
local READINESS = { "adsh run readiness" }
local OWNERS = 'spn.find "CLASS/HOST"; spn.duplicates()   at the prompt'

return {
	[6] = { {
		"a login: the name is wrong, or belongs to another realm",
		"S4U2Self, as in delegation: access denied, the source may not read tokenGroupsGlobalAndUniversal of the user",
	}, { 'get "NAME"   at the prompt', 'group.add("S-1-5-32-560", "HOST")   Windows Authorization Access Group' } },
	[7] = { {
		"no account has this service principal name, or the host was named by an alias or an address",
		"a client remembers for 15 minutes that a name was not found; domain controllers do not",
	}, { OWNERS, "adsh run spn register HOST", "klist purge   on the client, once it is registered" } },
	[8] = { { "two accounts have the same service principal name" }, { OWNERS } },
	[9] = { { "the account has no keys: no password was ever set" }, { "set the account's password" } },
	[12] = { {
		"an authentication policy or silo of the user or the source", "logon hours", "the workstations of the user",
		"resource-based delegation, where an old domain controller answers (KB2665790)",
	}, { "adsh run doctor --job live-migration --source HOST --target HOST --as ADMIN" } },
	[13] = { {
		"0xC00000BB in its data: the source may delegate to nobody",
		"0xC0000272: the service is not in the source's list, or the user's ticket may not be passed on",
		"0xC0000225: the target's own list does not name the source",
		"0xC000006E: the user may not be delegated: sensitive, or in Protected Users",
		"the domain controller that was asked does not have the change yet",
	}, { "adsh run doctor --job live-migration --source HOST --target HOST",
		'delegation.get "SOURCE"; delegation.inbound "TARGET"   at the prompt', "adsh replication" } },
	[14] = { {
		"a login: the account has no keys of a type that is allowed",
		"a service ticket: the target's keys, its msDS-SupportedEncryptionTypes, or those of the trust",
	}, READINESS },
	[18] = { { "the account is disabled", "it is locked out", "it has expired" }, { 'get "NAME"   at the prompt' } },
	[20] = { { "? the ticket is older than a change of the account" }, { "kdestroy; kinit", "klist purge   on Windows" } },
	[23] = { { "the password has expired" }, { 'get "NAME"   at the prompt' } },
	[24] = { { "a wrong password", "the keytab is older than the password",
		"? the account was renamed, and the keytab has another salt" }, { "klist -kte FILE   the keys of a keytab" } },
	[25] = { { "the normal first answer to a login: not a failure" }, {} },
	[27] = { { "the account has no service principal name" }, { 'spn.check "HOST"   at the prompt' } },
	[29] = { { "the other domain or its domain controller cannot be reached" }, {
		 'trust.path("HOST", "HOST")   at the prompt' } },
	[32] = { { "the ticket has expired" }, { "kinit", "klist purge   on Windows" } },
	[37] = { { "the clock of this machine, of a host or of a domain controller" },
		{ "w32tm /resync   on Windows", "chronyc makestep   here" } },
	[41] = { {
		"the service principal name is at another account than that of the service",
		"DNS gives the address of another machine", "the computer's password is out of step with the domain",
	}, { OWNERS, "Test-ComputerSecureChannel -Repair   on the host" } },
	[52] = { { "the ticket is too large for UDP: normal, the request is repeated over TCP" }, {} },
	[60] = { { "the KDC failed; an NTSTATUS in its data says why" }, {} },
	[68] = { { "the name belongs to another realm than the one that was asked" }, {
		 'trust.path("HOST", "HOST")   at the prompt' } },

	-- Names of RFC 4120 7.5.9 that Kerberos here has no words for.
	names = {
		[0] = "KDC_ERR_NONE", [1] = "KDC_ERR_NAME_EXP", [2] = "KDC_ERR_SERVICE_EXP", [3] = "KDC_ERR_BAD_PVNO",
		[4] = "KDC_ERR_C_OLD_MAST_KVNO", [5] = "KDC_ERR_S_OLD_MAST_KVNO", [9] = "KDC_ERR_NULL_KEY",
		[10] = "KDC_ERR_CANNOT_POSTDATE", [11] = "KDC_ERR_NEVER_VALID", [15] = "KDC_ERR_SUMTYPE_NOSUPP",
		[16] = "KDC_ERR_PADATA_TYPE_NOSUPP", [17] = "KDC_ERR_TRTYPE_NOSUPP", [19] = "KDC_ERR_SERVICE_REVOKED",
		[20] = "KDC_ERR_TGT_REVOKED", [21] = "KDC_ERR_CLIENT_NOTYET", [22] = "KDC_ERR_SERVICE_NOTYET",
		[25] = "KDC_ERR_PREAUTH_REQUIRED", [26] = "KDC_ERR_SERVER_NOMATCH", [28] = "KDC_ERR_PATH_NOT_ACCEPTED",
		[34] = "KRB_AP_ERR_REPEAT", [36] = "KRB_AP_ERR_BADMATCH", [38] = "KRB_AP_ERR_BADADDR", [39] = "KRB_AP_ERR_BADVERSION",
		[40] = "KRB_AP_ERR_MSG_TYPE", [42] = "KRB_AP_ERR_BADORDER", [44] = "KRB_AP_ERR_BADKEYVER", [45] = "KRB_AP_ERR_NOKEY",
		[46] = "KRB_AP_ERR_MUT_FAIL", [47] = "KRB_AP_ERR_BADDIRECTION", [48] = "KRB_AP_ERR_METHOD",
		[49] = "KRB_AP_ERR_BADSEQ", [50] = "KRB_AP_ERR_INAPP_CKSUM", [51] = "KRB_AP_PATH_NOT_ACCEPTED",
		[52] = "KRB_ERR_RESPONSE_TOO_BIG", [61] = "KRB_ERR_FIELD_TOOLONG", [62] = "KDC_ERROR_CLIENT_NOT_TRUSTED",
		[63] = "KDC_ERROR_KDC_NOT_TRUSTED", [64] = "KDC_ERROR_INVALID_SIG", [65] = "KDC_ERR_KEY_TOO_WEAK",
		[66] = "KDC_ERR_CERTIFICATE_MISMATCH", [67] = "KRB_AP_ERR_NO_TGT", [68] = "KDC_ERR_WRONG_REALM",
		[69] = "KRB_AP_ERR_USER_TO_USER_REQUIRED", [70] = "KDC_ERR_CANT_VERIFY_CERTIFICATE",
		[71] = "KDC_ERR_INVALID_CERTIFICATE", [72] = "KDC_ERR_REVOKED_CERTIFICATE",
		[73] = "KDC_ERR_REVOCATION_STATUS_UNKNOWN", [74] = "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE",
		[75] = "KDC_ERR_CLIENT_NAME_MISMATCH", [76] = "KDC_ERR_KDC_NAME_MISMATCH",
	},
}
