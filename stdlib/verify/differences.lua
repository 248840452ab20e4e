-- What Samba's KDC (4.19 and later, with Heimdal) does in another way than Windows', as far as delegation is concerned:
-- by name, what each does, and where that is known from.
return {
	evidence = {
		windows = "accepts a non-forwardable ticket of S4U2Self for resource-based delegation",
		samba = "accepts no ticket that is not forwardable",
		source = "MS-SFU 3.1.5.2.1 and 3.2.5.2.3; Samba: third_party/heimdal/kdc/mssfu.c",
	},
	empty = {
		windows = "makes the ticket of S4U2Self forwardable also when the source's list is empty",
		samba = "does so only with protocol transition",
		source = "MS-SFU 3.2.5.1.2; Samba: selftest/knownfail_heimdal_kdc.d/s4u, test_s4u2self_not_trusted_empty_allowed",
	},
	protected = {
		windows = "does not make tickets of a member of Protected Users forwardable",
		samba = "makes the ticket of S4U2Self forwardable nevertheless",
		source = "MS-KILE 3.3.5.1, CVE-2020-16996; Samba: source4/kdc/db-glue.c looks at the group in the AS exchange only",
	},
	krbtgt = {
		windows = "does not make tickets forwardable when krbtgt is marked sensitive",
		samba = "ignores the flag of krbtgt",
		source = "MS-KILE 3.3.5.1; Samba: source4/kdc/db-glue.c, samba_kdc_message2entry",
	},
	cn = {
		windows = "finds a service by servicePrincipalName",
		samba = "also finds HOST/, and the classes it covers, by the cn of a computer",
		source = "MS-KILE 3.3.5.1.1; Samba: source4/dsdb/samdb/cracknames.c",
	},
	spaces = {
		windows = "finds service classes with spaces in them",
		samba = "does not",
		source = "measured with Samba 4.22: Server not found in Kerberos database",
	},
	["local"] = {
		windows = "uses the groups of the source's ticket-granting ticket: global and universal groups",
		samba = "also counts domain local and builtin groups",
		source = "MS-SFU 3.2.5.2.3, MS-PAC 4.1.2.2; measured with Samba 4.22",
	},
	objects = {
		windows = "counts object entries of the target's descriptor",
		samba = "leaves them out",
		source = "MS-DTYP 2.5.3.2; Samba: libcli/security/access_check.c, check_object_specific_access without a tree",
	},
	owner = {
		windows = "gives the owner of the target's descriptor what its entries for OWNER RIGHTS say",
		samba = "leaves them out",
		source = "MS-DTYP 2.5.3.2; Samba: libcli/security/access_check.c, sec_access_check_ds",
	},
	abroad = {
		windows = "lets resource-based delegation cross two-way trusts",
		samba = "does not",
		source = "MS-SFU 3.2.5.2.3; measured with Samba 4.22",
	},
}
