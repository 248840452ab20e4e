-- Build-time: blocks (see markdown.lua) of what adsh says about itself elsewhere: its options, functions, recipes
-- and exit statuses. A manual has them where it says @OPTIONS@ and the like.
local parts = {}

local details = require "details"
local help = require "adsh.help"
local usage = require "adsh.usage"

local function paragraph(text) return { kind = "paragraph", text = text } end
local function heading(text, id) return { kind = "heading", level = 3, text = text, id = id } end

-- Texts of help() are not Markdown.
local function literal(text)
	return (text:gsub("[\\`*_<>#%[%]|]", "\\%0"))
end

local function code(text)
	return "`" .. text .. "`"
end

local function terms(rows, term, text)
	local block = { kind = "terms", items = {} }
	for i, row in ipairs(rows) do
		block.items[i] = { term = code(row[term]), blocks = { paragraph(literal(row[text])) } }
	end
	return block
end

function parts.SYNOPSIS()
	local block = { kind = "code", text = {} }
	for i, form in ipairs(usage.forms) do
		block.text[i] = form[1]
	end
	block.text = table.concat(block.text, "\n")
	return { block }
end

function parts.OPTIONS()
	local blocks = {}
	for _, group in ipairs(usage.groups()) do
		local rows = {}
		for i, o in ipairs(group.options) do
			rows[i] = { usage.option(o):match "^%s*(.*)$", o.help }
		end
		blocks[#blocks + 1] = heading(group.title)
		blocks[#blocks + 1] = terms(rows, 1, 2)
	end
	return blocks
end

function parts.STATUSES()
	return { terms(usage.statuses, 1, 2) }
end

-- ---- functions ----

local details_rows

-- The rows from `at` on that are as deep as the first one; what is deeper is said below the row in front.
local function rows_at(rows, at, depth)
	local block = { kind = "terms", is_compact = true, items = {} }
	while rows[at] and rows[at].depth >= depth do
		local row, last = rows[at], block.items[#block.items]
		if row.depth > depth and last then
			local below
			below, at = details_rows(rows, at, row.depth)
			table.move(below, 1, #below, #last.blocks + 1, last.blocks)
		elseif row.names then
			block.items[#block.items + 1] = { term = code(row.names) .. (row.kind and " (" .. literal(row.kind) .. ")" or ""),
				blocks = { paragraph(literal(row.text)) } }
			at = at + 1
		else
			break
		end
	end
	return block, at
end

-- Blocks for rows, and for lines without a name.
function details_rows(rows, at, depth)
	local blocks = {}
	while rows[at] and rows[at].depth >= depth do
		if rows[at].names then
			blocks[#blocks + 1], at = rows_at(rows, at, rows[at].depth)
		else
			blocks[#blocks + 1] = paragraph(literal(rows[at].text))
			at = at + 1
		end
	end
	return blocks, at
end

local function add(blocks, more)
	table.move(more, 1, #more, #blocks + 1, blocks)
end

local function list_of(title, rows)
	return rows and #rows > 0 and { paragraph("**" .. title .. "**"), table.unpack((details_rows(rows, 1, 1))) } or {}
end

--- The blocks about one function, below its usage.
function parts.of_function(entry)
	local parsed = details.parse(entry.details)
	local blocks = { paragraph(literal(entry.sentence)) }
	add(blocks, list_of("Arguments", parsed.arguments))
	if parsed.returns then
		blocks[#blocks + 1] = paragraph("**Returns** " .. literal(parsed.returns))
		add(blocks, (details_rows(parsed.fields, 1, 1)))
	end
	add(blocks, list_of("Errors", parsed.errors))
	if #parsed.examples > 0 then
		blocks[#blocks + 1] = paragraph(#parsed.examples > 1 and "**Examples**" or "**Example**")
		blocks[#blocks + 1] = { kind = "code", language = "lua", text = table.concat(parsed.examples, "\n") }
	end
	return blocks
end

--- Every noun with its functions, in headings of its own.
function parts.FUNCTIONS()
	local blocks, noun, block = {}, nil, nil
	for _, entry in ipairs(help.entries()) do
		if entry.noun ~= noun then
			noun, block = entry.noun, { kind = "terms", items = {} }
			blocks[#blocks + 1] = heading(noun, noun)
			blocks[#blocks + 1] = block
		end
		block.items[#block.items + 1] = { term = code(entry.usage), blocks = parts.of_function(entry), id = entry.name }
	end
	return blocks
end

-- ---- recipes ----

function parts.RECIPES()
	return { terms(usage.recipes(), "recipe", "summary") }
end

return parts
