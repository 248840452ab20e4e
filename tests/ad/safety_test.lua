-- Lua code that runs in the middle of something cannot break it: in a confirmation, in a hook, in a finalizer.
-- make check runs this under the sanitizers, which see what is used after it was freed.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local TARGET = "cifs/host02.alpha.test"
local UNCONSTRAINED = 0x80000 -- MS-ADTS 2.2.16: TRUSTED_FOR_DELEGATION

local function targets(name)
	return lab.account(name, "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"] or {}
end

local function uac(name)
	return tonumber(lab.account(name, "userAccountControl").userAccountControl[1])
end

local PRELUDE = [[
	local core = require "adsh.core.plan"
	local TARGET = "cifs/host02.alpha.test"
	local function try(name, f, ...)
		local ok, err = pcall(f, ...)
		print(name, ok and "done" or tostring(err))
	end
]]

-- Runs a script, which must end well unless another status is expected; gives what it printed: a table of the
-- lines "name TAB text", and the whole.
local function run(text, words, expected)
	local path = lab.file(PRELUDE .. text)
	local list = { "--yes" }
	for _, w in ipairs(words or {}) do
		list[#list + 1] = w
	end
	list[#list + 1] = path
	local status, out, err = lab.adsh(list)
	os.remove(path)
	assert.equal(expected or 0, status, out .. err)
	local lines = {}
	for name, rest in out:gmatch "([^\t\n]+)\t([^\n]*)" do
		lines[name] = rest
	end
	return lines, out .. err
end

-- The same at a terminal, where it is asked for: io.read, which gives the answers, is the script's.
local function run_at_terminal(text)
	local path = lab.file(PRELUDE .. text)
	local status, out, err = lab.at_terminal { path }
	os.remove(path)
	assert.equal(0, status, out .. err)
	local lines = {}
	for name, rest in out:gmatch "([^\t\n]+)\t([^\r\n]*)" do
		lines[name] = rest
	end
	return lines
end

describe("a plan", function()
	before_each(function()
		lab.reset "HOST01$"
		lab.reset "HOST03$"
	end)
	teardown(function()
		lab.reset "HOST01$"
		lab.reset "HOST03$"
	end)

	for what, before in pairs { ["the question about a plan"] = "", ["the question about widening"] = "ask(false)" } do
		it("can be read in " .. what .. ", but not changed, freed or written", function()
			local lines = run_at_terminal(before .. [[
				local p = plan(function() delegation.set_mode("host03", "unconstrained") end)
				function io.read()
					print ""
					try("keep", p.keep, p, {})
					try("gc", getmetatable(p).__gc, p)
					try("close", function() local q <close> = p end)
					try("apply", p.apply, p)
					try("check", p.check, p)
					try("restore", p.restore, p, directory.current(), p:changes()[1])
					try("verb", delegation.allow, "host01", TARGET)
					try("gate", core.gate, { read_only = false })
					print("seen", #p:changes(), p:count())
					collectgarbage()
					return "y"
				end
				try("written", p.apply, p)
				print("state", p:changes()[1].state)
			]])
			for _, name in ipairs { "keep", "gc", "close", "apply", "check", "restore" } do
				assert.matches("the plan is in use", lines[name], 1, true)
			end
			assert.matches("while a question about another one is open", lines.verb, 1, true)
			assert.matches("cannot be changed while a question", lines.gate, 1, true)
			assert.equal("1\t1", lines.seen)
			assert.equal("done", lines.written)
			assert.equal("done", lines.state)
			assert.equal(UNCONSTRAINED, uac "HOST03$" & UNCONSTRAINED)
			assert.same({}, targets "HOST01$")
		end)

		it("takes an error in " .. what .. " for a no", function()
			local lines = run_at_terminal(before .. [[
				function io.read() print "" error(setmetatable({}, { __tostring = error })) end
				try("written", delegation.set_mode, "host03", "unconstrained")
			]])
			assert.matches("not confirmed", lines.written, 1, true)
			assert.equal(4096, uac "HOST03$")
		end)
	end

	it("is not changed by a finalizer while it is read or filled", function()
		local lines = run [[
			local many = {}
			for i = 1, 40 do many[i] = "cifs/safety" .. i .. ".alpha.test" end
			local p = plan(function()
				for i = 1, 8 do delegation.allow("host0" .. i, many) end
			end)
			local refused, passed, ready = 0, 0, true
			local function trap()
				setmetatable({}, { __gc = function()
					if not ready then return end
					local ok = pcall(p.keep, p, { true, true, true, true, true, true, true, true })
					refused, passed = refused + (ok and 0 or 1), passed + (ok and 1 or 0)
					trap()
				end })
			end
			trap()
			collectgarbage("incremental", 1, 1000, 1)
			local bad, list = 0, nil
			for _ = 1, 60 do
				list = p:changes()
				for _, c in ipairs(list) do bad = bad + (#c.edits[1].add == 40 and 0 or 1) end
				bad = bad + math.abs(#list - 8)
			end
			local q = p
			p = core.new()
			for i = 1, 8 do p:restore(directory.current(), list[i]) end
			ready = false
			print("bad", bad, p:count(), q:count())
			print("refused", refused > 0)
		]]
		assert.equal("0\t8\t8", lines.bad)
		assert.equal("true", lines.refused)
	end)

	it("is not made of what __index makes up", function()
		local lines = run [[
			local p, made = core.new(), 0
			local function up(t)
				return setmetatable({}, { __index = function(_, key)
					made = made + 1
					p:keep {}
					collectgarbage()
					return t[key]
				end })
			end
			local edit = { attribute = "description", syntax = "exact", before = {}, after = { ("x"):rep(100) } }
			local dn = "CN=HOST01,OU=Hosts,DC=alpha,DC=test"
			try("change", p.restore, p, directory.current(), up { dn = dn, label = "HOST01$", edits = { edit } })
			try("edit", p.restore, p, directory.current(), { dn = dn, label = "HOST01$", edits = { up(edit) } })
			print("made", made)
		]]
		assert.matches("without a good", lines.change, 1, true)
		assert.matches("without a good", lines.edit, 1, true)
		assert.equal("0", lines.made)
	end)

	it("that is applied inside plan(f) is written with that", function()
		local lines = run [[
			local outer = plan(function()
				local inner = plan(function() delegation.allow("host01", TARGET) end)
				inner:apply()
				print("inner", inner:count(), core.current():count())
				try("itself", function() core.current():apply() end)
			end)
			print("before", #delegation.get("host01").targets)
			outer:apply()
			print("after", #delegation.get("host01").targets)
		]]
		assert.equal("0\t1", lines.inner)
		assert.equal("done", lines.itself)
		assert.equal("0", lines.before)
		assert.equal("1", lines.after)
		assert.same({ TARGET }, targets "HOST01$")
	end)

	it("ends with the coroutine that makes it: the next write is one", function()
		run [[
			local co = coroutine.wrap(function()
				plan(function()
					delegation.allow("host03", TARGET)
					coroutine.yield()
				end)
			end)
			co()
			delegation.allow("host01", TARGET)
		]]
		assert.same({ TARGET }, targets "HOST01$")
		assert.same({}, targets "HOST03$")
	end)

	it("of a dry run stays what it is, whatever is done with it", function()
		local lines = run([[
			delegation.allow("host01", TARGET)
			delegation.allow("host03", TARGET)
			local c = core.collected()
			try("itself", c.apply, c)
			getmetatable(c).__gc(c)
			do local d <close> = c end
			collectgarbage()
			print("count", c:count(), core.collected():count(), #c:changes())
		]], { "--dry-run" }, 4)
		assert.equal("done", lines.itself)
		assert.equal("2\t2\t2", lines.count)
	end)

	it("that is closed raises where it is used", function()
		local lines = run [[
			local p = core.new()
			core.current(p)
			getmetatable(p).__gc(p)
			try("verb", delegation.allow, "host01", TARGET)
			core.current(false)
			try("count", p.count, p)
			try("apply", p.apply, p)
		]]
		for _, name in ipairs { "verb", "count", "apply" } do
			assert.matches("the plan is closed", lines[name], 1, true)
		end
		assert.same({}, targets "HOST01$")
	end)
end)
