-- Whom a resource-based descriptor lets act: MS-SFU 3.2.5.2.3 and the access check of MS-DTYP 2.5.3.2, no server.
local attributes = require "adsh.kind.attributes"
local codec = require "adsh.core.codec"
local delegation = require "adsh.core.delegation"

local H1, H2, GROUP = "S-1-5-21-1-2-3-1101", "S-1-5-21-1-2-3-1102", "S-1-5-21-1-2-3-1103"
local GUID = "ab721a53-1e2f-11d0-9819-00aa0040529b"

local function sd(dacl)
	return codec.sd("O:BAD:" .. dacl:gsub("H1", H1):gsub("H2", H2):gsub("GR", GROUP))
end

local function read(dacl)
	local sources, odd, more = delegation.sources(sd(dacl))
	return { sources, odd, more.denied, more.conditional }
end

describe("a resource-based descriptor", function()
	it("lets those act who have control access, whatever else stands there", function()
		assert.same({ { H1 }, 0, {}, {} }, read "(A;;CR;;;H1)")
		assert.same({ { H1 }, 0, {}, {} }, read "(A;CIIO;CR;;;H1)(A;;CR;;;H1)")
		assert.same({ {}, 2, {}, {} }, read "(A;;GA;;;H1)(A;;RPWP;;;H2)")
		assert.same({ {}, 1, {}, {} }, read "(A;CIIO;CR;;;H1)")
		assert.same({ { H2 }, 2, { H1 }, {} }, read "(D;;CR;;;H1)(A;;CR;;;H1)(A;;CR;;;H2)")
		assert.same({ { H1 }, 1, { "S-1-1-0" }, {} }, read "(A;;CR;;;H1)(D;;CR;;;WD)")
		assert.same({ { H1 }, 2, {}, {} }, read "(D;IO;CR;;;H2)(D;;RP;;;H2)(A;;CR;;;H1)")
		assert.same({ { "S-1-1-0" }, 0, {}, {} },
			{ delegation.sources(codec.sd "O:BAD:NO_ACCESS_CONTROL"), 0, {}, {} })
	end)

	it("tells those apart who may act under a condition", function()
		assert.same({ {}, 1, {}, { H1 } }, read "(XA;;CR;;;H1;(#61727478))")
		assert.same({ {}, 1, {}, { H1 } }, read(("(OA;;CR;%s;;H1)"):format(GUID)))
		assert.same({ {}, 2, { H1 }, { H1 } }, read "(XD;;CR;;;H1;(#61727478))(A;;CR;;;H1)")
	end)

	it("judges a host and its groups together", function()
		local bytes = sd "(D;;CR;;;H2)(A;;CR;;;GR)"
		assert.is_true(delegation.may_act(bytes, { H1, GROUP }))
		assert.is_false(delegation.may_act(bytes, { H2, GROUP }))
		assert.is_false(delegation.may_act(bytes, { H1 }))
		for _, everybody in ipairs { "WD", "AU", "NU", "BU" } do
			assert.is_true(delegation.may_act(sd(("(A;;CR;;;%s)"):format(everybody)), {}))
		end
		assert.is_false(delegation.may_act(sd "(A;;CR;;;IU)", {}))
		assert.equal("failed", select(2, delegation.may_act("garbage", {})).kind)
		assert.truthy(select(2, delegation.may_act(bytes, { "nobody" })))
	end)
end)

describe("the plan of a change of it", function()
	local function lines(before, after)
		local list = {}
		attributes.lines(list, { attribute = "x", syntax = "sd", before = { before and sd(before) },
			after = { after and sd(after) } }, {})
		table.remove(list, 1)
		return table.concat(list, "\n"):gsub(" %(of no domain[^)]*%)", ""), { attributes.count { syntax = "sd",
			before = { before and sd(before) }, after = { after and sd(after) } } }
	end

	it("shows who comes and goes, and counts them", function()
		local text, count = lines("(A;CIIO;0xf01ff;;;H1)", "(A;CIIO;0xf01ff;;;H1)(A;;0xf01ff;;;H1)")
		assert.equal("    + " .. H1, text)
		assert.same({ 0, 1, 0 }, count)
		text, count = lines("(A;CIIO;0xf01ff;;;H1)(A;;0xf01ff;;;H1)", nil)
		assert.equal("    - " .. H1, text)
		assert.same({ 0, 0, 1 }, count)
		text, count = lines("(A;;CR;;;H1)", "(XA;;CR;;;H1;(#61727478))")
		assert.equal(("    + %s, under the condition (#61727478)\n    - %s"):format(H1, H1), text)
		assert.same({ 0, 1, 1 }, count)
		text, count = lines("(XA;;CR;;;H1;(a == 1))",
			"(XA;;CR;;;H1;(a == 2))(XA;CIIO;CR;;;H1;(c))(XA;;RP;;;H1;(d))(XA;;CR;;;H1;(b))")
		assert.equal(("    + %s, under the condition (a == 2) or (b)\n    - %s, under the condition (a == 1)"):format(H1, H1),
			text)
		assert.same({ 0, 1, 1 }, count)
		text = lines("(A;;CR;;;H1)", "(XD;;CR;;;H1;(a))(A;;CR;;;H1)")
		assert.equal(("    + %s, unless (a)\n    - %s"):format(H1, H1), text)
		text = lines(nil, "(XD;;CR;;;WD;(a))(A;;CR;;;H1)")
		assert.equal("    + " .. H1 .. ", under a condition", text)
		text, count = lines("(D;;CR;;;H1)(A;;CR;;;H1)", "(A;;CR;;;H1)")
		assert.equal("    + " .. H1, text)
		assert.same({ 0, 1, 0 }, count)
		text, count = lines("(A;;GA;;;H1)", nil)
		assert.equal("    nobody gains or loses access: only entries that allow nobody to act change", text)
		assert.same({ 0, 0, 0 }, count)
	end)
end)
