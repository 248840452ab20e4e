-- What a KDC looks at in the directory, as a plain table: nothing here asks anybody. adsh.verify.reading fills it.
--
--   accounts[dn in lower case] = { account=, dn=, guid=, sid=, domain=, uac=, spns={}, targets={}, descriptor= (bytes),
--       primary_group = RID, computer=, names = { short, DNS name }, expired=, locked= }
--   groups[dn in lower case] = { account=, dn=, guid=, sid=, domain=, scope= "global", "universal", "domainlocal" or
--       "builtin", security=, members = { dn, ... } }
--   domains[name in lower case] = { domain=, sid=, krbtgt = userAccountControl }
--   aliases[class in lower case] = the class that stands for it, by sPNMappings
--   paths["source target"], domains in lower case = { open=, two_way=, words= }: see trust.between
--   dialect = "windows" or "samba": whose KDC it is
local codec = require "adsh.core.codec"
local text = require "adsh.core.text"

local state = {}

--- new(fields): a state with what is given; the rest is empty.
function state.new(fields)
	local s = { accounts = {}, groups = {}, domains = {}, aliases = {}, paths = {}, dialect = "windows" }
	for key, v in pairs(fields or {}) do
		s[key] = v
	end
	return s
end

local function add(list, o)
	list[o.dn:lower()] = o
	return o
end

function state.add_account(s, a)
	return add(s.accounts, a)
end

function state.add_group(s, g)
	return add(s.groups, g)
end

-- ---- finding ----

local indexes = setmetatable({}, { __mode = "k" })

local function put(index, key, o)
	if key and key ~= "" then
		key = key:lower()
		index[key] = index[key] or {}
		table.insert(index[key], o)
	end
end

-- A member that is a SID: of another forest, or one that stands for many.
local function member_key(dn)
	return dn:match "^[Cc][Nn]=(S%-1%-[%d-]+),[Cc][Nn]=ForeignSecurityPrincipals," or dn
end

local function make_index(s)
	local index = { by_name = {}, by_sid = {}, by_spn = {}, by_guid = {}, by_host = {}, within = {},
		groups = {}, listed = {}, plain = {} }
	for _, a in pairs(s.accounts) do
		put(index.by_name, a.account, a)
		put(index.by_sid, a.sid, a)
		put(index.by_guid, a.guid, a)
		put(index.by_host, a.computer and a.dn:match "^[Cc][Nn]=([^,]+)", a)
		local seen = {}
		for _, spn in ipairs(a.spns) do
			if not seen[spn:lower()] then
				put(index.by_spn, spn, a)
			end
			seen[spn:lower()] = true
		end
	end
	for _, g in pairs(s.groups) do
		put(index.by_name, g.account, g)
		put(index.by_sid, g.sid, g)
		put(index.by_guid, g.guid, g)
		for _, dn in ipairs(g.members) do
			put(index.within, member_key(dn), g)
		end
	end
	return index
end

--- index(s): tables of lists, keys in lower case: by_name, by_sid, by_spn, by_guid, by_host (the cn of computers) and
--- within (DN or SID of a member -> groups); in the others is what was computed once. It is made once: a state is not
--- edited afterwards, see state.with.
function state.index(s)
	indexes[s] = indexes[s] or make_index(s)
	return indexes[s]
end

local function of_domain(list, domain)
	for _, o in ipairs(list or {}) do
		if not domain or o.domain:lower() == domain:lower() then
			return o
		end
	end
end

--- listed(s, a): the account's list of services: name in lower case -> as it is written.
function state.listed(s, a)
	local index = state.index(s)
	if not index.listed[a] then
		local set = {}
		for _, v in ipairs(a.targets) do
			set[v:lower()] = v
		end
		index.listed[a] = set
	end
	return index.listed[a]
end

--- find(s, name[, domain]): an account: its DN, "host01", "HOST01$", "user01@alpha.test"; nil: not in the state.
function state.find(s, name, domain)
	local plain, realm = name:match "^([^@]+)@(.+)$"
	local index = state.index(s)
	local key = (plain or name):lower()
	local found = s.accounts[name:lower()] or of_domain(index.by_name[key], realm or domain)
		or of_domain(index.by_name[key .. "$"], realm or domain)
	return found and found.spns and found
end

-- ---- groups ----

local function primary_of(s, a)
	local domain = s.domains[a.domain:lower()]
	return a.primary_group and domain and domain.sid and ("%s-%d"):format(domain.sid, a.primary_group)
end

-- Adds a group and those it is in; wanted(g): does it count?
local function climb(s, g, groups, wanted)
	if groups[g.sid] or not g.security or not wanted(g) then
		return
	end
	groups[g.sid] = g
	for _, key in ipairs { g.dn:lower(), g.sid:lower() } do
		for _, parent in ipairs(state.index(s).within[key] or {}) do
			climb(s, parent, groups, wanted)
		end
	end
end

--- is_in_ticket(g): does a ticket-granting ticket name it? Those that are global or universal (MS-PAC 4.1.2.2).
function state.is_in_ticket(g)
	return g.scope == "global" or g.scope == "universal"
end

--- is_any(g): every group.
function state.is_any()
	return true
end

local function find_groups(s, a, index, wanted)
	local groups, primary = {}, primary_of(s, a)
	for _, key in ipairs { a.dn:lower(), (a.sid or ""):lower() } do
		for _, g in ipairs(index.within[key] or {}) do
			climb(s, g, groups, wanted)
		end
	end
	for _, g in ipairs(primary and index.by_sid[primary:lower()] or {}) do
		climb(s, g, groups, wanted)
	end
	if primary then
		groups[primary] = groups[primary] or true
	end
	return groups
end

--- groups_of(s, a[, wanted]): SID -> group, of all security groups that the account is in, directly or not. wanted:
--- which count, is_in_ticket (default) or is_any. The primary group is there by its SID even when the state does not
--- have it: then the value is true.
function state.groups_of(s, a, wanted)
	local index = state.index(s)
	wanted = wanted or state.is_in_ticket
	local known = index.groups[wanted] or setmetatable({}, { __mode = "k" })
	index.groups[wanted] = known
	known[a] = known[a] or find_groups(s, a, index, wanted)
	return known[a]
end

local function has_rid(groups, s, a, rid)
	local domain = s.domains[a.domain:lower()]
	return domain ~= nil and domain.sid ~= nil and groups[("%s-%d"):format(domain.sid, rid)] ~= nil
end

--- is_protected(s, a): is it in Protected Users?
function state.is_protected(s, a)
	return has_rid(state.groups_of(s, a), s, a, codec.rid "Protected Users")
end

-- ---- with a plan applied ----

local function lower_set(list)
	local set = {}
	for _, v in ipairs(list) do
		set[v:lower()] = true
	end
	return set
end

-- The values with what the edit adds and without what it removes.
local function edited(values, e)
	local before, after, list = lower_set(e.before), lower_set(e.after), {}
	local has = {}
	for _, part in ipairs { values, e.after } do
		for _, v in ipairs(part) do
			local key = v:lower()
			if not has[key] and (after[key] or part == values and not before[key]) then
				has[key] = true
				list[#list + 1] = v
			end
		end
	end
	return list
end

local function number_of(v)
	return v and math.tointeger(tonumber(v)) or 0
end

-- Bits that the edit does not touch stay as they are now.
local function edited_bits(now, e)
	local before, after = number_of(e.before[1]), number_of(e.after[1])
	return now & ~(before & ~after) | after & ~before
end

local edits = {
	["useraccountcontrol"] = function(o, e)
		o.uac = edited_bits(o.uac, e)
	end,
	["msds-allowedtodelegateto"] = function(o, e)
		o.targets = edited(o.targets, e)
	end,
	["serviceprincipalname"] = function(o, e)
		o.spns = edited(o.spns, e)
	end,
	["msds-allowedtoactonbehalfofotheridentity"] = function(o, e)
		o.descriptor = e.after[1]
	end,
	["member"] = function(o, e)
		o.members = edited(o.members, e)
	end,
	["primarygroupid"] = function(o, e)
		o.primary_group = number_of(e.after[1])
	end,
}

-- What the edits of a whole object say of it: "name=...", "scope=...".
local function described(values)
	local d = {}
	for _, v in ipairs(values) do
		local key, value = v:match "^(.-)=(.*)$"
		d[key or ""] = value
	end
	return d
end

local DISABLED_COMPUTER = codec.uac_bit "WORKSTATION_TRUST_ACCOUNT" | codec.uac_bit "ACCOUNTDISABLE"

local makes = {
	account = function(c, d)
		local name = d.name or c.label .. "$"
		return "accounts", { account = name, uac = DISABLED_COMPUTER, spns = {}, targets = {},
			primary_group = codec.rid "Domain Computers", computer = true, names = { (name:gsub("%$$", "")) } }
	end,
	group = function(c, d)
		return "groups", { account = d.name or c.label, members = {}, scope = d.scope or "global", security = true }
	end,
}

--- bytes(v): a value of an edit; that of a plan file may be {"base64":"..."}.
function state.bytes(v)
	return type(v) == "table" and text.unbase64(v.base64) or v
end

local function values(list)
	local plain = {}
	for i, v in ipairs(list) do
		plain[i] = state.bytes(v)
	end
	return plain
end

local function copy(t)
	local new = {}
	for key, v in pairs(t) do
		new[key] = v
	end
	return new
end

-- The object of a change, as one of s alone that may be edited.
local function own(s, old, c)
	local index = state.index(old)
	for _, place in ipairs { "accounts", "groups" } do
		local o = s[place][c.dn:lower()]
		for _, known in ipairs(not o and c.guid and index.by_guid[c.guid:lower()] or {}) do
			o = s[place][known.dn:lower()] or o
		end
		if o then
			o = copy(o)
			s[place][o.dn:lower()] = o
			return o
		end
	end
end

-- The domain looks at the flags of its krbtgt.
local function note_krbtgt(s, o)
	local d = s.domains[o.domain:lower()]
	if d and d.sid and o.sid == ("%s-%d"):format(d.sid, codec.rid "krbtgt") then
		d = copy(d)
		d.krbtgt = o.uac
		s.domains[o.domain:lower()] = d
	end
end

local function come_or_go(s, c, e)
	local place, o = makes[c.kind](c, described(e.after))
	if #e.after == 0 then
		s[place][c.dn:lower()] = nil
	elseif not s[place][c.dn:lower()] then
		o.dn, o.sid, o.guid, o.domain = c.dn, c.sid, c.guid, c.domain
		s[place][c.dn:lower()] = o
	end
end

-- That of an object which is not in the state is noted.
local function apply(s, old, c)
	for _, e in ipairs(c.edits) do
		e = { attribute = e.attribute, before = values(e.before), after = values(e.after) }
		local edit = edits[e.attribute:lower()]
		if e.attribute == c.kind and makes[c.kind] then
			come_or_go(s, c, e)
		elseif edit then
			local o = own(s, old, c)
			if o then
				edit(o, e)
				note_krbtgt(s, o)
			else
				table.insert(s.unknown, c.label)
			end
		end
	end
end

--- changes(plan): the changes of a plan object, of what plan_file.load gave, or such a list itself.
function state.changes(plan)
	return type(plan) ~= "table" and plan:changes() or plan.changes or plan
end

--- with(s, plan): the state after the plan; s stays as it is. unknown: labels of objects that s does not have.
function state.with(s, plan)
	local new = copy(s)
	new.accounts, new.groups, new.domains, new.unknown = copy(s.accounts), copy(s.groups), copy(s.domains), {}
	for _, c in ipairs(state.changes(plan)) do
		apply(new, s, c)
	end
	return new
end

return state
