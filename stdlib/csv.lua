-- csv.read, csv.write: tables of spreadsheets as RFC 4180 has them, and as Excel and PowerShell write them: semicolons
-- or tabs, a mark, UTF-16, "sep=;" or "#TYPE ..." in the first line.
local csv = {}

local failure = require "adsh.failure"
local file = require "adsh.core.file"
local help = require "adsh.help"
local known_options = require "adsh.known_options"
local printable = require "adsh.format.printable"
local text_file = require "adsh.text_file"

local MARK = "\u{feff}"

local function check_separator(o, who)
	local s = o.separator
	if s ~= nil and s ~= "," and s ~= ";" and s ~= "\t" then
		error(failure("usage", ("%s: the separator must be ',', ';' or a tab"):format(who)), 4)
	end
end

-- ---- reading ----

local function refuse(s, at, why)
	local line = 1 + select(2, s.text:sub(1, at - 1):gsub("\r?\n", ""))
	error(failure("usage", ("%s, line %d: %s"):format(s.name, line, why)), 0)
end

-- The value of a field in quotation marks, and the place behind it.
local function quoted(s, at)
	local stop = at
	repeat
		stop = s.text:find('"', stop + 1, true) or refuse(s, at, "the quotation mark is not closed")
		local is_pair = s.text:sub(stop + 1, stop + 1) == '"'
		stop = is_pair and stop + 1 or stop
	until not is_pair
	if not s.text:find("^[" .. s.separator .. "\r\n]", stop + 1) and stop < #s.text then
		refuse(s, stop, "text follows the closing quotation mark")
	end
	return s.text:sub(at + 1, stop - 1):gsub('""', '"'), stop + 1
end

local function plain(s, at)
	local stop = s.text:find(s.stops, at) or #s.text + 1
	return s.text:sub(at, stop - 1), stop
end

-- The fields of the record at this place, the place of the next one, and whether there is anything in it.
local function record(s, at)
	local fields, has_any = {}, false
	repeat
		local value
		value, at = (s.text:sub(at, at) == '"' and quoted or plain)(s, at)
		fields[#fields + 1] = value
		has_any = has_any or value ~= ""
		local is_last = s.text:sub(at, at) ~= s.separator
		at = at + 1
	until is_last
	if s.text:sub(at - 1, at) == "\r\n" then
		at = at + 1
	end
	return fields, at, has_any
end

-- Of the first line: the separator that is there most often outside of quotation marks.
local function guess(text)
	local line = text:gsub('"[^"]*"', ""):match "^[\r\n]*([^\r\n]*)"
	local best, most = ",", 0
	for _, c in ipairs { ",", ";", "\t" } do
		local n = select(2, line:gsub(c, ""))
		if n > most then
			best, most = c, n
		end
	end
	return best
end

-- What programs put in front of the heading.
local function skip_first(text)
	local separator, rest = text:match "^[sS][eE][pP]=([,;\t])\r?\n?(.*)$"
	return rest or text:match "^#TYPE [^\r\n]*\r?\n?(.*)$" or text, separator
end

local function check_heading(s, names)
	local seen = {}
	for _, name in ipairs(names) do
		if name ~= "" and seen[name] then
			refuse(s, 1, ("two columns have the heading '%s'"):format(name))
		end
		seen[name] = true
	end
end

-- A table of the fields by their names.
local function named(s, at, fields, names)
	local row = {}
	for i, value in ipairs(fields) do
		local name = names[i] or ""
		if name ~= "" then
			row[name] = value
		elseif value ~= "" then
			refuse(s, at, ("'%s' is in column %d, which has no heading"):format(value, i))
		end
	end
	for i = #fields + 1, #names do
		row[names[i]] = names[i] ~= "" and "" or nil
	end
	return row
end

local function rows_of(s, header)
	local rows, names, at = {}, type(header) == "table" and header or nil, 1
	while at <= #s.text do
		local fields, next_at, has_any = record(s, at)
		if has_any and header and not names then
			names = fields
			check_heading(s, names)
		elseif has_any then
			rows[#rows + 1] = header and named(s, at, fields, names) or fields
		end
		at = next_at
	end
	if not names then
		return rows
	end
	local order = {}
	for _, name in ipairs(names) do
		order[#order + 1] = name ~= "" and name or nil
	end
	return printable.ordered(rows, order)
end

local function decode(text, name, o)
	local body, separator = skip_first(text)
	separator = o.separator or separator or guess(body)
	return rows_of({ text = body, name = name, separator = separator, stops = "[" .. separator .. "\r\n]" },
		o.header == nil or o.header)
end

local READ = { "header", "separator" }

help [[csv.decode(text[, options]) - Returns the rows of a CSV text, as csv.read.
Arguments:
  text (string): as in a file, in UTF-8 or UTF-16
  options (table): those of csv.read
Returns: a list of tables
Errors:
  usage: the text is not valid CSV
Example: csv.decode "host;cluster\r\nhost01;A\r\n"]]
function csv.decode(text, options)
	local o = known_options(options, READ)
	check_separator(o, "csv.decode")
	return decode(text_file.decode(text, "csv.decode", "the text"), "csv.decode", o)
end

help [[csv.read(path[, options]) - Reads a CSV file of Excel, PowerShell or adsh: a table for each line.
Arguments:
  path (string): a file in UTF-8 or UTF-16; - is standard input
  options (table):
    separator (option, string): ",", ";" or "\t". Default: the one that the first line has most often
    header (option, boolean or list of strings): false: there is no heading, and each row is a list; a list: these are
      the headings. Default: true, the first line has them
Returns: a list of tables. Lines without any value are skipped:
  HEADING (string): the value below each heading; a cell that is missing at the end of a line is ""
Errors:
  usage: the file cannot be read, or is not valid CSV; the message has the line
Example: csv.read("/dev/null", { separator = ";" })]]
function csv.read(path, options)
	local o = known_options(options, READ)
	check_separator(o, "csv.read")
	return decode(text_file.read(path, "the CSV file"), path, o)
end

-- ---- writing ----

local WRITTEN = { "header", "mark", "raw", "separator" }

local function encode(rows, o)
	local writer = require "adsh.format.csv"
	local parts = { o.mark and MARK or nil }
	local function put(...)
		for i = 1, select("#", ...) do
			parts[#parts + 1] = (select(i, ...))
		end
	end
	(o.header == false and writer.each_list or writer.each)(rows, put, { separator = o.separator or ",", raw = o.raw })
	return table.concat(parts)
end

help [[csv.encode(rows[, options]) - Returns a list of tables as CSV text, as csv.write.
Arguments:
  rows (list of tables): one for each line
  options (table): those of csv.write
Returns: a string
Errors:
  usage: an unknown option
Example: csv.encode({{host = "host01", cluster = "A"}}, { separator = ";" })]]
function csv.encode(rows, options)
	local o = known_options(options, WRITTEN)
	check_separator(o, "csv.encode")
	return encode(rows, o)
end

help [[csv.write(rows, path[, options]) - Writes a list of tables to a CSV file: a heading, and a line for each table.
Arguments:
  rows (list of tables): of any result; show.ordered(rows, fields) sets the order of the columns
  path (string): the file, created with mode 0600
  options (table):
    separator (option, string): ",", ";" or "\t". Default: ","
    mark (option, boolean): true begins with the mark of UTF-8, for Excel. Default: false
    header (option, boolean): false: no heading, and each row is a list. Default: true
    raw (option, boolean): true: a value that a spreadsheet would take for a formula gets no apostrophe in front, and
      control characters stay. Default: false
Returns: nothing
Errors:
  usage: an unknown option
  failed: the file cannot be written
Example: csv.write(hosts.all(), os.tmpname(), { separator = ";", mark = true })]]
function csv.write(rows, path, options)
	local o = known_options(options, WRITTEN)
	check_separator(o, "csv.write")
	if type(path) ~= "string" then
		error("csv.write: the second argument must be the name of a file", 2)
	end
	local ok, err = file.replace(path, "the CSV file", encode(rows, o))
	if not ok then
		error(err, 0)
	end
end

return csv
