-- What a plan does to one group policy, told in one place: its object, and its files by their paths in the policy.
local changes = require "adsh.gpo.changes"
local edit_of = require "adsh.edit_of"
local firewall = require "adsh.gpo.firewall"
local gpt_ini = require "adsh.gpo.gpt_ini"
local kinds = require "adsh.kinds"
local names = require "adsh.gpo.names"
local preferences = require "adsh.gpo.preferences"
local registry = require "adsh.gpo.registry"
local sid_names = require "adsh.sid_names"

local policy_view = {}

local FEW = 3 -- lines of a file that are told again

-- ---- which changes belong together ----

local function value(list, wanted)
	for _, v in ipairs(list) do
		local found = v:match("^" .. wanted .. "=(.*)$")
		if found then
			return found
		end
	end
end

-- The name of what comes or goes is known from then on.
local function learn(c)
	for _, e in ipairs(c.kind == "policy" and c.edits or {}) do
		local values = #e.after > 0 and e.after or e.before
		local guid, name = value(values, "name"), value(values, "displayName")
		if guid and name then
			names.expect(guid, name)
		end
	end
end

--- blocks(all): the changes of each policy as a list, { first = place of its first one }, and all other changes.
function policy_view.blocks(all)
	local list, by_key, rest = {}, {}, {}
	for i, c in ipairs(all) do
		local key = changes.key(c)
		learn(c)
		if not key then
			rest[#rest + 1] = c
		elseif not by_key[key] then
			by_key[key] = { c, first = i }
			list[#list + 1] = by_key[key]
		else
			table.insert(by_key[key], c)
		end
	end
	return list, rest
end

-- ---- files ----

local function is_folder(c)
	local e = edit_of(c, "file")
	return c.label:match "^folder " ~= nil or e ~= nil and (value(e.after, "type") or value(e.before, "type")) == "folder"
end

local function version_words(before, after)
	local old, new = before and gpt_ini.version(before), gpt_ini.version(after)
	if new and not before and after == gpt_ini.new(new) then
		return { "+ version " .. new }
	elseif old and new and gpt_ini.with(before, new) == after then
		return { ("version %d -> %d"):format(old, new) }
	end
end

local WORDS = {
	["gpt.ini"] = version_words,
	["machine\\registry.pol"] = function(before, after)
		return registry.words(before, after, firewall.words)
	end,
	["machine\\preferences\\groups\\groups.xml"] = preferences.words,
}

-- SIDs are followed by their names.
local function with_names(line)
	local found = {}
	for sid in line:gmatch "S%-1%-[%d-]+" do
		found[#found + 1] = sid_names.shown(sid)
	end
	return line .. (#found > 0 and "  (" .. table.concat(found, ", ") .. ")" or "")
end

-- shown: contents that the plan has told before.
local function content_lines(lines, f, shown)
	local c, path = f.change, f.path
	local e = edit_of(c, "content")
	local key = e and path:lower() .. "\0" .. (e.before[1] or "") .. "\0" .. (e.after[1] or "")
	local words = e and e.after[1] and WORDS[path:lower()]
	words = words and words(e.before[1], e.after[1])
	if words then
		for _, line in ipairs(words) do
			lines[#lines + 1] = "      " .. line
		end
	elseif key and shown[key] and e.after[1] then
		lines[#lines + 1] = "      as above, in " .. shown[key]
	elseif e and e.after[1] then
		local own = {}
		kinds.lines(own, setmetatable({ edits = { e } }, { __index = c }), false)
		for i = own[1] == "  content" and 2 or 1, #own do
			lines[#lines + 1] = (own[i]:find "^  content" and "    " or "  ") .. with_names(own[i])
		end
		shown[key] = #own > FEW and f.domain or nil
	end
end

-- Who may do what with it, and whose it is; nothing where that is as with the folder before.
local function permission_lines(lines, c, seen)
	local own = {}
	for _, attribute in ipairs { "file", "fileSecurityDescriptor" } do
		local e = edit_of(c, attribute)
		if e and #e.after > 0 then
			kinds.lines(own, setmetatable({ edits = { e } }, { __index = c }), false)
		end
	end
	for _, line in ipairs(own) do
		if not line:find "^  new " and line ~= "  permissions" and not seen[line] then
			lines[#lines + 1] = "  " .. line
		end
	end
	for _, line in ipairs(own) do
		seen[line] = true
	end
end

local SIGNS = { [true] = "+", [false] = "-" }

local function sign_of(c)
	local e = edit_of(c, "file")
	local comes = e and #e.before == 0 and #e.after > 0
	local goes = e and #e.before > 0 and #e.after == 0
	return (comes or goes) and SIGNS[comes] or "~"
end

-- A folder that something of it is told about.
local function is_told(path, files)
	for _, f in ipairs(files) do
		if f.path ~= path and f.path:sub(1, #path + 1):lower() == path:lower() .. "\\" then
			return true
		end
	end
	return path == ""
end

local function file_lines(lines, files, warn, shown)
	local own, seen, before = {}, {}, nil
	for _, f in ipairs(files) do
		local more, folder = {}, is_folder(f.change)
		permission_lines(more, f.change, seen)
		content_lines(more, f, shown)
		if not (folder and is_told(f.path, files)) or #more > 0 then
			own[#own + 1] = ("    %s %s"):format(sign_of(f.change), f.path == "" and "the policy's folder"
				or f.path .. (folder and "\\" or ""))
			table.move(more, 1, #more, #own + 1, own)
		end
	end
	lines[#lines + 1] = "  files in SYSVOL on " .. files[1].host
	for _, f in ipairs(files) do
		local c = f.change
		if (c.why or "") .. tostring(c.widens) ~= before then
			warn(lines, c)
		end
		before = (c.why or "") .. tostring(c.widens)
	end
	table.move(own, 1, #own, #lines + 1, lines)
end

-- ---- the whole ----

local function object_lines(lines, c, warn, is_whole)
	local own = {}
	warn(own, c)
	if not (is_whole and c.kind == "container" and #own == 0) then
		if c.kind == "container" then
			lines[#lines + 1] = "  " .. c.dn:match "^[^,]+"
		end
		table.move(own, 1, #own, #lines + 1, lines)
		kinds.lines(lines, c, false)
	end
end

-- Its name, GUID, domain.
local function name_of(block)
	local place = changes.is_file(block[1]) and changes.place(block[1])
	local guid = place and place.guid or block[1].dn:match "{[%x-]+}"
	local domain = place and place.domain or sid_names.domain_of(block[1].dn)
	local dn = ("CN=%s,CN=Policies,CN=System,DC=%s"):format(guid, (domain:gsub("%.", ",DC=")))
	return names.shown(guid, dn), guid, domain
end

--- lines(lines, block, warn, shown): what becomes of the policy; warn(lines, c): appends what the gate says of a
--- change; shown: a table for the blocks of one plan, in which the same script is told once.
function policy_view.lines(lines, block, warn, shown)
	local files, is_whole = {}, false
	lines[#lines + 1] = ("%s  %s in %s"):format(name_of(block))
	for _, c in ipairs(block) do
		is_whole = is_whole or c.kind == "policy"
	end
	for _, c in ipairs(block) do
		if changes.is_file(c) then
			local place = changes.place(c)
			place.change = c
			files[#files + 1] = place
		else
			object_lines(lines, c, warn, is_whole)
		end
	end
	if #files > 0 then
		table.sort(files, function(a, b) return a.path:lower() < b.path:lower() end)
		file_lines(lines, files, warn, shown)
	end
end

return policy_view
