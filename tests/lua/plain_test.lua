-- Aliases at the prompt, and output for screen readers.
local crosstab = require "adsh.format.crosstab"
local output = require "adsh.output"
local options = require "adsh.core.options"
local statement = require "adsh.prompt.statement"

local function written(value, write)
	local parts = {}
	write(value, function(...)
		for _, part in ipairs { ... } do
			parts[#parts + 1] = part
		end
	end, { plain = true, colored = false, columns = 80 })
	return table.concat(parts)
end

describe("an alias", function()
	teardown(function() statement.alias("lacking", nil) end)

	it("stands for its text at the beginning of a line", function()
		assert.is_nil(statement.alias("lacking", "hosts.without"))
		for typed, code in pairs {
			['lacking "replica"'] = 'hosts.without "replica"',
			["  lacking"] = "hosts.without",
			["lacking (1)"] = "hosts.without (1)",
			["lacking {\n1}"] = "hosts.without {\n1}",
			["?lacking"] = "require('adsh.help').about(\"lacking\")",
			["lacking = 1"] = "lacking = 1",
			["lacking.x()"] = "lacking.x()",
			["lacking == 1"] = "lacking == 1",
			["lackings 1"] = "lackings 1",
			["print(lacking)"] = "print(lacking)",
		} do
			assert.equal(code, statement.translate(typed), typed)
		end
		assert.same({ { alias = "lacking", means = "hosts.without" } }, statement.aliases())
		statement.alias("lacking", nil)
		assert.equal("lacking", statement.translate "lacking")
	end)

	it("takes no name that has a meaning", function()
		for name, why in pairs { ["end"] = "word of Lua", print = "a name of adsh or Lua", ["a b"] = "one word" } do
			assert.matches(why, statement.alias(name, "x"))
			assert.equal(name, statement.translate(name))
		end
		assert.matches("must be a string", statement.alias("fine", 7))
	end)
end)

describe("plain output", function()
	it("numbers the rows", function()
		local rows = { { a = 1, b = "x" }, { a = 2, b = "y" }, { a = 3, b = "z" } }
		assert.equal("row 1 of 3\na: 1\nb: x\n\nrow 2 of 3\na: 2\nb: y\n\nrow 3 of 3\na: 3\nb: z\n",
			written(rows, require "adsh.format.table".write))
	end)

	it("says a matrix in sentences", function()
		local m = { hosts = { "H1", "H2", "H3" }, cells = { { ".", "A", "A" }, { "-", ".", "-" }, { "A", "-", "." } },
			{ how = "any" }, { how = "any" }, { how = "missing" }, { how = "missing" }, { how = "any" }, { how = "missing" } }
		local words = require "adsh.matrix".words
		assert.equal(("H1, %s: H2, H3\nH2, %s: H1, H3\nH3, %s: H1\nH3, %s: H2\n"
			.. "3 of 6 pairs may delegate, 3 may not\n"):format(words.A, words["-"], words.A, words["-"]),
			written(m, crosstab.write))
	end)

	it("has no colours, whatever else says so", function()
		options.color, options.plain = "always", true
		assert.is_false(output.is_colored { stdout = true })
		options.plain = nil
		assert.is_true(output.is_colored { stdout = true })
		options.color = nil
	end)
end)
