-- Values of delegation lists and SPN lists that are none: every reader shows them, every writer leaves, takes away or
-- gives back exactly what is there. Samba's own library puts them there and says what is there afterwards.
package.path = "tests/ad/?.lua;" .. package.path
local cjson = require "cjson"
local lab = require "lab"
local outside = require "outside"
local text = require "adsh.core.text"

local TARGETS, NAMES, UAC = "msDS-AllowedToDelegateTo", "servicePrincipalName", "userAccountControl"
local MIGRATION = "Microsoft Virtual System Migration Service"
local SOURCE, OWNER = "CN=HOST06,OU=Hosts," .. lab.base, "CN=HOST07,OU=Hosts," .. lab.base

local ODD = {
	"http/:80", "cifs\\fs1.alpha.test", "fs1.alpha.test", "cifs/host 01", "cifs/", "/host02", "/", "//", "cifs//x", " ",
	" cifs/host98", "cifs/host99 ", "cifs/host02:", "cifs/host02/", "cifs/[::1", ":", ".", "=1+1/host02", "cifs/.",
	"cifs/a\nb", "cifs/\27[31mred", "cifs/\1\127", "cifs/\xe2\x80\xae.test", MIGRATION,
	MIGRATION .. "/", MIGRATION .. "/:80", "cifs/%s%n", ("cifs/"):rep(50),
}

local dc, names_before, state
local odd_names = {} -- those of ODD that this Samba takes as service principal names

local function sorted(list)
	local copy = table.move(list, 1, #list, 1, {})
	table.sort(copy)
	return copy
end

local function with(list, ...)
	return sorted(table.move({ ... }, 1, select("#", ...), #list + 1, table.move(list, 1, #list, 1, {})))
end

local function has(dn, attribute)
	return sorted(dc:get(dn, attribute))
end

-- adsh with a journal of its own.
local function adsh(...)
	return lab.adsh { "--journal", state, ... }
end

local function must(...)
	local status, out, err = adsh(...)
	assert.equal(0, status, err)
	return out, err
end

local function last_run()
	return lab.must("ls " .. state):match "([%w.-]+)%.jsonl\n$"
end

-- No byte of the text can act on a terminal: RFC 8259 and RFC 4180 aside, this is what people see.
local function is_harmless(shown)
	assert.is_nil(shown:match "[%z\1-\8\11-\31\127]", ("%q"):format(shown))
	assert.is_truthy(utf8.len(shown), ("%q"):format(shown))
end

-- The values of a JSON list as bytes: what is no text is { base64 = }.
local function bytes(list)
	local all = {}
	for i, v in ipairs(list) do
		all[i] = type(v) == "table" and text.unbase64(v.base64) or v
	end
	return sorted(all)
end

describe("malformed values", function()
	setup(function()
		dc = outside.open "dc1"
		names_before = dc:get(OWNER, NAMES)
		for _, v in ipairs(ODD) do
			odd_names[#odd_names + 1] = pcall(dc.replace, dc, OWNER, NAMES, with(names_before, v)) and v or nil
		end
		assert.is_true(#odd_names > 5, #odd_names)
		state = lab.must "mktemp -d":gsub("%s", "")
	end)

	teardown(function()
		lab.must("rm -rf " .. state)
		dc:close()
	end)

	before_each(function()
		dc:replace(SOURCE, TARGETS, ODD)
		dc:replace(OWNER, NAMES, with(names_before, table.unpack(odd_names)))
		assert.same(sorted(ODD), has(SOURCE, TARGETS))
		assert.same(with(names_before, table.unpack(odd_names)), has(OWNER, NAMES))
	end)

	after_each(function()
		dc:replace(OWNER, NAMES, names_before)
		lab.reset "HOST06$"
		lab.must(("rm -rf %s/*"):format(state))
	end)

	local READERS = {
		"delegation.get 'host06'", "delegation.get 'host07'", "delegation.inbound 'host02'", "delegation.inbound 'host07'",
		"delegation.matrix { 'host02', 'host06', 'host07' }", "directory.current():get 'host06'",
		"directory.current():find { filter = '(cn=host07)' }", "spn.list 'host07'", "spn.duplicates()",
		"delegation.protected 'host06'", "topology.verdicts { 'host06', 'host07' }",
	}

	it("are shown by every reader in every format", function()
		for _, code in ipairs(READERS) do
			for _, format in ipairs { "table", "csv", "json" } do
				local status, out, err = adsh("-f", format, "-e", "return " .. code)
				assert.equal(0, status, code .. " " .. format .. err)
				is_harmless(format == "csv" and out:gsub("\r\n", "\n") or out)
				is_harmless(err)
			end
		end
		is_harmless((must("-f", "ldif", "-e", "return directory.current():get 'host06'")))
		local r = cjson.decode((must("-f", "json", "-e", "return delegation.get 'host06'")))
		assert.same(sorted(ODD), bytes(r.targets))
	end)

	it("are shown by recipes that only read", function()
		for _, words in ipairs { { "audit" }, { "audit", "host06", "host07", "host02" },
			{ "spn", "list", "host07" }, { "spn", "check", "host07", "--bundle", "live-migration" },
			{ "kcd", "--show", "--source", "host06", "--target", "host07" } } do
			for _, format in ipairs { "table", "json", "csv" } do
				local status, out, err = adsh("-f", format, "run", table.unpack(words))
				assert.is_true(status == 0 or status == 4, table.concat(words, " ") .. status .. err)
				is_harmless(format == "csv" and out:gsub("\r\n", "\n") or out)
				is_harmless(err)
			end
		end
		local path = state .. "/page.html"
		must("run", "audit", "--html", path)
		local f <close> = assert(io.open(path))
		is_harmless(f:read "a")
	end)

	it("go with set_mode, and come back with undo", function()
		for _, mode in ipairs { "none", "kerberos", "any" } do
			local _, err = must("-e", ("delegation.set_mode('host06', %q)"):format(mode))
			is_harmless(err)
			assert.same(mode == "none" and {} or sorted(ODD), has(SOURCE, TARGETS))
			if mode ~= "kerberos" then -- which changes nothing
				is_harmless((must("journal", last_run())))
				must("undo", last_run())
				assert.same(sorted(ODD), has(SOURCE, TARGETS))
			end
		end
		assert.same({ "4096" }, dc:get(SOURCE, UAC))
	end)

	it("are listed one by one where values are grouped by service class", function()
		dc:replace(SOURCE, TARGETS, { "cifs/a", "cifs/b:1", "cifs/host 01", "fs1", " ", "cifs/c/", "http/:80" })
		local _, _, err = adsh("-n", "-e", "delegation.set_mode('host06', 'none')")
		local lines = {}
		for line in err:gmatch "\n    (%- [^\n]*)" do
			lines[#lines + 1] = line
		end
		assert.same({ '- " "', "- cifs/c/", "- cifs/host 01", "- fs1", "- http/:80", "- cifs/ of a b (2 values)" }, lines)
	end)

	local function without(list, value)
		for i, one in ipairs(list) do
			if one == value then
				table.remove(list, i)
				return true
			end
		end
	end

	it("are taken away one by one, and no other with them", function()
		local targets, names = sorted(ODD), sorted(odd_names)
		local function remove(verb, account, v)
			must("-e", ("%s('%s', require 'adsh.core.text'.unbase64(arg[1]))"):format(verb, account), text.base64(v))
		end
		for i = 1, #ODD, 3 do
			if without(targets, ODD[i]) then
				remove("delegation.revoke", "host06", ODD[i])
				assert.same(targets, has(SOURCE, TARGETS))
			end
			if without(names, ODD[i]) then
				remove("spn.remove", "host07", ODD[i])
				assert.same(with(names_before, table.unpack(names)), has(OWNER, NAMES))
			end
		end
		assert.equal(2, (adsh("-e", "delegation.revoke('host06', 'fs9')")))
	end)

	it("stay with what is added and pruned beside them", function()
		local _, err = must("run", "live-migration", "--prune", "host06", "host07")
		is_harmless(err)
		local now = {}
		for _, v in ipairs(has(SOURCE, TARGETS)) do
			now[v] = true
		end
		for _, v in ipairs(ODD) do
			assert.is_true(now[v] or v:lower():find(MIGRATION:lower() .. "/", 1, true) ~= nil, v)
		end
		must("undo", last_run())
		assert.same(sorted(ODD), has(SOURCE, TARGETS))
		must("run", "spn", "register", "host07", "--bundle", "replica")
		must("-e", "delegation.allow('host06', 'cifs/host07')")
		assert.same(with(ODD, "cifs/host07"), has(SOURCE, TARGETS))
	end)

	it("go through plan files and journals as they are", function()
		local path = state .. "/odd.plan"
		local status, _, err = adsh("--plan-out", path, "-e", "delegation.set_mode('host06', 'none')")
		assert.equal(4, status, err)
		assert.same(sorted(ODD), has(SOURCE, TARGETS))
		local out = must("apply", path)
		is_harmless(out)
		assert.same({}, has(SOURCE, TARGETS))
		local run = last_run()
		for _, format in ipairs { "table", "json", "csv" } do
			is_harmless((must("-f", format, "journal", run)):gsub("\r\n", "\n"))
		end
		status, out, err = adsh("-n", "undo", run)
		assert.equal(4, status, err)
		is_harmless(out)
		is_harmless(err)
		must("undo", run)
		assert.same(sorted(ODD), has(SOURCE, TARGETS))
		must("undo", last_run())
		assert.same({}, has(SOURCE, TARGETS))
	end)
end)
