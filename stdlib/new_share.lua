-- A share that a recipe makes where it is missing, with its folder: the permissions that both get.
local codec = require "adsh.core.codec"
local failure = require "adsh.failure"
local folder = require "adsh.folder"
local permissions = require "adsh.permissions"
local server_path = require "adsh.server_path"
local share = require "adsh.share"
local shared_folder = require "adsh.shared_folder"

local new_share = {}

-- Besides those that a folder is for: the server's administrators, the server itself, and who makes something in it.
local FOLDER = "D:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICIIO;FA;;;CO)"
local SHARE = "D:(A;;FA;;;BA)"
local MASKS = { read = "0x1200a9", full = "FA" }

local function sid_of(trustee)
	if type(trustee) == "table" then
		return trustee.objectSid or trustee.sid
	end
	return trustee:match "^S%-1%-" and trustee or codec.wellknown(trustee)
end

-- The access list with an entry for each of them.
local function permitting(start, flags, trustees, rights)
	local entries = { start }
	for _, t in ipairs(trustees) do
		entries[#entries + 1] = ("(A;%s;%s;;;%s)"):format(flags, MASKS[rights], sid_of(t))
	end
	return table.concat(entries)
end

--- find(server, name, path): what is to be made so that the server shares this path under this name: as
--- shared_folder.find has it, and is_new, whether the folder is missing; nil: the share is there.
function new_share.find(server, name, path)
	local place = shared_folder.find(server, path)
	local is = permissions.core.read(permissions.share_path(server, name))
	if not is then
		place.is_new = not shared_folder.is_there(place)
		return place
	elseif server_path.is_same(is.path, place.path) then
		return nil
	end
	error(failure("conflict", ("%s already has a share %s, for %s, not %s"):format(server, name, is.path, place.path),
		"leave out --path to use that share, or choose another name with --share"), 0)
end

--- make(server, name, place, trustees, rights): plans the share, for these and the server's administrators, and its
--- folder. A folder that is there keeps its permissions, and these are added.
function new_share.make(server, name, place, trustees, rights)
	if place.is_new then
		shared_folder.make(place, permitting(FOLDER, "OICI", trustees, rights))
	else
		shared_folder.make(place)
		folder.grant(place.unc, trustees, rights)
	end
	share.add(server, name, { path = place.path, acl = permitting(SHARE, "", trustees, rights) })
end

return new_share
