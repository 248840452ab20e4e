-- Lua code that runs in the middle of something cannot break it. What needs no server is here.
local core = require "adsh.core.plan"
local plan = require "adsh.plan"

describe("the current plan", function()
	it("is one only while the function runs", function()
		local inside
		local p = plan(function() inside = core.current() end)
		assert.equal(p, inside)
		assert.is_nil(core.current())
	end)

	it("is none after an error", function()
		assert.has_error(function() plan(function() error("boom", 0) end) end, "boom")
		assert.is_nil(core.current())
	end)

	it("is put aside while its function waits, and is there again when it goes on", function()
		local seen = {}
		local co = coroutine.create(function()
			plan(function()
				local mine = core.current()
				seen[1] = coroutine.yield(mine, "a second value")
				seen[2] = core.current() == mine
			end)
			return "end"
		end)
		local _, mine, second = coroutine.resume(co)
		assert.equal("a second value", second)
		assert.truthy(mine)
		assert.is_nil(core.current())
		assert.same({ true, "end" }, { coroutine.resume(co, "back") })
		assert.same({ "back", true }, seen)
		assert.is_nil(core.current())
	end)

	it("is the inner one's while coroutines take turns", function()
		local function turn(log)
			return coroutine.wrap(function()
				plan(function()
					local mine = core.current()
					for _ = 1, 3 do
						log[#log + 1] = core.current() == mine
						coroutine.yield()
					end
				end)
			end)
		end
		local log = {}
		local a, b = turn(log), turn(log)
		local outer = plan(function()
			local mine = core.current()
			for _ = 1, 3 do
				a() b()
				log[#log + 1] = core.current() == mine
			end
		end)
		assert.truthy(outer)
		assert.same({ true, true, true, true, true, true, true, true, true }, log)
	end)

	it("is current for what its function closes in the end, and for nobody when it is left", function()
		local seen
		local function body()
			local mine = core.current()
			local _ <close> = setmetatable({}, { __close = function() seen = core.current() == mine end })
			coroutine.yield()
			error "boom"
		end
		local co = coroutine.create(function() plan(body) end)
		coroutine.resume(co)
		coroutine.close(co)
		assert.is_true(seen)
		assert.is_nil(core.current())
		seen = nil
		co = coroutine.create(function() plan(body) end)
		coroutine.resume(co)
		assert.is_false(coroutine.resume(co))
		assert.is_true(seen)
		assert.is_nil(core.current())
	end)

	it("cannot be set by a coroutine", function()
		local co = coroutine.create(function() core.current(core.new()) end)
		local ok, message = coroutine.resume(co)
		assert.is_false(ok)
		assert.matches("a coroutine cannot set the current plan", message, 1, true)
		assert.is_nil(core.current())
	end)

	it("is a plan or false", function()
		for _, bad in ipairs { true, 5, "plan", {}, io.stdout } do
			assert.has_error(function() core.current(bad) end)
		end
		assert.is_nil(core.current())
	end)

	it("that is applied inside plan(f) collects into that", function()
		local q = core.new()
		plan(function()
			assert.is_true(q:apply().planned)
			assert.is_true(core.current():apply().planned)
		end)
	end)
end)
