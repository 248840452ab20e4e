-- The names that a user sees without require: each is a module that is loaded at first use.
local globals = {}

local MODULES = {
	"account", "ask", "connect", "delegation", "directory", "filter", "folder", "group", "journal", "krb5",
	"plan", "replication", "share", "show", "spn", "topology", "trust",
}

--- The public names that this build has, sorted.
function globals.names()
	local names = { "help" }
	for _, name in ipairs(MODULES) do
		if package.preload["adsh." .. name] then
			names[#names + 1] = name
		end
	end
	table.sort(names)
	return names
end

--- The value of a public name.
function globals.load(name)
	if name == "help" then
		return require "adsh.help".about
	end
	return require("adsh." .. name)
end

--- Makes them fields of target.
function globals.install(target)
	local is_public = {}
	for _, name in ipairs(globals.names()) do
		is_public[name] = true
	end
	setmetatable(target, {
		__index = function(t, name)
			if is_public[name] then
				local value = globals.load(name)
				rawset(t, name, value)
				return value
			end
		end,
	})
end

return globals
