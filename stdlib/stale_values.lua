-- Which values of delegation lists --prune takes away. The class of the job itself (such as that of live
-- migration) belongs to the job: its values for hosts that are not named go. cifs and any other class are shared
-- with other jobs (file servers, VMM libraries): their values go only for hosts that are known to be of this job.
local filter = require "adsh.filter"
local hosts = require "adsh.hosts"

local stale_values = {}

local MANY = 4 -- sources named in a note

-- Class and host of a value, whatever it looks like; nil when it has no class.
local function split(value)
	local class, host = value:lower():match("^([^/]*)/([^/:]*)")
	return class, host
end

local function lower_set(list)
	local set = {}
	for _, v in ipairs(list or {}) do
		set[v:lower()] = true
	end
	return set
end

-- Adds the names under which a computer is known: its own, and the hosts of its SPNs.
local function add_names(set, o)
	local fqdn, short = hosts.names(o)
	set[short:lower()] = true
	if fqdn then
		set[fqdn:lower()] = true
	end
	for _, spn in ipairs(o.servicePrincipalName or {}) do
		local _, host = split(spn)
		set[host or ""] = true
	end
	set[""] = nil
end

-- The values of these classes that are for no host of the list, and which hosts stand beside them with an own class.
local function candidates(source, classes, own, named)
	local found, beside = {}, {}
	for _, value in ipairs(source["msDS-AllowedToDelegateTo"] or {}) do
		local class, host = split(value)
		if own[class] and host ~= "" then
			beside[host] = true
		end
		if classes[class] and not named[host] then
			found[#found + 1] = { source = source, value = value, host = host, is_own = own[class] }
		end
	end
	for _, c in ipairs(found) do
		c.is_stale = c.is_own or beside[c.host]
	end
	return found
end

-- One search: all names of those accounts among these hosts that have an SPN of an own class.
local function known(dir, names, own_classes)
	local accounts, of_the_job, set = {}, {}, {}
	for name in pairs(names) do
		accounts[#accounts + 1] = filter.eq("sAMAccountName", name .. "$")
		accounts[#accounts + 1] = filter.eq("dNSHostName", name)
		accounts[#accounts + 1] = filter.eq("servicePrincipalName", "HOST/" .. name)
		for _, class in ipairs(own_classes) do
			accounts[#accounts + 1] = filter.eq("servicePrincipalName", class .. "/" .. name)
		end
	end
	for i, class in ipairs(own_classes) do
		of_the_job[i] = filter.like("servicePrincipalName", class .. "/*")
	end
	for _, o in ipairs(dir:find { filter = filter.all(filter.any(accounts), filter.any(of_the_job)),
			attributes = { "sAMAccountName", "dNSHostName", "servicePrincipalName" } }) do
		add_names(set, o)
	end
	return set
end

-- Asks each domain once about the hosts that nothing is known of yet.
local function look_up(list, own_classes)
	local open = {}
	for _, c in ipairs(list) do
		local dir = hosts.home(c.source)
		if not c.is_stale and c.host ~= "" then
			open[dir] = open[dir] or {}
			open[dir][c.host] = true
		end
	end
	for dir, names in pairs(open) do
		local set = known(dir, names, own_classes)
		for _, c in ipairs(list) do
			c.is_stale = c.is_stale or hosts.home(c.source) == dir and set[c.host]
		end
	end
end

local function sources_line(sources)
	local line = table.concat(sources, ", ", 1, math.min(#sources, MANY))
	return #sources > MANY and ("%s and %d more"):format(line, #sources - MANY) or line
end

-- A line for each value that stays.
local function notes(list, own_classes)
	local sources, order, lines = {}, {}, {}
	for _, c in ipairs(list) do
		local key = c.value:lower()
		if not c.is_stale and not sources[key] then
			sources[key] = {}
			order[#order + 1] = c
		end
		if not c.is_stale then
			table.insert(sources[key], (c.source.sAMAccountName:gsub("%$$", "")))
		end
	end
	for i, c in ipairs(order) do
		lines[i] = ("--prune keeps %s on %s: %s"):format(c.value, sources_line(sources[c.value:lower()]),
			c.host == "" and "it does not name a host" or ("no account %s has an SPN of %s/, and the list has none for "
				.. "it"):format(
				c.host, table.concat(own_classes, "/ or ")))
	end
	return lines
end

--- find(list, classes, own_classes): of the lists of these hosts, what --prune takes away out of the classes: the
--- values by host, and notes about what it keeps. A host that is left out because it is disabled was named, too.
function stale_values.find(list, classes, own_classes)
	local named, all, stale = {}, {}, {}
	for _, o in ipairs(list) do
		add_names(named, o)
		stale[o] = {}
	end
	for _, o in ipairs(hosts.disabled(list)) do
		add_names(named, o)
	end
	local asked, own = lower_set(classes), lower_set(own_classes)
	for _, o in ipairs(list) do
		local found = candidates(o, asked, own, named)
		table.move(found, 1, #found, #all + 1, all)
	end
	look_up(all, own_classes)
	for _, c in ipairs(all) do
		if c.is_stale then
			table.insert(stale[c.source], c.value)
		end
	end
	return stale, notes(all, own_classes)
end

return stale_values
