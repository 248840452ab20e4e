-- What people call a group policy: its display name, where somebody knows it.
local directory = require "adsh.directory"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"

local names = {}

local expected, asked = {}, {} -- [GUID in capitals] = name; false: nobody knows

--- expect(guid, name): what a plan makes or deletes, or what has been read.
function names.expect(guid, name)
	expected[guid:upper()] = name
end

local function ask(dn)
	local dir = raising.try(directory.of, sid_names.domain_of(dn))
	local o = dir and raising.try(dir.get, dir, dn, { attributes = { "displayName" } })
	return o and (type(o.displayName) == "table" and o.displayName[1] or o.displayName) or false
end

--- shown(guid, dn): its name, else the GUID; dn: where to ask.
function names.shown(guid, dn)
	local key = guid:upper()
	if not expected[key] and asked[key] == nil then
		asked[key] = ask(dn)
	end
	return expected[key] or asked[key] or guid
end

return names
