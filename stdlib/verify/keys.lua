-- Where the keys of hosts are: keytabs in a folder, one for each host or one for many.
local failure = require "adsh.failure"
local krb5 = require "adsh.krb5"
local lfs = require "lfs"

local keys = {}

local function is_file(path)
	return lfs.attributes(path, "mode") == "file"
end

local function name_of(path)
	return (path:match "[^/]*$":gsub("%.[^.]*$", ""):gsub("%$$", ""):lower())
end

local function list_folder(path)
	local ok, iterate, state = pcall(lfs.dir, path)
	if not ok then
		error(failure("usage", ("%s cannot be read: %s"):format(path, (tostring(iterate):gsub("^.*: ", ""))),
			"--keytabs takes a folder with the keytabs of the hosts, or one keytab"), 0)
	end
	local list = {}
	for name in iterate, state do
		list[#list + 1] = not name:find "^%." and path .. "/" .. name or nil
	end
	table.sort(list)
	return list
end

-- The files of a folder and of those in it, one for each realm for instance; a file is a folder with one.
local function files_of(path)
	if is_file(path) then
		return { path }
	end
	local files = {}
	for _, one in ipairs(list_folder(path)) do
		for _, file in ipairs(lfs.attributes(one, "mode") == "directory" and list_folder(one) or { one }) do
			files[#files + 1] = is_file(file) and file or nil
		end
	end
	return files
end

local function names_of(h)
	return { (h.account:gsub("%$$", "")), h.names[2] }
end

-- Those that are called as a host is, by that name; and those that may have keys of several.
local function sort_files(files, hosts)
	local is_name, named, shared = {}, {}, {}
	for _, h in ipairs(hosts) do
		for _, name in ipairs(names_of(h)) do
			is_name[name:lower()] = true
		end
	end
	for _, path in ipairs(files) do
		local name = name_of(path)
		if is_name[name] then
			named[name] = named[name] or {}
			table.insert(named[name], path)
		else
			shared[#shared + 1] = path
		end
	end
	return named, shared
end

-- Without a key of the host, a file of its name all the same: the login tells what is wrong with it.
local function choose(named, shared, h)
	local own, realm = {}, h.domain:upper()
	for _, name in ipairs(names_of(h)) do
		table.move(named[name:lower()] or {}, 1, #(named[name:lower()] or {}), #own + 1, own)
	end
	for _, list in ipairs { own, shared } do
		for _, path in ipairs(list) do
			if krb5.keytab_of(path, realm, h.account) then
				return path
			end
		end
	end
	return own[1] or false
end

--- of(path, hosts): for each of these (facts of adsh.delegators) the keytab that has its key, false where none has.
--- path: a folder or a file; nil: there are none.
function keys.of(path, hosts)
	local named, shared = sort_files(path and files_of(path) or {}, hosts)
	local found = {}
	for i, h in ipairs(hosts) do
		found[i] = choose(named, shared, h)
	end
	return found
end

return keys
