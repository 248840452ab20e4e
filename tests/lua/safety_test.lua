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

describe("numbers of options", function()
	it("are whole ones within their range", function()
		local krb5, policy = require "adsh.core.krb5", require "adsh.core.policy"
		local directory = require "adsh.core.directory"
		local cases = {
			{ core.gate, "window" }, { core.gate, "max_changes" }, { core.gate, "value_budget" },
			{ policy.tighten, "max_changes" }, { policy.tighten, "forbidden" }, { krb5.login, "timeout" },
			{ directory.connect, "timeout" }, { directory.connect, "connect_timeout" },
		}
		for _, case in ipairs(cases) do
			for _, bad in ipairs { -1, math.mininteger, 0.5, 1 / 0, 0 / 0, 2 ^ 63 } do
				local ok, message = pcall(case[1], { [case[2]] = bad })
				assert.is_false(ok, case[2])
				assert.matches("option '" .. case[2] .. "' must be a whole number from 0 to", message, 1, true)
			end
		end
	end)

	it("are not so large that what is computed from them wraps", function()
		for _, case in ipairs { { core.gate, "window" }, { require "adsh.core.policy".tighten, "forbidden" },
			{ require "adsh.core.krb5".login, "timeout" } } do
			for _, bad in ipairs { math.maxinteger, 0x100000001, 0x2000000000000001 } do -- 32 bits; times 8
				assert.has_error(function() case[1] { [case[2]] = bad } end)
			end
		end
		-- INT_MAX seconds, times 1000, are no int
		assert.has_error(function() require "adsh.core.krb5".login { timeout = 2147483 } end)
	end)
end)

describe("arguments", function()
	local codec, text = require "adsh.core.codec", require "adsh.core.text"

	it("with a zero byte in them are refused where text is wanted", function()
		local krb5 = require "adsh.core.krb5"
		assert.has_error(function() krb5.login { user = "host01\0x" } end, "option 'user' contains a zero byte")
		for _, f in ipairs { codec.check_filter, codec.wellknown, codec.sd, codec.uac_bit, krb5.cache_of } do
			local ok, message = pcall(f, "S-1-1-0\0x")
			assert.is_false(ok)
			assert.matches("zero byte", message, 1, true)
		end
		assert.has_error(function() codec.sid "S-1-1-0\0x" end)
		assert.equal("a\\x00b", text.escape "a\0b") -- bytes stay bytes
	end)

	it("that are lists have a length that can be meant", function()
		local list = { "S-1-1-0", "S-1-1-0", "S-1-1-0", "S-1-1-0" }
		list[5], list[9] = "S-1-1-0", "S-1-1-0"
		for i = 3, 60 do -- the border is where a search by doubling ends
			list[1 << i] = "S-1-1-0"
		end
		assert.is_true(#list > 1 << 24)
		local right = "11111111-2222-3333-4444-555555555555"
		assert.error_matches(function() codec.access("", right, list) end, "too long")
	end)
end)

describe("the text of an error", function()
	it("is whole, whatever its length", function()
		local failure = require "adsh.failure"
		for n = 900, 1100 do -- a luaL_Buffer grows at 1024
			local err = setmetatable({ op = "op", dn = "dn", message = ("m"):rep(n), hint = "hint" },
				getmetatable(failure("failed", "x")))
			assert.equal(("op dn: %s\n  hint: hint"):format(("m"):rep(n)), tostring(err))
		end
	end)

	it("leaves out what is no text, and runs no code", function()
		local mt = getmetatable(require "adsh.failure"("failed", "x"))
		assert.equal("message", tostring(setmetatable({ op = 5, dn = {}, message = "message" }, mt)))
		assert.equal("", tostring(setmetatable({}, mt)))
		assert.equal("dn: message", tostring(setmetatable({ dn = "dn", message = "message" }, mt)))
	end)
end)

describe("the end of the program", function()
	it("makes nothing any more that would never be finalized", function()
		local path = os.tmpname()
		local f <close> = assert(io.open(path, "w"))
		f:write [[
			local escape, new = require "adsh.core.codec".escape, require "adsh.core.plan".new
			setmetatable({}, { __gc = function()
				print(pcall(escape, "x"))
				print(pcall(new))
			end })
			collectgarbage "stop"
		]]
		f:close()
		local run <close> = assert(io.popen(("%s %s 2>&1"):format(os.getenv "ADSH" or "./adsh", path)))
		assert.equal("false\tthe program is ending\nfalse\tthe program is ending\n", run:read "a")
		os.remove(path)
	end)
end)

describe("the standard libraries", function()
	it("load text only: bytes that no compiler made would run as they are", function()
		local bytes = string.dump(function() return 1 end)
		local path = os.tmpname()
		local f = assert(io.open(path, "wb"))
		f:write(bytes)
		f:close()
		for _, mode in ipairs { "t", "bt" } do
			local chunk, message = load(bytes, "x", mode)
			assert.is_nil(chunk)
			assert.matches("binary chunk", message, 1, true)
			assert.is_nil((loadfile(path, mode)))
		end
		assert.is_nil((load(bytes)))
		assert.is_nil((loadfile(path)))
		assert.is_nil((load(function() local b = bytes bytes = nil return b end)))
		assert.has_error(function() load("return 1", "x", "b") end)
		assert.error_matches(function() dofile(path) end, "binary chunk")
		os.remove(path)
	end)

	it("load text as ever", function()
		local path = os.tmpname()
		local f = assert(io.open(path, "w"))
		f:write "local a = ... return a or y or 'file', coroutine.isyieldable()"
		f:close()
		assert.equal(3, load("return ... + x", "name", "t", { x = 1 })(2))
		assert.equal(7, load("return x", nil, nil, { x = 7 })())
		assert.is_nil(load("return x", "name", "t", nil) and pcall(load("return x", "name", "t", nil)) or nil)
		assert.matches("^%[string \"no\"%]:1:", select(2, load("x x", "no")))
		assert.equal("env", loadfile(path, "t", { y = "env", coroutine = coroutine })())
		assert.equal("file", (dofile(path)))
		assert.is_true(select(2, coroutine.wrap(function() return dofile(path) end)()))
		os.remove(path)
	end)

	it("keep C functions and userdata out of the reach of debug", function()
		local it = io.lines("/dev/null")
		assert.is_nil(debug.getupvalue(it, 1))
		assert.is_nil(debug.setupvalue(it, 1, nil))
		assert.is_nil(debug.getupvalue(require "adsh.core.guard"(print), 1))
		assert.is_nil(debug.getupvalue(debug.getlocal, 1))
		assert.has_error(function() debug.setmetatable(io.stdout, getmetatable(core.new())) end)
		for _, name in ipairs { "getregistry", "getuservalue", "setuservalue" } do
			assert.has_error(function() debug[name](core.new(), 1) end)
		end
		local seen = {}
		table.sort({ 2, 1 }, function(a, b) -- the caller of this function is one of C
			seen[1], seen[2] = debug.getlocal(2, 1)
			seen[3] = debug.setlocal(2, 1, {})
			return a < b
		end)
		assert.same({}, seen)
	end)

	it("let debug look at code of Lua as ever", function()
		local up = 5
		local function f(a)
			local b = a + up
			local name, value = debug.getlocal(1, 2)
			assert.equal("b", debug.setlocal(1, 2, 70))
			return b, name, value
		end
		assert.same({ 70, "b", 6 }, { f(1) })
		assert.equal("a", debug.getlocal(f, 1))
		assert.same({ "up", 5 }, { debug.getupvalue(f, 1) })
		assert.equal("up", debug.setupvalue(f, 1, 9))
		assert.equal(9, up)
		local co = coroutine.create(function(x) coroutine.yield(x) end)
		coroutine.resume(co, "value")
		assert.same({ "x", "value" }, { debug.getlocal(co, 1, 1) })
		assert.equal("table", type(debug.getinfo(1)))
		assert.equal(getmetatable "", debug.getmetatable "")
	end)
end)
