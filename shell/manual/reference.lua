-- Build-time: the manuals and the cookbook as one HTML page, from the blocks of markdown.lua. It loads nothing from
-- anywhere; only the search needs a script (reference.js).
local reference = {}

local html = require "adsh.format.html"
local markdown = require "markdown"

local tag = html.tag

local known -- what a reference or a name in the text leads to: "adsh-lua(3)", "delegation.get", "02-a-host-leaves.md"

local function link(text, id)
	return tag("a", text, { href = "#" .. id })
end

-- References such as adsh-lua(3) in a text that is not marked.
local function plain(text)
	local parts, at = {}, 1
	for from, name, to in text:gmatch "()%f[%w]([%w_.-]+%(%d%))()" do
		parts[#parts + 1] = text:sub(at, from - 1)
		parts[#parts + 1] = known[name] and link(name, known[name]) or name
		at = to
	end
	parts[#parts + 1] = text:sub(at)
	return parts
end

local STYLES = {
	plain = function(span) return plain(span.text) end,
	strong = function(span) return tag("strong", span.text) end,
	emphasis = function(span) return tag("em", span.text) end,
	link = function(span)
		local id = known[span.url]
		return id and link(span.text, id) or tag("a", span.text, { href = span.url, rel = "noreferrer" })
	end,
	code = function(span)
		local recipe = span.text:gsub("^adsh ", ""):match "^run ([%l-]+)"
		local id = known[recipe or span.text] or known[span.text:match "^[%w_.:]+" or ""]
		return id and tag("a", tag("code", span.text), { href = "#" .. id }) or tag("code", span.text)
	end,
}

local function inline(text)
	local parts = {}
	for i, span in ipairs(markdown.spans(text)) do
		parts[i] = STYLES[span.style](span)
	end
	return parts
end

-- A term: names as code, and what is beside them, such as a type.
local function term(text, has_link)
	local parts = {}
	for i, span in ipairs(markdown.spans(text)) do
		parts[i] = span.style == "plain" and tag("span", span.text, { class = "type" })
			or span.style == "code" and not has_link and tag("code", span.text) or STYLES[span.style](span)
	end
	return parts
end

local function slug(text)
	return (text:lower():gsub("[`*]", ""):gsub("[^%w.]+", "-"):gsub("^%-", ""):gsub("%-$", ""))
end

-- ---- blocks ----

local write -- a list of tags for blocks

local writers = {}

function writers.paragraph(block)
	return tag("p", inline(block.text))
end

function writers.code(block)
	local text = tag("pre", tag("code", block.text), { tabindex = "0" })
	return block.title and tag("figure", { tag("figcaption", block.title), text }) or text
end

function writers.list(block, chapter)
	local items = {}
	for i, blocks in ipairs(block.items) do
		items[i] = tag("li", write(blocks, chapter))
	end
	return tag(block.is_numbered and "ol" or "ul", items)
end

-- A function has a heading of its own, which the search finds.
local function function_of(item, chapter)
	local heading = tag("h4", { link(tag("code", (item.term:gsub("`", ""))), item.id) })
	return tag("article", { heading, write(item.blocks, chapter) }, { id = item.id, class = "function" })
end

function writers.terms(block, chapter)
	local parts = {}
	for _, item in ipairs(block.items) do
		if item.id and item.is_function then
			parts[#parts + 1] = function_of(item, chapter)
		else
			parts[#parts + 1] = tag("dt", term(item.term), item.id and { id = item.id } or nil)
			parts[#parts + 1] = tag("dd", write(item.blocks, chapter))
		end
	end
	return block.items[1].is_function and parts or tag("dl", parts, block.is_compact and { class = "compact" } or nil)
end

local function row_of(cells, name)
	local parts = {}
	for i, cell in ipairs(cells) do
		parts[i] = tag(name, inline(cell))
	end
	return tag("tr", parts)
end

function writers.table(block)
	local rows = {}
	for i, row in ipairs(block.rows) do
		rows[i] = row_of(row, "td")
	end
	local whole = tag("table", { tag("thead", row_of(block.head, "th")), tag("tbody", rows) })
	return tag("div", whole, { class = "scroll" })
end

function writers.heading(block, chapter)
	return tag("h" .. block.level, link(block.text:gsub("[`*]", ""), block.id), { id = block.id }), chapter
end

function write(blocks, chapter)
	local parts = {}
	for i, block in ipairs(blocks) do
		parts[i] = writers[block.kind](block, chapter)
	end
	return parts
end

-- ---- the page ----

-- Capitals are the custom of manual pages; here a heading is a sentence.
local function title_of(text)
	return text == text:upper() and text:sub(1, 1) .. text:sub(2):lower():gsub("rc4", "RC4") or text
end

-- An id that nothing else in the chapter has.
local function own_id(used, id)
	used[id] = (used[id] or 0) + 1
	return used[id] > 1 and id .. "-" .. used[id] or id
end

-- Terms that are names can be found and linked to.
local function name_items(block, chapter, used)
	for _, item in ipairs(block.items) do
		local name = item.term:match "^`([^`]+)`"
		if not item.id and name and not block.is_compact then
			item.id = own_id(used, chapter.id .. "." .. slug(name))
		elseif item.id then
			known[item.name or item.id] = item.id
		end
	end
end

local function prepare(chapter)
	local used = {}
	chapter.headings = {}
	for _, block in ipairs(chapter.blocks) do
		if block.kind == "heading" then
			block.text = title_of(block.text)
			block.id = own_id(used, block.id or chapter.id .. "." .. slug(block.text))
			chapter.headings[#chapter.headings + 1] = block
			known[block.id:match "^recipe%-(.+)$" or ""] = block.id
		elseif block.kind == "terms" then
			name_items(block, chapter, used)
		end
	end
	for name, id in pairs(chapter.names) do
		known[name] = id
	end
end

local function items_of(headings, level)
	local items = {}
	for _, heading in ipairs(headings) do
		if heading.level == level then
			items[#items + 1] = tag("li", link(heading.text:gsub("[`*]", ""), heading.id))
		end
	end
	return tag("ul", items)
end

local function contents(chapters)
	local parts = {}
	for i, chapter in ipairs(chapters) do
		parts[i] = tag("details", { tag("summary", link(chapter.title, chapter.id)),
			items_of(chapter.headings, chapter.listed or 2) })
	end
	return tag("nav", parts, { id = "ui-contents", ["aria-label"] = "Contents" })
end

local function chapter_of(chapter)
	return tag("section", {
		tag("h1", link(chapter.title, chapter.id)), chapter.about and tag("p", chapter.about, { class = "about" }) or {},
		write(chapter.blocks, chapter),
	}, { id = chapter.id, class = "chapter" })
end

local SEARCH = [[<div id="ui-search" hidden><input id="ui-query" type="search" placeholder="Search  ( / )"
 autocomplete="off" spellcheck="false" role="combobox" aria-expanded="false"
 aria-controls="ui-found" aria-autocomplete="list"
 aria-label="Search the reference"><ol id="ui-found" role="listbox" aria-label="Results" hidden></ol>
<p id="ui-count" role="status"></p></div>]]

local PAGE = [[<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark"><title>adsh @VERSION@ reference</title>
<style>
@CSS@</style></head><body>
<a class="skip" href="#ui-text">Skip to the text</a>
<header><a href="#top" class="name">adsh <span>@VERSION@</span></a>@SEARCH@</header>
@CONTENTS@
<main id="ui-text">
@CHAPTERS@
</main>
<script>
@JS@</script></body></html>
]]

--- The page: chapters are { id =, title =, about =, names = { what refers to it = id }, blocks =, listed = the level of
--- headings in the contents }; css and js are text.
function reference.page(chapters, version, css, js)
	known = {}
	for _, chapter in ipairs(chapters) do
		prepare(chapter)
	end
	local parts = { VERSION = version, CSS = css, JS = js, SEARCH = SEARCH, CONTENTS = tostring(contents(chapters)) }
	for i, chapter in ipairs(chapters) do
		parts[i] = tostring(chapter_of(chapter))
	end
	parts.CHAPTERS = table.concat(parts, "\n")
	return (PAGE:gsub("@(%u+)@", parts))
end

return reference
