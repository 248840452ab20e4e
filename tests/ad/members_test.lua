-- Who is in a group: by member, by primary group, through groups, round circles, from another forest. samba-tool,
-- ldapsearch and tokenGroups say what is right.
package.path = "tests/ad/?.lua;" .. package.path
local cjson = require "cjson"
local lab = require "lab"

local GROUP, INNER, OTHER = "test-rack", "test-inner", "test-other"

local function tool(command, node)
	return lab.must(("%s/in.sh %s samba-tool %s"):format(lab.scripts, node or "dc1", command))
end

local function sid_of(kind, name, node)
	return tool(("%s show %s --attributes=objectSid"):format(kind, lab.quote(name)), node):match "S%-1%-5%-21[%d%-]+"
end

local function rid_of(name)
	return sid_of("group", name):match "%d+$"
end

local function host_dn(i)
	return ("CN=HOST%02d,OU=Hosts,%s"):format(i, lab.base)
end

-- A computer may have only a group that it is in as primary one; then it is no value of member any more.
local function make_primary(i, group)
	tool(("group addmembers %s HOST%02d$"):format(group, i))
	lab.modify(("dn: %s\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: %s\n"):format(host_dn(i),
		rid_of(group)))
end

local function make_ordinary(i)
	lab.modify(("dn: %s\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: 515\n"):format(host_dn(i)))
end

local function json(...)
	local status, out, err = lab.adsh { "-f", "json", ... }
	assert.is_true(status == 0 or status == 4, err)
	return cjson.decode(out)
end

local function sorted(list)
	table.sort(list)
	return list
end

local function dns(list)
	local all = {}
	for i, e in ipairs(list) do
		all[i] = e.dn
	end
	return sorted(all)
end

-- Everybody in whose token the group is, by the server's own tokenGroups, of these computers.
local function with_token(sid)
	local found = {}
	local bytes = lab.must(([[/usr/bin/python3 -c "
import base64, sys
from samba.ndr import ndr_pack
from samba.dcerpc import security
print(base64.b64encode(ndr_pack(security.dom_sid(sys.argv[1]))).decode())" %s]]):format(sid)):gsub("%s", "")
	for _, c in ipairs(lab.search("(objectClass=computer)", "cn")) do
		local e = lab.search("(objectClass=*)", "tokenGroups", c.dn)[1]
		for _, value in ipairs(e.tokenGroups or {}) do
			found[#found + 1] = value == bytes and c.dn or nil
		end
	end
	return sorted(found)
end

local function get(name)
	return json("-e", "return group.get(arg[1])", name)
end

-- Hosts that --group chooses: those that spn show is about.
local function chosen(...)
	local list = {}
	for _, name in ipairs(json("-n", "run", "live-migration", ...).hosts) do
		list[#list + 1] = name
	end
	return list
end

describe("members", function()
	before_each(function()
		for _, name in ipairs { GROUP, INNER, OTHER } do
			tool("group add " .. name)
		end
	end)

	after_each(function()
		for i = 1, 4 do
			make_ordinary(i)
			lab.reset(("HOST%02d$"):format(i))
		end
		for _, name in ipairs { GROUP, INNER, OTHER } do
			tool("group delete " .. name)
		end
	end)

	it("are those of nested groups and primary groups, round a circle", function()
		tool(("group addmembers %s HOST01$,%s"):format(GROUP, INNER))
		tool(("group addmembers %s HOST02$,%s"):format(INNER, OTHER))
		tool(("group addmembers %s HOST05$,%s"):format(OTHER, GROUP)) -- a circle
		make_primary(3, GROUP)
		make_primary(4, INNER)
		local expected = { host_dn(1), host_dn(2), host_dn(3), host_dn(4), host_dn(5) }
		assert.same(expected, with_token(sid_of("group", GROUP)))
		assert.same({ "HOST01$", "HOST02$", "HOST03$", "HOST04$", "HOST05$" }, chosen("--group", GROUP))
		local r = get(GROUP)
		local direct = {}
		for name in tool("group listmembers --full-dn " .. GROUP):gmatch "[^\n]+" do
			direct[#direct + 1] = name
		end
		assert.same(sorted(direct), sorted(r.members))
		table.insert(expected, ("CN=%s,CN=Users,%s"):format(INNER, lab.base))
		table.insert(expected, ("CN=%s,CN=Users,%s"):format(OTHER, lab.base))
		assert.same(sorted(expected), sorted(r.all_members))
	end)

	it("keep their values with --prune, also by primary group and when they are disabled", function()
		tool(("group addmembers %s HOST01$,HOST02$,HOST04$"):format(GROUP))
		make_primary(3, GROUP)
		local V = "Microsoft Virtual System Migration Service/HOST0%d.alpha.test"
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", V:format(3), V:format(4), V:format(5))
		tool "user disable HOST04$"
		finally(function() lab.reset("HOST04$", 4096) end)
		local removed = {}
		for _, c in ipairs(json("-n", "run", "live-migration", "--prune", "--group", GROUP).changes) do
			for _, e in ipairs(c.edits) do
				if e.attribute == "msDS-AllowedToDelegateTo" then
					table.move(e.remove, 1, #e.remove, #removed + 1, removed)
				end
			end
		end
		assert.same({ V:format(5) }, removed)
	end)

	local function forget_foreign()
		for _, e in ipairs(lab.search("(objectClass=foreignSecurityPrincipal)", "cn")) do
			if e.cn[1]:find "^S%-1%-5%-21" then
				lab.modify(("dn: %s\nchangetype: delete\n"):format(e.dn))
			end
		end
	end

	it("of another forest are found there, by themselves and through a group of theirs", function()
		local near = "test-domain-local"
		tool("group add --group-scope=Domain " .. near)
		finally(function()
			tool("group delete " .. near)
			forget_foreign()
		end)
		local host, group = sid_of("computer", "HOST02$", "dcb"), sid_of("group", "HyperV-Hosts", "dcb")
		tool(("group addmembers %s HOST01$,%s"):format(near, host))
		local beta = "CN=HOST02,OU=Hosts,DC=beta,DC=test"
		assert.same({ host_dn(1), beta }, get(near).all_members)
		assert.same({ "HOST01@alpha.test", "HOST02@beta.test" }, chosen("--group", near))
		tool(("group addmembers %s %s"):format(near, group))
		local expected = lab.beta(function()
			local list = dns(lab.search("(memberOf:1.2.840.113556.1.4.1941:=CN=HyperV-Hosts,OU=Hosts," .. lab.base .. ")", "cn"))
			list[#list + 1] = "CN=HyperV-Hosts,OU=Hosts," .. lab.base
			return list
		end)
		table.insert(expected, host_dn(1))
		assert.same(sorted(expected), get(near).all_members)
	end)

	it("that nobody knows are told, and those whose domain cannot be asked keep their values", function()
		local near, stranger = "test-domain-local", "S-1-5-21-7-7-7-1001"
		tool("group add --group-scope=Domain " .. near)
		finally(function()
			tool("group delete " .. near)
			forget_foreign()
		end)
		tool(("group addmembers %s HOST01$,HOST02$,%s"):format(near, stranger))
		lab.add(near, "member", "CN=S-1-5-11,CN=ForeignSecurityPrincipals," .. lab.base)
		local status, out, err = lab.adsh { "-n", "run", "live-migration", "--group", near }
		assert.equal(4, status, err)
		assert.matches(stranger .. " is in test-domain-local and is skipped", out .. err, 1, true)
		assert.matches("Authenticated Users is in test-domain-local and is skipped", out .. err, 1, true)
		local all = get(near).all_members
		assert.matches(stranger, table.concat(all, " "), 1, true)
		tool(("group addmembers %s %s"):format(near, sid_of("computer", "HOST03$", "dcb")))
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", "Microsoft Virtual System Migration Service/host03.beta.test")
		local cut <close> = setmetatable({}, { __close = function() lab.must(lab.scripts .. "/fault.sh dcb unblock") end })
		lab.must(lab.scripts .. "/fault.sh dcb refuse cli")
		assert(cut)
		local r = json("-n", "run", "live-migration", "--prune", "--group", near)
		assert.same({ "HOST01$", "HOST02$" }, r.hosts)
		assert.equal("the members of beta.test in test-domain-local", r.lacking[1].host)
		for _, c in ipairs(r.changes) do
			assert.same({}, c.edits[#c.edits].remove)
		end
		assert.equal("beta.test", get(near).missing[1].domain)
	end)

	it("of another forest are protected by the groups of this one, also through a group of theirs", function()
		local admins = "CN=Administrators,CN=Builtin," .. lab.base
		finally(forget_foreign)
		local function is_refused(by)
			lab.must(("%s/in.sh dc1 samba-tool group addmembers Administrators %s"):format(lab.scripts, by))
			local status, _, err = lab.adsh { "-e", "delegation.allow_from('host01', 'host02@beta.test')" }
			assert.equal(6, status, err)
			assert.matches("HOST02$ of beta.test is a member of Administrators of alpha.test", err, 1, true)
			lab.modify(("dn: %s\nchangetype: modify\ndelete: member\nmember: CN=%s,CN=ForeignSecurityPrincipals,%s\n")
				:format(admins, by, lab.base))
		end
		is_refused(sid_of("computer", "HOST02$", "dcb"))
		is_refused(sid_of("group", "HyperV-Hosts", "dcb"))
		local status, _, err = lab.adsh { "-n", "-e", "delegation.allow_from('host01', 'host02@beta.test')" }
		assert.equal(4, status, err)
	end)

	-- A ticket has the primary group, and no distribution groups: MS-PAC 2.5, MS-DRSR 4.1.8.3.
	it("let in by a descriptor are those whose ticket has the group", function()
		local mailing = "test-mailing"
		tool("group add --group-type=Distribution " .. mailing)
		finally(function() tool("group delete " .. mailing) end)
		tool(("group addmembers %s HOST01$,HOST05$"):format(mailing))
		tool(("group addmembers %s %s,%s"):format(GROUP, mailing, INNER))
		make_primary(3, INNER)
		tool(("delegation add-principal HOST02$ %s"):format(GROUP))
		for _, i in ipairs { 1, 3 } do
			lab.modify(("dn: %s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 16781312\n")
				:format(host_dn(i)))
		end
		local how = {}
		for _, r in ipairs(json("-e", "return delegation.matrix { 'host01', 'host02', 'host03' }")) do
			how[r.source] = r.target == "HOST02" and r.how or how[r.source]
		end
		assert.same({ HOST01 = "missing", HOST03 = "resource-based by group" }, how)
		assert.is_false(lab.kdc_gives("host01", "HOST/host02.alpha.test"))
		assert.is_true(lab.kdc_gives("host03", "HOST/host02.alpha.test"))
	end)

	it("of Domain Computers are all computers", function()
		local enabled = lab.search("(&(objectClass=computer)(primaryGroupID=515)"
			.. "(!(userAccountControl:1.2.840.113556.1.4.803:=2)))", "cn")
		assert.is_true(#enabled > 4)
		assert.equal(#enabled, #chosen("--group", "Domain Computers"))
		assert.same(dns(lab.search("(primaryGroupID=515)", "cn")), sorted(get("Domain Computers").members))
	end)
end)
