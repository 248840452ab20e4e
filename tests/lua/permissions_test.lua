-- Differences of descriptors in words: what they say of access must be so by the access check of MS-DTYP 2.5.3.2.
local codec = require "adsh.core.codec"
local permissions = require "adsh.permissions"

local WHEN, IF = ";(#61727478)", ";(#6172747801)"
local GUID = "00299570-246d-11d0-a768-00aa006e0529"

local function difference(before, after, kind)
	return permissions.difference(before and codec.sd(before), after and codec.sd(after), kind or "folder", "//fs1/data")
end

describe("the difference of two access lists", function()
	it("tells plain entries from those under a condition", function()
		assert.same({ "Everyone gains full" },
			difference("D:(XA;OICI;FA;;;WD" .. WHEN .. ")", "D:(XA;OICI;FA;;;WD" .. WHEN .. ")(A;OICI;FA;;;WD)"))
		assert.same({ "Everyone loses full, under the condition (#61727478)", "Everyone gains full" },
			difference("D:(XA;OICI;FA;;;WD" .. WHEN .. ")", "D:(A;OICI;FA;;;WD)"))
		assert.same({ "Everyone loses full, under the condition (#61727478)",
			"Everyone gains full, under the condition (#6172747801)" },
			difference("D:(XA;OICI;FA;;;WD" .. WHEN .. ")", "D:(XA;OICI;FA;;;WD" .. IF .. ")"))
		assert.same({ "Everyone is no longer denied full (here only), under the condition (#61727478)" },
			difference("D:(XD;;FA;;;WD" .. WHEN .. ")", "D:"))
		assert.same({ 'Everyone loses full, under the condition (@USER.Title == "PM")',
			"Everyone gains full, under the condition (Member_of {SID(BA)})" },
			difference('D:(XA;OICI;FA;;;WD;(@User.Title=="PM"))', "D:(XA;OICI;FA;;;WD;(Member_of{SID(BA)}))"))
		assert.same({ "Everyone loses full (here only), under the condition (@USER.a == 1)",
			"Everyone gains full (here only), under the condition (@USER.a == 2)" }, -- as many bytes
			difference("D:(XA;;FA;;;WD;(@User.a==1))", "D:(XA;;FA;;;WD;(@User.a==2))"))
		assert.same({ "Everyone loses full, under the condition (@USER.a == 1)",
			"Everyone gains full (here only), under the condition (@USER.a == 1), for one type of object" },
			difference("D:(XA;OICI;FA;;;WD;(@User.a==1))", "D:(ZA;;FA;" .. GUID .. ";;WD;(@User.a==1))"))
	end)

	it("tells what is only passed on from what is in force", function()
		assert.same({ "Everyone gains full" }, difference("D:(A;OICIIO;FA;;;WD)", "D:(A;OICIIO;FA;;;WD)(A;OICI;FA;;;WD)"))
		assert.same({ "Everyone gains full (below only)" }, difference("D:", "D:(A;OICIIO;FA;;;WD)"))
		local idle = { "Everyone gains full (inherit only: no effect here)" }
		assert.same(idle, difference("D:", "D:(A;OICIIO;FA;;;WD)", "file"))
		assert.same(idle, difference("D:", "D:(A;IO;FA;;;WD)", "share"))
		assert.same({ "Everyone gains full" }, difference("D:", "D:(A;CI;FA;;;WD)", "share"))
	end)

	it("tells object entries by their types", function()
		assert.same({ "Everyone gains full (here only)" },
			difference("D:(OA;;FA;" .. GUID .. ";;WD)", "D:(OA;;FA;" .. GUID .. ";;WD)(A;;FA;;;WD)"))
		assert.same({ "Everyone gains full (here only), for one type of object" },
			difference("D:", "D:(OA;;FA;" .. GUID .. ";;WD)"))
	end)

	it("says that nobody gains only where that is so", function()
		assert.same({ "nobody gains or loses access; inherited entries are marked as inherited" },
			difference("D:(A;;FA;;;WD)", "D:AI(A;ID;FA;;;WD)"))
		assert.same({ "nobody gains or loses access" }, difference("D:(A;;FR;;;WD)(A;;FA;;;WD)", "D:(A;;FA;;;WD)"))
		assert.same({ "nobody gains or loses access" },
			difference("D:(A;;FR;;;WD)(A;;FA;;;BA)", "D:(A;;FA;;;BA)(A;;FR;;;WD)"))
		local other = { "the order of allow and deny entries changes, and the first match decides" }
		assert.same(other, difference("D:(D;;FA;;;WD)(A;;FA;;;WD)", "D:(A;;FA;;;WD)(D;;FA;;;WD)"))
		assert.same(other, difference("D:(A;;FR;;;WD)(D;;FW;;;WD)(A;;FW;;;WD)", "D:(A;;FR;;;WD)(A;;FW;;;WD)(D;;FW;;;WD)"))
		assert.same({ "BUILTIN\\Users gains FR (here only)" },
			difference("D:(D;;FW;;;WD)(A;;FA;;;BA)", "D:(D;;FW;;;WD)(A;;FA;;;BA)(A;;FR;;;BU)"))
	end)

	it("says what no list at all means", function()
		assert.same({ "no access list: everyone may do everything" },
			difference("D:(A;;FA;;;BA)", "D:NO_ACCESS_CONTROL"))
		assert.same({ "an access list: before, there was none, and everyone could do everything",
			"BUILTIN\\Administrators keeps full (here only)" }, difference("D:NO_ACCESS_CONTROL", "D:(A;;FA;;;BA)"))
		assert.same({ "BUILTIN\\Administrators gains full (here only)" }, difference(nil, "D:(A;;FA;;;BA)"))
	end)
end)
