-- The recipes about file servers, judged by smbclient with the hosts' own keys, by sharesec, smbcacls and
-- ldapsearch.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local FS, ANY = "fs1.alpha.test", 4096 + 0x1000000
local LIBRARY = { "run", "iso-library", "--library", "fs1", "--vmm", "host08", "--service-account", "svc-web",
	"host01", "--host", "host02" }
local STORAGE = { "run", "smb-storage", "--server", "fs1", "--share", "vms", "--admins", "Domain Admins", "host01",
	"host02" }
local BY_GROUPS = { "run", "iso-library", "--agdlp", "--library", "fs1", "--vmm", "host08", "--service-account",
	"svc-web", "--host", "host01", "host02" }

local function on(node, command)
	return lab.must(("%s/in.sh %s sh -c %s"):format(lab.scripts, node, lab.quote(command)))
end

local function ok(words)
	local status, out, err = lab.adsh(words)
	assert.equal(0, status, err)
	return out, err
end

local function yes(words, ...)
	local all = { "--yes", table.unpack(words) }
	return ok(table.move({ ... }, 1, select("#", ...), #all + 1, all))
end

-- As the host itself.
local function as_host(host, share, command)
	local cache = ("FILE:%s/tmp/storage.%s"):format(os.getenv "LAB_DIR", host)
	local status, out, err = lab.sh(("export KRB5CCNAME=%s; kinit -k -t %s/%s.keytab '%s$' && "
		.. "smbclient --use-kerberos=required //%s/%s -c %s"):format(cache, lab.keytabs, host, host:upper(), FS, share,
		lab.quote(command)))
	return status, out .. err
end

local function targets(name)
	local a = lab.account(name, "msDS-AllowedToDelegateTo userAccountControl")
	local list = a["msDS-AllowedToDelegateTo"] or {}
	table.sort(list)
	return list, tonumber(a.userAccountControl[1])
end

local function make(name)
	on("fs1", ("rm -rf /var/lib/samba/%s; mkdir -p /var/lib/samba/%s; chmod 0777 /var/lib/samba/%s; "
		.. "echo image > /var/lib/samba/%s/x.iso; chmod 0666 /var/lib/samba/%s/x.iso"):format(name, name, name, name, name))
	ok { "-e", ("share.add(%q, %q, '/var/lib/samba/%s'); share.set_acl(%q, %q, 'D:(A;;FA;;;BA)')"):format(
		FS, name, name, FS, name) }
end

local function remove(name)
	ok { "-e", ("share.remove(%q, %q)"):format(FS, name) }
	lab.reset "HOST01$"
	lab.reset "HOST02$"
end

describe("iso-library", function()
	before_each(function()
		make "MSSCVMMLibrary"
	end)
	after_each(function()
		remove "MSSCVMMLibrary"
	end)

	it("lets hosts read, not write, and delegate to the library's cifs", function()
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "ls")))
		local out = yes(LIBRARY)
		assert.matches("HOST01%$ gains read", out)
		for _, host in ipairs { "host01", "host02", "host08" } do
			local status, text = as_host(host, "MSSCVMMLibrary", "get x.iso /dev/null")
			assert.equal(0, status, text)
			_, text = as_host(host, "MSSCVMMLibrary", "mkdir new")
			assert.matches("ACCESS_DENIED", text)
		end
		assert.not_equal(0, (as_host("host03", "MSSCVMMLibrary", "ls")))
		for _, host in ipairs { "HOST01$", "HOST02$" } do
			local list, uac = targets(host)
			assert.same({ "cifs/FS1", "cifs/fs1.alpha.test" }, list)
			assert.equal(ANY, uac)
		end
		assert.matches("nothing to do", (yes(LIBRARY)))
	end)

	it("lets them read the images that are there already, unless that is not wanted", function()
		on("fs1", "cd /var/lib/samba/MSSCVMMLibrary && chown -R 'ALPHA\\labadmin' . && chmod go-rwx x.iso")
		ok { "-e", ("folder.set_acl('//%s/MSSCVMMLibrary', 'D:P(A;OICI;FA;;;DA)(A;OICI;FA;;;BA)')"):format(FS) }
		lab.must(("KRB5CCNAME=%s smbclient --use-kerberos=required //%s/MSSCVMMLibrary -c %s"):format(
			lab.login "labadmin", FS, "'mkdir win;mkdir win/2022;put /etc/hostname win/2022/y.iso'"))
		local words = { "--no-children", table.unpack(LIBRARY, 3) }
		local out = yes({ "run", "iso-library", table.unpack(words) })
		assert.matches('icacls "\\\\fs1.alpha.test\\MSSCVMMLibrary\\*" /reset', out, 1, true)
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "get win/2022/y.iso /dev/null")))
		out = yes(LIBRARY)
		assert.is_nil(out:find("icacls", 1, true))
		assert.matches("5/5 written and read back, 3 unchanged", out)
		for _, path in ipairs { "x.iso", "win/2022/y.iso" } do
			local status, text = as_host("host01", "MSSCVMMLibrary", ("get %s /dev/null"):format(path))
			assert.equal(0, status, text)
		end
		local _, text = as_host("host01", "MSSCVMMLibrary", "put /etc/hostname win/2022/new")
		assert.matches("ACCESS_DENIED", text)
		yes { "undo", out:match "Run (%S+)" }
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "get win/2022/y.iso /dev/null")))
	end)

	it("only tells, with --check, what lacks and what a user sees of that", function()
		local status, out = lab.adsh { "run", "iso-library", "--library", "fs1", "--host", "host01", "--check" }
		assert.equal(4, status)
		assert.matches("12700", out)
		assert.matches("13233", out)
		assert.matches("0x80070005", out)
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "ls")))
		assert.same({}, (targets "HOST01$"))
	end)

	it("is undone as a whole", function()
		local out = yes(LIBRARY)
		yes { "undo", out:match "Run (%S+)" }
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "ls")))
		assert.same({}, (targets "HOST01$"))
	end)

	it("takes several servers, and several hosts, after one option", function()
		local status, _, err = lab.adsh { "-n", "run", "iso-library", "host03", "--library", "fs1", "dc1", "--share",
			"sysvol", "--host", "host01", "host02", "--service-account", "svc-web" }
		assert.equal(1, status) -- fs1 has no such share
		assert.matches("fs1.alpha.test has no share sysvol", err, 1, true)
		local out
		status, out = lab.adsh { "-n", "run", "iso-library", "host03", "--library", "fs1", "fs1", "--host", "host01",
			"host02" }
		assert.equal(4, status)
		for n = 1, 3 do
			assert.matches(("HOST%02d%% gains read"):format(n):gsub("%% ", "$ "), out, 1, true)
		end
		status, _, err = lab.adsh { "-n", "run", "iso-library", "--library", "fs1", "host01" }
		assert.equal(2, status)
		assert.matches("name hosts first or after %-%-host", err)
	end)

	it("warns of a library that everybody may change", function()
		ok { "--allow-widening", "-e", ("share.set_acl(%q, 'MSSCVMMLibrary', 'D:(A;;FA;;;WD)')"):format(FS) }
		local _, err = yes(LIBRARY)
		assert.matches("Everyone has full through the share", err)
	end)

	it("warns of every crowd that may change it, and of no other", function()
		for dacl, words in pairs {
			["(A;;0x1301bf;;;DU)"] = "Domain Users has change through the share",
			["(A;;FA;;;BU)"] = "Users has full through the share",
			["(A;;FA;;;NU)"] = "NETWORK has full through the share",
			["(A;;FR;;;WD)"] = false,
			["(A;;FX;;;WD)"] = false, -- not "read" by name, and no more than that
			["(D;;FA;;;WD)(A;;FA;;;AU)"] = false,
			["(A;;FA;;;DA)"] = false,
		} do
			ok { "--allow-widening", "-e", ("share.set_acl(%q, 'MSSCVMMLibrary', 'D:(A;;FA;;;BA)%s')"):format(FS, dacl) }
			local _, _, err = lab.adsh { "-n", table.unpack(LIBRARY) }
			assert.matches(words or "", err, 1, true)
			assert.equal(words ~= false, err:find("through the share", 1, true) ~= nil, dacl)
		end
	end)
end)

describe("iso-library --agdlp", function()
	local HOSTS, READ = "VMM-Library-Hosts", "VMM-Library-Read"
	local state = lab.must "mktemp -d":gsub("%s", "")

	local function adsh(...)
		return lab.adsh { "--journal", state, ... }
	end

	local function go(...)
		local status, out, err = adsh("--yes", ...)
		assert.equal(0, status, err)
		return out
	end

	local function group(name)
		local g = lab.search(("(sAMAccountName=%s)"):format(name), "groupType member objectSid")[1]
		table.sort(g and g.member or {})
		return g
	end

	-- All that the recipe may change, as Samba's and OpenLDAP's tools see it.
	local function snapshot()
		local share = on("fs1", "rpcclient -P -c 'netsharegetinfo MSSCVMMLibrary 502' localhost 2>/dev/null || "
			.. "net conf list 2>/dev/null; sharesec --view MSSCVMMLibrary 2>/dev/null || true")
		local folder = lab.must(("KRB5CCNAME=%s smbcacls --use-kerberos=required --sddl //%s/MSSCVMMLibrary /"):format(
			lab.login "labadmin", FS))
		return { share, folder, group(HOSTS) or "none", group(READ) or "none", { targets "HOST01$" }, { targets "HOST02$" } }
	end

	local function runs()
		local _, out = adsh("-f", "json", "journal")
		return require "cjson".decode(out)
	end

	local function last()
		local list = runs()
		return list[#list].run
	end

	local function tool(command)
		on("dc1", "samba-tool group " .. command)
	end

	before_each(function()
		make "MSSCVMMLibrary"
	end)
	after_each(function()
		remove "MSSCVMMLibrary"
		for _, name in ipairs { HOSTS, READ } do
			if group(name) then
				tool("delete " .. name)
			end
		end
		lab.must("rm -rf " .. state)
	end)

	local function check_written()
		local base = lab.base
		local hosts, read = group(HOSTS), group(READ)
		assert.equal("-2147483646", hosts.groupType[1]) -- MS-ADTS 2.2.12: global, security
		assert.equal("-2147483644", read.groupType[1]) -- domain local, security
		assert.same({ "CN=HOST01,OU=Hosts," .. base, "CN=HOST02,OU=Hosts," .. base }, hosts.member)
		assert.same({ "CN=HOST08,OU=Hosts," .. base, hosts.dn, "CN=svc-web,OU=Services," .. base }, read.member)
		local function sid(words)
			return on("dc1", ("samba-tool %s --attributes=objectSid"):format(words)):match "objectSid: (%S+)"
		end
		local permitted = sid("group show " .. READ)
		local acl = lab.must(("KRB5CCNAME=%s smbcacls --use-kerberos=required --sddl //%s/MSSCVMMLibrary /"):format(
			lab.login "labadmin", FS)):gsub("0x00", "0x") -- as 4.17 writes it
		assert.matches(("(A;OICI;0x1200a9;;;%s)"):format(permitted), acl, 1, true)
		assert.is_nil(acl:find(sid "computer show 'HOST01$'" .. ")", 1, true))
		acl = lab.must(("KRB5CCNAME=%s rpcclient --use-kerberos=required %s -c 'netsharegetinfo MSSCVMMLibrary 502'")
			:format(lab.login "labadmin", FS))
		assert.matches(permitted .. "\n", acl, 1, true)
		assert.is_nil(acl:find("S-1-0-", 1, true))
		for _, host in ipairs { "host01", "host02", "host08" } do
			local code, text = as_host(host, "MSSCVMMLibrary", "get x.iso /dev/null")
			assert.equal(0, code, text)
			_, text = as_host(host, "MSSCVMMLibrary", "mkdir new")
			assert.matches("ACCESS_DENIED", text)
		end
		assert.not_equal(0, (as_host("host03", "MSSCVMMLibrary", "ls")))
		assert.same({ "cifs/FS1", "cifs/fs1.alpha.test" }, (targets "HOST01$"))
	end

	it("makes both groups, nests them, permits one; all of it is undone as one run, and again", function()
		local before = snapshot()
		local out = go(table.unpack(BY_GROUPS))
		assert.matches("to do on HOST01, HOST02: klist purge -li 0x3e7, its tickets do not name VMM-Library-Hosts yet",
			out, 1, true)
		check_written()
		assert.matches("nothing to do: 6 unchanged", go(table.unpack(BY_GROUPS)))
		assert.equal(1, #runs())
		go("undo", last())
		assert.same(before, snapshot())
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "ls")))
		go("undo", last()) -- the groups have other SIDs now
		check_written()
	end)

	it("shows all of that first, and carries it out from a plan file", function()
		local path, before = state .. ".plan", snapshot()
		finally(function()
			os.remove(path)
		end)
		local status, out = adsh("--plan-out", path, table.unpack(BY_GROUPS))
		assert.equal(4, status)
		for _, text in ipairs { "new group", "scope: global", "scope: domain local", "VMM-Library-Read gains read",
			"+ CN=VMM-Library-Hosts,CN=Users," .. lab.base } do
			assert.matches(text, out, 1, true)
		end
		assert.is_nil(out:find("S-1-", 1, true))
		assert.same(before, snapshot())
		go("apply", path)
		check_written()
		assert.matches("nothing to do: 7 unchanged", go("apply", path)) -- a file, too
	end)

	it("tells with --check that the groups are missing, and what a user sees", function()
		local status, out = adsh("run", "iso-library", "--agdlp", "--library", "fs1", "--host", "host01", "--check")
		assert.equal(4, status)
		assert.matches("VMM%-Library%-Read +the group, which is missing +0x80070005", out)
		assert.is_nil(group(READ))
	end)

	it("uses groups that are there, and makes the other where it is told to", function()
		tool("add " .. HOSTS .. " --group-scope=Global --groupou=OU=Hosts")
		tool("addmembers " .. HOSTS .. " 'HOST01$'")
		local before = snapshot()
		go("run", "iso-library", "--agdlp", "--library", "fs1", "--host", "host01", "host02", "--groups-ou",
			"ou=services," .. lab.base)
		assert.equal("CN=VMM-Library-Read,OU=Services," .. lab.base, group(READ).dn)
		assert.equal("CN=VMM-Library-Hosts,OU=Hosts," .. lab.base, group(HOSTS).dn)
		assert.equal(2, #group(HOSTS).member)
		go("undo", last())
		assert.same(before, snapshot())
		tool("delete " .. HOSTS)
		tool("add " .. HOSTS .. " --group-scope=Universal")
		local status, _, err = adsh("--yes", table.unpack(BY_GROUPS))
		assert.equal(6, status)
		assert.matches("is not a global security group but a universal security group", err)
		assert.is_nil(group(READ))
	end)

	it("is not undone over the head of somebody who uses its group", function()
		go(table.unpack(BY_GROUPS))
		tool("addmembers " .. READ .. " user01")
		local before = snapshot()
		local status, _, err = adsh("--yes", "undo", last())
		assert.equal(6, status)
		assert.matches("VMM-Library-Read has been edited since", err, 1, true)
		assert.same(before, snapshot())
	end)

	it("is refused as a whole to who may not make groups", function()
		local before = snapshot()
		local status, _, err = lab.adsh({ "--journal", state, "--yes", table.unpack(BY_GROUPS) }, "user01")
		assert.equal(1, status)
		assert.matches("denies access", err)
		assert.same(before, snapshot())
	end)

	it("is finished when it ended just after the groups were made", function()
		local before, cut = snapshot(), state .. ".cut"
		finally(function()
			os.remove(cut)
		end)
		go(table.unpack(BY_GROUPS))
		local run = last()
		local file = ("%s/%s.jsonl"):format(state, run)
		lab.must(("sed '/\"result\",\"n\":2/q' %s >%s"):format(file, cut))
		go("undo", run)
		lab.must(("mv %s %s"):format(cut, file))
		go("resume", run)
		check_written()
		go("undo", run)
		assert.same(before, snapshot())
	end)

	-- Kills it as soon as the journal has so many results; true: it was in the middle.
	local function kill_after(results)
		local words = {}
		for i, w in ipairs(BY_GROUPS) do
			words[i] = lab.quote(w)
		end
		local status = lab.sh(("KRB5CCNAME=%s %s --journal %s --yes %s & pid=$!; "
			.. "until [ $(cat %s/*.jsonl 2>/dev/null | grep -c '\"result\"') -ge %d ] || ! kill -0 $pid; do :; done; "
			.. "kill -KILL $pid; wait $pid"):format(lab.login "labadmin", lab.quote(lab.program), state,
			table.concat(words, " "), state, results))
		return status == 137
	end

	it("that was killed is finished, and undone, wherever it was", function()
		local before, killed = snapshot(), 0
		for results = 1, 5 do
			killed = killed + (kill_after(results) and 1 or 0)
			local run = last()
			if results % 2 == 1 then
				go("resume", run)
				check_written()
			end
			go("undo", run)
			assert.same(before, snapshot())
			lab.must("rm -rf " .. state)
		end
		assert.is_true(killed > 0)
	end)
end)

describe("a script that makes groups and permits them", function()
	local path

	before_each(function()
		make "scripted"
		path = lab.file(([[
			local staff = group.create("test-staff")
			group.create("test-readers", { scope = "domainlocal", members = "test-staff" })
			group.add("test-staff", { "host01", "host02" })
			group.add("test-readers", "host08")
			share.grant(%q, "scripted", "test-readers", "read")
			folder.grant("//%s/scripted", { "test-readers", staff }, "read")]]):format(FS, FS))
	end)
	after_each(function()
		os.remove(path)
		remove "scripted"
	end)

	local function dry()
		local status, _, err = lab.adsh { "-n", path }
		return status, err
	end

	it("shows in a dry run what it does then", function()
		local status, err = dry()
		assert.equal(4, status)
		for _, text in ipairs { "+ CN=test-staff,CN=Users," .. lab.base, "+ CN=HOST02,OU=Hosts," .. lab.base,
			"+ CN=HOST08,OU=Hosts," .. lab.base, "test-readers gains read", "test-staff gains read" } do
			assert.matches(text, err, 1, true)
		end
		local state = lab.must "mktemp -d":gsub("%s", "")
		finally(function()
			lab.must("rm -rf " .. state)
		end)
		ok { "-y", "--journal", state, path }
		for _, host in ipairs { "host01", "host02", "host08" } do
			local code, text = as_host(host, "scripted", "get x.iso /dev/null")
			assert.equal(0, code, text)
		end
		assert.equal(0, (dry()))
		yes { "--journal", state, "undo", (lab.must("ls " .. state):match "(%S+)%.jsonl") }
		assert.same({}, lab.search("(cn=test-*)", "cn"))
		assert.not_equal(0, (as_host("host01", "scripted", "ls")))
	end)
end)

describe("smb-storage", function()
	before_each(function()
		make "vms"
	end)
	after_each(function()
		remove "vms"
	end)

	it("gives hosts and admins all of share and folder, and stops inheritance", function()
		local out = yes(STORAGE, "--each-host")
		assert.matches("no longer inherits from above", out)
		for _, host in ipairs { "host01", "host02" } do
			local status, text = as_host(host, "vms", ("mkdir %s; put /etc/hostname %s/disk"):format(host, host))
			assert.equal(0, status, text)
			assert.is_nil(text:match "NT_STATUS", text)
		end
		assert.not_equal(0, (as_host("host03", "vms", "ls")))
		local sddl = ok { "-e", ("print(folder.acl('//%s/vms').sddl)"):format(FS) }
		assert.matches("^D:P", sddl)
		assert.same({ "cifs/FS1", "cifs/fs1.alpha.test" }, (targets "HOST01$"))
		assert.matches("nothing to do", (yes(STORAGE, "--each-host")))
		assert.same({}, lab.search("(cn=HyperV-*-Hosts)", "cn"))
	end)

	it("permits a group of the hosts, which has the share name unless it is told", function()
		local out = yes(STORAGE)
		finally(function()
			lab.sh(lab.scripts .. "/in.sh dc1 samba-tool group delete HyperV-vms-Hosts")
		end)
		local members = lab.account("HyperV-vms-Hosts", "member").member
		table.sort(members)
		assert.same({ "CN=HOST01,OU=Hosts," .. lab.base, "CN=HOST02,OU=Hosts," .. lab.base }, members)
		local status, text = as_host("host01", "vms", "mkdir host01")
		assert.equal(0, status, text)
		assert.matches("nothing to do", (yes(STORAGE)))
		yes { "--allow-widening", "undo", out:match "Run (%S+)" }
		assert.same({}, lab.search("(cn=HyperV-vms-Hosts)", "cn"))
	end)

	it("permits a group in place of each host, and makes the hosts its members", function()
		on("dc1", "samba-tool group add vms-hosts && samba-tool group addmembers vms-hosts 'HOST01$'")
		finally(function()
			on("dc1", "samba-tool group delete vms-hosts")
		end)
		local words = { table.unpack(STORAGE) }
		words[#words + 1], words[#words + 2] = "--hosts-group", "vms-hosts"
		local function members()
			local list = lab.account("vms-hosts", "member").member
			table.sort(list)
			return list
		end
		local out = yes(words)
		assert.same({ "CN=HOST01,OU=Hosts," .. lab.base, "CN=HOST02,OU=Hosts," .. lab.base }, members())
		local acl = ok { "-f", "json", "-e", ("share.acl(%q, 'vms')"):format(FS) }
		assert.matches("vms-hosts", acl, 1, true)
		assert.is_nil(acl:find("HOST0", 1, true))
		local status, text = as_host("host02", "vms", "mkdir host02")
		assert.equal(0, status, text)
		assert.matches("nothing to do: 5 unchanged", (yes(words)))
		yes { "--allow-widening", "undo", out:match "Run (%S+)" }
		assert.same({ "CN=HOST01,OU=Hosts," .. lab.base }, members())
		assert.not_equal(0, (as_host("host02", "vms", "ls")))
	end)

	it("makes the groups of hosts and admins where they are missing", function()
		local words = { table.unpack(STORAGE) }
		words[8] = "vms-admins"
		words[#words + 1], words[#words + 2] = "--hosts-group", "vms-hosts"
		local status, text = lab.adsh { "-n", table.unpack(words) }
		assert.equal(4, status)
		assert.matches("vms%-admins gains full", text)
		local out = yes(words)
		finally(function()
			lab.sh(("%s/in.sh dc1 samba-tool group delete vms-hosts; %s/in.sh dc1 samba-tool group delete vms-admins")
				:format(lab.scripts, lab.scripts))
		end)
		assert.matches("vms-admins is new and has no members yet", out, 1, true)
		assert.equal("-2147483646", lab.account("vms-hosts", "groupType").groupType[1])
		assert.equal("-2147483646", lab.account("vms-admins", "groupType").groupType[1])
		status, text = as_host("host02", "vms", "mkdir host02")
		assert.equal(0, status, text)
		assert.matches("7/7 written and read back;", out) -- a file, too
		assert.matches("nothing to do: 5 unchanged", (yes(words)))
		yes { "--allow-widening", "undo", out:match "Run (%S+)" }
		assert.same({}, lab.search("(|(cn=vms-hosts)(cn=vms-admins))", "cn"))
		local _, err
		status, _, err = lab.adsh { "-n", "run", "smb-storage", "--server", "fs1", "--share", "vms", "--host", "host01",
			"--admins", "ALPHA\\vms-admins" }
		assert.equal(1, status)
		assert.matches("vms%-admins", err)
	end)

	it("finds admins of a trusted domain, and makes none there", function()
		on("dcb", "samba-tool group add vms-beta-admins")
		finally(function()
			on("dcb", "samba-tool group delete vms-beta-admins")
		end)
		local sid = on("dcb", "samba-tool group show vms-beta-admins"):match "objectSid: (%S+)"
		local function with(admins)
			return { "--yes", "run", "smb-storage", "--server", "fs1", "--share", "vms", "--each-host", "--host", "host01",
				"--admins", admins }
		end
		for i, name in ipairs { "BETA\\vms-beta-admins", "vms-beta-admins@beta.test" } do
			local status, out, err = lab.adsh(with(name))
			assert.equal(0, status, err)
			assert.matches(i == 1 and "BETA\\vms-beta-admins gains full" or "nothing to do", out, 1, true)
			assert.matches(sid, lab.must(("KRB5CCNAME=%s rpcclient --use-kerberos=required %s -c 'netsharegetinfo vms 502'")
				:format(lab.login "labadmin", FS)), 1, true)
		end
		for _, name in ipairs { "BETA\\nobody", "nobody@beta.test", "nobody@nowhere.test", "a/b" } do
			local status, _, err = lab.adsh(with(name))
			assert.equal(1, status, name)
			assert.matches(name, err, 1, true)
		end
		local status, _, err = lab.adsh(with "Everyone")
		assert.equal(2, status)
		assert.matches("'Everyone' is not a valid group name", err)
	end)

	it("warns when the server is one of the hosts, and opens nothing to everyone unasked", function()
		local _, err = yes(STORAGE, "--each-host", "fs1")
		assert.matches("does not support machines on a share of the", err)
		local status
		status, _, err = lab.adsh { "--yes", "run", "smb-storage", "--server", "fs1", "--share", "vms", "--each-host",
			"host01", "--everyone-full" }
		assert.equal(6, status)
		assert.matches("Everyone gains full", err)
		assert.not_equal(0, (as_host("host03", "vms", "ls")))
	end)
end)
