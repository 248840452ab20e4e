-- Files and folders of a file server, against smbclient and smbcacls.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local TOP = [[\\fs1.alpha.test\data\files]]

local adsh, ok, json = lab.script()

local function refused(with, code, ...)
	local status, out, err = adsh(code, ...)
	assert.is_not.equal(0, status, out)
	assert.matches(with, err, 1, true)
end

local function run(...)
	local status, out, err = lab.adsh { ... }
	assert.equal(0, status, err)
	return out, err
end

local function smbclient(command, server, share)
	local _, out = lab.sh(("KRB5CCNAME=%s smbclient --use-kerberos=required //%s/%s -c %s 2>&1"):format(
		lab.login "labadmin", server or "fs1.alpha.test", share or "data", lab.quote(command)))
	return out
end

-- As smbclient gets it.
local function get(path)
	local name = os.tmpname()
	smbclient(("get %s %s"):format(path, name))
	local f <close> = assert(io.open(name, "rb"))
	local bytes = f:read "a"
	os.remove(name)
	return bytes
end

local function put(path, bytes)
	local name = os.tmpname()
	local f = assert(io.open(name, "wb"))
	f:write(bytes)
	f:close()
	local out = smbclient(("put %s %s"):format(name, path))
	os.remove(name)
	return out
end

local function acl(path)
	local _, out = lab.sh(("KRB5CCNAME=%s smbcacls --use-kerberos=required //fs1.alpha.test/data %s --sddl"):format(
		lab.login "labadmin", path))
	return (out:gsub("0x0+(%x)", "0x%1"):gsub("%s+$", ""))
end

local function names(path)
	local found = {}
	for name in smbclient(("ls %s/*"):format(path)):gmatch "\n?  (%S+) +[DAHNRS]+ " do
		if name ~= "." and name ~= ".." then
			found[#found + 1] = name
		end
	end
	table.sort(found)
	return found
end

describe("files of a file server", function()
	before_each(function()
		smbclient "deltree files"
		smbclient "mkdir files"
	end)
	teardown(function()
		smbclient "deltree files"
		smbclient("rm adsh-test.txt", "dc1.alpha.test", "sysvol")
	end)

	it("hold what smbclient reads, whatever the bytes", function()
		local bytes = {}
		for i = 1, 200000 do
			bytes[i] = string.char(i * 7 % 256)
		end
		bytes = table.concat(bytes)
		put("files/theirs", bytes)
		local name = os.tmpname()
		ok(([[local f = io.open(%q, "wb"); f:write(file.read(%q)); f:close()]]):format(name, TOP .. [[\theirs]]))
		local f <close> = assert(io.open(name, "rb"))
		assert.equal(bytes, f:read "a")
		ok(([[local f = io.open(%q, "rb"); file.write(%q, f:read "a")]]):format(name, TOP .. [[\ours]]))
		assert.equal(bytes, get "files/ours")
		ok(([[file.write(%q, "")]]):format(TOP .. [[\empty]]))
		assert.equal("", get "files/empty")
		assert.same({ "empty", "ours", "theirs" }, names "files") -- no temporary name is left
		os.remove(name)
	end)

	it("come and go in the order that folders want, and undo takes both back", function()
		ok(([[plan(function()
			file.write(%q, "x\n")
			folder.make(%q)
			folder.make(%q)
		end):apply()]]):format(TOP .. [[\a\b\x.txt]], TOP .. [[\a\b]], TOP .. [[\a]]))
		assert.equal("x\n", get "files/a/b/x.txt")
		run("undo", "last")
		assert.same({}, names "files")
		ok(([[folder.make(%q)]]):format(TOP .. [[\a]]))
		ok(([[file.write(%q, "kept\n", {acl = "D:P(A;;FA;;;BA)(A;;0x1200a9;;;DU)"})]]):format(TOP .. [[\a\k]]))
		local before = acl "files/a/k"
		assert.matches("D:P", before, 1, true)
		ok(([[plan(function() folder.remove(%q); file.remove(%q) end):apply()]]):format(TOP .. [[\a]], TOP .. [[\a\k]]))
		assert.same({}, names "files")
		run("undo", "last")
		assert.equal("kept\n", get "files/a/k")
		assert.equal(before:match "D:.*", acl "files/a/k":match "D:.*")
	end)

	it("keep their permissions when they are written again, and new ones inherit", function()
		put("files/f", "one\n")
		lab.sh(("KRB5CCNAME=%s smbcacls --use-kerberos=required //fs1.alpha.test/data files/f -S %s"):format(
			lab.login "labadmin", lab.quote "ACL:ALPHA\\HOST01$:ALLOWED/0x0/READ,ACL:BUILTIN\\Administrators:ALLOWED/0x0/FULL"))
		local before = acl "files/f"
		assert.matches("0x1200a9", before, 1, true)
		local out = ok(([[file.write(%q, "two\n")]]):format(TOP .. [[\f]]))
		assert.matches("- one", out, 1, true)
		assert.matches("+ two", out, 1, true)
		assert.equal("two\n", get "files/f")
		assert.equal(before:match "D:.*", acl "files/f":match "D:.*")
	end)

	it("take away what a killed adsh has left when the same is written again", function()
		put("files/f", "one\n")
		local id = lab.must [[printf 'f\0two\n' | sha256sum]]:sub(1, 16)
		put(("files/~adsh-%s.tmp"):format(id), "tw")
		put("files/~adsh-0123456789abcdef.tmp", "of another")
		smbclient "mkdir files/d"
		smbclient(("mkdir files/d/~adsh-%s.tmp"):format(id)) -- in the way, and no file
		ok(([[file.write(%q, "two\n"); file.write(%q, "two\n")]]):format(TOP .. [[\f]], TOP .. [[\d\f]]))
		assert.same({ "d", "f", "~adsh-0123456789abcdef.tmp" }, names "files")
		assert.same({ "f", ("~adsh-%s.tmp"):format(id) }, names "files/d")
		assert.equal("two\n", get "files/f")
		assert.equal("two\n", get "files/d/f")
	end)

	it("are not overwritten, nor removed, when somebody else has written them since", function()
		put("files/f", "one\n")
		local plan_file = os.tmpname()
		os.remove(plan_file)
		local status = adsh(([[file.write(%q, "two\n")]]):format(TOP .. [[\f]]), "--dry-run", "--plan-out", plan_file)
		assert.equal(4, status)
		put("files/f", "theirs\n")
		status = lab.adsh { "apply", plan_file }
		assert.equal(6, status)
		assert.equal("theirs\n", get "files/f")
		os.remove(plan_file)
		ok(([[file.write(%q, "ours\n")]]):format(TOP .. [[\g]]))
		put("files/g", "theirs\n")
		status = lab.adsh { "undo", "last" }
		assert.equal(6, status)
		assert.equal("theirs\n", get "files/g")
	end)

	it("are told apart from folders, and folders go only while they are empty", function()
		put("files/f", "one\n")
		ok(([[folder.make(%q)]]):format(TOP .. [[\d]]))
		refused("a folder of this name already exists", ([[file.write(%q, "x")]]):format(TOP .. [[\d]]))
		refused("a file of this name already exists", ([[folder.make(%q)]]):format(TOP .. [[\f]]))
		refused("it is a folder, not a file", ([[file.read(%q)]]):format(TOP .. [[\d]]))
		put("files/d/x", "x")
		refused("the folder is not empty", ([[folder.remove(%q)]]):format(TOP .. [[\d]]))
		refused("no such file or folder", ([[file.remove(%q)]]):format(TOP .. [[\none]]))
		assert.equal("x", get "files/d/x")
	end)

	it("are listed with their types", function()
		put("files/f", "one\n")
		smbclient "mkdir files/d"
		local rows = json(([[folder.list(%q)]]):format(TOP))
		assert.same({ { name = "d", type = "folder" }, { name = "f", type = "file" } }, rows)
	end)

	it("of SYSVOL and administrative shares are protected", function()
		local path = [[\\dc1.alpha.test\sysvol\adsh-test.txt]]
		refused("protected", ([[file.write(%q, "x")]]):format(path))
		refused("protected", ([[folder.grant(%q, "user01", "read")]]):format [[\\dc1.alpha.test\sysvol\alpha.test]])
		ok(([[file.write(%q, "x")]]):format(path), "--allow-protected")
		assert.matches("adsh-test.txt", smbclient("ls", "dc1.alpha.test", "sysvol"), 1, true)
		run("--allow-protected", "undo", "last")
		assert.not_matches("adsh-test.txt", smbclient("ls", "dc1.alpha.test", "sysvol"), 1, true)
	end)

	it("ask who gives a crowd more than read", function()
		refused("widen", ([[file.write(%q, "x", {acl = "D:(A;;FA;;;WD)"})]]):format(TOP .. [[\w]]))
		assert.same({}, names "files")
	end)
end)
