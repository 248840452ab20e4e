-- The attributes that a snapshot holds: what the readers of adsh look at. A file says which ones it has, so that this
-- list may grow. Descriptors of objects are not among them: they would be most of the file.
local kept = {}

local LISTS = {
	-- who it is
	[[objectClass objectCategory objectGUID objectSid name cn sAMAccountName sAMAccountType userPrincipalName displayName
	givenName sn description dNSHostName operatingSystem operatingSystemVersion location mail managedBy info
	physicalDeliveryOfficeName title ou sIDHistory]],
	-- the state of an account
	[[userAccountControl msDS-User-Account-Control-Computed adminCount primaryGroupID pwdLastSet whenCreated
	whenChanged uSNChanged accountExpires lockoutTime logonHours userWorkstations lastLogonTimestamp
	isCriticalSystemObject msDS-AssignedAuthNPolicy msDS-AssignedAuthNPolicySilo msDS-SecondaryKrbTgtNumber]],
	-- delegation
	[[servicePrincipalName msDS-AllowedToDelegateTo msDS-AllowedToActOnBehalfOfOtherIdentity msDS-SupportedEncryptionTypes
	msDS-GroupMSAMembership msDS-HostServiceAccount msDS-ManagedPasswordInterval]],
	-- groups
	"member memberOf groupType",
	-- trusts, domains
	[[trustPartner flatName trustDirection trustType trustAttributes securityIdentifier msDS-TrustForestTrustInfo
	ms-DS-MachineAccountQuota maxPwdAge minPwdAge lockoutDuration nTMixedDomain msDS-Behavior-Version wellKnownObjects]],
	-- the configuration
	[[dnsRoot nETBIOSName nCName trustParent rootTrust systemFlags sPNMappings dSHeuristics invocationId
	msDS-HasDomainNCs hasMasterNCs msDS-hasFullReplicaNCs options serverReference serverReferenceBL rightsGuid]],
	-- group policies, by name and place
	[[gPLink gPOptions gPCFileSysPath gPCFunctionalityVersion gPCMachineExtensionNames gPCUserExtensionNames gPCWQLFilter
	versionNumber flags fSMORoleOwner]],
	-- authentication policies and silos
	[[msDS-AuthNPolicyEnforced msDS-AuthNPolicySiloEnforced msDS-AuthNPolicySiloMembers msDS-UserAuthNPolicy
	msDS-ComputerAuthNPolicy msDS-ServiceAuthNPolicy msDS-UserTGTLifetime msDS-ComputerTGTLifetime msDS-ServiceTGTLifetime
	msDS-UserAllowedToAuthenticateFrom msDS-UserAllowedToAuthenticateTo msDS-ServiceAllowedToAuthenticateFrom
	msDS-ServiceAllowedToAuthenticateTo msDS-ComputerAllowedToAuthenticateTo]],
	-- the schema
	[[lDAPDisplayName attributeID attributeSyntax oMSyntax isSingleValued isMemberOfPartialAttributeSet schemaIDGUID
	defaultObjectCategory governsID subClassOf]],
	-- who wrote what, and when: only of attributes that delegation is about
	"replPropertyMetaData",
}

kept.attributes = {}
for _, list in ipairs(LISTS) do
	for name in list:gmatch "%S+" do
		table.insert(kept.attributes, name)
	end
end

--- Of the rootDSE.
kept.root = {
	"defaultNamingContext", "configurationNamingContext", "schemaNamingContext", "rootDomainNamingContext", "dnsHostName",
	"domainFunctionality", "forestFunctionality", "domainControllerFunctionality", "isGlobalCatalogReady", "vendorName",
	"supportedCapabilities", "highestCommittedUSN", "dsServiceName", "serverName", "currentTime",
}

return kept
