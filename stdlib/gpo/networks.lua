-- From where a policy lets the ports of a job in: any network, named ones, or the addresses that hosts have in DNS.
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local names = require "adsh.format.names"
local peer = require "adsh.core.peer"
local raising = require "adsh.raising"

local networks = {}

local DNS_MS = 3000

local function is_ipv4(address)
	local n = 0
	for octet in address:gmatch "%f[%d]%d+%f[%D]" do
		n = n + (tonumber(octet) < 256 and 1 or 5)
	end
	return n == 4 and address:find "^%d+%.%d+%.%d+%.%d+$" ~= nil
end

local function check(n)
	local address, bits = n:match "^([%x.:]+)/?(%d*)$"
	local is_v6 = address and address:find(":", 1, true)
	if not (is_v6 or address and is_ipv4(address)) or (tonumber(bits) or 0) > (is_v6 and 128 or 32) then
		error(failure("usage", ("'%s' is not a network"):format(n), "use any, hosts, or a network such as 10.0.0.0/24"), 0)
	end
end

-- The hosts that the policy is for, and their peers: computers of the OUs of domains, and those of the list.
local function all_hosts(domains, list, warnings)
	local found = {}
	local function add(dir, how)
		local some, more, lacking = hosts.resolve(dir, how)
		hosts.check_reached(some, lacking, #some + 1) -- fewer addresses would lock hosts out
		table.move(some, 1, #some, #found + 1, found)
		table.move(more, 1, #more, #warnings + 1, warnings)
	end
	for _, d in ipairs(domains) do
		add(d.dir, { ou = d.ous })
	end
	for _, t in ipairs(list) do
		if not t.is_admin then
			add(directory.for_name(t.object.dn), t.is_group and { group = { t.object.dn } } or { host = { t.object.dn } })
		end
	end
	return found
end

-- Hosts without an address, by their domains.
local function warn(list, warnings)
	local by_domain, order, seen = {}, {}, {}
	for _, o in ipairs(list) do
		local name, domain = hosts.label(o):match "^(.*)@(.*)$"
		if not by_domain[domain] then
			by_domain[domain] = {}
			order[#order + 1] = domain
		end
		table.insert(by_domain[domain], not seen[o.dn] and name or nil)
		seen[o.dn] = true
	end
	for _, domain in ipairs(order) do
		warnings[#warnings + 1] = ("%s: the firewall does not admit these hosts, because DNS has no address for them: "
			.. "%s"):format(domain,
			names.ranges(by_domain[domain]))
	end
end

-- The addresses of the hosts, each once, always in the same order: DNS changes its own.
local function addresses_of(list, warnings)
	local from, seen, silent = {}, {}, {}
	for _, o in ipairs(list) do
		local name = hosts.names(o)
		local found = name and raising.try(peer.addresses, name, DNS_MS)
		for _, address in ipairs(found or {}) do
			from[#from + 1] = not seen[address] and address or nil
			seen[address] = true
		end
		silent[#silent + 1] = not found and o or nil
	end
	warn(silent, warnings)
	table.sort(from)
	return from
end

--- of(given, domains, list, warnings): what --networks names, as a list of addresses and networks; nil: any. domains,
--- list: for the word "hosts": { dir=, ous= }, and peers of gpo/peers.
function networks.of(given, domains, list, warnings)
	local from = {}
	for _, n in ipairs(given) do
		if n == "any" and #given > 1 then
			error(failure("usage", "--networks any cannot be combined with other values"), 0)
		elseif n == "any" then
			return nil
		elseif n == "hosts" then
			local some = addresses_of(all_hosts(domains, list, warnings), warnings)
			table.move(some, 1, #some, #from + 1, from)
		else
			check(n)
			from[#from + 1] = n
		end
	end
	if #given > 0 and #from == 0 then
		error(failure("notfound", "--networks hosts: DNS has no address for any host. Nothing was written",
			"name the networks: --networks 10.0.0.0/24"), 0)
	end
	return #from > 0 and from or nil
end

return networks
