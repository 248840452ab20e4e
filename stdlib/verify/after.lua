-- What a plan changes for those who delegate: the directory with it and without it, by the model of a KDC's rules.
local codec = require "adsh.core.codec"
local core = require "adsh.core.delegation"
local failure = require "adsh.failure"
local lookup = require "adsh.verify.lookup"
local model = require "adsh.verify.model"
local printable = require "adsh.format.printable"
local reading = require "adsh.verify.reading"
local state = require "adsh.verify.state"
local told = require "adsh.verify.told"

local after = {}

local FIELDS = { "change", "source", "target", "services", "before", "after", "outside", "rule", "why" }
local UNCONSTRAINED, DISABLED = codec.uac_bit "TRUSTED_FOR_DELEGATION", codec.uac_bit "ACCOUNTDISABLE"
local SENSITIVE = codec.uac_bit "NOT_DELEGATED"
local EVERY = "every service"

-- ---- for whom ----

-- One whom nothing keeps from being acted for, of the source's domain.
local function anybody(domain)
	return { account = "any user", dn = "any user", domain = domain, uac = codec.uac_bit "NORMAL_ACCOUNT", spns = {},
		targets = {}, primary_group = codec.rid "Domain Users" }
end

local function user_in(s, c, source)
	if not c.user then
		return anybody(source.domain)
	end
	return s.accounts[c.user.dn:lower()] or c.user
end

-- ---- one question to both states ----

-- The name of a service of the target; rather one that the source does not list.
local function any_service(source, target)
	local listed = {}
	for _, v in ipairs(source.targets) do
		listed[v:lower()] = true
	end
	for _, spn in ipairs(target.spns) do
		if not listed[spn:lower()] then
			return spn
		end
	end
	return target.spns[1] or "HOST/" .. (target.names and target.names[1] or target.account)
end

local function ask(s, c, q)
	local source, target = s.accounts[q.source], q.target and s.accounts[q.target]
	if not source or q.target and not target then
		return 0, { rule = "no such account", reason = "there is no such account" }
	end
	return model.level(s, user_in(s, c, source), source, q.service or any_service(source, target))
end

local function add_question(c, source, service, target)
	local key = source.dn:lower() .. "\0" .. (service or "*" .. target.dn):lower()
	if not c.asked[key] then
		c.asked[key] = true
		table.insert(c.questions, { source = source.dn:lower(), service = service, target = target and target.dn:lower() })
	end
end

-- ---- which pairs the plan may touch ----

local function collect(s, c)
	local touched = c.touched
	for _, a in pairs(s.accounts) do
		for _, v in ipairs(a.targets) do
			if touched.all or touched[a.dn:lower()] or lookup.any_owner(s, v, a.domain, touched) then
				add_question(c, a, v)
			end
		end
		if a.descriptor then
			for _, source in ipairs(lookup.sources(s, a)) do
				if touched.all or touched[a.dn:lower()] or touched[source.dn:lower()] then
					add_question(c, source, nil, a)
				end
			end
		end
	end
end

-- ---- rows ----

local function source_of(c, q)
	return c.new.accounts[q.source] or c.old.accounts[q.source]
end

local function target_of(c, q)
	if q.target then
		return (c.new.accounts[q.target] or c.old.accounts[q.target]).account
	end
	for _, s in ipairs { c.new, c.old } do
		local owners = model.owners(s, q.service, source_of(c, q).domain)
		if #owners == 1 then
			return owners[1].account
		end
	end
	return q.service:match "^[^/]+/(.+)$" or q.service
end

local LEVELS = { [0] = "no", "Kerberos only", "any protocol" }

-- One row for what is alike of the services of a pair.
local function add_row(c, row, service)
	local key = table.concat({ row.change, row.source, row.target, row.before, row.after, row.rule }, "\0")
	local known = c.by_key[key]
	if not known then
		known = printable.ordered(row, FIELDS)
		known.services = {}
		c.by_key[key] = known
		c.rows[#c.rows + 1] = known
	end
	table.insert(known.services, service)
end

-- Does the plan put the service into the source's list?
local function is_new_in_list(c, q)
	local old, new = c.old.accounts[q.source], c.new.accounts[q.source]
	local key = q.service and q.service:lower()
	return key and new and state.listed(c.new, new)[key] and not (old and state.listed(c.old, old)[key])
end

local function compare(c, q)
	local before = ask(c.old, c, q)
	local now, why = ask(c.new, c, q)
	local change = now > before and "gains" or now < before and "loses" or now == 0 and is_new_in_list(c, q) and "fails"
	if change then
		add_row(c, { change = change, source = source_of(c, q).account, target = target_of(c, q), before = LEVELS[before],
			after = LEVELS[now], rule = why.rule, why = why.reason,
			outside = now > before and not c.named[q.source] or nil }, q.service or EVERY)
	end
end

-- A source that is trusted for any service passes on what users bring along, wherever to.
local function compare_unconstrained(c)
	for dn in pairs(c.touched) do
		local a, b = c.old.accounts[dn], c.new.accounts[dn]
		local had = a and a.uac & UNCONSTRAINED ~= 0 and a.uac & DISABLED == 0
		local has = b and b.uac & UNCONSTRAINED ~= 0 and b.uac & DISABLED == 0
		if (had or false) ~= (has or false) then
			add_row(c, { change = has and "gains" or "loses", source = (b or a).account, target = "any host",
				before = LEVELS[had and 1 or 0], after = LEVELS[has and 1 or 0],
				outside = has and not c.named[dn] or nil, rule = "unconstrained",
				why = (b or a).account .. (has and " is trusted for delegation to any service"
					or " is no longer trusted for delegation to any service") }, EVERY)
		end
	end
end

-- Crowds are not counted by heads.
local function compare_crowds(c)
	for dn in pairs(c.touched) do
		local a, b = c.old.accounts[dn], c.new.accounts[dn]
		local had, has = lookup.crowds(a), lookup.crowds(b)
		for _, change in ipairs { { "gains", has, had }, { "loses", had, has } } do
			for name in pairs(change[2]) do
				if not change[3][name] then
					add_row(c, { change = change[1], source = name, target = (b or a).account, outside = change[1] == "gains" or nil,
						before = change[1] == "gains" and "no" or "any protocol",
						after = change[1] == "gains" and "any protocol" or "no", rule = "resource-based by group",
						why = ("%s %s delegation by %s"):format((b or a).account,
							change[1] == "gains" and "accepts" or "no longer accepts", name) }, EVERY)
				end
			end
		end
	end
end

local function may_be_acted_for(s, a)
	return a ~= nil and a.uac & (SENSITIVE | DISABLED) == 0 and not state.is_protected(s, a)
end

-- Users that may be acted for from now on, or not any more.
local function compare_users(c)
	for dn in pairs(c.touched) do
		local a, b = c.old.accounts[dn], c.new.accounts[dn]
		local had, has = may_be_acted_for(c.old, a), may_be_acted_for(c.new, b)
		if (b or a) and had ~= has and not (b or a).computer and not c.user then
			add_row(c, { change = has and "gains" or "loses", source = "every host that may delegate", target = (b or a).account,
				before = had and "may be acted for" or "may not be acted for",
				after = has and "may be acted for" or "may not be acted for", rule = "user",
				why = (b or a).account .. (has and " may be acted for" or " is disabled, sensitive or in Protected Users") }, EVERY)
		end
	end
end

local function by_name(a, b)
	for _, key in ipairs { "change", "source", "target", "why" } do
		if a[key] ~= b[key] then
			return a[key] < b[key]
		end
	end
	return false
end

-- ---- reading ----

local OBJECTS = { attributes = true, account = true, group = true }
local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"

local function each_edit(changes, f)
	for _, c in ipairs(changes) do
		for _, e in ipairs(OBJECTS[c.kind or "attributes"] and c.edits or {}) do
			f(e, c)
		end
	end
end

-- SIDs that a descriptor lets act, or denies it.
local function sids_of(value)
	local let, _, more = core.sources(state.bytes(value))
	local list = {}
	for _, sids in ipairs(let and { let, more.denied, more.conditional } or {}) do
		table.move(sids, 1, #sids, #list + 1, list)
	end
	return list
end

-- What has to be read of the plan: its objects, members that come and go, those in its descriptors, names of services.
local function wanted_by(changes)
	local o = { objects = {}, spns = {} }
	each_edit(changes, function(e, c)
		table.insert(o.objects, { dn = c.dn, guid = c.guid, domain = c.domain })
		local name = e.attribute:lower()
		for _, v in ipairs(lookup.changed(e)) do
			if name == "member" then
				table.insert(o.objects, { dn = v })
			elseif name == "serviceprincipalname" or name == "msds-allowedtodelegateto" then
				table.insert(o.spns, v)
			end
		end
		for _, sid in ipairs(e.attribute == SOURCES and e.after[1] and sids_of(e.after[1]) or {}) do
			table.insert(o.objects, { sid = sid })
		end
	end)
	return o
end

-- Whom the plan itself is about: its objects, members that it adds, those whom its descriptors name.
local function named_by(changes, s)
	local named, index = {}, state.index(s)
	each_edit(changes, function(e, c)
		named[c.dn:lower()] = true
		for _, v in ipairs(e.attribute:lower() == "member" and lookup.changed(e) or {}) do
			named[v:lower()] = true
		end
		for _, sid in ipairs(e.attribute == SOURCES and e.after[1] and sids_of(e.after[1]) or {}) do
			for _, a in ipairs(index.by_sid[sid:lower()] or {}) do
				named[a.dn:lower()] = true
			end
		end
	end)
	return named
end

local function check(options)
	for name in pairs(options) do
		if name ~= "user" then
			error(failure("usage", ("verify.after: unknown option '%s'"):format(tostring(name)), "the known one is user"), 0)
		end
	end
end

--- compare(s, changes[, user]): the rows for a state and a list of changes; user: an account of the state.
function after.compare(s, changes, user)
	local new = state.with(s, changes)
	local c = { old = s, new = new, user = user, touched = lookup.touched(s, new), named = named_by(changes, new),
		asked = {}, questions = {}, rows = {}, by_key = {} }
	collect(s, c)
	collect(new, c)
	for _, q in ipairs(c.questions) do
		compare(c, q)
	end
	compare_unconstrained(c)
	compare_crowds(c)
	compare_users(c)
	table.sort(c.rows, by_name)
	local rows = setmetatable(c.rows, { __index = { missing = new.unknown } })
	return printable.viewed(printable.ordered(rows, FIELDS), told.print)
end

--- of(changes, options): see verify.after.
function after.of(changes, options)
	check(options)
	local o = wanted_by(changes)
	local s, found = reading.read { everything = true, accounts = { options.user }, objects = o.objects, spns = o.spns }
	return after.compare(s, changes, options.user and found[options.user])
end

return after
