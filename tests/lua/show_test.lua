-- Output formats. Oracles: lua-cjson for JSON, RFC 4180 and RFC 2849 with their examples.
local cjson = require "cjson"
local csv = require "adsh.format.csv"
local tables = require "adsh.format.table"
local json = require "adsh.format.json"
local ldif = require "adsh.format.ldif"
local options = require "adsh.core.options"
local printable = require "adsh.format.printable"

local function written(format, v, terminal)
	local parts = {}
	format.write(v, function(...)
		for _, s in ipairs { ... } do
			parts[#parts + 1] = s
		end
	end, terminal or {})
	return table.concat(parts)
end

local function stream(list)
	return printable.stream(ipairs(list))
end

describe("JSON", function()
	it("is what lua-cjson reads back", function()
		local v = {
			name = 'quote " slash \\ line\nbreak \1 \127', list = { 1, 2.5, -3, 1e300, true, false },
			nested = { { a = { "x" } } }, text = "Müller €北😀",
		}
		assert.same(v, cjson.decode(json.encode(v)))
		assert.same(v, cjson.decode(json.encode(v, "  ")))
	end)

	it("keeps whole numbers whole and tells empty lists from objects", function()
		assert.equal('{"big":9223372036854775807,"list":[],"n":0}',
			json.encode { n = 0, list = {}, big = math.maxinteger })
		assert.equal("[0.1,0.30000000000000004,1e+15]", json.encode { 0.1, 0.1 + 0.2, 1e15 })
	end)

	it("writes bytes that are not UTF-8 as base64", function()
		assert.equal('["ok",{"base64":"//4A"}]', json.encode { "ok", "\xff\xfe\0" })
	end)

	it("writes what would act on a terminal by number", function()
		assert.equal('"\\u009b\\u202e\\u001b\\udb40\\udc01"', json.encode "\u{9b}\u{202e}\27\u{e0001}")
		assert.equal("\u{9b}a\u{202e}", cjson.decode("[" .. json.encode "\u{9b}a\u{202e}" .. "]")[1])
	end)

	it("tells maps apart whose fields look alike", function()
		for _ = 1, 2 do -- the order of fields is remembered
			assert.equal('[{"a":1,"b":2},{"a\\u0000b":3},{"a":1,"b":2,"c":3},{"a\\u0000b":1,"c":2},{"1":1,"a":2}]',
				json.encode { { a = 1, b = 2 }, { ["a\0b"] = 3 }, { a = 1, b = 2, c = 3 }, { ["a\0b"] = 1, c = 2 },
					{ ["1"] = 1, a = 2 } })
		end
	end)

	it("writes lists of text and lists of anything alike", function()
		assert.equal('["a","\\u001b","{"]', json.encode { "a", "\27", "{" })
		assert.equal('["a",{"base64":"/w=="},1,["b"],[]]', json.encode { "a", "\xff", 1, { "b" }, {} })
		assert.equal('[\n "a",\n "b"\n]', json.encode({ "a", "b" }, " "))
		local nested = setmetatable({ "x" }, { __index = { "x", "y" } })
		assert.equal('["x","y"]', json.encode(nested))
	end)

	it("writes nothing of what it cannot write as a whole", function()
		local v = { 1 }
		v[2] = v
		local wrote = false
		assert.has_error(function()
			json.write(v, function()
				wrote = true
			end, {})
		end)
		assert.is_false(wrote)
	end)

	it("has no numbers that JSON has not", function()
		assert.equal("[null,null]", json.encode { 0 / 0, math.huge })
	end)

	it("refuses a table that contains itself", function()
		local v = {}
		v.v = { v }
		assert.has_error(function()
			json.encode(v)
		end)
		local twice = { 1 }
		assert.equal("[[1],[1]]", json.encode { twice, twice })
	end)

	it("writes a stream as one document", function()
		assert.same({ 1, 2, 3 }, cjson.decode(written(json, stream { "a", "b", "c" })))
		assert.equal("[]\n", written(json, stream {}))
	end)
end)

describe("CSV", function()
	it("quotes as RFC 4180 says", function()
		assert.equal('a,b\r\n"x, ""y""",2\r\n', written(csv, { { a = 'x, "y"', b = 2 } }))
	end)

	it("has the fields of all rows, and lists inside the quotes", function()
		assert.equal('dn,l,z\r\nCN=a,"1\n2",\r\nCN=b,,3\r\n',
			written(csv, { { dn = "CN=a", l = { 1, 2 } }, { dn = "CN=b", z = 3 } }))
	end)

	it("has no cells that a spreadsheet takes for formulas", function()
		for _, text in ipairs { "=1+1", "+cmd", "-2+3", "@SUM(1)", "=", "-" } do
			assert.equal("value\r\n'" .. text .. "\r\n", written(csv, { text }))
		end
		assert.equal('value\r\n"\'=HYPERLINK(""http://x"",""y"")"\r\n', written(csv, { '=HYPERLINK("http://x","y")' }))
		assert.equal('value\r\n"\'=a\nb"\r\n', written(csv, { { value = { "=a", "b" } } }))
		assert.equal("'=h\r\nx\r\n", written(csv, { { ["=h"] = "x" } }))
		for _, sign in ipairs { "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}" } do
			assert.equal("value\r\n'" .. sign .. "1\r\n", written(csv, { sign .. "1" }))
		end
		assert.equal("value\r\nx;'=1;'  @y;-1;z=2;\u{ff1e}\r\n", written(csv, { "x;=1;  @y;-1;z=2;\u{ff1e}" }))
		assert.equal('value\r\n"a\n\'=b"\r\n', written(csv, { { value = { "a", "=b" } } }))
		assert.equal("value\r\n-5\r\n-5\r\n+1.5\r\na=b\r\n", written(csv, { -5, "-5", "+1.5", "a=b" }))
	end)

	it("makes control characters visible", function()
		assert.equal("value\r\na\\x1b[2J\\x07\r\n", written(csv, { "a\27[2J\a" }))
		assert.equal("value\r\n'\t=1\r\n", written(csv, { "\t=1" }))
		assert.equal('value\r\n"a\nb\\x0dc"\r\n', written(csv, { "a\r\nb\rc" }))
		assert.equal("value\r\n\\xc2\\x9b1m\r\n", written(csv, { "\u{9b}1m" }))
	end)

	it("writes what is stored with --csv-raw, but not to a terminal", function()
		options.csv_raw = true
		assert.equal("value\r\n=1\27[2J\r\n", written(csv, { "=1\27[2J" }))
		assert.equal("value\r\n'=1\\x1b[2J\r\n", written(csv, { "=1\27[2J" }, { stdout = true }))
		options.csv_raw = nil
	end)

	it("writes scalars and nothing", function()
		assert.equal("value\r\nx\r\n", written(csv, { "x" }))
		assert.equal("", written(csv, {}))
		assert.equal("only\r\n", written(csv, printable.ordered({}, { "only" })))
	end)
end)

describe("LDIF", function()
	it("encodes what RFC 2849 does not allow as text", function()
		assert.equal("a: plain text", ldif.line("a", "plain text"))
		assert.equal("a:: IHg=", ldif.line("a", " x"))
		assert.equal("a:: Ong=", ldif.line("a", ":x"))
		assert.equal("a:: PHg=", ldif.line("a", "<x"))
		assert.equal("a:: eCA=", ldif.line("a", "x "))
		assert.equal("a:: w6Q=", ldif.line("a", "ä"))
		assert.equal("a:: AA==", ldif.line("a", "\0"))
		assert.equal("a: x:<", ldif.line("a", "x:<"))
		assert.equal("a:", ldif.line("a", ""))
		assert.equal("a;binary: b", ldif.line("a;binary", "b"))
		assert.equal("a\\x0acn\\x3a\\x20x: y", ldif.line("a\ncn: x", "y"))
		assert.equal("\\x1b\\xe2\\x80\\xae: y", ldif.line("\27\u{202e}", "y"))
	end)

	it("folds long lines so that joining them gives the value back", function()
		for n = 60, 240, 15 do
			local s = ("x"):rep(n)
			local line = ldif.line("description", s)
			for part in line:gmatch "[^\n]+" do
				assert.is_true(#part <= 76)
			end
			assert.equal("description: " .. s, (line:gsub("\n ", "")))
		end
	end)

	it("writes entries", function()
		assert.equal("version: 1\n\ndn: CN=a\ncn: a\nm: 1\nm: 2\n",
			written(ldif, stream { 1 } and { { dn = "CN=a", cn = { "a" }, m = { "1", "2" } } }))
	end)

	it("refuses what is no entry, in words", function()
		for _, v in ipairs { { 1 }, "x", { { cn = "no dn" } }, { dn = 1 } } do
			local ok, err = pcall(written, ldif, v)
			assert.is_false(ok)
			assert.equal("usage", err.kind)
		end
	end)
end)

describe("a table that contains itself", function()
	it("is refused in words by every format", function()
		local itself = { dn = "CN=a" }
		itself.again = { itself }
		for _, format in ipairs { tables, csv, json, ldif } do
			local ok, err = pcall(written, format, itself)
			assert.is_false(ok)
			assert.matches("^a table that contains itself", err.message)
		end
	end)

	it("is told from one that is only deep", function()
		local deep = {}
		for _ = 1, 60 do
			deep = { x = deep }
		end
		for _, format in ipairs { tables, csv, json } do
			assert.matches("x", written(format, deep))
		end
	end)
end)

describe("tables for people", function()
	it("align columns by what is drawn", function()
		assert.equal("name     n\n------  --\nMüller   1\n北京    10\n",
			written(tables, { { name = "Müller", n = 1 }, { name = "北京", n = 10 } }))
	end)

	it("put each value of a list on its line", function()
		assert.equal("name  spn\n----  ---\na     x\n      y\nb     z\n",
			written(tables, { { name = "a", spn = { "x", "y" } }, { name = "b", spn = { "z" } } }))
	end)

	it("become blocks on a narrow terminal", function()
		local rows = { { a = ("x"):rep(30), b = "1" }, { a = "y", b = "2" } }
		assert.equal("a: " .. ("x"):rep(30) .. "\nb: 1\n\na: y\nb: 2\n", written(tables, rows, { columns = 20 }))
	end)

	it("show an object as attribute and value, its name first", function()
		assert.equal("dn:   CN=a\nmail: a@x\n      b@x\nuac:  user account (512)\n",
			written(tables, {
				mail = { "a@x", "b@x" }, dn = "CN=a", uac = { value = 512, flags = { "NORMAL_ACCOUNT" } },
			}))
	end)

	it("never pass on what would act on the terminal", function()
		local out = written(tables, { { ["\27k"] = "\27[2J", b = { "\u{202e}x", "\a" } } })
		assert.is_nil(out:find "[%z\1-\9\11-\31\127]")
		assert.is_nil(out:find("\u{202e}", 1, true))
		assert.is_nil(written(tables, "a\27b\nc"):find "\27")
	end)

	it("show bytes in hex and an empty list as none", function()
		assert.equal("0xff00\n", written(tables, { "\xff\0" }))
		assert.equal("(none)\n", written(tables, {}))
	end)

	it("keep an order that was given", function()
		assert.equal("z  a\n-  -\n1  2\n", written(tables, printable.ordered({ { a = "2", z = "1" } }, { "z", "a" })))
	end)

	it("draw headings bold where colour is wanted", function()
		assert.equal("\27[1ma\27[0m\n1\n", written(tables, { { a = 1 } }, { colored = true }))
	end)
end)
