-- Rights are asked for before anything is written. Who may write what is given by Samba's own tool.
package.path = "tests/ad/?.lua;" .. package.path
local cjson = require "cjson"
local lab = require "lab"

local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"
-- schemaIDGUIDs (MS-ADA2)
local SOURCES_GUID = "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79"
local UAC_GUID = "bf967a68-0de6-11d0-a285-00aa003049e2"

local function samba_tool(words)
	return lab.must(("KRB5CCNAME=%s samba-tool %s -H ldap://%s --use-kerberos=required"):format(
		lab.login "Administrator", words, lab.dc))
end

local sid

-- Lets user01 write one attribute of a host, or takes that back.
local function dsacl(verb, name, guid)
	samba_tool(("dsacl %s --objectdn=%s --sddl='(OA;;RPWP;%s;;%s)'"):format(verb, lab.account(name, "cn").dn, guid, sid))
end

local state = lab.must "mktemp -d":gsub("%s", "")

local function plan_of(...)
	return ([[(function()
		local p = plan(function() %s end)
		return p:apply()
	end)()]]):format(table.concat({ ... }, "\n"))
end

local function adsh(user, chunk, ...)
	return lab.adsh({ "--journal", state, "-f", "json", "-e", chunk, ... }, user)
end

local function sources(name)
	return lab.account(name, SOURCES)[SOURCES]
end

local function reset()
	for i = 1, 3 do
		lab.reset(("HOST%02d$"):format(i))
	end
	lab.must("rm -rf " .. state)
end

describe("rights", function()
	setup(function()
		reset()
		sid = samba_tool "user show user01 --attributes=objectSid":match "objectSid: (%S+)"
		dsacl("set", "HOST01$", SOURCES_GUID)
		dsacl("set", "HOST02$", SOURCES_GUID)
		dsacl("set", "HOST03$", UAC_GUID)
	end)
	before_each(reset)
	teardown(function()
		reset()
		if lab.samba(4, 19) then -- older ones cannot; the lab of the next run is a fresh one
			dsacl("delete", "HOST01$", SOURCES_GUID)
			dsacl("delete", "HOST02$", SOURCES_GUID)
			dsacl("delete", "HOST03$", UAC_GUID)
		end
	end)

	it("end a run by somebody without any before it begins, by name", function()
		local status, _, err = adsh("plain", plan_of([[delegation.allow("host01", "cifs/HOST02", { mode = "any" })]],
			[[delegation.allow("host02", "cifs/HOST01")]]))
		assert.equal(1, status)
		assert.matches("no right to write msDS%-AllowedToDelegateTo, userAccountControl of HOST01%$, HOST02%$", err)
		assert.matches("SeEnableDelegationPrivilege", err)
		assert.matches("Nothing was written", err)
		assert.same(2, (lab.sh("ls " .. state))) -- not even a journal
	end)

	it("cost an administrator one search", function()
		local status, out = adsh("labadmin", plan_of([[delegation.allow("host01", "cifs/HOST02", { mode = "any" })]],
			[[delegation.allow("host02", "cifs/HOST01")]], [[delegation.allow("host03", "cifs/HOST01")]]))
		assert.equal(0, status)
		local report = cjson.decode(out)
		assert.equal(3, report.changed)
		assert.equal(1, report.rights)
	end)

	it("of one attribute are enough for that attribute", function()
		local status, out, err = adsh("user01", plan_of([[delegation.allow_from("host01", "host03")]],
			[[delegation.allow_from("host02", "host03")]]))
		assert.equal(0, status, err)
		assert.equal(2, cjson.decode(out).changed)
		assert.is_truthy(sources "HOST01$")
		assert.is_truthy(sources "HOST02$")
	end)

	it("of one attribute are not enough for another", function()
		local status, _, err = adsh("user01", plan_of([[delegation.allow_from("host01", "host03")]],
			[[delegation.allow("host02", "cifs/HOST01")]]))
		assert.equal(1, status)
		assert.matches("no right to write msDS%-AllowedToDelegateTo of HOST02%$%.", err)
		assert.is_nil(sources "HOST01$")
	end)

	it("on one object are not enough for another", function()
		local status, _, err = adsh("user01", plan_of([[delegation.allow_from("host01", "host02")]],
			[[delegation.allow_from("host03", "host02")]]))
		assert.equal(1, status)
		assert.matches("no right to write " .. SOURCES:gsub("%-", "%%-") .. " of HOST03%$%.", err)
		assert.is_nil(sources "HOST01$")
	end)

	it("are not requested with --keep-going, which does what can be done", function()
		local status, _, err = adsh("user01", plan_of([[delegation.allow_from("host03", "host02")]],
			[[delegation.allow_from("host01", "host02")]]), "--keep-going")
		assert.equal(3, status)
		assert.matches("1 written, 1 refused", err)
		assert.is_truthy(sources "HOST01$")
		assert.is_nil(sources "HOST03$")
	end)

	it("do not tell of a privilege: then the first refusal ends the run", function()
		local status, _, err = adsh("user01", plan_of([[delegation.set_mode("host03", "any")]]))
		assert.equal(1, status)
		assert.matches("SeEnableDelegationPrivilege", err)
		status, _, err = adsh("user01", "plan.gate { window = 1 }; return " .. plan_of(
			[[delegation.set_mode("host03", "any")]], [[delegation.allow_from("host01", "host03")]],
			[[delegation.allow_from("host02", "host03")]]))
		assert.equal(1, status, err)
		assert.is_nil(sources "HOST01$")
		assert.is_nil(sources "HOST02$")
	end)
end)
