-- save(value, path): a result as a file, in the format that the end of its name says.
local failure = require "adsh.failure"
local file = require "adsh.core.file"
local help = require "adsh.help"
local printable = require "adsh.format.printable"

local FORMATS = { csv = "csv", json = "json", ldif = "ldif", md = "markdown", html = "web_table", txt = "table" }

local function format_of(path)
	local ending = path:match "%.(%w+)$"
	local format = ending and FORMATS[ending:lower()]
	return format or error(failure("usage", ("save: the ending of '%s' is not a known format"):format(path),
		"the known ones are: .csv .html .json .ldif .md .txt"), 3)
end

help [[save(value, path) - Writes a value to a file: csv, html, json, ldif, md or txt, by the ending of its name.
Arguments:
  value (any): what to write; at the prompt _ is the last result. A plan as .html is a page for review
  path (string): ends in .csv, .html, .json, .ldif, .md or .txt. The file is created with mode 0600
Returns: nothing
Errors:
  usage: an unknown ending
Example: save(hosts.all(), os.tmpname() .. ".csv")]]
local function run(_, value, path)
	if type(path) ~= "string" then
		error("save: the second argument must be the name of a file", 2)
	end
	if printable.class(value) == "adsh.plan" and format_of(path) == "web_table" then
		return require "adsh.format.plan_page".save(path, value:changes())
	end
	local parts = {}
	local function write(...)
		for i = 1, select("#", ...) do
			parts[#parts + 1] = (select(i, ...))
		end
		return true
	end
	require("adsh.format." .. format_of(path)).write(printable.plain(value), write, { colored = false })
	local ok, err = file.replace(path, "the file", table.concat(parts))
	if not ok then
		error(err, 0)
	end
	require "adsh.say".err(("written to %s"):format(path))
end

return setmetatable({}, { __call = run })
