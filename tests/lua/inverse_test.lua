-- What takes a run back: the last change first; groups that it made go.
local inverse = require "adsh.inverse"

local function edit(attribute, before, after, syntax)
	return { attribute = attribute, syntax = syntax or "set", before = before, after = after }
end

describe("the inverse of a run", function()
	it("turns every edit, the last one first", function()
		local back = inverse {
			{ n = 1, dn = "CN=a", edits = { edit("servicePrincipalName", { "HTTP/x" }, {}) } },
			{ n = 2, dn = "CN=b", guid = "G", edits = { edit("servicePrincipalName", {}, { "HTTP/x" }) } },
		}
		assert.same({
			{ dn = "CN=b", guid = "G", edits = { edit("servicePrincipalName", { "HTTP/x" }, {}) } },
			{ dn = "CN=a", edits = { edit("servicePrincipalName", {}, { "HTTP/x" }) } },
		}, back)
	end)

	it("says that unconstrained delegation comes back", function()
		local function bits(before, after)
			return inverse { { edits = { edit("userAccountControl", { before }, { after }, "bits") } } }[1].widens
		end
		assert.is_true(bits("528384", "4096"))
		assert.is_nil(bits("4096", "528384"))
		assert.is_nil(bits("528384", "528384"))
	end)

	it("deletes a group that it made, if that has no other members", function()
		local back = inverse { { dn = "CN=g", guid = "G", edits = { edit("group", {}, { "name=g" }, "exact"),
			edit("member", {}, { "CN=A" }) } } }
		assert.same({ { dn = "CN=g", guid = "G", edits = { edit("group", { "name=g" }, {}, "exact"),
			edit("member", { "CN=A" }, {}, "exact") } } }, back)
		assert.same("set", inverse(back)[1].edits[2].syntax)
		back = inverse { { dn = "CN=g", edits = { edit("group", {}, { "name=g" }, "exact") } } }
		assert.same(edit("member", {}, {}, "exact"), back[1].edits[2])
	end)

	it("leaves a group alone that it could not make", function()
		local function failed(guid)
			return inverse { { dn = "CN=g", guid = guid, state = "failed",
				edits = { edit("group", {}, { "name=g" }, "exact") } } }
		end
		assert.same({}, failed())
		assert.equal(1, #failed "G") -- made, and edited by somebody else before it was looked at
	end)

	it("edits the group that it makes anew, and not the one that was", function()
		local back = inverse {
			{ dn = "CN=g", guid = "G", edits = { edit("member", { "CN=A" }, {}) } },
			{ dn = "CN=other", guid = "O", edits = { edit("member", { "CN=A" }, {}) } },
			{ dn = "CN=g", guid = "G", edits = { edit("group", { "name=g" }, {}, "exact") } },
		}
		assert.is_nil(back[1].guid)
		assert.equal("O", back[2].guid)
		assert.is_nil(back[3].guid)
	end)

	it("makes a deleted group anew, as another object that takes over from the old SID", function()
		local back = inverse { { dn = "CN=g", guid = "G", sid = "S-1-5-21-1-2-3-4",
			edits = { edit("group", { "name=g" }, {}, "exact") } } }
		assert.is_nil(back[1].guid)
		assert.equal("S-1-5-21-1-2-3-4", back[1].sid)
	end)
end)
