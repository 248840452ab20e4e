-- Connections: what the command line says is the default directory; the one connected last is the
-- current one, in which verbs look for names.
local core = require "adsh.core.directory"
local help = require "adsh.help"
local options = require "adsh.core.options"
local raising = require "adsh.raising"

local directory = {}

local PLACE = { "domain", "server" }
local IDENTITY = { "user", "password_file", "keytab", "ccache", "krb5" }
local PROTECTION = { "tls", "cacert", "simple" }

raising.methods(core.methods)
local open = raising(core).connect

-- Fills target from the command line, unless the caller gave one of these himself.
local function inherit(target, given, keys)
	for _, key in ipairs(keys) do
		if given[key] ~= nil then
			return
		end
	end
	for _, key in ipairs(keys) do
		target[key] = options[key]
	end
end

help "connect([domain | {domain=, server=, user=, ...}]) - Opens a directory and makes it the current one."
function directory.connect(given)
	if type(given) == "string" then
		given = { domain = given }
	end
	given = given or {}
	local o = {}
	for key, value in pairs(given) do
		o[key] = value
	end
	inherit(o, given, PLACE)
	inherit(o, given, IDENTITY)
	for _, key in ipairs(PROTECTION) do
		inherit(o, given, { key })
	end
	local dir = open(o)
	core.current(dir)
	if options.verbose then
		io.stderr:write(tostring(dir), "\n")
	end
	return dir
end

help "directory.current() - The current directory; opens the default one when there is none."
function directory.current()
	return core.current() or directory.connect()
end

core.default(directory.connect)
core.notes(options.verbose)

return directory
