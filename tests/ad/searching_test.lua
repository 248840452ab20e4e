-- What is typed at the prompt to look around, and recipes as functions; judged by ldapsearch.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local function value(code)
	local status, out, err = lab.adsh { "-f", "json", "-e", code }
	assert.equal(0, status, err)
	return cjson.decode(out)
end

local function column(rows, field)
	local list = {}
	for i, row in ipairs(rows) do
		list[i] = row[field]
	end
	return list
end

local function dns(filter)
	local list = column(lab.search(filter, "dn"), "dn")
	table.sort(list)
	return list
end

describe("search", function()
	it("takes the beginning of a name, a pattern and a filter", function()
		for code, filter in pairs {
			['search "host0"'] = "(anr=host0)",
			['search "*ost03"'] = "(name=*ost03)",
			['search "(&(objectClass=group)(cn=Domain*))"'] = "(&(objectClass=group)(cn=Domain*))",
			['search{filter="(objectClass=*)", scope="one"}'] = nil,
		} do
			local found = column(value(code), "dn")
			table.sort(found)
			assert.same(dns(filter), found)
		end
	end)

	it("has the attributes that are named, typed", function()
		local rows = value 'search("(cn=HOST01)", "userAccountControl, cn")'
		assert.equal("HOST01", rows[1].cn)
		assert.equal(4096, rows[1].userAccountControl.value)
		assert.is_nil(rows[1].sAMAccountName)
	end)

	it("refuses a malformed filter", function()
		local status, _, err = lab.adsh { "-e", 'search "(cn=x"' }
		assert.is_true(status ~= 0)
		assert.is_truthy(err:find "filter")
	end)

	it("says which objects are disabled, and where they are", function()
		local rows = value 'search "krbtgt"'
		assert.equal("disabled", rows[1].state)
		assert.equal("Users", rows[1].where)
		assert.equal("user", rows[1].kind)
	end)
end)

describe("get and dir", function()
	it("are of the current directory", function()
		assert.equal("HOST01", value 'get("host01").cn')
		assert.equal("HOST01", value 'dir:get("host01").cn')
		assert.equal(lab.domain, value "dir:info().domain")
	end)
end)

describe("hosts", function()
	local function reset()
		for _, name in ipairs { "HOST01$", "HOST02$" } do
			lab.reset(name)
		end
	end
	setup(reset)
	teardown(reset)

	it("are the computers with Hyper-V's service principal names", function()
		assert.same(#dns "(servicePrincipalName=Microsoft Virtual System Migration Service/*)", #value "hosts.all()")
		assert.same({ "HOST02" }, column(value 'hosts.all "host02"', "host"))
		assert.equal(8, #value 'hosts.in_group "HyperV-Hosts"')
	end)

	it("lack what a job needs until it is written", function()
		local rows = value 'hosts.without("live-migration", {host = {"host01", "host02"}})'
		assert.same({ "HOST01", "HOST02" }, column(rows, "host"))
		assert.equal("1 of 1 targets", rows[1].missing)
		assert.equal("none", rows[1].mode)
		assert.equal(0, (lab.adsh { "run", "live-migration", "host01", "host02", "--protocol", "kerberos" }))
		rows = value 'hosts.without("live-migration", {host = {"host01", "host02"}})'
		assert.equal("protocol transition", rows[1].missing)
		assert.equal(0, (lab.adsh { "run", "live-migration", "host01", "host02" }))
		assert.same({}, value 'hosts.without("live_migration", {host = {"host01", "host02"}})')
	end)
end)

describe("a row of a list", function()
	it("stands for its object", function()
		assert.equal("HOST02$", value 'delegation.get(hosts.all "host02"[1]).account')
		assert.equal("HOST02$", value 'delegation.get(search("host02")[1]).account')
		assert.equal(2, #value 'delegation.matrix(hosts.all{"host01", "host02"}).hosts')
		local status, _, err = lab.adsh { "-e", "delegation.get{dn = 7}" }
		assert.is_true(status ~= 0)
		assert.is_truthy(err:find "name, object or entry expected", err)
	end)
end)

describe("run", function()
	setup(function() lab.reset "HOST01$" lab.reset "HOST02$" end)
	teardown(function() lab.reset "HOST01$" lab.reset "HOST02$" end)

	local function targets()
		return lab.account("HOST01$", "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"]
	end

	it("has each recipe as a function with the options of its command line", function()
		local r = value 'run.live_migration{"host01", "host02", services = {"cifs"}, dry_run = true}'
		assert.equal(2, #r.changes)
		assert.is_nil(targets())
		local status, _, err = lab.adsh { "-e", 'run.live_migration{"host01", "host02", services = "cifs"}' }
		assert.equal(0, status, err)
		assert.equal(2, #targets())
	end)

	it("names the nearest option and recipe", function()
		for code, said in pairs {
			["run.live_migration{grup = 'x'}"] = "did you mean group?",
			["run.live_migratin{}"] = "did you mean run.live_migration?",
		} do
			local status, _, err = lab.adsh { "-e", code }
			assert.is_true(status ~= 0)
			assert.is_truthy(err:find(said, 1, true), err)
		end
	end)

	it("collects into the plan that is open", function()
		local n = value [[(function() plan.on() run.replica{"host01", "host02"} delegation.allow("host03", "cifs/HOST01")
			local n = plan.current():count() plan.drop() return n end)()]]
		assert.equal(3, n)
	end)
end)

describe("a recipe of one's own", function()
	local home = os.tmpname()
	local folder = home .. "/.config/adsh/recipes"
	local RECIPE = [[
		return { summary = "allow one target", options = function(parser) parser:argument "host" end,
			prepare = function(args) delegation.allow(args.host, "cifs/HOST02") return {} end,
			report = function() print "that was mine" end }]]

	local function write(name, text)
		local f <close> = assert(io.open(folder .. "/" .. name, "w"))
		f:write(text)
	end

	local function adsh(words)
		local quoted = {}
		for i, word in ipairs(words) do
			quoted[i] = lab.quote(word)
		end
		return lab.sh(("HOME=%s XDG_CONFIG_HOME= KRB5CCNAME=%s %s %s"):format(home, lab.login "labadmin", lab.program,
			table.concat(quoted, " ")))
	end

	setup(function()
		os.remove(home)
		lab.must("mkdir -p -m 700 " .. folder)
		write("mine.lua", RECIPE)
		lab.reset "HOST01$"
	end)
	teardown(function()
		lab.must("rm -rf " .. home)
		lab.reset "HOST01$"
	end)

	it("is listed and run beside the bundled ones", function()
		assert.is_truthy(select(2, adsh { "run" }):find "mine +allow one target")
		local status, out, err = adsh { "--yes", "run", "mine", "host01" }
		assert.equal(0, status, err)
		assert.is_truthy(out:find "that was mine")
		assert.same({ "cifs/HOST02" }, lab.account("HOST01$", "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"])
		assert.equal(0, (adsh { "--yes", "-e", "run.mine{'host01'}" }))
	end)

	it("is not believed when others can write it", function()
		write("open.lua", RECIPE)
		lab.must("chmod 666 " .. folder .. "/open.lua")
		local status, _, err = adsh { "--yes", "run", "open", "host01" }
		assert.equal(6, status, err)
		lab.must("rm " .. folder .. "/open.lua")
	end)

	it("cannot take the name of a bundled one, nor loosen the rules", function()
		write("live-migration.lua", "error 'it ran'")
		local _, out = adsh { "run", "live-migration", "--help" }
		assert.is_truthy(out:find "Virtual System Migration")
		write("loose.lua", RECIPE:gsub("delegation.allow", "require 'adsh.core.plan'.gate{agreed = true} delegation.allow"))
		local status, _, err = adsh { "run", "loose", "host01" }
		assert.is_true(status ~= 0)
		assert.is_truthy(err:find "agreed", err)
	end)

	it("needs what a recipe has", function()
		write("half.lua", "return { summary = 'x' }")
		local status, _, err = adsh { "run", "half" }
		assert.equal(2, status)
		assert.is_truthy(err:find("half.lua is not a recipe", 1, true), err)
	end)
end)
