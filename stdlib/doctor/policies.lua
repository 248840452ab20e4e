-- Authentication policies and silos (MS-KILE 3.3.5.6 and 3.3.5.7): which one holds for an account, and what it demands
-- of the machine from which he comes.
local codec = require "adsh.core.codec"
local verdict = require "adsh.doctor.verdict"

local policies = {}

local LEVEL_2012_R2 = 6 -- of the domain: MS-ADTS 6.1.4.3
local FROM = "msDS-UserAllowedToAuthenticateFrom"
local KIND = { user = "msDS-UserAuthNPolicy", computer = "msDS-ComputerAuthNPolicy" }

local function is_true(values)
	return values and tostring(type(values) == "table" and values[1] or values):upper() == "TRUE" or false
end

local function first(values)
	return type(values) == "table" and values[1] or values
end

local function name_of(dn)
	return dn:match "^[^=]+=([^,]*)"
end

-- A silo counts for those who are assigned to it and are among its members.
local function is_member(silo, dn)
	for _, one in ipairs(silo["msDS-AuthNPolicySiloMembers"] or {}) do
		if one:lower() == dn:lower() then
			return true
		end
	end
	return false
end

local function silo_of(dir, o)
	local dn = first(o["msDS-AssignedAuthNPolicySilo"])
	local silo = dn and dir:get(dn, { attributes = { "msDS-AuthNPolicySiloEnforced", "msDS-AuthNPolicySiloMembers",
		KIND.user, KIND.computer } })
	return silo and is_member(silo, o.dn) and silo or nil
end

local function read_policy(dir, dn)
	local p
	for e in dir:search { base = dn, scope = "base", attributes = { FROM, "msDS-AuthNPolicyEnforced" } } do
		p = { name = name_of(e.dn), from = (e[FROM] or {})[1], is_enforced = is_true(e["msDS-AuthNPolicyEnforced"]) }
	end
	return p
end

--- of(a): the policy that holds for the account a.facts of a.dir: { name=, silo=, from = descriptor, is_enforced= };
--- nil: none, or the domain is older than policies are.
function policies.of(a)
	if a.dir:info().domain_level < LEVEL_2012_R2 then
		return nil
	end
	local silo = silo_of(a.dir, a.facts)
	local dn = silo and first(silo[KIND.user])
	if not silo then
		dn = first(a.facts["msDS-AssignedAuthNPolicy"])
	end
	local p = dn and read_policy(a.dir, dn)
	if p and silo then
		p.silo, p.is_enforced = name_of(silo.dn), is_true(silo["msDS-AuthNPolicySiloEnforced"])
	end
	return p
end

-- ---- what it demands ----

-- The silo of which a machine has to be, where that is all that is asked; nil: it is something else.
local function silo_demanded(sddl)
	return (sddl:match '^[^(]*%(XA;[^;]*;[^;]*;;;WD;%(@USER%.ad://ext/AuthenticationSilo == "([^"]*)"%)%)$')
end

local function is_in_silo(host, name)
	local o = host.dir:get(host.object.dn, { attributes = { "msDS-AssignedAuthNPolicySilo" } })
	local silo = silo_of(host.dir, o)
	return silo and name_of(silo.dn):lower() == name:lower()
end

-- Those of the sources that are not what the policy demands; nil: that cannot be told from here.
local function outsiders(sddl, sources)
	local silo = silo_demanded(sddl)
	if not silo or #sources == 0 then
		return nil
	end
	local list = {}
	for _, host in ipairs(sources) do
		list[#list + 1] = host.object and not is_in_silo(host, silo) and host.label or nil
	end
	return list
end

local ARMOR = "Get-GPOReport -All -ReportType Xml | Select-String 'Kerberos armoring'   # must be on at the hosts"

--- verdict(p, a, sources): what the policy p means for a, when these hosts act for him.
function policies.verdict(p, a, sources)
	local what = ("authentication policy '%s'%s"):format(p.name, p.silo and (" of the silo '%s'"):format(p.silo) or "")
	if not p.from then
		return verdict.holds(what .. " requires nothing of the machine")
	end
	local sddl = codec.sddl(p.from)
	local list = outsiders(sddl, sources)
	if not p.is_enforced then
		return verdict.holds(("%s is only audited; it would require of the machine: %s"):format(what, sddl))
	elseif list and #list == 0 then
		return verdict.unseen(what .. " admits the user from the silo of the hosts; their tickets must say so",
			ARMOR)
	end
	local who = list and ("; these are not: %s"):format(table.concat(list, ", ")) or ""
	return verdict.fails(("%s admits the user only from machines that meet %s, also when they act for the "
		.. "user%s"):format(what,
		sddl, who), ("Set-ADUser '%s' -AuthenticationPolicy $null -AuthenticationPolicySilo $null%s"):format(a.label,
		"   # or use another account for this job"))
end

return policies
