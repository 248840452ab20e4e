-- CSV as RFC 4180 has it: a heading, lines ended by CR LF, quotes where needed. The values of a list
-- are separated by a line break inside the quotes.
local csv = {}

local printable = require "adsh.format.printable"

local function field(v)
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
	if s:find '[",\r\n]' then
		s = '"' .. s:gsub('"', '""') .. '"'
	end
	return s
end

local function write_line(write, fields, row)
	local cells = {}
	for i, name in ipairs(fields) do
		cells[i] = field(row[name])
	end
	write(table.concat(cells, ","), "\r\n")
end

local function write_rows(write, rows, order)
	local fields = printable.fields(rows, order)
	if #fields == 0 then
		return
	end
	local heading = {}
	for _, name in ipairs(fields) do
		heading[name] = tostring(name)
	end
	write_line(write, fields, heading)
	for _, row in ipairs(rows) do
		write_line(write, fields, row)
	end
end

--- Writes a list of maps, a map or scalars (then the heading is "value").
function csv.write(v, write)
	local rows = {}
	printable.each(v, function(item)
		rows[#rows + 1] = printable.kind(item) == "map" and item or { value = item }
	end, function()
		write_rows(write, rows, printable.order(v))
	end)
end

return csv
