-- What the comparison of two states asks of them: who is in groups, who may act towards an account, what differs.
local codec = require "adsh.core.codec"
local core = require "adsh.core.delegation"
local model = require "adsh.verify.model"
local state = require "adsh.verify.state"

local lookup = {}

local function lower_set(list)
	local set = {}
	for _, v in ipairs(list) do
		set[type(v) == "string" and v:lower() or v] = true
	end
	return set
end

--- changed(e): the values that an edit adds or removes.
function lookup.changed(e)
	local list = {}
	for _, way in ipairs { { e.before, e.after }, { e.after, e.before } } do
		local other = lower_set(way[2])
		for _, v in ipairs(way[1]) do
			list[#list + 1] = type(v) == "string" and not other[v:lower()] and v or nil
		end
	end
	return list
end

-- ---- members ----

-- f(account) for all in the group, directly or not, as far as the state has them.
local function each_below(s, g, f, seen)
	if seen[g] then
		return
	end
	seen[g] = true
	for _, dn in ipairs(g.members) do
		local key = dn:lower()
		if s.accounts[key] then
			f(s.accounts[key])
		elseif s.groups[key] then
			each_below(s, s.groups[key], f, seen)
		end
	end
end

local function each_primary(s, sid, f)
	local head, rid = sid:match "^(.*)%-(%d+)$"
	for _, a in pairs(s.accounts) do
		local d = s.domains[a.domain:lower()]
		if a.primary_group == tonumber(rid) and d and d.sid == head then
			f(a)
		end
	end
end

--- sources(s, target): the accounts of the state that the target's descriptor names, themselves or by groups; the model
--- knows whether they may really act.
function lookup.sources(s, target)
	local index, list, seen = state.index(s), {}, {}
	local function add(a)
		if not seen[a] and a ~= target then
			seen[a] = true
			list[#list + 1] = a
		end
	end
	for _, sid in ipairs(core.sources(target.descriptor) or {}) do
		for _, o in ipairs(index.by_sid[sid:lower()] or {}) do
			if o.spns then
				add(o)
			else
				each_below(s, o, add, {})
				each_primary(s, sid, add)
			end
		end
	end
	return list
end

--- crowds(a): names of those of whom nearly everybody is one and whom the account's descriptor lets act: set.
function lookup.crowds(a)
	local names = {}
	for _, sid in ipairs(a and a.descriptor and core.sources(a.descriptor) or {}) do
		local name = codec.crowd(sid)
		if name then
			names[name] = true
		end
	end
	return names
end

-- ---- what differs ----

--- any_owner(s, spn, domain, touched): is one of those touched who have this name for a host of that domain?
function lookup.any_owner(s, spn, domain, touched)
	for _, a in ipairs(model.owners(s, spn, domain)) do
		if touched[a.dn:lower()] then
			return true
		end
	end
	return false
end

local function touch_members(touched, old, new, dn)
	local a, b = old.groups[dn], new.groups[dn]
	for _, way in ipairs { { old, a, b }, { new, b, a } } do
		local other = lower_set(way[3] and way[3].members or {})
		for _, member in ipairs(way[2] and way[2].members or {}) do
			local key = member:lower()
			local g = not other[key] and way[1].groups[key]
			touched[key] = touched[key] or not other[key] or nil
			if g then
				each_below(way[1], g, function(x) touched[x.dn:lower()] = true end, {})
			end
		end
	end
end

local function each_difference(a, b, f)
	for _, list in ipairs { a, b } do
		for dn in pairs(list) do
			if a[dn] ~= b[dn] then
				f(dn)
			end
		end
	end
end

--- touched(old, new): DNs, in lower case, of the accounts for which something may differ: set. all: for every one.
function lookup.touched(old, new)
	local touched = {}
	each_difference(old.accounts, new.accounts, function(dn) touched[dn] = true end)
	each_difference(old.groups, new.groups, function(dn) touch_members(touched, old, new, dn) end)
	for name, d in pairs(old.domains) do
		touched.all = touched.all or d.krbtgt ~= new.domains[name].krbtgt or nil
	end
	return touched
end

return lookup
