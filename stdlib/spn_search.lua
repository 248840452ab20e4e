-- Who has service principal names, or what stands for them by sPNMappings: in a domain, in the rest of its forest, and
-- in the forests that it trusts. Each is asked only about names that were not found before.
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"
local spn_owners = require "adsh.spn_owners"
local trusts = require "adsh.core.trust"

local find = raising(require "adsh.core.spn").find

local spn_search = {}

local SPN = "servicePrincipalName"
local ATTRIBUTES = { "sAMAccountName", SPN }
local AT_ONCE = 100 -- names in one search

-- Asks by search(options) about the values and what covers them; found[value] = { account=, domain=, dn= }. Gives
-- those that nobody has.
local function ask(dir, search, values, found)
	local owners, rest = spn_owners.new(), {}
	local names = spn_owners.unite(values, owners:learn(values, dir))
	for i = 1, #names, AT_ONCE do
		local clauses = {}
		for k = i, math.min(i + AT_ONCE - 1, #names) do
			clauses[#clauses + 1] = filter.eq(SPN, names[k])
		end
		for e in search { filter = filter.any(clauses), attributes = ATTRIBUTES } do
			owners:add({ account = e:first "sAMAccountName" or e.dn, domain = sid_names.domain_of(e.dn), dn = e.dn },
				e[SPN] or {}, {})
		end
	end
	for _, value in ipairs(values) do
		found[value] = owners:find(value)
		rest[#rest + 1] = not found[value] and value or nil
	end
	return rest
end

--- find_here(dir, values): what of them this domain has: found[value] = { account=, domain=, dn= }; and the rest.
function spn_search.find_here(dir, values)
	local found = {}
	return found, ask(dir, function(o) return dir:search(o) end, values, found)
end

-- The same in a forest. Domains that could not be asked are put into silent.
local function ask_forest(dir, forest, values, found, silent)
	return ask(dir, function(o)
		o.missing = silent
		return forest:search(o)
	end, values, found)
end

local function is_below(host, domain)
	return host == domain or host:sub(-#domain - 1) == "." .. domain
end

-- The names that could be those of a trusted forest: a host without a dot is one of the domain itself, and what ends
-- as a domain that is known belongs there.
local function could_be_in(partner, values, known)
	local list = {}
	for _, value in ipairs(values) do
		local host, home = spn_owners.host(value) or "", nil
		for _, domain in ipairs(known) do
			home = home or is_below(host, domain) and domain
		end
		if host:find(".", 1, true) and (not home or home == partner) then
			list[#list + 1] = value
		end
	end
	return list
end

local function partners_of(dir, forest)
	local own, list = {}, {}
	for _, d in ipairs(forest) do
		own[d.domain:lower()] = true
	end
	for _, t in ipairs(raising.try(raising(trusts).list, dir) or {}) do
		if not own[t.partner:lower()] and t.partner:find(".", 1, true) then
			list[#list + 1] = t.partner:lower()
		end
	end
	return list
end

local function known_domains(forest, partners)
	local list = { table.unpack(partners) }
	for _, d in ipairs(forest) do
		list[#list + 1] = d.domain:lower()
	end
	return list
end

local function drop_found(values, found)
	local rest = {}
	for _, value in ipairs(values) do
		rest[#rest + 1] = not found[value] and value or nil
	end
	return rest
end

-- In the forest, by the catalog of the same domain controller: a connection of its own, on which many names disturb
-- nobody. Who has a name counts before who covers it. False: only the domain was asked.
local function ask_catalog(dir, values, found)
	local rows = find(values, nil, dir)
	for _, row in ipairs(rows) do
		if not found[row.asked] or not row.alias then
			found[row.asked] = { account = row.account, domain = sid_names.domain_of(row.dn), dn = row.dn }
		end
	end
	return rows.forest
end

local function ask_partners(dir, forest, values, result)
	local partners = partners_of(dir, forest)
	local known = known_domains(forest, partners)
	for _, partner in ipairs(partners) do
		local some = could_be_in(partner, values, known)
		if #some > 0 then
			local other, err = raising.try(directory.of, partner)
			if other then
				ask_forest(other, other:forest(), some, result.found, result.silent)
				table.insert(result.asked, partner)
			else
				table.insert(result.silent, { domain = partner, error = err.message })
			end
			values = drop_found(values, result.found)
		end
	end
	return values
end

--- find(dir, values): who has these names: found[value] = { account=, domain=, dn= }, rest = those that nobody has,
--- asked = the domains whose forests answered, silent = { { domain=, error= } } that did not.
function spn_search.find(dir, values)
	local result = { found = {}, asked = { dir:info().domain }, silent = {} }
	local whole = ask_catalog(dir, values, result.found)
	local rest = drop_found(values, result.found)
	if #rest > 0 then
		local forest = dir:forest()
		if not whole and #forest > 1 then
			table.insert(result.silent, { domain = "other domains of the forest", error = "no global catalog answered" })
		end
		rest = ask_partners(dir, forest, rest, result)
	end
	result.rest = rest
	return result
end

return spn_search
