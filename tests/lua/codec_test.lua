-- The codecs as Lua sees them. Expected values: MS-DTYP 2.4.2.4, MS-ADTS 2.2.16.
local codec = require "adsh.core.codec"

describe("codec", function()
	it("knows what has the same RID in every domain", function()
		assert.equal(512, codec.rid "Domain Admins")
		assert.equal(515, codec.rid "domain computers")
		assert.equal(525, codec.rid "Protected Users")
		for _, name in ipairs { "Domain Adminis", "Everyone", "BUILTIN\\Users", "" } do
			assert.error_matches(function() codec.rid(name) end, "no account of every domain is called '" .. name)
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
end)
