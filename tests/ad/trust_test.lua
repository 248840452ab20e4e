-- Trusts and what they let through, and the verdicts that follow. Flags are set by hand on the domain
-- controllers; the one-way trust is a real one.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local FOREST, SELECTIVE, QUARANTINED, NO_TGT, TGT = 0x8, 0x10, 0x4, 0x200, 0x800

local function json(chunk)
	local status, out, err = lab.adsh { "-d", "alpha.test", "-f", "json", "-e", chunk }
	assert(status == 0, err)
	return require "cjson".decode(out)
end

-- With a login of beta's own: where beta does not accept alpha's tickets.
local function own_login(chunk)
	local keytab = lab.beta(function() return lab.keytabs end) .. "/labadmin.keytab"
	return ([[connect { domain = "beta.test", user = "labadmin", keytab = "%s" } connect "alpha.test" ]]):format(keytab)
		.. chunk
end

local function attributes(alpha, beta)
	lab.set_trust("dc1", { trustAttributes = FOREST | alpha })
	lab.set_trust("dcb", { trustAttributes = FOREST | beta })
end

-- What alpha's directory says of its one trust.
local function first()
	local list = json "return trust.list()"
	assert.equal(1, #list)
	return list[1]
end

local function verdicts(chunk)
	local out = {}
	for _, row in ipairs(json(own_login("return topology.verdicts(" .. chunk .. ")"))) do
		out[row.source .. " " .. row.target] = row
	end
	return out["HOST01@alpha.test HOST01@beta.test"], out["HOST01@beta.test HOST01@alpha.test"], out
end

local BOTH = [[{ "host01", "host01@beta.test" }]]

local function samba(words)
	return lab.must(("%s/in.sh dc1 timeout 120 samba-tool %s -U Administrator@BETA.TEST%%%s"):format(lab.scripts,
		words, lab.quote(lab.password)))
end

local function create(direction)
	samba(("domain trust create beta.test --type=forest --direction=%s --create-location=both --skip-validation")
		:format(direction))
end

describe("trust.list", function()
	teardown(function() attributes(0, 0) end)

	it("tells partner, kind and direction", function()
		local t = first()
		assert.same({ "beta.test", "BETA", "forest", "two-way", true }, { t.partner, t.netbios, t.kind, t.direction,
			t.transitive })
		assert.equal("alpha.test and beta.test trust each other", t.words)
		assert.same({ "AES128_CTS_HMAC_SHA1_96", "AES256_CTS_HMAC_SHA1_96" }, t.enctypes)
		local shown = lab.search("(objectClass=trustedDomain)", "securityIdentifier", "CN=System,DC=alpha,DC=test")
		assert.equal(1, #shown)
		assert.matches("^S%-1%-5%-21%-%d+%-%d+%-%d+$", t.sid)
	end)

	for _, case in ipairs {
		{ 0, "tgt_delegation", false, "off: not enabled" },
		{ TGT, "tgt_delegation", true, "enabled" },
		{ TGT | NO_TGT, "tgt_delegation", false, "forbidden: NO_TGT_DELEGATION" },
		{ TGT | QUARANTINED, "tgt_delegation", false, "forbidden: the trust is quarantined" },
		{ SELECTIVE, "selective_authentication", true },
		{ QUARANTINED, "quarantined", true },
	} do
		it(("reads 0x%x: %s is %s"):format(FOREST | case[1], case[2], case[3]), function()
			attributes(case[1], 0)
			local t = first()
			assert.equal(case[3], t[case[2]])
			if case[4] then
				assert.matches(case[4], t.tgt_words, 1, true)
			end
		end)
	end
end)

describe("trust.path", function()
	teardown(function() attributes(0, 0) end)

	it("goes over the forest trust, and is empty within a domain", function()
		local p = json [[return trust.path("host01", "host01@beta.test")]]
		assert.equal(1, #p.hops)
		assert.same({ "alpha.test", "beta.test", true, true }, { p.hops[1].source, p.hops[1].target, p.two_way, p.open })
		assert.same({}, json [[return trust.path("host01@beta.test", "BETA\\host02")]].hops)
	end)

	it("takes each flag from the side on which it counts", function()
		attributes(TGT, SELECTIVE)
		local there = json(own_login [[return trust.path("host01", "host01@beta.test")]]).hops[1]
		local back = json(own_login [[return trust.path("host01@beta.test", "host01")]]).hops[1]
		assert.same({ true, true }, { there.tgt_delegation, there.selective_authentication })
		assert.same({ false, false }, { back.tgt_delegation, back.selective_authentication })
		assert.matches("Allowed to authenticate", table.concat(there.forbids, "\n"), 1, true)
	end)
end)

describe("topology", function()
	teardown(function() attributes(0, 0) end)
	before_each(function() attributes(0, 0) end)

	it("is constrained delegation in a domain, resource-based over a two-way trust", function()
		local there, back, all = verdicts [[{ "host01", "host02", "host01@beta.test" }]]
		assert.same({ "rbcd", "rbcd", "kcd" }, { there.verdict, back.verdict,
			all["HOST01@alpha.test HOST02@alpha.test"].verdict })
	end)

	it("follows selective authentication", function()
		attributes(0, SELECTIVE)
		local there, back = verdicts(BOTH)
		assert.equal("impossible", there.verdict)
		assert.matches("Allowed to authenticate", there.why, 1, true)
		assert.equal("rbcd", back.verdict)
	end)

	it("follows TGT delegation: nobody's absence of 0x200 enables it", function()
		local _, back = verdicts [[{ "host01", "host01@beta.test" }, { as = "labadmin" }]]
		assert.matches("TGT delegation from alpha.test to beta.test is off", back.any_service_blocked, 1, true)
		attributes(TGT, 0)
		_, back = verdicts [[{ "host01", "host01@beta.test" }, { as = "labadmin" }]]
		assert.falsy(back.any_service_blocked)
		attributes(TGT | QUARANTINED, 0)
		_, back = verdicts [[{ "host01", "host01@beta.test" }, { as = "labadmin" }]]
		assert.matches("quarantined", back.any_service_blocked, 1, true)
	end)

	it("needs an administrator who can be delegated", function()
		for name, words in pairs { sensitive = "marked sensitive", protected = "Protected Users" } do
			local there = verdicts(([[{ "host01", "host01@beta.test" }, { as = "%s@beta.test" }]]):format(name))
			assert.equal("impossible", there.verdict)
			assert.matches(words, there.why, 1, true)
		end
	end)

	it("knows Credential Guard of Windows Server 2025", function()
		local function system(name)
			lab.modify(("dn: %s\nchangetype: modify\nreplace: operatingSystem\noperatingSystem: %s\n"):format(
				lab.account("HOST01$", "dn").dn, name))
		end
		system "Windows Server 2025 Standard"
		finally(function() system "Windows Server 2022 Datacenter" end)
		local there, back = verdicts(BOTH)
		assert.matches("Credential Guard", there.any_service_blocked, 1, true)
		assert.not_matches("Credential Guard", back.any_service_blocked or "", 1, true)
	end)

	it("leaves constrained delegation when the values of one object do not suffice", function()
		local status, out, err = lab.adsh { "-d", "alpha.test", "-f", "json", "--value-budget", "5", "-e",
			[[return topology.verdicts { "host01", "host02" }]] }
		assert.equal(0, status, err)
		assert.equal("rbcd", require "cjson".decode(out)[1].verdict)
	end)
end)

describe("a one-way trust", function()
	setup(function()
		samba "domain trust delete beta.test --delete-location=both"
		create "incoming" -- beta trusts alpha
	end)
	teardown(function()
		samba "domain trust delete beta.test --delete-location=both"
		create "both"
	end)

	it("is told with its direction from both sides", function()
		assert.same({ "inbound", "outbound" }, { first().direction,
			json [[return trust.list(directory.of "beta.test")]] [1].direction })
	end)

	it("is open in one direction only", function()
		local there = json [[return trust.path("host01", "host01@beta.test")]]
		local back = json [[return trust.path("host01@beta.test", "host01")]]
		assert.same({ true, false, false, false }, { there.open, there.two_way, back.open, back.two_way })
	end)

	it("leaves the fallback where it can work, and nothing where it cannot", function()
		local there, back = verdicts(BOTH)
		assert.equal("any-service", there.verdict)
		assert.matches("one-way", there.why, 1, true)
		assert.matches("only for administrators of alpha.test", there.why, 1, true)
		assert.equal("impossible", back.verdict)
		attributes(TGT, 0)
		finally(function() attributes(0, 0) end)
		local now = select(2, verdicts(BOTH))
		assert.equal("any-service", now.verdict)
		assert.matches("only for administrators of alpha.test", now.why, 1, true)
	end)
end)
