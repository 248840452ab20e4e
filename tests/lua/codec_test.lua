-- The codecs as Lua sees them. Expected values: MS-DTYP 2.4.2.4, MS-ADTS 2.2.16.
local codec = require "adsh.core.codec"

describe("codec", function()
	it("knows what has the same RID in every domain", function()
		assert.equal(512, codec.rid "Domain Admins")
		assert.equal(515, codec.rid "domain computers")
		assert.equal(525, codec.rid "Protected Users")
		for _, name in ipairs { "Domain Adminis", "Everyone", "BUILTIN\\Users", "" } do
			assert.error_matches(function() codec.rid(name) end, "no account or group '" .. name)
		end
	end)

	it("names who is a crowd, of any domain", function()
		for sid, name in pairs { ["S-1-1-0"] = "Everyone", ["S-1-5-2"] = "NT AUTHORITY\\NETWORK",
			["S-1-5-32-545"] = "BUILTIN\\Users", ["S-1-5-21-1-2-3-513"] = "Domain Users",
			["S-1-5-21-4-5-6-515"] = "Domain Computers" } do
			assert.equal(name, codec.crowd(sid))
		end
		for _, sid in ipairs { "S-1-5-21-1-2-3-512", "S-1-5-21-1-2-3-1513", "S-1-5-32-544", "S-1-5-18" } do
			assert.is_nil(codec.crowd(sid))
		end
		assert.equal("usage", select(2, codec.crowd "Everyone").kind)
	end)

	it("knows the flags of userAccountControl", function()
		assert.equal(0x80000, codec.uac_bit "TRUSTED_FOR_DELEGATION")
		assert.equal(0x1000000, codec.uac_bit "TRUSTED_TO_AUTH_FOR_DELEGATION")
	end)

	it("tells who may read a property, by the property's GUID or that of its set", function() -- MS-ADTS 5.1.3.3
		local PROPERTY, SET = "46a9b11d-60ae-405a-b7e8-ff8a58d456d2", "037088f8-0ae1-11d2-b422-00a0c968f939"
		local READ, WAA = 0x10, "S-1-5-32-560" -- what new accounts have for Windows Authorization Access Group
		local function rights(sddl, guid, ...)
			return codec.property_rights(codec.sd("D:" .. sddl), guid, { ... })
		end
		assert.equal(READ, rights("(OA;;RP;" .. PROPERTY .. ";;" .. WAA .. ")", PROPERTY, "S-1-5-11", WAA))
		assert.equal(0, rights("(OA;;RP;" .. PROPERTY .. ";;" .. WAA .. ")", PROPERTY, "S-1-5-11"))
		assert.equal(0, rights("(OA;;RP;" .. PROPERTY .. ";;" .. WAA .. ")", SET, WAA))
		assert.equal(READ, rights("(A;;RP;;;AU)", SET, "S-1-5-11"))
		assert.equal(0, rights("(OD;;RP;" .. SET .. ";;AU)(A;;RP;;;AU)", SET, "S-1-5-11"))
	end)
end)
