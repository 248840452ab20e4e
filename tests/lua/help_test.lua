-- help(): every public name has a line, and what it says is found under its name.
local globals = require "adsh.globals"
local help = require "adsh.help"

local function entries_by_name()
	local byname = {}
	for _, entry in ipairs(help.entries()) do
		byname[entry.name] = entry
	end
	return byname
end

describe("help", function()
	it("covers every public function", function()
		local byname = entries_by_name()
		for _, noun in ipairs(globals.names()) do
			local module = globals.load(noun)
			if type(module) == "function" then
				assert.is_truthy(byname[noun], "no help line for " .. noun)
			end
			for name, f in pairs(type(module) == "table" and module or {}) do
				if type(f) == "function" and not byname[help.name_of(f)] then
					assert.is_truthy(byname[noun .. "." .. name], "no help line for " .. noun .. "." .. name)
				end
			end
		end
	end)

	it("is one sentence for each", function()
		for _, entry in ipairs(help.entries()) do
			assert.is_truthy(entry.usage:find "^[%w_.:]+[({].*[)}]$", entry.name .. ": arguments in parentheses")
			assert.is_truthy(entry.sentence:find "%.$", entry.name .. ": a sentence with a full stop")
		end
	end)

	it("finds a function by name, by last part, by value", function()
		assert.is_truthy(help.text("show"):find("show(value[, format])", 1, true))
		assert.equal(help.text "show.ordered", help.text "ordered")
		assert.equal(help.text "show", help.text(require "adsh.show"))
		assert.equal(help.text "show.ordered", help.text(require "adsh.show".ordered))
	end)

	it("suggests names for a wrong one", function()
		assert.is_truthy(help.text("sohw"):find "did you mean show")
		assert.is_truthy(help.text("zzzzzzzz"):find "help%(%) lists")
		assert.same({ "delegation" }, help.suggest("delgation", { "spn", "delegation", "connect" }))
	end)

	it("stays inside 80 columns", function()
		for line in help.text():gmatch "[^\n]+" do
			assert.is_true(#line <= 79, line)
		end
	end)
end)
