-- Who may delegate in whole domains, and what is wrong with it. What could not be read is told.
local administrators = require "adsh.audit.administrators"
local delegators = require "adsh.delegators"
local domain_facts = require "adsh.audit.domain_facts"
local encryption = require "adsh.audit.encryption"
local findings = require "adsh.audit.findings"
local hosts = require "adsh.hosts"
local lookup = require "adsh.core.lookup"
local notice = require "adsh.core.notice"
local raising = require "adsh.raising"
local trusts = require "adsh.audit.trusts"

local audit = { towards = findings.towards }

local HOSTS = 100 -- the largest matrix that is made without being asked for

--- What a row of accounts is about, widest trust first.
audit.findings = { "unconstrained", "everybody", "transition", "constrained", "resource-based", "conditional",
	"controllers" }

local rank = {}
for i, name in ipairs(audit.findings) do
	rank[name] = i
end

-- ---- order ----

local function sort_by(list, keys)
	local order = {}
	for _, r in ipairs(list) do
		order[r] = keys(r)
	end
	table.sort(list, function(a, b)
		local x, y = order[a], order[b]
		for i = 1, #x do
			if x[i] ~= y[i] then
				return x[i] < y[i]
			end
		end
		return false
	end)
end

local function finish(result)
	for target, list in pairs(result.into) do
		list.by_key = nil
		sort_by(list, function(r) return { r.account:lower(), r.how } end)
		table.insert(result.inbound, { target = target.account, domain = target.domain, dn = target.dn, sources = list })
	end
	result.into = nil
	sort_by(result.accounts, function(r)
		local serious = r.remarks[#r.remarks] and r.remarks[#r.remarks]:find "^towards" and 0 or 1
		return { rank[r.finding], serious, r.domain, r.account:lower() }
	end)
	sort_by(result.inbound, function(r) return { r.domain, r.target:lower() } end)
	sort_by(result.stale, function(r) return { r.domain, r.account:lower(), r.value:lower() } end)
	sort_by(result.unresolved, function(r) return { r.domain, r.target:lower(), r.sid or "" } end)
end

-- ---- the matrix ----

local function matrix_hosts(read, chosen)
	local list = {}
	for _, f in ipairs(chosen or {}) do
		list[#list + 1] = f
	end
	for _, d in ipairs(not chosen and read or {}) do
		for _, f in pairs(d.by_dn) do
			if f.names[1] and not f.controller then
				f.dir = d.dir
				list[#list + 1] = f
			end
		end
	end
	sort_by(list, function(f) return { f.domain, f.account:lower() } end)
	return list
end

local function add_matrix(result, read, chosen)
	local list = matrix_hosts(read, chosen)
	if #list > HOSTS and not chosen then
		result.without_matrix = #list
	elseif #list > 1 then
		result.matrix = require "adsh.matrix".of(list)
		table.move(result.matrix.missing, 1, #result.matrix.missing, #result.missing + 1, result.missing)
	end
end

-- ---- all ----

-- scope[fact] for the chosen computers; scope.all without a choice. Facts are replaced by those of the domain
-- once that is read.
local function scope_of(chosen, read)
	if not chosen then
		return { all = true }
	end
	local scope = {}
	for i, f in ipairs(chosen) do
		for _, d in ipairs(read) do
			chosen[i] = d.by_dn[f.dn:lower()] or chosen[i]
		end
		chosen[i].dir = f.dir
		scope[chosen[i]] = true
	end
	return scope
end

-- The directory's own domain first, then those of the chosen hosts and of the forest.
local function domains_of(dir, whole_forest, chosen)
	local list, seen = {}, {}
	local function add(domain, known)
		if not seen[domain:lower()] then
			seen[domain:lower()] = true
			list[#list + 1] = { domain = domain, dir = known }
		end
	end
	add(dir:info().domain, dir)
	for _, f in ipairs(chosen or {}) do
		add(f.dir:info().domain, f.dir)
	end
	for _, d in ipairs(whole_forest and dir:forest() or {}) do
		add(d.domain)
	end
	return list
end

local function read_all(result, dir, whole_forest, chosen)
	local read, list = {}, domains_of(dir, whole_forest, chosen)
	for i, d in ipairs(list) do
		local done, err
		if #list > 1 then
			notice.progress("domains", i - 1, #list)
		end
		if i == 1 then
			done = domain_facts.read(d)
		else
			done, err = raising.try(domain_facts.read, d)
		end
		read[#read + 1] = done
		table.insert(done and result.domains or result.missing, done and d.domain or d.domain .. ": " .. err.message)
		local info = done and d.dir:info()
		table.insert(result.servers, info and (info.dns_host or info.host))
	end
	return read
end

-- What can be left out: step(d) for each domain that could be read.
local function each(result, read, what, step)
	for _, d in ipairs(read) do
		local _, err = raising.try(step, d)
		if err then
			table.insert(result.missing, ("%s of %s: %s"):format(what, d.domain, err.message))
		end
	end
end

local function facts_of(dir, objects)
	local list = {}
	for i, o in ipairs(objects) do
		list[i] = delegators.fact(lookup.entry(o))
		list[i].dir = hosts.home(o) or dir
	end
	return list
end

-- What domains that could not be asked keep from what was read of the others.
local function add_silent(result, read)
	for _, d in ipairs(read) do
		local names = {}
		for name in pairs(d.silent) do
			names[#names + 1] = name
		end
		table.sort(names)
		for _, name in ipairs(names) do
			local s = d.silent[name]
			table.insert(result.missing, ("%s: the names of %d of the SIDs in %s: %s"):format(name, s.sids, d.domain, s.error))
		end
	end
end

-- The groups of administrators that could be looked up.
local function groups_of(result, names)
	local list = {}
	for _, name in ipairs(names) do
		local group, err = raising.try(administrators.group, name)
		if not group and err.kind ~= "connect" then
			error(err, 0)
		elseif not group then
			table.insert(result.missing, ("the administrators in %s: %s"):format(name, err.message))
		end
		list[#list + 1] = group
	end
	return list
end

--- run(dir, o): o.hosts = objects of computers (nil: every account), o.forest, o.trusts, o.admins = names of
--- groups. Gives lists of rows: accounts, inbound, stale, unresolved, administrators, encryption, trusts; matrix, or
--- without_matrix = the number of hosts that are too many for one; domains, servers = who was asked, and lacks, in
--- words.
function audit.run(dir, o)
	local result = { accounts = {}, inbound = {}, into = {}, stale = {}, unresolved = {}, administrators = {},
		encryption = {}, missing = {}, domains = {}, servers = {} }
	local chosen = o.hosts and facts_of(dir, o.hosts)
	local read = read_all(result, dir, o.forest, chosen)
	local scope = scope_of(chosen, read)
	for _, d in ipairs(read) do
		findings.add(result, scope, d)
	end
	finish(result)
	add_silent(result, read)
	local groups = groups_of(result, o.admins or {})
	each(result, read, "administrators", function(d) administrators.add(result, d, groups) end)
	each(result, read, "encryption types", function(d) encryption.add(result, scope, d) end)
	if o.trusts then
		result.trusts = {}
		each(result, read, "trusts", function(d) trusts.add(result, d) end)
	end
	add_matrix(result, read, chosen)
	return result
end

return audit
