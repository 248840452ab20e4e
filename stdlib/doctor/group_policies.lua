-- Conditions about what group policies do to the hosts of a job: who may log on over the network and as a service, and
-- who is left in local groups whose members they replace.
local domain_policies = require "adsh.doctor.domain_policies"
local host_policy = require "adsh.to_do.host_policy"
local local_groups = require "adsh.doctor.local_groups"
local result = require "adsh.gpo.result"
local raising = require "adsh.raising"
local verdict = require "adsh.doctor.verdict"

local holds, fails, hidden, unseen = verdict.holds, verdict.fails, verdict.hidden, verdict.unseen

-- ---- what applies ----

local function read(s, h)
	local reader = s:once("reader of policies", result.reader)
	return raising.try(result.of, reader, h.object, { addresses = function() return s:addresses(h) end })
end

-- What gpo.result gives; nil: it cannot be read, which the condition "group policies" tells.
local function policies(s, h)
	return s:once("policies of " .. h.object.dn, read, s, h)
end

local SHOW = "gpresult /S %s /SCOPE COMPUTER /R"

local function readable(s, h)
	local r, err = policies(s, h)
	local show = SHOW:format(h.fqdn or h.short)
	if not r or r.partial then
		return unseen(r and r.unseen[1] or err.message, show)
	elseif #r.unseen > 0 then
		return hidden(table.concat(r.unseen, "; "), show)
	end
	local n = #r.policies
	return holds(n == 0 and "no policy applies" or ("%d apply, '%s' wins"):format(n, r.policies[n].name))
end

local function right_of(r, name)
	for _, row in ipairs(r and r.rights or {}) do
		if row.right:lower() == name:lower() then
			return row
		end
	end
end

local function edit(row, title, what, h)
	return ("gpmc.msc   # '%s', User Rights Assignment, \"%s\": %s; then gpupdate /force on %s"):format(row.policy, title,
		what, h.fqdn or h.short)
end

-- ---- logging on over the network ----

-- Who does so at this host: those that reach it, who needs its share, and the administrator.
local function visitors(s, h)
	local list, seen = {}, {}
	local function add(who)
		if who and who.object and who ~= h and not seen[who] then
			seen[who] = true
			list[#list + 1] = who
		end
	end
	for _, p in ipairs(s:subjects "pair") do
		add(p.target == h and p.source)
	end
	for _, a in ipairs(s:subjects "access") do
		add(a.target == h and a.who)
	end
	add(s.administrator)
	return list
end

local NETWORK = { allow = "SeNetworkLogonRight", deny = "SeDenyNetworkLogonRight" }
local TITLES = {
	[NETWORK.allow] = "Access this computer from the network",
	[NETWORK.deny] = "Deny access to this computer from the network",
}
local MEMBERS = "Invoke-Command %s { Get-LocalGroupMember Administrators }"

local function names(list)
	local labels = {}
	for i, x in ipairs(list) do
		labels[i] = x.label
	end
	return table.concat(labels, ", ")
end

-- Those of list who are, and about whom only the host knows whether they are, among those of the right.
local function split(s, h, r, row, list)
	local yes, maybe, no, by = {}, {}, {}, nil
	for _, who in ipairs(list) do
		local token, is_controller = local_groups.token(s:token(who, h), h)
		local answer, name = local_groups.has(r, row, token, h, is_controller)
		table.insert(answer and yes or answer == nil and maybe or no, who)
		by = by or name
	end
	return yes, maybe, no, by
end

local function denied(s, h, r, row, list)
	local yes, maybe, _, by = split(s, h, r, row, list)
	if #yes > 0 then
		return fails(("the policy '%s' denies %s the logon over the network, by %s (%s): 0x80070569"):format(row.policy,
			names(yes), by, row.right), edit(row, TITLES[NETWORK.deny], "without " .. by, h))
	elseif #maybe > 0 then
		return hidden(("the policy '%s' denies %s the logon over the network; only the host knows whether %s belongs to it")
			:format(row.policy, table.concat(row.who, ", "), names(maybe)), MEMBERS:format(h.fqdn or h.short))
	end
end

local function allowed(s, h, r, row, list)
	local _, maybe, no = split(s, h, r, row, list)
	local who = #row.who > 0 and table.concat(row.who, ", ") or "nobody"
	if #no > 0 then
		return fails(("the policy '%s' lets only %s log on over the network, not %s (%s): 0x80070569"):format(row.policy, who,
			names(no), row.right), edit(row, TITLES[NETWORK.allow], "with " .. names(no), h))
	elseif #maybe > 0 then
		return hidden(("the policy '%s' lets only %s log on over the network; only the host knows whether %s belongs to them")
			:format(row.policy, who, names(maybe)), MEMBERS:format(h.fqdn or h.short))
	end
end

local function network_logon(s, h)
	local r, list = policies(s, h), visitors(s, h)
	if not r or #list == 0 then
		return nil
	end
	local deny, allow = right_of(r, NETWORK.deny), right_of(r, NETWORK.allow)
	return deny and denied(s, h, r, deny, list) or allow and allowed(s, h, r, allow, list)
		or holds((deny or allow) and "policies let them log on over the network" or "no policy restricts it")
end

-- ---- machines of Hyper-V log on as a service ----

local MACHINES = "S-1-5-83-0" -- NT VIRTUAL MACHINE\Virtual Machines
local AS_SERVICE = { [MACHINES] = true, ["S-1-1-0"] = true }

local function runs_machines(s, h)
	if not s.job.files then
		return true
	end
	for _, source in ipairs(s.lists.source) do
		if source == h then
			return true
		end
	end
	return false
end

local function service_logon(s, h)
	local r = runs_machines(s, h) and policies(s, h)
	local row = right_of(r, "SeServiceLogonRight")
	if not row then
		return nil
	end
	for _, sid in ipairs(row.sids) do
		if AS_SERVICE[sid] then
			return holds "virtual machines may log on as a service"
		end
	end
	return fails(("the policy '%s' removes SeServiceLogonRight from NT VIRTUAL MACHINE\\Virtual Machines: no "
		.. "virtual machine"
		.. " starts or arrives (0x80070569)"):format(row.policy), edit(row, "Log on as a service",
		"with NT VIRTUAL MACHINE\\Virtual Machines (S-1-5-83-0)", h))
end

-- ---- local groups whose members are replaced ----

local ADMINISTRATORS, HYPERV = local_groups.ADMINISTRATORS, local_groups.HYPERV_ADMINISTRATORS

-- Who has to be in one of these groups: { who=, groups= }.
local function needed(s, h)
	local list = {}
	if s.administrator and s.administrator.object then
		list[#list + 1] = { who = s.administrator, groups = { ADMINISTRATORS, HYPERV } }
	end
	for _, a in ipairs(s.job.local_accounts and s:subjects "access" or {}) do
		local is_account = a.source ~= h and not a.who.short
		list[#list + 1] = is_account and { who = a.who, groups = { ADMINISTRATORS } } or nil
	end
	for _, p in ipairs(s.job.local_hosts and s:subjects "pair" or {}) do
		local is_far = p.target == h and p.source.object and p.source.domain ~= h.domain
		list[#list + 1] = is_far and { who = p.source, groups = { ADMINISTRATORS } } or nil
	end
	return list
end

-- The row that replaces one of the groups without him; nil: none does, or he is in another of them.
local function shut_out(s, h, r, need)
	local token, row = local_groups.token(s:token(need.who, h), h), nil
	for _, group in ipairs(need.groups) do
		local m = local_groups.members(r, group, h.object.objectSid)
		local is_in = local_groups.member(m, token)
		if is_in then
			return nil
		end
		row = row or is_in == false and m.replaced_by or nil
	end
	return row
end

-- Those that preferences put into a group whose members security settings replace afterwards.
local function taken_out(s, h, r, who)
	local token = local_groups.token(s:token(who, h), h)
	for _, row in ipairs(r.groups) do
		local m = row.by == "preference" and row.action == "adds" and row.sid
			and local_groups.members(r, row.sid, h.object.objectSid)
		for _, sid in ipairs(m and row.sids or {}) do
			if token[sid] and m.replaced_by and local_groups.member(m, token) == false then
				return m.replaced_by
			end
		end
	end
end

local function all_shut_out(s, h, r)
	local row, list, seen = nil, {}, {}
	local function add(found, who)
		if found and not seen[who] then
			row, seen[who], list[#list + 1] = row or found, true, who
		end
	end
	for _, need in ipairs(needed(s, h)) do
		add(shut_out(s, h, r, need), need.who)
	end
	for _, who in ipairs(visitors(s, h)) do
		add(taken_out(s, h, r, who), who)
	end
	return row, list
end

local function options_for(list)
	local words = {}
	for i, who in ipairs(list) do
		words[i] = (who.short and "--for %s" or "--admins %s"):format(("%s@%s"):format(who.short
			or who.object.sAMAccountName, who.domain.name))
	end
	return table.concat(words, " ")
end

local function groups_kept(s, h)
	local r = runs_machines(s, h) and policies(s, h)
	if not r or #r.groups == 0 then
		return nil
	end
	local row, list = all_shut_out(s, h, r)
	if not row then
		return holds "policies keep the accounts that the job needs in local groups"
	end
	local members = #row.members > 0 and table.concat(row.members, ", ") or "nobody"
	return fails(("the policy '%s' replaces the members of %s by %s: %s cannot administer the host (0x80070005)"):format(
		row.policy, row.group, members, names(list)), host_policy.command({ h.object }, "--restricted " .. options_for(list))
		or ("gpmc.msc   # '%s', Restricted Groups, %s: with %s"):format(row.policy, row.group, names(list)))
end

return {
	{ name = "group policies", of = "host", check = readable },
	{ name = "network logon", of = "host", check = network_logon },
	{ name = "logon as a service", of = "host", check = service_logon },
	{ name = "local groups", of = "host", check = groups_kept },
	{ name = "delegation privilege", of = "domain", check = domain_policies.delegation_privilege },
}
