-- The site of a host: from its server object, where it is a domain controller; else the one of the narrowest subnet
-- that an address of it is in; where no subnet has it and there is one site only, that one.
local failure = require "adsh.failure"
local filter = require "adsh.filter"
local peer = require "adsh.core.peer"

local site = {}

local PATIENCE = 5000 -- ms for a name

local function sites_base(dir)
	return "CN=Sites," .. dir:info().config_base
end

--- site.name(dn): "Berlin" of the DN of a site.
function site.name(dn)
	return dn:match "^[^=]+=([^,]*)"
end

local function all(dir, what, attributes)
	local list = {}
	for e in dir:search { base = sites_base(dir), filter = filter.eq("objectClass", what), attributes = attributes } do
		list[#list + 1] = e
	end
	return list
end

-- Whether two addresses have the same first bits.
local function is_in(address, network, bits)
	local whole, rest = bits // 8, bits % 8
	if #address ~= #network or address:sub(1, whole) ~= network:sub(1, whole) then
		return false
	end
	return rest == 0 or (address:byte(whole + 1) ~ network:byte(whole + 1)) >> (8 - rest) == 0
end

--- site.subnets(rows): those of { name=, site= }: their networks as bytes; the others are left out.
function site.subnets(rows)
	local list = {}
	for _, row in ipairs(rows) do
		local address, bits = row.name:match "^([%x:.]+)/(%d+)$"
		local network = address and peer.bytes(address)
		bits = math.tointeger(tonumber(bits)) or 0
		list[#list + 1] = network and bits <= #network * 8 and { name = row.name, site = row.site, network = network,
			bits = bits } or nil
	end
	return list
end

--- site.subnet_of(addresses, subnets): the narrowest one that has an address, and the address; nil: none.
function site.subnet_of(addresses, subnets)
	local best, at
	for _, address in ipairs(addresses) do
		local bytes = peer.bytes(address) or ""
		for _, s in ipairs(subnets) do
			if is_in(bytes, s.network, s.bits) and not (best and best.bits >= s.bits) then
				best, at = s, address
			end
		end
	end
	return best, at
end

--- site.read(dir): sites and subnets of dir's forest.
function site.read(dir)
	local sites, rows = {}, {}
	for i, e in ipairs(all(dir, "site", { "cn" })) do
		sites[i] = e.dn
	end
	for _, e in ipairs(all(dir, "subnet", { "cn", "siteObject" })) do
		rows[#rows + 1] = e:first "siteObject" and { name = e:first "cn", site = e:first "siteObject" } or nil
	end
	return { sites = sites, subnets = site.subnets(rows) }
end

local function named(known, name)
	local names = {}
	for i, dn in ipairs(known.sites) do
		names[i] = site.name(dn)
		if names[i]:lower() == name:lower() then
			return dn, "from the option"
		end
	end
	error(failure("notfound", ("there is no site '%s'"):format(name), "the sites are " .. table.concat(names, ", ")), 0)
end

local function of_server(dir, dn)
	local server = dir:search { base = sites_base(dir), filter = filter.all("(objectClass=server)",
		filter.eq("serverReference", dn)), attributes = { "cn" } } ()
	return server and server.dn:match "^[^,]+,[^,]+,(.*)$", "from its server object"
end

local function addresses_of(host)
	if host.addresses then
		return host.addresses()
	elseif host.fqdn then
		return peer.addresses(host.fqdn, PATIENCE)
	end
end

local function by_address(known, host)
	local list, err = nil, nil
	if #known.subnets > 0 then
		list, err = addresses_of(host)
	end
	local subnet, address = site.subnet_of(list or {}, known.subnets)
	if subnet then
		return subnet.site, ("%s is in the subnet %s"):format(address, subnet.name)
	elseif #known.sites == 1 then
		return known.sites[1], "the only site"
	end
	return nil, err and err.message or list and ("no subnet has the address %s"):format(table.concat(list, ", "))
		or host.fqdn and "there are no subnets" or "it has no dNSHostName"
end

--- site.of(dir, known, host): the DN of the site and how that is known; nil and why not. known: of site.read; host:
--- dn=, fqdn=, is_controller=; site = its name, where somebody gave it; addresses = a function that has them already.
function site.of(dir, known, host)
	if host.site then
		return named(known, host.site)
	end
	local dn, how
	if host.is_controller then
		dn, how = of_server(dir, host.dn)
	end
	if not dn then
		dn, how = by_address(known, host)
	end
	return dn, how
end

return site
