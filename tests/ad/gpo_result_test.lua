-- gpo.result against a table made by hand: sites, a subnet, OUs in OUs, links enforced, blocked, disabled and filtered.
-- The policies are made by policies.py on the domain controller; samba.gp, which samba-gpupdate uses, tells the order
-- as far as Samba looks: neither at filters nor at versions, and enforced policies in another order than Windows.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"
local connect = require "adsh.connect"
local gpo = require "adsh.gpo"
local policies = require "policies"
local raising = require "adsh.raising"

local BASE = lab.base
local CONFIG = "CN=Sites,CN=Configuration," .. BASE
local HOSTS, INNER = "OU=Hosts," .. BASE, "OU=Result,OU=Hosts," .. BASE
local SITE = "CN=Result-Site," .. CONFIG
local NAME = "RESULT01"
local HOST = ("CN=%s,%s"):format(NAME, INNER)
local NORMAL, DISABLED, ENFORCED, BOTH = 0, 1, 2, 3

local SECURITY = "[{827D319E-6EAC-11D2-A4EA-00C04F79F83A}{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}]"
local GROUPS = "[{17D89FEC-5C44-4972-B12D-241CAEF74509}{79F92669-4224-476C-9C5C-6EFB4D87DF4A}]"
local SCRIPTS = "[{42B5FAAE-6536-11D2-AE5A-0000F87571E3}{40B6664F-4972-11D1-A7CA-0000F87571E3}]"
local WMI = "{77777777-0000-0000-0000-000000000001}"

local OWN = "O:DAG:DAD:P(A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;DA)"
local READ = "(A;CI;LCRPLORC;;;%s)"
local APPLY = "(OA;CI;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;%s)"
local DENY = "(OD;CI;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;%s)"

local function inf(section, ...)
	return '[Unicode]\r\nUnicode=yes\r\n[Version]\r\nsignature="$CHICAGO$"\r\nRevision=1\r\n[' .. section .. "]\r\n"
		.. table.concat({ ... }, "\r\n") .. "\r\n"
end

local function xml(...)
	return '<?xml version="1.0" encoding="utf-8"?>\r\n<Groups clsid="{3125E937-EB16-4b4c-9934-544FC6D24D26}">'
		.. '<Group clsid="{6D4A79E4-529C-4481-ABD0-F5BD7EA93BA7}" name="x" uid="{A}"><Properties action="U" '
		.. 'groupSid="S-1-5-32-578" groupName="Hyper-V Administrators"><Members>' .. table.concat { ... }
		.. "</Members></Properties></Group></Groups>\r\n"
end

local function policy(name, more)
	local p = { name = "R " .. name, attributes = cjson.empty_table }
	for key, v in pairs(more or {}) do
		p[key] = v
	end
	return p
end

local function say(text, extension)
	return { attributes = { gPCMachineExtensionNames = extension or SECURITY }, files = { template = text } }
end

local SPEC = {
	objects = {
		{ SITE, { objectClass = "site" } },
		{ "CN=10.99.0.0/16,CN=Subnets," .. CONFIG, { objectClass = "subnet", siteObject = SITE } },
		{ INNER, { objectClass = "organizationalUnit" } },
		{ HOST, { objectClass = "computer", sAMAccountName = NAME .. "$", dNSHostName = "result01.alpha.test" } },
		{ "CN=SOM,CN=WMIPolicy,CN=System," .. BASE, { objectClass = "container" } },
		{ ("CN=%s,CN=SOM,CN=WMIPolicy,CN=System,%s"):format(WMI, BASE), { objectClass = "msWMI-Som",
			["msWMI-Name"] = "Only 2025", ["msWMI-ID"] = WMI, ["msWMI-Parm1"] = "x", ["msWMI-Parm2"] = "1;" } },
	},
	policies = {
		policy("site"), policy("site enforced"), policy("domain"),
		policy("domain enforced", say(inf("Privilege Rights", "SeNetworkLogonRight = *S-1-5-32-544,*S-1-5-11",
			"SeDenyNetworkLogonRight = *S-1-5-32-546"))),
		policy("hosts", say(inf("Privilege Rights", "SeNetworkLogonRight = *S-1-5-32-544",
			"SeServiceLogonRight = *S-1-5-80-0,user01"))),
		policy("hosts enforced 1"), policy("hosts enforced 2"), policy "disabled", policy "disabled enforced",
		policy("inner 1", { attributes = { gPCMachineExtensionNames = SECURITY .. SCRIPTS },
			files = { template = inf("Group Membership", "*S-1-5-32-544__Members = *S-1-5-21-1-2-3-1105,user01",
				"*S-1-5-21-1-2-3-1105__Memberof = *S-1-5-32-578"),
				psscripts = "[Startup]\r\n0CmdLine=start.ps1\r\n0Parameters=-now\r\n" } }),
		policy("inner 2", { attributes = { gPCMachineExtensionNames = GROUPS .. SECURITY, gPCWQLFilter =
			"[alpha.test;" .. WMI .. ";0]" }, files = { template = inf("Group Membership",
				"*S-1-5-32-544__Members = *S-1-5-21-1-2-3-1106"),
				groups = xml('<Member name="ALPHA\\user01" action="ADD" sid=""/>',
					'<Member name="old" action="REMOVE" sid="S-1-5-21-1-2-3-1107"/>') } }),
		policy("inner enforced", say(inf("Privilege Rights", "SeNetworkLogonRight = *S-1-5-11",
			"SeBatchLogonRight = *S-1-5-32-551"), GROUPS)),
		policy("filtered", { acl = OWN .. READ:format "AU" .. APPLY:format "{HyperV-Hosts}" }),
		policy("denied", { acl = OWN .. DENY:format "{RESULT01$}" .. READ:format "AU" .. APPLY:format "AU" }),
		policy("unreadable", { acl = OWN .. APPLY:format "{RESULT01$}" }),
		policy("for it", { acl = OWN .. READ:format "AU" .. APPLY:format "{RESULT01$}" }),
		policy("computer off", { attributes = { flags = "2" } }), policy("off", { attributes = { flags = "3" } }),
		policy("user off", { attributes = { flags = "1" } }),
		policy("empty", { attributes = { versionNumber = "65536" } }),
	},
	links = { -- as in the text: the last one wins
		{ SITE, { { "R site", NORMAL }, { "R site enforced", ENFORCED } } },
		{ BASE, { { "R domain enforced", ENFORCED }, { "R domain", NORMAL } } },
		{ HOSTS, { { "R hosts enforced 2", ENFORCED }, { "R disabled", DISABLED }, { "R hosts enforced 1", ENFORCED },
			{ "R hosts", NORMAL }, { "R disabled enforced", BOTH } } },
		{ INNER, { { "R filtered", NORMAL }, { "R inner 2", NORMAL }, { "R denied", NORMAL }, { "R inner 1", NORMAL },
			{ "R inner enforced", ENFORCED }, { "R unreadable", NORMAL }, { "R for it", NORMAL },
			{ "R computer off", NORMAL }, { "R off", NORMAL }, { "R user off", NORMAL }, { "R empty", NORMAL } } },
	},
	blocks = { HOSTS },
}

local function remove()
	policies.all("remove", SPEC)
end

local function result(site)
	return gpo.result(NAME, { site = site })
end

local function names(rows)
	local list = {}
	for i, row in ipairs(rows) do
		list[i] = row.name:gsub("^R ", "")
	end
	return list
end

describe("the result of group policies", function()
	local r
	setup(function()
		remove()
		policies.all("make", SPEC)
		connect { domain = lab.domain, krb5 = require "adsh.krb5".login { ccache = lab.login "labadmin" } }
		r = result "Result-Site"
	end)
	teardown(remove)

	it("has what applies in the order of the table, the winner last", function()
		assert.same({ "hosts", "inner 2", "inner 1", "for it", "user off", "inner enforced", "hosts enforced 2",
			"hosts enforced 1", "domain enforced", "site enforced" }, names(r.policies))
	end)

	it("says of each that does not apply why", function()
		local why = {}
		for _, row in ipairs(r.left_out) do
			why[row.name:gsub("^R ", "")] = row.why
		end
		assert.same({
			site = "blocked by " .. HOSTS, domain = "blocked by " .. HOSTS, ["Default Domain Policy"] = "blocked by " .. HOSTS,
			disabled = "the link is disabled", ["disabled enforced"] = "the link is disabled",
			filtered = "it does not have Apply Group Policy", denied = "Apply Group Policy is denied to it",
			unreadable = "it has Apply Group Policy, but may not read the policy (MS16-072)",
			["computer off"] = "its computer part is off", off = "the policy is off",
			empty = "its computer part is empty (version 0)",
		}, why)
	end)

	it("agrees with Samba, as far as Samba looks", function()
		local ours, seen = {}, {}
		local own = result "Default-First-Site-Name"
		local samba = cjson.decode(policies.run("order", NAME .. "$"))
		for _, row in ipairs(own.policies) do
			ours[row.name] = row.enforced and "enforced" or "normal"
		end
		local order = {}
		for _, name in ipairs(samba) do
			order[#order + 1] = ours[name] == "normal" and name or nil
			seen[name] = true
		end
		local expected = {}
		for _, row in ipairs(own.policies) do
			assert.is_true(seen[row.name], row.name)
			expected[#expected + 1] = not row.enforced and row.name or nil
		end
		assert.same(order, expected)
		for _, row in ipairs(own.left_out) do -- what is blocked or disabled is not in Samba's list either
			local is_by_link = row.why:find "^blocked" or row.why:find "disabled"
			assert.is_false(is_by_link and seen[row.name] or false, row.name)
		end
	end)

	it("says who wins each user right, and over whom", function()
		local rows = {}
		for _, row in ipairs(r.rights) do
			rows[row.right] = { row.policy, table.concat(row.who, ","), table.concat(row.overrules, ",") }
		end
		assert.same({
			SeNetworkLogonRight = { "R domain enforced", "BUILTIN\\Administrators,NT AUTHORITY\\Authenticated Users",
				"R hosts" },
			SeDenyNetworkLogonRight = { "R domain enforced", "BUILTIN\\Guests", "" },
			SeServiceLogonRight = { "R hosts", "NT SERVICE\\ALL SERVICES,user01", "" },
		}, rows)
	end)

	it("says what becomes of local groups", function()
		local user = lab.must(lab.scripts .. "/in.sh dc1 samba-tool user show user01 --attributes=objectSid")
			:match "S%-1%-5%-21[%d%-]+":gsub("%-", "%%-")
		local rows = {}
		for i, row in ipairs(r.groups) do
			rows[i] = ("%s %s %s: %s"):format(row.policy, row.action, row.group,
				table.concat(row.sids, ",")):gsub(user, "user01")
		end
		assert.same({
			"R inner 2 removes BUILTIN\\Hyper-V Administrators: S-1-5-21-1-2-3-1107",
			"R inner 2 adds BUILTIN\\Hyper-V Administrators: user01",
			"R inner 1 replaces BUILTIN\\Administrators: S-1-5-21-1-2-3-1105,user01",
			"R inner 1 adds BUILTIN\\Hyper-V Administrators: S-1-5-21-1-2-3-1105",
		}, rows)
		assert.same({ "R inner 2" }, r.groups[3].overrules)
		assert.same({ { script = "start.ps1 -now", policy = "R inner 1" } }, r.scripts)
	end)

	it("says what no client carries out, and what it cannot tell", function()
		assert.equal(1, #r.notes)
		assert.matches("^'R inner enforced' has rights, which no client applies", r.notes[1])
		assert.equal(1, #r.unseen)
		assert.matches("^the WMI filter 'Only 2025' of 'R inner 2' is not evaluated", r.unseen[1])
	end)

	it("knows the site of the subnet, and says where it does not", function()
		lab.must(lab.scripts .. "/hyperv_hosts.sh name result01 host59") -- 10.77.1.99
		local own = result()
		assert.is_nil(own.site)
		assert.equal("no subnet has the address 10.77.1.99", own.site_known_by)
		assert.matches("^its site is not known", own.unseen[1])
		lab.modify(("dn: CN=10.77.1.0/24,CN=Subnets,%s\nchangetype: add\nobjectClass: subnet\nsiteObject: %s\n"):format(
			CONFIG, SITE))
		own = result()
		lab.modify(("dn: CN=10.77.1.0/24,CN=Subnets,%s\nchangetype: delete\n"):format(CONFIG))
		lab.must(lab.scripts .. "/hyperv_hosts.sh name result01 -")
		assert.equal("Result-Site", own.site)
		assert.equal("10.77.1.99 is in the subnet 10.77.1.0/24", own.site_known_by)
		local _, err = raising.try(result, "nowhere")
		assert.equal("there is no site 'nowhere'", err.message)
	end)

	it("says of a link to what is not there that it may be otherwise for the host", function()
		local gone = "{99999999-0000-0000-0000-000000000000}"
		local text = lab.search("(distinguishedName=" .. INNER .. ")", "gPLink")[1].gPLink[1]
		local function put(value)
			lab.modify(("dn: %s\nchangetype: modify\nreplace: gPLink\ngPLink: %s\n"):format(INNER, value))
		end
		put(("[LDAP://CN=%s,CN=Policies,CN=System,%s;0]"):format(gone, BASE) .. text)
		local own = result "Result-Site"
		put(text)
		assert.matches(gone .. ", linked to " .. INNER .. ": the policy does not exist", table.concat(own.unseen, "\n"), 1,
			true)
		assert.is_nil(own.partial)
	end)

	it("is shown as a table", function()
		local _, out = lab.adsh { "-f", "table", "-e", ("gpo.result(%q, {site = 'Result-Site'})"):format(NAME) }
		assert.matches("\npolicies: +1  +R hosts +OU=Hosts, order 2\n", out)
		assert.matches("\n +10  R site enforced +site Result%-Site, order 1, enforced\n", out)
		assert.matches("\n +R domain +domain alpha%.test, order 1 +blocked by ", out)
		assert.matches("\nuser rights: .-SeNetworkLogonRight +[^\n]*R domain enforced, over R hosts\n", out)
	end)
end)
