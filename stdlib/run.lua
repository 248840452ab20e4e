-- run.live_migration{group = "HyperV-Hosts"}: each recipe as a function, with the options of its command line.
local failure = require "adsh.failure"
local help = require "adsh.help"
local recipe = require "adsh.recipe"
local run_options = require "adsh.run_options"

local run = {}

local ABOUT = [[run.%s{option = value, ...} - Recipe: %s.
Arguments:
  VALUE (string): an argument without an option on the command line, such as a host, has no name
  OPTION (option, any): those of "adsh run %s --help", with _ instead of -; a list for an option that is given several
    times. Default: as on the command line
Returns: a table: the result of the recipe; recipes that write return a report:<fields>
Errors:
  usage: an unknown or missing option
  <refused>%s]]

local EXAMPLES = {
	live_migration = 'run.live_migration{group = "HyperV-Hosts", dry_run = true}',
	replica = 'run.replica{"host01", "host02", dry_run = true}',
	kcd = 'run.kcd{source = "host01", target = "host02", service = "cifs", add = true, dry_run = true}',
	spn = 'run.spn{"check", "host01"}', audit = "run.audit()",
	doctor = 'run.doctor{"host01", "host02", job = "live-migration"}',
	iso_library = 'run.iso_library{"host01", library = "fs1.alpha.test", share = "data", dry_run = true}',
	smb_storage = 'run.smb_storage{"host01", "host02", server = "fs1.alpha.test", share = "data", dry_run = true}',
	verify = 'run.verify{group = "HyperV-Hosts", keytabs = "host01.keytab"}',
	readiness = 'run.readiness{"host01", proof = true}',
	cross_forest = 'run.cross_forest{"host01", "host01@beta.test", dry_run = true}',
	host_policy = 'run.host_policy{ou = "OU=Hosts,DC=alpha,DC=test", migration = "kerberos", dry_run = true}',
}

local function complain(name, key, known)
	local names = {}
	for option in pairs(known) do
		names[#names + 1] = option
	end
	table.sort(names)
	local best = help.suggest(tostring(key), names)
	error(failure("usage", ("run.%s: unknown option '%s'"):format(name, tostring(key)),
		#best > 0 and "did you mean " .. table.concat(best, ", ") .. "?" or "the known ones are: "
			.. table.concat(names, ", ")), 0)
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
	local key = name:gsub("-", "_")
	help.add(ABOUT:format(key, recipe.summary(name) or "your own", name,
		EXAMPLES[key] and "\nExample: " .. EXAMPLES[key] or ""))
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
