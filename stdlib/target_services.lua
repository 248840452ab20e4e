-- Which service principal names of an account are meant by a service class, as one says it: "cifs", "MSSQLSvc:1433",
-- "MSSQLSvc/db.alpha.test:1433". A client asks for what is registered, so that has to be in the list.
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local raising = require "adsh.raising"
local spn_owners = require "adsh.spn_owners"
local covers = raising(require "adsh.core.spn").covers

local target_services = {}

local SPN = "servicePrincipalName"

-- Class, host, port or instance (nil: none), and name, of a service principal name.
local function split(spn)
	local class, place, name = spn:match "^([^/]+)/([^/]+)/?(.*)$"
	if class then
		return class, place:match "^[^:]*", place:match ":(.*)$", name ~= "" and name or nil
	end
end

local function same(a, b)
	return (a or ""):lower() == (b or ""):lower()
end

-- Those that the account has itself: every port, where none was said.
local function registered(o, class, port)
	local list = {}
	for _, spn in ipairs(o[SPN] or {}) do
		local its, _, at = split(spn)
		if its and same(its, class) and (not port or same(at, port)) then
			list[#list + 1] = spn
		end
	end
	return list
end

-- Those that its HOST/ names stand for, in the forms that they have: FQDN, short, or both.
local function covered(o, class, port, dir)
	local list, asked = {}, {}
	for _, spn in ipairs(registered(o, "HOST", port or "")) do
		local _, host, _, name = split(spn)
		asked[#asked + 1] = not name and ("%s/%s%s"):format(class, host, port and ":" .. port or "") or nil
	end
	for i, cover in ipairs(#asked > 0 and covers(asked, dir) or {}) do
		list[#list + 1] = cover and asked[i] or nil
	end
	return list
end

--- target_services.hosts(o): the hosts whose services the account has: of its names as a computer, and of its SPNs.
function target_services.hosts(o)
	local seen, list = {}, {}
	local function add(host)
		if host and host ~= "" and not seen[host:lower()] then
			seen[host:lower()] = true
			list[#list + 1] = host
		end
	end
	if o.sAMAccountName:sub(-1) == "$" then
		local fqdn, short = hosts.names(o)
		add(short)
		add(fqdn)
	end
	for _, spn in ipairs(o[SPN] or {}) do
		local _, host, _, name = split(spn)
		add(not name and host or nil)
	end
	if #list == 0 then
		add((o.sAMAccountName))
	end
	return list
end

-- Nobody has such a service: as it would be registered.
local function unregistered(o, class, port)
	local list = {}
	for i, host in ipairs(target_services.hosts(o)) do
		list[i] = ("%s/%s%s"):format(class, host, port and ":" .. port or "")
	end
	return list
end

-- A whole name has to be the account's, when it is anybody's.
local function whole(o, spn, dir)
	local found = require "adsh.spn_search".find_here(dir, { spn })[spn]
	if found and found.dn:lower() ~= o.dn:lower() then
		error(failure("usage", ("%s belongs to %s, not to %s"):format(spn, found.account, o.sAMAccountName),
			("use that account as the target: --target '%s'"):format(found.account)), 0)
	end
	return { spn }
end

-- "CLASS", "CLASS/", "CLASS:PORT"; nil: a whole name.
local function class_of(word)
	if word:find "/." then
		return nil
	end
	local class, port = word:match "^([^/:]+):([^/:]+)/?$"
	return class or word:match "^([^/:]+)/?$"
		or error(failure("usage", ("'%s' is not a valid service class"):format(word),
			"use cifs, MSSQLSvc:1433 or a whole name such as MSSQLSvc/db.alpha.test:1433"), 0), port
end

--- target_services.of(o, words, dir): the names of the object o in that directory that these words mean.
function target_services.of(o, words, dir)
	local list = {}
	for _, word in ipairs(words) do
		local class, port = class_of(word)
		local some = class and spn_owners.unite(registered(o, class, port), covered(o, class, port, dir))
			or whole(o, word, dir)
		list = spn_owners.unite(list, #some > 0 and some or unregistered(o, class, port))
	end
	return list
end

--- target_services.among(values, o, words): those of the values that are services of o which these words mean, whether
--- it still has them or not.
function target_services.among(values, o, words)
	local names, list = {}, {}
	for _, host in ipairs(target_services.hosts(o)) do
		names[host:lower()] = true
	end
	for _, value in ipairs(values) do
		local its, host, at = split(value)
		for _, word in ipairs(words) do
			local class, port = class_of(word)
			if not class and same(value, word) or class and its and same(its, class) and names[host:lower()]
				and (not port or same(at, port)) then
				list[#list + 1] = value
			end
		end
	end
	return list
end

--- target_services.classes(o): the classes that o has, sorted.
function target_services.classes(o)
	local seen, list = {}, {}
	for _, spn in ipairs(o[SPN] or {}) do
		local class = spn:match "^[^/]+"
		if class and not seen[class:lower()] then
			seen[class:lower()] = true
			list[#list + 1] = class
		end
	end
	table.sort(list, function(a, b) return a:lower() < b:lower() end)
	return list
end

return target_services
