-- Several directories at once: names, SIDs, searches and one plan over two forests.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local RBCD = "msDS-AllowedToActOnBehalfOfOtherIdentity"

local function json(words, user, option)
	local status, out, err = lab.adsh({ option or "--yes", "-d", "alpha.test", "-f", "json", "-e", words }, user)
	assert(status == 0, err)
	return require "cjson".decode(out)
end

-- The SIDs in an RBCD descriptor, by Samba's own tool.
local function trustees(node, host)
	local out = lab.must(("%s/in.sh %s samba-tool delegation show %s"):format(lab.scripts, node,
		lab.quote(host:upper() .. "$")))
	return out:match "OtherIdentity: (%S+)"
end

local function sid_of(host)
	local e = lab.account(host:upper() .. "$", "objectSid")
	return (lab.must(("echo %s | base64 -d | python3 -c 'import sys; from samba.ndr import ndr_unpack; "
		.. "from samba.dcerpc import security; print(ndr_unpack(security.dom_sid, sys.stdin.buffer.read()))'"):format(
		e.objectSid[1])):gsub("%s", ""))
end

local function reset()
	lab.reset "HOST01$"
	lab.beta(lab.reset, "HOST01$")
end

describe("several directories", function()
	setup(function()
		lab.admin_of_both()
		reset()
	end)
	teardown(reset)

	it("takes names of each connected domain, by DNS and by NetBIOS name", function()
		local dns = json [[
			connect "beta.test"
			connect "alpha.test"
			local out = {}
			for i, name in ipairs { "host01", "host01@beta.test", "BETA\\host01", "ALPHA\\host01", "beta.test\\host01" } do
				out[i] = delegation.get(name).dn:match "DC=%w+"
			end
			return out]]
		assert.same({ "DC=alpha", "DC=beta", "DC=beta", "DC=alpha", "DC=beta" }, dns)
	end)

	it("opens a directory with a login of its own", function()
		local keytab = lab.beta(function() return lab.keytabs end) .. "/user02.keytab"
		local who = json(([[
			local a = connect "alpha.test"
			local b = connect{ domain = "beta.test", user = "user02", keytab = "%s" }
			return { a:whoami(), b:whoami() }]]):format(keytab))
		assert.same({ lab.whoami "labadmin", lab.whoami("user02", "BETA") }, who)
	end)

	it("opens the directory of a domain when one is asked for, and keeps the current one", function()
		assert.same({ "beta.test", "alpha.test" }, json [[
			return { directory.of("BETA"):info().domain, directory.current():info().domain }]])
	end)

	it("takes tickets of the domain's own out of a collection, else goes over the trust", function()
		local folder = os.getenv "LAB_DIR" .. "/tmp/collection"
		local beta = lab.beta(function() return lab.keytabs end)
		local out = lab.must(([[
			rm -rf %s; mkdir -p %s; export KRB5CCNAME=DIR:%s
			kinit -k -t %s/user01.keytab user01@BETA.TEST && kinit -k -t %s/user02.keytab user02@ALPHA.TEST
			%s -d alpha.test -e 'print(directory.of("beta.test"):info().principal, directory.current():info().principal)'
			kdestroy -q -p user01@BETA.TEST
			%s -d alpha.test -e 'print(directory.of("beta.test"):info().principal)'
			]]):format(folder, folder, folder, beta, lab.keytabs, lab.program, lab.program))
		assert.equal("user01@BETA.TEST\tuser02@ALPHA.TEST\nuser02@ALPHA.TEST\n", out)
	end)

	it("opens the directory that a name is in, when the current one trusts it, and only then", function()
		assert.equal("DC=beta", json [[return delegation.get("host01@beta.test").dn:match "DC=%w+"]])
		assert.equal("DC=beta", json [[return delegation.get("BETA\\host01").dn:match "DC=%w+"]])
		assert.same({ "BETA\\HOST02$" }, json [[
			delegation.allow_from("host01", "host02@beta.test") return delegation.get("host01").sources]])
		reset()
		local status, _, err = lab.adsh { "-d", "alpha.test", "-e", [[return delegation.get("host01@gamma.test")]] }
		assert.equal(1, status)
		assert.matches("after connect", err, 1, true)
	end)

	it("makes a connected directory the current one again", function()
		assert.same({ "alpha.test", "beta.test" }, json [[
			connect "beta.test" connect "alpha.test"
			local before = directory.current():info().domain
			directory.current(directory.of "beta.test")
			return { before, directory.current():info().domain }]])
	end)

	it("says which domain it does not know", function()
		local status, _, err = lab.adsh { "-d", "alpha.test", "-e", [[directory.of "GAMMA"]] }
		assert.equal(1, status)
		assert.matches("no domain called GAMMA", err, 1, true)
	end)

	it("names sources of the other forest, and keeps SIDs of nobody", function()
		local sources = json([[
			delegation.allow_from("host01", { "host02", directory.of("beta.test"):get "host03", "S-1-5-21-1-2-3-4" })
			return delegation.get("host01").sources]], nil, "--allow-protected") -- nobody can tell who the last one is
		assert.same({ "HOST02$", "BETA\\HOST03$", "S-1-5-21-1-2-3-4" }, sources)
	end)

	it("does not let a domain controller of the other forest become a source, however it is named", function()
		reset()
		local shown = lab.must(lab.scripts .. "/in.sh dcb samba-tool computer show 'DC1$' --attributes=objectSid")
		local sid = shown:match "S%-1%-5[%d%-]+"
		for _, source in ipairs { '"dc1@beta.test"', '"BETA\\\\DC1$"', '"' .. sid .. '"',
			'directory.of("beta.test"):get "dc1"' } do
			local status, _, err = lab.adsh { "-d", "alpha.test", "-e",
				('directory.of "beta.test" delegation.allow_from("host01", { "host02", %s })'):format(source) }
			assert.equal(6, status, source)
			assert.matches("DC1$ of beta.test is a domain controller", err, 1, true)
			assert.matches("--allow-protected", err, 1, true)
		end
		assert.falsy(lab.account("HOST01$", RBCD)[RBCD])
		local chunk = 'directory.of "beta.test" delegation.allow_from("host01", "%s")'
		local status, _, err = lab.adsh { "-d", "alpha.test", "-e", chunk:format "protected@beta.test" }
		assert.equal(6, status)
		assert.matches("protected of beta.test is a member of Protected Users", err, 1, true)
		status, _, err = lab.adsh { "-d", "alpha.test", "-e", chunk:format(sid:gsub("%d+$", "516")) }
		assert.equal(6, status)
		assert.matches("Domain Controllers holds domain controllers", err, 1, true)
		-- nor when somebody says that this domain is where the SID is from
		status, _, err = lab.adsh { "-d", "alpha.test", "-e", ([[
			require "adsh.sid_names".home = function() return directory.current() end
			delegation.allow_from("host01", %q)]]):format(sid) }
		assert.equal(6, status)
		assert.matches("cannot tell whether " .. sid, err, 1, true)
		assert.equal(0, (lab.adsh { "-d", "alpha.test", "--allow-protected", "-e", chunk:format "dc1@beta.test" }))
		assert.equal(sid, trustees("dc1", "host01"))
	end)

	it("takes one pair of another domain, and none over its border", function()
		local function kcd(target)
			return lab.adsh { "-d", "alpha.test", "-y", "run", "kcd", "--source", "host01@beta.test", "--target", target,
				"--service", "HTTP", "--add" }
		end
		assert.equal(0, (kcd "host02@beta.test"))
		local targets = lab.beta(lab.account, "HOST01$", "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"]
		table.sort(targets)
		assert.same({ "HTTP/HOST02", "HTTP/host02.beta.test" }, targets)
		local status, _, err = kcd "host02"
		assert.equal(2, status)
		assert.matches("does not cross domains: host01@beta.test is in beta.test, host02 in alpha.test", err, 1, true)
		lab.beta(lab.reset, "HOST01$")
	end)

	it("shows a SID that the other forest does not have as such", function()
		local shown = lab.must(lab.scripts .. "/in.sh dcb samba-tool user show Administrator --attributes=objectSid")
		local sid = shown:match "S%-1%-5[%d%-]+":gsub("%-500$", "-99999")
		local name = json(([[return require "adsh.sid_names".name("%s")]]):format(sid))
		assert.equal(sid .. " (no such account in beta.test)", name)
	end)

	it("writes to both forests in one plan and one run, and undoes it", function()
		reset()
		local journal = os.getenv "LAB_DIR" .. "/tmp/journal.directories"
		local status, out, err = lab.adsh { "-d", "alpha.test", "--journal", journal, "-e", [[
			directory.of "beta.test"
			local p = plan(function()
				delegation.allow_from("host01", "host02@beta.test")
				delegation.allow_from("host01@beta.test", "host02@alpha.test")
			end)
			p:show()
			p:apply()
			print(plan.run())]] }
		assert.equal(0, status, err)
		assert.matches("+ BETA\\HOST02$", out, 1, true)
		assert.matches("+ ALPHA\\HOST02$", out, 1, true)
		local run = out:match "(%S+)%s*$"
		assert.equal(lab.beta(sid_of, "host02"), trustees("dc1", "host01"))
		assert.equal(sid_of "host02", trustees("dcb", "host01"))
		status, out, err = lab.adsh { "-d", "alpha.test", "--journal", journal, "-y", "undo", run }
		assert.equal(0, status, err)
		assert.matches("- BETA\\HOST02$", out, 1, true)
		assert.matches("- ALPHA\\HOST02$", out, 1, true)
		assert.falsy(lab.account("HOST01$", RBCD)[RBCD])
		assert.falsy(lab.beta(lab.account, "HOST01$", RBCD)[RBCD])
	end)
end)

describe("a run in two forests, when one of them is silent,", function()
	local journal = os.getenv "LAB_DIR" .. "/tmp/journal.silent"
	local run

	local function adsh(...)
		return lab.adsh { "-d", "alpha.test", "--journal", journal, "-y", ... }
	end

	local function written()
		return lab.account("HOST01$", RBCD)[RBCD] ~= nil, lab.beta(lab.account, "HOST01$", RBCD)[RBCD] ~= nil
	end

	local function beta(what)
		lab.must(("%s/fault.sh dcb %s"):format(lab.scripts, what))
	end

	local function write()
		local status, out, err = adsh("-e", [[
			directory.of "beta.test"
			plan(function()
				delegation.allow_from("host01", "host02@beta.test")
				delegation.allow_from("host01@beta.test", "host02@alpha.test")
			end):apply()
			print(plan.run())]])
		assert.equal(0, status, err)
		return out:match "(%S+)%s*$"
	end

	setup(function()
		lab.admin_of_both()
		reset()
		run = write()
	end)
	teardown(reset)

	it("is not taken back without --partial, which takes back what it can; the rest can follow", function()
		beta "kill"
		local status, _, err = adsh("undo", run)
		assert.equal(5, status)
		assert.matches("beta.test could not be queried", err, 1, true)
		assert.matches("--partial writes the 1 changes elsewhere", err, 1, true)
		local out
		status, out, err = adsh("-f", "json", "--partial", "undo", run)
		beta "start"
		assert.equal(3, status, err)
		assert.matches("beta.test could not be queried: .*Not done: HOST01%$", err)
		local lacking = require "cjson".decode(out).lacking
		assert.same({ "beta.test", { "HOST01$" } }, { lacking[1].domain, lacking[1].accounts })
		assert.same({ false, true }, { written() })
		status, out, err = adsh("--partial", "undo", run)
		assert.equal(0, status, err)
		assert.matches("1/1 written and read back, 1 unchanged", out, 1, true)
		assert.same({ false, false }, { written() })
	end)

	it("is applied from a plan file as far as it goes, and later altogether", function()
		reset()
		local path = lab.file ""
		lab.must("rm " .. path)
		assert.equal(4, (adsh("--plan-out", path, "-e", [[
			delegation.allow_from("host01", "host02@beta.test")
			delegation.allow_from("host01@beta.test", "host02@alpha.test")]])))
		beta "kill"
		local refused = { adsh("apply", path) }
		local unknown = { adsh("--partial", "apply", path) } -- host02 of beta.test may be a domain controller
		local partial = { adsh("--partial", "--allow-protected", "apply", path) }
		beta "start"
		assert.equal(6, unknown[1], unknown[3])
		assert.matches("cannot tell whether", unknown[3])
		assert.equal(5, refused[1])
		assert.matches("--partial writes the 1 changes elsewhere", refused[3], 1, true)
		assert.equal(3, partial[1], partial[3])
		assert.same({ true, false }, { written() })
		assert.equal(0, (adsh("apply", path)))
		assert.same({ true, true }, { written() })
	end)

	it("does not take a source that nobody can judge", function()
		reset()
		local sid = lab.beta(sid_of, "host02")
		local chunk = ('delegation.allow_from("host01", "%s")'):format(sid)
		beta "kill"
		local refused, allowed = { adsh("-e", chunk) }, { adsh("--allow-protected", "-e", chunk) }
		beta "start"
		assert.equal(6, refused[1])
		assert.matches("cannot tell whether " .. sid .. " is a domain controller: beta.test could not be queried",
			refused[3], 1, true)
		assert.equal(0, allowed[1], allowed[3])
		assert.equal(sid, trustees("dc1", "host01"))
	end)

	it("is finished as far as it goes, and later altogether", function()
		reset()
		local path = journal .. "/" .. write() .. ".jsonl"
		reset()
		lab.must(("sed -i '/\"type\":\"result\"/d; /\"type\":\"end\"/d' %s"):format(path)) -- as if killed
		local id = path:match "([^/]*)%.jsonl$"
		beta "kill"
		local refused = { adsh("resume", id) }
		local unknown = { adsh("--partial", "resume", id) }
		local status, _, err = adsh("--partial", "--allow-protected", "resume", id)
		beta "start"
		assert.equal(5, refused[1], refused[3])
		assert.equal(6, unknown[1], unknown[3])
		assert.equal(3, status, err)
		assert.same({ true, false }, { written() })
		local _, out = adsh("journal", id)
		assert.matches("status     partial", out, 1, true)
		assert.equal(0, (adsh("resume", id)))
		assert.same({ true, true }, { written() })
		_, out = adsh("journal", id)
		assert.matches("status     done", out, 1, true)
	end)
end)

describe("forest", function()
	it("lists its domains", function()
		local f = json [[return directory.of("beta.test"):forest()]]
		assert.equal(1, #f)
		assert.same({ "beta.test", "BETA", "DC=beta,DC=test" }, { f[1].domain, f[1].netbios, f[1].base })
	end)

	it("asks all domains, as many as ldapsearch finds", function()
		local n = #lab.search("(objectClass=computer)", "cn")
		assert.equal(n, #json [[return directory.current():forest():search{ filter = "(objectClass=computer)",
			attributes = { "cn" } }]])
		assert.equal(n, #json [[return directory.current():forest():search{ filter = "(objectClass=computer)",
			attributes = { "cn" }, gc = true }]])
	end)

	it("takes the catalog only for what the schema says is in it", function()
		local status, _, err = lab.adsh { "-d", "alpha.test", "-e", [[return directory.current():forest():search{
			filter = "(&(cn=*)(msDS-AllowedToDelegateTo=*))", attributes = { "cn" }, gc = true }]] }
		assert.equal(2, status)
		assert.matches("not in the global catalog: msDS-AllowedToDelegateTo\n", err, 1, true)
	end)

	it("tells which domain the answer lacks, after the rest, with exit status 3", function()
		local status, out, err = lab.adsh { "-d", "alpha.test", "-e", [[
			local f = directory.current():forest()
			f[2] = { domain = "gamma.test" }
			return f:search{ filter = "(cn=host01)", attributes = { "cn" }, gc = false }]] }
		assert.equal(3, status)
		assert.matches("Hosts/HOST01", out, 1, true)
		assert.matches("the answer is incomplete: gamma.test", err, 1, true)
	end)
end)
