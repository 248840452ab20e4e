-- What fits inside a string: by the argument or option that it is for.
local strings = {}

local help = require "adsh.help"
local names = require "adsh.completion.names"

local CLASSES = {
	"cifs", "HOST", "HTTP", "MSSQLSvc", "ldap", "RPCSS", "WSMAN", "TERMSRV", "Hyper-V Replica Service",
	"Microsoft Virtual Console Service", "Microsoft Virtual System Migration Service",
}

local function fixed(...)
	local list = { ... }
	return function()
		local rows = {}
		for i, word in ipairs(list) do
			rows[i] = { name = word }
		end
		return rows
	end
end

local function of_kind(kind)
	return function(typed)
		return names.find(kind, typed)
	end
end

-- "cifs/ho": the class first, then the host.
local function spns(typed)
	local class, host = typed:match "^([^/]*/)(.*)$"
	local rows = {}
	if not class then
		for i, name in ipairs(CLASSES) do
			rows[i] = { name = name .. "/", goes_on = true }
		end
		return rows
	end
	for i, row in ipairs(names.find("computer", host)) do
		rows[i] = { name = class .. row.name, about = row.about }
	end
	return rows
end

local function runs()
	local rows, list = {}, require "adsh.journal".runs()
	for i = #list, math.max(1, #list - 20), -1 do
		rows[#rows + 1] = { name = list[i].run, about = list[i].command }
	end
	return rows
end

local function recipes()
	local rows = {}
	for i, name in ipairs(require "adsh.recipe".names()) do
		rows[i] = { name = name, about = require "adsh.recipe".summary(name) }
	end
	return rows
end

local function topics()
	local rows = {}
	for _, entry in ipairs(help.entries()) do
		rows[#rows + 1] = { name = entry.name, about = entry.sentence }
		rows[#rows + 1] = { name = entry.noun }
	end
	return rows
end

local function files(typed)
	local folder, rows = typed:match "^(.*/)" or "", {}
	local ok, iterator, state = pcall(require "lfs".dir, folder == "" and "." or folder)
	for entry in function() return ok and iterator(state) or nil end do
		if entry:sub(1, 1) ~= "." then
			local is_folder = require "lfs".attributes(folder .. entry, "mode") == "directory"
			rows[#rows + 1] = { name = folder .. entry .. (is_folder and "/" or ""), goes_on = is_folder }
		end
	end
	return rows
end

local function attributes(typed)
	local before, word = typed:match "^(.*[%s,])([^%s,]*)$"
	local rows = {}
	for _, name in ipairs(require "adsh.attribute_names".known()) do
		rows[#rows + 1] = { name = (before or "") .. name, goes_on = true }
	end
	return word and word == "" and {} or rows
end

-- "(operatingSys": attribute names behind a parenthesis; words: names of anything.
local function filters(typed)
	local before = typed:match "^(.*%()[%w;-]*$"
	if not before then
		return typed:find("(", 1, true) and {} or names.find("any", typed)
	end
	local rows = {}
	for _, name in ipairs(require "adsh.attribute_names".known()) do
		rows[#rows + 1] = { name = before .. name .. "=", goes_on = true }
	end
	return rows
end

-- "//fs": hosts.
local function servers(marks, typed)
	local rows = {}
	for i, row in ipairs(names.find("computer", typed)) do
		rows[i] = { name = marks .. row.name:lower() .. marks:sub(1, 1), about = row.about, goes_on = true }
	end
	return rows
end

-- "//fs1/da"
local function shares(before, server)
	local rows = {}
	for i, row in ipairs(names.shares(server)) do
		rows[i] = { name = before .. row.name, about = row.remark, goes_on = true }
	end
	return rows
end

-- "//fs1/data/pro": the folders there, and the files where that is wanted.
local function children(before, wants_files)
	local rows = {}
	for _, row in ipairs(names.children(before:gsub("[/\\]$", ""))) do
		if row.folder or wants_files then
			rows[#rows + 1] = { name = before .. row.name, about = row.link and "link" or nil, goes_on = row.folder }
		end
	end
	return rows
end

-- "//fs1/data/pro": hosts, then the shares of the host, then what is in its folders.
local function unc(typed, wants_files)
	local marks, server, rest = typed:match "^([/\\][/\\])([^/\\]+)[/\\](.*)$"
	if not marks then
		marks, server = typed:match "^([/\\][/\\])([^/\\]*)$"
		return marks and servers(marks, server) or {}
	elseif rest:find "[/\\]" then
		return children(typed:match "^.*[/\\]", wants_files)
	end
	return shares(typed:match "^.*[/\\]", server)
end

-- Of share.acl("fs1", "da: of the server in front of it.
local function shares_of(typed, code)
	local server = code:match "[\"']([^\"']+)[\"']%s*,%s*$"
	local rows = {}
	for i, share in ipairs(server and not server:find "[/\\]" and typed and names.shares(server) or {}) do
		rows[i] = { name = share.name, about = share.remark }
	end
	return rows
end

local function folders(typed)
	return unc(typed, false)
end

local function folders_and_files(typed)
	return unc(typed, true)
end

local function places(typed)
	local rows = {}
	for i, name in ipairs(typed:sub(1, 1) == "@" and require "adsh.profiles".names() or {}) do
		rows[i] = { name = "@" .. name, about = require "adsh.profiles".about(name) }
	end
	return rows
end

local FITS = {
	account = of_kind "account", source = of_kind "account", sources = of_kind "account",
	target = of_kind "account",
	identity = of_kind "any", member = of_kind "any", members = of_kind "any", trustee = of_kind "any",
	host = of_kind "computer", server = of_kind "computer", hosts = of_kind "computer",
	names = of_kind "computer", group = of_kind "group", share = shares_of,
	targets = spns, spn = spns, spns = spns, what = filters, filter = filters, attributes = attributes, run = runs,
	topic = topics, path = files, file = files, password_file = files, keytab = files, hosts_from = files,
	recipe = recipes, job = fixed("live-migration", "replica"), format = fixed("csv", "json", "ldif", "table"),
	mode = fixed("none", "kerberos", "any", "unconstrained"), protocol = fixed("any", "kerberos"),
	scope = fixed("base", "one", "subtree"), tls = fixed("ldaps", "starttls"),
	want = fixed("any", "account", "computer", "group"),
	rights = fixed("read", "change", "full"), services = fixed(table.unpack(CLASSES)),
}
local CALLS = {
	connect = places, ["directory.connect"] = places,
	help = topics, ["help.about"] = topics, ["hosts.in_group"] = of_kind "group", ["group.get"] = of_kind "group",
}

-- The names of the arguments of a call, out of the first line of its help.
local function parameters(usage)
	local list = {}
	local inside = usage:match "%b()" or ""
	for name in inside:sub(2, -2):gsub("%b{}", "options"):gmatch "[%a_][%w_ ]*" do
		list[#list + 1] = name
	end
	return list
end

local function entry_of(call)
	local method = call:match ":([%w_]+)$"
	for _, entry in ipairs(help.entries()) do
		if entry.name == call or method and entry.name:match ":([%w_]+)$" == method then
			return entry
		end
	end
end

-- The choices of an option of a recipe: run.live_migration{protocol = "..."}.
local function recipe_choices(call, key)
	local recipe = call:match "^run%.([%w_]+)$"
	local option = recipe and key and require "adsh.run_options".of(recipe)[key]
	return option and option.choices and fixed(table.unpack(option.choices))
end

--- The candidates for a string: c is of completion.context, typed what is in the quotes so far, code what is in
--- front of them. A list of { name=, about=, goes_on= (more can follow) }.
function strings.candidates(c, typed, code)
	local entry = entry_of(c.call)
	local argument = entry and parameters(entry.usage)[c.argument]
	if argument and argument:find " or " then
		argument = argument:match "^(%w+)"
	end
	local fit = recipe_choices(c.call, c.key) or c.key and FITS[c.key]
		or not c.key and (CALLS[c.call] or FITS[argument])
	if argument == "unc" and not c.in_table then
		fit = c.call:find "^file%." and folders_and_files or folders
	elseif not fit and c.call:find "^run%." and not c.key then
		fit = FITS.host
	end
	return fit and fit(typed, code) or {}
end

return strings
