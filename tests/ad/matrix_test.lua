-- delegation.matrix, judged by what Samba's own tools and ldapmodify put into the directory.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"
local crosstab = require "adsh.format.crosstab"

local MIGRATION = "Microsoft Virtual System Migration Service"
local HOSTS = { "host01", "host02", "host03", "host04", "host05" }

local function samba_tool(words)
	return lab.must(("KRB5CCNAME=%s samba-tool %s -H ldap://%s --use-kerberos=required")
		:format(lab.login "Administrator", words, lab.dc))
end

local function reset()
	for _, h in ipairs(HOSTS) do
		lab.reset(h:upper() .. "$")
	end
end

local function matrix(format)
	local status, out, err = lab.adsh { "-f", format, "-e", "return delegation.matrix{'"
		.. table.concat(HOSTS, "','") .. "'}" }
	assert.equal(0, status, err)
	return out
end

local function sid_of(name)
	return lab.must(("KRB5CCNAME=%s ldbsearch -H ldap://%s --use-kerberos=required '(sAMAccountName=%s)' objectSid")
		:format(lab.login "Administrator", lab.dc, name)):match "objectSid: (%S+)"
end

-- Lines of a text without escape sequences
local function grid(text)
	local lines = {}
	for line in text:gmatch "[^\n]+" do
		lines[#lines + 1] = line
	end
	return lines
end

describe("delegation.matrix", function()
	setup(function()
		reset()
		-- by alias (cifs through HOST/), by its own name, of a service that nobody registered, of nobody
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", "cifs/HOST02", "cifs/host02.alpha.test",
			MIGRATION .. "/host03.alpha.test", "Nonsense/host04.alpha.test", "cifs/gone.alpha.test")
		samba_tool "delegation add-service 'HOST02$' 'cifs/host01.alpha.test'"
		samba_tool "delegation for-any-protocol 'HOST02$' on"
		samba_tool "delegation for-any-service 'HOST03$' on"
		samba_tool "delegation add-principal 'HOST04$' 'HOST01$'"
		samba_tool "delegation add-principal 'HOST05$' HyperV-Hosts"
	end)
	teardown(reset)

	it("tells each pair and how", function()
		assert.same({
			"rows may delegate to columns",
			"         1 2 3 4 5",
			"1 HOST01 . K K R G",
			"2 HOST02 A . - - G",
			"3 HOST03 U U . U U",
			"4 HOST04 - - - . G",
			"5 HOST05 - - - - .",
			"A any protocol   K Kerberos only   R resource-based   G resource-based, by group",
			"U unconstrained   - missing   . itself",
			"11 of 20 pairs may delegate, 9 may not",
		}, grid(matrix "table"))
	end)

	it("is a list for programs", function()
		local list = cjson.decode(matrix "json")
		assert.equal(20, #list)
		assert.same({ source = "HOST01", target = "HOST02", how = "kerberos",
			services = { "cifs/HOST02", "cifs/host02.alpha.test" } }, list[1])
		assert.same({ source = "HOST01", target = "HOST04", how = "resource-based, unregistered",
			services = { "Nonsense/host04.alpha.test" } }, list[3])
		assert.equal("unconstrained, resource-based by group", list[12].how)
		assert.same({ "HyperV-Hosts" }, list[12].via)
		assert.is_nil(list[1].via)
		assert.matches("^source,target,how,services,via\r\nHOST01,HOST02,kerberos,", matrix "csv")
	end)

	local it_new = lab.since(4, 19, it, pending, "has domains of level 2008 R2: no resource-based delegation")
	it_new("leaves out members of a group whom another entry denies it, as the KDC does", function()
		local function kdc(host)
			return lab.kdc_gives(host, "cifs/host05.alpha.test")
		end
		local function set_transition(name, on)
			samba_tool(("delegation for-any-protocol '%s' %s"):format(name, on and "on" or "off"))
		end
		set_transition("HOST01$", true) -- else Samba's KDC takes no ticket of S4U2Self
		finally(function()
			lab.reset "HOST05$"
			samba_tool "delegation add-principal 'HOST05$' HyperV-Hosts"
			set_transition("HOST01$", false)
		end)
		local group, h1, h2 = sid_of "HyperV-Hosts", sid_of "HOST01$", sid_of "HOST02$"
		lab.put_sources("HOST05$", ("O:BAD:(D;;CR;;;%s)(A;;CR;;;%s)"):format(h2, group))
		assert.same({ true, false }, { kdc "host01", kdc "host02" })
		assert.matches("1 HOST01 . A A R G", matrix "table", 1, true)
		assert.matches("2 HOST02 A . - - -", matrix "table", 1, true)
		lab.put_sources("HOST05$", ("O:BAD:(D;;CR;;;%s)(A;;CR;;;%s)"):format(group, h1))
		assert.same({ false, false }, { kdc "host01", kdc "host02" })
		assert.matches("1 HOST01 . A A R -", matrix "table", 1, true)
		lab.put_sources("HOST05$", "O:BAD:(D;;CR;;;AN)(A;;CR;;;NU)")
		assert.same({ true, true }, { kdc "host01", kdc "host02" })
		assert.matches("2 HOST02 A . - - G", matrix "table", 1, true)
	end)

	it("has a mark of its own for whoever may act under a condition", function()
		finally(function()
			lab.reset "HOST05$"
			samba_tool "delegation add-principal 'HOST05$' HyperV-Hosts"
		end)
		lab.put_sources("HOST05$", ("O:BAD:(XA;;CR;;;%s;(@USER.dept == 1))"):format(sid_of "HOST04$"))
		local out = matrix "table"
		assert.matches("\n4 HOST04 - - - . C\n", out, 1, true)
		assert.matches("C resource-based, under a condition", out, 1, true)
		assert.matches("8 of 20 pairs may delegate, 11 may not, 1 may under a condition", out, 1, true)
		local list = cjson.decode(matrix "json")
		assert.same({ source = "HOST04", target = "HOST05", how = "conditional", services = {},
			conditions = { "(@USER.dept == 1)" } }, list[16])
		assert.matches("^source,target,how,services,via,conditions\r\n", matrix "csv")
	end)

	it("does not take a name for a service that the target has not", function()
		lab.reset "HOST04$"
		finally(function() samba_tool "delegation add-principal 'HOST04$' 'HOST01$'" end)
		local list = cjson.decode(matrix "json")
		assert.equal("unregistered", list[3].how)
		assert.matches("1 HOST01 . K K ! G", matrix "table")
	end)

	it("takes hosts of two forests", function()
		local status, out, err = lab.adsh { "-d", lab.domain, "-e", [[
			connect "beta.test"
			connect "alpha.test"
			return delegation.matrix{ "host01", "host02", "host02@beta.test", "BETA\\host03" }]] }
		assert.equal(0, status, err)
		assert.same({ "rows may delegate to columns", "                    1 2 3 4", "1 HOST01@alpha.test . K - -",
			"2 HOST02@alpha.test A . - -", "3 HOST02@beta.test  - - . -", "4 HOST03@beta.test  - - - ." },
			table.move(grid(out), 1, 6, 1, {}))
	end)

	it("sees hosts of the other forest through a group that has them, or a group of theirs, as members", function()
		local function sid(name)
			local kind = name:sub(-1) == "$" and "computer" or "group"
			return lab.must(("%s/in.sh dcb samba-tool %s show %s --attributes=objectSid"):format(lab.scripts, kind,
				lab.quote(name))):match "S%-1%-5%-21[%d%-]+"
		end
		local dc1 = lab.scripts .. "/in.sh dc1 samba-tool "
		lab.must(dc1 .. "group add movers --group-scope=Domain")
		lab.must(dc1 .. "group add inner --group-scope=Global")
		finally(function()
			lab.must(dc1 .. "group delete movers && " .. dc1 .. "group delete inner")
			lab.reset "HOST01$"
			for _, e in ipairs(lab.search("(objectClass=foreignSecurityPrincipal)", "cn")) do
				if e.cn[1]:find "^S%-1%-5%-21" then
					lab.modify(("dn: %s\nchangetype: delete\n"):format(e.dn))
				end
			end
		end)
		lab.must(dc1 .. "group addmembers inner 'HOST05$'")
		lab.must(dc1 .. "group addmembers movers inner,'HOST04$'," .. sid "HOST02$")
		lab.reset "HOST01$"
		samba_tool "delegation add-principal 'HOST01$' movers"
		local shown = [[directory.of "beta.test"
			return delegation.matrix { "host01", "host04", "host05", "host02@beta.test", "host03@beta.test" }]]
		local function row()
			local status, out, err = lab.adsh { "-d", lab.domain, "-f", "json", "-e", shown }
			assert.equal(0, status, err)
			local how = {}
			for _, r in ipairs(cjson.decode(out)) do
				if r.target == "HOST01@alpha.test" then
					how[r.source:match "^[^@]*" .. r.source:match "@(.)"] = r.how .. " " .. table.concat(r.via or {}, ",")
				end
			end
			return how
		end
		local by = "resource-based by group movers"
		assert.same({ HOST04a = by, HOST05a = by, HOST02b = by, HOST03b = "missing " }, row())
		lab.must(dc1 .. "group addmembers movers " .. sid "HyperV-Hosts")
		assert.same({ HOST04a = by, HOST05a = by, HOST02b = by, HOST03b = by }, row())
	end)

	-- n hosts, each of which may delegate to the next one
	local function ring(n)
		local m = { hosts = {}, cells = {} }
		for i = 1, n do
			m.hosts[i], m.cells[i] = ("HYPERVISOR-%04d"):format(i), {}
			for j = 1, n do
				m.cells[i][j] = i == j and "." or j == i % n + 1 and "A" or "-"
			end
		end
		return m
	end

	local function drawn(m, terminal)
		local parts = {}
		crosstab.write(m, function(...)
			parts[#parts + 1] = table.concat { ... }
		end, terminal)
		return table.concat(parts)
	end

	it("fits 80 columns with 32 hosts of the longest names", function()
		local lines = grid(drawn(ring(32), {}))
		local rows = 0
		for _, line in ipairs(lines) do
			assert.is_true(#line <= 80, line)
			rows = rows + (line:match "HYPERVISOR" and 1 or 0)
		end
		assert.equal(32, rows)
	end)

	it("goes on below with more hosts, and loses no cell", function()
		local cells = 0
		for _, line in ipairs(grid(drawn(ring(70), {}))) do
			assert.is_true(#line <= 80, line)
			cells = cells + select(2, (line:match "HYPERVISOR%-%d+(.*)" or ""):gsub("[A.-]", ""))
		end
		assert.equal(70 * 70, cells)
	end)

	it("has colours where they are wanted, and the same text", function()
		local colored = drawn(ring(5), { colored = true })
		assert.matches("\27%[32mA\27%[0m", colored)
		assert.equal(drawn(ring(5), {}), (colored:gsub("\27%[[%d;]*m", "")))
	end)
end)
