-- Shares and folders of the member server fs1 and of the DC, against sharesec, rpcclient, smbcacls and
-- smbclient.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local FS, DC = "fs1.alpha.test", lab.dc
local EVERYONE = "D:(A;;FA;;;WD)"

local function on(node, command)
	return lab.must(("%s/in.sh %s sh -c %s"):format(lab.scripts, node, lab.quote(command)))
end

local function as(user, command)
	return lab.sh(("KRB5CCNAME=%s %s"):format(lab.login(user), command))
end

local adsh, ok, json = lab.script()

local function sid(name)
	return ok(("print(directory.current():get(%q).objectSid)"):format(name)):match "S%-[%d-]+"
end

-- What sharesec shows on the server itself: SID -> rights.
local function sharesec(share)
	local list = {}
	for trustee, rights in on("fs1", "sharesec --view " .. share):gmatch "ACL:(S[%d-]+):(%S+)" do
		list[trustee] = rights
	end
	return list
end

local function smbcacls(path)
	local _, out = as("labadmin", ("smbcacls --use-kerberos=required //%s/data %s --sddl"):format(FS, lab.quote(path)))
	return (out:gsub("0x0+(%x)", "0x%1")) -- 4.17 writes masks with eight digits
end

local function configure(line)
	on("fs1", "sed -i '/^server smb/d' /etc/samba/smb.conf"
		.. (line and (" && sed -i 's/^\\[data\\]/%s\\n&/' /etc/samba/smb.conf"):format(line) or ""))
	on("fs1", "smbcontrol all reload-config; smbcontrol smbd ping")
end

local function reset()
	ok(("share.set_acl(%q, 'data', %q)"):format(FS, EVERYONE), "--allow-widening")
end

describe("shares", function()
	before_each(reset)
	teardown(reset)

	it("are listed as smbclient and rpcclient list them", function()
		local _, theirs = as("labadmin", ("rpcclient --use-kerberos=required %s -c netshareenumall"):format(FS))
		local names = {}
		for name in theirs:gmatch "netname: (%S+)" do
			names[#names + 1] = name
		end
		local rows = json(("share.list %q"):format(FS))
		assert.is_true(#names > 1)
		assert.equal(#names, #rows)
		for i, row in ipairs(rows) do
			assert.equal(names[i], row.name)
		end
		assert.matches("C:\\var\\lib\\samba\\data", theirs, 1, true)
		assert.equal([[C:\var\lib\samba\data]], rows[1].path)
	end)

	it("get an entry that the server stores, once, and give it back", function()
		local host = sid "host01"
		ok(("share.grant(%q, 'data', 'host01', 'read')"):format(FS))
		assert.matches("^ALLOWED/0x0/READ", sharesec "data"[host])
		assert.matches("^ALLOWED/0x0/FULL", sharesec "data"["S-1-1-0"])
		local _, view = as("labadmin", ("rpcclient --use-kerberos=required %s -c 'netsharegetinfo data 502'"):format(FS))
		assert.matches("Permissions: 0x1200a9.-SID: " .. host:gsub("%-", "%%-"), view)
		assert.equal(0, json(("share.grant(%q, 'data', 'host01', 'read')"):format(FS)).changed)
		ok(("share.grant(%q, 'data', 'host01', 'change')"):format(FS))
		assert.matches("^ALLOWED/0x0/RWXD", sharesec "data"[host])
		ok(("share.revoke(%q, 'data', 'host01')"):format(FS))
		assert.is_nil(sharesec "data"[host])
	end)

	it("are shown with names, and keep the SIDs", function()
		ok(("share.grant(%q, 'data', { 'host01', 'BUILTIN\\\\Administrators' }, 'full')"):format(FS))
		local o = json(("share.acl(%q, 'data')"):format(FS))
		local by = {}
		for _, e in ipairs(o.entries) do
			by[e.trustee] = e
		end
		assert.equal("full", by["HOST01$"].rights)
		assert.equal(sid "host01", by["HOST01$"].sid)
		assert.equal("S-1-5-32-544", by["BUILTIN\\Administrators"].sid)
	end)

	it("are given to groups that only the server knows, and taken from them", function()
		on("fs1", "net sam createlocalgroup 'Dateien Ändern'")
		finally(function()
			on("fs1", "net sam deletelocalgroup 'Dateien Ändern'")
		end)
		local _, theirs = as("labadmin", ("rpcclient --use-kerberos=required %s -c %s"):format(FS,
			lab.quote [[lookupnames "FS1\Dateien Ändern"]]))
		local group = theirs:match "S%-1%-5%-21%-[%d-]+"
		local grant = [[share.grant(%q, "data", { "FS1\\Dateien Ändern", "host01" }, "read")]]
		local status, _, words = adsh(grant:format(FS), "-n")
		assert.equal(4, status)
		assert.matches([[FS1\Dateien Ändern gains read]], words, 1, true)
		ok(grant:format(FS))
		assert.matches("^ALLOWED/0x0/READ", sharesec "data"[group])
		assert.matches("^ALLOWED/0x0/READ", sharesec "data"[sid "host01"])
		local seen
		for _, e in ipairs(json(("share.acl(%q, 'data')"):format(FS)).entries) do
			seen = seen or e.sid == group and e.trustee
		end
		assert.equal([[FS1\Dateien Ändern]], seen)
		ok(([[share.revoke(%q, "data", "fs1\\dateien ändern")]]):format(FS))
		assert.is_nil(sharesec "data"[group])
	end)

	it("are given to accounts of a domain that only the server reaches", function()
		-- winbind finds out about the trust when it is first asked, and leaves a domain that was slow alone for a while
		local function look_up()
			for _ = 1, 40 do
				local _, out = as("labadmin", ("rpcclient --use-kerberos=required %s -c %s"):format(FS,
					lab.quote [[lookupnames "BETA\host01$"]]))
				if out:find "S%-1%-5%-21" then
					return out:match "S%-1%-5%-21%-[%d-]+"
				end
				lab.sh "sleep 1"
			end
		end
		local theirs = look_up()
		lab.must(lab.scripts .. "/fault.sh dcb refuse cli")
		finally(function()
			lab.must(lab.scripts .. "/fault.sh dcb unblock")
		end)
		local out, words = ok(("share.grant(%q, 'data', [[BETA\\host01$]], 'read')"):format(FS))
		assert.matches([[BETA\host01$ gains read]], out .. words, 1, true)
		assert.matches("^ALLOWED/0x0/READ", sharesec "data"[theirs])
		ok(("share.revoke(%q, 'data', [[beta\\HOST01$]])"):format(FS))
		assert.is_nil(sharesec "data"[theirs])
	end)

	it("name the server that knows no such group", function()
		for name, hint in pairs {
			["FS1\\nobody"] = "", ["BUILTIN\\nothing"] = "", ["FS9\\x"] = "FS9 itself could not be queried",
		} do
			local status, _, err = adsh(("share.grant(%q, 'data', %q, 'read')"):format(FS, name))
			assert.not_equal(0, status)
			assert.matches(FS .. " has no user or group named " .. name, err, 1, true)
			assert.matches(hint, err, 1, true)
		end
	end)

	it("are shown to people as a table, and listed in words", function()
		ok(("share.grant(%q, 'data', 'host01', 'read')"):format(FS))
		local out = ok(("share.acl(%q, 'data')"):format(FS))
		assert.matches([[\\fs1.alpha.test\data]], out, 1, true)
		assert.matches("trustee +rights +type +sid\n[- ]+\nEveryone +full +allow +S%-1%-1%-0\n"
			.. "HOST01%$ +read +allow +S%-1%-5", out)
		for _, row in ipairs(json(("share.list %q"):format(FS))) do
			if row.name == "data" then
				assert.same({ "Everyone: full", "HOST01$: read" }, row.permissions)
			end
		end
	end)

	it("are given to nobody by a word that is missing", function()
		for code, words in pairs {
			["share.grant(%q, 'data', nil, 'read')"] = "the trustees are missing",
			["share.grant(%q, 'data', {}, 'read')"] = "the trustees are missing",
			["share.grant(%q, 'data', 'host01')"] = "the right is missing",
			["share.set_acl(%q, 'data')"] = "the SDDL is missing",
			["share.add(%q, 'new')"] = "the folder to share is missing",
		} do
			local status, _, err = adsh(code:format(FS))
			assert.equal(2, status)
			assert.matches(words, err, 1, true)
		end
	end)

	it("can be planned, in words, without writing", function()
		local status, _, words = adsh(("share.grant(%q, 'data', 'host01', 'read')"):format(FS), "-n")
		assert.equal(4, status)
		assert.matches("HOST01%$ gains read", words)
		assert.is_nil(sharesec "data"[sid "host01"])
	end)

	it("keep what somebody else grants between read and write", function()
		local other = sid "host02"
		local path = lab.file(([[
			return plan(function()
				share.grant(%q, "data", "host01", "read")
				assert(os.execute(arg[1]))
			end):apply()
		]]):format(FS))
		local command = ("%s/in.sh fs1 sharesec data --add %s:ALLOWED/0x0/READ >/dev/null"):format(lab.scripts, other)
		local status, out, err = lab.adsh { "-f", "json", path, command }
		assert.equal(0, status, err)
		assert.equal(1, cjson.decode(out).rebased)
		local now = sharesec "data"
		assert.truthy(now[other])
		assert.truthy(now[sid "host01"])
	end)

	it("are undone out of the journal", function()
		ok(("share.grant(%q, 'data', 'host01', 'read')"):format(FS))
		local runs = json "journal.runs()"
		ok(("journal.undo %q"):format(runs[#runs].run), "--yes")
		assert.is_nil(sharesec "data"[sid "host01"])
		assert.truthy(sharesec "data"["S-1-1-0"])
	end)

	it("are not opened to everyone without a word", function()
		for _, who in ipairs { "Everyone", "Authenticated Users" } do
			ok(("share.set_acl(%q, 'data', 'D:(A;;FA;;;BA)')"):format(FS))
			local status, _, err = adsh(("share.grant(%q, 'data', %q, 'change')"):format(FS, who), "--yes")
			assert.equal(6, status)
			assert.matches("gains change", err)
			ok(("share.grant(%q, 'data', %q, 'read')"):format(FS, who))
		end
	end)

	it("are not opened to everyone by undoing either", function()
		ok(("share.revoke(%q, 'data', 'Everyone')"):format(FS))
		local runs = json "journal.runs()"
		local status, _, err = adsh(("journal.undo %q"):format(runs[#runs].run), "--yes")
		assert.equal(6, status)
		assert.matches("Everyone gains full", err)
		assert.same({}, sharesec "data")
		ok(("journal.undo %q"):format(runs[#runs].run), "--yes", "--allow-widening")
		assert.truthy(sharesec "data"["S-1-1-0"])
	end)

	it("refuse a user without rights, in words", function()
		local status, _, err = lab.adsh({ "-e", ("share.grant(%q, 'data', 'host01', 'read')"):format(FS) }, "plain")
		assert.equal(1, status)
		assert.matches("denies access", err)
		assert.matches("Administrators on the file server", err)
		assert.is_nil(sharesec "data"[sid "host01"])
	end)

	it("come and go", function()
		on("fs1", "mkdir -p /var/lib/samba/iso && chmod 0777 /var/lib/samba/iso")
		ok(("share.add(%q, 'iso', { path = '/var/lib/samba/iso', remark = 'Images', acl = 'D:(A;;FA;;;BA)' })"):format(FS))
		local _, list = as("labadmin", ("smbclient --use-kerberos=required -L %s"):format(FS))
		assert.matches("iso +Disk +Images", list)
		local _, view = as("labadmin", ("rpcclient --use-kerberos=required %s -c 'netsharegetinfo iso 502'"):format(FS))
		assert.matches("Num ACEs:%s1.-SID: S%-1%-5%-32%-544", view) -- sharesec does not see it
		assert.equal(0, json(("share.add(%q, 'iso', { path = '/var/lib/samba/iso', remark = 'Images' })"):format(FS)).changed)
		local status, _, err = adsh(("share.add(%q, 'iso', '/tmp')"):format(FS))
		assert.equal(6, status)
		assert.matches("already exists, with other properties", err)
		ok(("share.remove(%q, 'iso')"):format(FS))
		assert.equal(0, json(("share.remove(%q, 'iso')"):format(FS)).changed)
		status, _, err = adsh(("share.acl(%q, 'iso')"):format(FS))
		assert.not_equal(0, status)
		assert.matches("has no share iso", err)
		status, _, err = adsh(("share.add(%q, 'nix', '/no/such/folder')"):format(FS))
		assert.not_equal(0, status)
		assert.matches("does not exist on the file server", err)
	end)

	it("are waited for when the server shows late that they come and go", function()
		on("fs1", [[mkdir -p /var/lib/samba/late; cd /etc/samba; cp -p sharecmd.sh sharecmd.now
			printf '#!/bin/sh\n(sleep 2; /etc/samba/sharecmd.now "$@") >/dev/null 2>&1 &\n' >sharecmd.sh]])
		finally(function() on("fs1", "cd /etc/samba; mv sharecmd.now sharecmd.sh; rm -r /var/lib/samba/late") end)
		ok(("share.add(%q, 'late', '/var/lib/samba/late')"):format(FS))
		local _, list = as("labadmin", ("smbclient --use-kerberos=required -L %s"):format(FS))
		assert.matches("late +Disk", list)
		ok(("share.remove(%q, 'late')"):format(FS))
		_, list = as("labadmin", ("smbclient --use-kerberos=required -L %s"):format(FS))
		assert.not_matches("late +Disk", list)
	end)

	it("are listed by the hundred, each with its permissions, in one go", function()
		on("fs1", "mkdir -p /var/lib/samba/many; for i in $(seq 700); do "
			.. "printf '[many%03d]\\n path = /var/lib/samba/many\\n' $i; done > /etc/samba/shares.conf; "
			.. "smbcontrol all reload-config; smbcontrol smbd ping")
		local rows = json(("share.list %q"):format(FS))
		on("fs1", ": > /etc/samba/shares.conf; smbcontrol all reload-config")
		local n = 0
		for _, row in ipairs(rows) do
			n = n + (row.name:match "^many%d+$" and row.sddl == EVERYONE and 1 or 0)
		end
		assert.equal(700, n)
	end)

	local it_new = lab.since(4, 20, it, pending, "writes no conditional entries")
	it_new("take conditions as text, as sharesec sees them", function()
		finally(reset)
		ok(("share.set_acl(%q, 'data', %q)"):format(FS, "D:(XA;;FA;;;AU;(@User.dept==1))(A;;FA;;;BA)(A;;FR;;;WD)"),
			"--allow-widening")
		local stored = "D:(XA;;FA;;;AU;(@USER.dept == 1))(A;;FA;;;BA)(A;;FR;;;WD)"
		assert.matches(stored, on("fs1", "sharesec --viewsddl data"), 1, true)
		local o = json(("share.acl(%q, 'data')"):format(FS))
		assert.equal(stored, o.sddl)
		assert.equal("(@USER.dept == 1)", o.entries[1].condition)
		for _, row in ipairs(json(("share.list %q"):format(FS))) do
			if row.name == "data" then
				assert.equal("NT AUTHORITY\\Authenticated Users: full, under the condition (@USER.dept == 1)", row.permissions[1])
			end
		end
	end)

	it("of a domain controller are changed alike", function()
		ok(("share.grant(%q, 'data', 'host01', 'read')"):format(DC))
		assert.matches(sid "host01":gsub("%-", "%%-") .. ":ALLOWED/0x0/READ", on("dc1", "sharesec --view data"))
		ok(("share.revoke(%q, 'data', 'host01')"):format(DC))
	end)
end)

describe("folders", function()
	local function folder(path)
		return ("//%s/data/%s"):format(FS, path)
	end

	before_each(function()
		reset()
		on("fs1", "rm -rf /var/lib/samba/data/t; mkdir -p /var/lib/samba/data/t && chmod 0777 /var/lib/samba/data/t")
	end)
	teardown(function()
		on("fs1", "rm -rf /var/lib/samba/data/t")
	end)

	it("get entries that are inherited, as smbcacls sees them", function()
		local host = sid "host01"
		ok(("folder.grant(%q, 'host01', 'change')"):format(folder "t"))
		assert.matches(("(A;OICI;0x1301bf;;;%s)"):format(host), smbcacls "t", 1, true)
		assert.equal(0, json(("folder.grant(%q, 'host01', 'change')"):format(folder "t")).changed)
		ok(("folder.grant(%q, 'host02', 'read', { inherit = 'this' })"):format(folder "t"))
		assert.matches(("(A;;0x1200a9;;;%s)"):format(sid "host02"), smbcacls "t", 1, true)
		ok(("folder.revoke(%q, 'host01')"):format(folder "t"))
		assert.is_nil(smbcacls "t":find(host, 1, true))
	end)

	local it_new = lab.since(4, 20, it, pending, "writes no conditional entries")
	it_new("tell an entry under a condition from one without", function()
		on("fs1", [[samba-tool ntacl set 'O:BAG:DUD:P(XA;OICI;FA;;;WD;(@User.Title == "PM"))(A;OICI;FA;;;BA)' \
			/var/lib/samba/data/t]])
		local before = smbcacls "t"
		local o = json(("folder.acl %q"):format(folder "t"))
		assert.same({ "S-1-1-0", '(@USER.Title == "PM")', "full" },
			{ o.entries[1].sid, o.entries[1].condition, o.entries[1].rights })
		assert.is_nil(o.entries[2].condition)
		local shown = ok(("folder.acl %q"):format(folder "t"))
		assert.matches('Everyone +full +allow +all +%(@USER%.Title == "PM"%)', shown)
		assert.matches('(XA;OICI;FA;;;WD;(@USER.Title == "PM"))', shown, 1, true)
		local grant = ("folder.grant(%q, 'Everyone', 'full')"):format(folder "t")
		local status, _, err = adsh(grant, "--yes")
		assert.equal(6, status)
		assert.matches("Everyone gains full", err, 1, true)
		assert.equal(before, smbcacls "t")
		status, _, err = adsh(grant, "-n")
		assert.equal(4, status)
		assert.matches("\n +Everyone gains full\n", err)
		assert.is_nil(err:find("nobody gains", 1, true))
		ok(grant, "--allow-widening")
		assert.matches("(A;OICI;FA;;;WD)", smbcacls "t":gsub("0x1f01ff", "FA"), 1, true)
		assert.matches("(XA;OICI;", smbcacls "t", 1, true)
	end)

	it_new("take conditions as text, as smbcacls sees them", function()
		local given = '(XA;OICI;FA;;;WD;(@User.Title=="PM" && Member_of{SID(BA),SID(S-1-5-21-1-2-3-4)}))'
		local stored = '(XA;OICI;FA;;;WD;((@USER.Title == "PM") && (Member_of {SID(BA), SID(S-1-5-21-1-2-3-4)})))'
		local deny, rest = "(XD;OICI;SD;;;BG;(!(Exists dept)))", "(A;OICI;FA;;;AU)"
		ok(("folder.set_acl(%q, %q)"):format(folder "t", "D:P" .. given .. deny .. rest), "--allow-widening")
		assert.matches("D:P" .. deny .. stored .. rest, smbcacls "t", 1, true)
		local o = json(("folder.acl %q"):format(folder "t"))
		assert.equal("D:P" .. deny .. stored .. rest, o.sddl:match "D:.*")
		assert.same({ "(!(Exists dept))", "deny" }, { o.entries[1].condition, o.entries[1].type })
		-- what is no condition is kept as it is
		local odd = "D:P(XA;OICI;FA;;;WD;(#6172747870deadbe))" .. rest
		ok(("folder.set_acl(%q, %q)"):format(folder "t", odd), "--allow-widening")
		assert.equal(odd, json(("folder.acl %q"):format(folder "t")).sddl:match "D:.*")
		ok(("folder.grant(%q, 'host01', 'read')"):format(folder "t"))
		assert.matches("(XA;OICI;FA;;;WD;(#6172747870deadbe))", json(("folder.acl %q"):format(folder "t")).sddl, 1, true)
	end)

	local it_admin = lab.since(4, 20, it, pending, "does not take labadmin for an administrator of the server here")
	it_admin("tell what is only passed on from what is in force", function()
		on("fs1", "samba-tool ntacl set 'O:BAG:DUD:P(A;OICIIO;FA;;;WD)(A;OICI;FA;;;BA)' /var/lib/samba/data/t")
		local grant = ("folder.grant(%q, 'Everyone', 'full')"):format(folder "t")
		local status, _, err = adsh(grant, "-n")
		assert.equal(4, status)
		assert.matches("\n +Everyone gains full\n", err)
		status, _, err = adsh(grant)
		assert.equal(6, status)
		assert.matches("Everyone gains full", err, 1, true)
	end)

	it("stop inheriting", function()
		local host = sid "host01"
		on("fs1", "cd /var/lib/samba/data/t && mkdir a b && chmod 0777 a b")
		for _, path in ipairs { "t/a", "t/b" } do -- as Windows would have inherited it
			assert.equal(0, (as("labadmin", ("smbcacls --use-kerberos=required //%s/data %s --add ACL:%s:0/0x13/0x1301bf")
				:format(FS, path, host))))
		end
		local o = json(("folder.acl %q"):format(folder "t/a"))
		assert.is_false(o.protected)
		local inherited
		for _, e in ipairs(o.entries) do
			inherited = inherited or (e.inherited and e.sid == host)
		end
		assert.is_true(inherited)
		local status, _, err = adsh(("folder.revoke(%q, 'host01')"):format(folder "t/a"))
		assert.equal(1, status)
		assert.matches("the rights of HOST01$ here are inherited from a parent folder", err, 1, true)
		ok(("folder.protect(%q, 'copy')"):format(folder "t/a"))
		assert.matches("D:P", smbcacls "t/a", 1, true)
		assert.matches(("(A;OICI;0x1301bf;;;%s)"):format(host), smbcacls "t/a", 1, true)
		ok(("folder.revoke(%q, 'host01')"):format(folder "t/a"))
		assert.is_nil(smbcacls "t/a":find(host, 1, true))
		ok(("folder.grant(%q, 'labadmin', 'full')"):format(folder "t/b"))
		ok(("folder.protect(%q, 'remove')"):format(folder "t/b"))
		local sddl = smbcacls "t/b"
		assert.matches("D:P", sddl, 1, true)
		assert.is_nil(sddl:find("ID;", 1, true))
		local runs = json "journal.runs()"
		ok(("journal.undo %q"):format(runs[#runs].run), "--yes", "--allow-widening")
		assert.is_nil(smbcacls "t/b":find("D:P", 1, true))
		assert.matches("ID;", smbcacls "t/b", 1, true)
	end)

	it("name accounts that only the server knows", function()
		local o = json(("folder.acl %q"):format(folder "t"))
		local _, theirs = as("labadmin", ("rpcclient --use-kerberos=required %s -c 'lookupsids S-1-22-1-0'"):format(FS))
		local seen
		for _, e in ipairs(o.entries) do
			seen = seen or e.sid == "S-1-22-1-0" and e.trustee
		end
		assert.equal(theirs:match "S%-1%-22%-1%-0 (.-) %(%d+%)", seen)
	end)

	it("let a host in and keep another one out", function()
		ok(("share.set_acl(%q, 'data', 'D:(A;;FA;;;BA)(A;;FA;;;DA)')"):format(FS))
		assert.not_equal(0, (as("user01", ("smbclient --use-kerberos=required //%s/data -c ls"):format(FS))))
		ok(("share.grant(%q, 'data', 'user01', 'read')"):format(FS))
		assert.equal(0, (as("user01", ("smbclient --use-kerberos=required //%s/data -c ls"):format(FS))))
		local _, out, err = as("user01", ("smbclient --use-kerberos=required //%s/data -c 'mkdir t/x'"):format(FS))
		assert.matches("ACCESS_DENIED", out .. err)
	end)

	it("that are not there, and paths that are none, give clear errors", function()
		local status, _, err = adsh(("folder.acl %q"):format(folder "t/nothing"))
		assert.not_equal(0, status)
		assert.matches("no such file or folder", err)
		status, _, err = adsh(("folder.acl '//%s/nothing/x'"):format(FS))
		assert.not_equal(0, status)
		assert.matches("no share of this name", err)
		status, _, err = adsh [[folder.acl "//fs1.alpha.test/data/../x"]]
		assert.equal(2, status)
		assert.matches("%.%.", err)
		status, _, err = adsh [[share.list "fs1.alpha.test:1"]]
		assert.equal(5, status)
		assert.matches("nothing listens there", err)
		status, _, err = adsh [[share.list "no-such-host.alpha.test"]]
		assert.equal(5, status)
		assert.matches("no address", err)
	end)
end)

describe("what is not there but elsewhere", function()
	teardown(function()
		on("fs1", ": > /etc/samba/shares.conf; smbcontrol all reload-config; rm -rf /var/lib/samba/dfs")
		lab.must(lab.scripts .. "/fault.sh fs1 unblock")
	end)

	it("is a DFS link, which a walk through its folder does not follow", function()
		on("fs1", [[mkdir -p /var/lib/samba/dfs/real; chmod -R 0777 /var/lib/samba/dfs
			ln -sfn 'msdfs:dc1.alpha.test\data' /var/lib/samba/dfs/link
			printf '[dfs]\n path = /var/lib/samba/dfs\n msdfs root = yes\n read only = no\n' > /etc/samba/shares.conf
			smbcontrol all reload-config; smbcontrol smbd ping]])
		local link = "this is a DFS link to another server"
		local opened = lab.samba(4, 18) -- 4.17 opens no link
		local status, _, err = adsh(("folder.grant('//%s/dfs/', 'host01', 'read', { children = true })"):format(FS))
		assert.equal(3, status)
		assert.matches([[warning: \\fs1.alpha.test\dfs\link: ]] .. (opened and "the file server denies access" or link)
			.. "; left unchanged", err, 1, true)
		assert.equal(0, (adsh(("folder.acl '//%s/dfs/real'"):format(FS))))
	end)

	it("is behind a firewall", function()
		finally(function() lab.must(lab.scripts .. "/fault.sh fs1 unblock") end)
		for fault, words in pairs { drop = "no firewall blocks port 445", reject = "nothing listens there" } do
			lab.must(("%s/fault.sh fs1 %s 445"):format(lab.scripts, fault))
			local start = os.time()
			local status, _, err = adsh(("connect { timeout = 3 }; share.list(%q)"):format(FS))
			lab.must(lab.scripts .. "/fault.sh fs1 unblock")
			assert.equal(5, status)
			assert.matches(words, err)
			assert.is_true(os.time() - start < 10) -- the limit without one
		end
	end)
end)

describe("encryption", function()
	teardown(function()
		configure(nil)
	end)

	for _, line in ipairs {
		"server smb encrypt = desired", "server smb encrypt = required", "server smb3 encryption algorithms = AES-256-GCM",
		"server smb3 encryption algorithms = AES-256-CCM", "server smb3 encryption algorithms = AES-128-CCM",
		"server smb3 signing algorithms = AES-128-CMAC",
	} do
		it("with " .. line, function()
			configure(line)
			ok(("#share.list(%q)"):format(FS))
			ok(("share.encrypt(true); folder.acl '//%s/data'"):format(FS))
		end)
	end

	it("that the server does not offer is refused when it is asked for", function()
		configure "server smb encrypt = off"
		ok(("#share.list(%q)"):format(FS))
		local status, _, err = adsh(("share.encrypt(true); share.list(%q)"):format(FS))
		assert.equal(5, status)
		assert.matches("cannot encrypt, but encryption was requested", err)
	end)
end)
