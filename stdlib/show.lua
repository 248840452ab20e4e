-- show(value[, format]): prints a value.
local help = require "adsh.help"
local options = require "adsh.core.options"
local output = require "adsh.output"
local printable = require "adsh.format.printable"
local say = require "adsh.say"

local show = {}

local function write(...)
	local ok, message = say.write(...)
	if not ok then
		error("standard output: " .. message, 0)
	end
end

help [[show(value[, format]) - Prints a value as table, json, csv or ldif (default: --format).
Arguments:
  value (any): what to print
  format (string): "table", "json", "csv" or "ldif". Default: --format
Returns: nothing; it prints
Errors:
  usage: an unknown format
Example: show(get "host01", "json")]]
local function run(_, v, format)
	output.write(v, format or options.format, write)
end

help [[show.ordered(value, fields) - Sets the order of the columns of a list of tables.
Arguments:
  value (list of tables): rows
  fields (list of strings): the first columns; others follow sorted
Returns: a list: the value
Errors: none
Example: show.ordered({{b = 1, a = 2}}, {"b", "a"})]]
show.ordered = printable.ordered

return setmetatable(show, { __call = run })
