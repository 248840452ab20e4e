-- What two states of a directory differ in, as far as it decides who may act as whom.
local codec = require "adsh.core.codec"
local filter = require "adsh.filter"
local grants = require "adsh.snapshot.grants"
local groups = require "adsh.snapshot.groups"
local printable = require "adsh.format.printable"
local raising = require "adsh.raising"
local trust = require "adsh.trust"

local diff = {}

local UAC = "userAccountControl"
local SENSITIVE = codec.uac_bit "NOT_DELEGATED"
local DISABLED = codec.uac_bit "ACCOUNTDISABLE"

local WORDS = {
	unconstrained = "may act as every user who signs in to it, towards any service",
	any = "may act as any user, without any action by that user, towards",
	kerberos = "may act as users who signed in to it with Kerberos, towards",
	transition = "may get tickets to itself for any user (protocol transition)",
	resource = "may act as any user towards every service of",
	conditional = "may, where a condition is met, act as any user towards every service of",
}

-- ---- rows ----

-- Widest first.
local RANK = { unconstrained = 1, any = 3, transition = 4, kerberos = 5, resource = 2, conditional = 6,
	denied = 7 }

local FIELDS = { "change", "domain", "account", "what", "towards", "attribute", "object", "written", "latest", "server",
	"remark" }

local function stamp(time)
	return time and os.date("!%Y-%m-%dT%H:%M:%SZ", time)
end

-- When and where what the row is about was written: the newer side knows.
local function date(x, r, member)
	local m = r.object and x.new:written(r.object, r.attribute, member)
	if m then
		r.written, r.server, r.latest = stamp(m.time), m.server, m.latest
	end
end

local function add(x, change, fields, member)
	local r = printable.ordered({ change = change }, FIELDS)
	for key, value in pairs(fields) do
		r[key] = value
	end
	r.towards = r.towards or {}
	date(x, r, member)
	table.insert(x[change], r)
	return r
end

local function name_of(x, sid, domain)
	local who = x.new:who(sid) or x.old:who(sid)
	if not who then
		return codec.wellknown(sid) or sid
	elseif who.domain:lower() ~= domain:lower() and sid:find "^S%-1%-5%-21%-" then
		return who.account .. "@" .. who.domain
	end
	return who.account
end

-- ---- who may act as whom ----

local function was_disabled(s, sid)
	local who = s:who(sid)
	return who and who.uac and who.uac & DISABLED ~= 0
end

-- Which attribute makes the difference: that of the grant, unless it was there and another thing stood in its way.
local function cause(x, g, other, spns)
	if was_disabled(other, g.source) then
		return UAC, (x.new:who(g.source) or {}).dn or g.holder
	elseif g.kind == "any" or g.kind == "kerberos" then
		local before = spns[g.source .. "|" .. g.value:lower()]
		if before and before.kind ~= g.kind then
			return UAC, g.holder
		elseif before and before.owner ~= g.owner then
			local who = x.new:who(g.owner or before.owner)
			return "servicePrincipalName", who and who.dn
		end
	end
	return g.attribute, g.holder
end

local function spn_grants(set)
	local spns = {}
	for _, g in pairs(set) do
		if g.kind == "any" or g.kind == "kerberos" then
			spns[g.source .. "|" .. g.value:lower()] = g
		end
	end
	return spns
end

local function towards(x, g)
	if g.kind ~= "any" and g.kind ~= "kerberos" then
		return g.value and (g.value:gsub("%$$", ""))
	elseif not g.owner then
		return g.value .. " (nobody has this name)"
	end
	local owner, host = name_of(x, g.owner, g.domain):gsub("%$$", ""), g.value:match "^[^/]+/([^/:.]+)" or ""
	return owner:lower() == host:lower() and g.value or ("%s (%s)"):format(g.value, owner)
end

local function remark(x, g, change)
	local crowd, parts = codec.crowd(g.source), {}
	parts[#parts + 1] = crowd and "that is everyone: " .. crowd or nil
	parts[#parts + 1] = g.condition and "if " .. (g.condition ~= "" and g.condition or "its groups are right") or nil
	if change == "widened" and not x.old:who(g.source) and x.new:who(g.source) then
		parts[#parts + 1] = "the account is new"
	elseif change == "narrowed" and not x.new:who(g.source) and x.old:who(g.source) then
		parts[#parts + 1] = "the account was deleted"
	end
	return #parts > 0 and table.concat(parts, "; ") or nil
end

-- Those of one that are not in the other, in rows: one for each source, kind and object that says so.
local function add_grants(x, change, set, without, other, spns, words)
	local rows, keys = {}, {}
	for key in pairs(set) do
		keys[#keys + 1] = not without[key] and key or nil
	end
	table.sort(keys, function(a, b)
		local one, other_one = RANK[set[a].kind], RANK[set[b].kind]
		return one < other_one or one == other_one and a < b
	end)
	for _, key in ipairs(keys) do
		local g = set[key]
		local attribute, object = cause(x, g, other, spns)
		local id = table.concat({ g.source, g.kind, attribute, object or "", g.condition or "" }, "|")
		rows[id] = rows[id] or add(x, change, { domain = g.domain, account = name_of(x, g.source, g.domain),
			what = words or WORDS[g.kind], attribute = attribute, object = object, remark = remark(x, g, change) })
		table.insert(rows[id].towards, towards(x, g))
	end
end

-- What is lost only because the same is allowed in a wider way now is no loss, and the other way round no gain.
local function drop_weaker(a, b)
	for key, g in pairs(a) do
		local same = g.kind == "kerberos" and table.concat({ "any", g.source, g.value:lower(), g.owner or "" }, "|")
		if same and b[same] then
			a[key] = nil
		end
	end
end

-- Who is no longer kept from what a descriptor still grants to others, and who is now.
local function compare_denials(x, o, n)
	local before, now, still = grants.denials(o), grants.denials(n), {}
	for _, f in ipairs(n.facts) do
		still[f.sid or ""] = #f.sources + #f.conditional > 0
	end
	for key, g in pairs(before) do
		before[key] = still[g.target] and g or nil
	end
	add_grants(x, "widened", before, now, x.old, {}, "is no longer denied delegation towards")
	add_grants(x, "narrowed", now, before, x.new, {}, "is now denied delegation towards")
end

local function compare_grants(x, o, n)
	local before, now = grants.of(o), grants.of(n)
	local spns_before, spns_now = spn_grants(before), spn_grants(now)
	drop_weaker(before, now)
	drop_weaker(now, before)
	add_grants(x, "widened", now, before, x.old, spns_before)
	add_grants(x, "narrowed", before, now, x.new, spns_now)
	return before, now
end

local function has_name(s, sid, spn)
	local who = s:who(sid)
	local d = who and s.by_name[who.domain:lower()]
	for e in d and d.dir:search { base = who.dn, scope = "base", attributes = { "servicePrincipalName" } }
		or function() end do
		for _, one in ipairs(e.servicePrincipalName or {}) do
			if one:lower() == spn then
				return true
			end
		end
	end
	return false
end

local function compare_names(x, n)
	table.sort(n.moved, function(a, b) return a.spn < b.spn end)
	for _, m in ipairs(n.moved) do
		if not has_name(x.old, m.to, m.spn) then
			local too = has_name(x.new, m.from, m.spn)
			add(x, "moved", { domain = n.domain, account = name_of(x, m.to, n.domain),
				what = (too and "has an SPN that %s also has:" or "has the SPN that %s had:"):format(
				name_of(x, m.from, n.domain)), towards = { m.spn }, attribute = "servicePrincipalName", object = m.dn })
		end
	end
end

-- ---- groups ----

local NOW = {
	administrators = "is in the administrative group", protected = "is in", crowd = "is in the broad group",
	named = "is in a group that may act as any user:",
}
local NO_MORE = {
	administrators = "is no longer in the administrative group", protected = "is no longer in",
	crowd = "is no longer in the broad group", named = "is no longer in a group that may act as any user:",
}

-- The SIDs in descriptors.
local function named(...)
	local sids = {}
	for _, set in ipairs { ... } do
		for _, g in pairs(set) do
			sids[g.source] = (g.kind == "resource" or g.kind == "conditional") and true or sids[g.source]
		end
	end
	return sids
end

local function add_members(x, change, d, g, list, without, words)
	local keys = {}
	for key in pairs(list) do
		keys[#keys + 1] = not without[key] and key or nil
	end
	table.sort(keys)
	for _, key in ipairs(keys) do
		local m = list[key]
		local top = name_of(x, g.sid, d.domain)
		local via = m.group.account ~= top and "through " .. m.group.account or nil
		add(x, change, { domain = d.domain, account = m.account or m.sid and name_of(x, m.sid, d.domain) or m.dn,
			what = words[g.what], towards = { top }, attribute = m.attribute, object = m.holder, remark = via },
			m.attribute == "member" and m.dn or nil)
	end
end

local function compare_groups(x, o, n, sids)
	for _, g in ipairs(groups.watched(n, sids)) do
		local before, now = groups.members(o, g), groups.members(n, g)
		local more, less = "widened", "narrowed"
		if g.what == "protected" then
			more, less = less, more
		end
		add_members(x, more, n, g, now, before, NOW)
		add_members(x, less, n, g, before, now, NO_MORE)
	end
end

-- ---- people who cannot be delegated ----

local function sensitive(d)
	local set = {}
	for e in d.dir:search { filter = filter.bits(UAC, SENSITIVE), attributes = { "objectSid" } } do
		set[codec.sid(e:first "objectSid")] = e.dn
	end
	return set
end

local function compare_sensitive(x, o, n)
	local before, now = sensitive(o), sensitive(n)
	for _, way in ipairs { { "widened", before, now, "can be delegated now: it is no longer sensitive" },
		{ "narrowed", now, before, "can no longer be delegated: it is sensitive" } } do
		local sids = {}
		for sid in pairs(way[2]) do
			sids[#sids + 1] = not way[3][sid] and x.new:who(sid) and sid or nil
		end
		table.sort(sids)
		for _, sid in ipairs(sids) do
			add(x, way[1], { domain = n.domain, account = name_of(x, sid, n.domain), what = way[4], attribute = UAC,
				object = x.new:who(sid).dn })
		end
	end
end

-- ---- trusts ----

local function trusts(d)
	local by_partner = {}
	for _, t in ipairs(trust.list(d.dir)) do
		by_partner[t.partner:lower()] = t
	end
	return by_partner
end

-- field, its value that lets more through, and words for both ways
local SWITCHES = {
	{ "tgt_delegation", true, "now allows TGT delegation over the trust with",
		"no longer allows TGT delegation over the trust with" },
	{ "selective_authentication", false, "now authenticates everyone (no selective authentication) from",
		"now authenticates selectively accounts of" },
	{ "quarantined", false, "now accepts SIDs of other domains (the trust is not quarantined) from",
		"now accepts only SIDs of the partner domain (the trust is quarantined) from" },
	{ "transitive", true, "now also trusts the domains trusted by", "no longer trusts the domains trusted by" },
}

local function add_trust(x, change, d, t, what, attribute)
	add(x, change, { domain = d.domain, account = d.domain, what = what, towards = { t.partner }, attribute = attribute,
		object = ("CN=%s,CN=System,%s"):format(codec.dn_escape(t.partner), d.base) })
end

local OPENS = { ["two-way"] = { inbound = true, outbound = true }, inbound = { inbound = true },
	outbound = { outbound = true }, disabled = {} }

local function compare_trust(x, n, before, now)
	for _, way in ipairs { "inbound", "outbound" } do
		local was, is = OPENS[before.direction][way], OPENS[now.direction][way]
		if was ~= is then
			add_trust(x, is and "widened" or "narrowed", n, now, ("%s %s trust with"):format(is and "now has an"
				or "no longer has an", way), "trustDirection")
		end
	end
	for _, s in ipairs(SWITCHES) do
		if before[s[1]] ~= now[s[1]] then
			local wider = now[s[1]] == s[2]
			add_trust(x, wider and "widened" or "narrowed", n, now, wider and s[3] or s[4], "trustAttributes")
		end
	end
end

local function compare_trusts(x, o, n)
	local before, now, all = trusts(o), trusts(n), {}
	for _, set in ipairs { before, now } do
		for partner in pairs(set) do
			all[#all + 1] = (set == before or not before[partner]) and partner or nil
		end
	end
	table.sort(all)
	for _, partner in ipairs(all) do
		local b, t = before[partner], now[partner]
		if not b then
			add_trust(x, "widened", n, t, ("has a new trust (%s, %s) with"):format(t.kind, t.direction), "trustDirection")
		elseif not t then
			add(x, "narrowed", { domain = n.domain, account = n.domain, what = "no longer has a trust with",
				towards = { b.partner } })
		else
			compare_trust(x, n, b, t)
		end
	end
end

-- ---- all ----

local function compare(x, o, n)
	grants.read(o)
	grants.read(n, o)
	local before, now = compare_grants(x, o, n)
	o.owner = {}
	compare_denials(x, o, n)
	compare_names(x, n)
	compare_groups(x, o, n, named(before, now))
	compare_sensitive(x, o, n)
	compare_trusts(x, o, n)
	return true
end

local function about(s)
	local names = {}
	for i, d in ipairs(s.domains) do
		names[i] = d.domain
	end
	return printable.ordered({ file = s.file, taken = s.taken, server = s.server, domains = names },
		{ "file", "taken", "server", "domains" })
end

--- between(old, new): sides. Gives { widened=, narrowed=, moved= lists of rows, missing = parts not compared, in
--- words, from=, to= what was compared }.
function diff.between(old, new)
	local x = { old = old, new = new, widened = {}, narrowed = {}, moved = {}, missing = { table.unpack(new.missing) } }
	for _, n in ipairs(new.domains) do
		local o = old.by_name[n.domain:lower()]
		local done, err
		if o then
			done, err = raising.try(compare, x, o, n)
		end
		if not done then
			table.insert(x.missing, ("%s: %s"):format(n.domain, err and err.message or "the older snapshot does not hold it"))
		end
	end
	for _, o in ipairs(new.file and old.domains or {}) do
		if not new.by_name[o.domain:lower()] then
			table.insert(x.missing, o.domain .. ": the newer snapshot does not hold it")
		end
	end
	return printable.ordered({ from = about(old), to = about(new), widened = x.widened, narrowed = x.narrowed,
		moved = x.moved, missing = x.missing }, { "from", "to", "widened", "narrowed", "moved", "missing" })
end

return diff
