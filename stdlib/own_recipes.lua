-- Recipes that are not bundled: /etc/adsh/recipes/NAME.lua and ~/.config/adsh/recipes/NAME.lua. A file returns the
-- recipe (see adsh.recipe); it runs as a script does, and cannot take the name of a bundled one.
local own_recipes = {}

local config_path = require "adsh.config_path"
local failure = require "adsh.failure"
local file = require "adsh.core.file"
local lfs = require "lfs"
local say = require "adsh.say"

local SYSTEM = "/etc/adsh/recipes"

local function files(folder)
	local ok, iterator, state = pcall(lfs.dir, folder)
	local names = {}
	while ok do
		local entry = iterator(state)
		if not entry then
			break
		end
		names[#names + 1] = entry:match "^([%w][%w_-]*)%.lua$"
	end
	table.sort(names)
	return names
end

--- Their paths by name; the machine's come before one's own.
function own_recipes.paths()
	local paths = {}
	for _, folder in ipairs { config_path "recipes" or SYSTEM, SYSTEM } do
		for _, name in ipairs(files(folder)) do
			paths[name] = folder .. "/" .. name .. ".lua"
		end
	end
	return paths
end

local FIELDS = { summary = "string", options = "function", prepare = "function" }

local function check(r, name, path)
	for field, kind in pairs(FIELDS) do
		if type(r) ~= "table" or type(r[field]) ~= kind then
			error(failure("usage", ("%s is not a recipe: it must return a table with %s (%s)"):format(path, field, kind),
				"see one of the bundled recipes"), 0)
		end
	end
	r.name = name
	return r
end

--- The recipe in this file, which nobody else could have written.
function own_recipes.load(name, path)
	local f <close>, err = file.open(path, "the recipe")
	if not f then
		error(err, 0)
	end
	local chunk, message = load(f:read "a", "@" .. path, "t", require "adsh.session".environment)
	if not chunk then
		error(failure("usage", "the recipe " .. message), 0)
	end
	return check(chunk(), name, path)
end

--- Those that can be loaded; what is wrong with another one is said.
function own_recipes.list()
	local list = {}
	for name, path in pairs(own_recipes.paths()) do
		local ok, r = pcall(own_recipes.load, name, path)
		if ok then
			list[#list + 1] = r
		else
			say.err("warning: " .. tostring(r))
		end
	end
	return list
end

return own_recipes
