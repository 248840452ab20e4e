-- Every example of the help runs in the lab, in a dry run, so that nothing is left behind; where one fails, its
-- function is named.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

-- Runs them all, drops what each would write, and writes a list of { name, code, error, changes } into the file.
local RUN = [[
local common, plan = require "adsh.help.common", require "adsh.core.plan"
local session, file = require "adsh.session", require "adsh.core.file"
local list = {}
local PATH, KEYTAB = ...

local function drop(p)
	local none = {}
	for i = 1, #p:all() do
		none[i] = false
	end
	p:keep(none)
end

local function try(name, code)
	local f = assert(load("return " .. code, "=example", "t", session.environment) or
		load(code, "=example", "t", session.environment))
	local results = table.pack(pcall(f))
	local message = not results[1] and tostring(results[2])
	if results[1] then
		local ok, err = pcall(session.value, table.unpack(results, 2, results.n))
		message = not ok and tostring(err)
	end
	list[#list + 1] = { name = name, code = code, error = message or "", changes = plan.collected():count() }
	drop(plan.collected())
end

for _, entry in ipairs(require "adsh.help".entries()) do
	for _, code in ipairs(common.examples(entry.details)) do
		try(entry.name, (code:gsub("host01.keytab", KEYTAB)))
	end
end
assert(file.replace(PATH, "the list", require "cjson".encode(list)))
]]

describe("the examples of the help", function()
	local folder, list, script = os.tmpname(), {}, nil

	setup(function()
		os.remove(folder)
		lab.must("mkdir -m 700 " .. folder)
		script = lab.file(RUN)
		assert.equal(0, (lab.adsh { "-e", 'account.create "host99"' }))
		lab.adsh { "--allow-protected", "-e", 'gpo.create "old policy"' }
		lab.adsh { "-e", [=[folder.make [[\\fs1.alpha.test\data\new]]]=] }
		lab.adsh { "-e", [=[file.write([[\\fs1.alpha.test\data\hello.txt]], "hello\n")]=] }
		lab.must(lab.journaled(folder, "-e", 'delegation.allow("host08", "HTTP/example")')) -- to be undone
		local _, _, err = lab.adsh_as_is { "--dry-run", "-q", "--journal", folder, script, folder .. "/list",
			lab.keytabs .. "/host01.keytab" }
		local f = assert(io.open(folder .. "/list"), err)
		for _, one in ipairs(cjson.decode(f:read "a")) do
			list[#list + 1] = one
		end
		f:close()
	end)

	teardown(function()
		lab.reset "HOST08$"
		lab.adsh { "-e", 'account.delete "host99"' }
		lab.adsh { "--allow-protected", "-e", 'gpo.remove "old policy"' }
		lab.adsh { "-e", [=[folder.remove [[\\fs1.alpha.test\data\new]]]=] }
		lab.adsh { "-e", [=[file.remove [[\\fs1.alpha.test\data\hello.txt]]]=] }
		os.remove(script)
		lab.must("rm -r " .. folder)
	end)

	it("run", function()
		local failed = {}
		for _, one in ipairs(list) do
			failed[#failed + 1] = one.error ~= "" and ("%s: %s\n\t%s"):format(one.name, one.code, one.error) or nil
		end
		assert.equal("", table.concat(failed, "\n"))
		assert.is_true(#list > 80)
	end)

	it("of verbs that write have something to write", function()
		local changes = {}
		for _, one in ipairs(list) do
			changes[one.name] = math.max(changes[one.name] or 0, one.changes)
		end
		for _, name in ipairs {
			"account.create", "account.delete", "delegation.allow", "delegation.allow_from", "delegation.set_mode",
			"folder.grant", "folder.protect", "group.add", "group.create", "group.remove", "journal.undo", "share.add",
			"share.grant", "share.revoke", "share.remove", "share.set_acl", "spn.add", "spn.move", "spn.remove", "undo",
		} do
			assert.is_true((changes[name] or 0) > 0, name .. ": its example writes nothing")
		end
	end)

	it("leave nothing behind", function()
		assert.same({ "HTTP/example" }, lab.account("HOST08$", "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"])
		assert.is_nil(lab.account("HOST01$", "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"])
		assert.same({}, lab.search "(cn=host09)")
	end)
end)
