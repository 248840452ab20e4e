-- Whose a service principal name is, among accounts that have been read: who has the name itself, or the
-- one that stands for it by sPNMappings (HOST/x for cifs/x).
local raising = require "adsh.raising"
local covers = raising(require "adsh.core.spn").covers

local spn_owners = {}
local methods = {}

--- spn_owners.new(): knows nobody yet.
function spn_owners.new()
	return setmetatable({ by_spn = {}, by_host = {}, cover = {} }, { __index = methods })
end

--- spn_owners.host(value): the host in a service principal name, in lower case; nil when it is none.
function spn_owners.host(value)
	local host = value:match "^[^/]+/([^/:]+)"
	return host and host:lower()
end

--- spn_owners.unite(list, more): the names of both, each once.
function spn_owners.unite(list, more)
	local seen, all = {}, {}
	for _, part in ipairs { list, more } do
		for _, name in ipairs(part) do
			all[#all + 1] = not seen[name:lower()] and name or nil
			seen[name:lower()] = true
		end
	end
	return all
end

--- o:add(who, spns, names): who is any table with a field account; names: its host names.
function methods:add(who, spns, names)
	for _, spn in ipairs(spns) do
		self.by_spn[spn:lower()] = who
	end
	for _, name in ipairs(names) do
		self.by_host[name:lower()] = who
	end
end

--- o:learn(values, dir): asks that directory's forest which names stand for these; gives those names.
function methods:learn(values, dir)
	local list = {}
	for i, cover in ipairs(#values > 0 and covers(values, dir) or {}) do
		if cover then
			self.cover[values[i]:lower()] = cover:lower()
			list[#list + 1] = cover
		end
	end
	return list
end

--- o:find(value): whose it is; or nil and why it is nobody's. The value has been learned before.
function methods:find(value)
	local key, host = value:lower(), spn_owners.host(value)
	local who = self.by_spn[key] or self.by_spn[self.cover[key] or ""]
	if who then
		return who
	elseif not host then
		return nil, "not a service principal name"
	elseif self.by_host[host] then
		return nil, self.by_host[host].account .. " has no such service principal name"
	end
	return nil, "no account has it"
end

return spn_owners
