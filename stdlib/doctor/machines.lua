-- The condition that the machine at the host's address is the host: it takes a ticket that only the host's key opens.
local raising = require "adsh.raising"
local share = require "adsh.share"
local verdict = require "adsh.doctor.verdict"

local MODIFIED = -1765328384 + 41 -- KRB_AP_ERR_MODIFIED
local LOGON_FAILURE = 0xc000006d

local WORDS = "the machine at %s does not open a ticket for %s (0x80090322): DNS points to another machine, or "
	.. "the password of the host differs from the directory"

local function is_itself(s, h)
	if s:ports(h)[445] ~= "open" then
		return nil
	end
	local list, err = raising.try(share.list, h.fqdn)
	if list then
		return verdict.holds "it opens a ticket for the host"
	elseif err.code == MODIFIED or err.code == LOGON_FAILURE then
		return verdict.fails(WORDS:format(table.concat(s:addresses(h), ", "), h.label),
			("Test-ComputerSecureChannel -Repair   # on %s; or its record in DNS"):format(h.short))
	end
end

return {
	{ name = "machine", of = "host", needs = { "DNS", "account enabled", "keys", "AES keys", "encryption types",
		"SPN unique", "SPN covered" }, check = is_itself },
}
