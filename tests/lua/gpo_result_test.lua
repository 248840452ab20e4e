-- What policies come to, without a server: the order of links (MS-GPOL 3.2.5.1.5), subnets, what several of them say.
describe("the order of policies", function()
	local order = require "adsh.gpo.result_order"

	local function link(name, bits)
		return ("[LDAP://CN={%s},CN=Policies;%d]"):format(name, bits)
	end

	local function names(containers)
		local list = {}
		for i, row in ipairs(order.of(containers)) do
			list[i] = row.guid:match "%w+" .. (row.blocked_by and " blocked" or "") .. (row.disabled and " disabled" or "")
		end
		return list
	end

	it("is that of the containers, enforced ones of the highest container last", function()
		assert.same({ "A", "C", "E", "F", "1", "D", "2", "B" }, names {
			{ dn = "site", gPLink = link("A", 0) .. link("B", 2) },
			{ dn = "domain", gPLink = link("C", 0) .. link("D", 2) .. link("2", 2) .. link("E", 0) },
			{ dn = "ou", gPLink = link("F", 0) .. link("1", 2) },
		})
	end)

	it("has links that are blocked by a container further in, but for enforced ones", function()
		assert.same({ "A blocked", "C blocked", "E disabled", "D" }, names {
			{ dn = "site", gPLink = link("A", 0) },
			{ dn = "domain", gPLink = link("C", 0) .. link("D", 2), blocks = true },
			{ dn = "ou", gPLink = link("E", 1), blocks = true },
		})
	end)

	it("copes with what is no link", function()
		assert.same({}, names { { dn = "domain", gPLink = "[what is this]" }, { dn = "ou" } })
	end)
end)

describe("the subnet of a host", function()
	local site = require "adsh.gpo.result_site"
	local SUBNETS = site.subnets {
		{ name = "10.0.0.0/8", site = "wide" }, { name = "10.77.1.0/25", site = "low" },
		{ name = "10.77.1.128/25", site = "high" }, { name = "fd00:1::/33", site = "six" },
		{ name = "10.77.0.0/16", site = "middle" },
		{ name = "nonsense", site = "x" }, { name = "10.0.0.0/99", site = "x" }, { name = "0.0.0.0/0", site = "any" },
	}

	it("is the narrowest one, of IPv4 and IPv6", function()
		for address, expected in pairs { ["10.77.1.127"] = "low", ["10.77.1.128"] = "high", ["10.77.2.1"] = "middle",
			["10.1.1.1"] = "wide", ["11.1.1.1"] = "any", ["fd00:1:0:0:1::1"] = "six" } do
			assert.equal(expected, site.subnet_of({ address }, SUBNETS).site, address)
		end
		assert.is_nil((site.subnet_of({ "fd00:1:8000::1" }, SUBNETS)))
		assert.is_nil((site.subnet_of({}, SUBNETS)))
		local s, at = site.subnet_of({ "11.1.1.1", "10.77.1.1" }, SUBNETS)
		assert.same({ "low", "10.77.1.1" }, { s.site, at })
	end)
end)

describe("settings of several policies", function()
	local result_settings = require "adsh.gpo.result_settings"
	local SIDS = { Administrators = "S-1-5-32-544", ALPHA = "S-1-5-21-1" }
	local NAMES = {
		sid = function(name) return name:find "^S%-1" and name or SIDS[name] end,
		shown = function(name) return name end,
	}

	local function policy(name, settings)
		local all = { restricted_groups = {}, preference_groups = {}, rights = {}, firewall = {}, scripts = {} }
		for key, v in pairs(settings) do
			all[key] = v
		end
		return { name = name, settings = all }
	end

	local function told(rows)
		local list = {}
		for i, row in ipairs(rows) do
			list[i] = ("%s %s %s [%s] %s"):format(row.policy, row.action, row.group, table.concat(row.members, " "),
				table.concat(row.overrules, " "))
		end
		return list
	end

	it("of groups: members are replaced by the last one, by name or SID; others are added", function()
		local rows = result_settings.of({
			policy("one", { restricted_groups = { { group = "Administrators", members = { "a" } },
				{ group = "G", memberof = { "Administrators", "S-1-5-32-578" } } } }),
			policy("two", { restricted_groups = { { group = "S-1-5-32-544", members = {} },
				{ group = "G", memberof = { "S-1-5-32-544" } }, { group = "H", memberof = { "S-1-5-32-544" } } } }),
		}, NAMES)
		assert.same({ "two replaces S-1-5-32-544 [] one", "one adds S-1-5-32-578 [G] ", "two adds S-1-5-32-544 [G] one",
			"two adds S-1-5-32-544 [H] " }, told(rows))
		assert.same({ false }, rows[3].sids)
	end)

	it("of preferences: all are carried out, before security settings; disabled ones are not", function()
		local function item(more)
			local row = { group = "Administrators (built-in)", action = "U", members = {} }
			for key, v in pairs(more) do
				row[key] = v
			end
			return row
		end
		local rows = result_settings.of({
			policy("one", { restricted_groups = { { group = "X", members = {} } }, preference_groups = { item { members = {
				{ name = "a", action = "ADD" }, { name = "b", sid = "S-1-5-21-9", action = "REMOVE" } } } } }),
			policy("two", { preference_groups = { item { disabled = true, members = { { name = "c", action = "ADD" } } },
				item { empties = true }, item { action = "D" }, item { action = "R", members = { { name = "d", action = "ADD" } } },
				item {} } }),
		}, NAMES)
		assert.same({ "one removes S-1-5-32-544 [S-1-5-21-9] ", "one adds S-1-5-32-544 [a] ",
			"two replaces S-1-5-32-544 [] ", "two deletes S-1-5-32-544 [] ", "two replaces S-1-5-32-544 [d] ",
			"one replaces X [] " }, told(rows))
	end)

	it("of rights and rules: the last one decides, whatever the case; an empty right is nobody's", function()
		local _, rights, rules, scripts = result_settings.of({
			policy("one", { rights = { SeNetworkLogonRight = { "Administrators", "x" } }, scripts = { "a.ps1" },
				firewall = { { value = "r", name = "first", from = {} }, { value = "s", from = {} } } }),
			policy("two", { rights = { senetworklogonright = {} }, scripts = { "b.ps1" },
				firewall = { { value = "R", name = "second", lport = "445", from = { "10.0.0.0/8" } } } }),
		}, NAMES)
		assert.equal(1, #rights)
		assert.same({ {}, "two", { "one" } }, { rights[1].who, rights[1].policy, rights[1].overrules })
		assert.same({ "s", "second" }, { rules[1].rule, rules[2].rule })
		assert.same({ "445", { "one" }, "10.0.0.0/8" }, { rules[2].lport, rules[2].overrules, rules[2].from[1] })
		assert.same({ "a.ps1", "b.ps1" }, { scripts[1].script, scripts[2].script })
	end)
end)
