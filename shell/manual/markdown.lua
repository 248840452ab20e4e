-- Build-time: takes Markdown apart. The manuals and the cookbook use a part of it: headings, paragraphs, code
-- between ``` lines, lists, tables, and terms with ": " in front of what is said about them (as PHP Markdown Extra
-- has them). A line @NAME@ stands for blocks that are made elsewhere.
--
-- Blocks: { kind = "heading", level =, text = }, { kind = "paragraph", text = },
-- { kind = "code", text =, language =, title = },
-- { kind = "list", is_numbered =, items = { blocks ... } }, { kind = "terms", items = { { term =, blocks = } ... } },
-- { kind = "table", head = { cell ... }, rows = { { cell ... } ... } }, { kind = "insert", name = }.
local markdown = {}

local parse

local function lines_of(text)
	local lines = {}
	for line in (text:gsub("\n?$", "\n")):gmatch "(.-)\n" do
		lines[#lines + 1] = line
	end
	return lines
end

local function is_blank(line) return line ~= nil and not line:find "%S" end

local function marker(line)
	local width = line:match "^()[-*] " and 2 or #(line:match "^%d+%. +" or "")
	return width > 0 and width or nil
end

-- The lines of an item from `at`, whose first one loses `width` letters and the others their indentation; and the
-- next.
local function item(lines, at, width)
	local own = { lines[at]:sub(width + 1) }
	at = at + 1
	while lines[at] and (lines[at]:find "^  " or is_blank(lines[at]) and lines[at + 1] and lines[at + 1]:find "^  ") do
		local indent = math.min(width, #lines[at]:match "^ *")
		own[#own + 1] = lines[at]:sub(indent + 1)
		at = at + 1
	end
	return parse(own), at
end

local function cells(line)
	local list = {}
	for cell in line:gsub("\\|", "\1"):gsub("^%s*|", ""):gsub("|%s*$", ""):gmatch "[^|]+" do
		list[#list + 1] = cell:match "^%s*(.-)%s*$":gsub("\1", "|")
	end
	return list
end

local readers = {} -- each: the block at `at` and the line behind it, or nothing

function readers.heading(lines, at)
	local marks, text = lines[at]:match "^(#+)%s+(.-)%s*$"
	return marks and { kind = "heading", level = #marks, text = text }, at + 1
end

function readers.code(lines, at)
	local language, title = lines[at]:match "^```(%w*)%s*(.-)%s*$"
	local to = at + 1
	while language and lines[to] and not lines[to]:find "^```" do
		to = to + 1
	end
	return language and { kind = "code", language = language, title = title ~= "" and title or nil,
		text = table.concat(lines, "\n", at + 1, to - 1) }, to + 1
end

function readers.insert(lines, at)
	local name = lines[at]:match "^@(%u+)@$"
	return name and { kind = "insert", name = name }, at + 1
end

function readers.list(lines, at)
	if not marker(lines[at]) then
		return
	end
	local block = { kind = "list", is_numbered = lines[at]:find "^%d" ~= nil, items = {} }
	while lines[at] and marker(lines[at]) do
		block.items[#block.items + 1], at = item(lines, at, marker(lines[at]))
		at = is_blank(lines[at]) and marker(lines[at + 1] or "") and at + 1 or at
	end
	return block, at
end

local function begins_term(lines, at)
	return lines[at] and lines[at]:find "^%S" and (lines[at + 1] or ""):find "^: " ~= nil
end

function readers.terms(lines, at)
	if not begins_term(lines, at) then
		return
	end
	local block = { kind = "terms", items = {} }
	while begins_term(lines, at) do
		local one = { term = lines[at] }
		one.blocks, at = item(lines, at + 1, 2)
		block.items[#block.items + 1] = one
		at = is_blank(lines[at]) and begins_term(lines, at + 1) and at + 1 or at
	end
	return block, at
end

function readers.table(lines, at)
	if not (lines[at]:find "^|" and (lines[at + 1] or ""):find "^|[%s:|-]+$") then
		return
	end
	local block = { kind = "table", head = cells(lines[at]), rows = {} }
	at = at + 2
	while lines[at] and lines[at]:find "^|" do
		block.rows[#block.rows + 1] = cells(lines[at])
		at = at + 1
	end
	return block, at
end

local ORDER = { "heading", "code", "insert", "list", "table", "terms" }

local function special(lines, at)
	for _, name in ipairs(ORDER) do
		local block, next_at = readers[name](lines, at)
		if block then
			return block, next_at
		end
	end
end

local function paragraph(lines, at)
	local words = {}
	while lines[at] and not is_blank(lines[at]) and not (#words > 0 and special(lines, at)) do
		words[#words + 1] = lines[at]:match "^%s*(.-)%s*$"
		at = at + 1
	end
	return { kind = "paragraph", text = table.concat(words, " ") }, at
end

function parse(lines)
	local blocks, at = {}, 1
	while at <= #lines do
		if is_blank(lines[at]) then
			at = at + 1
		else
			local block, next_at = special(lines, at)
			if not block then
				block, next_at = paragraph(lines, at)
			end
			blocks[#blocks + 1], at = block, next_at
		end
	end
	return blocks
end

--- The blocks of a text; comments, which begin a line, are left out.
function markdown.blocks(text)
	return parse(lines_of((text:gsub("%f[^\n%z]<!%-%-.-%-%->\n?", ""))))
end

local MARKS = { { "`", "code" }, { "**", "strong" }, { "*", "emphasis" } }

-- The span that begins at `at`, and the letter behind it; nothing when none does.
local function span_at(text, at)
	local label, url, to = text:match("^%[([^%]]+)%]%(([^)]+)%)()", at)
	if label then
		return { style = "link", text = label, url = url }, to
	end
	local address, behind = text:match("^<(https?://[^>]+)>()", at)
	if address then
		return { style = "link", text = address, url = address }, behind
	end
	for _, mark in ipairs(MARKS) do
		local sign, style = mark[1], mark[2]
		if text:sub(at, at + #sign - 1) == sign then
			local from = at + #sign
			local close = text:find(sign, from, true)
			if close and close > from and not text:find("^%s", from) then
				return { style = style, text = text:sub(from, close - 1) }, close + #sign
			end
		end
	end
end

local function escaped(text, at)
	return text:sub(at, at) == "\\" and text:match("^[`*_%[%]\\|<>#]", at + 1)
end

--- What a text consists of: a list of { style = "plain" | "code" | "strong" | "emphasis" | "link", text =, url = }.
function markdown.spans(text)
	local list, plain, at = {}, {}, 1
	local function flush()
		list[#list + 1] = #plain > 0 and { style = "plain", text = table.concat(plain) } or nil
		plain = {}
	end
	while at <= #text do
		local span, to = span_at(text, at)
		if span then
			flush()
			list[#list + 1], at = span, to
		else
			local mark = escaped(text, at)
			plain[#plain + 1] = mark or text:sub(at, at)
			at = at + (mark and 2 or 1)
		end
	end
	flush()
	return list
end

return markdown
