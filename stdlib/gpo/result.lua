-- Which policies a computer applies, and what they come to: gpo.result. What was read of directories and of SYSVOL is
-- kept in a reader, so that many hosts of a domain cost as much as one.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local extensions = require "adsh.gpo.extensions"
local filter = require "adsh.gpo.result_filter"
local hosts = require "adsh.hosts"
local order = require "adsh.gpo.result_order"
local place = require "adsh.gpo.place"
local printable = require "adsh.format.printable"
local raising = require "adsh.raising"
local result_settings = require "adsh.gpo.result_settings"
local settings = require "adsh.gpo.settings"
local sid_names = require "adsh.sid_names"
local site = require "adsh.gpo.result_site"

local try = raising.try

local result = {}
local reader = {}
reader.__index = reader

local BLOCKS = "1" -- gPOptions (MS-GPOL 2.2.3)

--- result.reader(): for result.of; of many hosts the same one.
function result.reader()
	return setmetatable({ memory = {} }, reader)
end

-- What f(...) gives, once for each key; an error is remembered too.
function reader:once(key, f, ...)
	local known = self.memory[key]
	if not known then
		known = table.pack(try(f, ...))
		self.memory[key] = known
	end
	if known[1] == nil and known[2] then
		error(known[2], 0)
	end
	return table.unpack(known, 1, known.n)
end

-- ---- the directory ----

local ATTRIBUTES = { "cn", "displayName", "flags", "versionNumber", "gPCFunctionalityVersion",
	"gPCMachineExtensionNames", "gPCWQLFilter", "nTSecurityDescriptor" }
local OWNER_GROUP_DACL = 7

local function policies_of(dir)
	local by_guid = {}
	for e in dir:search { base = place.container(dir), scope = "one", filter = "(objectClass=groupPolicyContainer)",
		attributes = ATTRIBUTES, sd_flags = OWNER_GROUP_DACL } do
		local p = { dn = e.dn, dir = dir }
		for _, name in ipairs(ATTRIBUTES) do
			p[name] = e:first(name)
		end
		p.descriptor, p.name, p.guid = p.nTSecurityDescriptor, p.displayName or p.cn, p.cn:upper()
		by_guid[p.guid] = p
	end
	return by_guid
end

-- The policy of a link; nil: there is none. An error: its domain does not answer.
function reader:policy(link)
	local domain = sid_names.domain_of(link.dn):lower()
	return self:once("policies " .. domain, function()
		return policies_of(directory.of(domain))
	end)[(link.guid or ""):upper()]
end

function reader:container(dir, dn, kind)
	return self:once("container " .. dn:lower(), function()
		local o = place.read(dir, dn, { "gPLink", "gPOptions" })
		return { dn = dn, kind = kind, gPLink = o.gPLink, blocks = tostring(o.gPOptions) == BLOCKS }
	end)
end

-- "OU=x,DC=y" of "CN=a\,b,OU=x,DC=y"
local function parent(dn)
	local at = 1
	while true do
		local comma = dn:find(",", at, true)
		if not comma then
			return nil
		end
		local escapes = dn:sub(1, comma - 1):match "\\*$"
		if #escapes % 2 == 0 then
			return dn:sub(comma + 1)
		end
		at = comma + 1
	end
end

-- The OUs around an object, the outermost first. Policies are linked to OUs, domains and sites only.
local function units(dn, base)
	local list, up = {}, parent(dn)
	while up and up:lower() ~= base:lower() do
		if up:find "^[Oo][Uu]=" then
			table.insert(list, 1, up)
		end
		up = parent(up)
	end
	return list
end

-- ---- who the host is ----

local EVERYBODY = { "S-1-1-0", "S-1-5-11" } -- Everyone, Authenticated Users
local CONTROLLERS = "S-1-5-9" -- Enterprise Domain Controllers
local BUILTIN = "^S%-1%-5%-32%-"

-- apply: as the host itself sees it, where the groups under BUILTIN are its own; read: as its domain controller does.
local function token_of(h)
	local apply, read = { h.sid, table.unpack(EVERYBODY) }, { h.sid, table.unpack(EVERYBODY) }
	if h.is_controller then
		apply[#apply + 1], read[#read + 1] = CONTROLLERS, CONTROLLERS
	end
	local n = 0
	for e in h.dir:search { base = h.dn, scope = "base", attributes = { "tokenGroups" } } do
		for _, bytes in ipairs(e.tokenGroups or {}) do
			local sid = codec.sid(bytes)
			n, read[#read + 1] = n + 1, sid
			apply[#apply + 1] = (h.is_controller or not sid:find(BUILTIN)) and sid or nil
		end
	end
	return { apply = apply, read = read, is_whole = n > 0 }
end

local HOST = { "sAMAccountName", "dNSHostName", "objectSid", "userAccountControl" }

local function host_of(host, options)
	local name = type(host) == "table" and host.dn or host
	local dir = options.domain and directory.of(options.domain) or directory.for_name(name)
	local o = dir:get(name, { want = "computer", attributes = HOST })
	local h = { dir = dir, dn = o.dn, sid = o.objectSid, name = o.sAMAccountName, site = options.site,
		fqdn = (hosts.names(o)), addresses = options.addresses }
	h.is_controller = hosts.has_flag(o, "SERVER_TRUST_ACCOUNT") or hosts.has_flag(o, "PARTIAL_SECRETS_ACCOUNT")
	return h
end

-- ---- which policies ----

local function site_of(r, h, found)
	local known = r:once("sites " .. h.dir:info().root_base, site.read, h.dir)
	local dn, how = site.of(h.dir, known, h)
	found.site, found.site_known_by = dn and site.name(dn), how
	if not dn then
		found.unseen[#found.unseen + 1] = ("its site is not known (%s): policies of sites are skipped"):format(how)
	end
	return dn
end

local function containers_of(r, h, found)
	local base, list = h.dir:info().base, {}
	local dn = site_of(r, h, found)
	list[#list + 1] = dn and r:container(h.dir, dn, "site")
	list[#list + 1] = r:container(h.dir, base, "domain")
	for _, ou in ipairs(units(h.dn, base)) do
		list[#list + 1] = r:container(h.dir, ou, "OU")
	end
	return list
end

-- Why a link has no effect, and its policy. The third: "unseen" where that may be otherwise for the host, "partial"
-- where something did not answer.
local function why_not(r, link, token)
	local p, err = try(r.policy, r, link)
	if link.disabled then
		return "the link is disabled", p
	elseif link.blocked_by then
		return "blocked by " .. link.blocked_by, p
	elseif err then
		return "its domain does not answer: " .. err.message, nil, "partial"
	elseif not p then
		return "the policy does not exist, or cannot be read", nil, "unseen"
	end
	return filter.why_not(p, token), p
end

local function wmi_name(r, p)
	local guid = (p.gPCWQLFilter or ""):match ";({[%x-]+});"
	if not guid then
		return nil
	end
	return (r:once("wmi " .. p.dir:info().domain .. guid, function()
		local dn = ("CN=%s,CN=SOM,CN=WMIPolicy,CN=System,%s"):format(guid, p.dir:info().base)
		local o = try(place.read, p.dir, dn, { "msWMI-Name" })
		return o and o["msWMI-Name"] or guid
	end))
end

local SHOWN = { "name", "kind", "container", "order", "enforced", "wmi_filter", "why", "guid" }

local function row_of(link, p)
	return { name = p and p.name or link.guid or link.dn, guid = p and p.guid or link.guid, container = link.container,
		kind = link.kind, order = link.order, enforced = link.enforced }
end

-- What can only be seen on the host, or not be read.
local function note(r, found, row, p)
	row.wmi_filter = wmi_name(r, p)
	if row.wmi_filter then
		found.unseen[#found.unseen + 1] = ("the WMI filter '%s' of '%s' is not evaluated; the policy is assumed to apply")
			:format(row.wmi_filter, p.name)
	elseif not p.descriptor then
		found.unseen[#found.unseen + 1] = ("the filter of '%s' cannot be read; the policy is assumed to apply"):format(p.name)
	end
end

-- Fills in policies and left_out; gives those that are applied.
local function choose(r, h, found)
	local token, applied = token_of(h), {}
	if not token.is_whole then
		found.unseen[#found.unseen + 1] = "its groups cannot be read: policies that are filtered by group are skipped"
	end
	for _, link in ipairs(order.of(containers_of(r, h, found))) do
		local why, p, doubt = why_not(r, link, token)
		local row = row_of(link, p)
		if why then
			row.why = why
			found.unseen[#found.unseen + 1] = doubt and ("%s, linked to %s: %s"):format(row.name, link.container, why) or nil
			found.partial = found.partial or doubt == "partial" or nil
			table.insert(found.left_out, row)
		else
			note(r, found, row, p)
			table.insert(found.policies, row)
			applied[#applied + 1] = p
		end
	end
	return applied
end

-- ---- what they say ----

local PARTS = { -- a part of a policy, and the extension that carries it out
	{ "security", "{827D319E-6EAC-11D2-A4EA-00C04F79F83A}", { "restricted_groups", "rights" } },
	{ "groups", "{17D89FEC-5C44-4972-B12D-241CAEF74509}", { "preference_groups" } },
	{ "firewall", "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}", { "firewall" } },
	{ "scripts", "{42B5FAAE-6536-11D2-AE5A-0000F87571E3}", { "scripts" } },
}

-- Without the parts that no client carries out, because their extension is not registered (MS-GPOL 3.2.1.24).
local function registered(p, all, found)
	local names, kept = extensions.list(p.gPCMachineExtensionNames), {}
	for _, part in ipairs(PARTS) do
		for _, field in ipairs(part[3]) do
			local is_set = next(all[field]) ~= nil
			kept[field] = names[part[2]] and all[field] or {}
			if is_set and not names[part[2]] then
				found.notes[#found.notes + 1] = ("'%s' has %s, which no client applies: its gPCMachineExtensionNames does "
					.. "not contain %s")
					:format(p.name, field:gsub("_", " "), part[2])
			end
		end
	end
	return kept
end

-- The copy of the domain controller that is asked.
local function folder_of(p)
	local info = p.dir:info()
	return place.folder(p.dir, info.dns_host or info.host, p.guid)
end

local function read_settings(r, p, found)
	local all, err = try(r.once, r, "settings " .. p.dn:lower(), function()
		return settings.read(folder_of(p))
	end)
	if err then
		found.partial = true
		found.unseen[#found.unseen + 1] = ("the files of '%s' cannot be read: %s"):format(p.name, err.message)
	end
	return all and registered(p, all, found)
end

-- As Windows looks for it: a well-known name, then the domain.
local function sid_of(name, dir)
	if name:find "^S%-1%-" then
		return name
	end
	for _, authority in ipairs { "", "BUILTIN\\", "NT AUTHORITY\\" } do
		local sid = codec.wellknown(authority .. name)
		if sid then
			return sid
		end
	end
	local o = try(function()
		return directory.for_name(name, dir):get(name, { attributes = { "objectSid" } })
	end)
	return o and o.objectSid
end

local function names_for(r, h)
	local domain = h.dir:info().domain
	return {
		sid = function(name)
			return (r:once(("sid %s %s"):format(domain, name:lower()), sid_of, name, h.dir))
		end,
		shown = function(name)
			return name:find "^S%-1%-" and sid_names.shown(name, domain) or name
		end,
	}
end

local TABLES = { groups = { "group", "action", "members", "by", "policy", "overrules" },
	rights = { "right", "who", "policy", "overrules" },
	firewall = { "rule", "dir", "action", "lport", "from", "policy", "overrules" }, scripts = { "script", "policy" } }

-- What is found before anything is looked at.
local function nothing(h)
	return { host = h.name, dn = h.dn, policies = printable.ordered({}, SHOWN), left_out = printable.ordered({}, SHOWN),
		notes = {}, unseen = {} }
end

--- result.controller(dir): the name of the computer account of the domain controller that dir is connected to.
function result.controller(dir)
	local info = dir:info()
	return (info.dns_host or info.host):match "^[^.]+" .. "$"
end

--- result.applied(r, host, options): the policies that a computer applies, the winner last: name, folder; and what
--- gpo.result says of them.
function result.applied(r, host, options)
	local h = host_of(host, options or {})
	local found, list = nothing(h), {}
	for i, p in ipairs(choose(r, h, found)) do
		list[i] = { name = p.name, folder = folder_of(p) }
	end
	return list, found
end

--- result.of(r, host, options): what gpo.result gives. r: of result.reader. options.addresses: a function that gives
--- those of the host, where they are known already.
function result.of(r, host, options)
	local h = host_of(host, options or {})
	local found, list = nothing(h), {}
	for _, p in ipairs(choose(r, h, found)) do
		local own = read_settings(r, p, found)
		list[#list + 1] = own and { name = p.name, settings = own }
	end
	found.groups, found.rights, found.firewall, found.scripts = result_settings.of(list, names_for(r, h))
	for name, fields in pairs(TABLES) do
		printable.ordered(found[name], fields)
	end
	for _, g in ipairs(found.groups) do
		found.unseen[#found.unseen + 1] = g.targeted and ("the targeting of the preference for %s in '%s' is not evaluated")
			:format(g.group, g.policy) or nil
	end
	return found
end

return result
