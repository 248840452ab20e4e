-- nil, err becomes a raised err; misuse is told at the line of the caller.
local raising = require "adsh.raising"
local strict = require "adsh.strict"

local function new_error()
	return setmetatable({ kind = "failed", message = "no" }, { __name = "adsh.error" })
end

describe("raising", function()
	it("passes results through, also nil without an error", function()
		local module = raising { f = function(...)
			return ...
		end, n = 1 }
		assert.same({ 1, nil, 3 }, { module.f(1, nil, 3) })
		assert.equal(1, module.n)
		assert.is_nil(module.f(nil))
		assert.same({ nil, "text" }, { module.f(nil, "text") })
	end)

	it("tells misuse of a C function at the caller's line", function()
		local module = raising { escape = require "adsh.core.text".escape }
		local ok, message = pcall(function()
			module.escape()
		end)
		assert.is_false(ok)
		assert.matches("raising_test.lua:%d+: bad argument #1 to 'text.escape'", message)
	end)

	it("comes back with try", function()
		local err = new_error()
		local results = { raising.try(function()
			error(err, 0)
		end) }
		assert.equal(err, results[2])
		assert.has_error(function()
			raising.try(error, "bug")
		end, "bug")
		assert.same({ 1, 2 }, { raising.try(function()
			return 1, 2
		end) })
	end)
end)

describe("strict environments", function()
	it("know only what is declared", function()
		local env = strict.environment { known = 1 }
		assert.equal(1, load("return known", "=t", "t", env)())
		assert.has_error(load("return unknown", "=t", "t", env), "undeclared global 'unknown'")
		load("x = 1", "=t", "t", env)()
		assert.equal(1, load("return x", "=t", "t", env)())
		assert.has_error(load("(function() y = 1 end)()", "=t", "t", env),
			"assignment to undeclared global 'y'")
	end)

	it("cannot be added to when sealed", function()
		assert.has_error(load("x = 1", "=t", "t", strict.environment({}, true)))
	end)
end)
