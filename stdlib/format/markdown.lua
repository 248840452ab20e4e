-- Tables for a page in Markdown, as GitHub and most wikis read them.
local printable = require "adsh.format.printable"
local text = require "adsh.core.text"

local markdown = {}

local SPECIAL = {
	["|"] = "\\|", ["<"] = "&lt;", ["&"] = "&amp;", ["\n"] = "<br>", ["*"] = "\\*", ["_"] = "\\_", ["`"] = "\\`",
	["["] = "\\[", ["\\"] = "\\\\",
}

local function cell(v)
	local lines = {}
	v = printable.plain(v)
	if v == nil then
		return ""
	end
	for _, item in ipairs(printable.kind(v) == "list" and v or { v }) do
		lines[#lines + 1] = (text.escape(printable.compact(item)):gsub('[|<&\n*_`%[\\]', SPECIAL))
	end
	return table.concat(lines, "<br>")
end

local function line(write, cells)
	write("| ", table.concat(cells, " | "), " |\n")
end

--- Writes a list of maps, a map or scalars (then the heading is "value").
function markdown.write(v, write)
	local rows = {}
	printable.each(v, function(item)
		rows[#rows + 1] = printable.kind(item) == "map" and item or { value = item }
	end)
	local fields, heading, rule = printable.fields(rows, printable.order(v)), {}, {}
	for i, name in ipairs(fields) do
		heading[i], rule[i] = cell(name), "---"
	end
	if #fields == 0 then
		return
	end
	line(write, heading)
	line(write, rule)
	for _, row in ipairs(rows) do
		local cells = {}
		for i, name in ipairs(fields) do
			cells[i] = cell(row[name])
		end
		line(write, cells)
	end
end

return markdown
