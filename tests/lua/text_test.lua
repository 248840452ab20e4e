-- adsh.core.text: expected values from RFC 4648 section 10, RFC 3629 and coreutils' base64.
local text = require "adsh.core.text"

describe("text.base64", function()
	it("gives the vectors of RFC 4648", function()
		local vectors = {
			[""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==",
			fooba = "Zm9vYmE=", foobar = "Zm9vYmFy", ["\255\254\253"] = "//79",
		}
		for plain, encoded in pairs(vectors) do
			assert.equal(encoded, text.base64(plain))
		end
	end)
end)

describe("text.escape", function()
	it("leaves text alone", function()
		assert.equal("Müller, 北京 €", text.escape("Müller, 北京 €"))
	end)

	it("makes terminal escapes visible", function()
		assert.equal("\\x1b[2J\\x07", text.escape("\27[2J\a"))
		assert.equal("\\x7f\\x0d\\x0a", text.escape("\127\r\n"))
		assert.equal("a\n\tb\\x0d", text.escape("a\n\tb\r", true))
	end)

	it("escapes C1 controls, also inside UTF-8, and turns of direction", function()
		assert.equal("\\xc2\\x9b", text.escape("\u{9b}"))
		assert.equal("\\x9b31m", text.escape("\x9b31m"))
		assert.equal("a\\xe2\\x80\\xaeb", text.escape("a\u{202e}b"))
	end)

	it("escapes bytes that are not UTF-8", function()
		assert.equal("\\xff\\xc3", text.escape("\xff\xc3"))
		assert.equal("\\xc0\\xaf", text.escape("\xc0\xaf"))
		assert.equal("a\\x00b", text.escape("a\0b"))
	end)
end)

describe("text.width", function()
	it("counts columns", function()
		assert.equal(3, text.width("abc"))
		assert.equal(6, text.width("Müller"))
		assert.equal(4, text.width("北京"))
		assert.equal(1, text.width("e\u{301}"))
	end)
end)

describe("text.valid", function()
	it("knows UTF-8", function()
		assert.is_true(text.valid "ä")
		assert.is_false(text.valid "\xe4")
		assert.is_false(text.valid "\xed\xa0\x80")
	end)
end)
