-- Which attributes a filter names. Filters of RFC 4515, section 4, and of MS-ADTS 3.1.1.3.4.4.
local attribute_names = require "adsh.attribute_names"

local function names_in(filter)
	local list = {}
	for lower, name in pairs(attribute_names.in_filter(filter)) do
		assert(lower == name:lower())
		list[#list + 1] = name
	end
	table.sort(list)
	return table.concat(list, " ")
end

describe("attributes in a filter", function()
	it("are found in every form of a condition", function()
		for filter, expected in pairs {
			["(cn=Babs Jensen)"] = "cn",
			["(!(cn=Tim Howes))"] = "cn",
			["(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))"] = "cn objectClass sn",
			["(o=univ*of*mich*)"] = "o",
			["(seeAlso=)"] = "seeAlso",
			["(cn:caseExactMatch:=Fred Flintstone)"] = "cn",
			["(cn:=Betty Rubble)"] = "cn",
			["(sn:dn:2.4.6.8.10:=Barney Rubble)"] = "sn",
			["(o:dn:=Ace Industry)"] = "o",
			["(:1.2.3:=Wilma Flintstone)"] = "",
			["(1.2.840.113556.1.4.221=x)"] = "1.2.840.113556.1.4.221",
			["(uac:1.2.840.113556.1.4.803:=2)"] = "uac",
			["(whenCreated>=20200101000000.0Z)"] = "whenCreated",
			["(uSNChanged<=7)"] = "uSNChanged",
			["(cn~=x)"] = "cn",
			["(userCertificate;binary=*)"] = "userCertificate",
			["cn=host01"] = "cn",
			["( & ( cn=a ) (sn=b))"] = "cn sn",
			["(cn=a\\28sn=b)"] = "cn",
			["(cn=a=b)"] = "cn",
			[""] = "",
		} do
			assert.equal(expected, names_in(filter), filter)
		end
		assert.equal("", names_in(nil))
	end)

	it("count once, whatever their case", function()
		local names = attribute_names.in_filter "(|(CN=a)(cn=b))"
		assert.equal("cn", next(names))
		assert.is_nil(next(names, "cn"))
	end)
end)
