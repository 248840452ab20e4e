-- Plans of many objects, in few lines.
local alike = require "adsh.format.alike"
local colors = require "adsh.format.colors"
local delegation_grid = require "adsh.format.delegation_grid"
local difference = require "adsh.difference"
local names = require "adsh.format.names"
local options = require "adsh.core.options"

local TARGETS = "msDS-AllowedToDelegateTo"

local function without(list, others)
	local has, left = {}, {}
	for _, v in ipairs(others) do
		has[v] = true
	end
	for _, v in ipairs(list) do
		left[#left + 1] = not has[v] and v or nil
	end
	return left
end

local function edit(attribute, before, after, syntax)
	return { attribute = attribute, syntax = syntax or "set", before = before, after = after,
		add = without(after, before), remove = without(before, after) }
end

local function change(label, edits, more)
	local c = { kind = "attributes", label = label, dn = ("CN=%s,OU=Hosts,DC=alpha,DC=test"):format(label), edits = edits,
		domain = "alpha.test" }
	for key, value in pairs(more or {}) do
		c[key] = value
	end
	return c
end

-- The values for hosts of these numbers, "%02d".
local function cifs(numbers)
	local list = {}
	for i, n in ipairs(numbers) do
		list[i] = ("cifs/host%02d.alpha.test"):format(n)
	end
	return list
end

local function upto(n, but)
	local list = {}
	for i = 1, n do
		list[#list + 1] = i ~= but and i or nil
	end
	return list
end

local function pairwise(n)
	local changes = {}
	for i = 1, n do
		changes[i] = change(("HOST%02d$"):format(i), { edit(TARGETS, {}, cifs(upto(n, i))) }, { mode = "any" })
	end
	return changes
end

local function lines_of(changes, verbose)
	return table.concat((difference(changes, verbose)), "\n")
end

describe("names", function()
	it("that count up are a range", function()
		assert.equal("HOST01-HOST03, HOST05, X9, X10", names.ranges { "HOST01", "HOST02", "HOST03", "HOST05", "X9", "X10" })
		assert.equal("a, X8-X11", names.ranges { "a", "X9", "X10", "X11", "X8" })
		assert.equal("X08, X9, X010", names.ranges { "X010", "X08", "X9" })
	end)

	it("are told by their endings, without cutting a number", function()
		assert.same({ "01", "08", "11" }, (names.endings { "HOST01", "HOST08", "HOST11" }))
		assert.same({ "10", "12" }, (names.endings { "HOST10", "HOST12" }))
		assert.is_nil((names.endings { "HOST", "HOST01" }))
	end)
end)

describe("a plan of many sources", function()
	local HOST04 = change("HOST04$", { edit(TARGETS, {}, cifs(upto(8, 4))),
		edit("userAccountControl", { "4096" }, { "16781312" }, "bits") }, { mode = "any" })
	local HOST07 = change("HOST07$", { edit(TARGETS, cifs { 1, 2, 3, 4, 8 }, cifs { 1, 2, 3, 4, 5, 6, 8 }) },
		{ mode = "any" })

	it("is a grid", function()
		assert.equal([[
rows may delegate to columns: cifs
       01 02 03 04 05 06 07 08        + new   A there (any protocol)   . itself
HOST04  +  +  +  .  +  +  +  +
HOST07  A  A  A  A  +  +  .  A
mode none -> any protocol: HOST04
plan: 2 accounts, 9 values added, 0 removed]], lines_of { HOST04, HOST07 })
	end)

	it("shows what goes, what changes in part and what stays", function()
		local old = { "cifs/HOST01", "cifs/HOST02", "HTTP/HOST02", "cifs/HOST03", "cifs/HOST04" }
		local new = { "HTTP/HOST02", "cifs/HOST03", "cifs/HOST04", "cifs/HOST05" }
		local text = lines_of { change("WEB1$", { edit(TARGETS, old, new) }, { mode = "kerberos" }),
			change("WEB2$", { edit(TARGETS, { "cifs/HOST03" }, {}) }) }
		assert.matches("\nWEB1  %-  ~  K  K  %+\n", text)
		assert.matches("\nWEB2        %-\n", text)
		assert.matches("plan: 2 accounts, 1 value added, 3 removed", text, 1, true)
	end)

	it("has every value with details", function()
		local text = lines_of({ HOST04, HOST07 }, true)
		assert.equal(9, select(2, text:gsub("%+ cifs/host", "")))
		assert.matches("HOST07$  CN=HOST07$,OU=Hosts,DC=alpha,DC=test", text, 1, true)
		assert.matches("userAccountControl: 4096 -> 16781312", text, 1, true)
	end)

	it("says of 60 hosts that are alike what they have in common", function()
		assert.equal([[
rows may delegate to columns: cifs
              01-60        + new
HOST01-HOST60     +
each to the others, not to itself
plan: 60 accounts, 3540 values added, 0 removed]], lines_of(pairwise(60)))
	end)

	it("names no range with a host that is not in it", function()
		local changes, numbers = {}, { 33, 35 }
		for i = 1, 20 do
			numbers[#numbers + 1] = i
		end
		for i, n in ipairs(numbers) do
			changes[i] = change(("HOST%02d$"):format(n), { edit(TARGETS, {}, cifs(without(numbers, { n }))) })
		end
		local text = lines_of(changes)
		assert.matches("\n +01%-20 +33 +35 +%+ new\n", text)
		assert.matches("\n(1) HOST01-HOST20, HOST33, HOST35\n", text, 1, true)
	end)

	it("keeps those apart that differ", function()
		local changes = pairwise(60)
		changes[7].edits[1] = edit(TARGETS, cifs(upto(50, 7)), cifs(upto(60, 7)))
		local text = lines_of(changes)
		local joined, alone = text:match "\n(%d+ accounts %(1%)[^\n]*)\n(HOST07[^\n]*)\n"
		assert.same({ "+", "+", "+", "+" }, { joined:match "(%+) +(%+) +(%+) +(%+)$" })
		assert.same({ "A", ".", "A", "+" }, { alone:match "(A) +(%.) +(A) +(%+)$" })
		assert.matches("\n(1) HOST01-HOST06, HOST08-HOST60\n", text, 1, true)
		assert.matches("01%-06 +07 08%-50 51%-60", text)
	end)

	it("loses no mark of 60 hosts without anything in common, within 80 columns", function()
		math.randomseed(60)
		local changes, n = {}, 0
		for i = 1, 60 do
			local numbers = {}
			for j = 1, 60 do
				numbers[#numbers + 1] = i ~= j and math.random() < 0.5 and j or nil
			end
			n = n + #numbers
			changes[i] = change(("HOST%02d$"):format(i), { edit(TARGETS, {}, cifs(numbers)) })
		end
		local lines, marks = difference(changes), 0
		for _, line in ipairs(lines) do
			assert.is_true(#line <= 80, line)
			marks = marks + select(2, (line:match "^HOST%d+(.*)" or ""):gsub("%+", ""))
		end
		assert.equal(n, marks)
		assert.is_true(#lines <= 70)
	end)

	it("numbers names that have nothing in common, and says whose the numbers are", function()
		local list, changes = { "alpha", "bravo-server-one", "charlie", "delta", "echo", "foxtrot", "golf" }, {}
		for i, name in ipairs(list) do
			list[i] = "cifs/" .. name
			changes[i] = change(name:upper() .. "$", { edit(TARGETS, {}, {}) })
		end
		for _, c in ipairs(changes) do
			c.edits[1] = edit(TARGETS, {}, list)
		end
		local text = lines_of(changes)
		assert.matches("columns: 1=ALPHA, 2=BRAVO%-SERVER%-ONE, 3=CHARLIE, 4=DELTA, 5=ECHO, 6=FOXTROT,\n  7=GOLF", text)
	end)

	it("marks what widens trust in words, with whose it is, and has the colours of a matrix", function()
		HOST04.widens, HOST04.why = true, "because"
		local lines = difference { HOST04, HOST07 }
		HOST04.widens, HOST04.why = nil, nil
		local text = table.concat(lines, "\n")
		assert.matches("\n  ! WIDENS TRUST on HOST04: because\n", text, 1, true)
		assert.matches("trust widened on 1", text, 1, true)
		local function painted(colored, columns)
			local list = {}
			colors.each(lines, colored, function(line) list[#list + 1] = line end, columns)
			return list
		end
		local plain, colored = painted(false), painted(true)
		for i, line in ipairs(lines) do
			assert.equal(line, plain[i])
			assert.equal(line, (colored[i]:gsub("\27%[[%d;]*m", "")))
			assert.equal(line:find "WIDENS" ~= nil, colored[i]:find("\27[1;31m", 1, true) ~= nil)
		end
		local narrow = table.concat(painted(true, 25), "\n")
		assert.matches("\n\27[1;31m  ! WIDENS TRUST on\n    HOST04: because\27[0m\n", narrow, 1, true)
		assert.equal("HOST07  \27[32mA  A  A  A\27[0m  \27[1;32m+  +\27[0m  \27[2m.\27[0m  \27[32mA\27[0m", colored[4])
	end)

	it("is said in sentences to who hears it", function()
		options.plain = true
		local text = lines_of { HOST04, HOST07 }
		options.plain = nil
		assert.matches("HOST04, new: HOST01-HOST03, HOST05-HOST08\n", text, 1, true)
		assert.matches("HOST07, there (any protocol): HOST01-HOST04, HOST08\n", text, 1, true)
	end)

	it("is in words where few names are concerned, or one is about more than delegation", function()
		assert.matches("HOST01$  CN=HOST01$", lines_of(pairwise(3)), 1, true)
		local other = change("HOST04$", { edit(TARGETS, {}, cifs(upto(8, 4))),
			edit("userAccountControl", { "4096" }, { "4098" }, "bits") })
		local text = lines_of { HOST07, other }
		assert.matches("+ ACCOUNTDISABLE", text, 1, true)
	end)

	it("is not looked at value by value when it is huge", function()
		local most = delegation_grid.most
		delegation_grid.most = 100
		local text = lines_of(pairwise(20))
		delegation_grid.most = most
		assert.is_nil(text:find "rows may delegate")
		assert.matches("and 8 more accounts", text, 1, true)
	end)

	it("is told by numbers when each has very many values", function()
		local most, changes = delegation_grid.most, {}
		delegation_grid.most = 100
		for i = 1, 5 do
			local numbers = without(upto(1000, i), { i == 5 and 7 or nil }) -- the last one has fewer
			changes[i] = change(("HOST%02d$"):format(i), { edit(TARGETS, {}, cifs(numbers)) })
		end
		local text = lines_of(changes)
		delegation_grid.most = most
		assert.matches("4 accounts in alpha.test: HOST01-HOST04\n  msDS-AllowedToDelegateTo (source may delegate to): "
			.. "gains 999 each (-v shows them)\n", text, 1, true)
		assert.matches("HOST05$  CN=HOST05$", text, 1, true)
	end)

	it("keeps hosts of another domain apart", function()
		local list, _ = delegation_grid.of { change("A1$", { edit(TARGETS, {}, { "cifs/host01", "cifs/host01.beta.test" }) }),
			change("A2$", { edit(TARGETS, {}, cifs { 2, 3 }) }) }
		assert.same({ "HOST01", "host01.beta.test", "HOST02", "HOST03" }, list[1].columns)
	end)
end)

describe("changes that are alike", function()
	local function register(i)
		return change(("HOST%02d$"):format(i), { edit("servicePrincipalName", {},
			{ ("HTTP/HOST%02d"):format(i), ("HTTP/host%02d.alpha.test"):format(i) }) })
	end

	it("are told once, with the object's own name left open", function()
		local changes = {}
		for i = 1, 60 do
			changes[i] = register(i)
		end
		assert.equal([[
60 accounts in alpha.test: HOST01-HOST60
  servicePrincipalName: gains 2
    + HTTP/<name>
    + HTTP/<name>.alpha.test
plan: 60 accounts, 120 values added, 0 removed]], lines_of(changes))
	end)

	it("are not taken in by a value that looks like the object's own name", function()
		local changes = {}
		for i = 1, 4 do
			changes[i] = register(i)
		end
		changes[3].edits[1] = edit("servicePrincipalName", {}, { "HTTP/<name>", "HTTP/host03.alpha.test" })
		assert.equal(2, #alike.groups(changes))
		assert.matches("+ HTTP/<name>\n", lines_of(changes), 1, true)
		assert.matches("3 accounts in alpha.test: HOST01, HOST02, HOST04\n", lines_of(changes), 1, true)
	end)

	it("are not those of which one widens trust, or says something else", function()
		local changes = {}
		for i = 1, 6 do
			changes[i] = register(i)
		end
		changes[2].widens, changes[2].why = true, "because"
		changes[5].edits[1] = edit("servicePrincipalName", {}, { "HTTP/HOST05", "HTTP/host06.alpha.test" })
		local groups = alike.groups(changes)
		assert.same({ 4, 1, 1 }, { #groups[1], #groups[2], #groups[3] })
		local text = lines_of(changes)
		assert.matches("4 accounts in alpha.test: HOST01, HOST03, HOST04, HOST06\n", text, 1, true)
		assert.matches("HOST02$  CN=HOST02$,OU=Hosts,DC=alpha,DC=test\n  ! WIDENS TRUST: because\n", text, 1, true)
		assert.matches("+ HTTP/host06.alpha.test\n", text, 1, true)
	end)
end)
