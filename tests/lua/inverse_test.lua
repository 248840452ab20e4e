-- What takes a run back: the last change first; objects that it made go.
local inverse = require "adsh.inverse"

local function edit(attribute, before, after)
	return { attribute = attribute, before = before, after = after }
end

describe("the inverse of a run", function()
	it("turns every edit, the last one first, and leaves out what it is a number of", function()
		local back = inverse {
			{ n = 1, kind = "attributes", dn = "CN=a", edits = { edit("servicePrincipalName", { "HTTP/x" }, {}) } },
			{ n = 2, kind = "attributes", dn = "CN=b", guid = "G", edits = { edit("servicePrincipalName", {}, { "HTTP/x" }) } },
		}
		assert.equal("CN=b", back[1].dn)
		assert.equal("G", back[1].guid)
		assert.same({ edit("servicePrincipalName", { "HTTP/x" }, {}) }, back[1].edits)
		assert.equal("CN=a", back[2].dn)
		assert.same({ edit("servicePrincipalName", {}, { "HTTP/x" }) }, back[2].edits)
	end)

	it("turns what waits for what", function()
		local back = inverse {
			{ n = 1, kind = "attributes", dn = "CN=a", edits = {} },
			{ n = 2, kind = "attributes", dn = "CN=b", after = { 1 }, edits = {} },
			{ n = 3, kind = "attributes", dn = "CN=c", after = { 1 }, edits = {} },
		}
		assert.same({ "CN=c", "CN=b", "CN=a" }, { back[1].dn, back[2].dn, back[3].dn })
		assert.is_nil(back[1].after)
		assert.is_nil(back[2].after)
		assert.same({ 2, 3 }, back[3].after)
	end)

	it("says nothing about trust: the gate judges", function()
		local c = inverse { { dn = "CN=a", edits = { edit("userAccountControl", { "528384" }, { "4096" }) } } }[1]
		assert.is_nil(c.widens)
		assert.is_nil(c.why)
	end)

	it("knows the kinds of files that do not name them", function()
		local function kind(dn, attribute)
			return inverse { { dn = dn, edits = { edit(attribute, {}, {}) } } }[1].kind
		end
		assert.equal("attributes", kind("CN=a,DC=x", "member"))
		assert.equal("group", kind("CN=a,DC=x", "group"))
		assert.equal("share", kind("\\\\fs1\\vms", "shareSecurityDescriptor"))
		assert.equal("folder", kind("\\\\fs1\\vms\\", "fileSecurityDescriptor"))
		assert.equal("folder", kind("\\\\fs1\\vms\\a\\b", "fileSecurityDescriptor"))
	end)

	it("leaves an object alone that it could not make", function()
		local function failed(guid)
			return inverse { { kind = "group", dn = "CN=g", guid = guid, state = "failed",
				edits = { edit("group", {}, { "name=g" }) } } }
		end
		assert.same({}, failed())
		assert.equal(1, #failed "G") -- made, and edited by somebody else before it was looked at
	end)

	it("edits the object that it makes again, and not the one that was", function()
		for _, kind in ipairs { "group", "account" } do
			local back = inverse {
				{ kind = "attributes", dn = "CN=g", guid = "G", edits = { edit("member", { "CN=A" }, {}) } },
				{ kind = "attributes", dn = "CN=other", guid = "O", edits = { edit("member", { "CN=A" }, {}) } },
				{ kind = kind, dn = "CN=g", guid = "G", edits = { edit(kind, { "name=g" }, {}) } },
			}
			assert.is_nil(back[1].guid)
			assert.equal("O", back[2].guid)
			assert.is_nil(back[3].guid)
		end
	end)

	it("makes a deleted group again, as another object that takes over from the old SID", function()
		local back = inverse { { kind = "group", dn = "CN=g", guid = "G", sid = "S-1-5-21-1-2-3-4",
			edits = { edit("group", { "name=g" }, {}) } } }
		assert.is_nil(back[1].guid)
		assert.equal("S-1-5-21-1-2-3-4", back[1].sid)
	end)

	it("deletes what it made, the object that it made", function()
		local back = inverse { { kind = "group", dn = "CN=g", guid = "G", edits = { edit("group", {}, { "name=g" }) } } }
		assert.equal("G", back[1].guid)
		assert.same({ edit("group", { "name=g" }, {}) }, back[1].edits)
	end)
end)
