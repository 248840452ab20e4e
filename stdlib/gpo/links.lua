-- The links of a container to group policies (gPLink, MS-GPOL 2.2.2), as text and as a list. The last one in the text
-- has link order 1: it is applied last, and wins. What is not understood is kept as it is.
local links = {}

local DISABLED, ENFORCED = 1, 2

--- parse(text): a list of { dn=, guid=, disabled=, enforced=, text= }, in the order of the text.
function links.parse(text)
	local list = {}
	for part in (text or ""):gmatch "%b[]" do
		local dn, bits = part:match "^%[[Ll][Dd][Aa][Pp]://(.-);(%d+)%]$"
		local n = math.tointeger(tonumber(bits)) or 0
		list[#list + 1] = {
			dn = dn, guid = dn and dn:match "{[%x-]+}", disabled = n & DISABLED ~= 0, enforced = n & ENFORCED ~= 0,
			text = part,
		}
	end
	return list
end

--- format(list): the text; entries without text are made of dn, disabled and enforced.
function links.format(list)
	local parts = {}
	for i, l in ipairs(list) do
		local bits = (l.disabled and DISABLED or 0) | (l.enforced and ENFORCED or 0)
		parts[i] = l.text or ("[LDAP://%s;%d]"):format(l.dn, bits)
	end
	return table.concat(parts)
end

local function is_of(l, guid)
	return l.guid ~= nil and l.guid:lower() == guid:lower()
end

--- without(text, guid): the text without links to this policy, and whether there was one.
function links.without(text, guid)
	local kept, found = {}, false
	for _, l in ipairs(links.parse(text)) do
		if is_of(l, guid) then
			found = true
		else
			kept[#kept + 1] = l
		end
	end
	return links.format(kept), found
end

--- with(text, new): the text with a link to new.dn, new.guid; new: also disabled, enforced and order: 1 is the one
--- that wins; nil: it comes behind all others. A link that is there keeps its place.
function links.with(text, new)
	local list, at = links.parse(text), nil
	for i, l in ipairs(list) do
		at = is_of(l, new.guid) and i or at
	end
	local own = { dn = new.dn, guid = new.guid, disabled = new.disabled, enforced = new.enforced }
	if at and not new.order then
		list[at] = own
	else
		if at then
			table.remove(list, at)
		end
		local place = new.order and #list + 2 - new.order or 1
		table.insert(list, math.max(1, math.min(#list + 1, place)), own)
	end
	return links.format(list)
end

return links
