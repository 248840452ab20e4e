-- The gate: what is planned, refused, met and kept when somebody else writes at the same time.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local TARGET = "cifs/host02.alpha.test"

local function targets(name)
	local list = lab.account(name, "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"] or {}
	table.sort(list)
	return list
end

local function uac(name)
	return tonumber(lab.account(name, "userAccountControl").userAccountControl[1])
end

local function script(text)
	return lab.file(text)
end

describe("the gate", function()
	before_each(function()
		lab.reset "HOST01$"
		lab.reset "HOST03$"
	end)
	teardown(function()
		lab.reset "HOST01$"
		lab.reset "HOST03$"
	end)

	it("shows a dry run of any script, writes nothing and ends with 4", function()
		local path = script [[
			delegation.allow("host01", "cifs/host02.alpha.test", { mode = "any" })
			plan(function() delegation.set_mode("host03", "any") end):apply()
		]]
		local status, _, out = lab.adsh { "--dry-run", path } -- messages are on stderr
		assert.equal(4, status)
		assert.matches("HOST01%$", out)
		assert.matches("%+ cifs/host02%.alpha%.test", out)
		assert.matches("TRUSTED_TO_AUTH_FOR_DELEGATION", out)
		assert.matches("HOST03%$", out)
		assert.same({}, targets "HOST01$")
		assert.equal(4096, uac "HOST01$")
		assert.equal(4096, uac "HOST03$")
	end)

	it("ends a dry run with 0 when nothing would change", function()
		local status = lab.adsh { "--dry-run", "-e", [[delegation.revoke("host01", "cifs/nobody")]] }
		assert.equal(0, status)
	end)

	it("sends targets and protocol transition together, and reads back", function()
		local status, out = lab.adsh { "-f", "json", "-e",
			[[delegation.allow("host01", { "cifs/HOST02", "cifs/host02.alpha.test" }, { mode = "any" })]] }
		assert.equal(0, status)
		local report = require "cjson".decode(out)
		assert.equal(1, report.changed)
		assert.equal(1, report.modifies)
		assert.is_true(report.readbacks > 0)
		assert.same({ "cifs/HOST02", "cifs/host02.alpha.test" }, targets "HOST01$")
		assert.equal(4096 + 0x1000000, uac "HOST01$")
	end)

	it("keeps somebody else's edit of userAccountControl between read and write", function()
		local path = script(([[
			local o = directory.current():get "host01"
			assert(os.execute(arg[1]))
			return delegation.set_mode(o, "any")
		]]))
		local dn = lab.account("HOST01$", "cn").dn
		local ldif = lab.file(("dn: %s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 4098\n")
			:format(dn))
		local other = ("KRB5CCNAME=%s ldapmodify -N -Q -Y GSSAPI -H ldap://%s -f %s >/dev/null"):format(
			lab.login "Administrator", lab.dc, ldif)
		local status, out = lab.adsh { "-f", "json", path, other }
		assert.equal(0, status)
		assert.equal(1, require "cjson".decode(out).rebased)
		assert.equal(4098 + 0x1000000, uac "HOST01$")
	end)

	it("keeps values that somebody else adds between read and write", function()
		local path = script [[
			local o = directory.current():get "host01"
			assert(os.execute(arg[1]))
			return delegation.allow(o, { "cifs/host02.alpha.test", "cifs/host03.alpha.test" })
		]]
		local dn = lab.account("HOST01$", "cn").dn
		local ldif = lab.file(("dn: %s\nchangetype: modify\nadd: msDS-AllowedToDelegateTo\n"
			.. "msDS-AllowedToDelegateTo: cifs/host02.alpha.test\nmsDS-AllowedToDelegateTo: HTTP/theirs\n"):format(dn))
		local other = ("KRB5CCNAME=%s ldapmodify -N -Q -Y GSSAPI -H ldap://%s -f %s >/dev/null"):format(
			lab.login "Administrator", lab.dc, ldif)
		local journal = lab.must "mktemp -d":gsub("\n", "")
		local status = lab.adsh { "--journal", journal, path, other }
		assert.equal(0, status)
		assert.same({ "HTTP/theirs", "cifs/host02.alpha.test", "cifs/host03.alpha.test" }, targets "HOST01$")
		assert.equal(0, (lab.adsh { "--journal", journal, "undo" }))
		assert.same({ "HTTP/theirs", "cifs/host02.alpha.test" }, targets "HOST01$") -- what is theirs stays
	end)

	it("merges several writes of one plan into one modify for each object", function()
		local status, out = lab.adsh { "-f", "json", "-e", [[(function()
			local p = plan(function()
				delegation.allow("host01", "cifs/host02.alpha.test")
				delegation.allow("host01", "cifs/HOST02")
				delegation.set_mode("host01", "any")
				delegation.allow("host03", "cifs/HOST02")
			end)
			return p:apply()
		end)()]] }
		assert.equal(0, status)
		local report = require "cjson".decode(out)
		assert.equal(2, report.changed)
		assert.equal(2, report.modifies)
		assert.same({ "cifs/HOST02", "cifs/host02.alpha.test" }, targets "HOST01$")
	end)

	it("refuses with --read-only and --max-changes before anything is sent", function()
		for _, options in ipairs { { "--read-only" }, { "--max-changes", "1" } } do
			local words = { table.unpack(options) }
			words[#words + 1] = "-e"
			words[#words + 1] = [[plan(function()
				delegation.allow("host01", "cifs/HOST02")
				delegation.allow("host03", "cifs/HOST02")
			end):apply()]]
			local status, _, err = lab.adsh(words)
			assert.equal(6, status)
			assert.matches("Nothing was written", err)
			assert.same({}, targets "HOST01$")
			assert.same({}, targets "HOST03$")
		end
	end)

	it("refuses a domain controller as source, unless that was allowed", function()
		local status, _, err = lab.adsh { "--dry-run", "-e", [[delegation.allow("dc1", "cifs/HOST02")]] }
		assert.equal(6, status)
		assert.matches("domain controller", err)
		assert.matches("%-%-allow%-protected", err)
		assert.equal(4, (lab.adsh { "-n", "--allow-protected", "-e", [[delegation.allow("dc1", "cifs/HOST02")]] }))
	end)

	it("refuses unconstrained delegation in batch without the explicit option", function()
		local status, _, err = lab.adsh { "--yes", "-e", [[delegation.set_mode("host01", "unconstrained")]] }
		assert.equal(6, status)
		assert.matches("any service", err)
		assert.equal(4096, uac "HOST01$")
		assert.equal(0, (lab.adsh { "--allow-widening", "-e", [[delegation.set_mode("host01", "unconstrained")]] }))
		assert.equal(4096 + 0x80000, uac "HOST01$")
		assert.equal(0, (lab.adsh { "-e", [[delegation.set_mode("host01", "none")]] }))
		assert.equal(4096, uac "HOST01$")
	end)

	it("shows a plan that would widen trust, and refuses to apply it", function()
		local make = [[local p = plan(function() delegation.set_mode("host01", "unconstrained") end) p:show() ]]
		local status, out, err = lab.adsh { "-e", make }
		assert.equal(0, status, err)
		assert.matches("WIDENS TRUST", out)
		local refused = { lab.adsh { "-e", make .. "p:apply()" } }
		assert.equal(6, refused[1])
		assert.matches("allow%-widening", refused[3])
		assert.equal(4096, uac "HOST01$")
	end)

	it("stops a user without rights, in words, with nothing written", function()
		local status, _, err = lab.adsh({ "-e", ([[delegation.allow("host01", %q, { mode = "any" })]]):format(TARGET) },
			"plain")
		assert.equal(1, status)
		assert.matches("SeEnableDelegationPrivilege", err)
		assert.same({}, targets "HOST01$")
		assert.equal(4096, uac "HOST01$")
	end)

	it("refuses more values than a record holds, before the first write", function()
		local path = script [[
			plan.gate { value_budget = 100 }
			local list = {}
			for i = 1, 120 do list[i] = "cifs/server" .. i end
			delegation.allow("host01", list)
		]]
		local status, _, err = lab.adsh { path }
		assert.equal(6, status)
		assert.matches("100", err)
		assert.same({}, targets "HOST01$")
	end)

	it("counts the values that are there already", function()
		local path = script [[
			local list = {}
			for i = 1, 60 do list[i] = "cifs/" .. arg[1] .. i end
			delegation.allow("host01", list)
		]]
		assert.equal(0, (lab.adsh { "--value-budget", "100", path, "one" }))
		local status, _, err = lab.adsh { "--value-budget", "100", path, "two" }
		assert.equal(6, status)
		assert.matches("would have 1[23]%d values", err) -- its service principal names, too
		assert.equal(60, #targets "HOST01$")
	end)

	it("finds out that the server reports success and keeps something else", function()
		-- LOCKOUT is computed; who writes it is told that it is written
		local path = script [[
			local p = plan(function() end)
			local o = directory.current():get "host01"
			p:restore(directory.current(), { kind = "attributes", dn = o.dn, label = "HOST01$", domain = "alpha.test",
				edits = { { attribute = "userAccountControl", before = { "4096" }, after = { "4112" } } } })
			p:apply()
		]]
		local status, _, err = lab.adsh { path }
		assert.equal(6, status, err)
		assert.matches("the server reported success, but userAccountControl reads back differently", err, 1, true)
		assert.equal(4096, uac "HOST01$")
	end)

	it("counts the changes of all writes of a process for --max-changes", function()
		local status, _, err = lab.adsh { "--max-changes", "1", "-e",
			([[delegation.allow("host01", %q); delegation.allow("host03", %q)]]):format(TARGET, TARGET) }
		assert.is_true(status == 6 or status == 3, err)
		assert.matches("would change 2 objects in all; %-%-max%-changes allows 1", err)
		assert.same({ TARGET }, targets "HOST01$")
		assert.same({}, targets "HOST03$")
	end)

	for name, second in pairs { widening = [[delegation.set_mode("host01", "unconstrained")]],
		protected = [[delegation.allow("dc1", "HTTP/second")]] } do
		it(("judges two calls on one object together: %s"):format(name), function()
			finally(function() lab.reset("DC1$", 532480) end)
			local path = script("")
			local first = name == "widening" and [[delegation.allow("host01", %q); ]] or [[delegation.allow("dc1", %q); ]]
			assert.equal(4, (lab.adsh { "--allow-protected", "--plan-out", path, "-e", first:format(TARGET) .. second }))
			local status, out, err = lab.adsh { "apply", path }
			assert.equal(6, status, out .. err)
			assert.matches("allow%-" .. name, err)
			assert.same({}, targets(name == "widening" and "HOST01$" or "DC1$"))
			assert.equal(4096, uac "HOST01$")
		end)
	end
end)
