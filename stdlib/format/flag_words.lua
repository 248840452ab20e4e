-- The flags of numbers in words, for people. Programs get their names.
local flag_words = {}

local WORDS = {
	-- userAccountControl
	SCRIPT = "logon script", ACCOUNTDISABLE = "disabled", HOMEDIR_REQUIRED = "home folder required",
	LOCKOUT = "locked out", PASSWD_NOTREQD = "no password required", PASSWD_CANT_CHANGE = "cannot change its password",
	ENCRYPTED_TEXT_PASSWORD_ALLOWED = "password stored reversibly", TEMP_DUPLICATE_ACCOUNT = "temporary duplicate",
	NORMAL_ACCOUNT = "user account", INTERDOMAIN_TRUST_ACCOUNT = "trust account",
	WORKSTATION_TRUST_ACCOUNT = "computer account", SERVER_TRUST_ACCOUNT = "domain controller",
	DONT_EXPIRE_PASSWD = "password never expires", MNS_LOGON_ACCOUNT = "MNS logon account",
	SMARTCARD_REQUIRED = "smart card required", TRUSTED_FOR_DELEGATION = "unconstrained delegation",
	NOT_DELEGATED = "sensitive: cannot be delegated", USE_DES_KEY_ONLY = "DES keys only",
	DONT_REQUIRE_PREAUTH = "no pre-authentication", PASSWORD_EXPIRED = "password expired",
	TRUSTED_TO_AUTH_FOR_DELEGATION = "protocol transition", NO_AUTH_DATA_REQUIRED = "tickets without a PAC",
	PARTIAL_SECRETS_ACCOUNT = "read-only domain controller", USE_AES_KEYS = "AES keys",
	-- msDS-SupportedEncryptionTypes
	DES_CBC_CRC = "DES-CRC", DES_CBC_MD5 = "DES-MD5", RC4_HMAC = "RC4", AES128_CTS_HMAC_SHA1_96 = "AES128",
	AES256_CTS_HMAC_SHA1_96 = "AES256", AES256_CTS_HMAC_SHA1_96_SK = "AES256 session keys", FAST_SUPPORTED = "FAST",
	COMPOUND_IDENTITY_SUPPORTED = "compound identity", CLAIMS_SUPPORTED = "claims",
	RESOURCE_SID_COMPRESSION_DISABLED = "no SID compression",
	-- trustAttributes, trustDirection, trustType
	NON_TRANSITIVE = "not transitive", UPLEVEL_ONLY = "Windows 2000 or newer only",
	QUARANTINED_DOMAIN = "quarantined (SID filtering)", FOREST_TRANSITIVE = "forest trust",
	CROSS_ORGANIZATION = "selective authentication", WITHIN_FOREST = "within the forest",
	TREAT_AS_EXTERNAL = "treated as external", USES_RC4_ENCRYPTION = "RC4 keys",
	CROSS_ORGANIZATION_NO_TGT_DELEGATION = "no TGT delegation", PIM_TRUST = "PIM trust",
	CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION = "TGT delegation", INBOUND = "inbound", OUTBOUND = "outbound",
	DOWNLEVEL = "Windows NT", UPLEVEL = "Active Directory", MIT = "Kerberos realm", DCE = "DCE", AAD = "Entra ID",
	-- groupType
	BUILTIN_LOCAL = "built-in", GLOBAL = "global", DOMAIN_LOCAL = "domain local", UNIVERSAL = "universal",
	APP_BASIC = "application basic", APP_QUERY = "application query", SECURITY_ENABLED = "security group",
}

--- word(name): a flag in words; one without is called as it is.
function flag_words.word(name)
	return WORDS[name] or name
end

--- list(names): the same for many.
function flag_words.list(names)
	local words = {}
	for i, name in ipairs(names) do
		words[i] = flag_words.word(name)
	end
	return words
end

--- text(v): "computer account (4096)" for { value = 4096, flags = { "WORKSTATION_TRUST_ACCOUNT" } }.
function flag_words.text(v)
	if #v.flags == 0 then
		return tostring(v.value)
	end
	return ("%s (%s)"):format(table.concat(flag_words.list(v.flags), ", "), tostring(v.value))
end

return flag_words
