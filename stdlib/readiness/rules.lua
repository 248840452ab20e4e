-- Which encryption types a KDC takes for an account, why, and what breaks when RC4 goes: from facts to a verdict. Pure.
local etypes = require "adsh.readiness.etypes"

local rules = {}

--- What a row is about, the worst first. Rows of no finding are ready.
rules.findings = { "no-aes-keys", "des-only", "rc4-only", "no-types", "old-system", "trust", "unseen-keys", "cluster",
	"not-windows" }

local KDC = etypes.RC4 | etypes.AES -- what a domain controller allows unless a policy says otherwise

--- What stands for an account without the attribute: Windows since April 2026, before that, Samba before 4.24.
rules.DEFAULT, rules.OLD_DEFAULT = 0x18, 0x27

local mends = setmetatable({}, { __mode = "k" })

--- What would mend a row: { set = bits } of the attribute, des_only = true: that flag goes; only_named = true: not
--- unless somebody who has looked names the account. Nil: nothing that is an attribute.
function rules.mend(row)
	return mends[row]
end

-- ---- keys ----

local function day(time)
	return os.date("!%Y-%m-%d", time)
end

local MANAGED = { gMSA = true, MSA = true, dMSA = true }

local SLACK = 60 -- seconds: what was made with the domain itself is a little older than its last groups

-- "aes", "none" or "unknown", how certain that is, and why.
local function keys_of(f, d)
	if f.keys then -- the KDC was asked
		return f.keys, "proved", "the KDC has no AES keys for it"
	elseif d.level < 3 then
		return "none", "certain", "the functional level of the domain is below 2008, so no AES keys are created"
	elseif MANAGED[f.kind] or f.created and f.created >= d.aes_since then
		return "aes"
	elseif not f.password_set then
		return "unknown", "unseen", ("the account is from %s, before AES keys (%s), and its password has no date"):format(
			f.created and day(f.created) or "an unknown day", day(d.aes_since))
	elseif f.password_set < d.aes_since - SLACK then
		return "none", "estimate", ("its password is from %s, and this domain creates AES keys since %s (%s)"):format(
			day(f.password_set), day(d.aes_since), d.aes_words)
	end
	return "aes"
end

local RESET = {
	computer = "on the host: Reset-ComputerMachinePassword (never from another machine: that breaks its secure channel)",
	krbtgt = "reset its password twice, at least 10 hours apart, with replication in between",
	user = "reset its password, twice if it is that old; update services and keytabs that store it",
}

local function reset_of(f)
	return RESET[f.kind] or f.account:sub(-1) == "$" and RESET.computer or RESET.user
end

-- ---- parts of a row ----

local function tell(row, state, finding, reason, certainty, fix)
	row.state, row.finding, row.reason, row.certainty, row.fix = state, finding, reason, certainty, fix
	return row
end

local function is_service(f)
	return f.has_spn or f.account:sub(-1) == "$"
end

-- What a policy leaves the domain controllers; where there are only Samba's, it is theirs to configure.
local function kdc_of(d)
	return d.filter and d.windows and d.filter & KDC or KDC
end

local function set_types(row, f, d, target, keys)
	local kdc = kdc_of(d)
	if is_service(f) then
		row.types = etypes.names(target & kdc & keys)
		row.ticket = etypes.ticket(target, kdc, keys) or "refused"
		row.session = row.ticket ~= "refused" and etypes.session(target, kdc, KDC) or nil
	end
end

-- Those that set it again from a policy of their own, at their next start.
local function is_windows_computer(f)
	return f.account:sub(-1) == "$" and (f.system or ""):find "^Windows" ~= nil
end

local function mended(set)
	return (set or 0) & ~(etypes.DES | etypes.RC4 | etypes.AES_SESSION) | etypes.AES
end

-- ---- the rules, in order ----

local function krbtgt(row, f, d)
	if f.kind ~= "krbtgt" then
		return nil
	end
	row.rule = "krbtgt"
	set_types(row, f, d, KDC, etypes.ANY)
	return tell(row, "holds", nil, "for krbtgt the KDC uses only the keys, not the attribute")
end

local OLD = { "^Windows 2000", "^Windows Server 2003", "^Windows Server%W+ 2003", "^Windows XP", "^Windows NT" }

local function old_system(row, f)
	for _, pattern in ipairs(OLD) do
		if (f.system or ""):find(pattern) then
			row.ticket = row.ticket ~= "refused" and row.ticket or nil
			return tell(row, "fails", "old-system", f.system .. " does not support AES", "certain",
				"replace it; as a temporary exception: 0x4 in its msDS-SupportedEncryptionTypes")
		end
	end
end

local function des_only(row, f)
	if not f.des_only then
		return nil
	end
	row.rule, row.ticket = "USE_DES_KEY_ONLY", is_service(f) and "refused" or nil
	local set = f.set and f.set & etypes.ANY ~= 0 and f.set & etypes.AES == 0 and mended(f.set) or nil
	mends[row] = { des_only = true, set = set }
	return tell(row, "fails", "des-only", "userAccountControl has USE_DES_KEY_ONLY, and no KDC issues DES tickets "
		.. "any longer",
		"certain", "adsh run readiness --fix clears it; then reset the password")
end

local function without_aes(row, f, d)
	local keys, certainty, why = keys_of(f, d)
	if keys == "aes" then
		return nil
	elseif keys == "unknown" then
		return tell(row, "unseen", "unseen-keys", why, "suspicion", "adsh run readiness --proof requests its keys from "
			.. "the KDC")
	end
	local target = f.kind == "krbtgt" and KDC or f.set and f.set ~= 0 and f.set or d.blank[1].set
	set_types(row, f, d, target, etypes.RC4 | etypes.DES)
	if row.ticket == "refused" and d.samba then
		row.ticket, why = "rc4", why .. "; Samba's KDC accepts RC4, Windows' refuses it"
	end
	if f.protected then
		why = why .. "; in Protected Users, so it cannot log in at all"
	end
	row.rule = "keys"
	return tell(row, "fails", "no-aes-keys", why, certainty, reset_of(f))
end

local GPO = "on the host, by group policy: Network security: Configure encryption types allowed for Kerberos; a restart"
	.. " writes the attribute"

local function rc4_only(row, f, d)
	local session = row.session == "aes256" and ", with AES session keys" or ""
	local filter = row.ticket == "refused" and ", which a policy on the domain controllers refuses" or ""
	local more = filter .. (d.has_2025 and "; a domain controller of 2025 gives it no ticket to log in" or "")
	if is_windows_computer(f) then
		return tell(row, "fails", "rc4-only", "its own attribute requests RC4 tickets" .. session .. more, "certain", GPO)
	end
	mends[row] = { set = mended(f.set) }
	return tell(row, "fails", "rc4-only", "its own attribute requests RC4 tickets" .. session .. more, "certain",
		"check with klist -ekt KEYTAB whether the service has AES keys; then adsh run readiness --fix sets 0x18")
end

local function explicit(row, f, d)
	if not f.set or f.set == 0 then
		return nil
	end
	local target = f.kind == "controller" and d.samba and f.set | KDC or f.set
	row.rule = target == f.set and "attribute" or "attribute, and what the domain allows"
	set_types(row, f, d, target, etypes.ANY)
	if target & etypes.AES ~= 0 then
		local also = target & etypes.RC4 ~= 0 and "; RC4 is also allowed, but the strongest type is used" or ""
		return tell(row, "holds", nil, "its own attribute allows AES" .. also)
	elseif target & etypes.RC4 ~= 0 then
		return rc4_only(row, f, d)
	elseif target & etypes.DES ~= 0 then
		mends[row] = not is_windows_computer(f) and { set = mended(f.set) } or nil
		return tell(row, "fails", "des-only", "its own attribute allows only DES, which no KDC issues any longer", "certain",
			mends[row] and "adsh run readiness --fix sets 0x18; then reset the password" or GPO)
	end
	mends[row] = not is_windows_computer(f) and { set = mended(f.set) } or nil
	return tell(row, d.samba and "fails" or "unseen", "no-types",
		"its own attribute has a value, but no encryption type", d.samba and "certain" or "disputed",
		mends[row] and "adsh run readiness --fix adds AES" or GPO)
end

local function blank(row, f, d)
	row.rule = "default"
	local worst = d.blank[1]
	set_types(row, f, d, worst.set, etypes.ANY)
	local who = ("not set: %s"):format(worst.who)
	if not is_service(f) then
		return tell(row, "holds", nil, "it is not a service, so only its keys count")
	elseif f.cluster then
		mends[row] = { set = etypes.AES, only_named = true }
		return tell(row, "unseen", "cluster", who .. "; the name of a cluster, and clusters of 2008 supported only RC4",
			"suspicion", "check the cluster; then adsh run readiness --fix NAME sets 0x18")
	elseif not MANAGED[f.kind] and not (f.system or ""):find "^Windows" and f.kind ~= "controller" then
		mends[row] = { set = etypes.AES, only_named = true }
		return tell(row, "unseen", "not-windows", ("%s; %s, which may not support AES"):format(who,
			f.account:sub(-1) ~= "$" and "the service of a user account" or f.system and f.system or "of an unknown system"),
			"suspicion", "check with klist -ekt KEYTAB on its host; then adsh run readiness --fix NAME sets 0x18")
	end
	return tell(row, "holds", nil, who, d.windows and "disputed" or nil)
end

--- decide(f, d): the row of an account. f: account, dn, kind, set (bits or nil), created, password_set (times or nil),
--- system, has_spn, des_only, protected, cluster. d: what rules.domain gives, with its domain.
function rules.decide(f, d)
	local row = { account = f.account, domain = d.domain, kind = f.kind, dn = f.dn, set = f.set,
		password_set = f.password_set and day(f.password_set) or nil }
	if des_only(row, f) then
		return row
	elseif without_aes(row, f, d) then
		return old_system(row, f) or row
	end
	local _ = krbtgt(row, f, d) or explicit(row, f, d) or blank(row, f, d)
	return old_system(row, f) or row
end

--- again(row, f, d): the row gets the verdict of what is known now.
function rules.again(row, f, d)
	local new = rules.decide(f, d)
	for _, key in ipairs { "state", "finding", "reason", "certainty", "fix", "ticket", "session", "types", "rule" } do
		row[key] = new[key]
	end
	mends[row] = mends[new]
end

-- ---- trusts ----

local FIX_TRUST = "on a domain controller of each side: ksetup /setenctypeattr %s AES128-CTS-HMAC-SHA1-96"
	.. " AES256-CTS-HMAC-SHA1-96"
local USES_RC4 = 0x80

--- trust(t, d): the row of a trust. t: partner, dn, set, attributes.
function rules.trust(t, d)
	local row = { account = t.partner, domain = d.domain, kind = "trust", dn = t.dn, set = t.set }
	local fix = FIX_TRUST:format(t.partner)
	if t.set and t.set ~= 0 then
		row.rule, row.types = "attribute", etypes.names(t.set & etypes.ANY)
		row.ticket = etypes.ticket(t.set, kdc_of(d)) or "refused"
		if t.set & etypes.AES ~= 0 then
			return tell(row, "holds", nil, "its own attribute allows AES")
		end
		return tell(row, "fails", "trust", "its own attribute allows no AES, so referrals to the partner are RC4 or refused",
			"certain", fix)
	elseif t.attributes & USES_RC4 ~= 0 then
		row.rule, row.ticket, row.types = "trustAttributes", "rc4", { "RC4" }
		return tell(row, "fails", "trust", "not set, and trustAttributes has USES_RC4_ENCRYPTION", "disputed", fix)
	end
	row.rule, row.ticket, row.types = "default", "aes256", etypes.names(etypes.AES)
	return tell(row, "holds", nil, "not set: AES on domain controllers with the updates since November 2022", "disputed",
		fix)
end

-- ---- the domain ----

-- Samba-4.22.6-Debian... as a number; nil: not Samba
local function samba_version(system)
	local major, minor = (system or ""):match "^Samba%D*(%d+)%.(%d+)"
	return major and tonumber(major) * 1000 + tonumber(minor)
end

local ENFORCED = "AES with a Windows KDC that has the updates of 2026, unless its DefaultDomainSupportedEncTypes says"
	.. " otherwise"

local function default_of(system)
	local version = samba_version(system)
	if version and version < 4024 then
		return { set = rules.OLD_DEFAULT, who = ("RC4 tickets with %s"):format(system:match "^Samba%D*%d+%.%d+") }
	elseif version then
		return { set = rules.DEFAULT, who = ("AES with %s"):format(system:match "^Samba%D*%d+%.%d+") }
	end
	return { set = rules.DEFAULT, who = ENFORCED }
end

--- What the systems of a domain's controllers say: samba, windows = whether one is, has_2025, blank = what stands for
--- an account without the attribute, the weakest first: { set=, who= in words }.
function rules.domain(systems)
	local d = { blank = {}, samba = false, windows = false, has_2025 = false }
	local seen = {}
	for _, system in ipairs(#systems > 0 and systems or { "" }) do
		local default = default_of(system)
		d.samba, d.windows = d.samba or samba_version(system) ~= nil, d.windows or not samba_version(system)
		d.has_2025 = d.has_2025 or system:find "^Windows Server 2025" ~= nil
		if not seen[default.who] then
			seen[default.who] = true
			table.insert(d.blank, default.set == rules.OLD_DEFAULT and 1 or #d.blank + 1, default)
		end
	end
	return d
end

return rules
