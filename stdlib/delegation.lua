-- Delegation: what people call as delegation.get, delegation.allow, ...
local codec = require "adsh.core.codec"
local core = require "adsh.core.delegation"
local lookup = require "adsh.core.lookup"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local help = require "adsh.help"
local hosts = require "adsh.hosts"
local plan = require "adsh.plan"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"
local printable = require "adsh.format.printable"
local view = require "adsh.format.delegation_view"

local delegation = raising(core)
local account = raising(lookup).account

local TARGETS = "msDS-AllowedToDelegateTo"
local UNCONSTRAINED = codec.uac_bit "TRUSTED_FOR_DELEGATION"

-- ---- who may delegate to an account ----

-- The names under which every service belongs to this account, and its single SPNs; lower case.
local function names_of(o)
	local host_names, spns = {}, {}
	for _, spn in ipairs(o.servicePrincipalName or {}) do
		local class, host = spn:match "^([^/]+)/([^/:]+)"
		spns[spn:lower()] = true
		if class and class:lower() == "host" then
			host_names[host:lower()] = true
		end
	end
	if o.sAMAccountName:sub(-1) == "$" then
		local fqdn, short = hosts.names(o)
		host_names[short:lower()] = true
		if fqdn then
			host_names[fqdn:lower()] = true
		end
	end
	return host_names, spns
end

local function reaching(host_names, spns)
	local list = {}
	for name in pairs(host_names) do
		for _, rest in ipairs { "", ":*", "/*" } do
			list[#list + 1] = filter.like(TARGETS, "*/" .. name .. rest)
		end
	end
	for spn in pairs(spns) do
		list[#list + 1] = filter.eq(TARGETS, spn)
	end
	return list
end

local function matching(values, host_names, spns)
	local list = {}
	for _, v in ipairs(values or {}) do
		local host = (v:match "^[^/]+/([^/:]+)" or ""):lower()
		if spns[v:lower()] or host_names[host] then
			list[#list + 1] = v
		end
	end
	table.sort(list, function(a, b) return a:lower() < b:lower() end)
	return list
end

local function constrained(dir, o, add)
	local host_names, spns = names_of(o)
	local clauses = reaching(host_names, spns)
	if #clauses == 0 then
		return
	end
	for _, source in ipairs(dir:find { filter = filter.any(clauses),
		attributes = { "sAMAccountName", "userAccountControl", TARGETS } }) do
		local services = matching(source[TARGETS], host_names, spns)
		if #services > 0 then
			local any = hosts.has_flag(source, "TRUSTED_TO_AUTH_FOR_DELEGATION")
			add(source.sAMAccountName, any and "any" or "kerberos", services, source.dn)
		end
	end
end

local function unconstrained(dir, o, add)
	local delegates = filter.bits("userAccountControl", UNCONSTRAINED)
	for _, source in ipairs(dir:find { filter = delegates, attributes = { "sAMAccountName", "userAccountControl" } }) do
		if source.dn ~= o.dn then
			local row = add(source.sAMAccountName, "unconstrained", {}, source.dn)
			row.domain_controller = hosts.has_flag(source, "SERVER_TRUST_ACCOUNT") or nil
		end
	end
end

help [[delegation.inbound(target) - Lists who may delegate to this account: source, kind, services, condition.
Arguments:
  target (account): <account>
Returns: a list, the widest first:
  source, dn (string): the account
  kind (string): unconstrained, any, kerberos, resource-based, conditional
  services (list of SPNs): the SPNs of the target
  condition (SDDL): nil without a condition
  domain_controller (boolean): true for a domain controller, with kind unconstrained
Errors:
  <notfound>
Example: delegation.inbound "host01"]]
function delegation.inbound(target)
	local o, dir = account(target, "account")
	local rows = {}
	local function add(source, kind, services, dn, sid, condition)
		local row = { source = source, kind = kind, services = services, dn = dn, sid = sid, condition = condition }
		rows[#rows + 1] = row
		return row
	end
	constrained(dir, o, add)
	local own = delegation.get(o)
	for i, source in ipairs(own.sources) do
		add(source, "resource-based", {}, nil, own.source_sids[i])
	end
	for _, c in ipairs(own.conditional) do
		add(c.source, "conditional", {}, nil, c.sid, c.condition)
	end
	unconstrained(dir, o, add)
	local order = { kerberos = 1, any = 1, ["resource-based"] = 2, conditional = 3, unconstrained = 4 }
	table.sort(rows, function(a, b)
		if order[a.kind] ~= order[b.kind] then
			return order[a.kind] < order[b.kind]
		end
		return a.source:lower() < b.source:lower()
	end)
	printable.ordered(rows, { "source", "kind", "services", "dn", "sid", own.conditional[1] and "condition" })
	return printable.viewed(rows, view.inbound)
end

help [[delegation.matrix(hosts) - Shows which of these hosts may delegate to which, how, and where it is missing.
Arguments:
  hosts (list of accounts): sources and targets
Returns: a list, a row for each pair; it prints as a grid:
  source, target (string): names
  how (string): any, kerberos, resource-based, unconstrained, missing
  services (list of SPNs): the allowed SPNs
Errors:
  <notfound>
Example: delegation.matrix{"host01", "host02", "host03"}]]
function delegation.matrix(list)
	local matrix = require "adsh.matrix"
	local m = matrix.of(matrix.hosts(list))
	for _, what in ipairs(m.missing) do
		require "adsh.say".err("warning: the matrix is incomplete: " .. what)
	end
	return m
end

-- ---- edits ----

local get, allow, allow_from = delegation.get, delegation.allow, delegation.allow_from

--- Through a plan, which says before it is written which targets nobody has.
function delegation.allow(source, targets, options)
	return plan.as_one(function()
		local result = allow(source, targets, options)
		local dir = directory.for_name(type(source) == "string" and source or source.dn)
		require "adsh.new_targets".add(plan.current(), dir, type(targets) == "string" and { targets } or targets)
		return result
	end)
end

--- Through a plan, so that the domains of the sources are known when it is judged.
function delegation.allow_from(target, sources)
	return plan.as_one(allow_from, target, sources)
end

function delegation.get(x)
	local d = get(x)
	for i, sid in ipairs(d.source_sids) do
		if d.sources[i] == sid then
			d.sources[i] = sid_names.find(sid, sid_names.domain_of(d.dn)) or sid
		end
	end
	for _, row in ipairs(d.conditional) do
		row.source = sid_names.find(row.sid, sid_names.domain_of(d.dn)) or row.sid
	end
	return printable.viewed(d, view.account)
end

return delegation
