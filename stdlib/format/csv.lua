-- CSV as RFC 4180 has it: a heading, lines ended by CR LF, quotes where needed. The values of a list
-- are separated by a line break inside the quotes. A spreadsheet takes a cell that begins with = + - or @, also in
-- their wide forms, for a formula, and such a value can be written by whoever may edit an object: it gets an apostrophe
-- in front, and control characters are made visible. Where the list separator is ; quotes do not hold a cell
-- together: each part of a value counts as a cell. --csv-raw leaves all as it is, but for what goes to a terminal.
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

-- Text that neither a spreadsheet nor a terminal acts on.
local function harmless(s)
	s = text.escape(s:gsub("\r\n", "\n"), true)
	if is_number(s) then
		return s
	end
	s = s:find "^\n" and "'" .. s or s
	return (s:gsub("[^;\n]+", function(part)
		return begins_formula(part) and not is_number(part) and "'" .. part or nil
	end))
end

local function field(v, raw)
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
	if not raw and type(v) ~= "number" then
		s = harmless(s)
	end
	if s:find '[",\r\n]' then
		s = '"' .. s:gsub('"', '""') .. '"'
	end
	return s
end

local function write_line(write, fields, row, raw)
	local cells = {}
	for i, name in ipairs(fields) do
		cells[i] = field(row[name], raw)
	end
	write(table.concat(cells, ","), "\r\n")
end

local function write_rows(write, rows, order, raw)
	local fields = printable.fields(rows, order)
	if #fields == 0 then
		return
	end
	local heading = {}
	for _, name in ipairs(fields) do
		heading[name] = tostring(name)
	end
	write_line(write, fields, heading, raw)
	for _, row in ipairs(rows) do
		write_line(write, fields, row, raw)
	end
end

-- With the heading known before, lines go out as rows come.
local function write_stream(v, write, order, raw)
	write_rows(write, {}, order, raw)
	printable.each(v, function(item)
		write_line(write, order, item, raw)
	end)
end

--- Writes a list of maps, a map or scalars (then the heading is "value").
function csv.write(v, write, terminal)
	local rows, raw, order = {}, options.csv_raw and not terminal.stdout, printable.order(v)
	if order and printable.kind(v) == "stream" then
		return write_stream(v, write, order, raw)
	end
	printable.each(v, function(item)
		rows[#rows + 1] = printable.kind(item) == "map" and item or { value = item }
	end, function()
		write_rows(write, rows, order, raw)
	end)
end

return csv
