-- show(value[, format]): the one place that turns tables into what a person or a program reads.
local show = {}

local help = require "adsh.help"
local options = require "adsh.core.options"
local program = require "adsh.core.program"
local value = require "adsh.value"

local MODULES = { table = "adsh.grid", json = "adsh.json", csv = "adsh.csv", ldif = "adsh.ldif" }

local function write(...)
	local ok, message = io.stdout:write(...)
	if not ok then
		error("standard output: " .. message, 0)
	end
end

local function is_colored(terminal)
	local wish = options.color or "auto"
	if wish == "auto" then
		return terminal.stdout and not os.getenv "NO_COLOR" and os.getenv "TERM" ~= "dumb"
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
	if value.class(v) == "adsh.plan" then
		return setmetatable({ planned = true, changed = v:count(), changes = v:changes() }, { __name = "adsh.result" })
	elseif v == help.about then
		return (help.text())
	elseif type(v) == "function" or is_module(v) then
		return help.name_of(v) and (help.text(v)) or v
	end
	return value.plain(v)
end

local function for_programs(v)
	return value.class(v) == "adsh.plan" and v:changes() or value.plain(v)
end

help "show(value[, format]) - Prints a value as table, json, csv or ldif (default: --format)."
local function run(_, v, format)
	format = format or options.format
	local name = MODULES[format]
	if not name then
		error(("unknown format '%s'; the known ones are: csv, json, ldif, table"):format(tostring(format)), 2)
	end
	local terminal = program.terminal()
	terminal.colored = is_colored(terminal)
	require(name).write((format == "table" and for_people or for_programs)(v), write, terminal)
end

help "show.ordered(value, fields) - Gives a list of tables its order of columns."
show.ordered = value.ordered

return setmetatable(show, { __call = run })
