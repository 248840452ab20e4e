-- The kind of change "policy", for people: a group policy object that comes or goes.
local sid_names = require "adsh.sid_names"
local whole = require "adsh.kind.whole"

local policy = {}

local APPLY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939" -- the extended right Apply Group Policy

-- Who obeys it, by its descriptor.
local function appliers(sddl)
	local names = {}
	for sid in sddl:gmatch("%(OA;[^;]*;[^;]*;" .. APPLY:gsub("%-", "%%-") .. ";[^;]*;([^;)]+)%)") do
		names[#names + 1] = sid_names.shown(sid == "AU" and "S-1-5-11" or sid)
	end
	return table.concat(names, ", ")
end

local SHORT = { gPCFunctionalityVersion = true, flags = true } -- always the same, or 0

--- lines(lines, e, c, verbose, row): as kind/attributes has it.
function policy.lines(lines, e, c, verbose, row)
	local copy = { attribute = e.attribute, before = {}, after = {} }
	for _, which in ipairs { "before", "after" } do
		for _, v in ipairs(e[which]) do
			local key, value = v:match "^(.-)=(.*)$"
			if key == "acl" and not verbose then
				v = "applies to=" .. appliers(value)
			end
			if verbose or not SHORT[key] then
				table.insert(copy[which], v)
			end
		end
	end
	return whole.lines(lines, copy, c, verbose, row)
end

policy.count = whole.count

return policy
