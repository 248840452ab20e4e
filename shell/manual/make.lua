-- Build-time: writes a manual page, the HTML reference or the completion of a shell, without the program, which may be
-- for another machine.
--	interpreter shell/manual/make.lua adsh.1 FILE... > adsh.1
-- WHAT is adsh.1 or another page, adsh.html, or bash, zsh or fish. The files are those of stdlib/ and lua/, and for
-- adsh.html the cookbook.
package.path = "shell/manual/?.lua;" .. package.path

local what = ...
local paths, recipes = {}, {} -- recipes: of the cookbook
for _, path in ipairs { select(2, ...) } do
	table.insert(path:find "%.md$" and recipes or paths, path)
end
require "program".install(paths)

local markdown = require "markdown"
local sources = require "sources"

local VOLUMES = { [1] = "User Commands", [3] = "Library Functions", [5] = "File Formats", [7] = "Miscellaneous" }
local DATE = "2026-11-26"

local function read(path)
	local file <close> = assert(io.open(path, "rb"))
	return file:read "a"
end

-- The blocks with what is made elsewhere in them.
local function filled(blocks)
	local parts, list = require "parts", {}
	for _, block in ipairs(blocks) do
		local own = block.kind == "insert" and parts[block.name]() or { block }
		table.move(own, 1, #own, #list + 1, list)
	end
	return list
end

-- The first line is "# adsh(1) - what it is".
local function read_page(name)
	local blocks = markdown.blocks(read("shell/manual/" .. name .. ".md"))
	local page, section, about = table.remove(blocks, 1).text:match "^([%w-]+)%((%d)%) %- (.+)$"
	return { name = page, section = tonumber(section), about = about, blocks = filled(blocks) }
end

local function man_page(name)
	local page = read_page(name)
	table.insert(page.blocks, 1, { kind = "heading", level = 2, text = "NAME" })
	table.insert(page.blocks, 2, { kind = "paragraph", text = page.name .. " - " .. page.about })
	page.date, page.version, page.volume = DATE, sources.version(), VOLUMES[page.section]
	return require "man".page(page)
end

-- ---- the reference ----

local PAGES = { "adsh.1", "adsh-recipes.7", "adsh-lua.3", "adsh-policy.5", "adsh-journal.5" }
local LISTED = { ["adsh-lua.3"] = 3, ["adsh-recipes.7"] = 3 }

local function chapter_of(name)
	local page = read_page(name)
	local title = ("%s(%d)"):format(page.name, page.section)
	return { id = name, title = title, about = page.about, names = { [title] = name }, blocks = page.blocks,
		listed = LISTED[name] }
end

-- Each file of the cookbook is a section; README.md stands in front.
local function add_section(chapter, path)
	local file = path:match "([^/]+)%.md$"
	local id = file ~= "README" and "cookbook." .. file
	local function id_of(heading)
		return heading.level == 1 and id or id .. "." .. heading.text:lower():gsub("%W+", "-")
	end
	chapter.names[file .. ".md"] = id or chapter.id
	for _, block in ipairs(markdown.blocks(read(path))) do
		if block.kind == "heading" and id then
			block.id, block.level = id_of(block), block.level + 1
		end
		if id or block.level ~= 1 then
			table.insert(chapter.blocks, block)
		end
	end
end

local function cookbook()
	local chapter = { id = "cookbook", title = "Cookbook", names = {}, blocks = {} }
	table.sort(recipes, function(a, b) return (a:gsub("README", "")) < (b:gsub("README", "")) end)
	for _, path in ipairs(recipes) do
		add_section(chapter, path)
	end
	return chapter
end

local function html_page()
	local chapters = {}
	for i, name in ipairs(PAGES) do
		chapters[i] = chapter_of(name)
	end
	if #recipes > 0 then
		table.insert(chapters, 2, cookbook())
	end
	return require "reference".page(chapters, sources.version(), read "shell/manual/reference.css",
		read "shell/manual/reference.js")
end

if what:find "^%l+$" then
	assert(loadfile "shell/completion.lua")(what)
else
	io.write(what == "adsh.html" and html_page() or man_page(what))
end
