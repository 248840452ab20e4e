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

	it("knows the flags of userAccountControl", function()
		assert.equal(0x80000, codec.uac_bit "TRUSTED_FOR_DELEGATION")
		assert.equal(0x1000000, codec.uac_bit "TRUSTED_TO_AUTH_FOR_DELEGATION")
	end)
end)
