-- A new group policy as a draft: its object, the containers in it, its folders in SYSVOL; and links to it.
local acl = require "adsh.gpo.acl"
local codec = require "adsh.core.codec"
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

-- Who one is on this domain controller, as it says itself: also somebody of another domain. The account comes first.
local function tokens(dir)
	local list = {}
	for e in dir:search { base = "", scope = "base", filter = "(objectClass=*)", attributes = { "tokenGroups" } } do
		for i, sid in ipairs(type(e.tokenGroups) == "table" and e.tokenGroups or { e.tokenGroups }) do
			list[i] = codec.sid(sid)
		end
	end
	return list
end

--- tokens(dir): the same.
new_policy.tokens = tokens

local ADMINISTRATORS = "S-1-5-32-544"

-- SIDs for the descriptor: Domain Admins own it, else Administrators, unless who makes it is none of them.
local function owners(dir)
	local info, me = dir:info(), tokens(dir)
	local domain = sid_of(dir, info.base)
	local root = info.root_base == info.base and domain or
		sid_of(directory.of(sid_names.domain_of(info.root_base)), info.root_base)
	local sids = { domain_admins = domain .. "-512", enterprise_admins = root .. "-519", owner = me[1] }
	for _, sid in ipairs(me) do
		if sid == sids.domain_admins then
			sids.owner = sid
		elseif sid == ADMINISTRATORS and sids.owner ~= sids.domain_admins then
			sids.owner = "BA" -- as SDDL reads back
		end
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
	local sids, with_apply = owners(dir), keeps_apply(dir, host)
	local object, plain = acl.of(sids, o.filter)
	new.sddl = select(2, acl.of(sids, o.filter, with_apply))
	-- smbd hands the entries for Apply Group Policy down damaged, and then denies access: so what is below has none
	plain = with_apply and plain or nil
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
	d:does(files.put, new.folder .. [[\Machine]], nil, plain)
	d:does(files.put, new.folder .. [[\User]], nil, plain)
	d:does(files.put, new.folder .. [[\GPT.INI]], gpt_ini.new(o.version or 0),
		plain and plain:gsub("OICI", "") or nil)
	return d, new
end

--- link(d, dir, o, container, how): into the draft d: links the policy o (dn, cn) to the container; how: as gpo.link.
function new_policy.link(d, dir, o, container, how)
	local c = place.linkable(dir, container)
	local text = links.with(c.gPLink, { dn = o.dn, guid = o.cn, enforced = how.enforced, disabled = how.enabled == false,
		order = how.order })
	d:edits(c, c.dn, { { "gPLink", c.gPLink, text } })
end

return new_policy
