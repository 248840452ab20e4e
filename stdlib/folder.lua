-- Permissions of files and folders behind shares (NTFS): folder.acl, folder.grant, ...
local dfs = require "adsh.dfs"
local failure = require "adsh.failure"
local help = require "adsh.help"
local known_options = require "adsh.known_options"
local options = require "adsh.core.options"
local permissions = require "adsh.permissions"
local printable = require "adsh.format.printable"
local say = require "adsh.say"
local text = require "adsh.core.text"

local core, path, checked = permissions.core, permissions.folder_path, permissions.checked

local folder = {}

local files = require "adsh.raising"(require "adsh.core.server_file")

help [=[folder.list(unc) - Lists a folder: name, type (file, folder, link).
Arguments:
	unc (UNC path): <unc>
Returns: a list:
	name (string): of the file or folder
	type (string): file, folder, link
Errors:
	notfound: no such folder
	<server_error>
Example: folder.list [[\\fs1.alpha.test\data]]]=]
function folder.list(unc)
	local rows = files.list(path(unc))
	for i, o in ipairs(rows) do
		rows[i] = { name = o.name, type = o.link and "link" or o.folder and "folder" or "file" }
	end
	table.sort(rows, function(a, b)
		return a.name < b.name
	end)
	return printable.ordered(rows, { "name", "type" })
end

-- Without the backslash at its end.
local function plain(unc, writes)
	return (path(unc, writes):gsub("\\$", ""))
end

help [=[folder.acl(unc) - Shows the permissions of a folder: trustee, rights, inheritance, condition; the SDDL.
Arguments:
	unc (UNC path): <unc>
Returns: a table:
	entries (list): for each entry trustee, sid, type, rights, inherit (this, below, all), inherited, condition
	protected (boolean): true when it does not inherit
	sddl (SDDL): the whole access list as text
Errors:
	notfound: no such folder
	<server_error>
Example: folder.acl [[\\fs1.alpha.test\data]]]=]
function folder.acl(unc)
	return permissions.named(core.read(path(unc)))
end

help [=[folder.resolve(unc) - Shows where a path through DFS leads: unc; the link, its target in use, the other targets.
Arguments:
	unc (UNC path): <unc>
Returns: a table:
	unc (UNC path): where the path leads
	link, target (UNC path): of a DFS link: itself, and the target in use
	others (list of UNC paths): its other targets
Errors:
	<server_error>
Example: folder.resolve [[\\fs1.alpha.test\data]]]=]
function folder.resolve(unc)
	local found = dfs.resolve(checked(unc, "the folder's path"))
	return { unc = found.unc, link = found.link, target = found.target, others = found.others }
end

-- ---- what is below ----

local SHOWN = 12 -- things that lack, named one by one; more only with -v

-- Tells at once, before anything is written, of what cannot be looked at or changed.
local function watch(lacking)
	return function(unc, why, is_folder)
		lacking[#lacking + 1] = { object = unc, error = why }
		if #lacking <= SHOWN or options.verbose then
			say.err(("warning: %s: %s; left unchanged%s"):format(text.escape(unc), why,
				is_folder and ", with all its contents" or ""))
		elseif #lacking == SHOWN + 1 then
			say.err "warning: ... and more (-v lists all)"
		end
	end
end

-- Does f, with what is below when that is wanted; the result has a list of what lacks.
local function below(wanted, f)
	if not wanted then
		return f()
	end
	local lacking = {}
	local result = f(watch(lacking))
	if #lacking > 0 then
		require "adsh.carry_out".lacking, result.lacking = true, lacking
	end
	return result
end

-- ---- the verbs ----

help [=[folder.grant(unc, trustees, rights[, {inherit=, children=}]) - Grants read, change or full; children: and below.
Arguments:
	unc (UNC path): <unc>
	trustees (account, group or list): the trustees
	rights (string): "read", "change" or "full"
	inherit (option, string): "this", "below" or "all". Default: "all" for a folder
	children (option, boolean): true also changes inheriting files and folders below. Default: false
Returns: <report>
Errors:
	<notfound>
	<server_error>
	<refused>
Example: folder.grant([[\\fs1.alpha.test\data]], "HyperV-Hosts", "full")]=]
function folder.grant(unc, trustees, rights, given)
	local where, o = path(unc, true), known_options(given, { "inherit", "children" })
	local is_folder = (o.inherit and not o.children) or core.read(where).folder
	local inherit = o.inherit or (is_folder and "all" or "this")
	local list = permissions.trustees(where, trustees)
	checked(rights, "the right", "read, change or full")
	return below(o.children and is_folder, function(children)
		return core.grant(where, list, rights, inherit, children)
	end)
end

help [=[folder.revoke(unc, trustees[, {children=}]) - Removes the rights that are granted explicitly.
Arguments:
	unc (UNC path): <unc>
	trustees (account, group or list): the trustees
	children (option, boolean): true also changes inheriting files and folders below. Default: false
Returns: <report>
Errors:
	<notfound>
	<server_error>
	<refused>
Example: folder.revoke([[\\fs1.alpha.test\data]], "HyperV-Hosts")]=]
function folder.revoke(unc, trustees, given)
	local where, o = path(unc, true), known_options(given, { "children" })
	local list = permissions.trustees(where, trustees)
	return below(o.children, function(children)
		return permissions.with_names(where, core.revoke, where, list, children)
	end)
end

help [=[folder.set_acl(unc, sddl[, {children=}]) - Replaces the folder's access list; owner and group stay.
Arguments:
	unc (UNC path): <unc>
	sddl (SDDL): such as D:(A;OICI;FA;;;BA)
	children (option, boolean): true also changes inheriting files and folders below. Default: false
Returns: <report>
Errors:
	usage: it is not SDDL
	<server_error>
	<refused>
Example: folder.set_acl([[\\fs1.alpha.test\data]], "D:(A;OICI;FA;;;BA)")]=]
function folder.set_acl(unc, sddl, given)
	local where, o = path(unc, true), known_options(given, { "children" })
	checked(sddl, "the SDDL", 'an access list as in "D:(A;;FA;;;BA)"')
	return below(o.children, function(children)
		return core.set(where, sddl, permissions.domain_sid(), children)
	end)
end

help [=[folder.protect(unc, "copy"|"remove"[, {children=}]) - Stops inheritance; copies or removes inherited entries.
Arguments:
	unc (UNC path): <unc>
	how (string): "copy" keeps inherited entries as explicit entries, "remove" drops them
	children (option, boolean): true also changes inheriting files and folders below. Default: false
Returns: <report>
Errors:
	<server_error>
	<refused>
Example: folder.protect([[\\fs1.alpha.test\data]], "copy")]=]
function folder.protect(unc, how, given)
	local where, o = path(unc, true), known_options(given, { "children" })
	if how ~= "copy" and how ~= "remove" then
		error(failure("usage", 'the second argument must be "copy" or "remove"',
			'"copy" keeps the inherited entries; "remove" drops them'), 0)
	end
	return below(o.children, function(children)
		return core.protect(where, how, children)
	end)
end

help [=[folder.propagate(unc) - Makes all files and folders below inherit again, except where inheritance is stopped.
Arguments:
	unc (UNC path): <unc>
Returns: <report>
Errors:
	<server_error>
	<refused>
Example: folder.propagate [[\\fs1.alpha.test\data]]]=]
function folder.propagate(unc)
	local where = path(unc, true)
	return below(true, function(children)
		return core.propagate(where, children)
	end)
end

-- ---- coming and going ----

help [=[folder.make(unc[, {acl=}]) - Creates a folder; its parent must exist, or be in the same plan.
Arguments:
	unc (UNC path): <unc>
	acl (option, SDDL): its access list. Default: it inherits
Returns: <report>
Errors:
	conflict: a file of this name exists
	<server_error>
	<refused>
Example: folder.make [[\\fs1.alpha.test\data\new]]]=]
function folder.make(unc, given)
	local acl = known_options(given, { "acl" }).acl
	return files.put(plain(unc, true), nil, acl, acl and permissions.domain_sid())
end

help [=[folder.remove(unc) - Removes an empty folder.
Arguments:
	unc (UNC path): <unc>
Returns: <report>
Errors:
	notfound: no such folder
	conflict: the folder is not empty
	<server_error>
	<refused>
Example: folder.remove [[\\fs1.alpha.test\data\new]]]=]
function folder.remove(unc)
	return files.remove(plain(unc, true))
end

return folder
