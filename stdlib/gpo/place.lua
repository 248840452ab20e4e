-- Where group policies are: the domain controller that they are written on, their objects and their folders.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local filter = require "adsh.filter"
local raising = require "adsh.raising"

local place = {}

local ATTRIBUTES = { "cn", "displayName", "flags", "versionNumber", "gPCFileSysPath", "gPCMachineExtensionNames",
	"gPCUserExtensionNames", "gPCWQLFilter", "whenChanged", "objectGUID", "distinguishedName" }

--- read(dir, dn, attributes): the object with one value of each, whatever the schema says.
function place.read(dir, dn, attributes)
	local o = dir:get(dn, { attributes = attributes })
	local plain = { dn = o.dn }
	for _, name in ipairs(attributes) do
		plain[name] = type(o[name]) == "table" and o[name][1] or o[name]
	end
	return plain
end

--- The container of the policies of dir's domain.
function place.container(dir)
	return "CN=Policies,CN=System," .. dir:info().base
end

-- The DNS name of the domain controller that has the role of the PDC emulator (MS-ADTS 6.1.5.3).
local function emulator(dir)
	local role = place.read(dir, dir:info().base, { "fSMORoleOwner" }).fSMORoleOwner
	local server = raising.try(dir.get, dir, role:match "^[^,]+,(.*)$", { attributes = { "dNSHostName" } })
	return server and server.dNSHostName or error(failure("notfound",
		"the domain controller with the role of the PDC emulator is not in the directory: " .. role), 0)
end

local opened = {} -- [host in lower case] = directory

--- writer(dir): a directory of the same domain on its PDC emulator, where policies are written; and its host.
function place.writer(dir)
	local host, info = emulator(dir), dir:info()
	if host:lower() == (info.dns_host or info.host):lower() then
		return dir, host
	end
	local key = host:lower()
	opened[key] = opened[key] or directory.at(dir, host)
	return opened[key], host
end

--- folder(dir, host, guid): the policy's folder in SYSVOL of that domain controller.
function place.folder(dir, host, guid)
	return ([[\\%s\SYSVOL\%s\Policies\%s]]):format(host, dir:info().domain, guid)
end

local function search(dir, f)
	local list = {}
	for e in dir:search { base = place.container(dir), scope = "one",
		filter = filter.all(filter.eq("objectClass", "groupPolicyContainer"), f), attributes = ATTRIBUTES } do
		list[#list + 1] = e
	end
	return list
end

--- all(dir): the policies of the domain, as objects of the directory, by name.
function place.all(dir)
	local list = search(dir, filter.has "cn")
	for i, e in ipairs(list) do
		list[i] = place.read(dir, e.dn, ATTRIBUTES)
	end
	table.sort(list, function(a, b)
		return (a.displayName or a.cn):lower() < (b.displayName or b.cn):lower()
	end)
	return list
end

--- find(dir, name): the one policy of this display name or GUID.
function place.find(dir, name)
	if type(name) == "table" then
		name = name.guid or name.cn
	end
	if type(name) ~= "string" or name == "" then
		error(failure("usage", "the policy is missing", "its name or GUID: gpo.list shows them"), 0)
	end
	local guid = name:match "^{?(%x+%-%x+%-%x+%-%x+%-%x+)}?$"
	local list = search(dir, guid and filter.eq("cn", "{" .. guid .. "}") or filter.eq("displayName", name))
	if #list == 1 then
		return place.read(dir, list[1].dn, ATTRIBUTES)
	elseif #list > 1 then
		error(failure("usage", ("%d policies are called '%s'"):format(#list, name), "give the GUID: gpo.list shows it"), 0)
	end
	error(failure("notfound", ("there is no group policy '%s' in %s"):format(name, dir:info().domain),
		"gpo.list() lists the policies"), 0)
end

--- container_at(dir, dn): what policies are linked to, with its links.
function place.container_at(dir, dn)
	return place.read(dir, dn, { "gPLink", "gPOptions", "objectGUID" })
end

local LINKABLE = { organizationalunit = true, domaindns = true, site = true } -- classes with gPLink (MS-GPOL 2.2.2)

--- linkable(dir, dn): the same; refuses what no policy can be linked to.
function place.linkable(dir, dn)
	local classes = dir:get(dn, { attributes = { "objectClass" } }).objectClass
	classes = type(classes) == "table" and classes or { classes }
	for _, class in ipairs(classes) do
		if LINKABLE[class:lower()] then
			return place.container_at(dir, dn)
		end
	end
	error(failure("usage", ("no policy can be linked to %s: its class is %s"):format(dn, classes[#classes]),
		"policies are linked to OUs, domains and sites; hosts in another container must be moved into an OU"), 0)
end

--- linked(dir, guid): the containers that link to the policy: { dn=, gPLink=, objectGUID= }, sites too.
function place.linked(dir, guid)
	local info, list = dir:info(), {}
	for _, base in ipairs { info.base, "CN=Sites," .. info.config_base } do
		for e in dir:search { base = base, filter = ("(gPLink=*%s*)"):format(codec.escape(guid)),
			attributes = { "gPLink", "objectGUID" } } do
			list[#list + 1] = place.container_at(dir, e.dn)
		end
	end
	return list
end

--- sids(dir, names): of accounts and groups, a name or a list; also of groups that the plan makes.
function place.sids(dir, names)
	local coming, list = require "adsh.core.group".coming, {}
	for i, name in ipairs(type(names) == "table" and names or { names }) do
		local new = coming(name)
		list[i] = new and new.sid or name:match "^S%-1%-[%d%-]+$"
			or directory.for_name(name, dir):get(name, { attributes = { "objectSid" } }).objectSid
	end
	return list
end

--- new_guid(): a random one (RFC 9562 5.4) in capitals and braces, as policies are called.
function place.new_guid()
	local f <close> = assert(io.open("/dev/urandom", "rb"))
	local b = { f:read(16):byte(1, 16) }
	b[7], b[9] = b[7] & 0x0f | 0x40, b[9] & 0x3f | 0x80
	return ("{%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X}"):format(table.unpack(b))
end

return place
