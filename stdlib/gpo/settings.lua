-- What is in a policy: local groups, user rights, firewall rules, scripts, and the files that adsh does not read.
local edit = require "adsh.gpo.edit"
local failure = require "adsh.failure"
local files = require "adsh.raising"(require "adsh.core.server_file")
local firewall = require "adsh.gpo.firewall"
local preferences = require "adsh.gpo.preferences"
local raising = require "adsh.raising"
local registry = require "adsh.gpo.registry"
local scripts = require "adsh.gpo.scripts"
local template = require "adsh.gpo.template"

local settings = {}

local PATHS = {
	template = [[Machine\Microsoft\Windows NT\SecEdit\GptTmpl.inf]],
	groups = [[Machine\Preferences\Groups\Groups.xml]],
	registry = [[Machine\Registry.pol]],
	scripts = [[Machine\Scripts\scripts.ini]],
	psscripts = [[Machine\Scripts\psscripts.ini]],
	ini = "GPT.INI",
}
settings.paths = PATHS

local READ = {
	template = function(found, bytes)
		local t = template.decode(bytes)
		for _, row in ipairs(template.groups(t)) do
			found.restricted_groups[#found.restricted_groups + 1] = row
		end
		found.rights = template.rights(t)
		for _, name in ipairs(template.sections(t)) do
			local key = name:lower()
			if key ~= "unicode" and key ~= "version" and key ~= "group membership" and key ~= "privilege rights" then
				found.other[#found.other + 1] = PATHS.template .. ": " .. name
			end
		end
	end,
	groups = function(found, bytes)
		found.preference_groups = preferences.groups(bytes)
	end,
	registry = function(found, bytes)
		found.firewall = firewall.list(bytes)
		for _, e in ipairs(registry.decode(bytes)) do
			if e.key:lower() ~= firewall.KEY:lower() then
				found.registry[#found.registry + 1] = { key = e.key, name = e.name, value = registry.text(e) }
			end
		end
	end,
	scripts = function(found, bytes)
		for _, s in ipairs(scripts.list(bytes)) do
			found.scripts[#found.scripts + 1] = s.command .. (s.parameters ~= "" and " " .. s.parameters or "")
		end
	end,
	ini = function() end,
}
READ.psscripts = READ.scripts

-- What cannot be read is an error: nobody is to take it for a policy without settings.
local function children(unc)
	local list, err = raising.try(files.list, unc)
	if err and err.kind ~= "notfound" then
		error(err, 0)
	end
	return list or {}
end

-- The names of files and folders are read in whatever case they are written.
local function all_files(unc, prefix, list)
	for _, child in ipairs(children(unc)) do
		local path = prefix .. child.name
		if child.folder and not child.link then
			all_files(unc .. "\\" .. child.name, path .. "\\", list)
		else
			list[path:lower()] = path
		end
	end
	return list
end

--- files(folder): the policy's files, by their paths in lower case.
function settings.files(folder)
	return all_files(folder, "", {})
end

-- A policy without its folder is not one without settings.
local function check_there(folder)
	local _, err = raising.try(files.list, folder)
	if err and err.kind == "notfound" then
		error(failure("notfound", "the folder of the policy is missing: " .. folder,
			"restore it from a backup, or remove the policy: gpo.remove"), 0)
	end
end

--- read(folder): a table: restricted_groups, preference_groups, rights, firewall, registry, scripts, other.
function settings.read(folder)
	check_there(folder)
	local found = { restricted_groups = {}, preference_groups = {}, rights = {}, firewall = {}, registry = {},
		scripts = {}, other = {} }
	local there = settings.files(folder)
	for name, path in pairs(PATHS) do
		local real = there[path:lower()]
		local bytes = real and edit.read(folder .. "\\" .. real)
		if bytes then
			READ[name](found, bytes)
		end
		there[path:lower()] = nil
	end
	for key, path in pairs(there) do
		if not key:find "^machine\\scripts\\startup\\" then
			found.other[#found.other + 1] = path
		end
	end
	table.sort(found.other)
	return found
end

return settings
