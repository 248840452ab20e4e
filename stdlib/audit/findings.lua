-- The rows of an audit: from the facts of a domain to findings.
local domain_facts = require "adsh.audit.domain_facts"
local codec = require "adsh.core.codec"
local spn_owners = require "adsh.spn_owners"

local findings = {}

local function row(result, finding, who, how, fields)
	local r = { finding = finding, account = who.account, domain = who.domain, dn = who.dn, how = how,
		targets = fields.targets or {}, remarks = fields.remarks or {} }
	table.insert(result.accounts, r)
	return r
end

local function add_inbound(into, target, source, how, service, condition)
	local list = into[target]
	if not list then
		list = { by_key = {} }
		into[target] = list
	end
	local key = source .. "\0" .. how .. "\0" .. (condition or "")
	local entry = list.by_key[key]
	if not entry then
		entry = { account = source, how = how, services = {}, condition = condition }
		list.by_key[key] = entry
		list[#list + 1] = entry
	end
	table.insert(entry.services, service)
end

local function sorted_keys(set)
	local list = {}
	for key in pairs(set) do
		list[#list + 1] = key
	end
	table.sort(list)
	return list
end

local towards = setmetatable({}, { __mode = "k" })

--- Where a row of accounts leads: a list of { services = "cifs, HTTP", hosts = { names } }.
function findings.towards(r)
	return towards[r] or {}
end

-- classes[account] = set of service classes
local function group_by_services(classes)
	local groups, list = {}, {}
	for _, account in ipairs(sorted_keys(classes)) do
		local services = table.concat(sorted_keys(classes[account]), ", ")
		if not groups[services] then
			groups[services] = { services = services, hosts = {} }
			list[#list + 1] = groups[services]
		end
		table.insert(groups[services].hosts, account)
	end
	return list
end

local function base_remarks(f)
	local remarks = {}
	if f.disabled then
		remarks[#remarks + 1] = "disabled"
	end
	if f.controller then
		remarks[#remarks + 1] = "a domain controller"
	end
	return remarks
end

-- Of what is protected only domain controllers are told of: the rest takes a search of its own for each account.
local function note_controllers(remarks, controllers)
	local names = sorted_keys(controllers)
	if #names > 0 then
		remarks[#remarks + 1] = "towards a domain controller: " .. table.concat(names, ", ")
	end
end

local function add_constrained(result, scope, d, f)
	local classes, controllers, kept, how = {}, {}, scope.all or scope[f], f.transition and "any" or "kerberos"
	for _, v in ipairs(f.targets) do
		local who, why = d.index:find(v)
		local named = who or d.index.by_host[spn_owners.host(v) or ""]
		local inside = scope.all or scope[f] or scope[named]
		kept = kept or inside
		if not who and inside then
			table.insert(result.stale, { account = f.account, domain = f.domain, dn = f.dn, value = v, why = why })
		elseif who then
			classes[who.account] = classes[who.account] or {}
			classes[who.account][v:match "^[^/]*"] = true
			controllers[who.account] = who.controller or nil
			if scope.all or scope[who] then
				add_inbound(result.into, who, f.account, how, v)
			end
		end
	end
	if kept then
		local remarks = base_remarks(f)
		if #f.targets == 0 then
			remarks[#remarks + 1] = "no targets"
		end
		note_controllers(remarks, controllers)
		local r = row(result, f.transition and "transition" or "constrained", f, how,
			{ targets = f.targets, remarks = remarks })
		table.sort(r.targets)
		towards[r] = group_by_services(classes)
	end
end

-- by_trustee[SID and condition] = { sid =, who = trustee, condition =, targets = { facts } }
local function collect_source(result, scope, d, f, by_trustee, sid, condition)
	local t = domain_facts.trustee(d, sid)
	local source = t.dn and d.by_dn[t.dn:lower()]
	if scope.all or scope[f] or scope[source] then
		local key = sid .. "\0" .. (condition or "")
		by_trustee[key] = by_trustee[key] or { sid = sid, who = t, condition = condition, targets = {} }
		table.insert(by_trustee[key].targets, f)
		if t.unknown then
			table.insert(result.unresolved, { target = f.account, domain = f.domain, dn = f.dn, sid = sid,
				why = t.unknown })
		end
	end
	if scope.all or scope[f] then
		add_inbound(result.into, f, t.account, condition and "conditional" or "resource-based", nil, condition)
	end
end

local function collect_sources(result, scope, d, f, by_trustee)
	for _, sid in ipairs(f.sources) do
		collect_source(result, scope, d, f, by_trustee, sid)
	end
	for _, sid in ipairs(f.conditional) do
		collect_source(result, scope, d, f, by_trustee, sid, f.conditions[sid] or "")
	end
	if (f.malformed or f.odd > 0) and (scope.all or scope[f]) then
		table.insert(result.unresolved, { target = f.account, domain = f.domain, dn = f.dn,
			why = f.malformed or f.odd .. " of the descriptor's entries allow nobody to act: they deny, are inherit-only "
				.. "or do not have the control access right; check them by hand" })
	end
end

local function add_resource_based(result, d, by_trustee)
	for _, key in ipairs(sorted_keys(by_trustee)) do
		local t, names, controllers, remarks = by_trustee[key], {}, {}, {}
		for i, f in ipairs(t.targets) do
			names[i] = f.account
			controllers[f.account] = f.controller or nil
		end
		table.sort(names)
		if t.who.group then
			remarks[1] = "a group"
		end
		if t.condition then
			remarks[#remarks + 1] = "if " .. (t.condition ~= "" and t.condition or "a condition of its groups is met")
		end
		note_controllers(remarks, controllers)
		local how = t.condition and "conditional" or "resource-based"
		local r = row(result, not t.condition and codec.crowd(t.sid) and "everybody" or how,
			{ account = t.who.account, domain = d.domain, dn = t.who.dn }, how, { targets = names, remarks = remarks })
		r.sid, r.condition = t.sid, t.condition
		towards[r] = { { services = "every service", hosts = names } }
	end
end

--- add(result, scope, d): the rows of a domain that domain_facts.read has read. scope[fact]: what is in a host
--- that was chosen; scope.all: everything.
function findings.add(result, scope, d)
	local by_trustee = {}
	for _, f in ipairs(d.facts) do
		if f.unconstrained and (scope.all or scope[f]) then
			row(result, f.controller and "controllers" or "unconstrained", f, "unconstrained", { remarks = base_remarks(f) })
		end
		if #f.targets > 0 or f.transition then
			add_constrained(result, scope, d, f)
		end
		collect_sources(result, scope, d, f, by_trustee)
	end
	add_resource_based(result, d, by_trustee)
end

return findings
