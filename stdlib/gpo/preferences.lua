-- Groups.xml, the preferences for local groups (MS-GPPREF 2.2.1.11): members are added to a group, and taken out of it
-- again, without touching the others. What is there stays byte for byte; an item of ours is one <Group> of its own.
local preferences = {}

local HEAD = '<?xml version="1.0" encoding="utf-8"?>\r\n<Groups clsid="{3125E937-EB16-4b4c-9934-544FC6D24D26}">'
local TAIL = "</Groups>\r\n"
local CLASS = "{6D4A79E4-529C-4481-ABD0-F5BD7EA93BA7}"

local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'" }

local function unescape(s)
	s = s:gsub("&#x(%x+);", function(n) return utf8.char(tonumber(n, 16)) end)
	s = s:gsub("&#(%d+);", function(n) return utf8.char(math.tointeger(tonumber(n))) end)
	return (s:gsub("&(%a+);", ENTITIES))
end

local function escape(s)
	return (s:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

local function attributes(tag)
	local found = {}
	for name, value in tag:gmatch '([%w:_]+)%s*=%s*"([^"]*)"' do
		found[name] = unescape(value)
	end
	return found
end

-- Each <Group> with where it is; comments do not count.
local function items(xml)
	local list, at = {}, 1
	local blank = xml:gsub("<!%-%-.-%-%->", function(c) return (" "):rep(#c) end)
	while true do
		local first, open_end, head = blank:find("<Group(%s[^>]*)>", at)
		if not first then
			return list
		end
		local _, last = blank:find("</Group>", open_end, true)
		if head:sub(-1) == "/" or not last then
			last = open_end
		end
		list[#list + 1] = { first = first, last = last, head = attributes(head), body = xml:sub(open_end + 1, last) }
		at = last + 1
	end
end

--- groups(xml): a list of { group=, sid=, action=, members=, empties=, disabled=, targeted=, uid= }; a member: { name=,
--- sid=, action= }. targeted: for some computers only.
function preferences.groups(xml)
	local list = {}
	for i, item in ipairs(items(xml)) do
		local p = attributes(item.body:match "<Properties(%s[^>]*)>" or "")
		local row = { group = p.groupName or item.head.name, sid = p.groupSid ~= "" and p.groupSid or nil,
			action = p.action or "U", members = {}, uid = item.head.uid, disabled = item.head.disabled == "1",
			targeted = item.body:find "<Filter" ~= nil or nil,
			empties = p.deleteAllUsers == "1" or p.deleteAllGroups == "1" }
		for member in item.body:gmatch "<Member(%s[^>]*)>" do
			local a = attributes(member)
			row.members[#row.members + 1] = { name = a.name, sid = a.sid ~= "" and a.sid or nil, action = a.action or "ADD" }
		end
		list[i] = row
	end
	return list
end

local function member_line(m)
	return ('<Member name="%s" action="%s" sid="%s"/>'):format(escape(m.name), m.action, m.sid or "")
end

local function item_text(o)
	local members = {}
	for i, m in ipairs(o.members) do
		members[i] = member_line(m)
	end
	return ('<Group clsid="%s" name="%s" image="2" changed="%s" uid="%s"><Properties action="U" newName="" description=""'
		.. ' deleteAllUsers="0" deleteAllGroups="0" removeAccounts="0" groupSid="%s" groupName="%s"><Members>%s</Members>'
		.. '</Properties></Group>'):format(CLASS, escape(o.group), o.changed, o.uid, o.sid, escape(o.group),
		table.concat(members))
end

-- The item of ours for this local group: the one with that uid.
local function own(xml, uid)
	for _, item in ipairs(items(xml)) do
		if (item.head.uid or ""):lower() == uid:lower() then
			return item
		end
	end
end

-- The items by uid; nil: one has none, or that of another.
local function by_uid(xml)
	local found = {}
	for _, item in ipairs(items(xml)) do
		local uid = item.head.uid
		if not uid or found[uid] then
			return nil
		end
		local bytes = xml:sub(item.first, item.last)
		found[uid] = { bytes = bytes, changed = item.head.changed, row = preferences.groups(bytes)[1] }
	end
	return found
end

-- Whether the item says what our text of it says, and nothing else.
local function is_plain(item)
	local row = item.row
	for _, m in ipairs(row.members) do
		if not (m.name and m.sid) then
			return false
		end
	end
	return row.sid and item.changed and item.bytes == item_text { uid = row.uid, group = row.group, sid = row.sid,
		changed = item.changed, members = row.members }
end

local ACTIONS = { ADD = "becomes a member", REMOVE = "is removed" }

local function add_words(list, sign, item)
	for _, m in ipairs(item.row.members) do
		list[#list + 1] = ("%s %s %s of the local group %s"):format(sign, m.name, ACTIONS[m.action] or m.action,
			item.row.group)
	end
end

-- The words of items that others does not have so; they are put into gone. Nil: one needs more words.
local function changed_items(list, sign, found, others, gone)
	for uid, item in pairs(found) do
		if not others[uid] or others[uid].bytes ~= item.bytes then
			if not is_plain(item) then
				return nil
			end
			add_words(list, sign, item)
			gone[uid] = true
		end
	end
	return true
end

local function without(xml, gone)
	local rest, at = {}, 1
	for _, item in ipairs(items(xml)) do
		if gone[item.head.uid] then
			rest[#rest + 1] = xml:sub(at, item.first - 1)
			at = item.last + 1
		end
	end
	rest[#rest + 1] = xml:sub(at)
	return table.concat(rest)
end

--- words(before, after): the difference of two files, "+ ..." and "- ..."; nil: these words would not say all of it.
function preferences.words(before, after)
	before, after = before or HEAD .. TAIL, after or HEAD .. TAIL
	local old, new, list, gone = by_uid(before), by_uid(after), {}, {}
	if not (old and new and changed_items(list, "-", old, new, gone) and changed_items(list, "+", new, old, gone))
		or without(before, gone) ~= without(after, gone) or #list == 0 then
		return nil
	end
	table.sort(list, function(a, b) return a:byte() > b:byte() or a:byte() == b:byte() and a < b end)
	return list
end

--- put(xml, o): xml (nil: there is no file) with the item o: uid, group (its name), sid, changed (time), members. One
--- of that uid is replaced.
function preferences.put(xml, o)
	local new = item_text(o)
	if not xml or not xml:find "<Groups" then
		return HEAD .. new .. TAIL
	end
	local item = own(xml, o.uid)
	if item then
		return xml:sub(1, item.first - 1) .. new .. xml:sub(item.last + 1)
	end
	local at = xml:find "</Groups>%s*$"
	if at then
		return xml:sub(1, at - 1) .. new .. xml:sub(at)
	end
	return (xml:gsub("(<Groups[^>]*)/>%s*$", "%1>" .. new:gsub("%%", "%%%%") .. TAIL))
end

--- take(xml, uid): xml without the item of this uid; nil: no item is left, so the file can go.
function preferences.take(xml, uid)
	local item = own(xml, uid)
	local rest = item and xml:sub(1, item.first - 1) .. xml:sub(item.last + 1) or xml
	return #items(rest) > 0 and rest or nil
end

return preferences
