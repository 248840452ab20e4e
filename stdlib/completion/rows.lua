-- What completion says of an account or a group, out of its entry.
local rows = {}

rows.ATTRIBUTES = { "sAMAccountName", "sAMAccountType", "operatingSystem", "location", "displayName", "description" }

-- By sAMAccountType (MS-SAMR 2.2.1.9): user, machine, group.
local LETTERS = {
	[805306368] = "u", [805306369] = "m",
	[268435456] = "g", [268435457] = "g", [536870912] = "g", [536870913] = "g",
}

--- The letters of the kinds of names.
rows.KINDS = { account = "um", computer = "m", group = "g", any = "umg" }

--- clause(letters): finds what is of one of these kinds.
function rows.clause(letters)
	local list = {}
	for type, letter in pairs(LETTERS) do
		list[#list + 1] = letters:find(letter, 1, true) and ("(sAMAccountType=%d)"):format(type) or nil
	end
	table.sort(list)
	return #list == 1 and list[1] or "(|" .. table.concat(list) .. ")"
end

--- about(values): a few words; values are by attribute, lists or single.
function rows.about(o)
	local function first(name)
		local value = o[name]
		return type(value) == "table" and value[1] or value
	end
	local system = first "operatingSystem"
	system = system and system:gsub("^Windows ", ""):gsub(" %a+$", "")
	local parts = {}
	parts[1] = system or first "displayName" or first "description"
	parts[#parts + 1] = first "location"
	return table.concat(parts, ", ")
end

--- letter(type): that of a sAMAccountType, or nil.
function rows.letter(type)
	return LETTERS[tonumber(type)]
end

--- line(entry): its line in the index, see completion/index.lua; "" for what is no kind of name.
function rows.line(e)
	local name, letter = e:first "sAMAccountName", rows.letter(e:first "sAMAccountType")
	if not name or not letter then
		return ""
	end
	name = name:gsub("%$$", ""):gsub("%c", " ")
	return ("\n%s%s\t%s\t%s"):format(letter, name:lower(), name, (rows.about(e:attributes()):gsub("%c", " ")))
end

return rows
