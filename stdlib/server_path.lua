-- Paths of folders as a server itself has them: D:\VMs, and /srv/vms, which Samba calls C:\srv\vms. Pure.
local failure = require "adsh.failure"

local server_path = {}

local LONGEST = 247 -- characters of a folder's path that programs on Windows take (MAX_PATH, less a file's 8.3 name)
local LONGEST_NAME = 255 -- MS-FSCC 2.1.5

local HINT = [[give the full path on the server, such as D:\VMs, or /srv/vms on Samba]]

local function bad(path, why, hint)
	error(failure("usage", ("%s is not a valid folder path: %s"):format(require "adsh.core.text".escape(path), why),
		hint or HINT), 0)
end

-- Devices of DOS, also with something behind a dot (MS-FSCC 2.1.5; the superscripts count as digits).
local DEVICES = { CON = true, PRN = true, AUX = true, NUL = true, ["CONIN$"] = true, ["CONOUT$"] = true,
	["CLOCK$"] = true }
for _, digit in ipairs { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³" } do
	DEVICES["COM" .. digit], DEVICES["LPT" .. digit] = true, true
end

-- As Windows counts characters: those beyond the basic plane are two.
local function length(text)
	local n = 0
	for _, c in utf8.codes(text) do
		n = n + (c > 0xffff and 2 or 1)
	end
	return n
end

local function check_name(path, name)
	if name == "." or name == ".." then
		bad(path, "it contains . or ..")
	elseif name:find '[%c<>:"|?*]' then
		bad(path, ("the name %s contains a character that Windows does not allow"):format(
			require "adsh.core.text".escape(name)), 'Windows does not allow < > : " | ? * and control characters')
	elseif name:find "[. ]$" then
		bad(path, ("the name '%s' ends with a %s"):format(name, name:sub(-1) == "." and "dot" or "space"),
			"remove it: Windows would drop it")
	elseif DEVICES[name:match "^[^.]*":gsub(" +$", ""):upper()] then
		bad(path, name .. " is a device name on Windows", "choose another name")
	elseif length(name) > LONGEST_NAME then
		bad(path, ("it contains a name of more than %d characters"):format(LONGEST_NAME), "choose shorter names")
	end
end

-- Drive and the rest, without the slashes between.
local function split(path)
	if path:find "^[/\\][/\\]" then
		bad(path, "it is a UNC path")
	end
	local drive, rest = path:match "^(%a):[/\\](.*)$"
	if drive then
		return drive:upper(), rest
	elseif path:sub(1, 1) == "/" then
		return nil, path:sub(2)
	end
	bad(path, "it is relative")
end

--- parse(path): its drive ("D"; nil: it is a path of Unix) and the names in it, a list of one at least.
function server_path.parse(path)
	if type(path) ~= "string" or path == "" then
		error(failure("usage", "the folder path is missing", HINT), 0)
	elseif not utf8.len(path) then
		bad(path, "it is not UTF-8")
	end
	local drive, rest = split(path)
	local names = {}
	for name in rest:gmatch "[^/\\]+" do
		check_name(path, name)
		names[#names + 1] = name
	end
	if #names == 0 then
		bad(path, "it is the root of a drive", "give a folder below it")
	elseif length(table.concat(names, "\\")) + 3 > LONGEST then
		bad(path, ("it has more than %d characters"):format(LONGEST), "choose shorter names, or fewer folders")
	end
	return drive, names
end

-- In lower case and with one backslash at its end.
local function prefix(path)
	return (path:lower():gsub("/", "\\"):gsub("\\*$", "\\", 1))
end

--- below(folder, path): the names that lead from the folder to the path, both as a server tells paths of shares; nil:
--- the path is not in that folder.
function server_path.below(folder, path)
	local outer, inner = prefix(folder), prefix(path)
	if #inner <= #outer or inner:sub(1, #outer) ~= outer then
		return nil
	end
	local names = {}
	for name in path:sub(#outer + 1):gmatch "[^/\\]+" do
		names[#names + 1] = name
	end
	return names
end

--- is_same(path, other): do both lead to the same folder?
function server_path.is_same(path, other)
	return prefix(path) == prefix(other)
end

--- join(folder, names): the path of what they lead to.
function server_path.join(folder, names)
	return (folder:gsub("[/\\]+$", "")) .. "\\" .. table.concat(names, "\\")
end

return server_path
