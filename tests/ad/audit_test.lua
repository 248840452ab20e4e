-- The recipe audit, judged by ldapsearch, samba-tool and Samba's own descriptors; its page by Python's parser
-- and, where there is one, by a browser.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"
local fleet = require "fleet"

local RBCD = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local TARGETS = "msDS-AllowedToDelegateTo"
local NOBODY = "S-1-5-21-1-2-3-4567"
local HOSTILE = [[<script>document.title='owned'</script>"x'/a&b<i>]]
local BIT = "(userAccountControl:1.2.840.113556.1.4.803:=%d)"
local HOSTS = { "HOST01$", "HOST02$", "HOST03$", "HOST04$", "HOST05$", "HOST06$" }

-- ---- what the directory is made to hold ----

local function sid_of(name)
	return lab.must(("KRB5CCNAME=%s samba-tool computer show %s -H ldap://%s --use-kerberos=required"
		.. " --attributes=objectSid"):format(lab.login "Administrator", lab.quote(name), lab.dc)):match "S%-1%-5[%d%-]+"
end

local function members(verb, group, ...)
	for _, name in ipairs { ... } do
		lab.sh(("KRB5CCNAME=%s samba-tool group %s %s %s -H ldap://%s --use-kerberos=required"):format(
			lab.login "Administrator", verb, lab.quote(group), name, lab.dc))
	end
end

local function reset()
	for _, name in ipairs(HOSTS) do
		lab.reset(name)
	end
	lab.reset("svc-file", 66048)
	members("removemembers", "Domain Admins", "sensitive", "protected")
	members("removemembers", "HyperV-Hosts", "sensitive")
end

local function seed()
	-- by alias, of nobody, of a host that has not registered it, and something to break a page with
	lab.add("HOST01$", TARGETS, "cifs/HOST02", "cifs/gone.alpha.test", "Nonsense/host03.alpha.test", HOSTILE)
	lab.add("HOST02$", TARGETS, "cifs/host01.alpha.test")
	lab.reset("HOST03$", 4096 + 0x80000)
	lab.put_sources("HOST04$", ("O:BAD:(A;;0xf01ff;;;%s)(A;;0xf01ff;;;%s)"):format(sid_of "HOST01$", NOBODY))
	lab.put_sources("HOST05$", "O:BAD:(A;;0xf01ff;;;AU)(D;;0xf01ff;;;WD)")
	lab.reset("HOST02$", 4096 + 0x1000000)
	lab.add("HOST02$", TARGETS, "cifs/host01.alpha.test")
	lab.add("svc-file", TARGETS, "ldap/" .. lab.dc)
	members("addmembers", "Domain Admins", "sensitive", "protected")
end

-- ---- looking ----

local function audit(format, ...)
	local status, out, err = lab.adsh { "--read-only", "-f", format, "run", "audit", ... }
	assert(status == 0, err)
	return out, err
end

local function document(...)
	return cjson.decode((audit("json", ...))).shown
end

local function names(list, field)
	local found = {}
	for i, e in ipairs(list) do
		local v = e[field]
		found[i] = type(v) == "table" and v[1] or v
	end
	table.sort(found)
	return found
end

local function of(list, field, ...)
	local wanted, found = {}, {}
	for _, w in ipairs { ... } do
		wanted[w] = true
	end
	for _, r in ipairs(list) do
		found[#found + 1] = wanted[r[field]] and r or nil
	end
	return found
end

local function row(list, field, value)
	local found = of(list, field, value)
	assert(#found == 1, value .. ": found " .. #found)
	return found[1]
end

-- Which accounts OpenLDAP's client finds.
local function found(filter)
	return names(lab.search(filter, "sAMAccountName"), "sAMAccountName")
end

-- What Python's parser makes of a page: the tags that are open at the end or closed without need, the names
-- of all elements and attributes, the text.
local function parsed(path)
	local script = lab.file [[
import html.parser, json, sys
class P(html.parser.HTMLParser):
	stack, wrong, tags, attrs, text, title = [], [], {}, {}, [], ""
	def handle_starttag(self, tag, attrs):
		self.tags[tag] = self.tags.get(tag, 0) + 1
		for k, v in attrs: self.attrs.setdefault(k, []).append(v)
		if tag not in ("meta", "br"): self.stack.append(tag)
	def handle_endtag(self, tag):
		if not self.stack or self.stack.pop() != tag: self.wrong.append(tag)
	def handle_data(self, data):
		if self.stack and self.stack[-1] != "style": self.text.append(data)
p = P()
p.feed(open(sys.argv[1], encoding="utf-8").read()); p.close()
print(json.dumps({"open": p.stack, "wrong": p.wrong, "tags": p.tags, "attrs": p.attrs, "text": p.text}))]]
	return cjson.decode(lab.must(("python3 %s %s"):format(script, lab.quote(path))))
end

local function contains(list, value)
	for _, v in ipairs(list) do
		if v == value then
			return true
		end
	end
	return false
end

local page = os.getenv "LAB_DIR" .. "/tmp/audit.html"

describe("audit", function()
	local all

	setup(function()
		reset()
		seed()
		all = document()
	end)
	teardown(reset)

	it("finds the same accounts of each kind as ldapsearch", function()
		local kcd, any, dc = ("(%s=*)"):format(TARGETS), BIT:format(0x1000000), BIT:format(0x2000)
		local wide = BIT:format(0x80000)
		assert.same(found(("(&%s(!%s))"):format(wide, dc)), names(of(all.accounts, "finding", "unconstrained"), "account"))
		assert.same(found(("(&%s%s)"):format(wide, dc)), names(of(all.accounts, "finding", "controllers"), "account"))
		assert.same(found(any), names(of(all.accounts, "finding", "transition"), "account"))
		assert.same(found(("(&%s(!%s))"):format(kcd, any)), names(of(all.accounts, "finding", "constrained"), "account"))
		local targets = {}
		for _, r in ipairs(of(all.accounts, "how", "resource-based")) do
			for _, target in ipairs(r.targets) do
				targets[target] = true
			end
		end
		for _, target in ipairs(found(("(%s=*)"):format(RBCD))) do
			assert.is_true(targets[target], target)
		end
	end)

	it("lists the targets that samba-tool lists", function()
		local shown = lab.must(("KRB5CCNAME=%s samba-tool delegation show 'HOST01$' -H ldap://%s --use-kerberos=required")
			:format(lab.login "Administrator", lab.dc))
		local wanted = {}
		for v in shown:gmatch(TARGETS:gsub("%-", "%%-") .. ": ([^\n]+)") do
			wanted[#wanted + 1] = v
		end
		assert.equal(4, #wanted)
		table.sort(wanted)
		assert.same(wanted, row(of(all.accounts, "account", "HOST01$"), "finding", "constrained").targets)
	end)

	it("begins with what is widest", function()
		local order, last = { unconstrained = 1, everybody = 2, transition = 3, constrained = 4, ["resource-based"] = 5,
			controllers = 6 }, 0
		for _, r in ipairs(all.accounts) do
			assert.is_true(order[r.finding] >= last)
			last = order[r.finding]
		end
		assert.equal("NT AUTHORITY\\Authenticated Users", row(all.accounts, "finding", "everybody").account)
		assert.same({ "towards a domain controller: DC1$" }, row(all.accounts, "account", "svc-file").remarks)
	end)

	it("tells who may act towards each target", function()
		assert.same({ { account = "HOST01$", how = "kerberos", services = { "cifs/HOST02" } } },
			row(all.inbound, "target", "HOST02$").sources)
		assert.same({ { account = "HOST01$", how = "resource-based", services = {} },
			{ account = NOBODY, how = "resource-based", services = {} } }, row(all.inbound, "target", "HOST04$").sources)
	end)

	it("tells stale entries from those that an alias covers", function()
		local why = {}
		for _, r in ipairs(of(all.stale, "account", "HOST01$", "HOST02$", "svc-file")) do
			why[r.value] = r.why
		end
		assert.same({
			["cifs/gone.alpha.test"] = "no account has it", [HOSTILE] = "no account has it",
			["Nonsense/host03.alpha.test"] = "HOST03$ has no such service principal name",
		}, why)
	end)

	it("shows SIDs without a name, and entries of descriptors that are unusual", function()
		assert.same({ [NOBODY] = "HOST04$" }, { [row(all.unresolved, "target", "HOST04$").sid] = "HOST04$" })
		assert.matches("of an unknown domain", row(all.unresolved, "target", "HOST04$").why)
		assert.matches("^1 of the descriptor's entries allow nobody to act", row(all.unresolved, "target", "HOST05$").why)
	end)

	it("lists who may act under a condition, with the condition", function()
		finally(function() lab.reset "HOST06$" end)
		lab.put_sources("HOST06$", ("O:BAD:(XA;;CR;;;%s;(@USER.dept == 1))"):format(sid_of "HOST01$"))
		local all_of_it = document "host06"
		local r = row(all_of_it.accounts, "finding", "conditional")
		assert.same({ "HOST01$", "conditional", { "HOST06$" }, "(@USER.dept == 1)", { "if (@USER.dept == 1)" } },
			{ r.account, r.how, r.targets, r.condition, r.remarks })
		assert.same({ { account = "HOST01$", how = "conditional", services = {}, condition = "(@USER.dept == 1)" } },
			row(all_of_it.inbound, "target", "HOST06$").sources)
		assert.same({}, of(all_of_it.unresolved, "target", "HOST06$"))
		assert.matches("Resource%-based delegation under a condition: 1\n.*HOST01.*if %(@USER.dept == 1%)",
			(audit("table", "host06")))
		assert.matches("\r\nconditional,alpha.test,HOST01$,conditional,HOST06$,if (@USER.dept == 1),",
			(audit("csv", "host06")), 1, true)
	end)

	it("names a descriptor that is none", function()
		lab.modify(("dn: %s\nchangetype: modify\nadd: %s\n%s:: AAECAwQ=\n"):format(lab.account("HOST06$", "cn").dn, RBCD,
			RBCD))
		finally(function() lab.reset "HOST06$" end)
		assert.matches("descriptor", row(document("host06").unresolved, "target", "HOST06$").why)
	end)

	it("names administrators who cannot be delegated, also those of other groups", function()
		assert.same({ "protected", "sensitive" }, names(all.administrators, "account"))
		members("removemembers", "Domain Admins", "sensitive", "protected")
		assert.same({}, document().administrators)
		members("addmembers", "HyperV-Hosts", "sensitive")
		local list = document("--admins", "HyperV-Hosts").administrators
		assert.same({ "sensitive" }, names(list, "account"))
		assert.same({ "sensitive: cannot be delegated" }, list[1].why)
	end)

	it("names a part that fails, and ends with 3", function()
		local status, out, err = lab.adsh { "-e", [[
			require "adsh.audit.administrators".add = function()
				error(require "adsh.failure"("failed", "somebody hides them"), 0)
			end
			return require "adsh.commands".run "audit"]] }
		assert.equal(3, status, err)
		assert.matches("This answer is incomplete:\n  administrators of alpha.test: somebody hides them", out, 1, true)
		assert.matches("the answer is incomplete: administrators of alpha.test: somebody hides them", err, 1, true)
	end)

	it("keeps to the hosts that are named", function()
		local some = document("host02")
		assert.same({ "HOST01$", "HOST02$" }, names(some.accounts, "account"))
		assert.same({ "HOST02$" }, names(some.inbound, "target"))
		assert.same({}, some.stale)
		assert.is_nil(some.matrix)
		some = document("host01", "host02", "host04")
		assert.same({ hosts = { "HOST01", "HOST02", "HOST04" }, cells = { ".KR", "A.-", "--." } },
			{ hosts = some.matrix.hosts, cells = some.matrix.cells })
		assert.same({ "HOST01$" }, names({ some.stale[1] }, "account"))
	end)

	it("has a table for people", function()
		local out = audit "table"
		assert.matches("Unconstrained delegation, not domain controllers: 1\naccount\n%-+\nHOST03%$\n", out)
		assert.matches("HOST01%$ +cifs: HOST02", out)
		assert.matches("rows may delegate to columns", out)
	end)

	it("has one list for spreadsheets", function()
		local script = lab.file [[
import csv, json, sys
print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline="")))))]]
		local list = cjson.decode(lab.must(("python3 %s %s"):format(script, lab.file((audit "csv")))))
		local targets = {}
		for _, r in ipairs(of(list, "account", "HOST01$")) do
			targets[#targets + 1] = r.section == "constrained" and r.target or nil
		end
		table.sort(targets)
		assert.same(row(of(all.accounts, "account", "HOST01$"), "finding", "constrained").targets, targets)
		assert.equal(3, #of(of(list, "section", "stale"), "account", "HOST01$"))
	end)

	it("tells the trusts and their TGT delegation", function()
		lab.set_trust("dc1", { trustAttributes = 8 + 0x800 })
		finally(function() lab.set_trust("dc1", { trustAttributes = 8 }) end)
		local t = document("--trusts").trusts
		assert.equal("beta.test", t[1].partner)
		assert.is_true(t[1].tgt_delegation)
		lab.set_trust("dc1", { trustAttributes = 8 })
		t = document("--trusts").trusts
		assert.is_false(t[1].tgt_delegation)
		assert.matches("not enabled", t[1].remark)
		assert.is_nil(document().trusts)
	end)

	it("asks every domain of the forest, and names those that it could not ask", function()
		local all_there = document "--forest"
		assert.same({ "alpha.test" }, all_there.domains)
		assert.same({}, all_there.missing)
		local dn = "CN=GHOST,CN=Partitions,CN=Configuration," .. lab.base
		local ldif = lab.file(("dn: %s\nobjectClass: crossRef\nnCName: DC=ghost,%s\ndnsRoot: ghost.alpha.test\n"
			.. "nETBIOSName: GHOST\nsystemFlags: 3\n"):format(dn, lab.base))
		local sam = "-H /var/lib/samba/private/sam.ldb"
		local cache = lab.login "labadmin" -- while it is there, Samba's KDC gives no tickets
		lab.must(("KRB5CCNAME=%s kvno -q ldap/%s"):format(cache, lab.dc))
		lab.must(("%s/in.sh dc1 ldbadd --relax %s %s"):format(lab.scripts, sam, ldif))
		finally(function() lab.must(("%s/in.sh dc1 ldbdel --relax %s %s"):format(lab.scripts, sam, dn)) end)
		local status, out, err = lab.sh(("KRB5CCNAME=%s %s -f json run audit --forest --html %s"):format(cache,
			lab.program, page))
		assert.equal(3, status)
		local shown = cjson.decode(out).shown
		assert.same({ "alpha.test" }, shown.domains)
		assert.matches("^ghost%.alpha%.test: ", shown.missing[1])
		assert.equal(#all_there.accounts, #shown.accounts)
		assert.matches("warning: the answer is incomplete: ghost%.alpha%.test", err)
		assert.matches("This answer is incomplete: ghost%.alpha%.test", table.concat(parsed(page).text, "\n"))
	end)

	it("names accounts of the other forest", function()
		local sid = lab.beta(sid_of, "HOST01$")
		lab.put_sources("HOST06$", ("O:BAD:(A;;0xf01ff;;;%s)"):format(sid))
		finally(function() lab.reset "HOST06$" end)
		local shown = document "host06"
		assert.equal("BETA\\HOST01$", row(shown.accounts, "sid", sid).account)
		assert.same({}, shown.unresolved)
	end)

	it("looks at hosts of two forests in both", function()
		local shown = document("host01", "host02", "host01@beta.test")
		assert.same({ "alpha.test", "beta.test" }, shown.domains)
		assert.same({ "HOST01@alpha.test", "HOST02@alpha.test", "HOST01@beta.test" }, shown.matrix.hosts)
	end)

	it("is not complete while the other forest is silent, says so in each format, and ends with 3", function()
		lab.put_sources("HOST06$", ("O:BAD:(A;;0xf01ff;;;%s)"):format(lab.beta(sid_of, "HOST01$")))
		lab.must(lab.scripts .. "/fault.sh dcb kill")
		finally(function()
			lab.must(lab.scripts .. "/fault.sh dcb start")
			lab.reset "HOST06$"
		end)
		local function silent(format, ...)
			local status, out, err = lab.adsh { "-d", lab.domain, "--read-only", "-f", format, "run", "audit", ... }
			assert.equal(3, status, err)
			return out, err
		end
		local result = cjson.decode((silent("json", "host01", "host06", "host02@beta.test")))
		assert.matches("^beta%.test: the names of 1 of the SIDs in alpha%.test: ", result.lacking[1])
		assert.matches("^host02@beta%.test: ", result.lacking[#result.lacking])
		assert.same(result.lacking, result.shown.missing)
		assert.matches("of beta.test, which could not be queried", row(result.shown.unresolved, "target", "HOST06$").why)
		assert.equal("HOST01$", row(result.shown.accounts, "finding", "constrained").account)
		assert.matches("\r\nincomplete,,,,,beta%.test: the names of 1 of", (silent "csv"))
		local out, err = silent("table", "--html", page, "--admins", "HyperV-Hosts@beta.test")
		assert.matches("This answer is incomplete:\n  beta.test: the names of 1 of the SIDs", out, 1, true)
		assert.matches("\n  the administrators in HyperV-Hosts@beta.test: ", out, 1, true)
		assert.matches("warning: the answer is incomplete: beta.test: the names of 1 of", err, 1, true)
		assert.matches("is incomplete: beta.test: the names of 1 of", table.concat(parsed(page).text, "\n"), 1, true)
		assert.equal(5, (lab.adsh { "-d", lab.domain, "run", "audit", "host02@beta.test" }))
	end)

	it("says what is wrong with its arguments", function()
		assert.equal(2, (lab.adsh { "run", "audit", "--filter", "(cn=nosuchhost)" }))
		assert.equal(1, (lab.adsh { "run", "audit", "nosuchhost" }))
		assert.equal(1, (lab.adsh { "run", "audit", "--html", "/nosuchfolder/x.html" }))
	end)

	describe("page", function()
		local p

		setup(function()
			lab.must(("echo old >%s; chmod 644 %s"):format(page, page))
			audit("table", "--trusts", "--html", page)
			p = parsed(page)
		end)

		it("can be read by its owner only", function()
			assert.equal("600", (lab.must("stat -c %a " .. lab.quote(page)):gsub("\n", "")))
		end)

		it("is the same with the option in front of the verb", function()
			lab.must("rm " .. lab.quote(page))
			audit("table", "--html", page)
			local own = lab.must("cat " .. lab.quote(page))
			assert.equal(0, (lab.adsh { "--html", page, "run", "audit" }))
			local common = lab.must("cat " .. lab.quote(page))
			assert.matches("Delegation in alpha.test", common, 1, true)
			assert.equal(#own, #common)
			audit("table", "--trusts", "--html", page)
		end)

		it("is well-formed, needs nothing from elsewhere and runs nothing", function()
			assert.same({}, p.open)
			assert.same({}, p.wrong)
			for _, name in ipairs { "script", "link", "img", "iframe", "object", "base", "form", "i" } do
				assert.is_nil(p.tags[name], name)
			end
			assert.is_nil(p.attrs.src)
			for _, address in ipairs(p.attrs.href) do
				assert.matches("^#", address)
			end
			for name in pairs(p.attrs) do
				assert.not_matches("^on", name)
			end
			local text = lab.must("cat " .. lab.quote(page))
			assert.is_nil(text:find "https?://")
			assert.is_nil(text:find "url%(")
			assert.is_nil(text:find "@import")
		end)

		it("shows hostile values as the text that they are", function()
			assert.is_true(contains(p.text, HOSTILE))
		end)

		it("has the matrix and every section", function()
			assert.is_true(contains(p.text, "Matrix of hosts"))
			for _, id in ipairs { "unconstrained", "everybody", "transition", "constrained", "stale", "inbound", "matrix" } do
				assert.is_true(contains(p.attrs.id, id), id)
			end
			assert.is_true(contains(p.attrs.title, "HOST01 to HOST02: Kerberos only"))
		end)

		it("is drawn by a browser, which runs nothing in it", function()
			if lab.sh "command -v chromium" ~= 0 then
				pending "chromium is missing"
				return
			end
			local home = os.getenv "LAB_DIR" .. "/tmp/chromium"
			local run = ("HOME=%s timeout 100 chromium --headless --no-sandbox --disable-gpu"
				.. " --disable-background-networking --user-data-dir=%s %%s file://%s"):format(home, home, page)
			local dom = lab.must(run:format "--dump-dom")
			assert.matches("<title>Delegation in alpha.test</title>", dom, 1, true)
			local picture = page .. ".png"
			lab.must(run:format("--window-size=1200,1000 --screenshot=" .. picture))
			assert.is_true(tonumber(lab.must("stat -c %s " .. picture)) > 20000)
		end)
	end)

	it("reads a thousand hosts in a moment", function()
		local many = fleet.new("aud", 1000)
		many:remove()
		many:seed()
		finally(function() many:remove() end)
		local ldif = {}
		for i, name in ipairs(many.names) do
			ldif[i] = ("dn: CN=%s,OU=Hosts,%s\nchangetype: modify\nadd: %s\n%s: %s\n"):format(name, lab.base, TARGETS,
				TARGETS, table.concat(many:targets(i), "\n" .. TARGETS .. ": "))
		end
		lab.modify(table.concat(ldif, "\n"))
		local before = os.time()
		local big = document()
		local seconds = os.time() - before
		assert.equal(#found(("(%s=*)"):format(TARGETS)), #of(big.accounts, "finding", "constrained", "transition"))
		local stale = 0
		for _, r in ipairs(big.stale) do
			stale = stale + (r.account:match "^AUD%d" and r.why:match "^AUD%d+%$ has no such" and 1 or 0)
		end
		assert.equal(4000, stale) -- these hosts have no names at all
		assert.is_true(seconds < 60, seconds .. " s")
	end)
end)
