-- Files on file servers: file.read, file.write, file.remove. What is in folders, and folders that come and go, is
-- in folder.lua.
local core = require "adsh.raising"(require "adsh.core.server_file")
local failure = require "adsh.failure"
local help = require "adsh.help"
local known_options = require "adsh.known_options"
local permissions = require "adsh.permissions"

local file = {}

-- \\server\share\path, where DFS leads. writes: as dfs.path has it.
local function path(unc, writes)
	return (permissions.folder_path(unc, writes):gsub("\\$", ""))
end

help [=[file.read(unc) - Returns the contents of a file on a file server, as bytes.
Arguments:
	unc (UNC path): <unc>
Returns: a string: bytes as they are on the server, possibly UTF-16
Errors:
	notfound: no such file
	usage: it is a folder
	refused: it is larger than 16 MiB
	<server_error>
Example: file.read [[\\fs1.alpha.test\data\hello.txt]]]=]
function file.read(unc)
	return core.read(path(unc))
end

help [=[file.write(unc, content[, {acl=}]) - Writes a whole file: first under another name, then renames it.
Arguments:
	unc (UNC path): <unc>
	content (string): bytes: all that the file contains afterwards
	acl (option, SDDL): its access list. Default: that of the old file; a new one inherits
Returns: <report>
Errors:
	conflict: a folder of this name exists
	<server_error>
	<refused>
Example: file.write([[\\fs1.alpha.test\data\hello.txt]], "hello\n")]=]
function file.write(unc, content, options)
	local acl = known_options(options, { "acl" }).acl
	permissions.checked(unc, "the file's path")
	if type(content) ~= "string" then
		error(failure("usage", "the content is missing", "give it as text"), 0)
	end
	return core.put(path(unc, true), content, acl, acl and permissions.domain_sid())
end

help [=[file.remove(unc) - Removes a file; undo restores it, with its permissions.
Arguments:
	unc (UNC path): <unc>
Returns: <report>
Errors:
	notfound: no such file
	<server_error>
	<refused>
Example: file.remove [[\\fs1.alpha.test\data\hello.txt]]]=]
function file.remove(unc)
	return core.remove(path(unc, true))
end

return file
