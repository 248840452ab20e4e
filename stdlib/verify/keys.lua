-- Where the keys of hosts are: keytabs in a folder, one for each host or one for many.
local failure = require "adsh.failure"
local krb5 = require "adsh.krb5"
local lfs = require "lfs"

local keys = {}

local function is_file(path)
	return lfs.attributes(path, "mode") == "file"
end

-- The files of a folder by their names without ending, in lower case; a file is a folder with one.
local function files_of(path)
	if is_file(path) then
		return {}, { path }
	end
	local by_name, list = {}, {}
	local ok, iterate, state = pcall(lfs.dir, path)
	if not ok then
		error(failure("usage", ("%s cannot be read: %s"):format(path, (tostring(iterate):gsub("^.*: ", ""))),
			"--keytabs names a folder with the keytabs of the hosts, or one keytab"), 0)
	end
	for name in iterate, state do
		local full = path .. "/" .. name
		if is_file(full) then
			by_name[(name:gsub("%.[^.]*$", ""):lower():gsub("%$$", ""))] = full
			list[#list + 1] = full
		end
	end
	table.sort(list)
	return by_name, list
end

-- The file that is called as the host is; the login tells what is wrong with it.
local function by_name(files, h)
	for _, name in ipairs { (h.account:gsub("%$$", "")), h.names[2] } do
		local path = files[name:lower()]
		if path then
			return path
		end
	end
end

-- A file with the name of one host is not looked into for the others.
local function shared_of(files, list, hosts)
	local named = {}
	for _, h in ipairs(hosts) do
		for _, name in ipairs { (h.account:gsub("%$$", "")), h.names[2] } do
			named[files[name:lower()] or ""] = true
		end
	end
	local shared = {}
	for _, path in ipairs(list) do
		shared[#shared + 1] = not named[path] and path or nil
	end
	return shared
end

--- of(path, hosts): for each of these (facts of adsh.delegators) the keytab that has its key, false where none has.
--- path: a folder or a file; nil: there are none.
function keys.of(path, hosts)
	local found = {}
	local files, list = {}, {}
	if path then
		files, list = files_of(path)
	end
	local shared = shared_of(files, list, hosts)
	for i, h in ipairs(hosts) do
		local realm = h.domain:upper()
		found[i] = by_name(files, h) or false
		for _, one in ipairs(not found[i] and shared or {}) do
			found[i] = found[i] or krb5.keytab_of(one, realm, h.account) and one or false
		end
	end
	return found
end

return keys
