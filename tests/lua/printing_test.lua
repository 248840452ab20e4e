-- What people see of lists that are too wide or too much alike, and lists as pages.
local markdown = require "adsh.format.markdown"
local output = require "adsh.output"
local printable = require "adsh.format.printable"
local tables = require "adsh.format.table"
local view = require "adsh.format.delegation_view"
local web_table = require "adsh.format.web_table"

local function written(format, v, terminal)
	local parts = {}
	format.write(v, function(...)
		for _, s in ipairs { ... } do
			parts[#parts + 1] = s
		end
	end, terminal or {})
	return table.concat(parts)
end

local WIDE = {
	{ a = "one two three four five six seven", b = "short" },
	{ a = "x", b = ("y"):rep(10) .. " " .. ("y"):rep(10) },
}

describe("what was said already", function()
	it("is shown when it is asked for by its name", function()
		local value = printable.viewed({ a = 1 }, function() end)
		assert.is_nil(printable.view(value))
		printable.ask_for(value)
		assert.equal(value, printable.view(value))
		local seen = printable.viewed({}, function() return "seen" end)
		printable.ask_for(seen)
		assert.equal("seen", printable.view(seen))
	end)

	it("can be gathered, with what show prints in between", function()
		local say, parts = require "adsh.say", {}
		say.gather(function(...) parts[#parts + 1] = table.concat { ... } return true end, function()
			say.out "one"
			require "adsh.show" "two"
			say.out "three\27"
		end)
		assert.equal("one\ntwo\nthree\\x1b\n", table.concat(parts))
	end)
end)

describe("tables", function()
	it("break at words until they fit", function()
		local lines = {}
		for line in written(tables, WIDE, { columns = 40 }):gmatch "[^\n]+" do
			lines[#lines + 1] = line
			assert.is_true(#line <= 40, line)
		end
		assert.same({ "a", "b" }, { lines[1]:match "^(a) +(b)$" })
		assert.equal("one two three four     short", lines[3]:gsub("  +", "     "))
		assert.is_truthy(table.concat(lines, "\n"):find "\nfive six seven")
		local letters = select(2, table.concat(lines, "\n"):gsub("y", ""))
		assert.equal(20, letters)
	end)

	it("break paths and DNs behind slashes and commas", function()
		local rows = {
			{ dn = "CN=HOST01,OU=Servers,OU=Berlin,DC=alpha,DC=test", folder = "System/DomainUpdates/Operations/x" },
		}
		local out = written(tables, rows, { columns = 50 })
		for line in out:gmatch "[^\n]+" do
			assert.is_true(#line <= 50, line)
		end
		assert.is_truthy(out:find "^dn ")
	end)

	it("leave out of blocks what a row does not have", function()
		local rows = printable.ordered({ { a = "x" }, { a = ("y"):rep(40), b = 2 } }, { "a", "b" })
		assert.equal("a: x\n\na: " .. ("y"):rep(40) .. "\nb: 2\n", written(tables, rows, { columns = 20 }))
	end)

	it("become blocks where columns would be too narrow, or when a person wants that", function()
		assert.is_truthy(written(tables, WIDE, { columns = 20 }):find "^a: one two")
		tables.vertical = "on"
		local shown = written(tables, WIDE, { columns = 200 })
		tables.vertical = "auto"
		assert.is_truthy(shown:find "^a: one two")
	end)

	it("have a foot on a terminal only", function()
		local rows = printable.footed({ { a = 1 } }, "1 object")
		assert.is_truthy(written(tables, rows, { stdout = true }):find "1 object\n$")
		assert.is_nil(written(tables, rows, {}):find "object")
	end)
end)

describe("delegation", function()
	local ACCOUNT = {
		account = "HOST01$", dn = "CN=HOST01", mode = "any", sources = {}, conditional = {}, odd_aces = 0, sensitive = true,
		domain_controller = false, protected_user = false,
		targets = {
			"cifs/HOST02", "cifs/host02.alpha.test", "cifs/HOST03", "HTTP/HOST02", "HTTP/HOST03", "MSSQLSvc/db:1433", "odd",
		},
	}

	it("of an account names the hosts behind services, and nothing that is not so", function()
		local seen = view.account(ACCOUNT)
		assert.same({ "cifs, HTTP: HOST02 HOST03", "MSSQLSvc: DB", "odd" }, seen["may delegate to"])
		assert.same({ "sensitive: cannot be delegated" }, seen.notes)
		assert.is_nil(seen["accepts delegation by"])
	end)

	it("of an account with few values shows these", function()
		local few = { account = "A$", mode = "any", sources = {}, targets = { "cifs/HOST02", "cifs/host02.alpha.test" } }
		assert.same(few.targets, view.account(few)["may delegate to"])
	end)

	it("to an account has sources of the same kind in one row", function()
		local rows = {
			{ source = "A$", kind = "any", services = { "cifs/X", "cifs/x.y" } },
			{ source = "B$", kind = "any", services = { "cifs/X" } },
			{ source = "C$", kind = "kerberos", services = { "cifs/X" } },
			{ source = "D$", kind = "unconstrained", services = {} },
		}
		local seen = view.inbound(rows)
		assert.equal(3, #seen)
		assert.equal("A B", seen[1].sources)
		assert.equal("4 accounts", printable.foot(seen))
	end)

	it("is not shown where people have read it already", function()
		local n = 0
		local value = printable.viewed({ changed = 1 }, function() end)
		output.write(value, "table", function() n = n + 1 end)
		assert.equal(0, n)
		output.write(value, "json", function() n = n + 1 end)
		assert.is_true(n > 0)
	end)

	it("is whole for programs", function()
		local parts = {}
		local value = printable.viewed({ account = "HOST01$", odd_aces = 0 }, view.account)
		output.write(value, "json", function(...) parts[#parts + 1] = table.concat { ... } end)
		assert.is_truthy(table.concat(parts):find '"odd_aces":0' or table.concat(parts):find '"odd_aces": 0')
	end)
end)

describe("pages", function()
	local ROWS = printable.ordered({ { name = "a|b", n = 1 }, { name = "<script>", n = { "x", "y" } } }, { "name", "n" })

	it("in Markdown escape what Markdown acts on", function()
		assert.equal("| name | n |\n| --- | --- |\n| a\\|b | 1 |\n| &lt;script> | x<br>y |\n", written(markdown, ROWS))
	end)

	it("in HTML escape what HTML acts on", function()
		local page = written(web_table, ROWS)
		assert.is_truthy(page:find("<td>a|b</td><td>1</td>", 1, true))
		assert.is_truthy(page:find("<td>&lt;script&gt;</td><td>x<br>y</td>", 1, true))
		assert.is_nil(page:find "<script")
	end)
end)

describe("save", function()
	it("takes the format from the end of the name", function()
		local save, path = require "adsh.save", os.tmpname()
		save({ { a = 1 } }, path .. ".csv")
		local f = assert(io.open(path .. ".csv"))
		assert.equal("a\r\n1\r\n", f:read "a")
		f:close()
		os.remove(path .. ".csv")
		os.remove(path)
		assert.has_error(function() save({}, "/tmp/x.pdf") end)
	end)
end)
