-- Group policies, against samba-tool gpo and smbclient on the domain controller.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"
local killer = require "killer"
local outside = require "outside"
local ways = require "ways"

local OU = "OU=Hosts," .. lab.base
local NAME = "adsh test policy"

local adsh, ok, json = lab.script("--allow-protected", "--allow-widening")

local function samba_tool(...)
	local words = { ... }
	for i, w in ipairs(words) do
		words[i] = lab.quote(w)
	end
	local _, out = lab.sh(("%s/in.sh dc1 samba-tool gpo %s -U %s -H ldap://%s 2>&1"):format(lab.scripts,
		table.concat(words, " "), lab.quote("Administrator%" .. lab.password), lab.dc))
	return out
end

local function aclcheck()
	assert.not_matches("ERROR", samba_tool "aclcheck", 1, true)
end

local function policies_on_disk()
	return lab.must(lab.scripts .. "/in.sh dc1 ls /var/lib/samba/sysvol/alpha.test/Policies")
end

local function links()
	local found = lab.search("(distinguishedName=" .. OU .. ")", "gPLink")[1].gPLink
	return found and found[1]
end

local function remove()
	for _, row in ipairs(json "gpo.list()") do
		if row.name:find(NAME, 1, true) then
			ok(("gpo.remove %q"):format(row.guid))
		end
	end
end

describe("group policies", function()
	local before, dc
	setup(function()
		before, dc = policies_on_disk(), outside.open "dc1"
	end)
	before_each(remove)
	teardown(function()
		remove()
		dc:close()
		ways.clear()
	end)

	it("are made whole, in both halves, and linked last", function()
		local report = json(("gpo.create(%q, {link = %q})"):format(NAME, OU))
		local shown = samba_tool("show", report.guid)
		assert.matches("display name : " .. NAME, shown, 1, true)
		assert.matches("version      : 0", shown, 1, true)
		assert.matches("DN: " .. OU, samba_tool("listcontainers", report.guid), 1, true)
		aclcheck()
		local order = {}
		for i, c in ipairs(report.changes) do
			order[i] = c.dn
		end
		assert.equal(OU, order[#order])
		assert.matches("^CN={", order[1])
		local ini = json(([[ { text = file.read(gpo.get(%q).folder .. "\\GPT.INI") } ]]):format(NAME)).text
		assert.equal("[General]\r\nVersion=0\r\n", ini)
	end)

	it("reach a member that Samba's own client of group policies asks for", function()
		local member = lab.search("(sAMAccountName=FS1$)", "cn")[1].dn
		local rdn, place = member:match "^([^,]+),(.*)$"
		local function move(source, target)
			lab.modify(("dn: %s,%s\nchangetype: modrdn\nnewrdn: %s\ndeleteoldrdn: 1\nnewsuperior: %s\n"):format(rdn, source, rdn,
				target))
		end
		local function reaches()
			local out = lab.must(lab.scripts .. "/in.sh fs1 samba-gpupdate --rsop 2>&1")
			assert.matches("GPO: Default Domain Policy", out, 1, true)
			return out:find("GPO: " .. NAME, 1, true) ~= nil
		end
		move(place, OU)
		finally(function() move(OU, place) end)
		ok(("gpo.create %q"):format(NAME))
		assert.is_false(reaches())
		ok(("gpo.link(%q, %q)"):format(NAME, OU))
		assert.is_true(reaches())
		ok(("gpo.unlink(%q, %q)"):format(NAME, OU))
		assert.is_false(reaches())
	end)

	it("leave nothing behind when they are undone or removed", function()
		ok(("gpo.create(%q, {link = %q})"):format(NAME, OU))
		assert.not_equal(before, policies_on_disk())
		assert.equal(0, (lab.adsh { "--allow-protected", "undo", "last" }))
		assert.equal(before, policies_on_disk())
		assert.is_nil(links())
		ok(("gpo.create(%q, {link = %q})"):format(NAME, OU))
		local was = policies_on_disk()
		ok(("gpo.remove %q"):format(NAME))
		assert.equal(before, policies_on_disk())
		assert.is_nil(links())
		assert.equal(0, (lab.adsh { "--allow-protected", "--allow-widening", "undo", "last" }))
		assert.equal(was, policies_on_disk())
		assert.is_truthy(links())
		aclcheck()
	end)

	it("get only to those that they are filtered to", function()
		ok(("gpo.create(%q, {filter = 'HyperV-Hosts'})"):format(NAME))
		local sid = json "get 'HyperV-Hosts'".objectSid
		local shown = samba_tool("show", json(("gpo.get %q"):format(NAME)).guid)
		assert.matches(("(OA;CI;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;%s)"):format(sid), shown, 1, true)
		assert.not_matches("edacfd8f-ffb3-11d1-b41d-00a0c968f939;;AU", shown, 1, true)
		assert.matches("(A;CI;LCRPLORC;;;AU)", shown, 1, true)
		aclcheck()
	end)

	it("are linked behind those of others, in front when that is asked for, and unlinked", function()
		ok(("gpo.create(%q)"):format(NAME .. " 1"))
		ok(("gpo.create(%q)"):format(NAME .. " 2"))
		local one, two = json(("gpo.get %q"):format(NAME .. " 1")), json(("gpo.get %q"):format(NAME .. " 2"))
		samba_tool("setlink", OU, one.guid)
		ok(("gpo.link(%q, %q)"):format(two.name, OU))
		local text = links()
		assert.is_true(text:find(two.guid, 1, true) < text:find(one.guid, 1, true))
		ok(("gpo.link(%q, %q, {order = 1, enforced = true})"):format(two.name, OU))
		text = links()
		assert.is_true(text:find(two.guid, 1, true) > text:find(one.guid, 1, true))
		local shown = samba_tool("getlink", OU)
		assert.matches("^[^\n]*\n[^\n]*\n *Options : GPLINK_OPT_ENFORCE", shown:sub((shown:find(two.guid, 1, true))))
		ok(("gpo.unlink(%q, %q)"):format(two.name, OU))
		assert.is_nil(links():find(two.guid, 1, true))
		assert.is_truthy(links():find(one.guid, 1, true))
	end)

	it("are judged: who obeys a link, and that domain controllers do", function()
		ok(("gpo.create(%q)"):format(NAME))
		local status, _, err = lab.adsh { "-e", ("gpo.link(%q, %q)"):format(NAME, OU) }
		assert.equal(6, status)
		assert.matches("are subject to the policy", err, 1, true)
		status, _, err = lab.adsh { "--allow-widening", "-e", ("gpo.link(%q, %q)"):format(NAME,
			"OU=Domain Controllers," .. lab.base) }
		assert.equal(6, status)
		assert.matches("domain controllers", err, 1, true)
		_, _, err = adsh(("gpo.link(%q, %q)"):format(NAME, "OU=Domain Controllers," .. lab.base), "--dry-run")
		assert.matches("! WIDENS TRUST: [^\n]*\n *! PROTECTED: domain controllers are below", err)
		-- what a policy consists of is found at its place only
		status, _, err = lab.adsh { "-e", ([[require "adsh.raising"(require "adsh.core.whole").remove("container",
			directory.current(), %q)]]):format("CN=Users," .. lab.base) }
		assert.equal(6, status)
		assert.matches("not a part of a group policy", err, 1, true)
		status, _, err = adsh "gpo.remove 'Default Domain Policy'"
		assert.equal(6, status)
		assert.matches("is a default policy of the domain", err, 1, true)
	end)

	it("say who may make, link or remove them to somebody who may not", function()
		ok(("gpo.create(%q, {link = %q})"):format(NAME, OU))
		local was = links()
		for code, hint in pairs { [("gpo.remove %q"):format(NAME)] = "right to write gPLink of " .. OU,
			[("gpo.unlink(%q, %q)"):format(NAME, OU)] = "right to write gPLink of " .. OU,
			[("gpo.create %q"):format(NAME .. " 2")] = "Group Policy Creator Owners have this right" } do
			local status, _, err = lab.adsh({ "--allow-protected", "--allow-widening", "-e", code }, "plain")
			assert.equal(1, status)
			assert.matches(hint, err, 1, true)
		end
		assert.equal(was, links())
	end)

	it("are not made where one, or several, have the name", function()
		ok(("gpo.create(%q)"):format(NAME))
		samba_tool("create", NAME)
		local before_it = policies_on_disk()
		local status, _, err = adsh(("gpo.create(%q)"):format(NAME))
		assert.equal(6, status)
		assert.matches("a group policy '" .. NAME .. "' already exists", err, 1, true)
		assert.equal(before_it, policies_on_disk())
	end)

	it("are named, and a place among the links is a number", function()
		for code, said in pairs { ["gpo.get()"] = "the policy is missing", ["gpo.remove {}"] = "the policy is missing",
			[("gpo.link('Default Domain Policy', %q, {order = 0})"):format(OU)] = "order is a number from 1",
			[("gpo.link('Default Domain Policy', %q, {order = 'x'})"):format(OU)] = "order is a number from 1" } do
			local status, _, err = adsh(code)
			assert.equal(2, status)
			assert.matches(said, err, 1, true)
		end
	end)

	it("are told apart from policies whose files are missing", function()
		ok(("gpo.create(%q, {link = %q})"):format(NAME, OU))
		local guid = json(("gpo.get %q"):format(NAME)).guid
		local folder = "/var/lib/samba/sysvol/alpha.test/Policies/" .. guid
		lab.must(("%s/in.sh dc1 mv %s /var/lib/samba/kept"):format(lab.scripts, folder))
		finally(function()
			lab.must(("%s/in.sh dc1 mv /var/lib/samba/kept %s"):format(lab.scripts, folder))
		end)
		local status, _, err = adsh(("gpo.settings %q"):format(NAME))
		assert.equal(1, status)
		assert.matches("the folder of the policy is missing", err, 1, true)
		status, _, err = adsh(("run.host_policy{ou = %q, name = %q, firewall = true}"):format(OU, NAME))
		assert.equal(6, status)
		assert.matches("its files in SYSVOL are missing", err, 1, true)
	end)

	-- A plan file with those changes of kind that adsh would make for code; f changes them.
	local function forged(code, kind, f)
		local path, kept = os.tmpname(), {}
		os.remove(path)
		assert.equal(4, (adsh(code, "--dry-run", "--plan-out", path)))
		for _, c in ipairs(cjson.decode(lab.must("cat " .. path)).content.changes) do
			kept[#kept + 1] = c.kind == kind and c or nil
		end
		os.remove(path)
		if f then
			f(kept[1])
		end
		return ways.forge(kept)
	end

	-- sort: the one option that is given
	local function refused(pattern, plan, sort)
		local status, said = ways.apply(plan, { sort = sort }, sort and "option" or "none")
		assert.equal(6, status, said)
		assert.matches(pattern, said)
	end

	local function set_link(container, guid)
		dc:replace(container, "gPLink", { guid and ("[LDAP://cn=%s,cn=policies,cn=system,%s;0]"):format(guid, lab.base) })
	end

	it("are judged by who obeys them, whatever else a forged plan leaves out", function()
		local guid = json(("gpo.create(%q)"):format(NAME)).guid
		local controllers = "OU=Domain Controllers," .. lab.base
		local was = dc:get(controllers, "gPLink")
		finally(function()
			dc:replace(controllers, "gPLink", was)
		end)
		set_link(controllers, guid)
		local remove_it = ("gpo.remove %q"):format(guid)
		for _, kind in ipairs { "policy", "container", "policy-attributes" } do
			refused("domain controllers are below OU=Domain Controllers", forged(remove_it, kind), "widens")
		end
		-- what has a link already is obeyed as soon as it comes
		local gone = "{01234567-89AB-4CDE-8FFF-0123456789AB}"
		set_link(controllers, gone)
		refused("subject to a policy that is created", forged(("gpo.create %q"):format(NAME .. " 1"), "policy", function(c)
			c.dn, c.edits[1].after[1] = c.dn:gsub("{.-}", gone), "name=" .. gone
		end), "protected")
		refused("Authenticated Users may edit the policy", forged(("gpo.create %q"):format(NAME .. " 1"), "policy",
			function(c)
				for i, v in ipairs(c.edits[1].after) do
					c.edits[1].after[i] = v:gsub("^acl=.*", "%0(A;CI;WP;;;AU)")
				end
			end), "protected")
		refused("not a part of a group policy", ways.forge { { kind = "policy-attributes", dn = OU, label = NAME,
			domain = lab.domain, edits = { { attribute = "displayName", syntax = "exact", before = {},
			after = { "x" } } } } }, "widens")
	end)

	it("are judged by the order of their links", function()
		for i = 1, 2 do
			ok(("gpo.create(%q, {link = %q})"):format(NAME .. " " .. i, OU))
		end
		local two = json(("gpo.get %q"):format(NAME .. " 2"))
		local status, _, err = lab.adsh { "-e", ("gpo.link(%q, %q, {order = 1})"):format(two.guid, OU) }
		assert.equal(6, status)
		assert.matches("subject to its policies in another order", err, 1, true)
		assert.equal(0, (lab.adsh { "-e", ("gpo.unlink(%q, %q)"):format(two.guid, OU) }))
		status, _, err = lab.adsh { "-e", ("gpo.link(%q, %q)"):format(two.guid, OU) }
		assert.equal(6, status)
		assert.matches(("are subject to the policy '%s 2'"):format(NAME), err, 1, true)
	end)

	it("are whole, or gone, however often the run is killed in between", function()
		local k = killer.new { "--allow-protected", "--allow-widening" }
		k.cache = lab.login "labadmin"
		local create = { "-e", ("gpo.create(%q, {link = %q})"):format(NAME, OU) }
		for point = 1, 16, 3 do
			local id = k:through(create, { point, 2 })
			assert.equal(0, json(("gpo.get %q"):format(NAME)).sysvol)
			assert.is_truthy(links())
			k:through({ "undo", id }, { 18 - point, 2 })
			assert.equal(before, policies_on_disk())
			assert.is_nil(links())
			k:forget()
		end
		k:close()
	end)

	it("are not linked over somebody else's link", function()
		ok(("gpo.create(%q)"):format(NAME))
		local plan_file = os.tmpname()
		os.remove(plan_file)
		assert.equal(4, (adsh(("gpo.link(%q, %q)"):format(NAME, OU), "--dry-run", "--plan-out", plan_file)))
		samba_tool("setlink", OU, "{31B2F340-016D-11D2-945F-00C04FB984F9}")
		local theirs = links()
		assert.equal(6, (lab.adsh { "--allow-protected", "--allow-widening", "apply", plan_file }))
		assert.equal(theirs, links())
		samba_tool("dellink", OU, "{31B2F340-016D-11D2-945F-00C04FB984F9}")
		os.remove(plan_file)
	end)
end)
