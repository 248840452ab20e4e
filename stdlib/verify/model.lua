-- What a KDC answers when a host asks for a ticket on behalf of a user: S4U2Self, then S4U2Proxy (MS-SFU 3.2.5). Works
-- on a state (adsh.verify.state) and asks nobody. It judges what a new ticket-granting ticket gives: who was put into a
-- group has to log in again.
local codec = require "adsh.core.codec"
local core = require "adsh.core.delegation"
local descriptor = require "adsh.verify.descriptor"
local differences = require "adsh.verify.differences"
local services = require "adsh.verify.services"
local state = require "adsh.verify.state"

local model = {}

local bit = codec.uac_bit
local DISABLED, SENSITIVE = bit "ACCOUNTDISABLE", bit "NOT_DELEGATED"
local UNCONSTRAINED, TRANSITION = bit "TRUSTED_FOR_DELEGATION", bit "TRUSTED_TO_AUTH_FOR_DELEGATION"

local UAC, TARGETS, SPNS = "userAccountControl", "msDS-AllowedToDelegateTo", "servicePrincipalName"
local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"

model.differences = differences

-- True when Samba's way counts; noted, as the other KDC may answer something else here. c.turned: the difference in
-- which the other one's way is taken.
local function as_samba(c, difference)
	c.touched[difference] = true
	return c.samba ~= (c.turned == difference)
end

local function verdict(works, rule, o)
	return { works = works, rule = rule, object = o.object, attributes = o.attributes or {}, reason = o.reason,
		section = o.section, via = o.via }
end

local function granted(rule, o)
	return verdict(true, rule, o)
end

local function stopped(rule, o)
	return verdict(false, rule, o)
end

-- As the source's domain calls it.
local function label(c, a)
	return a.account .. (a.domain:lower() == c.source.domain:lower() and "" or "@" .. a.domain)
end

local function flag(a, name)
	return ("%s: %s (0x%x)"):format(UAC, name, bit(name)), a
end

-- ---- who may take part ----

-- An account that cannot log in gets no ticket, and none is given on its behalf (MS-KILE 3.3.5.7.1).
local function barred(a, who)
	if a.uac & DISABLED ~= 0 then
		return stopped(who .. " disabled", { object = a.account, attributes = { (flag(a, "ACCOUNTDISABLE")) },
			reason = a.account .. " is disabled", section = "MS-KILE 3.3.5.7.1" })
	elseif a.locked then
		return stopped(who .. " locked", { object = a.account, attributes = { "lockoutTime" },
			reason = a.account .. " is locked out", section = "MS-KILE 3.3.5.7.1" })
	elseif a.expired then
		return stopped(who .. " expired", { object = a.account, attributes = { "accountExpires" },
			reason = a.account .. " has expired", section = "MS-KILE 3.3.5.7.1" })
	end
end

-- Tickets for an account that is no service are made with the key that the client brings (MS-KILE 3.3.5.1.1): a user
-- without a name of a service cannot be the source.
local function no_service(a)
	return not a.computer and #a.spns == 0 and stopped("no service", { object = a.account, attributes = { SPNS },
		reason = a.account .. " is a user without service principal names: nobody gets a ticket for it",
		section = "MS-KILE 3.3.5.1.1" })
end

local function path(c, from, to)
	from, to = from:lower(), to:lower()
	return from == to and { open = true, two_way = true, words = "the same domain" } or c.state.paths[from .. " " .. to]
		or { words = "the trusts between the two are not known" }
end

-- S4U2Self for a user of another domain goes there and comes back (MS-SFU 3.1.5.1.1.1).
local function stranger(c)
	local way = path(c, c.user.domain, c.source.domain)
	if c.user.domain:lower() == c.source.domain:lower() then
		return nil
	elseif as_samba(c, "abroad") and c.evidence == "self" or not way.open or c.evidence == "self" and not way.two_way then
		return stopped("user of another domain", { object = c.user.account, attributes = { "trustDirection" },
			reason = ("%s is of %s, the source of %s: %s"):format(c.user.account, c.user.domain, c.source.domain, way.words),
			section = "MS-SFU 3.1.5.1.1.1" })
	end
end

-- ---- whose the service is ----

local function names_of(list)
	local names = {}
	for i, a in ipairs(list) do
		names[i] = a.account
	end
	table.sort(names)
	return table.concat(names, ", ")
end

-- MS-KILE 3.3.5.1.1: the account of the service, of which there has to be exactly one. Sets c.target.
local function find_target(c)
	if (services.class(c.spn) or ""):find " " and as_samba(c, "spaces") then
		return stopped("no such service", { object = c.spn, attributes = { SPNS },
			reason = "Samba's KDC does not find service classes with a space in them", section = "MS-KILE 3.3.5.1.1" })
	end
	local list = services.owners(c.state, c.spn, c.source.domain, function(name) return as_samba(c, name) end)
	if #list == 0 then
		return stopped("no such service", { object = c.spn, attributes = { SPNS },
			reason = ("no account has %s, or an SPN that covers it"):format(c.spn), section = "MS-KILE 3.3.5.1.1" })
	elseif #list > 1 then
		return stopped("service not unique", { object = c.spn, attributes = { SPNS },
			reason = ("%s belongs to %d accounts: %s"):format(c.spn, #list, names_of(list)), section = "MS-KILE 3.3.5.1.1" })
	end
	c.target = list[1]
	return nil
end

-- ---- the user's ticket to the source ----

local function not_forwardable(a, o)
	return stopped("not forwardable", { object = a.account, attributes = o.attributes, reason = o.reason,
		section = o.section or "MS-KILE 3.3.5.1" })
end

local function krbtgt_is_sensitive(c, domain)
	local d = c.state.domains[domain:lower()]
	return d and (d.krbtgt or 0) & SENSITIVE ~= 0
end

local function sensitive(c)
	local u = c.user
	if u.uac & SENSITIVE ~= 0 then
		return not_forwardable(u, { attributes = { (flag(u, "NOT_DELEGATED")) },
			reason = u.account .. " is sensitive and cannot be delegated" })
	elseif state.is_protected(c.state, u) and (c.evidence == "ticket" or not as_samba(c, "protected")) then
		return not_forwardable(u, { attributes = { "member of Protected Users" },
			reason = u.account .. " is in Protected Users, so nobody may act for this user" })
	end
end

-- The source's own ticket-granting ticket, or its account, forbids it.
local function source_forbids(c)
	local s = c.source
	if s.uac & SENSITIVE ~= 0 then
		return not_forwardable(s, { attributes = { (flag(s, "NOT_DELEGATED")) },
			reason = s.account .. " itself is marked sensitive: no ticket for it may be passed on" })
	elseif c.evidence == "self" and state.is_protected(c.state, s) then
		return not_forwardable(s, { attributes = { "member of Protected Users" },
			reason = s.account .. " itself is in Protected Users: its tickets may not be passed on" })
	end
end

local function krbtgt_forbids(c)
	local domain = c.evidence == "self" and c.source.domain or c.user.domain
	if krbtgt_is_sensitive(c, domain) and not as_samba(c, "krbtgt") then
		return not_forwardable({ account = "krbtgt" }, { attributes = { (flag(nil, "NOT_DELEGATED")) },
			reason = ("krbtgt of %s is marked sensitive: no ticket of the domain may be passed on"):format(domain) })
	end
end

-- MS-SFU 3.2.5.1.2: what the source got for itself may be passed on with protocol transition. Without it, and without
-- a list, it may, too, but then only resource-based delegation is left, which does not ask for that.
local function no_transition(c)
	local s = c.source
	if c.evidence ~= "self" or s.uac & TRANSITION ~= 0 or #s.targets == 0 and not as_samba(c, "empty") then
		return nil
	end
	return not_forwardable(s, { attributes = { UAC .. ": no TRUSTED_TO_AUTH_FOR_DELEGATION (0x1000000)" },
		reason = ("%s has no protocol transition (\"Kerberos only\"): a ticket that it requests itself may not be passed on")
			:format(s.account), section = "MS-SFU 3.2.5.1.2" })
end

local function ticket_stop(c)
	return sensitive(c) or krbtgt_forbids(c) or source_forbids(c) or no_transition(c)
end

-- ---- what lets the source through ----

-- MS-SFU 3.2.5.2.1. The name in the list is compared as it was asked for.
local function constrained(c)
	local from, v = c.source, state.listed(c.state, c.source)[c.spn:lower()]
	if not v then
		return stopped("not allowed", { object = from.account, attributes = { TARGETS }, section = "MS-SFU 3.2.5.2.1",
			reason = from.account .. (#from.targets == 0 and " has no list of services" or " does not list " .. c.spn) })
	elseif c.target.domain:lower() ~= from.domain:lower() then
		return stopped("other domain", { object = from.account, attributes = { TARGETS .. ": " .. v },
			reason = ("%s lists %s, which is of %s: such a list does not cross domains"):format(from.account, v,
				c.target.domain), section = "MS-SFU 3.2.5.2.1" })
	end
	return granted("constrained", { object = from.account, attributes = { TARGETS .. ": " .. v },
		reason = ("%s lists %s"):format(from.account, v), section = "MS-SFU 3.2.5.2.1" })
end

local function within(list, token)
	local found = {}
	for _, sid in ipairs(list or {}) do
		found[#found + 1] = token[sid]
	end
	return found
end

-- The source's groups as the KDC sees them: SID -> group.
local function groups_of(c)
	local named, all = state.groups_of(c.state, c.source), state.groups_of(c.state, c.source, state.is_any)
	for sid in pairs(all) do
		if not named[sid] then
			return as_samba(c, "local") and all or named
		end
	end
	return named
end

-- The source by the ticket it has: SIDs, and what each is called.
local function token_of(c)
	local sids, names = { c.source.sid }, { [c.source.sid or ""] = c.source.account }
	for sid, g in pairs(groups_of(c)) do
		sids[#sids + 1] = sid
		names[sid] = type(g) == "table" and g.account or sid
	end
	return sids, names
end

local function by_group(c, bytes, names)
	local list = {}
	for sid, name in pairs(names) do
		if sid ~= c.source.sid and core.may_act(bytes, { sid }) then
			list[#list + 1] = name
		end
	end
	table.sort(list)
	return list
end

local function accepted(c, bytes, names)
	local t = label(c, c.target)
	local everybody = core.may_act(bytes, {})
	local own = not everybody and core.may_act(bytes, { c.source.sid })
	local groups = not own and not everybody and by_group(c, bytes, names) or {}
	local who = own and c.source.account or groups[1] and table.concat(groups, ", ")
	return granted(own and "resource-based" or "resource-based by group", { object = t,
		attributes = { ("%s: %s"):format(SOURCES, who or "everybody") }, via = groups[1] and groups or nil,
		reason = not groups[1] and ("%s accepts delegation by %s"):format(t, who or "everybody")
			or ("%s accepts delegation by %s, which contains %s"):format(t, who, c.source.account),
		section = "MS-SFU 3.2.5.2.3" })
end

local function refused(c, bytes, names)
	local t = label(c, c.target)
	local sources, odd, more = core.sources(bytes)
	if not sources then
		return stopped("not allowed", { object = t, attributes = { SOURCES },
			reason = ("%s has a descriptor that is not valid: %s"):format(t, odd.message), section = "MS-SFU 3.2.5.2.3" })
	end
	local let, denied, maybe = within(sources, names), within(more.denied, names), within(more.conditional, names)
	local reason = ("%s does not accept delegation by %s"):format(t, c.source.account)
	if #denied > 0 or #let > 0 then
		reason = ("%s has an entry that denies it to %s"):format(t, denied[1] or "everybody")
	elseif #maybe > 0 then
		reason = ("%s accepts delegation by %s only under a condition, which is not judged here"):format(t, maybe[1])
	end
	return stopped(#denied > 0 and "denied" or "not allowed", { object = t, attributes = { SOURCES }, reason = reason,
		section = "MS-SFU 3.2.5.2.3" })
end

local function parts_of(c, bytes)
	local known = state.index(c.state).plain
	if not known[bytes] then
		local objects, owner = descriptor.parts(bytes)
		known[bytes] = { objects = objects or false, owner = owner or false }
	end
	return known[bytes]
end

-- The descriptor as the KDC sees it.
local function descriptor_of(c)
	local bytes = c.target.descriptor
	if bytes and parts_of(c, bytes).objects and as_samba(c, "objects") then
		bytes = parts_of(c, bytes).objects
	end
	if bytes and parts_of(c, bytes).owner and as_samba(c, "owner") then
		bytes = parts_of(c, bytes).owner
	end
	return bytes
end

-- MS-SFU 3.2.5.2.3: an access check with who the source is by its ticket. Across trusts both directions are needed.
local function resource_based(c)
	local t, bytes = c.target, descriptor_of(c)
	if not bytes then
		return stopped("not allowed", { object = label(c, t), attributes = { SOURCES },
			reason = label(c, t) .. " accepts delegation by nobody", section = "MS-SFU 3.2.5.2.3" })
	end
	local sids, names = token_of(c)
	if not core.may_act(bytes, sids) then
		return refused(c, bytes, names)
	end
	local way = path(c, c.source.domain, t.domain)
	local abroad = c.source.domain:lower() ~= t.domain:lower()
	if abroad and (as_samba(c, "abroad") or not way.two_way) then
		return stopped("trust", { object = label(c, t), attributes = { "trustDirection" },
			reason = ("%s accepts delegation by %s, but it is in another domain: %s"):format(label(c, t), c.source.account,
				way.words), section = "MS-SFU 3.2.5.2.3" })
	end
	return accepted(c, bytes, names)
end

-- A ticket of S4U2Self that is not forwardable does for it, unless the user is one whom nobody may act for
-- (MS-SFU 3.1.5.2.1).
local function suffices(c)
	return c.evidence == "self" and not sensitive(c) and not as_samba(c, "evidence")
end

-- The source gets the user's own ticket-granting ticket along (MS-KILE 3.3.5.1, OK-AS-DELEGATE).
local function unconstrained(c)
	local s = c.source
	return c.evidence == "ticket" and s.uac & UNCONSTRAINED ~= 0 and granted("unconstrained", { object = s.account,
		attributes = { (flag(s, "TRUSTED_FOR_DELEGATION")) },
		reason = s.account .. " is trusted for delegation to any service", section = "MS-KILE 3.3.5.1" })
end

local function both_refuse(listed, accepts)
	local decides = accepts.rule ~= "not allowed" and accepts or listed.rule ~= "not allowed" and listed
	return stopped(decides and decides.rule or "not allowed", {
		object = decides and decides.object or listed.object .. ", " .. accepts.object,
		attributes = decides and decides.attributes or { TARGETS, SOURCES },
		reason = ("%s, and %s"):format(listed.reason, accepts.reason), section = (decides or listed).section })
end

-- ---- all of it ----

local function policy(c)
	local listed, accepts, stop = constrained(c), resource_based(c), ticket_stop(c)
	local open = not stop and unconstrained(c)
	if listed.works and not stop then
		return listed
	elseif accepts.works and (not stop or suffices(c)) then
		return accepts
	elseif open then
		return open
	elseif listed.works or accepts.works or c.source.uac & UNCONSTRAINED ~= 0 and c.evidence == "ticket" then
		return stop
	end
	local r = both_refuse(listed, accepts)
	r.besides = stop and not suffices(c) and stop.reason or nil
	return r
end

local function missing(name, what)
	return stopped("no such " .. what, { object = name, reason = ("there is no %s %s"):format(what, name) })
end

local function one(s, evidence, turned, user, source, spn)
	local c = { state = s, samba = s.dialect == "samba", turned = turned, evidence = evidence, user = user,
		source = source, spn = spn, touched = {} }
	local r = barred(source, "source") or no_service(source) or barred(user, "user")
		or stranger(c) or find_target(c) or policy(c)
	return r, c.touched
end

local function account(s, x)
	return type(x) == "table" and x or state.find(s, x)
end

-- The answer, and by which differences the other KDC gives another one.
local function answer(s, evidence, user, source, spn)
	local r, touched = one(s, evidence, nil, user, source, spn)
	r.differs = {}
	for name in pairs(touched) do
		if one(s, evidence, name, user, source, spn).works ~= r.works then
			table.insert(r.differs, name)
		end
	end
	table.sort(r.differs)
	return r
end

--- ask(s, user, source, spn): whether the KDC gives the source a ticket for the service, on behalf of the user: works,
--- rule, object (who decides), attributes (of it), reason in words, section (of MS-SFU or MS-KILE), via (groups),
--- besides (what would stop it, too), differs: the differences (model.differences) by which the other KDC answers
--- otherwise. own_ticket: the same for a user who came with Kerberos. user and source: accounts of s, or what
--- state.find takes.
function model.ask(s, user, source, spn)
	local u, from = account(s, user), account(s, source)
	if not u or not from then
		return missing(tostring(u and source or user), u and "source" or "user")
	end
	local r = answer(s, "self", u, from, spn)
	r.own_ticket = answer(s, "ticket", u, from, spn)
	return r
end

--- level(s, user, source, spn): 2 when the source gets it with its own key alone, 1 when only for a user who came with
--- Kerberos, 0; and the verdict that decides that.
function model.level(s, user, source, spn)
	local own = one(s, "self", nil, user, source, spn)
	local ticket = not own.works and one(s, "ticket", nil, user, source, spn)
	return own.works and 2 or ticket.works and 1 or 0, ticket and ticket.works and ticket or own
end

--- owners(s, spn, domain): the accounts that have the name for a host of that domain, or the one that stands for it;
--- and which it was.
function model.owners(s, spn, domain)
	return services.owners(s, spn, domain, function() return s.dialect == "samba" end)
end

return model
