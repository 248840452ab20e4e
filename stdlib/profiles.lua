-- Profiles: options under a name, for adsh @prod and connect "@prod". A file returns a table of them,
-- { prod = { domain =, server =, user =, keytab =, read_only =, ... } }; it holds no secrets.
local profiles = {}

local config_path = require "adsh.config_path"
local failure = require "adsh.failure"
local file = require "adsh.core.file"
local options = require "adsh.core.options"
local program = require "adsh.core.program"

local SYSTEM = "/etc/adsh/profiles.lua"

-- What a profile may say besides how to connect. What loosens a rule or agrees to a write is said each time.
local MORE = { "read_only", "dry_run", "max_changes", "journal", "format", "csv_raw", "color", "quiet", "verbose" }

-- Of these a profile gives all or, when the command line says one of them, none: they belong together.
local TOGETHER = { { "domain", "server" }, { "user", "password_file", "keytab", "ccache" } }

local function fail(message, hint)
	error(failure("usage", message, hint), 0)
end

-- The keys of a profile, with the option of the command line that each is.
local function known_keys()
	local known, list = {}, {}
	local more = table.concat(MORE, " ") .. " "
	for _, o in ipairs(program.options()) do
		local key = o.name:gsub("-", "_")
		if o.group == "Connection" or more:find(key .. " ", 1, true) then
			known[key] = o
			list[#list + 1] = key
		end
	end
	return known, list
end

local function check_key(place, key, known, list)
	if known[key] then
		return
	elseif key == "password" then
		fail(place .. " contains a password. A profile must not hold secrets: delete it there, and change the password "
			.. "if others may have read it", "use password_file with a file that only you can read, a keytab or a ticket")
	end
	for _, o in ipairs(program.options()) do
		if o.name:gsub("-", "_") == key then
			fail(("%s: %s is not allowed in profiles"):format(place, key), "give it on the command line each time: --" .. o.name)
		end
	end
	local best = require "adsh.help".suggest(tostring(key), list)
	fail(("%s: '%s' is not a valid key of a profile"):format(place, tostring(key)),
		#best > 0 and "did you mean " .. table.concat(best, ", ") .. "?" or "the known ones are: "
			.. table.concat(list, ", "))
end

local KINDS = { flag = "boolean", number = "number" }

local function check_value(place, key, value, o)
	local kind = KINDS[o.kind] or "string"
	if type(value) ~= kind then
		fail(("%s: %s must be a %s"):format(place, key, kind))
	elseif o.kind ~= "flag" then
		local _, err = program.option(o.name, tostring(value))
		if err then
			fail(("%s: %s"):format(place, err.message))
		end
	end
end

local function check(path, name, profile)
	local place = ("%s: the profile %s"):format(path, tostring(name))
	if type(name) ~= "string" or not name:match "^[%w][%w._-]*$" then
		fail(place .. " has an invalid name: use letters, digits, '.', '_' and '-'")
	elseif type(profile) ~= "table" then
		fail(place .. " must be a table")
	end
	local known, list = known_keys()
	for key, value in pairs(profile) do
		check_key(place, key, known, list)
		check_value(place, key, value, known[key])
	end
end

-- The profiles of a file that nobody else could have written; it sees no globals.
local function read(path)
	local f <close>, err = file.open(path, "the profiles file")
	if not f then
		return err.kind == "notfound" and {} or error(err, 0)
	end
	local chunk, message = load(f:read "a", "@" .. path, "t", {})
	local ok, found = true, nil
	if chunk then
		ok, found = pcall(chunk)
	end
	if not chunk or not ok then
		fail("the profiles file failed: " .. tostring(message or found))
	elseif type(found) ~= "table" then
		fail(path .. " must return a table of profiles by name")
	end
	return found
end

-- By name: { profile, path }. Those of the machine come before one's own.
local function all()
	local by_name = {}
	for _, path in ipairs { config_path "profiles.lua" or SYSTEM, SYSTEM } do
		for name, profile in next, read(path) do
			by_name[name] = { profile, path }
		end
	end
	return by_name
end

--- The names of the profiles, sorted.
function profiles.names()
	local list = {}
	for name in pairs(all()) do
		list[#list + 1] = tostring(name)
	end
	table.sort(list)
	return list
end

--- about(name): where it leads, in a few words.
function profiles.about(name)
	local profile = all()[name][1]
	if type(profile) ~= "table" then
		return ""
	end
	local words = {}
	for _, key in ipairs { "domain", "server", "user" } do
		words[#words + 1] = type(profile[key]) == "string" and profile[key] or nil
	end
	words[#words + 1] = profile.read_only and "read-only" or nil
	return table.concat(words, ", ")
end

--- get(name): the profile, a new table; raises when there is none of that name or something in it is wrong.
function profiles.get(name)
	local by_name = all()
	local found = by_name[name]
	if not found then
		local names = profiles.names()
		local best = require "adsh.help".suggest(name, names)
		fail(("there is no profile '%s'"):format(name),
			#best > 0 and "did you mean @" .. table.concat(best, ", @") .. "?"
			or #names > 0 and "the profiles are @" .. table.concat(names, ", @")
			or "~/.config/adsh/profiles.lua holds profiles; adsh(1) describes its format")
	end
	check(found[2], name, found[1])
	local copy = {}
	for key, value in next, found[1] do
		copy[key] = value
	end
	return copy
end

local function drop_what_is_said(profile)
	for _, group in ipairs(TOGETHER) do
		local said = false
		for _, key in ipairs(group) do
			said = said or options[key] ~= nil
		end
		for _, key in ipairs(said and group or {}) do
			profile[key] = nil
		end
	end
end

--- use(name): what the profile says counts as said on the command line, except what that says itself.
function profiles.use(name)
	local profile = profiles.get(name)
	drop_what_is_said(profile)
	for key, value in pairs(profile) do
		if value and options[key] == nil then
			options[key] = value
		end
	end
end

--- connection(name): what connect takes. The rules of the profile hold from then on, for all that is written.
function profiles.connection(name)
	local profile = profiles.get(name)
	require "adsh.core.plan".gate {
		read_only = profile.read_only or nil, dry_run = profile.dry_run or nil, max_changes = profile.max_changes,
	}
	for _, key in ipairs(MORE) do
		profile[key] = nil
	end
	return profile
end

return profiles
