-- A forest as one: its domains, and searches that ask all of them.
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local help = require "adsh.help"
local raising = require "adsh.raising"

local core = raising(require "adsh.core.trust")
local try = raising.try

local methods = {}
local class = { __name = "adsh.forest", __index = methods }
local homes = setmetatable({}, { __mode = "k" }) -- the directory that a forest was read from

function class.__tostring(forest)
	local names = {}
	for i, d in ipairs(forest) do
		names[i] = d.domain
	end
	return "forest: " .. table.concat(names, ", ")
end

-- ---- is it in the global catalog? ----

-- These are in the catalog by the schema, but only the values of universal groups (MS-ADTS 3.1.1.1.9).
local IN_PART = { member = true, memberof = true }

local catalog_has = {} -- [schema base][attribute in lower case] = boolean

local function ask_schema(dir, names)
	local filter = require "adsh.filter"
	local base = dir:info().schema_base
	local has = catalog_has[base] or {}
	catalog_has[base] = has
	local clauses = {}
	for name in pairs(names) do
		if has[name] == nil then
			clauses[#clauses + 1] = filter.eq("lDAPDisplayName", name)
			has[name] = false
		end
	end
	if #clauses > 0 then
		for e in dir:search { base = base, scope = "one", filter = filter.any(clauses),
			attributes = { "lDAPDisplayName", "isMemberOfPartialAttributeSet" } } do
			has[e:first("lDAPDisplayName"):lower()] = e:first "isMemberOfPartialAttributeSet" == "TRUE"
		end
	end
	return has
end

-- The attributes that a search asks for, in its filter too; nil: all there are.
local function attributes_of(o)
	local names = {}
	if not o.attributes then
		return nil
	end
	for _, name in ipairs(o.attributes) do
		if name == "*" or name == "+" then
			return nil
		end
		name = name:gsub(";.*", "")
		names[name:lower()] = name
	end
	for lower, name in pairs(require "adsh.attribute_names".in_filter(o.filter)) do
		names[lower] = name
	end
	return names
end

-- Names of the asked attributes that the catalog lacks, as a list; empty: all are in it.
local function lacking(dir, o)
	local names, list = attributes_of(o), {}
	if not names then
		return { "all attributes" }
	end
	local has = ask_schema(dir, names)
	for lower, name in pairs(names) do
		if not has[lower] or IN_PART[lower] then
			list[#list + 1] = name
		end
	end
	table.sort(list)
	return list
end

local function catalog(forest, o)
	local home = homes[forest]
	if o.gc == false or o.gc == nil and #forest == 1 then
		return nil
	end
	local missing = lacking(home, o)
	if #missing == 0 then
		local dir, err = try(directory.catalog, home)
		if not dir and o.gc then
			error(err, 0)
		end
		return dir
	elseif o.gc then
		error(failure("usage", "not in the global catalog: " .. table.concat(missing, ", "),
			"omit gc to search every domain"), 0)
	end
end

-- ---- searching ----

local function without(o, keys)
	local copy = {}
	for key, v in pairs(o) do
		copy[key] = v
	end
	for _, key in ipairs(keys) do
		copy[key] = nil
	end
	return copy
end

-- Sends the first request of a search; nil when the domain cannot be asked, which is noted.
local function start(dir, domain, o, missing)
	local results = table.pack(try(function()
		local where = dir or directory.of(domain)
		return where:search(o)
	end))
	if results[1] then
		return { next = results[1], state = results[2], close = results[4], domain = domain, n = 0 }
	elseif results[2].kind == "usage" then
		error(results[2], 0)
	end
	missing[#missing + 1] = { domain = domain, error = results[2].message }
end

-- Every domain has been asked before the first answer is read.
local function start_all(forest, o, missing)
	local running, rest = {}, without(o, { "gc", "missing" })
	local gc = catalog(forest, o)
	if gc then
		rest.base = ""
		return { start(gc, forest[1].domain, rest, missing) }
	end
	for _, d in ipairs(forest) do
		running[#running + 1] = start(nil, d.domain, rest, missing)
	end
	return running
end

local function complain(missing)
	local parts = {}
	for i, m in ipairs(missing) do
		parts[i] = ("%s (%s)"):format(m.domain, m.error)
	end
	error(failure("partial", "the answer is incomplete: " .. table.concat(parts, "; ")), 0)
end

help "forest:search{filter=, attributes=, gc=, missing=, ...} - Searches the domains of the forest; reports failures."
function methods.search(forest, o)
	o = o or {}
	if o.base then
		error(failure("usage", "a search of the forest does not take a base", "dir:search{base=...} searches one domain"), 0)
	end
	local missing = o.missing or {}
	local running = start_all(forest, o, missing)
	local at = 1
	local function next_entry()
		local s = running[at]
		if not s then
			if #missing > 0 and not o.missing then
				complain(missing)
			end
			return nil
		end
		local entry, err = try(s.next, s.state)
		if entry then
			s.n = s.n + 1
			return entry, s.domain
		elseif err then
			missing[#missing + 1] = { domain = s.domain, error = ("%s, after %d entries"):format(err.message, s.n) }
		end
		at = at + 1
		return next_entry()
	end
	local closing = setmetatable({}, { __close = function()
		for i = at, #running do
			local _ <close> = running[i].close
		end
	end })
	return next_entry, nil, nil, closing
end

return function(dir)
	local forest = setmetatable(core.domains(dir), class)
	homes[forest] = dir
	return forest
end
