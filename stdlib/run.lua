-- run.live_migration{group = "HyperV-Hosts"}: each recipe as a function, with the options of its command line.
local failure = require "adsh.failure"
local help = require "adsh.help"
local recipe = require "adsh.recipe"
local run_options = require "adsh.run_options"

local run = {}

local ABOUT = [[run.%s{option = value, ...} - Recipe: %s.
The options are those of "adsh run %s --help". What the command line takes without an option goes without a name; a
list stands for an option that is given several times.
	run.live_migration{"host01", "host02", dry_run = true}
	run.live_migration{group = "HyperV-Hosts"}]]

local function complain(name, key, known)
	local names = {}
	for option in pairs(known) do
		names[#names + 1] = option
	end
	table.sort(names)
	local best = help.suggest(tostring(key), names)
	error(failure("usage", ("run.%s: unknown option '%s'"):format(name, tostring(key)),
		#best > 0 and "did you mean " .. table.concat(best, ", ") .. "?" or "known are " .. table.concat(names, ", ")), 0)
end

local function add(argv, option, value)
	if option.takes_value then
		argv[#argv + 1] = option.word .. "=" .. tostring(value)
	elseif value then
		argv[#argv + 1] = option.word
	end
end

-- The words of a command line that say the same.
local function words(name, given, known)
	local argv, keys = {}, {}
	for key in pairs(given) do
		if type(key) == "string" then
			keys[#keys + 1] = key
		elseif math.type(key) ~= "integer" then
			complain(name, key, known)
		end
	end
	table.sort(keys)
	for _, key in ipairs(keys) do
		local option, value = known[key] or complain(name, key, known), given[key]
		for _, one in ipairs(type(value) == "table" and value or { value }) do
			add(argv, option, one)
		end
	end
	for _, value in ipairs(given) do
		argv[#argv + 1] = tostring(value)
	end
	return argv
end

local function function_of(name)
	return function(given, ...)
		if type(given) ~= "table" then
			given = { given, ... }
		end
		return recipe.call(name, words((name:gsub("-", "_")), given, run_options.of(name)))
	end
end

for _, name in ipairs(recipe.names()) do
	run[name:gsub("-", "_")] = function_of(name)
	help.add(ABOUT:format((name:gsub("-", "_")), recipe.summary(name) or "one of your own", name))
end

return setmetatable(run, {
	__index = function(_, name)
		local names = {}
		for known in pairs(run) do
			names[#names + 1] = known
		end
		local best = help.suggest(tostring(name), names)
		error(("run has no recipe '%s'%s"):format(tostring(name),
			#best > 0 and "; did you mean run." .. best[1] .. "?" or ""), 2)
	end,
})
