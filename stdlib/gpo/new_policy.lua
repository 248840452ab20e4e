-- A new group policy as a draft: its object, the containers in it, its folders in SYSVOL; and links to it.
local acl = require "adsh.gpo.acl"
local directory = require "adsh.directory"
local draft = require "adsh.gpo.draft"
local files = require "adsh.raising"(require "adsh.core.server_file")
local gpt_ini = require "adsh.gpo.gpt_ini"
local links = require "adsh.gpo.links"
local place = require "adsh.gpo.place"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"

local whole = raising(require "adsh.core.whole")

local new_policy = {}

local function sid_of(dir, base)
	return dir:get(base, { attributes = { "objectSid" } }).objectSid
end

-- SIDs for the descriptor: Domain Admins own it, unless who makes it is none of them.
local function owners(dir)
	local info = dir:info()
	local domain = sid_of(dir, info.base)
	local root = info.root_base == info.base and domain or
		sid_of(directory.of(sid_names.domain_of(info.root_base)), info.root_base)
	local me = dir:get(dir:whoami(), { attributes = { "objectSid", "tokenGroups" } })
	local sids = { domain_admins = domain .. "-512", enterprise_admins = root .. "-519", owner = me.objectSid }
	local groups = type(me.tokenGroups) == "table" and me.tokenGroups or { me.tokenGroups }
	for _, sid in ipairs(groups) do
		sids.owner = sid == sids.domain_admins and sid or sids.owner
	end
	return sids
end

-- Whether folders of this domain have the entries that only the directory knows.
local function keeps_apply(dir, host)
	local default = place.folder(dir, host, "{31B2F340-016D-11D2-945F-00C04FB984F9}")
	local there = raising.try(require "adsh.permissions".core.read, default .. "\\")
	return there and there.sddl and there.sddl:find("(OA;", 1, true) ~= nil
end

--- begin(dir, name, o): a draft with a new policy in it: object, containers, folders; its GUID, dn, folder and the
--- SDDL of it. o: filter = SIDs, version, extensions (text), flags.
function new_policy.begin(dir, host, name, o)
	local guid, d = place.new_guid(), draft(dir)
	local dn = ("CN=%s,%s"):format(guid, place.container(dir))
	local new = { cn = guid, dn = dn, folder = place.folder(dir, host, guid), displayName = name }
	local object
	object, new.sddl = acl.of(owners(dir), o.filter, keeps_apply(dir, host))
	local values = { "name=" .. guid, "displayName=" .. name, "flags=" .. (o.flags or 0),
		"versionNumber=" .. (o.version or 0), "gPCFunctionalityVersion=2", "acl=" .. object,
		([[gPCFileSysPath=\\%s\sysvol\%s\Policies\%s]]):format(dir:info().domain, dir:info().domain, guid) }
	if o.extensions then
		values[#values + 1] = "gPCMachineExtensionNames=" .. o.extensions
	end
	d:does(whole.make, "policy", dir, place.container(dir), guid, values, name)
	d:does(whole.make, "container", dir, dn, "Machine", { "name=Machine" }, "Machine of " .. name)
	d:does(whole.make, "container", dir, dn, "User", { "name=User" }, "User of " .. name)
	d:does(files.put, new.folder, nil, new.sddl)
	d:does(files.put, new.folder .. [[\Machine]], nil)
	d:does(files.put, new.folder .. [[\User]], nil)
	d:does(files.put, new.folder .. [[\GPT.INI]], gpt_ini.new(o.version or 0))
	return d, new
end

--- link(d, dir, o, container, how): into the draft d: links the policy o (dn, cn) to the container; how: as gpo.link.
function new_policy.link(d, dir, o, container, how)
	local c = place.container_at(dir, container)
	local text = links.with(c.gPLink, { dn = o.dn, guid = o.cn, enforced = how.enforced, disabled = how.enabled == false,
		order = how.order })
	d:edits(c, c.dn, { { "gPLink", c.gPLink, text } })
end

return new_policy
