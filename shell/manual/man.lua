-- Build-time: writes a manual page, in the macros of man(7), from the blocks of markdown.lua.
local man = {}

local markdown = require "markdown"

local WIDTH = 79
local ESCAPES = {
	["\\"] = "\\(rs", ["-"] = "\\-", ["'"] = "\\(aq", ['"'] = "\\(dq", ["^"] = "\\(ha", ["`"] = "\\(ga", ["~"] = "\\(ti",
}

local function escape(text)
	return (text:gsub("[\\%-'\"^`~]", ESCAPES))
end

-- "adsh(1)" in a text that is not marked is a reference.
local function plain(text)
	return (escape(text):gsub("%f[%w]([%w_.\\%-]+)%((%d)%)", "\\fB%1\\fP(%2)"))
end

local function link(span)
	local text = escape(span.text)
	return (span.url == span.text or not span.url:find "^http") and text or text .. " <" .. escape(span.url) .. ">"
end

local STYLES = {
	plain = function(span) return plain(span.text) end, link = link,
	code = function(span) return "\\fB" .. escape(span.text) .. "\\fP" end,
	emphasis = function(span) return "\\fI" .. escape(span.text) .. "\\fP" end,
}
STYLES.strong = STYLES.code

local function inline(text)
	local parts = {}
	for i, span in ipairs(markdown.spans(text)) do
		parts[i] = STYLES[span.style](span)
	end
	return table.concat(parts)
end

-- A line must not begin with what groff takes for a request.
local function protect(line)
	return (line:gsub("^%.", "\\&."))
end

local function fold(text)
	local lines, line = {}, nil
	for word in inline(text):gmatch "%S+" do
		if line and #line + #word < WIDTH then
			line = line .. " " .. word
		else
			lines[#lines + 1] = line and protect(line)
			line = word
		end
	end
	lines[#lines + 1] = line and protect(line)
	return table.concat(lines, "\n")
end

local function code(text)
	local lines = {}
	for line in (text .. "\n"):gmatch "(.-)\n" do
		lines[#lines + 1] = protect(escape((line:gsub("\t", "    "))))
	end
	return ".nf\n" .. table.concat(lines, "\n") .. "\n.fi"
end

local write -- the text of blocks; is_first: the tag of an item is in front, so that no paragraph begins

local writers = {}

function writers.heading(block)
	return (block.level < 3 and ".SH " or ".SS ") .. escape(block.text:gsub("[`*]", ""))
end

function writers.paragraph(block, is_first, inside)
	return (is_first and "" or inside and ".IP\n" or ".PP\n") .. fold(block.text)
end

function writers.code(block, is_first, inside)
	local text = code(block.text)
	return (is_first and "" or inside and ".IP\n" or ".PP\n") .. (inside and text or ".RS 4\n" .. text .. "\n.RE")
end

local function nested(text, inside)
	return inside and ".RS\n" .. text .. "\n.RE" or text
end

function writers.list(block, _, inside)
	local parts = {}
	for i, blocks in ipairs(block.items) do
		parts[i] = (block.is_numbered and ".IP %d. 4\n" or ".IP \\(bu 2\n"):format(i) .. write(blocks, true, true)
	end
	return nested(table.concat(parts, "\n"), inside)
end

function writers.terms(block, _, inside)
	local parts = {}
	for i, item in ipairs(block.items) do
		parts[i] = ".TP" .. (block.width and " " .. block.width or "") .. "\n" .. protect(inline(item.term)) .. "\n"
			.. write(item.blocks, true, true)
	end
	local text = table.concat(parts, "\n")
	return nested(block.is_compact and ".PD 0\n" .. text .. "\n.PD" or text, inside)
end

--- A table as terms: the first cell of each row, and the others.
function writers.table(block, _, inside)
	local items = {}
	for i, row in ipairs(block.rows) do
		items[i] = { term = row[1], blocks = { { kind = "paragraph", text = table.concat(row, "; ", 2) } } }
	end
	return writers.terms({ items = items }, nil, inside)
end

function write(blocks, is_first, inside)
	local parts, was_heading = {}, false
	for i, block in ipairs(blocks) do
		local begins = is_first and i == 1 or was_heading
		parts[i] = writers[block.kind](block, begins, inside)
		was_heading = block.kind == "heading"
	end
	return table.concat(parts, "\n")
end

--- The page: { name =, section =, date =, version =, blocks = }.
function man.page(page)
	return (".\\\" made from shell/manual/%s.%d.md and the texts of help()\n.TH %s %d %s \"adsh %s\" \"%s\"\n%s\n"):format(
		page.name, page.section, escape(page.name:upper()), page.section, page.date, page.version, page.volume,
		write(page.blocks))
end

return man
