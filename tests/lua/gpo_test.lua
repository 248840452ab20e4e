-- The texts that group policies are made of. Expected values: MS-GPOL 2.2.2, 2.2.4, 3.2.1.24; what GPMC writes.
describe("links of a container", function()
	local links = require "adsh.gpo.links"
	local A = "[LDAP://CN={AAAAAAAA-0000-0000-0000-000000000000},CN=Policies,CN=System,DC=a;0]"
	local B = "[LDAP://cn={BBBBBBBB-0000-0000-0000-000000000000},cn=policies,cn=system,DC=a;2]"
	local NEW = { dn = "CN={CCCCCCCC-0000-0000-0000-000000000000},CN=Policies,CN=System,DC=a",
		guid = "{CCCCCCCC-0000-0000-0000-000000000000}" }
	local C = "[LDAP://CN={CCCCCCCC-0000-0000-0000-000000000000},CN=Policies,CN=System,DC=a;0]"

	local function with(extra)
		local new = {}
		for _, t in ipairs { NEW, extra or {} } do
			for key, v in pairs(t) do
				new[key] = v
			end
		end
		return new
	end

	it("come behind all others, which is in front in the text", function()
		assert.equal(C, links.with(nil, with()))
		assert.equal(C .. A .. B, links.with(A .. B, with()))
	end)

	it("win with order 1, which is the end of the text", function()
		assert.equal(A .. B .. C, links.with(A .. B, with { order = 1 }))
		assert.equal(A .. C .. B, links.with(A .. B, with { order = 2 }))
		assert.equal(C .. A .. B, links.with(A .. B, with { order = 9 }))
		assert.equal(A .. B .. C, links.with(C .. A .. B, with { order = 1 }))
	end)

	it("keep their place, and others stay as they are written", function()
		assert.equal(A .. C:gsub(";0]", ";3]") .. B,
			links.with(A .. C .. B, with { enforced = true, disabled = true }))
		assert.equal(A .. "[what is this]" .. B, (links.without(A .. C .. "[what is this]" .. B, NEW.guid:lower())))
		assert.is_false(select(2, links.without(A .. B, NEW.guid)))
	end)

	it("say whether they are disabled and enforced", function()
		local list = links.parse(A .. B .. C:gsub(";0]", ";1]"))
		assert.same({ false, false, true }, { list[1].disabled, list[2].disabled, list[3].disabled })
		assert.same({ false, true, false }, { list[1].enforced, list[2].enforced, list[3].enforced })
		assert.equal("{BBBBBBBB-0000-0000-0000-000000000000}", list[2].guid)
	end)
end)

describe("names of extensions", function()
	local extensions = require "adsh.gpo.extensions"
	local SECURITY = "[{827D319E-6EAC-11D2-A4EA-00C04F79F83A}{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}]"
	local GROUPS = "[{00000000-0000-0000-0000-000000000000}{79F92669-4224-476C-9C5C-6EFB4D87DF4A}]"
		.. "[{17D89FEC-5C44-4972-B12D-241CAEF74509}{79F92669-4224-476C-9C5C-6EFB4D87DF4A}]"
	-- a registry part that another tool has made
	local OTHER = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"

	it("are sorted ascending, with the pairs that Windows' tools write", function()
		assert.equal(SECURITY, extensions.with(nil, "security"))
		assert.equal(GROUPS .. SECURITY, extensions.with(SECURITY, "groups"))
		assert.equal(GROUPS .. SECURITY, extensions.with(SECURITY:lower(), "groups"))
	end)

	it("keep the tools of others", function()
		assert.equal("[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{B05566AC-FE9C-4368-BE01-7A4CBB6CBA11}"
			.. "{D02B1F72-3407-48AE-BA88-E8213C6761F1}]", extensions.with(OTHER, "firewall"))
		assert.equal(OTHER, extensions.without(extensions.with(OTHER, "firewall"), "firewall"))
		assert.equal("", extensions.without(GROUPS, "groups"))
		local bare = "[{827D319E-6EAC-11D2-A4EA-00C04F79F83A}]" -- of somebody else, without a tool
		assert.equal(bare, extensions.without(extensions.with(bare, "firewall"), "firewall"))
		local alone = extensions.with(nil, "firewall")
		assert.equal(alone, extensions.without_tool(alone, "firewall"))
		assert.equal(OTHER, extensions.without_tool(extensions.with(OTHER, "firewall"), "firewall"))
	end)
end)

describe("GPT.INI", function()
	local gpt_ini = require "adsh.gpo.gpt_ini"

	it("is read however it is written", function()
		assert.equal(65537, gpt_ini.version "[General]\r\nVersion=65537\r\n")
		assert.equal(1179715, gpt_ini.version "[General]\nVersion = 1179715\ndisplayName=R\xe8gle\n")
		assert.equal(7, gpt_ini.version "[General]\r\nversion=7")
		assert.is_nil(gpt_ini.version "[General]\r\nConversion=3\r\n")
	end)

	it("gets another version and keeps the rest byte for byte", function()
		assert.equal("[General]\nVersion = 9\ndisplayName=R\xe8gle\n",
			gpt_ini.with("[General]\nVersion = 1179715\ndisplayName=R\xe8gle\n", 9))
		assert.equal("[General]\r\nVersion=2\r\ndisplayName=x\r\n", gpt_ini.with("[General]\r\ndisplayName=x\r\n", 2))
		assert.equal("[General]\r\nVersion=2\r\n", gpt_ini.with("", 2))
	end)
end)

describe("the difference of two texts", function()
	local text_difference = require "adsh.text_difference"

	-- As diff(1) tells it.
	local function diff(a, b)
		local names = { os.tmpname(), os.tmpname() }
		for i, text in ipairs { a, b } do
			local f <close> = assert(io.open(names[i], "w"))
			f:write(text)
		end
		local p = assert(io.popen(("diff --minimal %s %s"):format(names[1], names[2])))
		local minus, plus = 0, 0
		for line in p:lines() do
			minus, plus = minus + (line:find "^<" and 1 or 0), plus + (line:find "^>" and 1 or 0)
		end
		p:close()
		os.remove(names[1])
		os.remove(names[2])
		return minus, plus
	end

	it("has as few lines as that of diff", function()
		math.randomseed(7)
		for _ = 1, 30 do
			local texts = {}
			for i = 1, 2 do
				local lines = {}
				for k = 1, math.random(0, 12) do
					lines[k] = ("abcd"):sub(math.random(4)):sub(1, 1)
				end
				texts[i] = table.concat(lines, "\n") .. (#lines > 0 and "\n" or "")
			end
			local minus, plus = 0, 0
			for _, row in ipairs(text_difference.of(texts[1], texts[2])) do
				minus, plus = minus + (row.sign == "-" and 1 or 0), plus + (row.sign == "+" and 1 or 0)
			end
			assert.same({ diff(texts[1], texts[2]) }, { minus, plus })
		end
	end)

	it("copes with texts that share nothing, and long ones", function()
		local a, b = ("a\n"):rep(3000), ("b\n"):rep(3000)
		assert.equal(6000, #text_difference.of(a, b))
		assert.equal(0, #text_difference.of("x\r\ny\r\n", "x\ny\n"))
	end)
end)

describe("the command for what hosts need on themselves", function()
	local command = require "adsh.to_do.host_policy".command
	local A, B = { dn = "CN=HOST01,OU=Hosts,DC=a,DC=test" }, { dn = "CN=HOST02,OU=Our Hosts,DC=b,DC=test" }

	it("names each OU once, and the hosts where that is wanted", function()
		assert.equal("adsh run host-policy --ou OU=Hosts,DC=a,DC=test --replica --allow-protected",
			command({ A, A }, "--replica"))
		assert.equal("adsh run host-policy --ou OU=Hosts,DC=a,DC=test --ou 'OU=Our Hosts,DC=b,DC=test'"
			.. " --for HOST01@a.test --for HOST02@b.test --firewall --allow-protected", command({ A, B }, "--firewall", true))
	end)

	it("is not given for hosts that no policy can be linked for", function()
		assert.is_nil(command({ { dn = "CN=HOST01,CN=Computers,DC=a,DC=test" } }, "--replica"))
	end)
end)

describe("the settings of a policy", function()
	local shown = require "adsh.format.policy_settings".shown
	local NOTHING = { restricted_groups = {}, preference_groups = {}, rights = {}, firewall = {}, registry = {},
		scripts = {}, other = {} }

	it("are a line each for people, and what is empty is left out", function()
		local s = setmetatable({ rights = { SeDenyNetworkLogonRight = { "S-1-5-32-546" }, SeBatchLogonRight = {} },
			restricted_groups = { { group = "S-1-5-32-544", members = { "Administrator", "S-1-5-18" } },
				{ group = "S-1-5-32-551", memberof = { "S-1-5-32-578" } }, { group = "S-1-5-32-555", members = {} } },
			preference_groups = { { action = "U", group = "Users", members = { { name = "A\\x", action = "ADD" },
				{ name = "A\\y", action = "REMOVE" } } } }, other = { "Machine\\x.bin" } }, { __index = NOTHING })
		assert.same({ policy = "P", ["not read"] = { "Machine\\x.bin" },
			["preference groups"] = { "Users  is changed  + A\\x, - A\\y" },
			["restricted groups"] = {
				"BUILTIN\\Administrators        only members  Administrator, NT AUTHORITY\\SYSTEM",
				"BUILTIN\\Backup Operators      member of     BUILTIN\\Hyper-V Administrators",
				"BUILTIN\\Remote Desktop Users  only members  nobody" },
			["user rights"] = { "SeBatchLogonRight        nobody", "SeDenyNetworkLogonRight  BUILTIN\\Guests" } },
			shown(s, "P", "a.test"))
		assert.same({ policy = "P: no settings for computers" }, shown(NOTHING, "P", "a.test"))
	end)
end)
