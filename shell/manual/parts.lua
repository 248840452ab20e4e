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
		local block = terms(rows, 1, 2)
		for i, o in ipairs(group.options) do
			block.items[i].id, block.items[i].name = "option-" .. o.name, "--" .. o.name
		end
		blocks[#blocks + 1] = heading(group.title)
		blocks[#blocks + 1] = block
	end
	return blocks
end

function parts.STATUSES()
	return { terms(usage.statuses, 1, 2) }
end

-- ---- functions ----

local details_rows

-- "`name, other` (type)"
local function term_of(row)
	if not row.typed then
		return code(row.names)
	end
	local list = {}
	for i, one in ipairs(row.typed) do
		list[i] = code(one.names) .. " (" .. literal(one.kind) .. ")"
	end
	return table.concat(list, ", ")
end

-- The rows from `at` on that are as deep as the first one; what is deeper is said below the row in front.
local function rows_at(rows, at, depth)
	local block = { kind = "terms", is_compact = true, items = {} }
	while rows[at] and rows[at].depth >= depth do
		local row, last = rows[at], block.items[#block.items]
		if row.depth > depth and last then
			local below
			below, at = details_rows(rows, at, row.depth)
			table.move(below, 1, #below, #last.blocks + 1, last.blocks)
		elseif row.typed or row.names then
			block.items[#block.items + 1] = { term = term_of(row),
				blocks = row.text ~= "" and { paragraph(literal(row.text)) } or {} }
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
		if rows[at].typed or rows[at].names then
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
	if not rows or #rows == 0 then
		return {}
	elseif #rows == 1 and rows[1].depth == 0 then
		return { paragraph("**" .. title .. "** " .. literal(rows[1].text)) }
	end
	return { paragraph("**" .. title .. "**"), table.unpack((details_rows(rows, 1, 1))) }
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
			blocks[#blocks + 1] = heading(noun, "noun-" .. noun)
			blocks[#blocks + 1] = block
		end
		block.items[#block.items + 1] = { term = code(entry.usage), blocks = parts.of_function(entry), id = entry.name,
			is_function = true }
	end
	return blocks
end

-- ---- recipes ----

function parts.RECIPES()
	return { terms(usage.recipes(), "recipe", "summary") }
end

local SELECTION = { "host", "--ou", "--hosts-from", "--group", "--filter" } -- options that most recipes have
local COMMON = { ["--help"] = true, ["--dry-run"] = true, ["--yes"] = true, ["--verbose"] = true, ["--quiet"] = true }

local function parser_of(name)
	return require "adsh.recipe".parser(require "adsh.recipe".load(name))
end

local function long_name(element)
	local aliases = element._aliases or {}
	return aliases[#aliases] or element._name
end

local function value_of(element, name)
	return element._choices and table.concat(element._choices, "|") or element._argname or name:upper()
end

-- "--as USER, --user USER", or the name of an argument
local function title(element)
	if not element._aliases then
		return value_of(element, element._name)
	end
	local value, list = element._maxargs ~= 0 and " " .. value_of(element, long_name(element):sub(3)) or "", {}
	for i, alias in ipairs(element._aliases) do
		list[i] = alias .. value
	end
	return table.concat(list, ", ") .. ((element._maxargs or 0) > 1 and "..." or "")
end

local function default_of(element)
	local value = element._default
	local is_said = type(value) ~= "string" or element._description:find("default", 1, true)
	return is_said and "" or " Default: " .. value .. "."
end

local function element_term(element)
	local text = (element._description or ""):gsub("%s+", " ")
	local is_required = element._aliases and (element._mincount or 0) > 0 and not text:find "Required"
	return { term = code(title(element)),
		blocks = { paragraph(literal(text .. default_of(element) .. (is_required and " Required." or ""))) } }
end

-- The arguments and options of a recipe by name, and their names in order.
local function elements(parser)
	local by_name, order = {}, {}
	for _, kind in ipairs { "_arguments", "_options" } do
		for _, element in ipairs(parser[kind]) do
			local name = long_name(element)
			by_name[name] = element
			order[#order + 1] = name
		end
	end
	return by_name, order
end

local function selection()
	return (elements(parser_of "live-migration"))
end

function parts.SELECTION()
	local block, by_name = { kind = "terms", items = {} }, selection()
	for i, name in ipairs(SELECTION) do
		block.items[i] = element_term(by_name[name])
	end
	return { block }
end

-- Those options of a recipe that choose hosts as the text about hosts says.
local function shared(by_name)
	local is_shared, names, standard = {}, {}, selection()
	for _, name in ipairs(SELECTION) do
		if by_name[name] and by_name[name]._description == standard[name]._description then
			is_shared[name] = true
			names[#names + 1] = code(title(by_name[name]))
		end
	end
	return is_shared, names
end

-- The lines of the examples in the text at the end of a recipe's help.
local function examples(epilog)
	local list = {}
	for line in (epilog or ""):gsub("\\\n%s+", ""):gmatch "[^\n]+" do
		list[#list + 1] = line:match "^%s+(adsh .*)$"
	end
	return table.concat(list, "\n")
end

local function recipe_blocks(name)
	local r = require "adsh.recipe".load(name)
	local by_name, order = elements(parser_of(name))
	local is_shared, chooses = shared(by_name)
	local blocks = { heading(name, "recipe-" .. name), paragraph(literal((r.description or r.summary):gsub("%s+", " "))) }
	local own = {}
	for _, one in ipairs(order) do
		own[#own + 1] = not is_shared[one] and not COMMON[one] and element_term(by_name[one]) or nil
	end
	blocks[#blocks + 1] = #chooses > 0 and paragraph("Hosts: " .. table.concat(chooses, ", ") .. ".") or nil
	blocks[#blocks + 1] = #own > 0 and { kind = "terms", items = own } or nil
	local lines = examples(r.epilog)
	blocks[#blocks + 1] = lines ~= "" and { kind = "code", text = lines } or nil
	return blocks
end

--- Every recipe with its own options and examples.
function parts.RECIPEDETAILS()
	local blocks = {}
	for _, r in ipairs(usage.recipes()) do
		add(blocks, recipe_blocks(r.recipe))
	end
	return blocks
end

return parts
