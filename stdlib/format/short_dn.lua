-- Distinguished names for people: "Berlin/HOST04" for CN=HOST04,OU=Berlin,DC=alpha,DC=test.
local short_dn = {}

local function unescape(name)
	return (name:gsub("\\(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end):gsub("\\(.)", "%1"))
end

-- The values of the parts, the nearest first, and the domain; nil: it is no name of an object in a domain.
local function parts_of(dn)
	local parts, labels = {}, {}
	for part in (dn:gsub("\\,", "\\2c") .. ","):gmatch "(.-)," do
		local kind, value = part:match "^%s*(%a[%w-]*)=(.*)$"
		if not kind or #labels > 0 and kind:upper() ~= "DC" then
			return nil
		end
		local list = kind:upper() == "DC" and labels or parts
		list[#list + 1] = unescape(value)
	end
	return #parts > 0 and #labels > 0 and parts or nil, table.concat(labels, ".")
end

--- place(dn): where an object is: "Servers/Berlin"; "/" directly below the domain.
function short_dn.place(dn)
	local parts = parts_of(dn)
	local list = {}
	for i = 2, parts and #parts or 0 do
		table.insert(list, 1, parts[i])
	end
	return #list > 0 and table.concat(list, "/") or "/"
end

-- "Berlin/HOST04" and its domain; nil: the name stays as it is.
local function shorten(dn)
	local parts, domain = parts_of(dn)
	if not parts or table.concat(parts):find "[/%c]" then
		return nil
	end
	local list = {}
	for i = #parts, 1, -1 do
		list[#list + 1] = parts[i]
	end
	return table.concat(list, "/"), domain
end

--- all(dns): a table of the short forms of these names, with the domain in front where they are of several. One that
--- would look like another one, or is no such name, is not in it.
function short_dn.all(dns)
	local forms, seen, first, is_mixed = {}, {}, nil, false
	for _, dn in ipairs(dns) do
		local short, domain = shorten(dn)
		if short then
			first = first or domain:lower()
			is_mixed = is_mixed or domain:lower() ~= first
			forms[dn] = { short, domain }
		end
	end
	for dn, form in pairs(forms) do
		local text = is_mixed and form[2] .. "/" .. form[1] or form[1]
		forms[dn] = text
		local other = seen[text:lower()]
		if other and other:lower() ~= dn:lower() then
			forms[dn], forms[other] = false, false
		end
		seen[text:lower()] = other or dn
	end
	return forms
end

return short_dn
