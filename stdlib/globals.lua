-- The names that a user sees without require: each is a module that is loaded at first use.
local globals = {}

local MODULES = {
	"account", "ask", "connect", "csv", "date", "delegation", "directory", "doctor", "file", "filter", "folder", "gpo",
	"group", "journal", "json", "krb5", "plan", "readiness", "replication", "run", "save", "share", "shell", "show",
	"snapshot", "spn", "topology", "trust", "tutorial", "verify",
}

-- Short names: a module, or a function of one.
local SHORT = {
	apply = { "plan", "apply" }, edit = { "shell", "edit" }, find = { "searching", "find" }, get = { "searching", "get" },
	help = { "help", "about" }, hosts = { "host_lists" }, search = { "searching", "search" },
	timing = { "shell", "timing" }, undo = { "shell", "undo" }, watch = { "shell", "watch" }, why = { "shell", "why" },
}

--- The public names that this build has, sorted.
function globals.names()
	local names = {}
	for _, name in ipairs(MODULES) do
		if package.preload["adsh." .. name] then
			names[#names + 1] = name
		end
	end
	for name, place in pairs(SHORT) do
		if package.preload["adsh." .. place[1]] then
			names[#names + 1] = name
		end
	end
	table.sort(names)
	return names
end

--- Is it a public name?
function globals.has(name)
	for _, public in ipairs(globals.names()) do
		if public == name then
			return true
		end
	end
	return false
end

--- The value of a public name.
function globals.load(name)
	local place = SHORT[name]
	if place then
		local module = require("adsh." .. place[1])
		return place[2] and module[place[2]] or module
	end
	return require("adsh." .. name)
end

--- Makes them fields of target. dir is whatever is the current directory then.
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
			elseif name == "dir" then
				return require "adsh.directory".current()
			end
		end,
	})
end

return globals
