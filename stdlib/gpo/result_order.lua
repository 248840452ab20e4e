-- The order in which policies are applied (MS-GPOL 3.2.5.1.5): from the outermost container to the innermost, in each
-- from the highest link order to 1; what is enforced comes behind all others, the innermost container first, so that
-- the highest one in the directory wins. Block inheritance keeps from above what is not enforced.
local links = require "adsh.gpo.links"

local order = {}

-- The container further in that blocks the links of containers[i]; nil: none.
local function blocker(containers, i)
	for k = #containers, i + 1, -1 do
		if containers[k].blocks then
			return containers[k].dn
		end
	end
end

local function rows_of(containers, i)
	local c, rows = containers[i], {}
	local list = links.parse(c.gPLink)
	for k, l in ipairs(list) do
		rows[#rows + 1] = l.dn and { dn = l.dn, guid = l.guid, container = c.dn, kind = c.kind, order = #list + 1 - k,
			enforced = l.enforced, disabled = l.disabled, blocked_by = not l.enforced and blocker(containers, i) or nil }
	end
	return rows
end

--- order.of(containers): the links, the winner last. containers: { dn=, kind=, gPLink=, blocks= }, outermost first.
function order.of(containers)
	local list, enforced = {}, {}
	for i = 1, #containers do
		local own = {}
		for _, row in ipairs(rows_of(containers, i)) do
			table.insert(row.enforced and own or list, row)
		end
		enforced = table.move(enforced, 1, #enforced, #own + 1, own)
	end
	return table.move(enforced, 1, #enforced, #list + 1, list)
end

return order
