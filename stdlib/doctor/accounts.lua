-- Conditions about the computer accounts themselves.
local hosts = require "adsh.hosts"
local verdict = require "adsh.doctor.verdict"

local holds, fails = verdict.holds, verdict.fails

local function found(_, h)
	if h.lost and h.lost.kind == "connect" then
		return verdict.blocking(h.lost.message, h.lost.hint)
	elseif h.lost then
		return fails(h.lost.message, "Get-ADComputer -Filter \"Name -like '*'\"")
	end
	return holds(h.object.dn)
end

local function enabled(_, h)
	if hosts.has_flag(h.object, "ACCOUNTDISABLE") then
		return fails("the account is disabled: no KDC issues a ticket to it or for it",
			("Enable-ADAccount -Identity '%s'"):format(h.object.dn))
	end
	return holds "enabled"
end

-- When it ends, as text that can be compared; nil: never.
local function end_of(o)
	local t = o.accountExpires
	return type(t) == "string" and t:match "^%d%d%d%d%-" and t or nil
end

local function current(_, h)
	local ends = end_of(h.object)
	if ends and ends <= os.date "!%Y-%m-%dT%H:%M:%SZ" then
		return fails("the account has expired, at " .. ends,
			("Clear-ADAccountExpiration -Identity '%s'"):format(h.object.dn))
	end
	return holds(ends and "until " .. ends or "does not expire")
end

return {
	{ name = "account found", of = "host", check = found },
	{ name = "account enabled", of = "host", check = enabled },
	{ name = "account not expired", of = "host", check = current },
}
