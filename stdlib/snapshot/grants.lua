-- Who may act as whom in a domain, as a set: each has a key by which two states are compared.
local codec = require "adsh.core.codec"
local delegators = require "adsh.delegators"
local raising = require "adsh.raising"

local covers = raising(require "adsh.core.spn").covers

local grants = {}

local TARGETS = "msDS-AllowedToDelegateTo"
local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local UAC = "userAccountControl"
local DISABLED = codec.uac_bit "ACCOUNTDISABLE"

-- ---- who has which service principal name ----

--- owners(d, see): calls see(spn in lower case, sid, account) for each.
local function owners(d, see)
	for e in d.dir:search { filter = "(servicePrincipalName=*)", attributes = { "servicePrincipalName", "objectSid",
		"sAMAccountName" } } do
		local bytes = e:first "objectSid"
		local sid = bytes and codec.sid(bytes)
		for _, spn in ipairs(sid and e.servicePrincipalName or {}) do
			see(spn:lower(), sid, e)
		end
	end
end

-- The listed services of all accounts, and the names that stand for them.
local function mentioned(facts, dir)
	local list, seen, cover = {}, {}, {}
	for _, f in ipairs(facts) do
		for _, v in ipairs(f.targets) do
			list[#list + 1] = not seen[v:lower()] and v or nil
			seen[v:lower()] = true
		end
	end
	for i, c in ipairs(#list > 0 and covers(list, dir) or {}) do
		cover[list[i]:lower()] = c and c:lower() or nil
	end
	return cover
end

--- read(d): d.facts, and d.owner: service principal name -> SID; with old (the same domain of the other side) only of
--- names that are listed, and d.moved: names that another account has now, a list of { spn=, from=, to= }.
function grants.read(d, old)
	d.facts = delegators.all(d.dir)
	d.cover, d.owner, d.moved = mentioned(d.facts, d.dir), {}, {}
	local listed = {}
	for _, f in ipairs(d.facts) do
		for _, v in ipairs(f.targets) do
			listed[v:lower()] = true
			listed[d.cover[v:lower()] or v:lower()] = true
		end
	end
	owners(d, function(spn, sid, e)
		local before = old and old.owner[spn]
		d.owner[spn] = (not old or listed[spn]) and sid or nil
		if before and before ~= sid then
			table.insert(d.moved, { spn = spn, from = before, to = sid, dn = e.dn })
		end
	end)
	return d
end

-- ---- the set ----

local function add(set, key, g)
	g.key = key
	set[key] = g
end

local function add_constrained(set, d, f)
	local how = f.transition and "any" or "kerberos"
	for _, v in ipairs(f.targets) do
		local spn = v:lower()
		local owner = d.owner[spn] or d.owner[d.cover[spn] or ""]
		add(set, table.concat({ how, f.sid, spn, owner or "" }, "|"), { kind = how, source = f.sid, account = f.account,
			domain = d.domain, value = v, owner = owner, holder = f.dn, attribute = TARGETS })
	end
	if f.transition and #f.targets == 0 then
		add(set, "transition|" .. f.sid, { kind = "transition", source = f.sid, account = f.account, domain = d.domain,
			holder = f.dn, attribute = UAC })
	end
end

-- A disabled account gets no tickets.
local function may_act(d, sid)
	local who = d.side:who(sid)
	return not (who and who.uac and who.uac & DISABLED ~= 0)
end

local function add_resource_based(set, d, f)
	for _, sid in ipairs(f.sources) do
		if may_act(d, sid) then
			add(set, table.concat({ "resource", sid, f.sid }, "|"), { kind = "resource", source = sid, domain = d.domain,
				target = f.sid, value = f.account, holder = f.dn, attribute = SOURCES })
		end
	end
	for _, sid in ipairs(f.conditional) do
		local condition = f.conditions[sid] or ""
		add(set, table.concat({ "conditional", sid, f.sid, condition }, "|"), { kind = "conditional", source = sid,
			domain = d.domain, target = f.sid, value = f.account, condition = condition, holder = f.dn, attribute = SOURCES })
	end
end

--- of(d): what grants.read has read: key -> { kind = "unconstrained", "any", "kerberos", "transition", "resource" or
--- "conditional", source = SID, value = towards what, holder = the DN of the object that says so, attribute= }.
function grants.of(d)
	local set = {}
	for _, f in ipairs(d.facts) do
		if f.sid and not f.disabled then
			if f.unconstrained then
				add(set, "unconstrained|" .. f.sid, { kind = "unconstrained", source = f.sid, account = f.account,
					domain = d.domain, holder = f.dn, attribute = UAC })
			end
			add_constrained(set, d, f)
		end
		if f.sid then
			add_resource_based(set, d, f)
		end
	end
	return set
end

--- denials(d): whom descriptors keep from what they allow others: the same, kind = "denied".
function grants.denials(d)
	local set = {}
	for _, f in ipairs(d.facts) do
		for _, sid in ipairs(f.sid and #f.sources + #f.conditional > 0 and f.denied or {}) do
			add(set, table.concat({ "denied", sid, f.sid }, "|"), { kind = "denied", source = sid, domain = d.domain,
				target = f.sid, value = f.account, holder = f.dn, attribute = SOURCES })
		end
	end
	return set
end

return grants
