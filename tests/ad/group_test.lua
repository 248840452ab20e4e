-- Groups and their members, against ldapsearch and samba-tool.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local NAME = "test-group"

local function tool(command)
	return lab.must(("%s/in.sh dc1 samba-tool group %s"):format(lab.scripts, command))
end

local function members()
	local list = lab.account(NAME, "member").member or {}
	table.sort(list)
	return list
end

local function host(n)
	return ("CN=HOST%02d,OU=Hosts,%s"):format(n, lab.base)
end

local function ok(code, ...)
	local status, out, err = lab.adsh { "--yes", "-f", "json", "-e", code, ... }
	assert.equal(0, status, err)
	return cjson.decode(out)
end

describe("groups", function()
	before_each(function()
		tool(("add %s --group-scope=Global"):format(NAME))
	end)
	after_each(function()
		tool("delete " .. NAME)
	end)

	it("get members, once, and lose them", function()
		assert.equal(1, ok(("group.add(%q, { 'host01', 'host02.alpha.test' })"):format(NAME)).changed)
		assert.same({ host(1), host(2) }, members())
		assert.equal(0, ok(("group.add(%q, 'host01')"):format(NAME)).changed)
		ok(("group.add(%q, { 'host02', 'host03' })"):format(NAME))
		assert.same({ host(1), host(2), host(3) }, members())
		ok(("group.remove(%q, { 'host02', 'host04' })"):format(NAME))
		assert.same({ host(1), host(3) }, members())
		assert.equal(0, ok(("group.remove(%q, 'host04')"):format(NAME)).changed)
	end)

	it("are shown with scope and members", function()
		tool(("addmembers %s 'HOST05$'"):format(NAME))
		local g = ok(("group.get %q"):format(NAME))
		assert.equal("global", g.scope)
		assert.is_true(g.security)
		assert.same({ host(5) }, g.members)
		assert.equal("domain local", ok("group.get 'RAS and IAS Servers'").scope)
	end)

	-- Plans it, lets somebody else edit the group, writes it; gives the members then.
	local function meanwhile(code, command)
		local path = lab.file("return plan(function() " .. code:format(NAME) .. "; assert(os.execute(arg[1])) end):apply()")
		local status, _, err = lab.adsh { path, ("%s/in.sh dc1 samba-tool group %s >/dev/null"):format(lab.scripts, command) }
		os.remove(path)
		assert.equal(0, status, err)
		return members()
	end

	it("keep what somebody else does between read and write, also the very same", function()
		assert.same({ host(1), host(2) }, meanwhile("group.add(%q, 'host01')", ("addmembers %s 'HOST02$'"):format(NAME)))
		assert.same({ host(1), host(2), host(3), host(4) }, meanwhile("group.add(%q, { 'host03', 'host04' })",
			("addmembers %s 'HOST03$'"):format(NAME)))
		assert.same({ host(2), host(3) }, meanwhile("group.remove(%q, { 'host01', 'host04' })",
			("removemembers %s 'HOST01$'"):format(NAME)))
		assert.same({ host(2) }, meanwhile("group.remove(%q, 'host03')", ("removemembers %s 'HOST03$'"):format(NAME)))
	end)

	it("are undone: only what was added goes", function()
		tool(("addmembers %s 'HOST05$'"):format(NAME))
		local run = ok(("group.add(%q, { 'host01', 'host05' })"):format(NAME)).run
		tool(("addmembers %s 'HOST06$'"):format(NAME))
		local status, _, err = lab.adsh { "--yes", "undo", run }
		assert.equal(0, status, err)
		assert.same({ host(5), host(6) }, members())
	end)

	it("that give administrative rights are protected", function()
		for _, name in ipairs { "Domain Admins", "Administrators", "Domain Computers" } do
			local status, _, err = lab.adsh { "--yes", "-e", ("group.add(%q, 'user01')"):format(name) }
			assert.equal(6, status)
			assert.matches("protected: .*administrative group", err)
		end
	end)

	it("cannot be written by a user without rights, who is told so", function()
		local status, _, err = lab.adsh({ "--yes", "-e", ("group.add(%q, 'host01')"):format(NAME) }, "plain")
		assert.not_equal(0, status)
		assert.matches("[Aa]ccess", err)
		assert.same({}, members())
	end)
end)

describe("new groups", function()
	local state = lab.must "mktemp -d":gsub("%s", "")
	local LOCAL = "test-group-local"

	local function adsh(...)
		return lab.adsh { "--journal", state, ... }
	end

	local function made(code, ...)
		local status, out, err = adsh("--yes", "-f", "json", "-e", code, ...)
		assert.equal(0, status, err)
		return cjson.decode(out)
	end

	local function last()
		local _, out = adsh("-f", "json", "journal")
		local runs = cjson.decode(out)
		return runs[#runs].run
	end

	local function undo()
		return adsh("--yes", "undo", last())
	end

	local function exists(name)
		return #lab.search(("(sAMAccountName=%s)"):format(name), "cn") == 1
	end

	after_each(function()
		for _, name in ipairs { NAME, LOCAL } do
			if exists(name) then
				tool("delete " .. name)
			end
		end
		lab.must("rm -rf " .. state)
	end)

	-- groupType as MS-ADTS 2.2.12 has it
	it("have the scope, the place and the description that were wanted", function()
		for scope, bits in pairs { global = "-2147483646", domainlocal = "-2147483644", universal = "-2147483640" } do
			local r = made("group.create(arg[1], { scope = arg[2], description = 'f\xc3\xbcr Tests' })", NAME, scope)
			local a = lab.account(NAME, "groupType objectSid description member objectClass")
			assert.equal("CN=" .. NAME .. ",CN=Users," .. lab.base, a.dn)
			assert.equal(a.dn, r.dn)
			assert.equal(bits, a.groupType[1])
			assert.equal("ZsO8ciBUZXN0cw==", a.description[1]) -- base64 (RFC 4648) of it
			assert.matches("objectSid: " .. r.sid, lab.must(("%s/in.sh dc1 samba-tool group show %s"):format(
				lab.scripts, NAME)), 1, true)
			assert.equal(0, (undo()))
			assert.is_false(exists(NAME))
		end
		made("group.create(arg[1], { container = 'ou=hosts,' .. arg[2] })", NAME, lab.base)
		assert.equal("CN=" .. NAME .. ",OU=Hosts," .. lab.base, lab.account(NAME, "cn").dn)
	end)

	it("have their members from the beginning, or get what they lack", function()
		local code = "group.create(arg[1], { members = { 'host01', 'host02' } })"
		assert.equal(1, made(code, NAME).changed)
		assert.same({ host(1), host(2) }, members())
		assert.equal(0, made(code, NAME).changed)
		made("group.create(arg[1], { members = 'host03' })", NAME)
		assert.same({ host(1), host(2), host(3) }, members())
		assert.equal(0, (undo()))
		assert.same({ host(1), host(2) }, members())
	end)

	it("take members of another forest by their SIDs", function()
		local sid = lab.must(lab.scripts .. "/in.sh dcb samba-tool computer show HOST01 --attributes=objectSid")
			:match "objectSid: (%S+)"
		local foreign = ("CN=%s,CN=ForeignSecurityPrincipals,%s"):format(sid, lab.base)
		local code = "group.create(arg[1], { scope = 'domainlocal', members = { 'host02', 'host01@beta.test' } })"
		local status, _, err = adsh("-n", "-e", code, NAME)
		assert.equal(4, status)
		assert.matches("+ BETA\\HOST01$ (" .. sid .. ")", err, 1, true)
		made(code, NAME)
		assert.same({ host(2), foreign }, members())
		assert.equal(0, made(code, NAME).changed)
		made("group.remove(arg[1], 'BETA\\\\host01')", NAME)
		assert.same({ host(2) }, members())
		assert.equal(0, (undo()))
		assert.same({ host(2), foreign }, members())
	end)

	it("are shown, and made from a plan file, once", function()
		local path = state .. ".plan"
		finally(function()
			os.remove(path)
		end)
		local status, _, err = adsh("--plan-out", path, "-e", "group.create(arg[1], { members = 'host01' })", NAME)
		assert.equal(4, status)
		assert.matches("new group", err)
		assert.matches("scope: global", err)
		assert.matches("+ " .. host(1), err, 1, true)
		assert.is_false(exists(NAME))
		assert.equal(0, (adsh("-y", "apply", path)))
		assert.same({ host(1) }, members())
		local _, out = adsh("-y", "apply", path)
		assert.matches("nothing to do: 1 unchanged", out)
		tool(("addmembers %s 'HOST02$'"):format(NAME))
		_, out = adsh("-y", "apply", path)
		assert.matches("nothing to do: 1 unchanged", out)
		tool(("removemembers %s 'HOST01$'"):format(NAME))
		status, _, err = adsh("-y", "apply", path)
		assert.equal(6, status)
		assert.matches(NAME .. " has been edited since", err, 1, true)
	end)

	it("are never put over what appeared meanwhile", function()
		local path = lab.file("local p = plan(function() group.create(arg[1]) end); assert(os.execute(arg[2])); p:apply()")
		finally(function()
			os.remove(path)
		end)
		local status, _, err = adsh(path, NAME, ("%s/in.sh dc1 samba-tool group add %s --group-scope=Domain >/dev/null")
			:format(lab.scripts, NAME))
		assert.equal(6, status, err)
		assert.matches("someone else has created an object", err)
		assert.equal("-2147483644", lab.account(NAME, "groupType").groupType[1])
		assert.equal(0, (undo())) -- it is not ours
		assert.is_true(exists(NAME))
		status, _, err = adsh("-y", "-e", "group.create(arg[1])", NAME)
		assert.equal(6, status)
		assert.matches("is not a global security group but a domain local security group", err)
		status, _, err = adsh("-y", "-e", "group.create 'labadmin'")
		assert.equal(6, status)
		assert.matches("is the name of another object", err)
	end)

	it("go again only while they are as they were made", function()
		made("group.create(arg[1], { members = 'host01' })", NAME)
		local run = last()
		local function is_kept(why)
			local status, _, err = adsh("-y", "undo", run)
			assert.equal(6, status, err)
			assert.matches(why, err)
			assert.is_true(exists(NAME))
		end
		tool(("addmembers %s 'HOST02$'"):format(NAME))
		is_kept "has been edited since"
		tool(("removemembers %s 'HOST02$'"):format(NAME))
		lab.add(NAME, "info", "ours now")
		is_kept "has been edited since"
		lab.modify(("dn: %s\nchangetype: modify\ndelete: info\n"):format(lab.account(NAME, "cn").dn))
		tool(("addmembers 'RAS and IAS Servers' %s"):format(NAME))
		is_kept "or the groups that it is in"
		tool(("removemembers 'RAS and IAS Servers' %s"):format(NAME))
		lab.modify(("dn: %s\nchangetype: modrdn\nnewrdn: CN=moved\ndeleteoldrdn: 1\n"):format(lab.account(NAME, "cn").dn))
		assert.equal(0, (adsh("-y", "undo", run)))
		assert.is_false(exists(NAME))
	end)

	it("that somebody else emptied, filled or deleted are judged as they are", function()
		made("group.create(arg[1], { members = 'host01' })", NAME)
		tool(("removemembers %s 'HOST01$'"):format(NAME))
		assert.equal(0, (undo()))
		assert.is_false(exists(NAME))
		made("group.create(arg[1])", NAME)
		tool(("addmembers %s 'HOST01$'"):format(NAME))
		local status, _, err = undo()
		assert.equal(6, status)
		assert.matches("has been edited since", err)
		tool("delete " .. NAME)
		local _, out = undo()
		assert.matches("nothing to do: 1 unchanged", out)
	end)

	it("go with what the same run did to them, and come back", function()
		local path = lab.file(("group.create(%q, { scope = 'domainlocal', members = 'host01' }); group.create(%q)\n"
			.. "group.add(%q, { 'host02', %q }); group.remove(%q, 'host01')"):format(LOCAL, NAME, LOCAL, NAME, LOCAL))
		local status, _, err = adsh("-y", path)
		os.remove(path)
		assert.equal(0, status, err)
		local group = "CN=" .. NAME .. ",CN=Users," .. lab.base
		local function members_of_local()
			local list = lab.account(LOCAL, "member").member
			table.sort(list)
			return list
		end
		assert.same({ host(2), group }, members_of_local())
		assert.equal(0, (undo()))
		assert.is_false(exists(NAME) or exists(LOCAL))
		assert.equal(0, (undo()))
		assert.same({ host(2), group }, members_of_local())
	end)

	it("are all there after a resume, wherever the connection was lost", function()
		local cut = lab.scripts .. "/cut.sh "
		local path = lab.file [[
			connect { server = "dc1.alpha.test:3390", timeout = 3, connect_timeout = 3 }
			plan(function()
				for i = 1, 12 do group.create("test-cut-" .. i, { members = "host01" }) end
			end):apply()]]
		finally(function()
			lab.sh(cut .. "stop")
			os.remove(path)
		end)
		local function count()
			return #lab.search("(cn=test-cut-*)", "cn")
		end
		local met = false
		for _, bytes in ipairs { 21500, 22500, 24000 } do
			lab.must(("rm -rf %s"):format(state))
			lab.must(cut .. "start " .. bytes)
			local status = adsh("-y", path)
			lab.must(cut .. "stop")
			assert.is_true(status == 3 or status == 5 or status == 1, status)
			local run = lab.sh("ls " .. state) == 0 and lab.must("ls " .. state):match "(%S+)%.jsonl"
			met = met or run
			assert.equal(0, run and adsh("-y", "resume", run) or 0)
			assert.equal(run and 12 or 0, count())
			assert.equal(0, run and adsh("-y", "undo", run) or 0)
			assert.equal(0, count())
		end
		assert.is_truthy(met)
	end)

	it("are refused by name before anything is sent, and to users without the right", function()
		for _, name in ipairs { "a,b", "a.", "a/b", "nobody@nowhere.test", ("x"):rep(65) } do
			local status, _, err = adsh("-y", "-e", "group.create(arg[1])", name)
			assert.equal(2, status, err)
			assert.matches("is not a valid group name", err)
		end
		local both = "plan(function() group.add('Test-Group-Existing', 'host01'); group.create(arg[1]) end):apply()"
		tool "add Test-Group-Existing"
		finally(function()
			tool "delete Test-Group-Existing"
		end)
		for _, code in ipairs { "group.create(arg[1])", both } do
			local status, _, err = lab.adsh({ "--journal", state, "-y", "-e", code, NAME }, "user01")
			assert.equal(1, status)
			assert.matches("no right to create a group in CN=Users", err)
			assert.is_false(exists(NAME))
			assert.is_nil(lab.account("Test-Group-Existing", "member").member)
		end
	end)
end)
