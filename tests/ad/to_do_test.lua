-- What is told after a run that changed delegation, by the tickets that hosts can have. The judges: kinit, which logs
-- in, and ldapsearch, which sees when that was.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local NEW, GROUP = "TODO1$", "Todo-Hosts"
local AFTER = "; after a refusal in the last 15 minutes: klist purge -li 0x3e7"
local OLDER = ": klist purge -li 0x3e7, its tickets "

-- What is said on standard error after a script with this call, each line.
local function after(code)
	local status, out, err = lab.adsh { "--allow-widening", "-e", "local _ = " .. code }
	assert.equal(0, status, out .. err)
	local list = {}
	for line in err:gmatch "[^\n]+" do
		list[#list + 1] = line
	end
	return list
end

local function drop(dn)
	lab.modify(("dn: %s\nchangetype: delete\n"):format(dn))
end

describe("after a run", function()
	local new, group = "CN=TODO1,OU=Hosts," .. lab.base, ("CN=%s,%s"):format(GROUP, lab.base)

	setup(function() -- a host that never logged in, and a group
		lab.modify(("dn: %s\nchangetype: add\nobjectClass: computer\nsAMAccountName: %s\nuserAccountControl: 4096\n"):format(
			new, NEW))
		lab.modify(("dn: %s\nchangetype: add\nobjectClass: group\nsAMAccountName: %s\n"):format(group, GROUP))
		lab.log_in "host01"
		lab.log_in "host02"
		assert.is_not_nil(lab.account("HOST01$", "lastLogon").lastLogon)
		assert.is_true((lab.account(NEW, "lastLogon").lastLogon or { "0" })[1] == "0")
	end)

	teardown(function()
		drop(new)
		drop(group)
		for _, name in ipairs { "HOST01$", "HOST02$", "HOST03$" } do
			lab.reset(name)
		end
	end)

	it("hosts that have tickets are told about refusals, others that it works; like ones are one line", function()
		assert.same({ "works now on HOST01, HOST02" .. AFTER, "works now on TODO1 (no older tickets there)" }, after [[
			plan(function()
				for _, h in ipairs { "host01", "host02", "TODO1" } do
					delegation.allow(h, "cifs/host03.alpha.test", { mode = "any" })
				end
			end):apply()]])
		assert.same({ "no longer allowed on HOST01; a ticket that is there lasts up to 15 minutes, unless: "
			.. "klist purge -li 0x3e7" }, after 'delegation.revoke("host01", "cifs/host03.alpha.test")')
	end)

	it("resource-based delegation is about its sources", function()
		assert.same({ "works now on HOST01" .. AFTER }, after 'delegation.allow_from("host03", { "host01" })')
	end)

	it("members of a group need tickets that name it", function()
		assert.same({ "to do on HOST01" .. OLDER .. "do not name Todo-Hosts yet",
			"Todo-Hosts is valid now on TODO1 (no older tickets there)",
			"to do for user01: log on again, tickets from before do not name Todo-Hosts" },
			after('group.add("Todo-Hosts", { "host01", "TODO1", "user01" })'))
		assert.same({ "to do on user01: log off, tickets from before name Todo-Hosts until they end" },
			after('group.remove("Todo-Hosts", { "user01" })'))
		local code = 'delegation.allow_from("host03", { "Todo-Hosts" })'
		assert.same({ "to do on HOST01" .. OLDER .. "are older than the last change of Todo-Hosts",
			"works now on TODO1 (no older tickets there)" }, after(code))
		assert.same({
			"no longer allowed on HOST01; a ticket that is there lasts up to 15 minutes, unless: klist purge -li 0x3e7",
			"no longer allowed on TODO1 (no older tickets there)" }, after((code:gsub("allow", "revoke"))))
		lab.sh "sleep 1" -- whenChanged has seconds
		lab.log_in "host01"
		assert.same({ "works now on HOST01" .. AFTER, "works now on TODO1 (no older tickets there)" }, after(code))
	end)

	it("nothing is told of what has to do with neither", function()
		assert.same({}, after 'spn.add("host03", "HTTP/todo.alpha.test"); spn.remove("host03", "HTTP/todo.alpha.test")')
	end)
end)
