-- The kinds of change "share" and "folder", for people: what file servers share, and who may do what with it.
local attributes = require "adsh.kind.attributes"

local shared = {}

-- Descriptors in which the rights matter, not only the names.
local PERMISSIONS = { shareSecurityDescriptor = "share", fileSecurityDescriptor = "folder" }

local TITLES = {
	share = "definition", shareSecurityDescriptor = "permissions of the share",
	fileSecurityDescriptor = "permissions",
}

--- is_file(c): is it a file, of which there may be many in one folder?
function shared.is_file(c)
	return c.label:match "^file " ~= nil
end

--- lines(lines, e, c, verbose): as kind/attributes has it.
function shared.lines(lines, e, c, verbose)
	local what = PERMISSIONS[e.attribute]
	if not what then
		local titled = setmetatable({ attribute = TITLES[e.attribute] }, { __index = e })
		return attributes.lines(lines, titled, c, verbose)
	end
	lines[#lines + 1] = "  " .. TITLES[e.attribute]
	what = shared.is_file(c) and "file" or what
	for _, line in ipairs(require "adsh.permissions".difference(e.before[1], e.after[1], what, c.dn)) do
		lines[#lines + 1] = "    " .. line
	end
end

function shared.count(e)
	if PERMISSIONS[e.attribute] then
		return 0, 0, 0
	end
	return attributes.count(e)
end

return shared
