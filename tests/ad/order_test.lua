-- Changes that need each other: the second half is not written unless the first one is, through every way in, and
-- what was not tried says so. A domain controller refuses by its own access lists; ldapsearch sees what became of it.
package.path = "tests/ad/?.lua;" .. package.path
local cjson = require "cjson"
local lab = require "lab"

local SPN_GUID = "f3a64788-5306-11d1-a9c5-0000f80367c1" -- servicePrincipalName, [MS-ADA3]
local NAME, OTHER, GROUP = "HTTP/order.alpha.test", "HTTP/other.alpha.test", "ordergroup"
local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local state = lab.must "mktemp -d":gsub("%s", "")
local sid

local function samba_tool(words)
	return lab.must(("KRB5CCNAME=%s samba-tool %s -H ldap://%s --use-kerberos=required"):format(
		lab.login "Administrator", words, lab.dc))
end

-- Lets user01 write the names of a host, or takes that back.
local function dsacl(verb, name)
	samba_tool(("dsacl %s --objectdn=%s --sddl='(OA;;RPWP;%s;;%s)'"):format(verb, lab.account(name, "cn").dn, SPN_GUID,
		sid))
end

local function adsh(user, ...)
	return lab.adsh({ "-y", "--journal", state, ... }, user)
end

local function ok(...)
	local status, out, err = adsh("labadmin", ...)
	assert.equal(0, status, err)
	return out
end

local function newest()
	return lab.must("ls " .. state):match "(%S+)%.jsonl%s*$"
end

local function journal_of(id)
	return cjson.decode((ok("-f", "json", "journal", id)))
end

-- Keeps the lines of a journal as long as they match nothing.
local function cut_off(id, pattern)
	lab.must(("sed -i '/%s/,$d' %s/%s.jsonl"):format(pattern, state, id))
end

local function has(host, name)
	for _, v in ipairs(lab.account(host, "servicePrincipalName").servicePrincipalName or {}) do
		if v:lower() == name:lower() then
			return true
		end
	end
	return false
end

local function names(verb, host, ...)
	local lines = { "dn: " .. lab.account(host, "cn").dn, "changetype: modify", verb .. ": servicePrincipalName" }
	for _, name in ipairs { ... } do
		lines[#lines + 1] = "servicePrincipalName: " .. name
	end
	lab.modify(table.concat(lines, "\n") .. "\n")
end

local function clear()
	for host, list in pairs { HOST01 = { NAME, OTHER }, HOST02 = { NAME, OTHER } } do
		for _, name in ipairs(list) do
			if has(host .. "$", name) then
				names("delete", host .. "$", name)
			end
		end
	end
	for i = 1, 3 do
		lab.reset(("HOST%02d$"):format(i))
	end
	lab.sh(("%s/in.sh dc1 samba-tool group delete %s"):format(lab.scripts, GROUP))
end

-- What user01 does with MORE or its way back: one of its three changes is refused, and one waits for that.
local function in_part(...)
	local status, _, err = adsh("user01", "--keep-going", ...)
	assert.equal(3, status, err)
	assert.matches("1 written, 1 refused, 0 sent without an answer, 1 not tried", err)
end

-- user01 may write host02 and host03 only, so that host01 does not let its name go.
local function not_moved()
	assert.is_true(has("HOST01$", NAME))
	assert.is_false(has("HOST02$", NAME))
end

local MOVE = ("spn.move(%q, 'host02')"):format(NAME)
local MORE = ("return plan(function() %s; spn.add('host03', %q) end):apply()"):format(MOVE, OTHER)

local function saved_plan(code)
	local file = lab.file ""
	os.remove(file)
	local status, _, err = adsh("labadmin", "--plan-out", file, "-e", code)
	assert.equal(4, status, err)
	return file
end

describe("a change that needs another one", function()
	setup(function()
		sid = samba_tool "user show user01 --attributes=objectSid":match "objectSid: (%S+)"
		dsacl("set", "HOST02$")
		dsacl("set", "HOST03$")
	end)
	before_each(function()
		clear()
		if has("HOST03$", OTHER) then
			names("delete", "HOST03$", OTHER)
		end
		lab.must(("rm -f %s/*"):format(state))
		names("add", "HOST01$", NAME)
	end)
	teardown(function()
		clear()
		if has("HOST03$", OTHER) then
			names("delete", "HOST03$", OTHER)
		end
		if lab.samba(4, 19) then -- older ones cannot; the lab of the next run is a fresh one
			dsacl("delete", "HOST02$")
			dsacl("delete", "HOST03$")
		end
		lab.must("rm -rf " .. state)
	end)

	it("is not sent when that one is refused before", function()
		local status, _, err = adsh("user01", "-e", MOVE)
		assert.equal(1, status)
		assert.matches("HOST01", err)
		not_moved()
	end)

	it("is not tried when the server refuses that one, and the rest is done with --keep-going", function()
		in_part("-e", MORE)
		not_moved()
		assert.is_true(has("HOST03$", OTHER))
		local r = journal_of(newest())
		assert.equal("partial", r.status)
		local states = {}
		for _, c in ipairs(r.intents) do
			states[c.label] = c.state
		end
		assert.same({ ["HOST01$"] = "failed", ["HOST02$"] = "pending", ["HOST03$"] = "done" }, states)
	end)

	it("says why it was not tried", function()
		local _, out = adsh("user01", "--keep-going", "-e", ([[
			local p = plan(function() %s end)
			pcall(p.apply, p)
			for _, c in ipairs(p:changes()) do print(c.label, c.state, c.error and c.error.message) end
		]]):format(MOVE))
		assert.matches("HOST02%$\tpending\tnot tried: it depends on another change of this run, which failed", out)
		not_moved()
	end)

	it("waits in a plan file, too", function()
		local file = saved_plan(MORE)
		in_part("apply", file)
		not_moved()
		assert.equal(0, (adsh("labadmin", "apply", file)))
		os.remove(file)
		assert.is_false(has("HOST01$", NAME))
		assert.is_true(has("HOST02$", NAME))
	end)

	it("waits in a run that goes on", function()
		ok("-e", MORE)
		local id = newest()
		cut_off(id, '"type":"result"')
		names("delete", "HOST02$", NAME)
		names("delete", "HOST03$", OTHER)
		names("add", "HOST01$", NAME)
		in_part("resume", id)
		not_moved()
		ok("resume", id)
		assert.is_false(has("HOST01$", NAME))
		assert.is_true(has("HOST02$", NAME))
		assert.equal("done", journal_of(id).status)
	end)

	it("comes first when it is taken back, and the other one waits", function()
		ok("-e", MORE)
		local id = newest()
		dsacl("delete", "HOST02$")
		dsacl("set", "HOST01$")
		finally(function()
			dsacl("set", "HOST02$")
			dsacl("delete", "HOST01$")
		end)
		in_part("undo", id)
		assert.is_false(has("HOST01$", NAME))
		assert.is_true(has("HOST02$", NAME))
		ok("undo", id)
		not_moved()
		ok("undo", newest())
		assert.is_true(has("HOST02$", NAME))
	end)

	it("is refused when both need each other, in words", function()
		names("add", "HOST02$", OTHER)
		local status, _, err = adsh("labadmin", "-e", ([[
			return plan(function()
				spn.move(%q, "host02")
				spn.move(%q, "host01")
			end):apply()
		]]):format(NAME, OTHER))
		assert.equal(6, status)
		assert.matches("HOST0[12]%$ and HOST0[12]%$ depend on each other: each requires the other", err)
		assert.matches("write them as two plans", err)
		not_moved()
		assert.is_true(has("HOST02$", OTHER))
		assert.equal(2, (lab.sh(("ls %s/*"):format(state)))) -- not even a journal
	end)

	local GIVE = ([[
		return plan(function()
			local made = group.create(%q, { container = %q, members = "host02" })
			delegation.allow_from("host01", made.sid)
			delegation.allow("host02", "cifs/host03")
		end):apply()
	]]):format(GROUP, "OU=Hosts," .. lab.base)

	it("is left out with what it needs, when that has drifted", function()
		local file = saved_plan(GIVE)
		samba_tool(("group add %s --group-scope=Global --groupou=OU=Hosts"):format(GROUP)) -- somebody else's
		local status, _, err = adsh("labadmin", "apply", file)
		assert.equal(6, status, err)
		status, _, err = adsh("labadmin", "--partial", "apply", file)
		os.remove(file)
		assert.equal(0, status, err)
		assert.matches("HOST01%$ requires " .. GROUP .. ", which is skipped", err)
		assert.is_nil(lab.account("HOST01$", SOURCES)[SOURCES])
		assert.is_truthy(lab.account("HOST02$", "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"])
	end)

	it("gets the SID of a group that was made again, and of which a run that was killed knew", function()
		ok("-e", GIVE)
		local first = newest()
		ok("undo", first)
		assert.is_nil(lab.account("HOST01$", SOURCES)[SOURCES])
		ok("undo", newest())
		local id = newest()
		-- as if it was killed once the group was there: nothing after its result is in the journal, or was done
		lab.must(("sed -i '1,/\"type\":\"result\",.*\"sid\":/!d' %s/%s.jsonl"):format(state, id))
		lab.reset "HOST01$"
		ok("resume", id)
		local text = samba_tool(("group show %s --attributes=objectSid"):format(GROUP)):match "objectSid: (%S+)"
		local shown = lab.must(("%s/in.sh dc1 ldbsearch -H /var/lib/samba/private/sam.ldb --show-binary -s base -b %s %s")
			:format(lab.scripts, lab.quote(lab.account("HOST01$", "cn").dn), SOURCES))
		assert.equal(text, shown:match "trustee%s*: (S%-1%-5%-21%S+)")
	end)
end)
