-- What somebody may have meant by a service principal name that nobody has: another class of the same host, another
-- port, a host whose name is nearly the same.
local filter = require "adsh.filter"
local help = require "adsh.help"
local hosts = require "adsh.hosts"
local raising = require "adsh.raising"
local spn_owners = require "adsh.spn_owners"

local spn_similar = {}

local SPN = "servicePrincipalName"
local ATTRIBUTES = { "sAMAccountName", "dNSHostName", SPN }
local DIRECTORY_SERVICE = "CN=Directory Service,CN=Windows NT,CN=Services,"
local MANY, FEW = 1000, 4 -- accounts that are looked at, names that are said

local function read(dir, clauses, limit)
	return raising.try(dir.find, dir, { filter = filter.any(clauses), attributes = ATTRIBUTES, limit = limit }) or {}
end

local function short(host)
	return host:match "^[^.]+" or host
end

-- Class and the whole of each name that an account has for the host.
local function services(o, host)
	local list = {}
	for _, value in ipairs(o[SPN] or {}) do
		local at = spn_owners.host(value)
		if at and short(at) == short(host):lower() then
			list[#list + 1] = { class = value:match "^[^/]+", value = value }
		end
	end
	return list
end

local function distinct(list)
	local seen, all = {}, {}
	for _, text in ipairs(list) do
		if not seen[text:lower()] then
			seen[text:lower()] = true
			all[#all + 1] = text
		end
	end
	table.sort(all, function(a, b) return a:lower() < b:lower() end)
	return all
end

local function some(list)
	local text = table.concat(list, ", ", 1, math.min(#list, FEW))
	return #list > FEW and ("%s and %d more"):format(text, #list - FEW) or text
end

-- Those of the names that an account really has.
local function existing(dir, values)
	local found, list = require "adsh.spn_search".find_here(dir, values), {}
	for _, value in ipairs(values) do
		list[#list + 1] = found[value] and value or nil
	end
	return list
end

-- ---- the host is right ----

-- The account that has this host's name, or services of it, and all these services. Nil: there is none.
local function of_host(dir, class, host)
	local owner, all = nil, {}
	for _, o in ipairs(read(dir, {
		filter.eq("sAMAccountName", short(host) .. "$"), filter.eq("sAMAccountName", short(host)),
		filter.eq("dNSHostName", host),
		filter.eq(SPN, "HOST/" .. host), filter.like(SPN, class .. "/" .. short(host) .. "*"),
	}, MANY)) do
		local list = services(o, host)
		if #list > 0 or o.sAMAccountName and o.sAMAccountName:lower() == short(host):lower() .. "$" then
			owner = owner or o
			table.move(list, 1, #list, #all + 1, all)
		end
	end
	return owner, all
end

-- The classes that HOST/ stands for.
local function covered_classes(dir)
	local list = {}
	local o = raising.try(dir.get, dir, DIRECTORY_SERVICE .. dir:info().config_base, { attributes = { "sPNMappings" } })
	for _, mapping in ipairs(o and o.sPNMappings or {}) do
		for class in (mapping:lower():match "^host%s*=(.*)" or ""):gmatch "[^%s,]+" do
			list[#list + 1] = class
		end
	end
	return list
end

-- The same with a class that is nearly this one, of those that are there or HOST/ stands for. Of short ones each is
-- near each.
local function near_class(dir, classes, class, rest)
	local has_host, values = false, {}
	if #class < 4 then
		return values
	end
	for _, one in ipairs(classes) do
		has_host = has_host or one:lower() == "host"
	end
	local all = has_host and covered_classes(dir) or {}
	table.move(classes, 1, #classes, #all + 1, all)
	for i, near in ipairs(help.suggest(class, all)) do
		values[i] = near .. "/" .. rest
	end
	return existing(dir, values)
end

-- Other ports and forms of the class, a class that is nearly this one, or the classes that are there.
local function same_host(dir, owner, list, class, rest)
	local same, classes = {}, {}
	for _, s in ipairs(list) do
		classes[#classes + 1] = s.class
		same[#same + 1] = s.class:lower() == class:lower() and s.value or nil
	end
	classes = distinct(classes)
	if #same > 0 then
		return ("did you mean %s?"):format(some(distinct(same)))
	elseif #classes == 0 then
		return ("%s has no service principal names of its own, not even HOST/"):format(owner.sAMAccountName)
	end
	local near = near_class(dir, classes, class, rest)[1]
	return near and ("did you mean %s?"):format(near)
		or ("%s has the classes %s"):format(owner.sAMAccountName, table.concat(classes, ", "))
end

-- ---- another host ----

-- Names of hosts, as they would stand behind this class: FQDN for FQDN, and each once.
local function host_names(list, is_full)
	local names = {}
	for _, o in ipairs(list) do
		if o.sAMAccountName and o.sAMAccountName:sub(-1) == "$" then
			local full, plain = hosts.names(o)
			names[#names + 1] = is_full and full or plain
		end
		for _, value in ipairs(o[SPN] or {}) do
			local host = value:match "^[^/]+/([^/:]+)"
			names[#names + 1] = host and (host:find(".", 1, true) ~= nil) == is_full and host or nil
		end
	end
	return distinct(names)
end

local anybody = setmetatable({}, { __mode = "k" }) -- directory -> computers, read once: a guess need not be fresh

-- Another host whose name is nearly this one. First those with the same beginning, then any.
local function near_host(dir, class, host, rest)
	local head = short(host):sub(1, 2)
	local function best(list)
		local values, plain = {}, {}
		for i, name in ipairs(help.suggest(host, host_names(list, host:find(".", 1, true) ~= nil))) do
			values[i], plain[i] = class .. "/" .. name .. rest, class .. "/" .. name
		end
		values = existing(dir, values)
		return #values == 0 and rest ~= "" and existing(dir, plain) or values
	end
	local values = best(read(dir, { filter.all("(objectClass=computer)", filter.like("sAMAccountName", head .. "*")),
		filter.like(SPN, class .. "/" .. head .. "*") }, MANY))
	if #values == 0 then
		anybody[dir] = anybody[dir] or read(dir, { filter.all("(objectClass=computer)", filter.has(SPN)) }, MANY)
		values = best(anybody[dir])
	end
	return #values > 0 and ("did you mean %s?"):format(table.concat(values, ", ")) or nil
end

--- spn_similar.words(dir, value): "did you mean cifs/HOST01?", "HOST01$ has the classes HOST, ..."; nil when nothing
--- is near.
function spn_similar.words(dir, value)
	local class, host, rest = value:match "^([^/]+)/([^/:]+)(.*)$"
	if not class then
		return nil
	end
	local owner, list = of_host(dir, class, host)
	return owner and same_host(dir, owner, list, class, host .. rest) or near_host(dir, class, host, rest)
end

return spn_similar
