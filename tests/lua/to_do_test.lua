-- Whom changes affect: of a plan, which says what is added, and of a journal, which has the values before and after and
-- keeps bytes in base64. The descriptors: MS-ADTS 5.1.3, written as SDDL.
local affected = require "adsh.to_do.affected"
local codec = require "adsh.core.codec"
local text = require "adsh.core.text"

local A, B = "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"

local function change(edit, state)
	return { { dn = "CN=H", label = "H$", domain = "d.test", kind = "attributes", state = state, edits = { edit } } }
end

-- "gains CN=H", each with what it is about
local function told(edit, state)
	local list = {}
	for i, row in ipairs(affected.of(change(edit, state))) do
		assert.equal("d.test", row.domain)
		list[i] = table.concat({ row.what, row.dn or row.sid, row.group }, " ")
	end
	return list
end

local function allowed(...)
	local sddl = "O:BAD:"
	for _, sid in ipairs { ... } do
		sddl = sddl .. "(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;" .. sid .. ")"
	end
	return codec.sd(sddl)
end

local function rbcd(before, after)
	return told { attribute = "msDS-AllowedToActOnBehalfOfOtherIdentity", before = { before }, after = { after } }
end

describe("what a run affects", function()
	it("is the source of values that come and go", function()
		local name = "msDS-AllowedToDelegateTo"
		assert.same({ "gains CN=H" }, told { attribute = name, before = {}, after = { "cifs/a" } })
		assert.same({ "loses CN=H" }, told { attribute = name, before = { "cifs/a", "cifs/b" }, after = { "CIFS/B" } })
		assert.same({ "gains CN=H", "loses CN=H" }, told { attribute = name, before = { "cifs/a" }, after = { "cifs/b" } })
		assert.same({ "gains CN=H" }, told({ attribute = name, add = { "cifs/a" }, remove = {} }, "done"))
	end)

	it("is nothing that was not written, or is about something else", function()
		local edit = { attribute = "msDS-AllowedToDelegateTo", add = { "cifs/a" }, remove = {} }
		for _, state in ipairs { "pending", "failed", "unknown" } do
			assert.same({}, told(edit, state))
		end
		assert.same({}, told { attribute = "servicePrincipalName", before = {}, after = { "HTTP/a" } })
	end)

	it("is the account whose flags of delegation change", function() -- MS-ADTS 2.2.16: TA, TD, AD
		local function flags(before, after)
			return told { attribute = "userAccountControl", before = { before }, after = { after } }
		end
		assert.same({ "gains CN=H" }, flags("4096", "16781312"))
		assert.same({ "loses CN=H" }, flags("528384", "4096"))
		assert.same({ "gains CN=H", "loses CN=H" }, flags("528384", "16781312"))
		assert.same({}, flags("4096", "4098"))
	end)

	it("is the sources that a descriptor names, be it bytes or base64", function()
		assert.same({ "gains " .. A }, rbcd(nil, allowed(A)))
		assert.same({ "gains " .. B, "loses " .. A }, rbcd(allowed(A), allowed(B)))
		assert.same({ "loses " .. B }, rbcd({ base64 = text.base64(allowed(A, B)) }, { base64 = text.base64(allowed(A)) }))
		assert.same({ "loses " .. A }, rbcd(allowed(A), nil))
	end)

	it("is who joins and leaves a group", function()
		assert.same({ "joins CN=B H$", "leaves CN=A H$" }, told { attribute = "member", before = { "CN=A", "CN=C" },
			after = { "CN=B", "cn=c" } })
	end)

	it("is told once of each", function()
		local twice = change { attribute = "msDS-AllowedToDelegateTo", before = {}, after = { "cifs/a" } }
		table.insert(twice[1].edits, { attribute = "userAccountControl", before = { "4096" }, after = { "16781312" } })
		assert.equal(1, #affected.of(twice))
	end)
end)
