-- Delegation, seen from outside: ldapsearch, samba-tool delegation show, Samba's own descriptors.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local connect = require "adsh.connect"
local delegation = require "adsh.delegation"
local directory = require "adsh.directory"

local RBCD = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local MIGRATION = "Microsoft Virtual System Migration Service/"

local function failure_of(f, ...)
	local ok, err = pcall(f, ...)
	assert.is_false(ok)
	return err
end

local function targets(name)
	local list = lab.account(name, "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"] or {}
	table.sort(list)
	return list
end

local function uac(name)
	return tonumber(lab.account(name, "userAccountControl").userAccountControl[1])
end

local function samba_tool(words)
	return lab.must(("KRB5CCNAME=%s samba-tool %s -H ldap://%s --use-kerberos=required")
		:format(lab.login "Administrator", words, lab.dc))
end

-- Runs Samba's Python; `value` is the descriptor of the account, `sid(name)` an account's SID.
local function samba(account, body)
	local script = lab.file([[
import base64, sys
from samba.ndr import ndr_pack, ndr_unpack
from samba.dcerpc import security
stdin = sys.stdin.read().strip()
sd = ndr_unpack(security.descriptor, base64.b64decode(stdin)) if stdin else None
]] .. body)
	local value = account and (lab.account(account, RBCD)[RBCD] or {})[1] or ""
	return (lab.must(("echo %s | /usr/bin/python3 %s"):format(value, script)):gsub("\n$", ""))
end

-- The descriptor as Samba reads it: owner and a line for each ACE.
local function aces(account)
	return samba(account, [[
print(sd.owner_sid)
for a in sd.dacl.aces:
	print(a.type, a.flags, hex(a.access_mask), a.trustee)]])
end

local function put_descriptor(account, body)
	local value = samba(nil, body .. "\nprint(base64.b64encode(ndr_pack(sd)).decode())")
	lab.modify(("dn: %s\nchangetype: modify\nreplace: %s\n%s:: %s\n"):format(lab.account(account, "cn").dn, RBCD, RBCD,
		value))
end

local function reset()
	for _, name in ipairs { "HOST01$", "HOST02$", "HOST03$", "HOST04$" } do
		lab.reset(name)
	end
end

local dir

describe("delegation", function()
	setup(function()
		dir = connect { domain = lab.domain, ccache = lab.login "labadmin" }
		reset()
	end)
	after_each(reset)

	it("writes targets and protocol transition in one modify, as samba-tool sees them", function()
		local wanted = { "cifs/HOST02", "cifs/host02.alpha.test", MIGRATION .. "HOST02",
			MIGRATION .. "host02.alpha.test" }
		local r = delegation.allow("host01", wanted, { mode = "any" })
		assert.equal(1, r.changed)
		assert.equal(1, r.modifies)
		local shown = samba_tool "delegation show 'HOST01$'"
		assert.matches("TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION: True", shown)
		assert.matches("TRUSTED_FOR_DELEGATION: False", shown)
		for _, spn in ipairs(wanted) do
			assert.truthy(shown:find("msDS-AllowedToDelegateTo: " .. spn, 1, true), shown)
		end
		assert.equal(4096 + 0x1000000, uac "HOST01$")
		local d = delegation.get "host01"
		assert.equal("any", d.mode)
		assert.same({ "cifs/HOST02", "cifs/host02.alpha.test", MIGRATION .. "HOST02",
			MIGRATION .. "host02.alpha.test" }, d.targets)
	end)

	it("changes nothing the second time, whatever the case", function()
		delegation.allow("host01", { "cifs/HOST02", "cifs/host02" }, { mode = "kerberos" })
		assert.same({ "cifs/HOST02" }, targets "HOST01$")
		local r = delegation.allow("host01", { "CIFS/host02" }, { mode = "kerberos" })
		assert.equal(0, r.changed)
		assert.equal(0, r.modifies)
		assert.equal(0, delegation.revoke("host01", "cifs/nobody").changed)
		assert.equal(0, delegation.set_mode("host01", "kerberos").changed)
	end)

	it("revokes single values and keeps the others", function()
		delegation.allow("host01", { "cifs/HOST02", "HTTP/HOST02", "cifs/HOST03" })
		delegation.revoke("host01", { "CIFS/host02", "cifs/nobody" })
		assert.same({ "HTTP/HOST02", "cifs/HOST03" }, targets "HOST01$")
	end)

	it("takes away what is malformed as it is there, and gives it back", function()
		local there = { "cifs/host 01", "cifs/host02", "cifs\\fs1.alpha.test", "fs1.alpha.test", "http/:80" }
		lab.add("HOST01$", "msDS-AllowedToDelegateTo", table.unpack(there))
		local journal = lab.must "mktemp -d":gsub("%s", "")
		local function adsh(...)
			local status, _, err = lab.adsh { "-y", "--journal", journal, ... }
			assert.equal(0, status, err)
		end
		adsh("-e", "delegation.set_mode('host01', 'none')") -- more values than are shown one by one
		assert.same({}, targets "HOST01$")
		adsh("undo", lab.must("ls " .. journal):match "([%w.-]+)%.jsonl")
		assert.same(there, targets "HOST01$")
		for i = #there, 1, -1 do
			delegation.revoke("host01", there[i])
			there[i] = nil
			assert.same(there, targets "HOST01$")
		end
		assert.equal("usage", failure_of(delegation.revoke, "host01", "cifs/not there").kind)
		lab.must("rm -r " .. journal)
	end)

	it("takes objects, and does not trust them after a write", function()
		local o = dir:get "host01"
		delegation.allow(o, "cifs/HOST02")
		delegation.revoke(o, "cifs/HOST02")
		assert.same({}, targets "HOST01$")
		for e in dir:search { filter = "(sAMAccountName=host01$)", attributes = { "cn" } } do
			delegation.allow(e, "cifs/HOST03")
		end
		assert.same({ "cifs/HOST03" }, targets "HOST01$")
	end)

	it("sets every mode", function()
		assert.equal("none", delegation.get("host01").mode)
		delegation.allow("host01", "cifs/HOST02")
		assert.equal("kerberos", delegation.get("host01").mode)
		delegation.set_mode("host01", "any")
		assert.equal("any", delegation.get("host01").mode)
		delegation.set_mode("host01", "kerberos")
		assert.equal(4096, uac "HOST01$")
		delegation.set_mode("host01", "none")
		assert.same({}, targets "HOST01$")
		delegation.set_mode("host01", "any") -- without targets, too
		assert.equal("any", delegation.get("host01").mode)
		delegation.set_mode("host01", "none")
		local err = failure_of(delegation.set_mode, "host01", "sometimes")
		assert.equal("usage", err.kind)
		assert.matches("unconstrained", err.hint)
		assert.equal("usage", failure_of(delegation.allow, "host01", "cifs", {}).kind)
		assert.equal("usage", failure_of(delegation.allow, "host01", "cifs/x", { mode = "none" }).kind)
		assert.same({}, targets "HOST01$")
	end)

	it("replaces unconstrained delegation by constrained", function()
		lab.modify(("dn: %s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: %d\n")
			:format(lab.account("HOST01$", "cn").dn, 4096 + 0x80000))
		assert.equal("unconstrained", delegation.get("host01").mode)
		assert.equal(1, delegation.allow("host01", "cifs/HOST02", { mode = "any" }).modifies)
		assert.equal(4096 + 0x1000000, uac "HOST01$")
	end)

	it("adds trust for any service to constrained delegation, and tells both", function()
		local function get()
			local _, out = lab.adsh { "-d", lab.domain, "-f", "json", "-e", [[return delegation.get "host01"]] }
			local d = require "cjson".decode(out)
			return { d.mode, d.protocol_transition, #d.targets }
		end
		local function set(mode)
			local status, _, err = lab.adsh { "-d", lab.domain, "--allow-widening", "-e",
				([[delegation.set_mode("host01", "%s")]]):format(mode) }
			assert.equal(0, status, err)
		end
		delegation.allow("host01", "cifs/HOST02", { mode = "any" })
		assert.same({ "any", true, 1 }, get())
		set "unconstrained"
		assert.equal(4096 + 0x80000 + 0x1000000, uac "HOST01$")
		assert.same({ "unconstrained", true, 1 }, get())
		set "none"
		assert.same({ "none", false, 0 }, get())
		set "unconstrained"
		assert.equal(4096 + 0x80000, uac "HOST01$")
		assert.same({ "unconstrained", false, 0 }, get())
	end)

	it("asks before trust is widened and before protected accounts become sources", function()
		local err = failure_of(delegation.set_mode, "host01", "unconstrained")
		assert.equal("refused", err.kind)
		assert.matches("HOST01%$: unconstrained delegation", err.message)
		for name, why in pairs { dc1 = "a domain controller", protected = "a member of Protected Users",
			krbtgt = "the KDC's own account" } do
			err = failure_of(delegation.allow, name, "cifs/HOST02")
			assert.equal("refused", err.kind)
			assert.matches(why, err.message, 1, true)
			err = failure_of(delegation.allow_from, "host03", name)
			assert.matches(why, err.message, 1, true)
		end
		err = failure_of(delegation.allow_from, "dc1", "host01")
		assert.matches("domain controller", err.message)
		err = failure_of(delegation.allow_from, "host03", "S-1-5-11")
		assert.matches("every account in .*Authenticated Users", err.message)
		err = failure_of(delegation.allow_from, "host03", { "host01", "Domain Users" })
		assert.matches("every account in Domain Users", err.message)
		assert.same({}, targets "DC1$")
		assert.is_nil(lab.account("HOST03$", RBCD)[RBCD])
		assert.equal(4096, uac "HOST01$")
		local status = lab.adsh { "-d", lab.domain, "--allow-widening", "-e",
			[[delegation.set_mode("host01", "unconstrained")]] }
		assert.equal(0, status)
		assert.equal(4096 + 0x80000, uac "HOST01$")
	end)

	it("knows nested members of Protected Users, sensitive accounts and domain controllers", function()
		-- what a process knows about groups it keeps for some seconds
		assert.is_true(delegation.get("sensitive").sensitive)
		assert.is_true(delegation.get("dc1").domain_controller)
		assert.equal("unconstrained", delegation.get("dc1").mode)
		assert.is_false(delegation.get("sensitive").protected_user)
		local group = "CN=HyperV-Hosts,OU=Hosts," .. lab.base
		local protected = "CN=Protected Users,CN=Users," .. lab.base
		local ldif = "dn: %s\nchangetype: modify\n%s: member\nmember: %s\n"
		finally(function() lab.modify(ldif:format(protected, "delete", group)) end)
		lab.modify(ldif:format(protected, "add", group))
		local status, out = lab.adsh { "-d", lab.domain, "-f", "json", "-e", [[return delegation.get "host01"]] }
		assert.equal(0, status)
		assert.is_true(require "cjson".decode(out).protected_user)
	end)
end)

describe("resource-based delegation", function()
	after_each(reset)

	it("writes what Samba reads: owner Administrators, one plain entry for each source", function()
		local r = delegation.allow_from("host03", { "host01", dir:get "host02", "ALPHA\\HyperV-Hosts" })
		assert.equal(1, r.modifies)
		local expected = { "S-1-5-32-544" }
		for _, name in ipairs { "host01", "host02", "HyperV-Hosts" } do
			expected[#expected + 1] = "0 0 0xf01ff " .. dir:get(name).objectSid
		end
		assert.equal(table.concat(expected, "\n"), aces "HOST03$")
		local shown = samba_tool "delegation show 'HOST03$'"
		for _, name in ipairs { "HOST01$", "HOST02$", "HyperV-Hosts" } do
			assert.truthy(shown:find("Identity: " .. lab.account(name, "cn").dn, 1, true), shown)
		end
		local d = delegation.get "host03"
		assert.same({ "HOST01$", "HOST02$", "HyperV-Hosts" }, d.sources)
		assert.equal(dir:get("host02").objectSid, d.source_sids[2])
		assert.equal(0, delegation.allow_from("host03", { "host02", "host02" }).changed)
	end)

	it("reads what samba-tool writes, and revokes it", function()
		samba_tool "delegation add-principal 'HOST03$' 'HOST01$'"
		assert.same({ "HOST01$" }, delegation.get("host03").sources)
		assert.equal(0, delegation.allow_from("host03", "host01").changed)
		assert.equal(1, delegation.revoke_from("host03", { "host01", "host02" }).changed)
		assert.is_nil(lab.account("HOST03$", RBCD)[RBCD])
		assert.equal(0, delegation.revoke_from("host03", "host01").changed)
	end)

	it("keeps entries of other kinds and of trustees it cannot resolve", function()
		local sid = dir:get("host01").objectSid
		put_descriptor("HOST03$", ([[
sd = security.descriptor.from_sddl("O:S-1-5-21-1-2-3-500G:SYD:(D;;0x1;;;S-1-5-21-9-9-9-1001)"
	"(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;S-1-5-21-9-9-9-1002)(A;;CR;;;S-1-5-21-9-9-9-1003)"
	"(A;IO;0xf01ff;;;%s)", security.dom_sid("S-1-5-21-1-2-3"))]]):format(dir:get("host02").objectSid))
		local before = aces "HOST03$"
		local d = delegation.get "host03"
		assert.same({ "S-1-5-21-9-9-9-1003" }, d.sources)
		assert.equal(3, d.odd_aces)
		delegation.allow_from("host03", sid)
		local after = aces "HOST03$"
		for line in before:gmatch "[^\n]+" do
			assert.truthy(after:find(line, 1, true), line)
		end
		assert.truthy(after:find("0 0 0xf01ff " .. sid, 1, true), after)
		delegation.revoke_from("host03", "host01")
		assert.equal(before, aces "HOST03$")
	end)

	local it_new = lab.since(4, 19, it, pending, "has domains of level 2008 R2: no resource-based delegation")

	local function kdc_takes_it()
		return lab.kdc_gives("host01", "cifs/host02.alpha.test")
	end

	local function put_sddl(account, sddl)
		lab.put_sources(account, (sddl:gsub("H1", dir:get("host01").objectSid)))
	end

	-- How HOST01 gets to HOST02, by every reader there is: delegation.get, inbound, the matrix, the audit.
	local function readers()
		local inbound, audited
		for _, r in ipairs(delegation.inbound "host02") do
			inbound = inbound or r.source == "HOST01$" and r.kind or nil
		end
		for _, r in ipairs(require "adsh.audit.run".run(dir, {}).accounts) do
			audited = audited or r.finding == "resource-based" and r.account == "HOST01$" and r.targets[1] or nil
		end
		return { sources = delegation.get("host02").sources, inbound = inbound, audit = audited,
			matrix = delegation.matrix { "host01", "host02" }[1].how }
	end

	local ALLOWED = { sources = { "HOST01$" }, inbound = "resource-based", audit = "HOST02$", matrix = "resource-based" }
	local MISSING = { sources = {}, matrix = "missing" }

	it_new("is listed where the KDC takes it, and nowhere else", function()
		lab.reset("HOST01$", 4096 + 0x1000000) -- else the KDC takes no ticket of S4U2Self
		for sddl, is_taken in pairs {
			["O:BAD:(A;;CR;;;H1)"] = true,
			["O:BAD:(A;;0xf01ff;;;H1)"] = true,
			["O:BAD:(A;;GA;;;H1)"] = false,
			["O:BAD:(A;;RPWP;;;H1)"] = false,
			["O:BAD:(D;;0xf01ff;;;H1)(A;;0xf01ff;;;H1)"] = false,
			["O:BAD:(D;;CR;;;AU)(A;;CR;;;H1)"] = false,
			["O:BAD:(A;;CR;;;H1)(D;;CR;;;AU)"] = true,
			["O:BAD:(A;CIIO;CR;;;H1)"] = false,
			["O:BAD:(D;;CR;;;NU)(A;;CR;;;H1)"] = false,
			["O:BAD:(D;;CR;;;BU)(A;;CR;;;H1)"] = false,
			["O:BAD:(D;;CR;;;IU)(A;;CR;;;H1)"] = true,
			["O:BAD:(D;;GA;;;H1)(A;;CR;;;H1)"] = true,
		} do
			put_sddl("HOST02$", sddl)
			assert.equal(is_taken, kdc_takes_it(), sddl)
			assert.same(is_taken and ALLOWED or MISSING, readers(), sddl)
		end
	end)

	it_new("is told apart where it depends on a condition", function()
		local sid = dir:get("host01").objectSid
		put_sddl("HOST02$", "O:BAD:(XA;;CR;;;H1;(@User.dept==1))(XD;;CR;;;H1;(Member_of SID(BA)))")
		local condition = "(@USER.dept == 1) unless (Member_of SID(BA))"
		local d = delegation.get("host02")
		assert.same({ {}, { { source = "HOST01$", sid = sid, condition = condition } } }, { d.sources, d.conditional })
		local row = delegation.inbound("host02")[1]
		assert.same({ "HOST01$", "conditional", condition }, { row.source, row.kind, row.condition })
		assert.is_false(kdc_takes_it())
		local status, _, words = lab.adsh { "-n", "-e", [[delegation.revoke_from("host02", "host01")]] }
		assert.equal(4, status)
		assert.matches("- HOST01$, under the condition " .. condition, words, 1, true)
	end)

	it_new("gets an entry that works beside those that do not, and the plan shows it", function()
		lab.reset("HOST01$", 4096 + 0x1000000)
		for _, sddl in ipairs { "O:BAD:(A;;GA;;;H1)", "O:BAD:(A;;RPWP;;;H1)", "O:BAD:(A;CIIO;0xf01ff;;;H1)" } do
			put_sddl("HOST02$", sddl)
			local status, _, words = lab.adsh { "-n", "-e", [[delegation.allow_from("host02", "host01")]] }
			assert.equal(4, status)
			assert.matches("delegation by%)\n +%+ HOST01%$\n", words)
			assert.matches("1 source added, 0 removed", words, 1, true)
			assert.equal(1, delegation.allow_from("host02", "host01").changed)
			assert.is_true(kdc_takes_it(), sddl)
			assert.same(ALLOWED, readers())
			status, _, words = lab.adsh { "-n", "-e", [[delegation.revoke_from("host02", "host01")]] }
			assert.equal(4, status)
			assert.matches("delegation by%)\n +%- HOST01%$\n", words)
			assert.matches("0 values added, 1 removed", words, 1, true)
			assert.equal(1, delegation.revoke_from("host02", "host01").changed)
			assert.is_nil(lab.account("HOST02$", RBCD)[RBCD])
		end
	end)

	it("names the entry that denies what would be added, and writes nothing", function()
		put_sddl("HOST02$", "O:BAD:(D;;0xf01ff;;;H1)(A;;0xf01ff;;;H1)")
		local before = lab.account("HOST02$", RBCD)[RBCD]
		local err = failure_of(delegation.allow_from, "host02", "host01")
		assert.matches("denies " .. dir:get("host01").objectSid, err.message, 1, true)
		assert.same(before, lab.account("HOST02$", RBCD)[RBCD])
	end)

	it("says so when entries go that let nobody act", function()
		put_sddl("HOST02$", "O:BAD:(A;CIIO;0xf01ff;;;H1)")
		local status, _, words = lab.adsh { "-n", "-e", [[delegation.revoke_from("host02", "host01")]] }
		assert.equal(4, status)
		assert.matches("nobody gains or loses access: only entries that allow nobody to act change", words, 1, true)
		assert.matches("0 values added, 0 removed", words, 1, true)
	end)

	it("tells why an account is protected, as the gate has it", function()
		for name, why in pairs { dc1 = "a domain controller", protected = "a member of Protected Users",
			krbtgt = "the KDC's own account", ["Domain Admins"] = "a built-in or administrative group" } do
			assert.equal(why, delegation.protected(name))
		end
		assert.is_nil(delegation.protected "host01")
		for e in dir:search { filter = "(objectClass=computer)", attributes = { "sAMAccountName", "userAccountControl",
			"primaryGroupID" } } do
			assert.equal(e:first "sAMAccountName" == "DC1$", delegation.is_controller(e))
		end
	end)

	it("adds nothing to a descriptor without an access list, which allows everyone", function()
		lab.put_sources("HOST02$", "O:SYG:SY")
		local before = lab.account("HOST02$", RBCD)[RBCD]
		local err = failure_of(delegation.allow_from, "host02", "host01")
		assert.matches("has no access list, which allows everyone", err.message, 1, true)
		assert.same(before, lab.account("HOST02$", RBCD)[RBCD])
	end)

	it("refuses to touch a value that is no descriptor", function()
		lab.modify(("dn: %s\nchangetype: modify\nreplace: %s\n%s: garbage\n"):format(lab.account("HOST03$", "cn").dn,
			RBCD, RBCD))
		for _, f in ipairs { delegation.get, delegation.allow_from, delegation.revoke_from } do
			local err = failure_of(f, "host03", "host01")
			assert.equal("failed", err.kind)
			assert.matches("HOST03", err.dn)
			assert.matches("does not hold a valid security descriptor", err.hint)
		end
		assert.same({ "garbage" }, lab.account("HOST03$", RBCD)[RBCD])
	end)
end)

describe("inbound delegation", function()
	after_each(reset)

	it("lists every way in", function()
		delegation.allow("host01", { "cifs/host02.alpha.test", MIGRATION .. "HOST02", "cifs/HOST03", "cifs/HOST022" })
		delegation.allow("host04", { "HTTP/host02:8080" }, { mode = "any" })
		delegation.allow_from("host02", "host03")
		local rows, seen = delegation.inbound "host02", {}
		for _, r in ipairs(rows) do
			seen[#seen + 1] = r.source .. " " .. r.kind .. " " .. table.concat(r.services, ",")
		end
		assert.same({ "HOST01$ kerberos cifs/host02.alpha.test," .. MIGRATION .. "HOST02",
			"HOST04$ any HTTP/host02:8080", "HOST03$ resource-based ", "DC1$ unconstrained " }, seen)
	end)

	it("knows a service account by its own names only", function()
		delegation.allow("host01", { "HTTP/svc-web.alpha.test", "cifs/svc-web.alpha.test" })
		local rows = delegation.inbound "svc-web"
		assert.equal("HOST01$", rows[1].source)
		assert.same({ "HTTP/svc-web.alpha.test" }, rows[1].services)
	end)
end)

describe("delegation to what nobody has", function()
	local plan = require "adsh.plan"
	local spn = require "adsh.spn"

	setup(function()
		connect { domain = lab.domain, ccache = lab.login "labadmin" }
		reset()
	end)
	after_each(reset)

	-- What is said when host01 may delegate to this; each name by itself.
	local function said(...)
		local lines = delegation.allow("host01", { ... }).warnings or {}
		return table.concat(lines, "\n"), #lines
	end

	it("is not said of what an account has, or covers by HOST/, in any case", function()
		assert.equal("", (said("HTTP/svc-web.alpha.test", "cifs/HOST02", "CIFS/host02.alpha.test", MIGRATION .. "host03")))
		assert.equal(4, #targets "HOST01$")
		assert.equal("", (said("HTTP/svc-web.alpha.test")))
	end)

	it("is said, and it is written: a service may be registered later", function()
		local text = said "cifs/nosuch"
		assert.equal("no account of alpha.test has cifs/nosuch, so no client gets a ticket for it:"
			.. [[ spn.add(account, "cifs/nosuch") registers it]], text)
		assert.same({ "cifs/nosuch" }, targets "HOST01$")
		assert.matches("cifs/nosuch", (said "cifs/nosuch")) -- also the second time
	end)

	it("is said with names that are near", function()
		for value, near in pairs {
			["cifs/hots02"] = "did you mean cifs/HOST02?", -- another host
			["cifs/hosto2.alpha.test"] = "did you mean cifs/host02.alpha.test",
			["ciffs/host02.alpha.test"] = "did you mean cifs/host02.alpha.test?", -- another class, by HOST/
			["HTTP/svc-web"] = "did you mean HTTP/svc-web.alpha.test?", -- the other form
			["HTTP/svc-web.alpha.test:80"] = "did you mean HTTP/svc-web.alpha.test?", -- without a port
			["MSSQLSvc/host02"] = "HOST02$ has the classes HOST, Hyper-V Replica Service,",
			["MSSQLSvc/svc-web"] = "svc-web has the classes HTTP",
		} do
			local text = said(value)
			assert.matches(("no account of alpha.test has %s, so no client gets a ticket for it: "):format(value) .. near, text,
				1, true)
			reset()
		end
	end)

	it("is said with the port that there is", function()
		lab.add("svc-web", "servicePrincipalName", "MSSQLSvc/db.alpha.test:1433", "MSSQLSvc/db.alpha.test:INST")
		finally(function()
			lab.modify(("dn: %s\nchangetype: modify\ndelete: servicePrincipalName\nservicePrincipalName: "
				.. "MSSQLSvc/db.alpha.test:1433\nservicePrincipalName: MSSQLSvc/db.alpha.test:INST\n"):format(
				lab.account("svc-web", "cn").dn))
		end)
		assert.matches("did you mean MSSQLSvc/db.alpha.test:1433, MSSQLSvc/db.alpha.test:INST?", (said "MSSQLSvc/db:1434"),
			1, true)
		assert.equal("", (said "mssqlsvc/DB.alpha.test:inst"))
	end)

	it("is said of the host's own HOST/ when that is missing", function()
		lab.modify(("dn: CN=BARE,OU=Hosts,%s\nchangetype: add\nobjectClass: computer\nsAMAccountName: BARE$\n"
			.. "userAccountControl: 4098\n"):format(lab.base))
		finally(function() lab.modify(("dn: CN=BARE,OU=Hosts,%s\nchangetype: delete\n"):format(lab.base)) end)
		assert.matches("BARE$ has no service principal names of its own, not even HOST/", (said "cifs/BARE"), 1, true)
	end)

	it("is said of many in few lines", function()
		local list = {}
		for i = 1, 150 do
			list[i] = ("HTTP/none%03d.alpha.test"):format(i)
		end
		list[151] = "cifs/HOST02"
		local text, n = said(table.unpack(list))
		assert.equal(7, n)
		assert.matches("and 144 more of these service principal names belong to no account: HTTP/none007", text)
		assert.not_matches("HOST02", text)
	end)

	it("is looked for in the other forest before it is said", function()
		local text = said("cifs/host02.beta.test", "cifs/host99.beta.test")
		assert.matches("cifs/host02.beta.test belongs to HOST02$ in beta.test: constrained delegation does not cross",
			text, 1, true)
		assert.matches("no account of alpha.test or beta.test has cifs/host99.beta.test", text, 1, true)
		assert.matches("did you mean cifs/host0%d.beta.test", text)
	end)

	it("is said with who could not be queried", function()
		finally(function() lab.must(lab.scripts .. "/fault.sh dcb unblock") end)
		lab.must(lab.scripts .. "/fault.sh dcb reject 389")
		local status, _, err = lab.adsh { "-n", "-e", [[delegation.allow("host01", "cifs/host02.beta.test")]] }
		assert.equal(4, status, err)
		assert.matches("no account of alpha.test has cifs/host02.beta.test, so no client gets a ticket for it;"
			.. " not queried, because they do not answer: beta.test (", err, 1, true)
	end)

	it("is not said of what the same plan gives to an account", function()
		local p = plan(function()
			delegation.allow("host01", { "HTTP/later.alpha.test", "www/later.alpha.test" })
			spn.add("host02", "HOST/later.alpha.test")
		end)
		assert.same({}, plan.doubts(p))
		p = plan(function() delegation.allow("host01", "HTTP/later.alpha.test") end)
		assert.equal(1, #plan.doubts(p))
	end)

	it("is said before somebody is asked, in a dry run, by a plan file and by recipes", function()
		local warning = "warning: no account of alpha.test has cifs/hots02,"
		local allow = [[delegation.allow("host01", "cifs/hots02")]]
		local _, out = lab.at_terminal({ "-e", allow }, "n\\n")
		local said_at, asked_at = out:find(warning, 1, true), out:find("write 1 account", 1, true)
		assert.is_true(said_at and asked_at and said_at < asked_at, out)
		assert.same({}, targets "HOST01$")
		local path = os.tmpname()
		finally(function() os.remove(path) end)
		local status, _, err = lab.adsh { "--plan-out", path, "-e", allow }
		assert.equal(4, status)
		assert.matches(warning, err, 1, true)
		status, out, err = lab.adsh { "-f", "json", "apply", path }
		assert.equal(0, status, err)
		assert.matches(warning, err, 1, true)
		assert.matches("no account of alpha.test has cifs/hots02,", require "cjson".decode(out).warnings[1], 1, true)
		assert.same({ "cifs/hots02" }, targets "HOST01$")
		status, _, err = lab.adsh { "-n", "run", "live-migration", "host01", "host02", "--services", "cfis,cifs" }
		assert.equal(4, status)
		assert.matches("no account of alpha.test has cfis/HOST01, so no client gets a ticket for it: did you mean "
			.. "cifs/HOST01?", err, 1, true)
		assert.not_matches("has cifs/", err, 1, true)
	end)
end)

describe("an account without rights", function()
	local admin

	setup(function()
		admin = directory.current()
		connect { domain = lab.domain, ccache = lab.login "plain" }
	end)
	teardown(function()
		require "adsh.core.directory".current(admin)
		reset()
	end)

	it("is told what it lacks, and nothing is written", function()
		for _, f in ipairs {
			function() delegation.allow("host04", "cifs/HOST02", { mode = "any" }) end,
			function() delegation.allow("host04", "cifs/HOST02") end,
			function() delegation.set_mode("host04", "any") end,
		} do
			local err = failure_of(f)
			assert.equal("failed", err.kind)
			assert.equal(50, err.code)
			assert.equal("insufficientAccessRights", err.name)
			assert.matches("SeEnableDelegationPrivilege", err.hint)
			assert.matches("Enable computer and user accounts to be trusted for delegation", err.hint)
			assert.matches("Resource%-based", err.hint)
			assert.truthy(err.diagnostic)
		end
		local err = failure_of(delegation.allow_from, "host04", "host01")
		assert.equal(50, err.code)
		assert.matches("who may delegate to this account", err.message)
		assert.same({}, targets "HOST04$")
		assert.equal(4096, uac "HOST04$")
		assert.is_nil(lab.account("HOST04$", RBCD)[RBCD])
	end)

	local it_new = lab.since(4, 19, it, pending, "has no samba-tool dsacl delete")
	it_new("needs write access alone for resource-based delegation, and the privilege for the rest", function()
		local dn = lab.account("HOST04$", "cn").dn
		local sid = admin:get("plain").objectSid
		local words = ("dsacl %%s --objectdn=%s --sddl='(OA;;RPWP;;;%s)'"):format(lab.quote(dn), sid)
		samba_tool(words:format "set")
		finally(function() samba_tool(words:format "delete") end)
		assert.equal(1, delegation.allow_from("host04", "host01").changed)
		assert.same({ "HOST01$" }, delegation.get("host04").sources)
		local err = failure_of(delegation.allow, "host04", "cifs/HOST02")
		assert.equal(50, err.code)
		assert.matches("SeEnableDelegationPrivilege", err.hint)
		err = failure_of(delegation.set_mode, "host04", "any")
		assert.equal(50, err.code)
		assert.same({}, targets "HOST04$")
	end)
end)
