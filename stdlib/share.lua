-- Shares of file servers and their own permissions: share.list, share.acl, share.grant, ...
local failure = require "adsh.failure"
local help = require "adsh.help"
local permissions = require "adsh.permissions"
local shared_folder = require "adsh.shared_folder"

local printable = require "adsh.format.printable"

local core, path, checked = permissions.core, permissions.share_path, permissions.checked
local RIGHTS, SDDL = "read, change or full", 'an access list as in "D:(A;;FA;;;BA)"'

local share = {}

help [[share.list(server) - Lists the shares of a server: name, type, remark; for administrators path and permissions.
Arguments:
  server (string): <server>
Returns: a list:
  name, path, remark (string): the share; path for administrators of the server
  type (string): disk, IPC, printer
  permissions (string), sddl (SDDL): in words, and as SDDL; for administrators of the server
Errors:
  <server_error>
Example: share.list "fs1.alpha.test"]]
function share.list(server)
	local rows = core.list(checked(server, "the file server name"))
	permissions.in_words(rows, server)
	for i, o in ipairs(rows) do
		rows[i] = { name = o.name, type = o.type, path = o.path, remark = o.remark, permissions = o.permissions,
			sddl = o.sddl }
	end
	return printable.ordered(rows, { "name", "type", "path", "remark", "permissions" })
end

local function none_such(server, name)
	error(failure("notfound", ("%s has no share %s"):format(server, name), "share.list shows the shares of the server"), 0)
end

help [[share.get(server, share) - Shows a share: path, remark, users, and permissions as in share.acl.
Arguments:
  server (string): <server>
  share (string): its name
Returns: a table:
  unc (UNC path), path, remark (string): the share, and its folder on the server
  users (integer): maximum number of users at once; nil without a limit
  entries (list), sddl (SDDL): as in share.acl
Errors:
  notfound: the server has no such share
  <server_error>
Example: share.get("fs1.alpha.test", "data")]]
function share.get(server, name)
	return permissions.named(core.read(path(server, name)) or none_such(server, name))
end

help [[share.acl(server, share) - Shows the permissions of a share: trustee, rights, sid, type, condition; the SDDL.
Arguments:
  server (string): <server>
  share (string): its name
Returns: a table:
  entries (list): for each entry trustee, sid, type (allow, deny), rights (read, change, full, or a mask), condition
  sddl (SDDL): the whole access list as text
Errors:
  notfound: the server has no such share
  failed: you may not read its permissions
  <server_error>
Example: share.acl("fs1.alpha.test", "data")]]
function share.acl(server, name)
	local o = share.get(server, name)
	if not o.sddl then
		error(failure("failed", "the server does not show the share's permissions",
			"this requires membership in Administrators on the file server"), 0)
	end
	return o
end

help [[share.crowds(server, share) - Lists broad groups, such as Everyone, with more than read: name, rights, SID.
Arguments:
  server (string): <server>
  share (string): its name
Returns: a list:
  name, sid (string): the group
  rights (string): its rights
Errors:
  notfound: the server has no such share
  <server_error>
Example: share.crowds("fs1.alpha.test", "data")]]
function share.crowds(server, name)
	return printable.ordered(core.crowds(path(server, name)) or none_such(server, name), { "name", "rights", "sid" })
end

help [[share.grant(server, share, trustees, rights) - Grants read, change or full access through the share.
Arguments:
  server (string): <server>
  share (string): its name
  trustees (account, group or list): the trustees
  rights (string): "read", "change" or "full"
Returns: <report>
Errors:
  <notfound>
  <server_error>
  <refused>
Example: share.grant("fs1.alpha.test", "data", "HyperV-Hosts", "full")]]
function share.grant(server, name, trustees, rights)
	local where = path(server, name, true)
	return core.grant(where, permissions.trustees(where, trustees), checked(rights, "the right", RIGHTS))
end

help [[share.revoke(server, share, trustees) - Removes the rights that the share grants them.
Arguments:
  server (string): <server>
  share (string): its name
  trustees (account, group or list): the trustees
Returns: <report>
Errors:
  <notfound>
  <server_error>
  <refused>
Example: share.revoke("fs1.alpha.test", "data", "S-1-1-0")]]
function share.revoke(server, name, trustees)
	local where = path(server, name, true)
	return core.revoke(where, permissions.trustees(where, trustees))
end

help [[share.set_acl(server, share, sddl) - Replaces the share's access list; owner and group stay.
Arguments:
  server (string): <server>
  share (string): its name
  sddl (SDDL): such as D:(A;;FA;;;BA)
Returns: <report>
Errors:
  usage: it is not SDDL
  <server_error>
  <refused>
Example: share.set_acl("fs1.alpha.test", "data", "D:(A;;FA;;;BA)(A;;FA;;;DA)")]]
function share.set_acl(server, name, sddl)
	return core.set(path(server, name, true), checked(sddl, "the SDDL", SDDL), permissions.domain_sid())
end

-- A copy of options, with the path of the folder as the server has it. make and folder_acl are not the share's own.
local function folder_first(server, options)
	local o = {}
	for key, v in pairs(options) do
		o[key] = v
	end
	o.make, o.folder_acl = nil, nil
	local place = shared_folder.find(server, o.path)
	shared_folder.make(place, not shared_folder.is_there(place) and options.folder_acl or nil)
	o.path = place.path
	return o
end

local function add_with_folder(where, server, options)
	return core.add(where, folder_first(server, options))
end

help [[share.add(server, share, {path=, make=, ...}) - Shares a folder; with make = true, creates it when it is missing.
Arguments:
  server (string): <server>
  share (string): its name
  path (string): the folder on the server, C:\folder or /folder
  make (option, boolean): true also creates the folder and those above it, in the same plan, through the share of the
    drive (C$), which needs --allow-protected, or through another share that contains it. Default: false
  remark (option, string): text. Default: none
  users (option, integer): maximum number of users at once. Default: no limit
  acl (option, SDDL): its access list. Default: set by the server
  folder_acl (option, SDDL): with make: of the new folder. Default: it inherits
Returns: <report>
Errors:
  conflict: a share of this name exists; with make: a file of the name of the folder exists
  notfound: with make: no share of the server contains the path
  <server_error>
  <refused>
Example: share.add("fs1.alpha.test", "isos", {path = "/var/lib/samba/data", remark = "images"})]]
function share.add(server, name, options)
	local o = {}
	for key, v in pairs(type(options) == "table" and options or { path = options }) do
		o[key] = v
	end
	checked(o.path, "the folder to share", "its path on the server: C:\\folder or /folder")
	if o.folder_acl and not o.make then
		error(failure("usage", "folder_acl is for a new folder: it needs make = true",
			"folder.set_acl changes the permissions of an existing folder"), 0)
	end
	if o.acl then
		o.domain_sid = permissions.domain_sid()
	end
	local where = permissions.share_of(server, name)
	return o.make and require "adsh.plan".as_one(add_with_folder, where, server, o) or core.add(where, o)
end

help [[share.remove(server, share) - Removes a share; the folder and its files remain.
Arguments:
  server (string): <server>
  share (string): its name
Returns: <report>
Errors:
  notfound: the server has no such share
  <server_error>
  <refused>
Example: share.remove("fs1.alpha.test", "data")]]
function share.remove(server, name)
	return core.remove(permissions.share_of(server, name))
end

help [[share.encrypt([on]) - Encrypts all traffic to file servers from now on, even if they do not require it.
Arguments:
  on (boolean): whether it is on. Default: true
Returns: a boolean: whether it is on
Errors: none
Example: share.encrypt(true)]]
function share.encrypt(on)
	return core.encrypt(on)
end

return share
