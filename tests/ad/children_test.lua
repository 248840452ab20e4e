-- What is in a folder already inherits anew: judged by what smbd gives to what is made there afterwards, by
-- smbcacls' own propagation, and by hosts that read.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local FS, TOP = "fs1.alpha.test", "/var/lib/samba/data/c"
local TREE = { "", "x.iso", "a", "a/y.iso", "a/b", "a/b/z.iso", "a/b/c", "a/b/c/w.iso", "p", "p/q.iso" }

local function on(command)
	return lab.must(("%s/in.sh fs1 sh -c %s"):format(lab.scripts, lab.quote(command)))
end

local function client(tool, words)
	return lab.must(("KRB5CCNAME=%s %s --use-kerberos=required //%s/data %s"):format(lab.login "labadmin", tool, FS,
		words))
end

local function acls(path, words)
	local out = client("smbcacls", ("%s %s"):format(lab.quote("c/" .. path), words or "--sddl"))
	return (out:match "[^\n]*":gsub("0x00", "0x"):gsub(";0x120089;", ";FR;")) -- as 4.17 writes it
end

local function sid(name)
	return lab.must(("%s/in.sh cli env KRB5CCNAME=%s rpcclient --use-kerberos=required %s -c 'lookupnames %s'"):format(
		lab.scripts, lab.login "labadmin", FS, name)):match "S%-[%d-]+"
end

local adsh, ok, json = lab.script()

local function folder(path)
	return ("//%s/data/c/%s"):format(FS, path)
end

local function grant(who, rights, more)
	return ("return folder.grant(%q, %q, %q, { children = true %s })"):format(folder "", who, rights, more or "")
end

-- The access list of SDDL, in order: a list of entries. only: the inherited ones, sorted, each once.
local function entries(sddl, only)
	local list, seen = {}, {}
	for ace in sddl:match "D:.*":gmatch "%b()" do
		local flags = ace:match "^%(%w+;(%w*);"
		if not only or flags:find("ID", 1, true) and not seen[ace] then
			list[#list + 1], seen[ace] = ace, true
		end
	end
	if only then
		table.sort(list)
	end
	return list
end

local function snapshot()
	local all = {}
	for _, path in ipairs(TREE) do
		all[path] = acls(path)
	end
	return all
end

-- A tree three deep that belongs to labadmin, who made it over SMB.
local function make()
	on(("rm -rf %s"):format(TOP))
	client("smbclient", "-c 'mkdir c'")
	acls("", "-S REVISION:1,ACL:ALPHA\\\\labadmin:0/0x3/0x1f01ff,ACL:BUILTIN\\\\Administrators:0/0x3/0x1f01ff")
	local commands = {}
	for _, path in ipairs(TREE) do
		if path:find "%.iso$" then
			commands[#commands + 1] = "put /etc/hostname c/" .. path
		elseif path ~= "" then
			commands[#commands + 1] = "mkdir c/" .. path
		end
	end
	client("smbclient", "-c " .. lab.quote(table.concat(commands, ";")))
end

describe("what is in a folder", function()
	before_each(make)
	teardown(function()
		on("rm -rf " .. TOP)
	end)

	it("inherits what smbd gives to what is made afterwards", function()
		local ACES = {
			"ACL:CREATOR OWNER:0/0xb/0x1f01ff", "ACL:CREATOR GROUP:0/0xb/0x1200a9", "ACL:ALPHA\\host02$:0/0x2/0x1200a9",
			"ACL:ALPHA\\host03$:0/0x1/0x1200a9", "ACL:ALPHA\\host04$:0/0x7/0x1200a9", "ACL:ALPHA\\host05$:1/0x3/0x10116",
			"ACL:ALPHA\\host06$:0/0x9/0x1200a9", "ACL:ALPHA\\host07$:0/0xa/0x1200a9", "ACL:ALPHA\\host08$:0/0/0x1200a9",
		}
		for _, ace in ipairs(ACES) do
			acls("", "-a " .. lab.quote(ace))
		end
		local status, _, err = adsh(grant("host01", "read"))
		assert.equal(6, status) -- CREATOR GROUP stands for the primary group of whoever made the files
		assert.matches("Domain Users gains read by inheritance", err)
		ok(grant("host01", "read"), "--allow-widening")
		client("smbclient", "-c 'mkdir c/n;put /etc/hostname c/n.iso;mkdir c/a/n;put /etc/hostname c/a/n.iso;"
			.. "mkdir c/a/b/n;put /etc/hostname c/a/b/c/n.iso'")
		for old, new in pairs { p = "n", ["x.iso"] = "n.iso", ["a/b"] = "a/n", ["a/y.iso"] = "a/n.iso",
			["a/b/c"] = "a/b/n", ["a/b/c/w.iso"] = "a/b/c/n.iso" } do
			assert.same(entries(acls(new), true), entries(acls(old), true), old)
			assert.is_true(#entries(acls(old), true) > 3)
		end
	end)

	it("inherits as smbcacls propagates it", function()
		acls("", "--propagate-inheritance -a 'ACL:ALPHA\\host01$:0/0x3/0x1200a9'")
		local theirs = snapshot()
		make()
		ok(grant("host01", "read"))
		for path, sddl in pairs(snapshot()) do
			assert.same(entries(theirs[path], path ~= ""), entries(sddl, path ~= ""), path)
		end
		acls("", "--propagate-inheritance -D 'ACL:ALPHA\\host01$:0/0x3/0x1200a9'")
		theirs = snapshot()
		ok(grant("host01", "read"))
		ok(("folder.revoke(%q, 'host01', { children = true })"):format(folder ""))
		for path, sddl in pairs(snapshot()) do
			assert.same(entries(theirs[path], true), entries(sddl, true), path)
			assert.is_nil(sddl:find(sid "host01$", 1, true))
		end
	end)

	it("is changed once, and undone to what it was, byte for byte", function()
		local before = snapshot()
		local result = json(grant("host01", "read"))
		assert.equal(#TREE, result.changed)
		assert.is_nil(result.lacking)
		assert.equal(0, json(grant("host01", "read")).changed)
		assert.equal(0, json(("return folder.propagate(%q)"):format(folder "")).changed)
		ok(("journal.undo %q"):format(result.run))
		assert.same(before, snapshot())
	end)

	it("stays as it is where inheritance is stopped, with all below", function()
		acls("a", "-I copy")
		local before = snapshot()
		ok(grant("host01", "read"))
		local host = sid "host01$"
		for path, sddl in pairs(snapshot()) do
			if path:find "^a" then
				assert.equal(before[path], sddl)
			else
				assert.truthy(sddl:find(host, 1, true), path)
			end
		end
	end)

	it("keeps its own entries, a denial first", function()
		acls("x.iso", "-a 'ACL:ALPHA\\host01$:1/0/0x1200a9'")
		local own = entries(acls "x.iso")
		ok(grant("host01", "read"))
		local now = entries(acls "x.iso")
		for i, ace in ipairs(own) do
			assert.equal(ace, now[i])
		end
		assert.matches("^%(D;;", now[1])
		assert.equal(("(A;ID;0x1200a9;;;%s)"):format(sid "host01$"), now[#now])
	end)

	it("may stop inheriting from above and go on passing on", function()
		ok(("folder.grant(%q, 'host01', 'read', { children = true })"):format(folder ""))
		ok(("folder.protect(%q, 'copy', { children = true })"):format(folder "a"))
		local host = sid "host01$"
		assert.matches("D:P", acls "a", 1, true)
		assert.matches(("(A;ID;0x1200a9;;;%s)"):format(host), acls "a/b/z.iso", 1, true)
		ok(("folder.revoke(%q, 'host01', { children = true })"):format(folder "a"))
		assert.is_nil(acls "a/b/z.iso":find(host, 1, true))
		assert.truthy(acls "p/q.iso":find(host, 1, true))
		ok(("folder.set_acl(%q, %q, { children = true })"):format(folder "a",
			("D:P(A;OICI;FA;;;%s)(A;OICI;FR;;;%s)"):format(sid "labadmin", host)))
		assert.matches(("(A;ID;FR;;;%s)"):format(host), acls "a/b/c/w.iso", 1, true)
	end)

	it("tells what may not be opened, does the rest, and ends with status 3", function()
		on(("cd %s && for f in a/y.iso p/q.iso; do setfattr -x security.NTACL $f; chown root:root $f; done; "
			.. "chmod 600 a/y.iso; chmod 644 p/q.iso; "
			.. "mkdir s; echo > s/x; setfattr -x security.NTACL s; chmod 700 s")
			:format(TOP))
		for _, words in ipairs { { 4, "-n" }, { 3, "-q" } } do
			local status, _, err = adsh(grant("host01", "read"), words[2])
			assert.equal(words[1], status, err)
			for _, path in ipairs { "a\\y.iso", "p\\q.iso", "s" } do
				assert.matches(([[warning: \\%s\data\c\%s: the file server denies access; left unchanged]]):format(FS, path),
					err, 1, true)
			end
		end
		local host = sid "host01$"
		for _, path in ipairs { "x.iso", "a/b/c/w.iso", "p" } do
			assert.truthy(acls(path):find(host, 1, true), path)
		end
		local _, out = adsh(("return folder.propagate(%q)"):format(folder ""), "-f", "json")
		local result = cjson.decode(out)
		assert.equal(0, result.changed)
		assert.equal(3, #result.lacking)
	end)

	it("is never gone through in circles", function()
		on(("ln -s .. %s/a/b/up; ln -s /etc %s/a/out; ln -s x.iso %s/link"):format(TOP, TOP, TOP))
		local status, out = adsh(grant("host01", "read"), "-f", "json")
		assert.is_true(status == 0 or status == 3)
		local seen = {}
		for _, c in ipairs(cjson.decode(out).changes) do
			assert.is_nil(seen[c.dn], c.dn)
			seen[c.dn] = true
			assert.is_nil(c.dn:find("up\\", 1, true))
		end
		assert.is_nil(on("getfattr -d -m - /etc/hostname 2>/dev/null"):find "NTACL")
	end)

	it("counts for --max-changes, and is named by a plan, three files without -v", function()
		local status, _, err = adsh(grant("host01", "read"), "--max-changes", "9")
		assert.equal(6, status)
		assert.matches("this would change 10 objects", err)
		client("smbclient", "-c 'put /etc/hostname c/1;put /etc/hostname c/2;put /etc/hostname c/3;put /etc/hostname c/4'")
		_, _, err = adsh(grant("host01", "read"), "-n")
		assert.matches("and 6 more objects (-v shows all)", err, 1, true)
		assert.matches("plan: 14 objects", err)
		_, _, err = adsh(grant("host01", "read"), "-n", "-v")
		assert.matches([[file data\c\a\b\c\w.iso on fs1]], err, 1, true)
		assert.is_nil(acls "x.iso":find(sid "host01$", 1, true))
	end)

	it("asks once before everyone may change a thousand things, also when that is undone", function()
		local WORDS = "on fs1.alpha.test: Everyone gains change, and 9 more like this. Nothing was written"
		local status, _, err = adsh(grant("Everyone", "change"))
		assert.equal(6, status)
		assert.matches(WORDS, err, 1, true)
		ok(grant("Everyone", "change"), "--allow-widening")
		local out = ok(("return folder.revoke(%q, 'Everyone', { children = true })"):format(folder ""), "-f", "json")
		status, _, err = adsh(("journal.undo %q"):format(cjson.decode(out).run))
		assert.equal(6, status)
		assert.matches(WORDS, err, 1, true)
	end)

	it("is not opened to everyone by what is above it, unasked", function()
		acls("", "-a 'ACL:Everyone:0/0x3/0x1200a9'") -- what is there already does not have it
		local status, _, err = adsh(grant("host01", "read"))
		assert.equal(6, status)
		assert.matches("Everyone gains read by inheritance, and 8 more like this. Nothing was written", err, 1, true)
		ok(grant("host01", "read"), "--allow-widening")
		assert.equal(0, json(grant("host01", "read")).changed)
		client("smbclient", "-c 'put /etc/hostname c/new.iso'") -- has it from the server
		ok(grant("host02", "read"))
	end)

	it("is a folder's, not a file's", function()
		local status, _, err = adsh(("folder.propagate(%q)"):format(folder "x.iso"))
		assert.equal(2, status)
		assert.matches("this is not a folder", err)
		ok(("folder.grant(%q, 'host01', 'read', { children = true })"):format(folder "x.iso"))
		status, _, err = adsh(("folder.grant(%q, 'host01', 'read', { child = true })"):format(folder ""))
		assert.equal(2, status)
		assert.matches("unknown option 'child'; the known ones are: inherit, children", err)
	end)
end)
