-- Which changes of a plan belong to the same group policy: those of its object, and those of its files.
local sid_names = require "adsh.sid_names"

local changes = {}

--- is_file(c): whether it is about a file or folder, wherever that is.
function changes.is_file(c)
	return c.kind == "file" or c.kind == "folder"
end

--- place(c): { host=, domain=, guid=, path= } of a file or folder of a policy; nil: it is of none.
function changes.place(c)
	local host, domain, guid, rest = c.dn:match(
		"^\\\\([^\\]+)\\[Ss][Yy][Ss][Vv][Oo][Ll]\\([^\\]+)\\[Pp]olicies\\({[%x-]+})(.*)$")
	if guid and (rest == "" or rest:sub(1, 1) == "\\") then
		return { host = host, domain = domain, guid = guid, path = rest:sub(2) }
	end
end

--- key(c): of a change of a policy, the same for all of that policy; nil: it is about another thing.
function changes.key(c)
	if changes.is_file(c) then
		local place = changes.place(c)
		return place and (place.guid .. " " .. place.domain):upper()
	end
	local guid, base = c.dn:match "^[Cc][Nn]=({[%x-]+}),[Cc][Nn]=Policies,[Cc][Nn]=System,(.*)$"
	if not guid then
		guid, base = c.dn:match "^[Cc][Nn]=[^,]*,[Cc][Nn]=({[%x-]+}),[Cc][Nn]=Policies,[Cc][Nn]=System,(.*)$"
	end
	return guid and (guid .. " " .. sid_names.domain_of(base)):upper()
end

-- 2: it raises the version of a policy's object, which comes last; 1: of its files, before that; 0: another change.
local function rank(c)
	local place = changes.is_file(c) and changes.place(c)
	for _, e in ipairs(c.edits) do
		if c.kind == "policy-attributes" and e.attribute:lower() == "versionnumber" then
			return 2
		elseif place and place.path:upper() == "GPT.INI" and e.attribute == "content" then
			return 1
		end
	end
	return 0
end

--- check_versions(list, drift): a version that is there already as a plan wants it, while what comes before it
--- is not, was raised by somebody else: hosts have seen it, and would not look at the plan's files. It counts as a
--- clash. drift: by place in the list, as plan:drift has it.
function changes.check_versions(list, drift)
	local pending = {} -- [key] = the lowest rank that is to be written
	for i, c in ipairs(list) do
		local key = drift[i] ~= "done" and changes.key(c)
		if key then
			pending[key] = math.min(pending[key] or 2, rank(c))
		end
	end
	for i, c in ipairs(list) do
		local lowest = drift[i] == "done" and pending[changes.key(c) or ""]
		if lowest and lowest < rank(c) then
			drift[i] = "clash"
		end
	end
end

return changes
