-- Snapshots of the lab: what the readers of adsh say of the file is what they say of the directory; filters find the
-- objects that Samba's LDAP finds; what OpenLDAP's tools changed since then is found, with the time that Samba's
-- database has.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local RBCD = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local TARGETS = "msDS-AllowedToDelegateTo"
local FILE = os.getenv "LAB_DIR" .. "/tmp/one.snapshot"

local function samba(words)
	return lab.must(("KRB5CCNAME=%s samba-tool %s -H ldap://%s --use-kerberos=required"):format(lab.login "Administrator",
		words, lab.dc))
end

local function sid_of(kind, name)
	return samba(("%s show %s --attributes=objectSid"):format(kind, lab.quote(name))):match "S%-1%-5[%d%-]+"
end

local function reset()
	for i = 1, 6 do
		lab.reset(("HOST%02d$"):format(i))
	end
	lab.reset("svc-file", 66048)
end

local function seed()
	lab.add("HOST01$", TARGETS, "cifs/HOST02", "cifs/gone.alpha.test")
	lab.reset("HOST02$", 4096 + 0x1000000)
	lab.add("HOST02$", TARGETS, "cifs/host01.alpha.test")
	lab.reset("HOST03$", 4096 + 0x80000)
	lab.put_sources("HOST04$", ("O:BAD:(A;;0xf01ff;;;%s)(A;;0xf01ff;;;%s)"):format(sid_of("computer", "HOST01$"),
		sid_of("group", "HyperV-Hosts")))
	lab.put_sources("HOST05$", ("O:BAD:(A;;0xf01ff;;;AU)(A;;0xf01ff;;;%s)"):format(
		lab.beta(sid_of, "computer", "HOST01$")))
end

local function adsh(...)
	local status, out, err = lab.adsh_as_is { ... }
	assert.equal("", err)
	assert.equal(0, status)
	return out
end

-- In an order of their own: a file gives objects in another one.
local function lines(text)
	local list = {}
	for line in text:gmatch "[^\n]+" do
		list[#list + 1] = line:gsub(",$", "")
	end
	table.sort(list)
	return list
end

local function both(...)
	local live_status, live, live_err = lab.adsh_as_is { "-f", "json", "--read-only", ... }
	local status, file, err = lab.adsh_as_is { "-f", "json", "--from", FILE, ... }
	assert.same({ live_status, live_err }, { status, err })
	return lines(live), lines(file)
end

describe("a snapshot of the lab", function()
	setup(function()
		lab.admin_of_both()
		reset()
		seed()
		adsh("-q", "snapshot", FILE, "--forest", "--also", "beta.test")
	end)
	teardown(function()
		reset()
		os.remove(FILE)
	end)

	it("is a file of its owner", function()
		assert.equal("600\n", lab.must("stat -c %a " .. FILE))
		assert.equal("adsh snapshot 1\n", lab.must("head -n 1 " .. FILE))
	end)

	for _, words in ipairs {
		{ "run", "audit", "--forest", "--trusts" }, { "run", "audit", "host01", "host04" }, { "run", "readiness" },
		{ "run", "verify", "--why", "host01", "host02", "--user", "user01" },
	} do
		it("says the same as the directory to adsh " .. table.concat(words, " "), function()
			local live, file = both(table.unpack(words))
			assert.same(live, file)
			assert.is_true(#live > 0)
		end)
	end

	it("says the same as the directory to what reads at the prompt", function()
		local script = lab.file [[
			for _, f in ipairs {
				function() return delegation.matrix { "host01", "host02", "host03", "host04", "host05" } end,
				function() return delegation.get "host05" end, function() return delegation.inbound "host04" end,
				function() return group.get "HyperV-Hosts" end, function() return spn.duplicates() end,
				function() return spn.check("host01", "live-migration") end,
				function() return trust.path("host01", "BETA\\host01") end, function() return search "host0" end,
				function() return { get "host01@beta.test".objectSid } end,
				function() return hosts.in_group "HyperV-Hosts" end,
				function() return hosts.without "live-migration" end,
			} do
				show(f())
			end]]
		local live, file = both(script)
		assert.same(live, file)
		assert.is_true(#live > 10)
	end)

	it("finds the objects that Samba's LDAP finds", function()
		local group, config = lab.account("HyperV-Hosts", "cn").dn, "CN=Configuration," .. lab.base
		local filters, shell, script = {
			"(objectClass=*)", "(cn=HOST0*)", "(cn=*0*1)", "(sAMAccountName=host01$)",
			"(&(objectClass=user)(!(objectClass=computer)))",
			"(userAccountControl:1.2.840.113556.1.4.803:=524288)", "(userAccountControl:1.2.840.113556.1.4.804:=17301504)",
			"(!(userAccountControl:1.2.840.113556.1.4.803:=2))", "(userAccountControl>=66048)", "(userAccountControl<=512)",
			"(groupType:1.2.840.113556.1.4.803:=2147483648)", "(groupType=-2147483646)", "(primaryGroupID=515)",
			"(servicePrincipalName=HOST/host01.alpha.test)", "(servicePrincipalName=host/HOST01*)",
			"(" .. TARGETS .. "=*)", "(" .. RBCD .. "=*)", "(member=" .. group .. ")", "(memberOf=" .. group .. ")",
			"(memberOf:1.2.840.113556.1.4.1941:=" .. group .. ")", "(objectCategory=computer)", "(objectCategory=person)",
			"(pwdLastSet>=1)", "(pwdLastSet=0)", "(whenCreated>=20200101000000.0Z)", "(isCriticalSystemObject=TRUE)",
			"(|(cn=host01)(&(cn=host02)(objectClass=computer))(description=nobody has this))",
			"(name=domain users)",
			"(objectSid=S-1-5-32-544)", "(trustPartner=beta.test)", "(!(cn=*))",
			"(&(!(|(objectClass=user)(objectClass=group)))(cn=*s))",
			"(objectClass=crossRef)", "(objectClass=nTDSDSA)", "(sPNMappings=*)",
		}, { "export KRB5CCNAME=" .. lab.login "Administrator" }, { "local function found(filter, base)\nlocal list = {}\n"
			.. "for e in dir:search{filter = filter, base = base, attributes = {'cn'}} do list[#list + 1] = e.dn end\n"
			.. "table.sort(list)\nprint('== ' .. filter .. '\\n' .. table.concat(list, '\\n'))\nend" }
		for i, filter in ipairs(filters) do
			local base = i > #filters - 3 and config or lab.base
			shell[#shell + 1] = ("echo %s; ldapsearch -LLL -N -Q -Y GSSAPI -o ldif-wrap=no -H ldap://%s -b %s %s 1.1 "
				.. "| sed -n 's/^dn: //p' | LC_ALL=C sort"):format(lab.quote("== " .. filter), lab.dc, lab.quote(base),
				lab.quote(filter))
			script[#script + 1] = ("found([==[%s]==], %q)"):format(filter, base)
		end
		local out = adsh("-q", "--from", FILE, lab.file(table.concat(script, "\n"))):gsub("\n\n+", "\n")
		assert.equal(lab.must(table.concat(shell, "\n")), out)
		assert.is_true(select(2, out:gsub("\n", "")) > 1000)
	end)

	it("refuses writes, and what it does not hold", function()
		local status, _, err = lab.adsh { "--from", FILE, "-e", "delegation.allow('host06', 'cifs/host01.alpha.test')" }
		assert.equal(6, status)
		assert.matches("is read%-only", err)
		assert.is_nil(lab.account("HOST06$", TARGETS)[TARGETS])
		status, _, err = lab.adsh { "--from", FILE, "-e", "get('host01', {attributes = {'nTSecurityDescriptor'}})" }
		assert.equal(1, status)
		assert.matches("does not hold nTSecurityDescriptor", err)
		assert.equal("beta.test\n", adsh("-q", "--from", FILE, "-d", "beta.test", "-e", "dir:info().domain"))
		status, _, err = lab.adsh { "-e", ("connect{from = %q, domain = 'gamma.test'}"):format(FILE) }
		assert.equal(5, status)
		assert.matches("does not hold gamma.test", err)
	end)

	it("of one domain says what it lacks of the others", function()
		local one = FILE .. ".alpha"
		adsh("-q", "snapshot", one)
		local status, out, err = lab.adsh { "-f", "json", "--from", one, "run", "audit" }
		assert.equal(3, status)
		assert.matches("does not hold beta.test", err)
		assert.matches("beta.test", cjson.decode(out).shown.missing[1])
		os.remove(one)
	end)
end)

describe("what changed since a snapshot", function()
	local old, new = FILE .. ".old", FILE .. ".new"
	local began, found

	local MOVED = "%s: servicePrincipalName\nservicePrincipalName: moved/x.alpha.test"

	local function dn(name)
		return lab.account(name, "cn").dn
	end

	local function modify(name, ldif)
		lab.modify(("dn: %s\nchangetype: modify\n%s\n"):format(dn(name), ldif))
	end

	local function back()
		reset()
		for name, ldif in pairs {
			["Domain Admins"] = "delete: member\nmember: " .. dn "user01",
			["HyperV-Hosts"] = "add: member\nmember: " .. dn "HOST06$",
			["HOST07$"] = MOVED:format "delete", ["HOST08$"] = MOVED:format "delete",
			["Protected Users"] = "add: member\nmember: " .. dn "protected",
		} do
			pcall(modify, name, ldif)
		end
		lab.reset "HOST08$"
		modify("sensitive", "replace: userAccountControl\nuserAccountControl: " .. 66048 + 0x100000)
		lab.set_trust("dc1", { trustAttributes = 8 })
	end

	local function diff(...)
		local status, out, err = lab.adsh_as_is { "-f", "json", "diff", ... }
		assert(status == 0 or status == 3 or status == 4, err)
		return cjson.decode(out), status
	end

	-- The one row about that account, of that kind.
	local function row(list, account, pattern)
		local rows = {}
		for _, r in ipairs(list) do
			rows[#rows + 1] = r.account == account and (r.what .. " " .. table.concat(r.towards, " ")):find(pattern, 1, true)
				and r or nil
		end
		assert.equal(1, #rows, account .. ": " .. pattern)
		return rows[1]
	end

	setup(function()
		lab.admin_of_both()
		back()
		lab.put_sources("HOST04$", ("O:BAD:(A;;0xf01ff;;;%s)"):format(sid_of("group", "HyperV-Hosts")))
		lab.add("HOST02$", TARGETS, "cifs/host01.alpha.test")
		modify("HyperV-Hosts", "delete: member\nmember: " .. dn "HOST06$")
		modify("HOST07$", MOVED:format "add")
		lab.reset("HOST08$", 4096 + 2)
		lab.add("HOST08$", TARGETS, "cifs/host02.alpha.test")
		lab.add("HOST03$", TARGETS, "moved/x.alpha.test")
		adsh("-q", "snapshot", old, "--also", "beta.test")
		began = os.time()
		lab.add("HOST01$", TARGETS, "cifs/host02.alpha.test", "cifs/gone.alpha.test")
		modify("HOST02$", "replace: userAccountControl\nuserAccountControl: " .. 4096 + 0x1000000)
		modify("HOST06$", "replace: userAccountControl\nuserAccountControl: " .. 4096 + 0x80000)
		lab.put_sources("HOST05$", ("O:BAD:(A;;0xf01ff;;;AU)(A;;0xf01ff;;;%s)"):format(
			lab.beta(sid_of, "computer", "HOST01$")))
		modify("Domain Admins", "add: member\nmember: " .. dn "user01")
		modify("HyperV-Hosts", "add: member\nmember: " .. dn "HOST06$")
		modify("Protected Users", "delete: member\nmember: " .. dn "protected")
		modify("HOST08$", "replace: userAccountControl\nuserAccountControl: 4096")
		modify("HOST07$", MOVED:format "delete")
		modify("HOST08$", MOVED:format "add")
		modify("sensitive", "replace: userAccountControl\nuserAccountControl: 66048")
		lab.set_trust("dc1", { trustAttributes = 8 + 0x800 })
		found = diff(old)
	end)
	teardown(function()
		back()
		os.remove(old)
		os.remove(new)
	end)

	it("is named: who, what, by which attribute of which object, on which domain controller", function()
		local any = "may act as any user, without any action by that user, towards"
		for _, c in ipairs {
			{ "HOST01$", "with Kerberos, towards cifs/gone.alpha.test (nobody has this name) cifs/host02.alpha.test", TARGETS },
			{ "HOST02$", any .. " cifs/host01.alpha.test", "userAccountControl" },
			{ "HOST06$", "may act as every user who signs in to it, towards any service", "userAccountControl" },
			{ "HOST08$", "with Kerberos, towards cifs/host02.alpha.test", "userAccountControl" }, -- it was disabled
			{ "NT AUTHORITY\\Authenticated Users", "may act as any user towards every service of HOST05", RBCD, "HOST05" },
			{ "HOST01$@beta.test", "may act as any user towards every service of HOST05", RBCD, "HOST05" },
			{ "HOST03$", "towards moved/x.alpha.test (HOST08)", "servicePrincipalName", "HOST08" },
			{ "sensitive", "can be delegated now", "userAccountControl" },
			{ "alpha.test", "now allows TGT delegation over the trust with beta.test", "trustAttributes", "beta.test" },
		} do
			local r = row(found.widened, c[1], c[2])
			assert.equal(c[3], r.attribute)
			assert.matches("^CN=" .. (c[4] or c[1]:gsub("%$$", "")):gsub("%p", "%%%0") .. ",", r.object)
			assert.equal(lab.dc, r.server)
			assert.is_nil(r.latest)
		end
		assert.equal("that is everyone: NT AUTHORITY\\Authenticated Users",
			row(found.widened, "NT AUTHORITY\\Authenticated Users", "HOST05").remark)
		local m = row(found.moved, "HOST08$", "has the SPN that HOST07$ had: moved/x.alpha.test")
		assert.equal("servicePrincipalName", m.attribute)
	end)

	it("is dated as Samba's database has it", function()
		local out = lab.must(("%s/in.sh dc1 ldbsearch -H /var/lib/samba/private/sam.ldb --show-binary '(cn=HOST06)'"
			.. " replPropertyMetaData"):format(lab.scripts))
		local seen = out:match "DRSUAPI_ATTID_userAccountControl.-originating_change_time%s*:%s*([^\n]+)"
		local r = row(found.widened, "HOST06$", "every user")
		assert.equal(lab.must("date -u -d " .. lab.quote(seen) .. " +%Y-%m-%dT%H:%M:%SZ"), r.written .. "\n")
		assert.is_true(r.written >= os.date("!%Y-%m-%dT%H:%M:%SZ", began - 1))
	end)

	it("is named of groups: administrators, and those that descriptors name", function()
		local r = row(found.widened, "user01", "is in the administrative group Domain Admins")
		assert.same({ "member", true }, { r.attribute, r.latest })
		assert.matches("^CN=Domain Admins,", r.object)
		assert.equal("through Domain Admins", row(found.widened, "user01", "administrative group Administrators").remark)
		row(found.widened, "HOST06$", "is in a group that may act as any user: HyperV-Hosts")
		assert.matches("^CN=Protected Users,", row(found.widened, "protected", "is no longer in Protected Users").object)
	end)

	it("is nothing else, and the other way round narrower", function()
		assert.same({ 13, 1, {} }, { #found.widened, #found.narrowed, found.missing })
		row(found.narrowed, "HOST03$", "towards moved/x.alpha.test (HOST07)")
		adsh("-q", "snapshot", new, "--also", "beta.test")
		local files, status = diff(old, new)
		assert.equal(4, status)
		assert.same({ found.widened, found.moved }, { files.widened, files.moved })
		local reverse
		reverse, status = diff(new, old)
		assert.equal(4, status)
		assert.same({ 13, 1 }, { #reverse.narrowed, #reverse.widened })
		row(reverse.narrowed, "HOST06$", "may act as every user who signs in to it")
		row(reverse.narrowed, "sensitive", "can no longer be delegated")
		row(reverse.narrowed, "user01", "is no longer in the administrative group Domain Admins")
		local same
		same, status = diff(new, new)
		assert.same({ 0, {}, {}, {} }, { status, same.widened, same.narrowed, same.moved })
		local _, out = lab.adsh_as_is { "-f", "json", "--from", new, "diff", old }
		assert.same(found.widened, cjson.decode(out).widened)
	end)

	it("is told in words, as CSV and as a page", function()
		local page = FILE .. ".html"
		local status, out, err = lab.adsh_as_is { "--html", page, "diff", old, new }
		assert.same({ 4, "" }, { status, err })
		assert.matches("Widened: 13", out)
		assert.matches("HOST06 +alpha.test +may act as every user who signs in to it, towards any service"
			.. " +userAccountControl +20%d%d", out)
		assert.matches("on dc1.alpha.test", out)
		assert.matches("msDS%-AllowedToActOnBehalfOfOtherIdentity of HOST05", out)
		local f <close> = assert(io.open(page))
		local html = f:read "a"
		assert.matches("Who may act as whom since", html)
		assert.matches("may act as every user who signs in to it", html)
		os.remove(page)
		out = select(2, lab.adsh_as_is { "-f", "csv", "diff", old, new })
		assert.matches("\nwidened,alpha.test,HOST06%$,", out)
	end)

	it("says what it cannot compare", function()
		local one = new .. ".alpha"
		adsh("-q", "snapshot", one)
		local part, status = diff(one, new)
		assert.same({ "beta.test: the older snapshot does not hold it" }, part.missing)
		assert.equal(3, status)
		part, status = diff(old, one)
		assert.same({ "beta.test: the newer snapshot does not hold it" }, part.missing)
		assert.equal(4, status)
		os.remove(one)
		status = lab.adsh_as_is { "diff", old .. ".nowhere" }
		assert.equal(1, status)
		assert.equal(2, (lab.adsh_as_is { "diff" }))
	end)
end)

describe("the weekly script", function()
	it("mails what was widened, from cron", function()
		local state = lab.must "mktemp -d":gsub("%s", "")
		local mailer = lab.file(("#!/bin/sh\nexec cat >> %s/mail\n"):format(state))
		lab.must("chmod +x " .. mailer)
		local command = ("cd %s && env -i PATH=%s:/usr/bin:/bin KRB5_CONFIG=%s HOME=%s ADSH_STATE=%s MAILER=%s "
			.. "sh -c 'exec \"$0\" \"$@\"' $PWD/examples/weekly-diff.sh admins@example.com -k %s/labadmin.keytab -u labadmin"
			.. " -d alpha.test"):format("$PWD", lab.program:match "^(.*)/", os.getenv "KRB5_CONFIG", state, state, mailer,
			lab.keytabs)
		reset()
		local status, out, err = lab.sh(command)
		assert.same({ 0, "", "" }, { status, out, err })
		lab.reset("HOST06$", 4096 + 0x80000)
		lab.must "sleep 1" -- the names of the files are times
		status, out, err = lab.sh(command)
		assert.same({ 4, "", "" }, { status, out, err })
		assert.matches("HOST06 +may act as every user who signs in to it", lab.must("cat " .. state .. "/mail"))
		assert.equal("2\n", lab.must("ls " .. state .. "/weekly | wc -l"))
		assert.equal("600\n700\n", lab.must(("stat -c %%a %s/weekly/*.snapshot %s/weekly | sort -u"):format(state, state)))
		lab.must("rm -r " .. state)
		reset()
	end)
end)
