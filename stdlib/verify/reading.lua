-- Fills a state (adsh.verify.state) from directories, with few searches: the accounts that are asked about, those that
-- may delegate, owners of names, and the groups by which somebody may act or may not be acted for.
local codec = require "adsh.core.codec"
local core = require "adsh.core.delegation"
local descriptor = require "adsh.verify.descriptor"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local lookup = require "adsh.core.lookup"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"
local state = require "adsh.verify.state"
local trust = require "adsh.trust"

local reading = {}

local account = raising(lookup).account

local TARGETS, SPNS = "msDS-AllowedToDelegateTo", "servicePrincipalName"
local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local COMPUTED = "msDS-User-Account-Control-Computed"
local AT_ONCE = 100 -- terms in one search

local ATTRIBUTES = {
	"sAMAccountName", "objectSid", "objectGUID", "objectClass", "userAccountControl", "primaryGroupID", "dNSHostName",
	"accountExpires", "groupType", SPNS, TARGETS, SOURCES,
}

-- Of accounts that are asked about. A file has no attributes that a domain controller computes.
local function more_of(dir)
	return table.move(ATTRIBUTES, 1, #ATTRIBUTES, 2, { dir:info().snapshot and "lockoutTime" or COMPUTED })
end

-- ---- objects ----

local LOCKED = 0x10 -- UF_LOCKOUT, which only the computed attribute has (MS-ADTS 3.1.1.4.5.17)
local NEVER = 0x7fffffffffffffff
local EPOCH = 11644473600 -- seconds from 1601 to 1970

local function number(e, name)
	return math.tointeger(tonumber(e:first(name) or 0)) or 0
end

local function has_expired(e)
	local at = number(e, "accountExpires")
	return at ~= 0 and at ~= NEVER and at // 10000000 - EPOCH < os.time()
end

local function has_class(e, class)
	for _, v in ipairs(e.objectClass or {}) do
		if v:lower() == class then
			return true
		end
	end
	return false
end

local function common(e, domain)
	local sid, guid = e:first "objectSid", e:first "objectGUID"
	return { account = e:first "sAMAccountName" or e.dn, dn = e.dn, domain = domain, sid = sid and codec.sid(sid),
		guid = guid and codec.guid(guid) }
end

local function account_of(e, domain)
	local a = common(e, domain)
	a.uac, a.spns, a.targets = number(e, "userAccountControl"), e[SPNS] or {}, e[TARGETS] or {}
	a.descriptor, a.primary_group = e:first(SOURCES), number(e, "primaryGroupID")
	a.computer = has_class(e, "computer")
	a.names = a.computer and { (a.account:gsub("%$$", "")), e:first "dNSHostName" } or {}
	a.expired, a.locked = has_expired(e), number(e, COMPUTED) & LOCKED ~= 0 or number(e, "lockoutTime") > 0
	return a
end

local BUILTIN, GLOBAL, UNIVERSAL, SECURITY = 0x1, 0x2, 0x8, 0x80000000 -- MS-ADTS 2.2.12

local function group_of(e, domain)
	local g, type = common(e, domain), number(e, "groupType")
	g.security, g.members = type & SECURITY ~= 0, e.member or {}
	g.scope = type & BUILTIN ~= 0 and "builtin" or type & GLOBAL ~= 0 and "global" or type & UNIVERSAL ~= 0 and "universal"
		or "domainlocal"
	return g
end

-- ---- searching ----

-- f(e) for what any of the terms finds in dir.
local function each(dir, terms, attributes, f)
	for i = 1, #terms, AT_ONCE do
		local some = table.move(terms, i, math.min(i + AT_ONCE - 1, #terms), 1, {})
		for e in dir:search { filter = filter.any(some), attributes = attributes } do
			f(e)
		end
	end
end

-- The part of a reading that is of one domain: lists of what is still to be looked for there.
local function part_of(r, dir)
	local domain = dir:info().domain
	local part = r.parts[domain:lower()]
	if not part then
		part = { dir = dir, domain = domain, terms = {}, groups = {} }
		r.parts[domain:lower()] = part
		r.order[#r.order + 1] = part
	end
	return part
end

local function keep(r, part, e)
	if not e:first "groupType" and e:first "userAccountControl" then
		local known = r.state.accounts[e.dn:lower()]
		return known or state.add_account(r.state, account_of(e, part.domain))
	end
end

-- ---- the domain itself ----

-- "host=alerter,appmgmt,..."
local function aliases_of(values)
	local aliases = {}
	for _, v in ipairs(values or {}) do
		local cover, classes = v:match "^([^=]+)=(.*)$"
		for class in (classes or ""):gmatch "[^,]+" do
			aliases[class:lower()] = aliases[class:lower()] or cover:lower()
		end
	end
	return aliases
end

local function read_domain(r, part)
	local dir, info = part.dir, part.dir:info()
	local head = dir:get(info.base, { attributes = { "objectSid" } }).objectSid
	local krbtgt = ("%s-%d"):format(head, codec.rid "krbtgt")
	local d = { domain = part.domain, sid = head, krbtgt = 0 }
	each(dir, { filter.bytes("objectSid", codec.sid(krbtgt)) }, { "userAccountControl" }, function(e)
		d.krbtgt = number(e, "userAccountControl")
	end)
	r.state.domains[part.domain:lower()] = d
	part.head = head
	if not next(r.state.aliases) then
		local where = "CN=Directory Service,CN=Windows NT,CN=Services," .. info.config_base
		for e in dir:search { base = where, scope = "base", filter = "(objectClass=*)", attributes = { "sPNMappings" } } do
			r.state.aliases = aliases_of(e.sPNMappings)
		end
		r.state.dialect = info.samba and "samba" or "windows"
	end
end

-- ---- who is asked about, and who may delegate ----

local function is_plain(name)
	return type(name) == "string" and not name:find "[@\\]"
end

-- The objects of names, each with its directory.
local function resolve(list, want)
	local plain, found, result = {}, {}, {}
	for _, x in ipairs(list) do
		plain[#plain + 1] = is_plain(x) and x or nil
	end
	local dir = #plain > 0 and directory.current()
	for i, o in ipairs(dir and dir:get(plain, { want = want, attributes = { "sAMAccountName" } }) or {}) do
		found[plain[i]] = o
	end
	for i, x in ipairs(list) do
		if found[x] then
			result[i] = { o = found[x], dir = dir }
		else
			local o, where = account(x, want)
			result[i] = { o = o, dir = where }
		end
	end
	return result
end

local function read_named(r, list)
	local objects = resolve(list, "account")
	for _, x in ipairs(objects) do
		table.insert(part_of(r, x.dir).terms, filter.eq("distinguishedName", x.o.dn))
	end
	for _, part in ipairs(r.order) do
		each(part.dir, part.terms, more_of(part.dir), function(e) keep(r, part, e) end)
		part.terms = {}
	end
	for i, x in ipairs(objects) do
		r.found[list[i]] = r.state.accounts[x.o.dn:lower()]
	end
end

local function is_foreign(dn)
	return dn and dn:find(",CN=ForeignSecurityPrincipals,", 1, true)
end

-- The directory that has an object, and what finds it there; nil: none that can be asked.
local function place_of(o)
	local dir
	if o.sid then
		dir = sid_names.home(o.sid)
	elseif not is_foreign(o.dn) then
		dir = raising.try(directory.of, o.domain or sid_names.domain_of(o.dn))
	end
	return dir, dir and (o.sid and filter.bytes("objectSid", codec.sid(o.sid))
		or o.guid and filter.bytes("objectGUID", codec.guid(o.guid)) or filter.eq("distinguishedName", o.dn))
end

-- Objects of any kind, wherever they are: accounts, and groups, whose DNs are noted.
local function read_objects(r, list)
	for _, o in ipairs(list) do
		local dir, term = place_of(o)
		if dir then
			table.insert(part_of(r, dir).terms, term)
		end
	end
	for _, part in ipairs(r.order) do
		each(part.dir, part.terms, ATTRIBUTES, function(e)
			if e:first "groupType" then
				table.insert(part.groups, e.dn)
			end
			keep(r, part, e)
		end)
		part.terms = {}
	end
end

local function read_delegators(r, part)
	local terms = { filter.bits("userAccountControl", "TRUSTED_FOR_DELEGATION"),
		filter.bits("userAccountControl", "TRUSTED_TO_AUTH_FOR_DELEGATION"), filter.has(TARGETS), filter.has(SOURCES) }
	each(part.dir, terms, ATTRIBUTES, function(e) keep(r, part, e) end)
end

-- ---- owners of names ----

local function put_name(names, spn, aliases)
	local class, host = spn:match "^([^/]+)/(.+)$"
	names[spn:lower()] = spn
	local cover = class and aliases[class:lower()]
	if cover then
		names[cover .. "/" .. host:lower()] = cover .. "/" .. host
	end
end

-- What a KDC may have to look for. Samba's looks for a computer's cn, too.
local function names_of(r, spns, everything)
	local names, terms, shorts = {}, {}, {}
	for _, spn in ipairs(spns) do
		put_name(names, spn, r.state.aliases)
	end
	for _, a in pairs(everything and r.state.accounts or {}) do
		for _, spn in ipairs(a.targets) do
			put_name(names, spn, r.state.aliases)
		end
	end
	for _, spn in pairs(names) do
		terms[#terms + 1] = filter.eq(SPNS, spn)
		local short = r.state.dialect == "samba" and spn:lower():match "^host/([^.:/]+)"
		if short and not shorts[short] then
			shorts[short] = true
			terms[#terms + 1] = filter.all(filter.eq("cn", short), "(objectClass=computer)")
		end
	end
	return terms
end

-- ---- groups ----

local function is_of(sid, head)
	return sid:match "^(.*)%-%d+$" == head or sid:match "^S%-1%-5%-32%-%d+$"
end

local function add_sids(sids, bytes, head)
	local let, _, more = core.sources(bytes)
	for _, list in ipairs(let and { let, more.denied, more.conditional } or {}) do
		for _, sid in ipairs(list) do
			sids[sid] = is_of(sid, head) or nil
		end
	end
end

local function named_by_descriptors(r, part)
	local sids = { [("%s-%d"):format(part.head, codec.rid "Protected Users")] = true }
	for _, a in pairs(r.state.accounts) do
		if a.descriptor then
			add_sids(sids, a.descriptor, part.head)
			add_sids(sids, descriptor.plain(a.descriptor) or a.descriptor, part.head)
		end
	end
	return sids
end

-- Adds the groups that the terms find; gives their DNs.
local function add_groups(r, part, terms, pending)
	each(part.dir, terms, { "sAMAccountName", "objectSid", "objectGUID", "groupType", "member" }, function(e)
		if e:first "groupType" and not r.state.groups[e.dn:lower()] then
			state.add_group(r.state, group_of(e, part.domain))
			pending[#pending + 1] = filter.eq("memberOf", e.dn)
		end
	end)
	return pending
end

-- Groups in them, and with them in turn; everything: their members, too.
local function read_groups(r, part, more, everything)
	local terms = {}
	for sid in pairs(named_by_descriptors(r, part)) do
		terms[#terms + 1] = filter.bytes("objectSid", codec.sid(sid))
	end
	for _, dn in ipairs(more) do
		terms[#terms + 1] = filter.eq("distinguishedName", dn)
	end
	local pending = add_groups(r, part, terms, {})
	while #pending > 0 do
		local of = pending
		pending = add_groups(r, part, { filter.all("(objectClass=group)", filter.any(of)) }, {})
		if everything then
			each(part.dir, { filter.all("(objectClass=user)", filter.any(of)) }, ATTRIBUTES, function(e) keep(r, part, e) end)
		end
	end
end

-- ---- trusts ----

local function read_paths(r)
	local view = trust.view()
	for _, a in ipairs(r.order) do
		for _, b in ipairs(r.order) do
			if a ~= b then
				r.state.paths[a.domain:lower() .. " " .. b.domain:lower()] = trust.between(a.domain, b.domain, view)
			end
		end
	end
end

-- ---- all ----

--- read(o): a state, and found = the accounts by what they were called. o.accounts = names or objects; o.objects =
--- objects of any kind, { dn=, guid=, domain= } or { sid= }; o.spns = names of services, or f(state, found) that gives
--- them; o.everything: all who may delegate, with the members of groups that do.
function reading.read(o)
	local r = { state = state.new(), parts = {}, order = {}, found = {} }
	part_of(r, directory.current())
	read_named(r, o.accounts or {})
	read_objects(r, o.objects or {})
	for _, part in ipairs(r.order) do
		read_domain(r, part)
		if o.everything then
			read_delegators(r, part)
		end
	end
	local spns = type(o.spns) == "function" and o.spns(r.state, r.found) or o.spns or {}
	for _, part in ipairs(r.order) do
		each(part.dir, names_of(r, spns, o.everything), ATTRIBUTES, function(e) keep(r, part, e) end)
	end
	for _, part in ipairs(r.order) do
		read_groups(r, part, part.groups, o.everything)
	end
	read_paths(r)
	return r.state, r.found
end

return reading
