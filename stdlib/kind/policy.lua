-- The kind of change "policy", for people: a group policy object that comes or goes.
local acl = require "adsh.gpo.acl"
local extensions = require "adsh.gpo.extensions"
local sid_names = require "adsh.sid_names"
local whole = require "adsh.kind.whole"

local policy = {}

-- Who obeys it, by its descriptor.
local function appliers(sddl)
	local names = {}
	for i, sid in ipairs(acl.appliers(sddl)) do
		names[i] = sid_names.shown(sid)
	end
	return "applies to=" .. table.concat(names, ", ")
end

local USUAL_PATH = "^\\\\([^\\]+)\\[Ss][Yy][Ss][Vv][Oo][Ll]\\([^\\]+)\\Policies\\({.+})$"
local FLAGS = { ["0"] = "", ["1"] = "user part=off", ["2"] = "computer part=off", ["3"] = "state=off" }

-- What each value means, as "key=value"; "": nobody needs to know it. name: of the policy.
local WORDS = {
	acl = appliers,
	flags = function(v) return FLAGS[v] end,
	gPCFunctionalityVersion = function(v) return v == "2" and "" or nil end,
	gPCFileSysPath = function(v, name)
		local a, b, guid = v:match(USUAL_PATH)
		return a and a:lower() == b:lower() and guid:lower() == name:lower() and "" or nil
	end,
	gPCMachineExtensionNames = function(v) return "settings=" .. extensions.words(v) end,
	versionNumber = function(v)
		local n = math.tointeger(tonumber(v))
		return n and ("version=%d%s"):format(n & 0xffff, n >> 16 & 0xffff > 0 and ", of the user part " .. (n >> 16 & 0xffff)
			or "")
	end,
}

-- The values in words, unless all are wanted as they are.
local function told(values, verbose)
	local name, list = "", {}
	for _, v in ipairs(values) do
		name = v:match "^name=(.*)$" or name
	end
	for _, v in ipairs(values) do
		local key, value = v:match "^(.-)=(.*)$"
		local words = not verbose and WORDS[key] and WORDS[key](value, name) or v
		list[#list + 1] = words ~= "" and words or nil
	end
	return list
end

--- lines(lines, e, c, verbose, row): as kind/attributes has it.
function policy.lines(lines, e, c, verbose, row)
	local copy = { attribute = e.attribute, before = told(e.before, verbose), after = told(e.after, verbose) }
	return whole.lines(lines, copy, c, verbose, row)
end

policy.count = whole.count

return policy
