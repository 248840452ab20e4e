-- GptTmpl.inf, the security settings of a policy (MS-GPSB 2.2): local groups ("restricted groups", 2.2.10) and user
-- rights (2.2.6) are read; groups are written, and every other line stays byte for byte.
local ini_lines = require "adsh.gpo.ini_lines"
local text = require "adsh.core.text"
local utf16 = require "adsh.gpo.utf16"

local template = {}

local MARK = "\xff\xfe"
local NEW = '[Unicode]\r\nUnicode=yes\r\n[Version]\r\nsignature="$CHICAGO$"\r\nRevision=1\r\n'
local GROUPS = "group membership"

-- key and value of "key = value"
local function pair(line)
	return line:match '^%s*"?(.-)"?%s*=%s*(.-)%s*$'
end

--- decode(bytes): a template: its lines, and the form in which it is kept.
function template.decode(bytes)
	local is_wide = bytes:sub(1, 2) == MARK
	local s = is_wide and utf16.decode(bytes) or text.decode(bytes) or bytes
	return { lines = ini_lines.split(s), wide = is_wide or bytes == "" }
end

--- new(): one without settings.
function template.new()
	return { lines = ini_lines.split(NEW), wide = true }
end

--- encode(t): its bytes.
function template.encode(t)
	local s = table.concat(t.lines)
	return t.wide and MARK .. utf16.encode(s) or s
end

local function words(value)
	local list = {}
	for word in value:gmatch "[^,]+" do
		word = word:match "^%s*(.-)%s*$"
		list[#list + 1] = word ~= "" and word or nil
	end
	return list
end

-- "*SID" without the star
local function plain(name)
	return (name:gsub("^%*(S%-1%-)", "%1"))
end

--- groups(t): a list of { group=, members=, memberof= }: lists of SIDs or names; members nil: not set; {}: it is
--- emptied.
function template.groups(t)
	local list, by_name = {}, {}
	local first, last = ini_lines.section(t.lines, GROUPS)
	for i = first or 1, last or 0 do
		local key, value = pair(t.lines[i])
		local group, what = (key or ""):match "^(.-)__([Mm]ember%a*)$"
		if group then
			local row = by_name[group:lower()]
			if not row then
				row = { group = plain(group) }
				by_name[group:lower()], list[#list + 1] = row, row
			end
			local names = words(value)
			for k, name in ipairs(names) do
				names[k] = plain(name)
			end
			if what:lower() == "members" then
				row.members = names
			elseif #names > 0 then -- without a value it says nothing
				row.memberof = names
			end
		end
	end
	return list
end

--- rights(t): right = list of SIDs or names, as SeDenyNetworkLogonRight.
function template.rights(t)
	local found = {}
	local first, last = ini_lines.section(t.lines, "privilege rights")
	for i = first or 1, last or 0 do
		local key, value = pair(t.lines[i])
		if key and key ~= "" and not key:find "^;" then
			local names = words(value)
			for k, name in ipairs(names) do
				names[k] = plain(name)
			end
			found[key] = names
		end
	end
	return found
end

--- sections(t): their names, as they are written.
function template.sections(t)
	local list = {}
	for _, line in ipairs(t.lines) do
		list[#list + 1] = ini_lines.head(line)
	end
	return list
end

local function find_key(t, first, last, wanted)
	for i = first, last do
		local key = pair(t.lines[i])
		if key and key:lower() == wanted:lower() then
			return i
		end
	end
end

local function set(t, key, value)
	local first, last = ini_lines.section(t.lines, GROUPS)
	if not first then
		local n = #t.lines
		if n > 0 and not t.lines[n]:find "\n$" then
			t.lines[n] = t.lines[n] .. "\r\n"
		end
		t.lines[n + 1] = "[Group Membership]\r\n"
		first, last = n + 2, n + 1
	end
	local at = find_key(t, first, last, key)
	local line = ("%s = %s\r\n"):format(key, value)
	if at then
		t.lines[at] = line
		return
	end
	while last >= first and t.lines[last]:find "^%s*$" do -- empty lines stay at the end of the section
		last = last - 1
	end
	if last >= 1 and not t.lines[last]:find "\n$" then
		t.lines[last] = t.lines[last] .. "\r\n"
	end
	table.insert(t.lines, last + 1, line)
end

local function starred(sid)
	return sid:find "^S%-1%-" and "*" .. sid or sid
end

local function joined(names)
	local list = {}
	for i, name in ipairs(names) do
		list[i] = starred(name)
	end
	return table.concat(list, ",")
end

local function has(list, name)
	for _, one in ipairs(list or {}) do
		if one:lower() == name:lower() then
			return true
		end
	end
end

local function row_of(t, group)
	for _, row in ipairs(template.groups(t)) do
		if row.group:lower() == group:lower() then
			return row
		end
	end
	return { group = group }
end

--- add_memberof(t, sid, group): members of the group sid stay what they are; it becomes a member of the local group.
--- True: that is new.
function template.add_memberof(t, sid, group)
	local row = row_of(t, sid)
	if has(row.memberof, group) then
		return false
	end
	local list = { table.unpack(row.memberof or {}) }
	list[#list + 1] = group
	set(t, starred(sid) .. "__Memberof", joined(list))
	return true
end

--- remove_memberof(t, sid, group): the way back; a line that says nothing any more goes.
function template.remove_memberof(t, sid, group)
	local row = row_of(t, sid)
	if not has(row.memberof, group) then
		return false
	end
	local kept = {}
	for _, name in ipairs(row.memberof) do
		kept[#kept + 1] = name:lower() ~= group:lower() and name or nil
	end
	local first, last = ini_lines.section(t.lines, GROUPS)
	local at = find_key(t, first, last, starred(sid) .. "__Memberof")
	if #kept > 0 then
		set(t, starred(sid) .. "__Memberof", joined(kept))
	else
		table.remove(t.lines, at)
	end
	return true
end

--- set_members(t, group, sids): the local group has these members and no others, each time that the policy applies.
function template.set_members(t, group, sids)
	local row = row_of(t, group)
	local same = row.members and #row.members == #sids
	for _, sid in ipairs(sids) do
		same = same and has(row.members, sid)
	end
	if same then
		return false
	end
	set(t, starred(group) .. "__Members", joined(sids))
	return true
end

--- remove_member(t, group, sid, rest): the way back: sid is not one of the members that group is to have; where only
--- those of rest are left, the line goes.
function template.remove_member(t, group, sid, rest)
	local row = row_of(t, group)
	if not has(row.members, sid) then
		return false
	end
	local kept, others = {}, false
	for _, name in ipairs(row.members) do
		if name:lower() ~= sid:lower() then
			kept[#kept + 1] = name
			others = others or not has(rest, name)
		end
	end
	if others then
		set(t, starred(group) .. "__Members", joined(kept))
	else
		local first, last = ini_lines.section(t.lines, GROUPS)
		table.remove(t.lines, find_key(t, first, last, starred(group) .. "__Members"))
	end
	return true
end

--- is_empty(t): whether it sets nothing: besides its head there are empty sections only.
function template.is_empty(t)
	local section = ""
	for _, line in ipairs(t.lines) do
		section = (ini_lines.head(line) or section):lower()
		if section ~= "unicode" and section ~= "version" and not ini_lines.head(line) and line:find "%S" then
			return false
		end
	end
	return true
end

return template
