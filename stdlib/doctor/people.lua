-- Conditions about who does the job: whether others may act for him, and for anybody at all.
local delegation = require "adsh.delegation"
local directory = require "adsh.directory"
local hosts = require "adsh.hosts"
local raising = require "adsh.raising"
local verdict = require "adsh.doctor.verdict"

local holds, fails, hidden = verdict.holds, verdict.fails, verdict.hidden

-- A DC looks whether its own krbtgt is sensitive, and then makes no ticket that can be forwarded.
local function krbtgt(_, domain)
	local o = domain.dir:get("krbtgt", { want = "account" })
	if hosts.has_flag(o, "NOT_DELEGATED") then
		return fails("krbtgt is marked sensitive: no ticket of the domain can be forwarded, so nobody can be delegated",
			"Set-ADUser krbtgt -AccountNotDelegated $false")
	end
	return holds "not sensitive"
end

local function unnamed(s)
	return not s.administrator and hidden("who does it was not said, so nobody knows whether he can be delegated",
		"the same with --as ADMIN") or nil
end

local function found(s, a)
	local o, err = raising.try(function()
		return directory.for_name(a.name):get(a.name, { want = "account" })
	end)
	if not o then
		return fails(err.message, ("Get-ADUser -Filter \"Name -like '%s*'\""):format(a.name))
	end
	a.object, a.label, a.delegation = o, o.sAMAccountName, delegation.get(o)
	a.domain = s:domain_of(directory.for_name(a.name))
	return holds(o.dn)
end

local function enabled(_, a)
	if hosts.has_flag(a.object, "ACCOUNTDISABLE") then
		return fails("the account is disabled", ("Enable-ADAccount '%s'"):format(a.label))
	end
	return holds "enabled"
end

local function delegable(_, a)
	if a.delegation.protected_user then
		return fails("member of Protected Users: nobody may act for him, and he has no RC4 and no NTLM",
			("Remove-ADGroupMember 'Protected Users' '%s'   # or an account for this job"):format(a.label))
	elseif a.delegation.sensitive then
		return fails("marked sensitive: nobody may act for him (0x8009030E)",
			("Set-ADUser '%s' -AccountNotDelegated $false   # or an account for this job"):format(a.label))
	end
	return holds "neither sensitive nor in Protected Users"
end

return {
	{ name = "krbtgt", of = "domain", check = krbtgt },
	{ name = "administrator", of = "once", check = unnamed },
	{ name = "administrator found", of = "administrator", check = found },
	{ name = "administrator enabled", of = "administrator", needs = { "administrator found" }, check = enabled },
	{ name = "administrator can be delegated", of = "administrator", needs = { "administrator found" },
		check = delegable },
}
