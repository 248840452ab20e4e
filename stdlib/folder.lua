-- Permissions of files and folders behind shares (NTFS): folder.acl, folder.grant, ...
local failure = require "adsh.failure"
local help = require "adsh.help"
local permissions = require "adsh.permissions"

local core, path = permissions.core, permissions.folder_path

local folder = {}

help "folder.acl(unc) - Who may do what in a folder: trustee, rights, where it is inherited; protected; the SDDL."
function folder.acl(unc)
	return permissions.named(core.read(path(unc)))
end

local KNOWN = { inherit = true }

-- What lies below inherits when it is made; what is there already stays as it is.
help "folder.grant(unc, trustees, rights[, {inherit=}]) - For it and what will be made below (or this, folders, files)."
function folder.grant(unc, trustees, rights, options)
	local where = path(unc)
	for key in pairs(options or {}) do
		if not KNOWN[key] then
			error(failure("usage", ("unknown option '%s'; the only one is inherit"):format(tostring(key))), 0)
		end
	end
	local inherit = options and options.inherit
	if not inherit then
		inherit = core.read(where).folder and "all" or "this"
	end
	return core.grant(where, permissions.trustees(where, trustees), rights, inherit)
end

help "folder.revoke(unc, trustees) - Takes away what is allowed there explicitly."
function folder.revoke(unc, trustees)
	local where = path(unc)
	return core.revoke(where, permissions.trustees(where, trustees))
end

help "folder.set_acl(unc, sddl) - Replaces the folder's access list; owner and group stay."
function folder.set_acl(unc, sddl)
	return core.set(path(unc), sddl, permissions.domain_sid())
end

help 'folder.protect(unc, "copy"|"remove") - Stops inheritance; what was inherited becomes explicit, or goes.'
function folder.protect(unc, how)
	return core.protect(path(unc), how)
end

return folder
