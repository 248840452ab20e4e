-- Shares that are made with their folders, through the share of a drive as Windows has it (D$, which fs1 gets here) or
-- one that leads there; judged by rpcclient, smbcacls, smbclient with the hosts' own keys, and the server's disk.
package.path = "tests/ad/?.lua;" .. package.path
local killer = require "killer"
local lab = require "lab"

local FS, DRIVE, DATA = "fs1.alpha.test", "/var/lib/samba/drive", "/var/lib/samba/data"
local LIBRARY = { "run", "iso-library", "--library", "fs1", "--share", "vms", "host01" }
local STORAGE = { "run", "smb-storage", "--server", "fs1", "--share", "vms", "--admins", "Domain Admins", "host01" }
local JOURNAL = lab.must "mktemp -d":gsub("%s", "")

local function on(command)
	return lab.must(("%s/in.sh fs1 sh -c %s"):format(lab.scripts, lab.quote(command)))
end

local adsh, ok = lab.script("--journal", JOURNAL)

local function go(words, ...)
	local all = { "--journal", JOURNAL, ... }
	return lab.adsh(table.move(words, 1, #words, #all + 1, all))
end

local function must(words, ...)
	local status, out, err = go(words, ...)
	assert.equal(0, status, err)
	return out, err
end

local function with_path(path, words)
	return table.move({ "--path", path }, 1, 2, #(words or STORAGE) + 1, { table.unpack(words or STORAGE) })
end

local function as_admin(command)
	return select(2, lab.sh(("KRB5CCNAME=%s %s 2>&1"):format(lab.login "labadmin", command)))
end

local function as_host(host, command)
	local cache = ("FILE:%s/tmp/new_share.%s"):format(os.getenv "LAB_DIR", host)
	local status, out, err = lab.sh(("export KRB5CCNAME=%s; kinit -k -t %s/%s.keytab '%s$' && "
		.. "smbclient --use-kerberos=required //%s/vms -c %s"):format(cache, lab.keytabs, host, host:upper(), FS,
		lab.quote(command)))
	return status, out .. err
end

-- The server's disk, below the drive: names in one line.
local function disk(folder)
	return (on(("cd %s && find . -mindepth 1 | sort | tr '\\n' ' '"):format(folder or DRIVE)))
end

-- Path and access list of the share as SID=mask; nil: there is none.
local function shared()
	local out = as_admin(("rpcclient --use-kerberos=required %s -c 'netsharegetinfo vms 502'"):format(FS))
	local path, list = out:match "path:\t([^\n]*)", {}
	for mask, sid in out:gmatch "Permissions: (0x%x+).-SID: (S%-[%d-]+)" do
		list[#list + 1] = sid .. "=" .. mask
	end
	table.sort(list)
	return path, table.concat(list, " ")
end

local function sid(words)
	return lab.must(("%s/in.sh dc1 samba-tool %s --attributes=objectSid"):format(lab.scripts, words))
		:match "objectSid: (%S+)"
end

local function acl(path, share)
	return as_admin(("smbcacls --use-kerberos=required --sddl '//%s/%s' %s"):format(FS, share or "D$", lab.quote(path)))
		:gsub("0x0+(%x)", "0x%1"):match "D:[^\n]*"
end

local function reload(text)
	on(("printf %%s %s > /etc/samba/shares.conf; smbcontrol all reload-config; smbcontrol smbd ping"):format(
		lab.quote(text)))
end

local function clean()
	lab.sh(("%s/in.sh dc1 samba-tool group delete HyperV-vms-Hosts"):format(lab.scripts))
	lab.reset "HOST01$"
	on(("rm -rf %s %s/made; mkdir -p %s; rm -f %s/*"):format(DRIVE, DATA, DRIVE, JOURNAL))
end

-- Tells of each change what it waits for.
local WAITS = [[
	local p = plan(function() %s end)
	p:apply()
	for _, c in ipairs(p:changes()) do print(c.kind, table.concat(c.after or {}, ",")) end]]

describe("a share that is made with its folder", function()
	setup(function()
		-- as Windows' own: administrators may do everything, whatever the access lists say
		reload(("[D$]\n\tpath = %s\n\tread only = no\n\tadmin users = @\"ALPHA\\Domain Admins\"\n"):format(DRIVE))
		clean()
	end)
	after_each(function()
		if shared() then
			ok("share.remove('fs1.alpha.test', 'vms')")
		end
		clean()
	end)
	teardown(function()
		reload ""
		on("rm -rf " .. DRIVE)
		lab.must("rm -rf " .. JOURNAL)
	end)

	it("is for hosts and admins only, once, and goes with what was made", function()
		local words = with_path [[D:\Shares\VMs]]
		local status, _, err = go(words)
		assert.equal(6, status)
		assert.matches("folder D$\\Shares on fs1.alpha.test (D$ is an administrative share", err, 1, true)
		local out
		status, out = go(words, "--allow-protected", "--dry-run")
		assert.equal(4, status)
		assert.matches("folder D$\\Shares on.*\n  new folder.*folder D$\\Shares\\VMs on.*\n  new folder.*share vms on", out)
		assert.equal("", disk())
		must(words, "--allow-protected")
		assert.equal("./Shares ./Shares/VMs ", disk())
		local hosts, admins = sid "group show HyperV-vms-Hosts", sid "group show 'Domain Admins'"
		local path, list = shared()
		assert.equal([[C:\var\lib\samba\drive\Shares\VMs]], path)
		local wanted = { "S-1-5-32-544=0x1f01ff", hosts .. "=0x1f01ff", admins .. "=0x1f01ff" }
		table.sort(wanted)
		assert.equal(table.concat(wanted, " "), list)
		assert.equal(("D:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICIIO;FA;;;CO)(A;OICI;FA;;;%s)(A;OICI;FA;;;%s)"):format(hosts,
			admins), acl "Shares/VMs")
		local said
		status, said = as_host("host01", "mkdir vm1; rmdir vm1")
		assert.equal(0, status, said)
		assert.not_equal(0, (as_host("host03", "ls")))
		assert.matches("nothing to do", (must(words)))
		must({ "undo", "last" }, "--allow-protected")
		assert.is_nil(shared())
		assert.equal("", disk())
		assert.same({}, lab.search "(sAMAccountName=HyperV-vms-Hosts)")
	end)

	it("leaves a folder that is not empty when it is undone, until that is", function()
		ok([[share.add("fs1.alpha.test", "vms", { path = "D:\\a\\VMs", make = true })]], "--allow-protected")
		on(("touch %s/a/VMs/x.vhdx"):format(DRIVE))
		local status, _, err = go({ "undo", "last" }, "--allow-protected")
		assert.equal(3, status)
		assert.matches([[remove the folder \\fs1.alpha.test\D$\a\VMs: .*1 not tried: the folder is not empty]], err)
		assert.is_nil(shared())
		assert.equal("./a ./a/VMs ./a/VMs/x.vhdx ", disk())
		on(("rm %s/a/VMs/x.vhdx"):format(DRIVE))
		must({ "resume", "last" }, "--allow-protected")
		assert.equal("", disk())
	end)

	it("is finished, and taken back, after a kill between any two steps", function()
		local k = killer.new { "--allow-protected" }
		k.cache = lab.login "labadmin"
		local words = { "-e", [[share.add("fs1.alpha.test", "vms", { path = "D:\\a\\VMs", make = true,
			folder_acl = "D:P(A;OICI;FA;;;BA)", acl = "D:(A;;FA;;;BA)" })]] }
		for lines = 5, 7 do -- a header, three intents; each step has a line then
			local id = k:through(words, { lines })
			assert.equal([[C:\var\lib\samba\drive\a\VMs]], (shared()))
			assert.equal("D:P(A;OICI;FA;;;BA)", acl "a/VMs")
			k:through({ "undo", id }, { lines })
			assert.is_nil(shared())
			assert.equal("", disk())
		end
		assert.is_true(k.kills > 0)
		k:close()
	end)

	it("is refused where no folder can be", function()
		on(("mkdir %s/there; touch %s/file; ln -s %s/there %s/link"):format(DRIVE, DRIVE, DRIVE, DRIVE))
		local before = disk()
		for path, why in pairs {
			[ [[D:\file]] ] = "a file of this name already exists",
			[ [[D:\file\x]] ] = "a file of this name already exists",
			[ [[E:\x]] ] = "fs1.alpha.test has no share E$ and no other share that contains E:\\x",
			["/srv/x"] = "fs1.alpha.test has no share that contains /srv/x",
			[ [[D:\there\..\x]] ] = "it contains . or ..",
			[ [[\\fs1\D$\x]] ] = "it is a UNC path",
		} do
			local status, _, err = adsh(("share.add('fs1.alpha.test', 'vms', { path = %q, make = true })"):format(path),
				"--allow-protected")
			assert.not_equal(0, status)
			assert.matches(why, err, 1, true)
		end
		assert.equal(before, disk())
		assert.is_nil(shared())
	end)

	it("is made through another share that leads there, without a drive's", function()
		must(with_path(DATA .. "/made/lib", LIBRARY))
		assert.equal([[C:\var\lib\samba\data\made\lib]], (shared()))
		on(("echo image > %s/made/lib/x.iso"):format(DATA))
		local status, said = as_host("host01", "get x.iso /dev/null")
		assert.equal(0, status, said)
		assert.matches("ACCESS_DENIED", select(2, as_host("host01", "mkdir new")))
		assert.not_equal(0, (as_host("host03", "ls")))
		local err = select(3, go(with_path(DATA .. "/made/other", LIBRARY)))
		assert.matches([[already has a share vms, for C:\var\lib\samba\data\made\lib, not]], err, 1, true)
	end)

	it("keeps what a folder has that is there already, and what is in it inherits", function()
		as_admin(("smbclient --use-kerberos=required //%s/data -c 'mkdir made;mkdir made/old;put /etc/hostname made/old/x'")
			:format(FS))
		must(with_path(DATA .. "/made/old"))
		local status, said = as_host("host01", "get x /dev/null")
		assert.equal(0, status, said)
		assert.matches("nothing to do", (must(with_path(DATA .. "/made/old"))))
		local before = disk(DATA .. "/made")
		must { "undo", "last" }
		assert.equal(before, disk(DATA .. "/made"))
		assert.is_nil(shared())
	end)

	it("waits for a folder of the same plan, and the folder for it", function()
		local out = ok(WAITS:format [[
			share.add("fs1.alpha.test", "vms", "/var/lib/samba/data/made/b")
			folder.make "//fs1.alpha.test/data/made"
			folder.make "//fs1.alpha.test/data/made/b"]])
		assert.matches("share\t2,3\nfile\t\nfile\t2\n", out)
		assert.equal([[C:\var\lib\samba\data\made\b]], (shared()))
		out = ok(WAITS:format [[
			folder.remove "//fs1.alpha.test/data/made/b"
			share.remove("fs1.alpha.test", "vms")]])
		assert.matches("file\t2\nshare\t\n", out)
		assert.is_nil(shared())
		assert.equal("", disk(DATA .. "/made"))
	end)
end)
