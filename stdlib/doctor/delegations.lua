-- Conditions about who may act for users towards whom: constrained delegation on the source, or resource-based
-- delegation on the target.
local hosts = require "adsh.hosts"
local lookup = require "adsh.core.lookup"
local raising = require "adsh.raising"
local verdict = require "adsh.doctor.verdict"

local holds, fails = verdict.holds, verdict.fails

local core = raising(require "adsh.core.delegation")

local TARGETS = "msDS-AllowedToDelegateTo"
local UNCONSTRAINED = "TRUSTED_FOR_DELEGATION"
local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"

-- ---- which of the two a pair goes by ----

local function listed(s, source)
	return s:once("listed " .. source.object.dn, function()
		local set = {}
		for _, v in ipairs(source.object[TARGETS] or {}) do
			set[v:lower()] = true
		end
		return set
	end)
end

-- What of the target's services the source does not list, and how many it lists.
local function lacking(s, p)
	local set, list, n = listed(s, p.source), {}, 0
	for _, spn in ipairs(s:services(p.target)) do
		local is_there = set[spn:lower()]
		list[#list + 1] = not is_there and spn or nil
		n = n + (is_there and 1 or 0)
	end
	return list, n
end

local function descriptor(target)
	return lookup.entry(target.object):first(SOURCES)
end

-- Is the source, or a group that it is in, among these SIDs?
local function names(s, p, list)
	local set = {}
	for _, sid in ipairs(s:sids(p.source)) do
		set[sid] = true
	end
	for _, sid in ipairs(list) do
		if set[sid] then
			return true
		end
	end
	return false
end

-- Does the target's descriptor say anything about the source, in favour of it or against it?
local function is_named(s, p)
	local bytes = descriptor(p.target)
	if not bytes then
		return false
	end
	local sources, _, more = raising.try(core.sources, bytes)
	return sources ~= nil and (names(s, p, sources) or names(s, p, more.conditional) or names(s, p, more.denied))
end

local function is_denied(s, p)
	local _, _, more = core.sources(descriptor(p.target))
	return names(s, p, more.denied)
end

-- "constrained", "resource-based" or "any service"; the last one only where the job may go by it
local function way(s, p)
	return s:once(p, function()
		local _, n = lacking(s, p)
		if s.job.any_service and hosts.has_flag(p.source.object, UNCONSTRAINED) then
			return "any service"
		elseif p.source.domain ~= p.target.domain then
			return "resource-based"
		end
		return (n == 0 and is_named(s, p)) and "resource-based" or "constrained"
	end)
end

-- Does a target of the source go by its list? One of which nothing is there yet lacks all of it, the mode with it.
local function uses_list(s, source)
	for _, p in ipairs(s:subjects "pair") do
		if p.source == source and p.target.object and way(s, p) == "constrained" then
			local _, n = lacking(s, p)
			if n > 0 then
				return true
			end
		end
	end
	return false
end

-- ---- on the source ----

local function not_unconstrained(s, h)
	if s.job.any_service then
		return nil
	elseif hosts.has_flag(h.object, UNCONSTRAINED) then
		return fails("it is trusted for delegation to any service: Credential Guard and forest trusts prevent that, "
			.. "and it grants far more than the job "
			.. "needs", verdict.call("delegation.set_mode", h.account, "any"), { "mode", h, "any" })
	end
	return holds "not trusted for any service"
end

local KERBEROS_ONLY = "it is set to Kerberos only: since Windows Server 2016 it then has no forwardable ticket "
	.. "(0x8009030E)"

local function transition(s, h)
	if not uses_list(s, h) then
		return nil
	elseif not hosts.has_flag(h.object, "TRUSTED_TO_AUTH_FOR_DELEGATION") then
		s.lacks_delegation[h.domain] = true
		return fails(KERBEROS_ONLY, verdict.call("delegation.set_mode", h.account, "any"), { "mode", h, "any" })
	end
	return holds "use of any authentication protocol"
end

-- ---- of a pair ----

local function constrained(s, p)
	if way(s, p) ~= "constrained" then
		return nil
	end
	local list = lacking(s, p)
	if #list > 0 then
		s.lacks_delegation[p.source.domain] = true
		return fails(("msDS-AllowedToDelegateTo of %s does not contain %s"):format(p.source.label, table.concat(list, ", ")),
			verdict.call("delegation.allow", p.source.account, list, { mode = "any" }), { "allow", p.source, list })
	end
	return holds("lists " .. table.concat(s.job.services, ", ") .. ": FQDN and short name")
end

local function allow_from(p)
	return verdict.call("delegation.allow_from", p.target.account, p.source.account), { "allow_from", p.target, p.source }
end

-- The whole list is written again by this, without entries that deny.
local DENIED = "Set-ADComputer '%s' -PrincipalsAllowedToDelegateToAccount (Get-ADComputer '%s')"

local function resource_based(s, p)
	if way(s, p) ~= "resource-based" then
		return nil
	end
	local bytes, where = descriptor(p.target), SOURCES .. " of " .. p.target.label
	local may, err = nil, nil
	if bytes then
		may, err = raising.try(core.may_act, bytes, s:sids(p.source))
	end
	if may then
		return holds(p.target.label .. " accepts it (resource-based)")
	elseif err then
		return fails(("%s is not a valid descriptor: %s"):format(where, err.message),
			DENIED:format(p.target.account, p.source.account))
	elseif bytes and is_denied(s, p) then
		return fails(where .. " denies it, whatever else it contains", DENIED:format(p.target.account, p.source.account))
	elseif is_named(s, p) then
		return fails(where .. " allows it under a condition only", allow_from(p))
	end
	return fails(where .. " does not list it", allow_from(p))
end

return {
	{ name = "not trusted for any service", of = "source", check = not_unconstrained },
	{ name = "protocol transition", of = "source", needs = { "not trusted for any service" }, check = transition },
	{ name = "constrained delegation", of = "pair", needs_target = { "dNSHostName" }, check = constrained },
	{ name = "resource-based delegation", of = "pair", needs_target = { "dNSHostName" }, check = resource_based },
}
