-- Conditions about keys and encryption types of the accounts.
local probe = require "adsh.core.kdc_probe"
local verdict = require "adsh.doctor.verdict"

local holds, fails = verdict.holds, verdict.fails

local PATIENCE = 5000 -- ms
local AES = 0x18 -- AES128 and AES256 (MS-KILE 2.2.7)

local function has_keys(_, h)
	local set = h.object.pwdLastSet
	if type(set) ~= "string" or not set:match "^%d%d%d%d%-" then
		return fails("its password was never set, so there are no keys for a ticket",
			("Test-ComputerSecureChannel -Repair   # on %s"):format(h.short))
	end
	return holds("password of " .. set:sub(1, 10))
end

local function number(v)
	return type(v) == "table" and v.value or tonumber(v)
end

local function takes_aes(_, h)
	local bits = number(h.object["msDS-SupportedEncryptionTypes"])
	if bits and bits ~= 0 and bits & AES == 0 then
		return fails(("msDS-SupportedEncryptionTypes is 0x%x: it does not allow AES, and DCs drop RC4 in 2026"):format(bits),
			("Set-ADComputer '%s' -KerberosEncryptionType AES128,AES256"):format(h.account))
	end
	return holds(bits and bits ~= 0 and ("AES is among its encryption types (0x%x)"):format(bits)
		or "no types set: the domain default applies")
end

-- An AS-REQ with AES only, without a proof: the first answer tells. A DC that is not there is told elsewhere.
local function has_aes_keys(s, h)
	if not s:is_open(h.domain, 88) then
		return verdict.hidden("no domain controller's port 88 is open from here", "klist get krbtgt")
	end
	local has, err = probe.has_aes(("%s@%s"):format(h.object.sAMAccountName, h.domain.name:upper()), PATIENCE)
	if has == nil then
		return verdict.unseen(err.message, err.hint)
	elseif not has then
		return fails("it has no AES keys, only RC4: its password is older than the domain's AES keys",
			("Reset-ComputerMachinePassword   # on %s"):format(h.short))
	end
	return holds "the KDC has AES keys for it"
end

return {
	{ name = "keys", of = "host", check = has_keys },
	{ name = "AES keys", of = "host", needs = { "account enabled", "account not expired", "keys" }, check = has_aes_keys },
	{ name = "encryption types", of = "host", check = takes_aes },
}
