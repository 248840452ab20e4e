-- Folders that are to be shared: how they are reached before they are. A drive D: has the administrative share D$; a
-- server that has none, as Samba mostly, may share a folder above.
local failure = require "adsh.failure"
local folder = require "adsh.folder"
local raising = require "adsh.raising"
local server_path = require "adsh.server_path"

local core = raising(require "adsh.core.share")

local shared_folder = {}

-- What leads there: the share, its folder, and the names from there.
local function through(row, names)
	return { share = row.name, folder = row.path, names = names }
end

-- Of the server's shares the one that is nearest above a path.
local function nearest(server, path)
	local best
	for _, row in ipairs(core.list(server)) do
		local names = row.type == "disk" and row.path and server_path.below(row.path, path)
		if names and not (best and #best.names <= #names) then
			best = through(row, names)
		end
	end
	return best
end

local NO_DRIVE = "check that the drive exists; if the server has no administrative shares, create the folder on "
	.. "the server and"
	.. " share that one, or share a folder above it first"

local function none_such(server, drive, path)
	error(failure("notfound", drive and ("%s has no share %s$ and no other share that contains %s"):format(server, drive,
		path) or ("%s has no share that contains %s"):format(server, path), NO_DRIVE), 0)
end

local function way_to(server, path)
	local drive, names = server_path.parse(path)
	local own = drive and core.read(([[\\%s\%s$]]):format(server, drive))
	if own and own.path and own.path ~= "" then
		return through({ name = drive .. "$", path = own.path }, names)
	end
	-- what Samba calls C: is the root
	return nearest(server, server_path.join((drive or "C") .. ":", names)) or none_such(server, drive, path)
end

--- find(server, path): where a folder of the server is: unc, path as the server tells it, steps (the UNC paths of the
--- folders that lead there, itself the last one).
function shared_folder.find(server, path)
	local way = way_to(server, path)
	local unc, steps = ([[\\%s\%s]]):format(server, way.share), {}
	for i, name in ipairs(way.names) do
		unc = unc .. "\\" .. name
		steps[i] = unc
	end
	return { unc = unc, path = server_path.join(way.folder, way.names), steps = steps }
end

--- is_there(place): is there a folder, or a file, already?
function shared_folder.is_there(place)
	local o, err = raising.try(core.read, place.unc)
	return o ~= nil or err.kind ~= "notfound" and error(err, 0)
end

--- make(place, acl): plans that it is there, and the folders above it. acl, for a new one: SDDL; nil: it inherits.
function shared_folder.make(place, acl)
	for i, unc in ipairs(place.steps) do
		folder.make(unc, { acl = i == #place.steps and acl or nil })
	end
end

return shared_folder
