-- What the settings of several policies come to, each with the policy that wins and those that it overrules. User
-- rights, members of restricted groups and firewall rules: the last policy that names one decides all of it (MS-GPSB
-- 3.2.5). Preferences and start-up scripts of all policies are carried out, one after the other; preferences come
-- before security settings, as the numbers of the extensions do.
local result_settings = {}

-- Rows by key: a later one takes the place of an earlier one, behind all others, and remembers it.
local function overrule(list, key, row)
	for i, old in ipairs(list) do
		if old.key == key then
			row.overrules = table.move(old.overrules, 1, #old.overrules, 1, {})
			row.overrules[#row.overrules + 1] = old.row.policy ~= row.policy and old.row.policy or nil
			table.remove(list, i)
			break
		end
	end
	row.overrules = row.overrules or {}
	list[#list + 1] = { key = key, row = row, overrules = row.overrules }
end

local function plain(list)
	local rows = {}
	for i, item in ipairs(list) do
		rows[i] = item.row
	end
	return rows
end

-- names: for people; sids: as far as they are known, or false.
local function people(row, list, names)
	row.sids = {}
	for i, name in ipairs(list) do
		row.sids[i] = names.sid(name) or false
		list[i] = names.shown(row.sids[i] or name)
	end
	return list
end

local function copy(list)
	return table.move(list, 1, #list, 1, {})
end

-- ---- local groups ----

local function group_row(group, action, members, p, names)
	local row = { action = action, policy = p.name, sid = names.sid(group) }
	row.group = names.shown(row.sid or group)
	row.members = people(row, copy(members), names)
	return row
end

local ACTIONS = { ADD = "adds", REMOVE = "removes" }
local WHOLE = { R = "replaces", D = "deletes" } -- action of an item (MS-GPPREF 2.2.1.11.1)

local function members_of(item, action)
	local list = {}
	for _, m in ipairs(item.members) do
		list[#list + 1] = m.action == action and (m.sid or m.name) or nil
	end
	return list
end

local function preferences(rows, p, names)
	for _, item in ipairs(p.settings.preference_groups) do
		local group = item.sid or item.group:gsub(" %(built%-in%)$", "")
		local action = WHOLE[item.action] or item.empties and "replaces"
		for _, kind in ipairs { "REMOVE", "ADD" } do
			local members = members_of(item, kind)
			local is_whole = action and kind == "ADD"
			if not item.disabled and (is_whole or #members > 0) then
				local row = group_row(group, is_whole and action or ACTIONS[kind], members, p, names)
				row.by, row.targeted, row.overrules = "preference", item.targeted, {}
				rows[#rows + 1] = row
			end
		end
	end
end

-- replaced, added: "members" and "member of" of two policies are both carried out (KB 925443): who is added stays.
local function restricted(replaced, added, p, names)
	for _, g in ipairs(p.settings.restricted_groups) do
		if g.members then
			local row = group_row(g.group, "replaces", g.members, p, names)
			row.by = "restricted group"
			overrule(replaced, "members " .. (row.sid or g.group):lower(), row)
		end
		for _, group in ipairs(g.memberof or {}) do
			local row = group_row(group, "adds", { g.group }, p, names)
			row.by = "restricted group"
			overrule(added, ("%s in %s"):format(row.sids[1] or g.group, row.sid or group):lower(), row)
		end
	end
end

local function groups(policies, names)
	local rows, replaced, added = {}, {}, {}
	for _, p in ipairs(policies) do
		preferences(rows, p, names)
		restricted(replaced, added, p, names)
	end
	for _, list in ipairs { plain(replaced), plain(added) } do
		table.move(list, 1, #list, #rows + 1, rows)
	end
	return rows
end

-- ---- the others ----

local function rights(policies, names)
	local list = {}
	for _, p in ipairs(policies) do
		for right, who in pairs(p.settings.rights) do
			local row = { right = right, policy = p.name }
			row.who = people(row, copy(who), names)
			overrule(list, right:lower(), row)
		end
	end
	list = plain(list)
	table.sort(list, function(a, b) return a.right:lower() < b.right:lower() end)
	return list
end

local RULE = { "dir", "action", "protocol", "lport", "active" }

local function firewall(policies)
	local list = {}
	for _, p in ipairs(policies) do
		for _, rule in ipairs(p.settings.firewall) do
			local row = { rule = rule.name or rule.value, value = rule.value, from = rule.from, policy = p.name }
			for _, key in ipairs(RULE) do
				row[key] = rule[key]
			end
			overrule(list, rule.value:lower(), row)
		end
	end
	return plain(list)
end

local function scripts(policies)
	local list = {}
	for _, p in ipairs(policies) do
		for _, command in ipairs(p.settings.scripts) do
			list[#list + 1] = { script = command, policy = p.name }
		end
	end
	return list
end

--- result_settings.of(policies, names): groups, rights, firewall, scripts. policies: those that apply, the winner last:
--- { name=, settings = of gpo.settings }. names.sid(x): the SID of a name or SID, or nil; names.shown(x): for people.
function result_settings.of(policies, names)
	return groups(policies, names), rights(policies, names), firewall(policies), scripts(policies)
end

return result_settings
