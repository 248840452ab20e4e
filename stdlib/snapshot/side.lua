-- One of the two states that are compared: a snapshot, or the directory now. Everything is asked of the directories of
-- this side, by hand: what finds directories by the names of domains would mix the two.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local metadata = require "adsh.raising"(require "adsh.core.snapshot").metadata
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"
local time = require "adsh.core.time"

local side = {}
local methods = {}
local class = { __index = methods }

-- ---- which domains ----

local function add(s, dir)
	local info = dir:info()
	local d = { domain = info.domain, dir = dir, side = s, base = info.base }
	for e in dir:search { base = info.base, scope = "base", attributes = { "objectSid" } } do
		d.head = codec.sid(e:first "objectSid")
	end
	s.domains[#s.domains + 1] = d
	s.by_name[info.domain:lower()] = d
	s.by_head[d.head or ""] = d
	s.server = s.server or info.dns_host or info.host
end

local function new(fields)
	fields.domains, fields.by_name, fields.by_head, fields.names, fields.servers, fields.missing = {}, {}, {}, {}, {}, {}
	return setmetatable(fields, class)
end

--- of_file(path): every domain that is in it.
function side.of_file(path)
	local it = require "adsh.snapshot.open".file(path)
	local s = new { file = path, taken = it.taken, principal = it.principal }
	for _, dir in ipairs(it.directories) do
		add(s, dir)
	end
	return s
end

--- of_now(domains): these domains as they are now; those that cannot be asked are in lacks.
function side.of_now(domains)
	local home = directory.current()
	local info = home:info()
	local s = new { file = info.snapshot, taken = info.taken or os.date "!%Y-%m-%dT%H:%M:%SZ", principal = info.principal }
	for _, domain in ipairs(domains) do
		local dir, err = home, nil
		if domain:lower() ~= info.domain:lower() then
			dir, err = raising.try(directory.of, domain)
		end
		if dir then
			add(s, dir)
		else
			s.missing[#s.missing + 1] = ("%s: %s"):format(domain, err.message)
		end
	end
	return s
end

-- ---- names ----

local function find(d, sid)
	for e in d.dir:search { filter = filter.bytes("objectSid", codec.sid(sid)),
		attributes = { "sAMAccountName", "groupType", "userAccountControl" } } do
		local account = e:first "sAMAccountName"
		if account then
			return { account = account, dn = e.dn, domain = d.domain, group = e:first "groupType" ~= nil,
				uac = tonumber(e:first "userAccountControl" or nil), sid = sid }
		end
	end
end

--- s:who(sid): { account=, dn=, domain=, group=, uac= }; nil: nobody here has this SID.
function methods:who(sid)
	local known = self.names[sid]
	if known == nil then
		local d = self.by_head[sid:match "^(S%-1%-5%-21%-.*)%-%d+$" or ""]
		if d then
			known = find(d, sid)
		elseif not sid:find "^S%-1%-5%-21%-" then
			for _, one in ipairs(self.domains) do -- BUILTIN has the same SIDs in each
				known = known or find(one, sid)
			end
		end
		self.names[sid] = known or false
	end
	return known or nil
end

-- ---- when it was written, and where ----

local function server_of(d, settings)
	local server
	raising.try(function()
		for e in d.dir:search { base = settings:match "^[^,]+,(.*)$", scope = "base",
			attributes = { "dNSHostName", "cn" } } do
			server = e:first "dNSHostName" or e:first "cn"
		end
	end)
	return server or settings:match "^[^,]+,%a+=([^,]+)"
end

-- Names of domain controllers by the invocation ids of their databases.
local function servers_of(d)
	local config = d.dir:info().config_base
	local known = d.side.servers[config]
	if not known then
		known = {}
		d.side.servers[config] = known
		raising.try(function()
			for e in d.dir:search { base = "CN=Sites," .. config, filter = "(objectClass=nTDSDSA)",
				attributes = { "invocationId" } } do
				local id = e:first "invocationId"
				if id and #id == 16 then
					known[codec.guid(id)] = server_of(d, e.dn)
				end
			end
		end)
	end
	return known
end

local function unix(text)
	local at = time.of_iso(text or "") or time.of_generalized(text or "")
	return at and time.unix(at)
end

-- msDS-ReplAttributeMetaData and msDS-ReplValueMetaData of Windows: XML, one value for each.
local function from_xml(d, values, field, wanted)
	for _, xml in ipairs(values or {}) do
		if (xml:match("<" .. field .. ">(.-)</") or ""):lower() == wanted:lower() then
			local settings = xml:match "<pszLastOriginatingDsaDN>(.-)</"
			return {
				time = unix(xml:match "<ftimeLastOriginatingChange>(.-)</"),
				server = settings and settings ~= "" and server_of(d, settings) or nil,
			}
		end
	end
end

local function from_bytes(d, bytes, attribute)
	for _, m in ipairs(bytes and raising.try(metadata, bytes) or {}) do
		if m.attribute:lower() == attribute:lower() then
			return { time = m.time, server = servers_of(d)[m.invocation] or "a domain controller that no longer exists" }
		end
	end
end

local function read(d, dn, attributes)
	local got
	raising.try(function()
		for e in d.dir:search { base = dn, scope = "base", attributes = attributes } do
			got = e
		end
	end)
	return got
end

--- s:written(dn, attribute[, member]): when that attribute of that object (or that member of a group) was last written:
--- { time=, server=, latest = true: by then, not at that time }; nil: that is not known.
function methods:written(dn, attribute, member)
	local d = self.by_name[sid_names.domain_of(dn):lower()]
	local e = d and read(d, dn, { "replPropertyMetaData", "whenChanged" })
	if not e then
		return nil
	end
	local m = not member and from_bytes(d, e:first "replPropertyMetaData", attribute)
	if not m and not self.file then
		local name = member and "msDS-ReplValueMetaData" or "msDS-ReplAttributeMetaData"
		local more = read(d, dn, { name })
		m = more and from_xml(d, more[name], member and "pszObjectDn" or "pszAttributeName", member or attribute)
	end
	return m or member and { time = unix(e:first "whenChanged"), latest = true } or nil
end

return side
