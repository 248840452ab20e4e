-- Resource-based descriptors as Samba's KDC sees them: entries for objects and for OWNER RIGHTS say nothing to it.
local codec = require "adsh.core.codec"

local descriptor = {}

--- parts(bytes): the descriptor without its object entries, and without those for OWNER RIGHTS; nil where it has none.
function descriptor.parts(bytes)
	local sddl = codec.sddl(bytes) or ""
	local objects, n = sddl:gsub("%(X?O[AD];[^()]*%)", "")
	local owner, m = sddl:gsub("%([AD];[^()]*;OW%)", "")
	return n > 0 and codec.sd(objects) or nil, m > 0 and codec.sd(owner) or nil
end

--- plain(bytes): without both; nil where there are none.
function descriptor.plain(bytes)
	local objects, owner = descriptor.parts(bytes)
	return objects and select(2, descriptor.parts(objects)) or objects or owner
end

return descriptor
