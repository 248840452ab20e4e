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
		assert.matches("without a valid", lines.change, 1, true)
		assert.matches("without a valid", lines.edit, 1, true)
		assert.equal("0", lines.made)
	end)

	it("takes a change without a kind, as adsh before there were kinds listed it, and judges it", function()
		local lines = run [[
			local p = plan(function() end)
			local h = directory.current():get("host03", { attributes = { "objectGUID" } })
			p:restore(directory.current(), { dn = h.dn, guid = h.objectGUID, label = "HOST03$", edits = { {
				attribute = "userAccountControl", syntax = "bits", before = { "4096" }, after = { "528384" } } } })
			print("kind", p:changes()[1].kind)
			try("apply", p.apply, p)
			try("nothing", p.restore, p, directory.current(), {})
		]]
		assert.equal("attributes", lines.kind)
		assert.matches("unconstrained delegation", lines.apply, 1, true)
		assert.matches("without a valid", lines.nothing, 1, true)
		assert.equal(4096, uac "HOST03$")
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

describe("a directory", function()
	before_each(function() lab.reset "HOST03$" end)
	teardown(function() lab.reset "HOST03$" end)

	it("that a hook closes while a verb uses it fails the verb", function()
		local lines = run [[
			local d = connect { domain = "alpha.test" }
			local called = 0
			require "adsh.sid_names".home = function()
				called = called + 1
				d:close()
				getmetatable(d).__gc(d)
				directory.current(connect { domain = "alpha.test" })
				d = nil
				collectgarbage()
				collectgarbage()
			end
			try("verb", delegation.allow_from, "host03", "S-1-5-21-1-2-3-1105")
			print("called", called)
		]]
		assert.matches("is closed", lines.verb, 1, true)
		assert.equal("1", lines.called)
		assert.is_nil(lab.account("HOST03$", "cn")["msDS-AllowedToActOnBehalfOfOtherIdentity"])
	end)

	it("that a hook gives and forgets lives until the verb ends", function()
		local lines = run([[
			require "adsh.sid_names".home = function()
				collectgarbage()
				return connect { domain = "alpha.test" }
			end
			for i = 1, 4 do
				try("verb" .. i, delegation.allow_from, "host03", { "S-1-5-21-1-2-3-110" .. i, "S-1-5-21-4-5-6-110" .. i })
			end
		]], { "--allow-protected" }) -- nobody can tell who those sources are
		for i = 1, 4 do
			assert.equal("done", lines["verb" .. i])
		end
	end)

	it("is not taken away under names that are looked up together", function()
		local lines = run [[
			local d = connect { domain = "alpha.test" }
			local names = {}
			for i = 1, 9 do names[i] = "host0" .. i end
			names[10] = "user@other.suffix"
			require "adsh.directory".of_known = function()
				for i = 1, 10 do names[i] = nil end
				getmetatable(d).__gc(d)
				collectgarbage()
				for i = 1, 1000 do local _ = ("x"):rep(i) .. i end
				collectgarbage()
			end
			try("verb", delegation.allow_from, "host03", names)
			print("left", #names)
		]]
		assert.matches("user@other.suffix", lines.verb, 1, true)
		assert.equal("0", lines.left)
	end)

	it("can be closed inside a loop over what it finds, and after it", function()
		local lines = run [[
			local n, d = 0, connect { domain = "alpha.test" }
			try("closed", function()
				for _ in d:search { filter = "(objectClass=*)", page = 2 } do
					n = n + 1
					if n == 3 then d:close() end
				end
			end)
			local box
			d, n = connect { domain = "alpha.test" }, 0
			try("finalized", function()
				local it
				it, box = d:search { filter = "(objectClass=computer)", page = 2 }
				getmetatable(d).__gc(d)
				for _ in it do n = n + 1 end
			end)
			print("found", n > 3, box:count() == n, box:requests() > 1)
			getmetatable(box).__gc(box)
			getmetatable(box).__close(box)
			print("after", box:count() == n, tostring(d))
			try("whoami", d.whoami, d)
		]]
		assert.matches("is closed", lines.closed, 1, true)
		assert.equal("done", lines.finalized)
		assert.equal("true\ttrue\ttrue", lines.found)
		assert.equal("true\tdirectory: closed", lines.after)
		assert.matches("this directory is closed", lines.whoami, 1, true)
	end)

	it("is not read twice at a time: by a loop and by a finalizer inside it", function()
		local lines = run [[
			local d = connect { domain = "alpha.test" }
			local expected = 0
			for _ in d:search { filter = "(objectClass=*)" } do expected = expected + 1 end
			local it, box = d:search { filter = "(objectClass=*)", page = 7 }
			local refused, taken, ready = 0, 0, true
			local function trap()
				setmetatable({}, { __gc = function()
					if not ready then return end
					local ok, e = pcall(it)
					refused, taken = refused + (ok and 0 or 1), taken + (ok and e and 1 or 0)
					trap()
				end })
			end
			trap()
			collectgarbage("incremental", 1, 1000, 1)
			local n = 0
			for e in it do n = n + (e.dn ~= "" and 1 or 0) end
			ready = false
			print("all", n + taken == expected, box:count() == expected)
		]]
		assert.equal("true\ttrue", lines.all)
	end)
end)

describe("options", function()
	it("are taken out of __index once, and held", function()
		local lines = run [[
			local function made(map)
				return setmetatable({}, { __index = function(_, key)
					for i = 1, 300 do local _ = ("x"):rep(i) .. i end
					collectgarbage()
					return map[key] and map[key]()
				end })
			end
			local options = made {
				filter = function() return "(sAMAccountName=host0" .. 1 .. "$)" end,
				base = function() return "DC=alpha,DC=" .. ("test") end,
				scope = function() return "sub" .. ("tree") end,
				attributes = function() return { "c" .. ("n") } end,
			}
			local d = directory.current()
			print("found", #d:find(options), d:find(options)[1].cn)
			local n = 0
			for e in d:search(options) do n = n + #e.cn end
			print("searched", n)
			print("got", d:get("host01", made { attributes = function() return { "c" .. ("n") } end }).cn)
		]]
		assert.equal("1\tHOST01", lines.found)
		assert.equal("1", lines.searched)
		assert.equal("HOST01", lines.got)
	end)

	it("stay as they were given while a hook changes their table", function()
		local lines = run [[
			local d = connect { domain = "alpha.test" }
			local options = { mode = ("a"):rep(1) .. ("ny"):rep(1) }
			require "adsh.directory".of_known = function()
				options.mode = nil
				for i = 1, 1000 do local _ = ("x"):rep(i) .. i end
				collectgarbage()
			end
			try("verb", delegation.allow, "user@other.suffix", "cifs/x", options)
			print("left", options.mode)
		]]
		assert.matches("no object 'user@other.suffix'", lines.verb, 1, true)
		assert.equal("nil", lines.left)
	end)

	it("of a search are numbers within their range", function()
		local lines = run [[
			local d = directory.current()
			for _, key in ipairs { "limit", "page", "sd_flags", "timeout" } do
				for i, bad in ipairs { math.maxinteger, math.mininteger, -7, 0x100000001, 1.5 } do
					try(key .. i, d.search, d, { [key] = bad })
					if key ~= "page" then try(key .. "f" .. i, d.find, d, { [key] = bad }) end
				end
			end
			try("seconds", d.find, d, { timeout = 2147484 }) -- times 1000: no int
			try("day", d.find, d, { timeout = 86400, limit = 1 })
		]]
		for _, key in ipairs { "limit", "page", "sd_flags", "timeout" } do
			for i = 1, 5 do
				assert.matches("must be a whole number from", lines[key .. i], 1, true)
				if key ~= "page" then
					assert.matches("must be a whole number from", lines[key .. "f" .. i], 1, true)
				end
			end
		end
		assert.matches("option 'timeout' must be a whole number from 0 to 86400", lines.seconds, 1, true)
		assert.equal("done", lines.day)
	end)

	it("and names that are deep, long or have a zero byte are refused, or looked for as they are", function()
		local lines = run [[
			local d = directory.current()
			try("deep", d.find, d, { filter = ("(!"):rep(50000) .. "(cn=x)" .. (")"):rep(50000) })
			try("zero", d.find, d, { filter = "(cn=HOST01)\0(cn=x)" })
			try("name", d.get, d, "host01\0x")
			try("account", delegation.get, "host01\0x")
			try("target", delegation.allow, "host01", "cifs/x\0y")
			try("source", delegation.allow_from, "host03", { "host01", "host02\0x" })
			try("huge", d.find, d, { filter = "(cn=" .. ("B"):rep(1 << 20) .. ")" })
			try("huge_name", d.get, d, ("A"):rep(1 << 20))
			try("long", d.find, d, { filter = "(cn=" .. ("B"):rep(70000) .. ")" })
		]]
		assert.matches("too deep", lines.deep, 1, true)
		for _, name in ipairs { "zero", "name", "account", "target", "source" } do
			assert.matches("zero byte", lines[name], 1, true)
		end
		assert.matches("larger than the 256000 bytes", lines.huge, 1, true)
		assert.matches("larger than the 256000 bytes", lines.huge_name, 1, true)
		assert.equal("done", lines.long)
	end)
end)

describe("changes from outside", function()
	it("may be anything: plans that are made of them never break", function()
		local seed = os.getenv "ADSH_SEED" or tostring(os.time())
		local seconds = tonumber(os.getenv "ADSH_ROUNDS" or "") and "60" or "3"
		local status, out, err = lab.adsh { "--yes", "tests/ad/random_changes.lua", seed, seconds }
		assert.equal(0, status, ("seed %s: %s%s"):format(seed, out, err))
		local rounds, taken = out:match "(%d+) rounds, (%d+) changes taken"
		assert.is_true(tonumber(rounds) > 20, out)
		assert.is_true(tonumber(taken) > 10, out)
	end)
end)
