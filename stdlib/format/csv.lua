-- CSV as RFC 4180 has it: a heading, lines ended by CR LF, quotes where needed. The values of a list
-- are separated by a line break inside the quotes. A spreadsheet takes a cell that begins with = + - or @, also in
-- their wide forms, for a formula, and such a value can be written by whoever may edit an object: it gets an apostrophe
-- in front, and control characters are made visible. Where the spreadsheet's separator is another one, quotes do not
-- hold a cell together: each part of a value counts as a cell. --csv-raw leaves all as it is, but for what goes to a
-- terminal.
local csv = {}

local options = require "adsh.core.options"
local printable = require "adsh.format.printable"
local text = require "adsh.core.text"

local function is_number(s)
	return s:find "^[+-]?%d+%.?%d*$" ~= nil
end

local WIDE = { ["\u{ff1d}"] = true, ["\u{ff0b}"] = true, ["\u{ff0d}"] = true, ["\u{ff20}"] = true } -- = + - @

local function begins_formula(s)
	return s:find "^ *[=+@\t-]" or WIDE[s:match "^ *(\xef..)"]
end

-- Separator of the file -> what a spreadsheet with another one cuts a cell into.
local PARTS = { [","] = "[^;\n]+", [";"] = "[^,\n]+", ["\t"] = "[^,;\n]+" }

-- Text that neither a spreadsheet nor a terminal acts on.
local function harmless(s, separator)
	s = text.escape(s:gsub("\r\n", "\n"), true)
	if is_number(s) then
		return s
	end
	s = s:find "^\n" and "'" .. s or s
	return (s:gsub(PARTS[separator], function(part)
		return begins_formula(part) and not is_number(part) and "'" .. part or nil
	end))
end

local function field(v, style)
	local s
	v = printable.plain(v)
	if v == nil then
		return ""
	elseif printable.kind(v) == "list" then
		local lines = {}
		for i, item in ipairs(v) do
			lines[i] = printable.compact(item)
		end
		s = table.concat(lines, "\n")
	else
		s = printable.compact(v)
	end
	if not style.raw and type(v) ~= "number" then
		s = harmless(s, style.separator)
	end
	if s:find '["\r\n]' or s:find(style.separator, 1, true) then
		s = '"' .. s:gsub('"', '""') .. '"'
	end
	return s
end

local function write_line(write, fields, row, style)
	local cells = {}
	for i, name in ipairs(fields) do
		cells[i] = field(row[name], style)
	end
	write(table.concat(cells, style.separator), "\r\n")
end

local function write_rows(write, rows, order, style)
	local fields = printable.fields(rows, order)
	if #fields == 0 then
		return
	end
	local heading = {}
	for _, name in ipairs(fields) do
		heading[name] = tostring(name)
	end
	write_line(write, fields, heading, style)
	for _, row in ipairs(rows) do
		write_line(write, fields, row, style)
	end
end

-- With the heading known before, lines go out as rows come.
local function write_stream(v, write, order, style)
	write_rows(write, {}, order, style)
	printable.each(v, function(item)
		write_line(write, order, item, style)
	end)
end

--- Writes a list of maps, a map or scalars (then the heading is "value"). style: { separator = "," ";" or "\t", raw =
--- whether all is left as it is }.
function csv.each(v, write, style)
	local rows, order = {}, printable.order(v)
	if order and printable.kind(v) == "stream" then
		return write_stream(v, write, order, style)
	end
	printable.each(v, function(item)
		rows[#rows + 1] = printable.kind(item) == "map" and item or { value = item }
	end, function()
		write_rows(write, rows, order, style)
	end)
end

--- Writes lists of cells, without a heading.
function csv.each_list(rows, write, style)
	printable.each(rows, function(cells)
		local places = {}
		for i = 1, #cells do
			places[i] = i
		end
		write_line(write, places, cells, style)
	end)
end

--- Writes a value as --format csv does.
function csv.write(v, write, terminal)
	csv.each(v, write, { separator = ",", raw = options.csv_raw and not terminal.stdout })
end

return csv
