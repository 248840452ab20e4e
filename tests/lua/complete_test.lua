-- Completion without a directory: what the cursor is in, and what fits there.
local complete = require "adsh.complete"
local context = require "adsh.completion.context"
local session = require "adsh.session"

-- The candidates at the end of a line, with the word cut as readline does it.
local function words(line)
	local quotes = select(2, line:gsub('\\.', ""):gsub('"', ""))
	local first = quotes % 2 == 1 and line:match '.*()"' or line:match "^.*()[%s=;|&{}(),+*/%%^~#%[%]?!-]" or 0
	return complete.words(line, first, #line)
end

local function has(list, word)
	for _, one in ipairs(list) do
		if one == word then
			return true
		end
	end
	return false
end

describe("the context of a value", function()
	it("is the call, the argument and the field", function()
		for code, wanted in pairs {
			['delegation.inbound '] = { call = "delegation.inbound", argument = 1 },
			['delegation.allow("a", '] = { call = "delegation.allow", argument = 2 },
			['delegation.allow("a(,{", {1, 2}, '] = { call = "delegation.allow", argument = 3 },
			['x = run.replica{group = '] = { call = "run.replica", argument = 1, key = "group", in_table = true },
			['run.replica{"a", '] = { call = "run.replica", argument = 1, in_table = true },
			['delegation.allow(a, b, {mode = '] = { call = "delegation.allow", argument = 3, key = "mode", in_table = true },
			['f(g(1), h{2}, '] = { call = "f", argument = 3 },
			['f(x -- , (\n, '] = { call = "f", argument = 2 },
			['d:get '] = { call = "d:get", argument = 1 },
		} do
			assert.same(wanted, context.of(code), code)
		end
	end)

	it("is nothing outside a call", function()
		for _, code in ipairs { "", "x = ", "return ", "f(1) .. ", "t[" } do
			assert.is_nil(context.of(code), code)
		end
	end)
end)

describe("completion", function()
	it("knows keywords, globals and fields of live values, also by index", function()
		assert.same({ "while" }, words "whil")
		assert.same({ "delegation" }, words "deleg")
		assert.same({}, words "plan.continue_r") -- internal
		assert.is_true(has(words "string.re", "string.rep("))
		rawset(session.environment, "things", { { colour = 1, collar = {} } })
		assert.same({ ".collar", ".colour" }, complete.words("things[1].col", 9, 13))
	end)

	it("knows the words of one's own, at the beginning of a line", function()
		local shell = require "adsh.shell"
		shell.alias("lackwork", "hosts.without")
		assert.same({ "lackwork" }, words "lackw")
		assert.same({}, words "x = lackw")
		shell.alias "lackwork"
		assert.same({}, words "lackw")
	end)

	it("takes what is in long brackets as it is", function()
		for _, code in ipairs { "help [[delegation.inb", "help [==[delegation.inb" } do
			assert.same({ "delegation.inbound" }, complete.words(code, #code - 14, #code), code)
		end
		assert.same({}, complete.words("help [[x]] .. delegation.", 7, 25))
		assert.same({ call = "f", argument = 2 }, context.of "f([[(,\"]], ")
		assert.is_nil(context.of "f [=[ ]] ]=]")
	end)

	it("runs no code of the user's", function()
		local called = false
		local trap = setmetatable({}, { __index = function() called = true end, __pairs = function() called = true end,
			__len = function() called = true end })
		rawset(session.environment, "trap", trap)
		words "trap."
		words "trap.x.y"
		words "trap:"
		assert.is_false(called)
	end)

	it("knows options and their values, of functions and recipes", function()
		assert.same({ "mode=" }, words "delegation.allow(a, b, {")
		assert.same({ "group=" }, words "run.live_migration{gr")
		assert.same({ "any", "kerberos" }, words 'run.live_migration{protocol="')
		assert.is_true(has(words 'delegation.set_mode(x, "', "unconstrained"))
		assert.same({ "live-migration" }, words 'hosts.without "li')
		assert.same({ "csv", "json", "ldif", "table" }, words 'show(x, "')
	end)

	it("knows service classes, topics and files", function()
		local found, goes_on = words 'delegation.allow("h", "ci'
		assert.same({ "cifs/" }, found)
		assert.is_true(goes_on)
		assert.is_true(has(words 'help "delegation.al', "delegation.allow"))
		assert.same({ "README.md" }, words 'save(x, "READ')
	end)

	it("gives what is behind a character that ends words elsewhere", function()
		local line = 'save(x, "(READ'
		assert.same({}, (complete.words(line, #line - 4, #line)))
		line = 'save(x, "./READ'
		assert.same({ "READ" }, { ((complete.words(line, #line - 4, #line))[1] or ""):sub(1, 4) })
	end)

	it("offers nothing in other strings, and each candidate once", function()
		assert.same({}, words 'print("del')
		local seen = {}
		for _, word in ipairs(words 'help "d') do
			assert.is_nil(seen[word], word)
			seen[word] = true
		end
	end)

	it("lists a few words beside each candidate where there is room", function()
		local list = complete.list(words "delegation.allow", 100, 30)
		assert.is_truthy(list:find "allow%( +The source may delegate")
		for line in list:gmatch "[^\n]+" do
			assert.is_true(#line < 100)
		end
		local short = complete.list(words "", 100, 10)
		assert.is_truthy(short:find "and %d+ more\n$")
		assert.is_true(select(2, short:gsub("\n", "")) <= 10)
	end)
end)

describe("help at the cursor", function()
	it("is about the call that is open, else about the name", function()
		for line, name in pairs {
			['delegation.allow("host01", '] = "delegation.allow", ['show({1, 2}'] = "show", ["x = spn.list"] = "spn.list",
			['connect({user = "x"'] = "connect", ["f(show(1), delegation.get("] = "delegation.get",
		} do
			assert.is_truthy((complete.help_at(line, #line) or ""):find(name, 1, true), line)
		end
		assert.is_nil(complete.help_at("", 0))
	end)
end)
