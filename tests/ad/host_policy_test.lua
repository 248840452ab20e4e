-- host-policy in two forests: what it writes, read on each DC with Samba's own library (host_policy.py), samba-tool
-- and smbclient.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"
local outside = require "outside"

local NAME = "adsh host policy"
local OUS = { dc1 = "OU=Hosts,DC=alpha,DC=test", dcb = "OU=Hosts,DC=beta,DC=test" }
local DOMAINS = { dc1 = "alpha.test", dcb = "beta.test" }
local JOURNAL = os.getenv "LAB_DIR" .. "/tmp/journal.host-policy"

local function adsh(...)
	return lab.adsh { "-d", "alpha.test", "--journal", JOURNAL, "--allow-protected", ... }
end

local function ok(...)
	local status, out, err = adsh("--allow-widening", ...)
	assert.equal(0, status, err)
	return out, err
end

local function run(...)
	return ok("run", "host-policy", "--ou", OUS.dc1, ...)
end

local BOTH = { "run", "host-policy", "--ou", OUS.dc1, OUS.dcb, "--for", "HyperV-Hosts@alpha.test",
	"HyperV-Hosts@beta.test", "--admins", "user01@beta.test", "--firewall", "--networks", "10.1.0.0/16",
	"--migration", "kerberos", "--replica", "--hosts-group", "HyperV-Hosts" }

local function both(...)
	local words = { table.unpack(BOTH) }
	table.move({ ... }, 1, select("#", ...), #words + 1, words)
	return table.unpack(words)
end

local function on(node, command)
	return lab.must(("%s/in.sh %s %s"):format(lab.scripts, node, command))
end

local function read(node)
	local p = cjson.decode(on(node, ("python3 tests/ad/host_policy.py %s"):format(lab.quote(NAME))))
	return p ~= cjson.null and p or nil
end

local function samba_tool(node, words)
	return on(node, ("samba-tool gpo %s -U %s -H ldap://dc1.%s 2>&1"):format(words, lab.quote("Administrator%"
		.. lab.password), DOMAINS[node]))
end

local function listing(node)
	return on(node, ("sh -c %s"):format(lab.quote("find /var/lib/samba/sysvol/*/Policies | sort")))
end

-- "ACCOUNT" of that DC: SID, and SIDs of its members
local function sid(node, name)
	return on(node, ("ldbsearch -H /var/lib/samba/private/sam.ldb '(sAMAccountName=%s)' objectSid"):format(name))
		:match "objectSid: (%S+)"
end

local function members(node, name)
	local list = {}
	for s in on(node, ("ldbsearch -H /var/lib/samba/private/sam.ldb '(sAMAccountName=%s)' member"):format(name))
		:gmatch "member: CN=(S%-[%d-]+)," do
		list[s] = true
	end
	return list
end

-- Puts bytes into a file of the policy, or gives those that are there, with smbclient.
local function path_of(p, path)
	return ("alpha.test\\Policies\\%s\\%s"):format(p.guid, path)
end

local function smbclient(...)
	return lab.must(("KRB5CCNAME=%s smbclient -k //dc1.alpha.test/sysvol -c %s 2>/dev/null"):format(
		lab.login "labadmin", lab.quote(table.concat({ ... }, "; "))))
end

local function put(p, path, bytes)
	local file, made, so_far = lab.file(bytes), {}, ""
	for part in (path:match "^(.*)\\" or ""):gmatch "[^\\]+" do
		so_far = so_far .. part
		made[#made + 1] = ('mkdir "%s"'):format(path_of(p, so_far))
		so_far = so_far .. "\\"
	end
	made[#made + 1] = ('put %s "%s"'):format(file, path_of(p, path))
	smbclient(table.unpack(made))
	os.remove(file)
end

local function get(p, path)
	local file = os.tmpname()
	smbclient(('get "%s" %s'):format(path_of(p, path), file))
	local f <close> = assert(io.open(file, "rb"))
	os.remove(file)
	return f:read "a"
end

local function wide(s)
	return "\xff\xfe" .. s:gsub(".", "%0\0")
end

local function wide_entry(key, name, value)
	local function w(s)
		return wide(s):sub(3) .. "\0\0"
	end
	local data = w(value)
	return ("[\0%s;\0%s;\0%s;\0%s;\0%s]\0"):format(w(key), w(name), string.pack("<I4", 1), string.pack("<I4", #data), data)
end

local THEIRS = {
	inf = '[Unicode]\r\nUnicode=yes\r\n[Registry Keys]\r\n"MACHINE\\Software\\X",0,"D:AR"\r\n[Version]\r\n'
		.. 'signature="$CHICAGO$"\r\nRevision=1\r\n[Privilege Rights]\r\nSeDebugPrivilege = *S-1-5-32-544\r\n',
	xml = '<?xml version="1.0" encoding="utf-8"?>\n<Groups clsid="{3125E937-EB16-4b4c-9934-544FC6D24D26}"><!-- theirs -->'
		.. '\n<Group clsid="{6D4A79E4-529C-4481-ABD0-F5BD7EA93BA7}" name="Theirs" image="2" uid="{11111111-1111-1111-1111-'
		.. '111111111111}"><Properties action="U" groupSid="S-1-5-32-551" groupName="Theirs"><Members/></Properties>'
		.. "</Group>\n</Groups>\n",
	pol = wide_entry("SOFTWARE\\Policies\\X", "Theirs", "yes"),
	ps = "[Startup]\r\n0CmdLine=theirs.ps1\r\n0Parameters=-x\r\n\r\n[Shutdown]\r\n0CmdLine=b.ps1\r\n0Parameters=\r\n",
	audit = "Machine Name,Policy Target\r\n,System\xe9\r\n",
}
-- Registry settings of an editor of templates, and an audit policy: others' extensions; a user part of version 3
local THEIR_EXTENSIONS = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"
	.. "[{F3CCC681-B74C-4060-9F26-CD84525DCA2A}{0F3F3735-573D-9804-99E4-AB2A69BA5FD4}]"
local THEIR_VERSION = 3 << 16
local FILES = { ps = [[Machine\Scripts\psscripts.ini]], audit = [[Machine\Microsoft\Windows NT\Audit\audit.csv]],
	 inf = [[Machine\Microsoft\Windows NT\SecEdit\GptTmpl.inf]],
	xml = [[Machine\Preferences\Groups\Groups.xml]], pol = [[Machine\Registry.pol]] }
local POL_HEAD = "PReg\1\0\0\0"

describe("host-policy", function()
	local before, dc
	setup(function()
		lab.admin_of_both()
		dc = outside.open "dc1"
		lab.sh("rm -rf " .. JOURNAL)
		for node in pairs(OUS) do -- of another suite, with members
			lab.sh(("%s/in.sh %s samba-tool group delete HyperV-Peers"):format(lab.scripts, node))
		end
		before = { dc1 = listing "dc1", dcb = listing "dcb" }
	end)
	after_each(function()
		lab.sh(("rm -rf %s"):format(JOURNAL))
	end)
	teardown(function()
		dc:close()
	end)

	it("says what is missing, and writes nothing, with --check", function()
		local status, out = adsh("--allow-widening", both "--check")
		assert.equal(4, status)
		assert.matches("6600 +live migration", out)
		for node, name in pairs { dc1 = "ALPHA", dcb = "BETA" } do -- as members of the other domain's group
			assert.matches(("+ %s\\HyperV-Hosts (%s)"):format(name, sid(node, "HyperV-Hosts")), out, 1, true)
		end
		assert.is_nil(read "dc1")
		lab.adsh { "-d", "alpha.test", "-e", ("run.host_policy{ou = %q, firewall = true, check = true}"):format(
			OUS.dc1) }
		assert.is_nil(read "dc1")
		assert.same(before, { dc1 = listing "dc1", dcb = listing "dcb" })
	end)

	it("is refused with SYSVOL named once, and for hosts that DNS has no address of", function()
		local status, _, err = lab.adsh { "-d", "alpha.test", "run", "host-policy", "--ou", OUS.dc1, "--firewall" }
		assert.equal(6, status)
		assert.matches("folder SYSVOL.*every computer of the domain applies%) and 4 more%. Nothing was written", err)
		assert.equal(1, select(2, err:gsub("share of domain controllers", "")))
		status, _, err = adsh("--allow-widening", "run", "host-policy", "--ou", OUS.dc1, "--firewall", "--for",
			"HyperV-Hosts@beta.test", "--networks", "hosts")
		assert.is_true(status > 0)
		assert.matches("no address", err, 1, true)
		assert.is_nil(read "dc1")
	end)

	it("refuses what no policy can be linked to, a policy without a name, and one that has nothing to say", function()
		for said, words in pairs { ["CN=Computers,DC=alpha,DC=test: its class is container"] = { "--ou",
			"CN=Computers,DC=alpha,DC=test", "--firewall" }, ["--name is empty"] = { "--ou", OUS.dc1, "--name", " ",
			"--firewall" }, ["--for gives access to hosts of other domains only"] = { "--ou", OUS.dc1, "--for", "host01" } } do
			local status, _, err = adsh("run", "host-policy", table.unpack(words))
			assert.equal(2, status)
			assert.matches(said, err, 1, true)
		end
	end)

	it("makes a policy in each forest, whole, for the hosts and administrators of the other one", function()
		ok(both())
		local sids = { dc1 = sid("dcb", "HyperV-Hosts"), dcb = sid("dc1", "HyperV-Hosts") }
		local user = sid("dcb", "user01")
		for node, ou in pairs(OUS) do
			local p, peers = read(node), sid(node, "HyperV-Peers")
			assert.same({ "1", "[General]\r\nVersion=1\r\n", "1" }, { p.version, p.ini, p.flags })
			assert.same({ { sid = peers, action = "ADD", name = (node == "dc1" and "ALPHA" or "BETA") .. "\\HyperV-Peers" } },
				p.groups[1].members)
			assert.same({ 1, "U", "S-1-5-32-544" }, { #p.groups, p.groups[1].action, p.groups[1].sid })
			assert.is_true(members(node, "HyperV-Peers")[sids[node]])
			assert.equal(node == "dc1" or nil, members(node, "HyperV-Peers")[user])
			assert.matches("|Dir=In|Protocol=6|LPort=6600|RA4=10.1.0.0/16|", p.values["adsh-migration"], 1, true)
			assert.matches("|LPort=80|RA4=10.1.0.0/16|", p.values["adsh-replica"], 1, true)
			assert.equal("adsh-host-policy.ps1", p.scripts.Startup["0CmdLine"])
			assert.matches("Set-VMHost -VirtualMachineMigrationAuthenticationType Kerberos", p.script, 1, true)
			assert.matches("'10.1.0.0/16'", p.script, 1, true)
			local list = {}
			for extension in p.extensions:gmatch "%[({[%x-]+})" do
				list[#list + 1] = extension
			end
			assert.same({ "{00000000-0000-0000-0000-000000000000}", "{17D89FEC-5C44-4972-B12D-241CAEF74509}",
				"{35378EAC-683F-11D2-A89A-00C04FBBCFA2}", "{42B5FAAE-6536-11D2-AE5A-0000F87571E3}" }, list)
			local shown = samba_tool(node, "show " .. lab.quote(p.guid))
			assert.matches("(OA;CI;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;" .. sid(node, "HyperV-Hosts"), shown, 1, true)
			assert.matches("DN: " .. ou, samba_tool(node, "listcontainers " .. lab.quote(p.guid)), 1, true)
			assert.not_matches("ERROR", samba_tool(node, "aclcheck"), 1, true)
		end
	end)

	it("finds all of it there in a second run", function()
		assert.equal(0, (adsh(both "--check")))
		local was = { read "dc1", read "dcb" }
		assert.matches("nothing to do", (ok(both())))
		assert.same(was, { read "dc1", read "dcb" })
	end)

	it("refuses a policy whose halves differ", function()
		local p = read "dc1"
		put(p, "GPT.INI", "[General]\r\nVersion=7\r\n")
		local status, _, err = adsh("--allow-widening", "run", "host-policy", "--ou", OUS.dc1, "--firewall")
		assert.equal(6, status)
		assert.matches("the object has version 1, the files have 7. Nothing was written", err, 1, true)
		status, _, err = adsh(both "--check") -- also where it has nothing else to write
		assert.equal(6, status)
		assert.matches("the files have 7", err, 1, true)
		put(p, "GPT.INI", p.ini)
	end)

	-- Attributes of the policy on dc1, with ldbmodify; nil takes one away.
	local function set(p, attribute, value)
		local ldif = lab.file(("dn: CN=%s,CN=Policies,CN=System,%s\nchangetype: modify\nreplace: %s\n%s"):format(p.guid,
			lab.base, attribute, value and ("%s: %s\n"):format(attribute, value) or ""))
		on("dc1", "ldbmodify -H /var/lib/samba/private/sam.ldb <" .. ldif)
		os.remove(ldif)
	end

	it("names the extensions again that somebody has taken out of the policy", function()
		local p = read "dc1"
		set(p, "gPCMachineExtensionNames", p.extensions:match "%[{35378EAC[^]]*%]")
		assert.equal(4, (adsh(both "--check")))
		ok(both())
		local now = read "dc1"
		assert.same({ p.extensions, "2", "[General]\r\nVersion=2\r\n" }, { now.extensions, now.version, now.ini })
		assert.equal(0, (adsh(both "--check")))
	end)

	it("says what keeps hosts from obeying the policy", function()
		local p = read "dc1"
		set(p, "flags", "3")
		set(p, "gPCWQLFilter", "[alpha.test;{01234567-89AB-4CDE-8FFF-0123456789AB};0]")
		local _, _, err = adsh(both "--check")
		assert.matches("alpha.test: the policy 'adsh host policy': its computer part is turned off", err, 1, true)
		assert.matches("alpha.test: the policy 'adsh host policy' has a WMI filter", err, 1, true)
		set(p, "flags", "1")
		set(p, "gPCWQLFilter")
		assert.not_matches("warning", select(3, adsh(both "--check")))
	end)

	it("takes a policy that is its own away again, and undo brings it back", function()
		local was = { dc1 = listing "dc1", dcb = listing "dcb" }
		local out, err = ok("run", "host-policy", "--ou", OUS.dc1, "--ou", OUS.dcb, "--revert")
		assert.matches("Settings that the script made in Hyper-V remain", out, 1, true)
		assert.not_matches("The policy takes effect", out, 1, true)
		assert.matches("the hosts keep the members", err, 1, true)
		assert.same(before, { dc1 = listing "dc1", dcb = listing "dcb" })
		assert.is_nil(read "dcb")
		assert.matches("nothing to do", (run "--revert"))
		ok("undo", "last")
		assert.same(was, { dc1 = listing "dc1", dcb = listing "dcb" })
		ok("run", "host-policy", "--ou", OUS.dc1, "--ou", OUS.dcb, "--revert")
	end)

	-- A policy that others have made, by smbclient and in the database.
	local function theirs()
		ok("-e", ("gpo.create(%q)"):format(NAME))
		local p = read "dc1"
		for key, path in pairs(FILES) do
			local bytes = THEIRS[key]
			put(p, path, (key == "inf" or key == "ps") and wide(bytes) or key == "pol" and POL_HEAD .. bytes or bytes)
		end
		put(p, "GPT.INI", "[General]\nVersion=" .. THEIR_VERSION .. "\ndisplayName=R\xe8gle\n")
		p.dn = ("CN=%s,CN=Policies,CN=System,DC=alpha,DC=test"):format(p.guid)
		dc:replace(p.dn, "versionNumber", { tostring(THEIR_VERSION) })
		dc:replace(p.dn, "gPCMachineExtensionNames", { THEIR_EXTENSIONS })
		return p
	end

	it("completes a policy of others, and takes only its own out of it", function()
		local p = theirs()
		run("--admins", "user01@beta.test", "--firewall", "--migration", "kerberos")
		run("--admins", "user01@beta.test", "--restricted")
		local now = read "dc1"
		assert.same({ tostring(THEIR_VERSION + 2), "[General]\nVersion=" .. THEIR_VERSION + 2 .. "\ndisplayName=R\xe8gle\n" },
			{ now.version, get(p, "GPT.INI") })
		for extension in THEIR_EXTENSIONS:gmatch "{[%x-]+}" do
			assert.is_truthy(now.extensions:find(extension, 1, true))
		end
		local mine = THEIRS.inf
			.. ("[Group Membership]\r\n*%s__Memberof = *S-1-5-32-544\r\n"):format(sid("dc1", "HyperV-Peers"))
		assert.equal(wide(mine), get(p, FILES.inf))
		assert.same({ "{11111111-1111-1111-1111-111111111111}", 2 }, { now.groups[1].uid, #now.groups })
		assert.equal(THEIRS.xml:match "^(.*)</Groups>", get(p, FILES.xml):sub(1, #THEIRS.xml - #"</Groups>\n"))
		assert.equal(POL_HEAD .. THEIRS.pol, get(p, FILES.pol):sub(1, #POL_HEAD + #THEIRS.pol))
		assert.equal("yes", (now.values.Theirs:gsub("%z", "")))
		assert.same({ ["0CmdLine"] = "theirs.ps1", ["0Parameters"] = "-x", ["1CmdLine"] = "adsh-host-policy.ps1",
			["1Parameters"] = "" }, now.scripts.Startup)
		local _, err = run "--revert"
		assert.matches("has other settings", err, 1, true)
		assert.equal(POL_HEAD .. THEIRS.pol, get(p, FILES.pol))
		assert.equal(THEIRS.xml, get(p, FILES.xml))
		assert.equal(wide(THEIRS.inf .. "[Group Membership]\r\n"), get(p, FILES.inf))
		assert.equal(wide(THEIRS.ps), get(p, FILES.ps))
		assert.equal(THEIRS.audit, get(p, FILES.audit))
		for _, firewall in ipairs { "{B05566AC-FE9C-4368-BE01-7A4CBB6CBA11}", "adsh" } do
			assert.is_nil(read "dc1".extensions:find(firewall, 1, true))
		end
	end)

	it("does not write over what somebody does between plan and apply, in files or in the object", function()
		local p, plan = read "dc1", os.tmpname()
		p.dn = ("CN=%s,CN=Policies,CN=System,DC=alpha,DC=test"):format(p.guid)
		os.remove(plan)
		assert.equal(4, (adsh("--allow-widening", "--plan-out", plan, "run", "host-policy", "--ou", OUS.dc1, "--firewall")))
		local function refused(pattern)
			local was = read "dc1"
			local status, _, err = adsh("--allow-widening", "apply", plan)
			assert.equal(6, status, err)
			assert.matches(pattern, err)
			assert.same(was, read "dc1")
		end
		put(p, FILES.pol, POL_HEAD .. THEIRS.pol .. THEIRS.pol)
		refused "Registry.pol.* has been edited since"
		put(p, FILES.pol, POL_HEAD .. THEIRS.pol)
		local version = dc:get(p.dn, "versionNumber")
		dc:replace(p.dn, "versionNumber", { tostring(version[1] + 1) })
		refused "edited since"
		-- the version that the plan makes, in both halves: hosts would not look at what comes after it
		local ini = get(p, "GPT.INI")
		put(p, "GPT.INI", (ini:gsub("Version=" .. version[1], "Version=" .. version[1] + 1)))
		refused "GPT.INI.* has been edited since"
		put(p, "GPT.INI", ini)
		dc:replace(p.dn, "versionNumber", version)
		assert.equal(0, (adsh("--allow-widening", "apply", plan)))
		os.remove(plan)
		ok("-e", ("gpo.remove(%q)"):format(NAME))
		assert.equal(before.dc1, listing "dc1")
	end)

	it("lets in the addresses that hosts have in DNS, into the local group that is named", function()
		local words = { "run", "host-policy", "--ou", OUS.dcb, "--for", "fs1@alpha.test", "--firewall", "--networks", "hosts",
			"--local-group", "hyper-v-administrators" }
		local _, err = ok(table.unpack(words))
		local address = lab.must("getent ahostsv4 fs1.alpha.test"):match "^%S+"
		local p = read "dcb"
		for _, name in ipairs { "migration", "smb", "winrm", "rpc", "rpc-mapper" } do
			assert.equal(address, p.values["adsh-" .. name]:gsub("%z", ""):match "|RA4=([^|]*)|Name=", name)
		end
		assert.equal("S-1-5-32-578", p.groups[1].sid)
		assert.is_true(members("dcb", "HyperV-Peers")[sid("dc1", "FS1$")])
		assert.matches("beta.test: .* DNS has no address for them: HOST01%-HOST08", err)
		words[#words + 1] = "--check"
		assert.equal(0, (adsh("--allow-widening", table.unpack(words))))
		ok("run", "host-policy", "--ou", OUS.dcb, "--revert")
		assert.equal(before.dcb, listing "dcb")
	end)

	it("unlinks one OU where others obey the policy too, which then stays", function()
		run("--ou", "OU=Staff,DC=alpha,DC=test", "--firewall")
		local p = read "dc1"
		local _, err = run "--revert"
		assert.matches("is unchanged, because it is linked elsewhere", err, 1, true)
		assert.same(p, read "dc1")
		local shown = samba_tool("dc1", "listcontainers " .. lab.quote(p.guid))
		assert.matches("DN: OU=Staff", shown, 1, true)
		assert.not_matches("DN: OU=Hosts", shown, 1, true)
		ok("run", "host-policy", "--ou", "OU=Staff,DC=alpha,DC=test", "--revert")
		assert.is_nil(read "dc1")
	end)

	it("replaces the members of a local group only when that is said twice", function()
		local words = { "--admins", "user01@beta.test", "--restricted", "--replace-members" }
		local status, _, err = adsh("run", "host-policy", "--ou", OUS.dc1, table.unpack(words))
		assert.equal(6, status)
		assert.matches("--allow-widening", err, 1, true)
		assert.is_nil(read "dc1")
		run(table.unpack(words))
		local list = read "dc1".inf
		local peers = "*" .. sid("dc1", "HyperV-Peers")
		assert.same({ [peers .. "__Memberof"] = { "*S-1-5-32-544" },
			["*S-1-5-32-544__Members"] = { "Administrator", (peers:gsub("%d+$", "512")), peers } }, list)
		assert.matches("nothing to do", (run(table.unpack(words))))
		run "--revert"
		assert.equal(before.dc1, listing "dc1")
	end)

	it("leaves nothing behind when it is undone", function()
		local groups = { sid("dc1", "HyperV-Peers"), sid("dcb", "HyperV-Peers") }
		for _, node in ipairs { "dc1", "dcb" } do
			on(node, "samba-tool group delete HyperV-Peers")
		end
		assert.equal(2, #groups)
		ok(both())
		ok("undo", "last")
		assert.same(before, { dc1 = listing "dc1", dcb = listing "dcb" })
		for node, ou in pairs(OUS) do
			assert.is_nil(sid(node, "HyperV-Peers"))
			assert.not_matches("gPLink: ", on(node,
				("ldbsearch -H /var/lib/samba/private/sam.ldb -b %s -s base gPLink"):format(ou)))
		end
	end)
end)
