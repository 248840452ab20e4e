-- Conditions about who does the job: whether others may act for him, and for anybody at all.
local administrator = require "adsh.doctor.administrator"
local directory = require "adsh.directory"
local raising = require "adsh.raising"
local verdict = require "adsh.doctor.verdict"

local holds, fails, hidden = verdict.holds, verdict.fails, verdict.hidden

local function unnamed(s)
	return not s.administrator and hidden("no administrator was given, so it is not known whether this user can be "
		.. "delegated",
		"add --as ADMIN") or nil
end

local function found(s, a)
	local o, err = raising.try(function()
		return directory.for_name(a.name):get(a.name, { want = "account" })
	end)
	if not o then
		return fails(err.message, ("Get-ADUser -Filter \"Name -like '%s*'\""):format(a.name))
	end
	a.object, a.label, a.dir = o, o.sAMAccountName, directory.for_name(a.name)
	a.domain = s:domain_of(a.dir)
	return holds(o.dn)
end

local people = {
	{ name = "krbtgt", of = "domain", check = administrator.krbtgt },
	{ name = "administrator", of = "once", check = unnamed },
	{ name = "administrator found", of = "administrator", check = found },
}
return table.move(administrator.conditions, 1, #administrator.conditions, #people + 1, people)
