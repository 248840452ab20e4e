-- doctor on group policies: what one says is broken by hand, one thing at a time, in the file that lies on the domain
-- controller; the condition that it breaks has to be named, and it alone. Accounts and SIDs are told by Samba.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local broken = require "broken"
local connect = require "adsh.connect"
local doctor = require "adsh.doctor"
local policies = require "policies"

local HOSTS, CONTROLLERS = "OU=Hosts," .. lab.base, "OU=Domain Controllers," .. lab.base
local NAME, OF_CONTROLLERS = "Doctor hosts", "Doctor controllers"
local PARTS = "[{17D89FEC-5C44-4972-B12D-241CAEF74509}{79F92669-4224-476C-9C5C-6EFB4D87DF4A}]"
	.. "[{827D319E-6EAC-11D2-A4EA-00C04F79F83A}{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}]"
local MIGRATION = "Microsoft Virtual System Migration Service/"
local ADMINS, HYPERV, MACHINES = "*S-1-5-32-544", "*S-1-5-32-578", "*S-1-5-83-0"

local function policy(name)
	return { name = name, attributes = { gPCMachineExtensionNames = PARTS } }
end

local SPEC = { policies = { policy(NAME), policy(OF_CONTROLLERS) },
	links = { { HOSTS, { { NAME, 0 } } }, { CONTROLLERS, { { OF_CONTROLLERS, 0 } } } } }

local places = {}

-- Makes this what a file of a policy holds.
local function put(name, part, text)
	local key = name .. part
	places[key] = places[key] or policies.run("path", name, part):match "[^\n]+"
	local file = lab.file(text)
	lab.must(("%s/in.sh dc1 install -m 644 %s %s"):format(lab.scripts, file, lab.quote(places[key])))
	os.remove(file)
end

local function template(lines, name)
	local text = '[Unicode]\r\nUnicode=yes\r\n[Version]\r\nsignature="$CHICAGO$"\r\nRevision=1\r\n'
		.. table.concat(lines, "\r\n") .. "\r\n"
	put(name or NAME, "template", "\xff\xfe" .. text:gsub(".", "%0\0"))
end

local function right(name, who)
	template { "[Privilege Rights]", ("%s = %s"):format(name, who) }
end

local function groups(...)
	template { "[Group Membership]", ... }
end

local NOTHING = '<?xml version="1.0" encoding="utf-8"?>\r\n<Groups clsid="{3125E937-EB16-4b4c-9934-544FC6D24D26}">%s'
	.. "</Groups>\r\n"

local function preference(sid)
	put(NAME, "groups", NOTHING:format(('<Group clsid="{6D4A79E4-529C-4481-ABD0-F5BD7EA93BA7}" name="x" uid="{A}">'
		.. '<Properties action="U" groupSid="S-1-5-32-544" groupName="Administrators (built-in)"><Members>'
		.. '<Member name="x" action="ADD" sid="%s"/></Members></Properties></Group>'):format(sid)))
end

local sids = {}

local function sid(name)
	sids[name] = sids[name] or lab.must(("%s/in.sh dc1 ldbsearch -H /var/lib/samba/private/sam.ldb %s objectSid"):format(
		lab.scripts, lab.quote(("(sAMAccountName=%s)"):format(name)))):match "objectSid: (%S+)"
	return sids[name]
end

local function whole()
	broken.at_once(function()
		broken.put("HOST01$", "userAccountControl", broken.ANY)
		broken.put("HOST01$", "msDS-AllowedToDelegateTo", broken.services("host02", MIGRATION, "cifs/"))
	end)
end

local function check(job, hosts, options)
	return broken.fails(doctor.check(job or "live-migration", hosts or {}, options or { source = "host01",
		target = "host02", as = "user01" }))
end

-- Of the conditions about policies only.
local function own(list)
	local kept = {}
	for _, one in ipairs(list) do
		local name = one:match "^(.-):"
		kept[#kept + 1] = (name == "network logon" or name == "logon as a service" or name == "local groups"
			or name == "group policies") and one or nil
	end
	return kept
end

local ON_BOTH = { "%s: HOST01$", "%s: HOST02$" }

local function on_both(condition)
	return { ON_BOTH[1]:format(condition), ON_BOTH[2]:format(condition) }
end

local FAULTS = {
	{ "the hosts' group is denied the logon over the network", { "network logon: HOST02$" },
		function() right("SeDenyNetworkLogonRight", "*S-1-5-32-546,*" .. sid "HyperV-Hosts") end },
	{ "the administrator is denied it, by name", on_both "network logon",
		function() right("SeDenyNetworkLogonRight", "ALPHA\\user01") end },
	{ "everybody who is not of Domain Admins has lost it", on_both "network logon",
		function() right("SeNetworkLogonRight", "*" .. sid "Domain Admins") end },
	{ "nobody may log on over the network", on_both "network logon",
		function() right("SeNetworkLogonRight", "") end },
	{ "it is the hosts' and the administrator's", {},
		function() right("SeNetworkLogonRight", ("*%s,user01"):format(sid "HyperV-Hosts")) end },
	{ "guests and local accounts are denied it, as everywhere", {},
		function() right("SeDenyNetworkLogonRight", "*S-1-5-32-546,*S-1-5-114") end },
	{ "local administrators, whom another line replaces, have it alone", { "network logon: HOST02$" },
		function()
			template { "[Privilege Rights]", "SeNetworkLogonRight = " .. ADMINS, "[Group Membership]",
				ADMINS .. "__Members = user01" }
		end },
	{ "virtual machines have lost the logon as a service", on_both "logon as a service",
		function() right("SeServiceLogonRight", "*S-1-5-80-0") end },
	{ "virtual machines have it", {}, function() right("SeServiceLogonRight", "*S-1-5-80-0," .. MACHINES) end },
	{ "the administrators are replaced without him", on_both "local groups",
		function() groups(ADMINS .. "__Members = *" .. sid "Domain Admins") end },
	{ "the administrators of Hyper-V are emptied", on_both "local groups",
		function() groups(HYPERV .. "__Members =") end },
	{ "the administrators are replaced with a group that he is in", {},
		function() groups("Administrators__Members = *" .. sid "Domain Users") end },
	{ "the administrators are replaced, and he is one of Hyper-V", {},
		function() groups(ADMINS .. "__Members =", ("*%s__Memberof = %s"):format(sid "user01", HYPERV)) end },
	{ "the hosts that a preference makes administrators are taken out again", { "local groups: HOST02$" },
		function()
			groups(ADMINS .. "__Members = user01")
			preference(sid "HyperV-Hosts")
		end, whole = function() put(NAME, "groups", NOTHING:format "") end },
}

describe("doctor of group policies", function()
	setup(function()
		broken.machines "start host01 host02"
		connect { domain = lab.domain, krb5 = require "adsh.krb5".login { ccache = lab.login "labadmin" } }
		policies.all("remove", SPEC)
		policies.all("make", SPEC)
		whole()
	end)
	teardown(function()
		policies.all("remove", SPEC)
		broken.machines "stop"
		lab.reset "HOST01$"
	end)

	for _, fault in ipairs(FAULTS) do
		it((#fault[2] > 0 and "names it, and it alone: " or "finds nothing where ") .. fault[1], function()
			fault[3]()
			local fails = check()
			if fault.whole then
				fault.whole()
			end
			assert.same(fault[2], fails)
		end)
	end

	it("gives the command that lets him in beside those who replace the others", function()
		groups(ADMINS .. "__Members = *" .. sid "Domain Admins")
		local rows = doctor.check("live-migration", {}, { source = "host01", target = "host02", as = "user01" })
		local fix
		for _, row in ipairs(rows) do
			fix = row.state == "fails" and row.fix or fix
		end
		assert.equal(("adsh run host-policy --ou %s --restricted --admins user01@alpha.test "
			.. "--allow-protected"):format(HOSTS), fix)
		local words = { "--allow-widening" }
		for word in fix:gsub("^adsh ", ""):gmatch "%S+" do
			words[#words + 1] = word
		end
		local status, _, err = lab.adsh(words)
		assert.equal(0, status, err)
		local fails = check()
		lab.adsh { "--allow-protected", "undo", "last" }
		assert.same({}, fails)
	end)

	it("names who may not change delegation, where it has to be changed", function()
		groups()
		template({ "[Privilege Rights]", "SeEnableDelegationPrivilege = user01" }, OF_CONTROLLERS)
		local before = check()
		broken.put("HOST01$", "msDS-AllowedToDelegateTo")
		local after = check()
		template({ "[Privilege Rights]", "SeEnableDelegationPrivilege = " .. ADMINS }, OF_CONTROLLERS)
		local allowed = check()
		whole()
		assert.same({}, before)
		assert.same({ "constrained delegation: HOST01$ -> HOST02$", "delegation privilege: alpha.test" }, after)
		assert.same({ "constrained delegation: HOST01$ -> HOST02$" }, allowed)
	end)

	it("looks at accounts of the library and at hosts of the other forest", function()
		groups(ADMINS .. "__Members = user01")
		assert.same({ "local groups: HOST01$" }, own(check("iso-library", { "host01" }, { target = "fs1", as = "user01",
			share = "sysvol", account = "svc-web" })))
		assert.same({ "local groups: HOST02$" }, own(check("cross-forest", {}, { source = "host01@beta.test",
			target = "host02", as = "user01" })))
	end)

	-- The row of a condition about the target, when no administrator is named.
	local function row_of(condition)
		for _, row in ipairs(doctor.check("live-migration", {}, { source = "host01", target = "host02" })) do
			if row.condition == condition and row.subject == "HOST02$" then
				return row
			end
		end
	end

	it("says so where only the host knows, and where a policy cannot be read", function()
		right("SeNetworkLogonRight", ADMINS)
		local seen = row_of "network logon"
		assert.equal("unseen", seen.state)
		assert.matches("only the host knows whether HOST01%$ belongs to them$", seen.reason)
		put(NAME, "registry", "nonsense")
		seen = row_of "group policies"
		assert.equal("unseen", seen.state)
		assert.matches("^the files of 'Doctor hosts' cannot be read: Registry.pol is malformed", seen.reason)
	end)
end)
