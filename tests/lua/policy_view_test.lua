-- What a plan does to a group policy, as people read it: words where they say all of it, else the text itself. The
-- words are held against what is in the files, which samba's own parsers read in policy_files_test.
local difference = require "adsh.difference"
local firewall = require "adsh.gpo.firewall"
local preferences = require "adsh.gpo.preferences"
local registry = require "adsh.gpo.registry"

local GUID = "{24AC5FDA-5253-405A-B209-72C20B46FBF3}"
local FOLDER = [[\\dc1.alpha.test\SYSVOL\alpha.test\Policies\]] .. GUID
local DN = "CN=" .. GUID .. ",CN=Policies,CN=System,DC=alpha,DC=test"

local function file(path, before, after, more)
	local function typed(v)
		return v and { "type=" .. (path:find "%.%w+$" and "file" or "folder") } or {}
	end
	local c = { kind = "file", dn = FOLDER .. (path ~= "" and "\\" .. path or ""), domain = "alpha.test",
		label = (path:find "%.%w+$" and "file " or "folder ") .. path,
		edits = { { attribute = "file", before = typed(before), after = typed(after) } } }
	if path:find "%.%w+$" then
		c.edits[2] = { attribute = "content", before = { before or nil }, after = { after or nil } }
	end
	for key, v in pairs(more or {}) do
		c[key] = v
	end
	for _, e in ipairs(c.edits) do
		e.add, e.remove = e.after, e.before
	end
	return c
end

local function policy(before, after)
	return { kind = "policy", dn = DN, label = "x", domain = "alpha.test",
		edits = { { attribute = "policy", before = before, after = after, add = after, remove = before } } }
end

local NEW = policy({}, { "name=" .. GUID, "displayName=Hosts of us", "flags=1", "versionNumber=1",
	"gPCFunctionalityVersion=2", [[gPCFileSysPath=\\alpha.test\sysvol\alpha.test\Policies\]] .. GUID,
	"gPCMachineExtensionNames=[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{B05566AC-FE9C-4368-BE01-7A4CBB6CBA11}]",
	"acl=O:DAG:DAD:P(A;CI;LCRPLORC;;;AU)(OA;CI;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;AU)" })

local function told(...)
	return table.concat((difference { ... }), "\n")
end

local function link(before, after)
	return { kind = "policy-attributes", dn = "OU=Hosts,DC=alpha,DC=test", label = "Hosts", domain = "alpha.test",
		edits = { { attribute = "gPLink", before = before, after = after, add = after, remove = before } } }
end

local ITEM = { uid = "{9DEB0F6F-9142-454E-84A8-19036152C004}", group = "Administrators", sid = "S-1-5-32-544",
	changed = "2026-11-26 12:00:00", members = { { name = "A\\Peers", sid = "S-1-5-21-1-2-3-1105", action = "ADD" } } }

describe("a plan for a policy", function()
	it("is one block, with a line for each file by its path in the policy, in 80 columns", function()
		local text = told(NEW, file("", nil, ""), file("User", nil, ""), file("Machine", nil, ""),
			file("GPT.INI", nil, "[General]\r\nVersion=1\r\n"), file("Machine\\x.txt", nil, "one\r\n",
				{ protected = true, why = "a share of DCs" }), link({}, { "[LDAP://" .. DN .. ";2]" }))
		assert.equal(([[
Hosts of us  %s in alpha.test
  new group policy object
    + displayName: Hosts of us
    + user part: off
    + version: 1
    + settings: registry
    + applies to: NT AUTHORITY\Authenticated Users
  files in SYSVOL on dc1.alpha.test
  ! PROTECTED: a share of DCs
    + GPT.INI
      + version 1
    + Machine\x.txt
      + one
    + User\
Hosts  OU=Hosts,DC=alpha,DC=test
  links to policies
    + Hosts of us, enforced
plan: 7 objects, 1 value added, 0 removed]]):format(GUID), text)
	end)

	it("tells a place of the files, and values, that are not as usual", function()
		local odd = policy({}, { "name=" .. GUID, [[gPCFileSysPath=\\evil\sysvol\alpha.test\Policies\]] .. GUID,
			"flags=9", "gPCWQLFilter=x" })
		local text = told(odd)
		assert.matches([[gPCFileSysPath: \\evil\sysvol]], text, 1, true)
		assert.matches("flags: 9", text, 1, true)
		assert.matches("gPCWQLFilter: x", text, 1, true)
	end)

	it("says the order of several links, and which go", function()
		local function one(n)
			return ("[LDAP://cn={0000000%d-0000-0000-0000-000000000000},cn=policies,cn=system,%s;0]"):format(n, "")
		end
		local text = told(NEW, link({ one(1) .. one(2) }, { one(2) .. one(1) .. "[LDAP://" .. DN .. ";1]" }))
		assert.matches("    + Hosts of us, disabled\n    order, 1 wins: 1 Hosts of us, disabled; 2 {00000001", text, 1, true)
		text = told(link({ one(1) .. one(2) }, { one(2) }))
		assert.matches("    - {00000001-0000-0000-0000-000000000000}\n", text, 1, true)
		assert.not_matches("order", text)
	end)

	it("says what files say, and shows the text where words would not say all of it", function()
		local xml = preferences.put(nil, ITEM)
		local groups = [[Machine\Preferences\Groups\Groups.xml]]
		assert.matches("\n      + A\\Peers becomes a member of the local group Administrators\nplan",
			told(file(groups, nil, xml)), 1, true)
		for _, change in ipairs { { 'newName=""', 'newName="x"' }, { "<Groups ", "<!-- --><Groups " },
			{ "</Groups>", "<User/></Groups>" }, { 'removeAccounts="0"', 'removeAccounts="0" userContext="1"' } } do
			local odd = xml:gsub(change[1], change[2])
			assert.not_equal(xml, odd)
			assert.matches(change[2], told(file(groups, nil, odd)), 1, true)
		end
		local twice = xml:gsub("<Group .*</Group>", "%0%0")
		assert.matches("<Members>", told(file(groups, nil, twice)), 1, true)
	end)

	it("says which rules come and go, and shows those that adsh does not write as they are", function()
		local path, job = [[Machine\Registry.pol]], firewall.jobs.replica
		local rule = firewall.change(job, { "10.1.0.0/16" })(nil)
		local text = told(file(path, firewall.change(job, nil)(nil), rule))
		assert.matches("      - allow TCP 80 from anywhere: Hyper-V Replica\n"
			.. "      + allow TCP 80 from 10.1.0.0/16: Hyper-V Replica\n", text, 1, true)
		local list = registry.decode(rule)
		registry.put(list, registry.of_text(firewall.KEY, "adsh-replica", "v2.10|Action=Allow|LPort=80|App=x|Name=adsh: y|"))
		list[#list + 1] = { key = "K", name = "N", type = 3, data = "\1\xff" }
		text = told(file(path, nil, registry.encode(list)))
		assert.matches([[FirewallRules\adsh-replica = v2.10|Action=Allow|LPort=80|App=x|Name=adsh: y| (text)]], text, 1, true)
		assert.matches([[+ K\N = 01ff (bytes)]], text, 1, true)
		assert.matches("\n      content: nothing -> 10 bytes\n", told(file(path, nil, "PReg\1\0\0\0[\0")), 1, true)
	end)

	it("is told with a script that several policies have once, in full where it differs", function()
		local script = "1\r\n2\r\n3\r\n4\r\n"
		local there = file("Machine\\x.ps1", nil, script)
		local here = file("Machine\\x.ps1", nil, script, { domain = "alpha.test",
			dn = there.dn:gsub("alpha", "beta"):gsub("{.-}", "{00000000-1111-2222-3333-444444444444}") })
		local text = told(here, there)
		assert.matches("      as above, in beta.test\n", text, 1, true)
		assert.equal(1, select(2, text:gsub("      %+ 4\n", "")))
		here.edits[2].after = { script .. "5\r\n" }
		text = told(there, here)
		assert.equal(2, select(2, text:gsub("      %+ 4\n", "")))
	end)

	it("does not fit where somebody else has raised the version that it makes, unless all of it is there", function()
		local changes = require "adsh.gpo.changes"
		local version = { kind = "policy-attributes", dn = DN, label = "", edits = { { attribute = "versionNumber" } } }
		local other = file("x.txt", "a", "b")
		local ini = { kind = "file", dn = FOLDER .. "\\gpt.ini", edits = { { attribute = "content" } } }
		local function after(...)
			local drift = { ... }
			changes.check_versions({ other, ini, version }, drift)
			return drift
		end
		assert.same({ "none", "clash", "clash" }, after("none", "done", "done"))
		assert.same({ "done", "none", "clash" }, after("done", "none", "done"))
		assert.same({ "done", "done", "none" }, after("done", "done", "none")) -- where the plan was cut off
		assert.same({ "done", "done", "done" }, after("done", "done", "done"))
		assert.same({ "none", "none", "none" }, after("none", "none", "none"))
		other.dn = other.dn:gsub("24AC5FDA", "34AC5FDA")
		assert.same({ "none", "done", "done" }, after("none", "done", "done"))
	end)

	it("is told change by change, in full, when everything is asked for", function()
		local text = table.concat((difference({ NEW, file("GPT.INI", nil, "x") }, true)), "\n")
		assert.matches(FOLDER .. "\\GPT.INI", text, 1, true)
		assert.matches("gPCFunctionalityVersion: 2", text, 1, true)
		assert.matches("acl: O:DAG:DA", text, 1, true)
	end)
end)
