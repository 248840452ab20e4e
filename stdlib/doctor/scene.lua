-- What a check is about: hosts, the pairs of them, their domains; and what was read of them, each thing once.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local peer = require "adsh.core.peer"
local raising = require "adsh.raising"
local selective_authentication = require "adsh.selective_authentication"
local spn_find = require "adsh.raising"(require "adsh.core.spn").find

local scene = {}
local methods = {}

-- ---- who takes part ----

local function domain_of(s, dir)
	local info = dir:info()
	local key = info.domain:lower()
	if not s.domains[key] then
		s.domains[key] = { label = info.domain, name = info.domain, dir = dir }
		s.lists.domain[#s.lists.domain + 1] = s.domains[key]
	end
	return s.domains[key]
end

local function host_of(s, o)
	local key = o.dn:lower()
	if not s.hosts[key] then
		local dir = hosts.home(o)
		local fqdn, short = hosts.names(o)
		local name = dir == directory.current() and o.sAMAccountName or hosts.label(o)
		s.hosts[key] = { object = o, label = name, account = name, dir = dir, fqdn = fqdn, short = short,
			domain = domain_of(s, dir) }
		table.insert(s.lists.host, s.hosts[key])
	end
	return s.hosts[key]
end

-- One of which there is no account: it takes part, so that whatever is about it is not checked.
local function stranger(s, name, err)
	local key = name:lower()
	if not s.hosts[key] then
		s.hosts[key] = { label = name, lost = err }
		table.insert(s.lists.host, s.hosts[key])
	end
	return s.hosts[key]
end

local function add_warnings(s, warnings)
	for _, line in ipairs(warnings) do
		s.warnings[#s.warnings + 1] = line
	end
end

-- The hosts that the options name, and those that nobody knows.
local function find(s, args)
	local list, known, plain = {}, {}, {}
	for key, v in pairs(args) do
		plain[key] = v
	end
	for _, name in ipairs(args.host or {}) do
		local o, err = raising.try(function()
			return directory.for_name(name):get(name, { want = "computer", attributes = { "objectClass" } })
		end)
		if err and err.kind ~= "notfound" and err.kind ~= "connect" then
			error(err, 0)
		end
		known[#known + 1] = o and name
		list[#list + 1] = err and stranger(s, name, err) or nil
	end
	plain.host = known
	local found, warnings = hosts.resolve(directory.current(), plain)
	add_warnings(s, warnings)
	for _, o in ipairs(found) do
		list[#list + 1] = host_of(s, o)
	end
	return list
end

local function pair_up(s, sources, targets)
	for _, a in ipairs(sources) do
		for _, b in ipairs(targets) do
			if a ~= b then
				table.insert(s.lists.pair, { label = ("%s -> %s"):format(a.label, b.label), source = a, target = b,
					administrator = s.administrator })
			end
		end
	end
end

local function is_in(list, x)
	for _, y in ipairs(list) do
		if x == y then
			return true
		end
	end
end

-- Each once, those first that were there before.
local function unite(list, more)
	for _, x in ipairs(more) do
		list[#list + 1] = not is_in(list, x) and x or nil
	end
	return list
end

local function given(list)
	return list and #list > 0
end

-- Who needs the share besides the hosts.
local function others(s, names)
	local list = {}
	for _, name in ipairs(names or {}) do
		local dir = directory.for_name(name)
		local o = dir:get(name, { want = "account" })
		list[#list + 1] = { object = o, label = o.sAMAccountName, account = o.sAMAccountName, dir = dir,
			domain = domain_of(s, dir) }
	end
	return list
end

local function add_places(s, name, accounts)
	for _, t in ipairs(s.lists.target) do
		local place = { label = ([[\\%s\%s]]):format(t.fqdn or t.label, name), target = t, share = name }
		table.insert(s.lists.place, place)
		for _, who in ipairs(unite({ table.unpack(s.lists.source) }, accounts)) do
			table.insert(s.lists.access, who ~= t and { label = ("%s in %s"):format(who.label, place.label), place = place,
				who = who, source = who, target = t, share = name } or nil)
		end
	end
end

local function check(s, args)
	if s.job.files and not given(args.target) then
		error(failure("usage", "this job requires the file server", "--target SERVER"), 0)
	elseif s.job.files and not (args.share or s.job.share) then
		error(failure("usage", "this job requires the share", "--share NAME"), 0)
	end
end

--- scene.new(job, args): args: what hosts.resolve takes; source, target = names; share; account = names of those who
--- need the share, too.
function scene.new(job, args)
	local s = setmetatable({ job = job, args = args, label = "all of it", hosts = {}, domains = {}, warnings = {},
		memory = {}, mute = {}, lacks_delegation = {} }, { __index = methods })
	s.lists = { host = {}, pair = {}, domain = {}, source = {}, target = {}, place = {}, access = {} }
	s.lists.once = { s }
	s.administrator = args.as and { label = args.as, name = args.as }
	s.lists.administrator = { s.administrator }
	check(s, args)
	local all = find(s, args)
	local sources = given(args.source) and find(s, { host = args.source }) or nil
	local targets = given(args.target) and find(s, { host = args.target }) or nil
	s.lists.source = unite(s.lists.source, sources or all)
	s.lists.target = unite(s.lists.target, targets or all)
	pair_up(s, s.lists.source, s.lists.target)
	if job.files then
		add_places(s, args.share or job.share, others(s, args.account))
	end
	if #s.lists.pair == 0 then
		error(failure("usage", "this job requires a source and a target", "name two or more hosts, or give --source "
			.. "and --target"), 0)
	end
	return s
end

-- The domain controllers of all domains; nothing is asked twice.
local function controllers(s)
	local list = {}
	for _, domain in ipairs(s.lists.domain) do
		for _, name in ipairs(require "adsh.replication".hosts(domain.dir)) do
			list[#list + 1] = { label = name, fqdn = name, domain = domain }
		end
	end
	return list
end

--- s:subjects(of): those that a condition is about.
function methods:subjects(of)
	if of == "controller" then
		return self:once("controllers", controllers, self)
	end
	return self.lists[of] or {}
end

-- ---- what was read ----

--- s:once(key, f, ...): what f(...) gave when it was first called for this key.
function methods:once(key, f, ...)
	if self.memory[key] == nil then
		self.memory[key] = table.pack(f(...))
	end
	return table.unpack(self.memory[key], 1, self.memory[key].n)
end

local PATIENCE = 5000 -- ms for a name
local ANSWER = 2000 -- ms for a port
local OF_CONTROLLER = { 88, 389 }

local MUTE = 3 -- names in a row that DNS says nothing of: then the others are not waited for
local EAI_AGAIN = -3

local function look_up(s, x)
	if #s.mute >= MUTE then
		return nil, s.mute[MUTE]
	end
	local list, err = peer.addresses(x.fqdn, PATIENCE)
	if err and err.code == EAI_AGAIN then
		s.mute[#s.mute + 1] = err
	else
		s.mute = {}
	end
	return list, err
end

--- s:addresses(x): those of a host or domain controller, as this machine's resolver has them; or nil and why not.
function methods:addresses(x)
	return self:once(x, look_up, self, x)
end

local function ports_of(s, x)
	if is_in(s:subjects "controller", x) then
		return OF_CONTROLLER
	end
	local list = is_in(s.lists.source, x) and { table.unpack(s.job.ports.source) } or {}
	return unite(list, is_in(s.lists.target, x) and s.job.ports.target or {})
end

-- All ports of all machines at once: the time is that of the slowest.
local function try_ports(s)
	local list, of = {}, {}
	for _, kind in ipairs { "host", "controller" } do
		for _, x in ipairs(s:subjects(kind)) do
			of[x] = {}
			for _, address in ipairs(x.fqdn and s:addresses(x) or {}) do
				for _, port in ipairs(ports_of(s, x)) do
					list[#list + 1] = { address = address, port = port, of = x }
				end
			end
		end
	end
	local states, err = peer.ports(list, ANSWER)
	if not states then
		error(err, 0)
	end
	for i, p in ipairs(list) do
		local known = of[p.of][p.port]
		of[p.of][p.port] = (known == "open" or states[i] == "open") and "open" or states[i]
	end
	return of
end

--- s:ports(x): { [port] = "open", "refused" or "silent" } of a host or domain controller, as seen from here.
function methods:ports(x)
	return self:once("ports", try_ports, self)[x]
end

--- s:is_open(domain, port): whether any domain controller of the domain takes a connection on that port.
function methods:is_open(domain, port)
	for _, c in ipairs(self:subjects "controller") do
		if c.domain == domain and self:ports(c)[port] == "open" then
			return true
		end
	end
	return false
end

--- s:services(target): the names under which the job asks for this target, FQDN and short.
function methods:services(target)
	return hosts.spns(target.object, self.job.services)
end

-- Of all targets of a forest at once.
local function owners_in(s, dir)
	local names, by_spn = {}, {}
	for _, t in ipairs(s.lists.target) do
		if t.object and t.dir:info().root_base == dir:info().root_base then
			table.move(s:services(t), 1, #s:services(t), #names + 1, names)
		end
	end
	for _, row in ipairs(spn_find(names, {}, dir)) do
		local key = row.asked:lower()
		by_spn[key] = by_spn[key] or {}
		table.insert(by_spn[key], row)
	end
	return by_spn
end

--- s:owners(target, spn): rows of spn.find about a name of the target's.
function methods:owners(target, spn)
	local forest = target.dir:info().root_base
	return self:once("owners " .. forest, owners_in, self, target.dir)[spn:lower()] or {}
end

--- s:sids(host): the SIDs of its account and of its groups.
function methods:sids(host)
	return self:once("sids " .. host.object.dn, function()
		return selective_authentication.host(host.object, host.dir).read()
	end)
end

-- Who comes in over the network, from the same domain or another one; a server's Users are all of these.
local EVERYBODY = { "S-1-1-0", "S-1-5-11", "S-1-5-2", "S-1-5-15", "S-1-5-32-545" }

local function token_groups(who)
	local list = { who.object.objectSid }
	for e in who.dir:search { base = who.object.dn, scope = "base", attributes = { "tokenGroups" } } do
		for _, bytes in ipairs(e.tokenGroups or {}) do
			list[#list + 1] = codec.sid(bytes)
		end
	end
	return list
end

--- s:token(who, server): the SIDs with which an account is judged on a server; not those of the server's own groups.
function methods:token(who, server)
	return self:once(("token %s %s"):format(who.object.dn, server.domain.name), function()
		local list = who.domain == server.domain and token_groups(who)
			or selective_authentication.token(selective_authentication.host(who.object, who.dir), server.dir)
		return unite(list, EVERYBODY)
	end)
end

--- s:domain_of(dir): the subject that stands for the domain of this directory.
methods.domain_of = domain_of

return scene
