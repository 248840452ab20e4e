-- A list as a page of its own: one table, for a browser or a mail.
local html = require "adsh.format.html"
local printable = require "adsh.format.printable"

local web_table = {}

local STYLE = [[
body { font: 14px/1.4 system-ui, sans-serif; margin: 1em; color: #222; background: #fff }
table { border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: .2em .7em; border-bottom: 1px solid #ccc }
th { border-bottom: 2px solid #666 }
]]

local function cell(v)
	local lines = {}
	v = printable.plain(v)
	for _, item in ipairs(v == nil and {} or printable.kind(v) == "list" and v or { v }) do
		lines[#lines + 1] = #lines > 0 and html.tag "br" or nil
		lines[#lines + 1] = printable.compact(item)
	end
	return html.tag("td", lines)
end

local function row_of(row, fields)
	local cells = {}
	for i, name in ipairs(fields) do
		cells[i] = cell(row[name])
	end
	return html.tag("tr", cells)
end

--- Writes a list of maps, a map or scalars (then the heading is "value").
function web_table.write(v, write)
	local rows, body, heading = {}, {}, {}
	printable.each(v, function(item)
		rows[#rows + 1] = printable.kind(item) == "map" and item or { value = item }
	end)
	local fields = printable.fields(rows, printable.order(v))
	for i, name in ipairs(fields) do
		heading[i] = html.tag("th", tostring(name))
	end
	for i, row in ipairs(rows) do
		body[i] = row_of(row, fields)
	end
	write("<!DOCTYPE html>\n", tostring(html.tag("html", {
		html.tag("head", { html.tag("meta", nil, { charset = "utf-8" }), html.tag("title", "adsh"), html.style(STYLE) }),
		html.tag("body", html.tag("table", { html.tag("thead", html.tag("tr", heading)), html.tag("tbody", body) })),
	}, { lang = "en" })), "\n")
end

return web_table
