-- What shares and folders have in common: paths, trustees by name, differences in words.
local codec = require "adsh.core.codec"
local core = require "adsh.core.share"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local plan = require "adsh.plan"
local raising = require "adsh.raising"

local permissions = {}

permissions.core = raising(core)

--- The name to show for a SID: a well-known one, or what the directory calls it.
function permissions.name_of(sid)
	require "adsh.delegation" -- lets plan.name_of ask the directory
	return codec.wellknown(sid) or plan.name_of(sid)
end

--- The SID of the current domain, for the abbreviations of SDDL that are relative to it.
function permissions.domain_sid()
	local dir = directory.current()
	return dir:get(dir:info().base).objectSid
end

-- What the directory does not know, such as a server's local groups, the server itself may know.
local function ask_server(o)
	local unknown = {}
	for _, entry in ipairs(o.entries or {}) do
		if entry.trustee:sub(1, #entry.sid) == entry.sid then
			unknown[#unknown + 1] = entry.sid
		end
	end
	-- without an answer the SIDs are shown as they are
	local names = #unknown > 0 and raising.try(permissions.core.names, o.unc:match "^\\\\([^\\]+)", unknown)
	for _, entry in ipairs(names and o.entries or {}) do
		entry.trustee = names[entry.sid] or entry.trustee
	end
end

--- What core.read gives, with a name for each entry.
function permissions.named(o)
	for _, entry in ipairs(o.entries or {}) do
		entry.trustee = permissions.name_of(entry.sid)
	end
	ask_server(o)
	return setmetatable(o, { __name = "adsh.permissions" })
end

local function checked(name, what)
	if type(name) ~= "string" or name == "" then
		error(failure("usage", what .. " is missing"), 0)
	end
	return name
end

--- \\server\share
function permissions.share_path(server, share)
	checked(server, "the file server's name")
	if checked(share, "the share's name"):find "[/\\]" then
		error(failure("usage", "this is no name of a share: " .. share, "folders: see folder.acl"), 0)
	end
	return ([[\\%s\%s]]):format(server:gsub("^[/\\]+", ""), share)
end

--- \\server\share\folder; the share's top ends with a backslash, so that it is not the share itself.
function permissions.folder_path(unc)
	return (checked(unc, "the folder's path"):gsub("[/\\]+$", "")) .. "\\"
end

local WHERE = {
	all = "", this = " (here only)", folders = " (this folder and those below)", files = " (here and on files)",
	below = " (below only)", ["folders below"] = " (on folders below)", ["files below"] = " (on files below)",
}

local function words(d, remote)
	local verb = d.deny and "is denied " or ""
	local where = remote and (WHERE[d.inherit] or " (inherited in another way)") or ""
	if not d.before then
		return (d.deny and verb or "gains ") .. d.after .. where
	elseif not d.after then
		return (d.deny and "is no longer denied " or "loses ") .. d.before .. where
	end
	return ("%s%s instead of %s%s"):format(d.deny and verb or "has ", d.after, d.before, where)
end

--- The difference of two descriptors (bytes, nil: none), one line for each trustee.
function permissions.difference(before, after, folder)
	local lines, difference = {}, permissions.core.difference(before, after)
	for i, d in ipairs(difference) do
		lines[i] = ("%s %s"):format(permissions.name_of(d.sid), words(d, folder))
	end
	if difference.protected ~= nil then
		lines[#lines + 1] = difference.protected and "nothing is inherited from above any more"
			or "inherits from above again"
	end
	return lines
end

return permissions
