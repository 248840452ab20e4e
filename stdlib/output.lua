-- The one place that turns tables into what a person or a program reads.
local output = {}

local help = require "adsh.help"
local options = require "adsh.core.options"
local program = require "adsh.core.program"
local printable = require "adsh.format.printable"

local FORMATS = { table = true, json = true, csv = true, ldif = true }

--- Whether output has colours.
function output.is_colored(terminal)
	local wish = options.plain and "never" or options.color or "auto"
	if wish == "auto" then
		return terminal.stdout and (os.getenv "NO_COLOR" or "") == "" and os.getenv "TERM" ~= "dumb"
	end
	return wish == "always"
end

local function is_module(v)
	for _, noun in ipairs(type(v) == "table" and require "adsh.globals".names() or {}) do
		if rawequal(rawget(_G, noun), v) then
			return true
		end
	end
	return false
end

-- What people see in place of a value: a plan in words, help on a function or module of ours.
local function for_people(v)
	if printable.class(v) == "adsh.plan" then
		return setmetatable({ planned = true, changed = v:count(), changes = v:changes() }, { __name = "adsh.result" })
	elseif v == help.about then
		return (help.text())
	elseif type(v) == "function" or is_module(v) then
		return help.name_of(v) and (help.text(v)) or v
	end
	return printable.plain(printable.view(v))
end

local function for_programs(v)
	return printable.class(v) == "adsh.plan" and v:changes() or printable.plain(v)
end

--- Writes a value in a format with write(...).
function output.write(v, format, out)
	if not FORMATS[format] then
		error(("unknown format '%s'; the known ones are: csv, json, ldif, table"):format(tostring(format)), 3)
	end
	local terminal = program.terminal()
	terminal.colored = output.is_colored(terminal)
	terminal.plain = options.plain
	local shown = (format == "table" and for_people or for_programs)(v)
	if shown ~= nil or v == nil then
		require "adsh.core.notice".hide()
		require("adsh.format." .. format).write(shown, out, terminal)
	end
end

return output
