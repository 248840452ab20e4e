-- Whose a service is, as a KDC finds it in a state: MS-KILE 3.3.5.1.1, and sPNMappings (MS-ADA3 2.276).
local state = require "adsh.verify.state"

local services = {}

local function parts_of(spn)
	return spn:match "^([^/]+)/(.+)$"
end

--- class(spn): "cifs" of "cifs/x"; nil: it is no name of a service.
function services.class(spn)
	return (parts_of(spn))
end

local function of_domain(list, domain)
	local some = {}
	for _, a in ipairs(list or {}) do
		some[#some + 1] = a.domain:lower() == domain and a or nil
	end
	return some
end

local function united(a, b)
	local list, seen = {}, {}
	for _, part in ipairs { a, b } do
		for _, o in ipairs(part) do
			list[#list + 1] = not seen[o] and o or nil
			seen[o] = true
		end
	end
	return list
end

-- The domain that a host's name ends with, the longest one that the state knows.
local function domain_of(s, host)
	local found
	for name in pairs(s.domains) do
		if ("." .. host:lower():match "^[^:]+"):sub(-#name - 1) == "." .. name and (not found or #name > #found) then
			found = name
		end
	end
	return found
end

-- Who has the name, in one domain. Samba: and the computer there whose cn is the first label of the host's name.
local function named_so(q, spn, class, host, domain)
	local own = of_domain(q.index.by_spn[spn:lower()], domain)
	if class:lower() ~= "host" or (domain_of(q.state, host) or domain) ~= domain then
		return own
	end
	local all = united(own, of_domain(q.index.by_host[host:match("^[^.:]+"):lower()], domain))
	return #all > #own and q.as_samba "cn" and all or own
end

-- Who has the name itself; if nobody has, who has the one that stands for it.
local function find(q, spn, domain)
	local class, host = parts_of(spn)
	local own, cover = named_so(q, spn, class, host, domain), q.state.aliases[class:lower()]
	if #own > 0 or not cover then
		return own, spn
	end
	local covering = cover .. "/" .. host
	return named_so(q, covering, cover, host, domain), covering
end

--- owners(s, spn, domain, as_samba): the accounts that have the name, or the one that stands for it, and which it was:
--- in that domain first, then where the host's name belongs, then in all that are known. as_samba(difference): whether
--- Samba's way counts.
function services.owners(s, spn, domain, as_samba)
	if not parts_of(spn) then
		return {}, spn
	end
	local q = { state = s, index = state.index(s), as_samba = as_samba }
	local list, name = find(q, spn, domain:lower())
	local home = domain_of(s, select(2, parts_of(spn)))
	if #list == 0 and home and home ~= domain:lower() then
		return find(q, spn, home)
	end
	for other in pairs(#list == 0 and s.domains or {}) do
		if other ~= domain:lower() then
			local more, its = find(q, spn, other)
			list, name = united(list, more), #more > 0 and its or name
		end
	end
	return list, name
end

return services
