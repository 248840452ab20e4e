-- Lists of names as people and programs of Windows write them. The files are made with printf and iconv.
local text_file = require "adsh.text_file"

local path = os.tmpname()

local function names(text, encoding)
	local f <close> = assert(io.popen(("iconv -f UTF-8 -t %s > %s"):format(encoding or "UTF-8", path), "w"))
	f:write(text)
	f:close()
	return text_file.names(text_file.read(path, "the list"))
end

describe("a list of names", function()
	teardown(function() os.remove(path) end)

	it("is read in the encodings of Windows", function()
		for _, encoding in ipairs { "UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE" } do
			for _, mark in ipairs { "", "\u{feff}" } do
				local list = mark .. "host01\r\nMüller\r\n\r\nhost02"
				if encoding ~= "UTF-16" or mark == "" then -- iconv puts its own there
					assert.are.same({ "host01", "Müller", "host02" }, names(list, encoding), encoding)
				end
			end
		end
	end)

	it("says which encoding it does not know", function()
		local ok, err = pcall(names, "Müller\n", "CP1252")
		assert.is_false(ok)
		assert.are.equal("usage", err.kind)
		assert.matches("the list is neither UTF%-8 nor UTF%-16", err.message)
		assert.matches("iconv", err.hint)
		assert.matches("cannot read the list", select(2, pcall(text_file.read, "/nonexistent", "the list")).message)
		assert.matches("cannot read the list", select(2, pcall(text_file.read, "/", "the list")).message)
		assert.is_false(pcall(names, "a\0b"))
		assert.is_false(pcall(names, "ab\0c"))
	end)

	it("knows comments", function()
		assert.are.same({ "a", "b", "c#1", "d" }, names "# all\n  # of\na\nb # them\nc#1\n#\nd\t#x\n")
	end)

	it("leaves DNs whole", function()
		local dns = { "CN=\\#1 x,OU=\\#1 Rack,DC=alpha,DC=test", "CN=Rack #1,OU=a\\, b; c,DC=x,DC=test",
			'CN="a,b",OU=x,DC=test', "cn = a\\?, DC = test" }
		assert.are.same(dns, names(table.concat(dns, "\n")))
		assert.are.same(dns, names(table.concat(dns, " # a comment\n") .. "\t# another"))
	end)

	it("takes several in a line", function()
		assert.are.same({ "a", "b", "c d", "e", "f" }, names "a,b, c d;e,\n,f,,\n")
		assert.are.same({ "a", "b" }, names "a\tb\n")
		assert.are.same({ "a,b", 'c"d', "CN=x,DC=y", "CN=z,DC=y" },
			names '"a,b","c""d"\n"CN=x,DC=y","CN=z,DC=y"\n')
		assert.are.same({ "unclosed" }, names '"unclosed\n')
		assert.are.same({ "a", "b" }, names "a, b # c, d\n")
	end)

	it("is split at every end of line", function()
		assert.are.same({ "a", "b", "c", "d" }, names "a\rb\r\nc\nd")
		assert.are.same({}, names "")
		assert.are.same({}, names "\r\n \t\r\n,;\n")
	end)
end)
