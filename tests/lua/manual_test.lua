-- What the manuals name exists: functions, options, recipes, other pages; and the Lua in them is Lua.
package.path = "shell/manual/?.lua;" .. package.path
local globals = require "adsh.globals"
local help = require "adsh.help"
local markdown = require "markdown"
local program = require "adsh.core.program"
local run_options = require "adsh.run_options"
local usage = require "adsh.usage"

local PAGES = { "adsh.1", "adsh-recipes.7", "adsh-lua.3", "adsh-policy.5", "adsh-journal.5" }

local function read(path)
	local file <close> = assert(io.open(path))
	return file:read "a"
end

-- f(span or block, page) for each of this kind, at any depth.
local function each_span(blocks, f)
	local function text(t)
		for _, span in ipairs(markdown.spans(t)) do
			f(span)
		end
	end
	for _, block in ipairs(blocks) do
		if block.kind == "paragraph" then
			text(block.text)
		end
		for _, item in ipairs(block.items or {}) do
			if item.term then
				text(item.term)
			end
			each_span(item.blocks or item, f)
		end
	end
end

local function each_code(blocks, f)
	for _, block in ipairs(blocks) do
		if block.kind == "code" then
			f(block)
		end
		for _, item in ipairs(block.items or {}) do
			each_code(item.blocks or item, f)
		end
	end
end

local function each_page(f)
	local bad = {}
	for _, name in ipairs(PAGES) do
		f(markdown.blocks(read("shell/manual/" .. name .. ".md")), function(...)
			bad[#bad + 1] = name .. ": " .. string.format(...)
		end)
	end
	assert.equal("", table.concat(bad, "\n"))
end

local function known_options()
	local known = { help = true, wait = true, also = true, forest = true }
	for _, o in ipairs(program.options()) do
		known[o.name] = true
	end
	for _, r in ipairs(usage.recipes()) do
		for _, option in pairs(run_options.of(r.recipe)) do
			known[option.word:sub(3)] = true
		end
	end
	return known
end

describe("the manuals", function()
	it("name functions that exist", function()
		local nouns, known = { dir = true, entry = true }, {}
		for _, name in ipairs(globals.names()) do
			nouns[name] = true
		end
		for _, entry in ipairs(help.entries()) do
			known[entry.name] = true
		end
		each_page(function(blocks, complain)
			each_span(blocks, function(span)
				local noun = span.style == "code" and span.text:match "^(%l[%w_]*)[.:]%l"
				local name = noun and span.text:match "^[%w_.:]+"
				if nouns[noun] and not known[name] then
					complain("there is no function %s", name)
				end
			end)
		end)
	end)

	it("name options that exist", function()
		local known = known_options()
		each_page(function(blocks, complain)
			local function check(text)
				for option in (" " .. text):gmatch "[%s%[(|]%-%-(%l[%l-]*)" do
					if not known[option] then
						complain("there is no option --%s", option)
					end
				end
			end
			each_span(blocks, function(span) check(span.text) end)
			each_code(blocks, function(block) check(block.text) end)
		end)
	end)

	it("have Lua that can be loaded", function()
		local n = 0
		each_page(function(blocks, complain)
			each_code(blocks, function(block)
				local ok, message = true, nil
				if block.language == "lua" then
					ok, message = load(block.text)
				end
				n = n + (block.language == "lua" and 1 or 0)
				if not ok then
					complain("%s\n%s", message, block.text)
				end
			end)
		end)
		assert.is_true(n > 5)
	end)

	it("refer to each other by names that are right", function()
		local known = {}
		for _, name in ipairs(PAGES) do
			known[name:gsub("%.(%d)$", "(%1)")] = true
		end
		each_page(function(blocks, complain)
			each_span(blocks, function(span)
				for name in span.text:gmatch "adsh[%w-]*%(%d%)" do
					if not known[name] then
						complain("there is no page %s", name)
					end
				end
			end)
		end)
	end)
end)

describe("Markdown", function()
	it("is taken apart", function()
		assert.same({
			{ kind = "heading", level = 2, text = "A `b`" },
			{ kind = "paragraph", text = "one two" },
			{ kind = "code", language = "lua", title = "a.lua", text = "x  = 1\n\ny = 2" },
			{ kind = "list", is_numbered = false, items = { { { kind = "paragraph", text = "one" } },
				{ { kind = "paragraph", text = "two more" }, { kind = "paragraph", text = "again" } } } },
			{ kind = "terms", items = { { term = "`-x`", blocks = { { kind = "paragraph", text = "about x" } } },
				{ term = "y", blocks = { { kind = "paragraph", text = "about y, more" } } } } },
			{ kind = "table", head = { "a", "b" }, rows = { { "1|2", "3" } } },
			{ kind = "insert", name = "PART" },
		}, markdown.blocks [[
## A `b`
<!-- not said -->
one
two

```lua a.lua
x  = 1

y = 2
```
- one
- two
  more

  again

`-x`
: about x

y
: about y,
  more

| a | b |
|---|---|
| 1\|2 | 3 |

@PART@
]])
	end)

	it("has marked text", function()
		assert.same({
			{ style = "plain", text = "a " }, { style = "code", text = "b*c" }, { style = "plain", text = " 2 * 3 *" },
			{ style = "strong", text = "d" }, { style = "emphasis", text = "e" },
			{ style = "link", text = "f", url = "g.md" },
			{ style = "link", text = "https://h", url = "https://h" } },
			markdown.spans "a `b*c` 2 * 3 \\***d***e*[f](g.md)<https://h>")
	end)
end)
