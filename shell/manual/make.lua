-- Build-time: writes a manual page or the completion of a shell, without the program, which may be for another
-- machine.
--	interpreter shell/manual/make.lua adsh.1 FILE... > adsh.1
-- WHAT is adsh.1 or another page, or bash, zsh or fish. The files are those of stdlib/ and lua/.
package.path = "shell/manual/?.lua;" .. package.path

local what, paths = ..., { select(2, ...) }
require "program".install(paths)

local markdown = require "markdown"

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
local function page_of(name)
	local blocks = markdown.blocks(read("shell/manual/" .. name .. ".md"))
	local title = table.remove(blocks, 1).text
	local page, section = title:match "^([%w-]+)%((%d)%)"
	table.insert(blocks, 1, { kind = "paragraph", text = (title:gsub("^(%S+)%(%d%)", "%1")) })
	table.insert(blocks, 1, { kind = "heading", level = 2, text = "NAME" })
	return { name = page, section = tonumber(section), date = DATE, version = require "adsh.core.program".version,
		volume = VOLUMES[tonumber(section)], blocks = filled(blocks) }
end

local function write()
	if what:find "^%l+$" then
		return assert(loadfile "shell/completion.lua")(what)
	end
	io.write(require "man".page(page_of(what)))
end

write()
