-- What stops one administrator: conditions about the account of who does a job, for whom a host has to act. Each is a
-- table as adsh.doctor.examine takes them, about a subject { object=, label=, name=, dir= }; only what is not yet known
-- of the account is read, once.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local hosts = require "adsh.hosts"
local raising = require "adsh.raising"
local verdict = require "adsh.doctor.verdict"

local holds, fails, unseen, hidden = verdict.holds, verdict.fails, verdict.unseen, verdict.hidden

local administrator = {}

local PROTECTED_USERS = codec.rid "Protected Users"
local OTHER = "   # or use another account for this job"

local ATTRIBUTES = {
	"userAccountControl", "msDS-User-Account-Control-Computed", "accountExpires", "lockoutTime", "logonHours",
	"userWorkstations", "primaryGroupID", "objectSid", "memberOf", "msDS-AssignedAuthNPolicy",
	"msDS-AssignedAuthNPolicySilo",
}

-- What is known of the account; more than a host's list of attributes has.
local function facts(a)
	if not a.facts then
		a.dir = a.dir or directory.for_name(a.name or a.object.dn)
		a.facts = a.dir:get(a.object.dn, { attributes = ATTRIBUTES })
	end
	return a.facts
end

local function is_samba(a)
	facts(a)
	return a.dir:info().samba
end

-- A flag that the domain controller computes; nil: it cannot be read.
local function computed(a, flag)
	local known = facts(a)["msDS-User-Account-Control-Computed"]
	if known then
		return known.value & codec.uac_bit(flag) ~= 0
	end
end

-- ---- whether anybody may act for him ----

local function sensitive(_, a)
	if hosts.has_flag(a.object, "NOT_DELEGATED") then
		return fails("marked sensitive: nobody may act for this user (0x8009030E)",
			("Set-ADUser '%s' -AccountNotDelegated $false%s"):format(a.label, OTHER))
	end
	return holds "not sensitive"
end

local function read_raw(dir, dn, attribute)
	local values
	for e in dir:search { base = dn, scope = "base", attributes = { attribute } } do
		values = e[attribute]
	end
	return values
end

-- The SIDs of the groups that are in his tickets, nil: they cannot be read.
local function groups_of(a)
	if a.groups == nil then
		local list = raising.try(read_raw, a.dir, a.object.dn, "tokenGroupsGlobalAndUniversal")
		a.groups = list and {} or false
		for i, bytes in ipairs(list or {}) do
			a.groups[i] = codec.sid(bytes)
		end
	end
	return a.groups or nil
end

local function has(list, wanted)
	for _, one in ipairs(list or {}) do
		if one:lower() == wanted:lower() then
			return true
		end
	end
	return false
end

-- The group through which he is in the group of this DN.
local function between(a, group)
	for _, o in ipairs(a.dir:find { filter = require "adsh.filter".all("(objectClass=group)",
		require "adsh.filter".eq("memberOf", group)), attributes = { "objectSid", "sAMAccountName" } }) do
		if has(groups_of(a), o.objectSid) then
			return o.sAMAccountName
		end
	end
end

-- How he is in Protected Users; nil: he is not.
local function protection(a)
	local o = facts(a)
	local sid = o.objectSid:match "^(.*)%-%d+$" .. "-" .. PROTECTED_USERS
	if o.primaryGroupID == PROTECTED_USERS then
		return "it is the primary group"
	end
	local group = raising.try(a.dir.get, a.dir, sid, { want = "group" })
	if group and has(o.memberOf, group.dn) then
		return "a member"
	elseif has(groups_of(a), sid) then
		local through = group and between(a, group.dn)
		return through and ("through the group '%s'"):format(through) or "through another group"
	end
end

local function protected(_, a)
	local how = protection(a)
	if not how then
		return holds "not in Protected Users"
	end
	local samba = is_samba(a) and "; the Samba of this domain lets hosts act for this user nevertheless, Windows "
		.. "does not" or ""
	return fails(("in Protected Users (%s): nobody may act for this user, and RC4 and NTLM are "
		.. "disabled%s"):format(how, samba),
		("Remove-ADGroupMember 'Protected Users' '%s'%s"):format(a.label, OTHER))
end

-- Both may be so, and each alone forbids it.
local function delegable(s, a)
	local one, other = sensitive(s, a), protected(s, a)
	if one.state == "fails" and other.state == "fails" then
		return fails(one.reason .. "; and " .. other.reason, one.fix)
	end
	return one.state == "fails" and one or other.state == "fails" and other
		or holds "neither sensitive nor in Protected Users"
end

-- ---- whether he may log in at all: a KDC gives no ticket for him otherwise ----

local function enabled(_, a)
	if hosts.has_flag(a.object, "ACCOUNTDISABLE") then
		return fails("the account is disabled", ("Enable-ADAccount '%s'"):format(a.label))
	end
	return holds "enabled"
end

local function unlocked(_, a)
	local is_locked = computed(a, "LOCKOUT")
	if is_locked then
		return fails("the account is locked out, since " .. tostring(facts(a).lockoutTime),
			("Unlock-ADAccount '%s'"):format(a.label))
	elseif is_locked == nil then
		return unseen("msDS-User-Account-Control-Computed cannot be read",
			("Get-ADUser '%s' -Properties LockedOut"):format(a.label))
	end
	return holds "not locked out"
end

-- When the account ends, as text that can be compared; nil: never.
local function end_of(o)
	local t = o.accountExpires
	return type(t) == "string" and t:match "^%d%d%d%d%-" and t or nil
end

local function current(_, a)
	local ends = end_of(facts(a))
	if ends and ends <= os.date "!%Y-%m-%dT%H:%M:%SZ" then
		return fails("the account has expired, at " .. ends, ("Clear-ADAccountExpiration '%s'"):format(a.label))
	end
	return holds(ends and "until " .. ends or "does not expire")
end

local function password(_, a)
	if computed(a, "PASSWORD_EXPIRED") then
		return fails("the password has expired or must be changed: no ticket is issued for this user",
			("Set-ADAccountPassword '%s' -Reset"):format(a.label))
	end
	return holds "the password has not expired"
end

local DAYS = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local WEEK = 7 * 24

-- Whether hour h of the week, from Sunday 00:00 UTC on, is one of those: MS-ADA1 2.376.
local function is_open(bytes, h)
	return bytes:byte(h // 8 + 1) >> h % 8 & 1 == 1
end

local function next_open(bytes, now)
	for i = 1, WEEK do
		local h = (now + i) % WEEK
		if is_open(bytes, h) then
			return ("from %s %02d:00 UTC on"):format(DAYS[h // 24 + 1], h % 24)
		end
	end
	return "never"
end

local function hours(_, a)
	local bytes = facts(a).logonHours
	if type(bytes) ~= "string" or #bytes * 8 < WEEK then
		return holds "at any hour"
	end
	local t = os.date "!*t"
	local now = (t.wday - 1) * 24 + t.hour
	if is_open(bytes, now) then
		return holds "at this hour"
	end
	return fails("the logon hours do not allow it now: " .. next_open(bytes, now),
		("Set-ADUser '%s' -Clear logonHours%s"):format(a.label, OTHER))
end

local function workstations(_, a)
	local list = facts(a).userWorkstations
	list = type(list) == "table" and table.concat(list, ",") or list
	if not list or list == "" then
		return holds "at any machine"
	end
	return hidden("the user may log in only at " .. list:gsub(",", ", "), ("Set-ADUser '%s' -LogonWorkstations "
		.. "$null%s"):format(
		a.label, OTHER))
end

-- ---- authentication policies and silos ----

local function policy(s, a)
	local policies = require "adsh.doctor.policies"
	facts(a)
	local p = policies.of(a)
	if not p then
		return holds "no authentication policy"
	end
	return policies.verdict(p, a, s.lists and s.lists.source or {})
end

--- krbtgt(scene, x): a DC looks whether its own krbtgt is sensitive, and then makes no ticket that can be forwarded.
--- x: with the directory in dir.
function administrator.krbtgt(_, x)
	local o = x.dir:get("krbtgt", { want = "account" })
	if hosts.has_flag(o, "NOT_DELEGATED") then
		local samba = x.dir:info().samba and "; the Samba of this domain ignores that, Windows does not" or ""
		return fails("krbtgt is marked sensitive: no ticket of the domain can be forwarded, so nobody can be delegated"
			.. samba, "Set-ADUser krbtgt -AccountNotDelegated $false")
	end
	return holds "not sensitive"
end

--- The conditions, about what examine calls "administrator".
administrator.conditions = {
	{ name = "administrator enabled", check = enabled },
	{ name = "administrator not locked out", check = unlocked },
	{ name = "administrator not expired", check = current },
	{ name = "administrator's password", check = password },
	{ name = "administrator's logon hours", check = hours },
	{ name = "administrator's workstations", check = workstations },
	{ name = "administrator can be delegated", check = delegable },
	{ name = "administrator's policy", check = policy },
	{ name = "administrator's groups", check = function(s, a)
		facts(a)
		return require "adsh.doctor.token_readers".verdict(a, s.lists and s.lists.source or {})
	end },
}

for _, c in ipairs(administrator.conditions) do
	c.of = "administrator"
	c.needs = { "administrator found" }
end

--- scene(name, sources): what the conditions look at, for one account and names of hosts that act for him.
local function scene(name, sources)
	local dir = directory.for_name(name)
	local o = dir:get(name, { want = "account" })
	local subject = { object = o, label = o.sAMAccountName, name = name, dir = dir }
	local s = { lists = { administrator = { subject }, source = {} } }
	for i, source in ipairs(sources) do
		local home = directory.for_name(source)
		local host = home:get(source, { want = "computer" })
		s.lists.source[i] = { object = host, label = host.sAMAccountName, dir = home }
	end
	function s.subjects(_, of)
		return s.lists[of]
	end
	return s
end

--- rows(name[, sources]): the rows about an account: condition, subject, state, reason, fix. sources: names of hosts.
function administrator.rows(name, sources)
	local list = { { name = "krbtgt", of = "administrator", check = administrator.krbtgt } }
	table.move(administrator.conditions, 1, #administrator.conditions, 2, list)
	return require "adsh.doctor.examine".run(scene(name, sources or {}), list)
end

return administrator
