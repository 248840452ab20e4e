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
		ok(("group.add(%q, { 'host01', 'host05' })"):format(NAME))
		local runs = ok "journal.runs()"
		tool(("addmembers %s 'HOST06$'"):format(NAME))
		local status, _, err = lab.adsh { "--yes", "undo", runs[#runs].run }
		assert.equal(0, status, err)
		assert.same({ host(5), host(6) }, members())
	end)

	it("that give administrative rights are protected", function()
		for _, name in ipairs { "Domain Admins", "Administrators", "Domain Computers" } do
			local status, _, err = lab.adsh { "--yes", "-e", ("group.add(%q, 'user01')"):format(name) }
			assert.equal(6, status)
			assert.matches("protected accounts", err)
		end
	end)

	it("cannot be written by a user without rights, who is told so", function()
		local status, _, err = lab.adsh({ "--yes", "-e", ("group.add(%q, 'host01')"):format(NAME) }, "plain")
		assert.not_equal(0, status)
		assert.matches("[Aa]ccess", err)
		assert.same({}, members())
	end)
end)
