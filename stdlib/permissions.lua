-- What shares and folders have in common: paths, trustees by name, differences in words.
local codec = require "adsh.core.codec"
local coming = require "adsh.core.group".coming
local core = require "adsh.core.share"
local dfs = require "adsh.dfs"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"

local permissions = {}

permissions.core = raising(core)

--- The SID of the current domain, for the abbreviations of SDDL that are relative to it.
function permissions.domain_sid()
	local dir = directory.current()
	return dir:get(dir:info().base).objectSid
end

local function is_unknown(name, sid)
	return name:sub(1, #sid) == sid
end

local asked = {} -- [server][SID] = the name that the server has for it, or false

-- What the directory does not know, such as a server's local groups, the server itself may know. Without an
-- answer the SIDs are shown as they are.
local function ask_server(server, list)
	local known = asked[server] or {}
	local new = {}
	for _, sid in ipairs(list) do
		new[#new + 1] = known[sid] == nil and sid or nil
	end
	local names = #new > 0 and raising.try(permissions.core.names, server, new) or {}
	for _, sid in ipairs(new) do
		known[sid] = names[sid] or false
	end
	asked[server] = known
	return known
end

-- Gives each row with a SID in it its name, as trustee.
local function name_all(rows, unc)
	local unknown, names = {}, {}
	for _, row in ipairs(rows) do
		local name = names[row.sid]
		if not name then
			name = sid_names.shown(row.sid)
			names[row.sid] = name
			unknown[#unknown + 1] = is_unknown(name, row.sid) and row.sid or nil
		end
		row.trustee = name
	end
	local known = #unknown > 0 and ask_server(permissions.server(unc), unknown) or {}
	for _, row in ipairs(rows) do
		row.trustee = known[row.sid] or row.trustee
	end
end

--- The server that a UNC path is on.
function permissions.server(unc)
	return unc:match "^[/\\]*([^/\\]+)"
end

--- What core.read gives, with a name for each entry.
function permissions.named(o)
	name_all(o.entries or {}, o.unc)
	return setmetatable(o, { __name = "adsh.permissions" })
end

--- with_names(unc, f, ...): what f gives; SIDs in the message of its error are named.
function permissions.with_names(unc, f, ...)
	local result, err = raising.try(f, ...)
	if not result then
		err.message = err.message:gsub("S%-1%-[%d%-]+%d", function(sid)
			local row = { sid = sid }
			name_all({ row }, unc)
			return row.trustee
		end)
		error(err, 0)
	end
	return result
end

--- under(condition): how a line about an entry ends; nil: it has none.
function permissions.under(condition)
	return condition and ", under the condition " .. condition or ""
end

--- Gives each share of a list its permissions in words, a list: "HOST01$: read".
function permissions.in_words(rows, server)
	local all = {}
	for _, o in ipairs(rows) do
		table.move(o.entries or {}, 1, #(o.entries or {}), #all + 1, all)
	end
	name_all(all, server)
	for _, o in ipairs(rows) do
		for i, e in ipairs(o.entries or {}) do
			o.permissions = o.permissions or {}
			o.permissions[i] = ("%s: %s%s%s"):format(e.trustee, e.type == "deny" and "denied " or "", e.rights,
				permissions.under(e.condition))
		end
	end
end

-- ---- trustees by name ----

local function none_such(name, server, why)
	error(failure("notfound", ("%s has no user or group named %s"):format(server, name),
		why ~= true and ("%s itself could not be queried: %s"):format(name:match "^[^\\]+", why.message) or nil), 0)
end

-- nil: its domain answers by itself; else why it does not, or true for the server's own names.
local function is_for_server(name, server)
	local domain = name:match "^([^\\/=]+)\\"
	if not domain then
		return nil
	elseif domain:lower() == server:match "^[^.:]+":lower() or domain:upper() == "BUILTIN" then
		return true
	end
	local dir, err = raising.try(directory.of, domain)
	return not dir and err or nil
end

-- Of a well-known name, of a group that the plan makes, of what group.create gave.
local function sid_at_hand(name)
	if type(name) ~= "string" then
		return type(name) == "table" and name.sid
	end
	local new = coming(name)
	local known = codec.wellknown(name) -- of a SID it is the name
	return new and new.sid or known and (known:match "^S%-1%-.*" or name:match "^S%-1%-.*")
end

--- trustees(unc, given): one or several as a list: well-known names, and names that no directory answers for
--- but the file server does (its own accounts, those of a domain that only it reaches), are SIDs in it.
function permissions.trustees(unc, given)
	local list = type(given) == "table" and (#given > 0 or next(given) == nil) and { table.unpack(given) } or { given }
	if #list == 0 then
		error(failure("usage", "the trustees are missing"), 0)
	end
	local server, names, why = permissions.server(unc), {}, {}
	for i, name in ipairs(list) do
		local sid = sid_at_hand(name)
		local reason = type(name) == "string" and not sid and is_for_server(name, server)
		list[i] = sid or name
		if reason then
			names[#names + 1], why[name] = name, reason
		end
	end
	local sids = #names > 0 and permissions.core.sids(server, names) or {}
	for i, name in ipairs(list) do
		if why[name] then
			list[i] = sids[name] or none_such(name, server, why[name])
		end
	end
	return list
end

-- ---- paths ----

local function checked(name, what, hint)
	if type(name) ~= "string" or name == "" then
		error(failure("usage", what .. " is missing", hint), 0)
	end
	return name
end
permissions.checked = checked

local function share_of(server, share)
	checked(server, "the file server name")
	if checked(share, "the share name"):find "[/\\]" then
		error(failure("usage", "not a valid share name: " .. share, "for folders, see folder.acl"), 0)
	end
	return ([[\\%s\%s]]):format(server:gsub("^[/\\]+", ""), share)
end
permissions.share_of = share_of

--- \\server\share; of a domain's namespace it is that of a server. writes: as dfs.path has it.
function permissions.share_path(server, share, writes)
	return dfs.path(share_of(server, share), writes)
end

--- \\server\share\folder, where DFS leads; the share's top ends with a backslash, so that it is not the share itself.
function permissions.folder_path(unc, writes)
	return dfs.path((checked(unc, "the folder path"):gsub("[/\\]+$", "")) .. "\\", writes)
end

local WHERE = {
	all = "", this = " (here only)", folders = " (this folder and those below)", files = " (here and on files)",
	below = " (below only)", ["folders below"] = " (on folders below)", ["files below"] = " (on files below)",
}

local INHERIT_ONLY = 8

-- Does an entry do nothing where it stands?
local function is_passed_on(inherit)
	return math.type(inherit) and inherit & INHERIT_ONLY ~= 0 or tostring(inherit):find "below$" ~= nil
end

-- What an entry is limited to. Files and shares pass nothing on.
local function limits(d, kind)
	local where = WHERE[d.inherit] or " (inherited in another way)"
	if kind ~= "folder" then
		where = is_passed_on(d.inherit) and " (inherit only: no effect here)" or ""
	end
	return where .. permissions.under(d.condition) .. (d.object and ", for one type of object" or "")
end

-- keeps: what is not there before was allowed to everyone.
local function words(d, kind, keeps)
	local verb, what = d.deny and "is denied " or "", limits(d, kind)
	if not d.before then
		return (d.deny and verb or keeps and "keeps " or "gains ") .. d.after .. what
	elseif not d.after then
		return (d.deny and "is no longer denied " or "loses ") .. d.before .. what
	end
	return ("%s%s instead of %s%s"):format(d.deny and verb or "has ", d.after, d.before, what)
end

-- What no single entry says.
local function add_rest(lines, difference)
	if difference.reordered then
		lines[#lines + 1] = "the order of allow and deny entries changes, and the first match decides"
	end
	if difference.protected ~= nil then
		lines[#lines + 1] = difference.protected and "no longer inherits from above"
			or "inherits from above again"
	end
	if #lines == 0 then
		lines[1] = "nobody gains or loses access" .. (difference.same and "; inherited entries are marked as "
			.. "inherited" or "")
	end
end

--- The difference of two descriptors (bytes, nil: none) of what is at unc, one line for each trustee and kind of entry.
--- kind: "share", "folder" or "file".
function permissions.difference(before, after, kind, unc)
	local lines, difference = {}, permissions.core.difference(before, after)
	if difference.is_open and not difference.was_open then
		return { "no access list: everyone may do everything" }
	elseif difference.was_open and not difference.is_open then
		lines[1] = "an access list: before, there was none, and everyone could do everything"
	end
	name_all(difference, unc)
	for _, d in ipairs(difference) do
		lines[#lines + 1] = ("%s %s"):format(d.trustee, words(d, kind, difference.was_open))
	end
	add_rest(lines, difference)
	return lines
end

return permissions
