-- Connections: what the command line says is the default directory; the one connected last is the
-- current one, in which verbs look for names.
local core = require "adsh.core.directory"
local failure = require "adsh.failure"
local help = require "adsh.help"
local options = require "adsh.core.options"
local raising = require "adsh.raising"

local directory = {}

local PLACE = { "domain", "server" }
local IDENTITY = { "user", "password_file", "keytab", "ccache", "krb5" }
local PROTECTION = { "tls", "cacert", "simple" }

raising.methods(core.methods)

-- What the schema does not know is said before a search comes back empty.
for at, name in ipairs { "search", "find", "get" } do
	local method = core.methods[name]
	local place = at == 3 and 2 or 1 -- of the options: get has a name before them
	core.methods[name] = function(dir, ...)
		local o = select(place, ...)
		if type(o) == "table" and (o.filter or o.attributes) then
			require "adsh.attribute_names".check(dir, o)
		end
		return method(dir, ...)
	end
end

local connect = raising(core).connect
local from_file = require "adsh.snapshot.open"
local preferred -- names of domain controllers with spaces between them

local function open(o)
	o.prefer = o.prefer or preferred
	return connect(o)
end

help "directory.prefer(list) - Internal: connections to come try those of these { server= } first."
function directory.prefer(list)
	local names = {}
	for _, one in ipairs(list) do
		table.insert(names, 1, one.server)
	end
	preferred = #names > 0 and table.concat(names, " ") or preferred
end

-- The last directory of each domain stays open, also when nobody keeps the value: names find it.
directory.opened = {}

local function keep(dir)
	local info = dir:info()
	if info.domain and not info.is_gc then
		directory.opened[info.domain:lower()] = dir
	end
	return dir
end

-- Fills target from the command line, unless the caller gave one of these himself.
local function inherit(target, given, keys)
	for _, key in ipairs(keys) do
		if given[key] ~= nil then
			return
		end
	end
	for _, key in ipairs(keys) do
		target[key] = options[key]
	end
end

local function current_of(dir)
	core.current(dir)
	if options.verbose then
		require "adsh.say".err(tostring(dir))
	end
	return dir
end

help [[connect([domain | "@PROFILE" | {domain=, server=, user=, ...}]) - Opens a directory and makes it current.
Arguments:
  domain (string): its DNS name. Default: that of the ticket
  "@prod" (string): the profile of that name; its rules, such as read_only, apply from then on to all that is written
  domain, server, user, password_file, keytab, ccache, tls, cacert (option, string): in a table, as on the command
    line. Default: as there
  simple (option, boolean): as on the command line. Default: false
  gc (option, boolean): true connects to a global catalog. Default: false
  connect_timeout, timeout (option, number): seconds for each server, and for an answer. Default: 10, 60
  krb5 (option, identity): what krb5.login returned. Default: a new identity
  from (option, string): a snapshot file instead of a directory. Default: --from
Returns: a directory: dir:search, dir:get, dir:info, dir:close
Errors:
  connect: no server answers, or the login failed
Example: connect()
Example: connect{domain = "alpha.test"}:info()]]
function directory.connect(given)
	if type(given) == "string" and given:sub(1, 1) == "@" then
		given = require "adsh.profiles".connection(given:sub(2))
	elseif type(given) == "string" then
		given = { domain = given }
	end
	given = given or {}
	if given.from or options.from and not (given.domain or given.server) then
		return current_of(from_file.open(given.from or options.from, given.domain or options.domain))
	end
	local o = {}
	for key, value in pairs(given) do
		o[key] = value
	end
	inherit(o, given, PLACE)
	inherit(o, given, IDENTITY)
	for _, key in ipairs(PROTECTION) do
		inherit(o, given, { key })
	end
	return current_of(keep(open(o)))
end

help [[directory.current([dir]) - Returns the current directory, or opens it; dir becomes the current directory.
Arguments:
  dir (directory): the new current directory. Default: unchanged
Returns: a directory
Errors:
  connect: no server answers, or the login failed
Example: directory.current():info().domain]]
function directory.current(dir)
	return core.current(dir) or directory.connect()
end

-- ---- directories of other domains ----

local RETRY = 30 -- seconds in which a domain that could not be reached is not tried again

local unreachable = {}

help "directory.known_domains(dir) - Internal: dir's forest and what its domain trusts: domain, netbios."
function directory.known_domains(dir)
	local trusts, known = raising(require "adsh.core.trust"), {}
	for _, list in ipairs { trusts.domains(dir), trusts.list(dir) } do
		for _, d in ipairs(list) do
			known[#known + 1] = { domain = d.domain or d.partner, netbios = d.netbios }
		end
	end
	return known
end

-- The DNS name of a domain that home's forest has or that home's domain trusts, by DNS or NetBIOS name.
local function known_name(home, domain)
	for _, d in ipairs(directory.known_domains(home)) do
		if d.domain:lower() == domain:lower() or d.netbios and d.netbios:lower() == domain:lower() then
			return d.domain
		end
	end
end

local function dns_name(home, domain)
	local name = domain:find(".", 1, true) and domain or known_name(home, domain)
	return name or error(failure("notfound", ("no domain called %s is connected or known to %s"):format(domain,
		home:info().domain), "connect to it by its DNS name"), 0)
end

-- With the login of home; what has no tickets logs in by the command line's options.
local function open_like(home, domain, gc, server, timeout)
	if home:info().snapshot then
		return from_file.other(home, domain, gc)
	end
	local o = { domain = domain, like = home, gc = gc, server = server, connect_timeout = timeout,
		prefer = gc and home:info().host or nil }
	if home:info().mechanism == "simple" then
		o.like = nil
		inherit(o, {}, IDENTITY)
	end
	for _, key in ipairs(PROTECTION) do
		inherit(o, {}, { key })
	end
	return open(o)
end

-- An identity of the domain's own, where there is one at hand: a key in the keytab, a cache in the collection.
local function own_identity(domain)
	local krb5, realm = require "adsh.core.krb5", domain:upper()
	if options.keytab then
		local name = krb5.keytab_of(options.keytab, realm, options.user)
		return name and { domain = domain, keytab = options.keytab, user = name }
	end
	local cache = not options.user and krb5.cache_of(realm, options.ccache)
	return cache and { domain = domain, ccache = cache }
end

-- With the domain's own identity, else with that of home over the trust.
local function open_other(home, domain)
	if home:info().snapshot then
		return from_file.other(home, domain)
	end
	local own = own_identity(domain)
	for _, key in ipairs(own and PROTECTION or {}) do
		inherit(own, {}, { key })
	end
	if own then
		local dir, err = raising.try(open, own)
		if dir then
			return dir
		end
		require "adsh.say".err(("note: %s; querying %s as %s"):format(err.message, domain,
			home:info().principal or "nobody"))
	end
	return open_like(home, domain)
end

-- On the same domain controller where that has one: it knows what was just written there.
help [[directory.catalog(dir) - Opens a separate connection to the global catalog of dir's forest, with dir's login.
Arguments:
  dir (directory): of the forest
Returns: a directory
Errors:
  connect: no global catalog answers
Example: directory.catalog(dir):close()]]
function directory.catalog(dir)
	local info = dir:info()
	local forest = require "adsh.sid_names".domain_of(info.root_base)
	return open_like(dir, forest, true, info.mechanism == "simple" and info.host or nil)
end

help "directory.at(dir, server, timeout) - Internal: a connection to that domain controller with dir's login."
function directory.at(dir, server, timeout)
	return open_like(dir, dir:info().domain, nil, server, timeout)
end

help [[directory.of(domain) - Returns the directory of a domain; opens it with its own tickets or over the trust.
Arguments:
  domain (string): its DNS or NetBIOS name
Returns: a directory
Errors:
  connect: no server answers, or no trust leads there
Example: directory.of("alpha.test"):info()]]
function directory.of(domain)
	domain = domain:match "^(.+)%.$" or domain -- the root of the DNS
	local dir = core.named(domain)
	if dir then
		return dir
	end
	local home, key = directory.current(), domain:lower()
	local before = unreachable[key]
	if before and os.time() - before.time < RETRY then
		error(before.err, 0)
	end
	local err
	dir = core.named(domain) -- home may have been opened just now
	if not dir then
		dir, err = raising.try(function() return open_other(home, dns_name(home, domain)) end)
	end
	unreachable[key] = err and { err = err, time = os.time() } or nil
	if not dir then
		error(err, 0)
	end
	return keep(dir)
end

local strangers = {} -- [domain .. home's] = true: names that are no domains there

help "directory.of_known(domain) - Internal: directory.of, for a domain that the current directory knows; else nil."
function directory.of_known(domain)
	local home = directory.current()
	local key = domain:lower() .. " " .. home:info().domain
	if strangers[key] then
		return nil
	end
	local known = known_name(home, domain)
	strangers[key] = not known or nil
	return known and directory.of(known)
end

-- The domain that a name is in by its form: HOST@DOMAIN, DOMAIN\\host, a DN; nil for others.
local function domain_in(name)
	local labels = {}
	for label in name:gmatch "[,^]%s*[Dd][Cc]=([^,]+)" do
		labels[#labels + 1] = label
	end
	if #labels > 0 then
		return table.concat(labels, ".")
	end
	return name:match "^[^/=]+@([^@/]+)$" or name:match "^([^\\/=]+)\\"
end

--- The directory in which a name is to be looked up, opened when it is not connected. What is behind an @
--- may be no domain but another suffix of user names: then it is home (default: the current directory).
help "directory.for_name(name[, home]) - Internal: The directory to look a name like DOMAIN\\host01 up in, else home."
function directory.for_name(name, home)
	local domain = domain_in(name)
	home = home or directory.current()
	if not domain or home:info().domain:lower() == domain:lower() then
		return home
	end
	local dir, err = raising.try(directory.of, domain)
	if not dir and known_name(home, domain) then
		error(err, 0)
	end
	return dir or home
end

help [[dir:forest() - Lists the domains of the forest, the root first; forest:search{...} searches all of them.
Returns: a list, and its method search:
  domain, netbios (string), base (DN): of the domain
  parent (string): the domain above it; nil for a root
Errors:
  connect: no server answers
Example: dir:forest()]]
function core.methods.forest(dir)
	return require "adsh.forest"(dir)
end

core.notes(options.verbose and "all" or options.interactive and not options.quiet and "lost" or nil)

--- NAME@domain and DOMAIN\NAME are of that domain.
help "directory.place_of(name) - Internal: where an object of that name is to be made; its plain name."
function directory.place_of(name)
	local plain, domain = name:match "^([^\\]+)@([^@\\]+)$"
	if not plain then
		domain, plain = name:match "^([^\\]+)\\([^\\]+)$"
	end
	local home = directory.for_name(name)
	local dir = domain and raising.try(directory.of, domain)
	return dir or home, dir and plain or name
end

return directory
