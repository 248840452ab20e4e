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

local it_new = lab.since(4, 19, it, pending, "has domains of level 2008 R2: no resource-based delegation")

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

	it_new("is constrained delegation in a domain, resource-based over a two-way trust", function()
		local there, back, all = verdicts [[{ "host01", "host02", "host01@beta.test" }]]
		assert.same({ "rbcd", "rbcd", "kcd" }, { there.verdict, back.verdict,
			all["HOST01@alpha.test HOST02@alpha.test"].verdict })
	end)

	it_new("follows selective authentication", function()
		attributes(0, SELECTIVE)
		local there, back = verdicts(BOTH)
		assert.equal("impossible", there.verdict)
		assert.matches("beta.test authenticates accounts of alpha.test selectively: the access list of the target does not "
			.. "grant 'Allowed to authenticate' to the source or ALPHA\\Domain Computers", there.why, 1, true)
		assert.equal([[dsacls "CN=HOST01,OU=Hosts,DC=beta,DC=test" /G "ALPHA\HOST01$:CA;Allowed to Authenticate"]],
			there.remedy)
		assert.equal("rbcd", back.verdict)
		assert.falsy(back.remedy)
		local path = json(own_login [[return trust.path("host01", "host01@beta.test")]])
		assert.matches("the access list of the target does not grant", path.authentication, 1, true)
		assert.equal(there.remedy, path.remedy)
	end)

	describe("with selective authentication", function()
		local RIGHT, HOST = "68b1d179-0d15-4d4f-ab71-46152e79a7bc", "CN=HOST01,OU=Hosts,DC=beta,DC=test"
		local domain, host

		local function dcb(words)
			return lab.must(("%s/in.sh dcb %s"):format(lab.scripts, words))
		end

		-- Adds an entry in SDDL to the target's access list while f runs.
		local function with(ace, f)
			local sam = "-H /var/lib/samba/private/sam.ldb --objectdn=" .. lab.quote(HOST)
			local before = dcb("samba-tool dsacl get " .. sam):match "O:%S+"
			dcb(("samba-tool dsacl set %s --action=allow --sddl=%s"):format(sam, lab.quote(ace)))
			local ok, err = pcall(f)
			local ldif = lab.file(("dn: %s\nchangetype: modify\nreplace: nTSecurityDescriptor\nnTSecurityDescriptor: %s\n")
				:format(HOST, before))
			dcb("ldbmodify -H /var/lib/samba/private/sam.ldb <" .. ldif)
			assert(ok, err)
		end

		local function verdict(opts)
			local there = verdicts([[{ "host01", "host01@beta.test" }]] .. (opts or ""))
			return there.verdict, there.why
		end

		setup(function()
			local shown = lab.must(lab.scripts .. "/in.sh dc1 samba-tool computer show 'HOST01$' --attributes=objectSid")
			host = shown:match "S%-1%-5[%d%-]+"
			domain = host:match "^(.*)%-%d+$"
			attributes(0, SELECTIVE)
		end)
		before_each(function() attributes(0, SELECTIVE) end)

		for words, trustee in pairs {
			["the host itself"] = function() return host end,
			["the computers of its domain"] = function() return domain .. "-515" end,
			["everyone"] = function() return "WD" end,
			["other organizations"] = function() return "S-1-5-1000" end,
		} do
			it_new("is resource-based where " .. words .. " may authenticate", function()
				with(("(OA;;CR;%s;;%s)"):format(RIGHT, trustee()), function()
					local v, why = verdict()
					assert.equal("rbcd", v)
					assert.matches("the target's access list has 'Allowed to authenticate'", why, 1, true)
				end)
			end)
		end

		it_new("is not where only its own organization may, another right is given, or an entry denies it", function()
			for _, ace in ipairs { "(OA;;CR;%s;;S-1-5-15)", "(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;WD)" } do
				with(ace:format(RIGHT), function() assert.equal("impossible", (verdict())) end)
			end
			with(("(OD;;CR;%s;;%s)(OA;;CR;%s;;WD)"):format(RIGHT, domain .. "-515", RIGHT), function()
				local v, why = verdict()
				assert.equal("any-service", v) -- an administrator's own ticket would be let in
				assert.matches("the access list of the target denies 'Allowed to authenticate' to the source", why, 1, true)
				assert.matches("only for administrators of alpha.test", why, 1, true)
			end)
		end)

		it_new("counts the groups of the target's domain that the source is in", function()
			local group = lab.must(lab.scripts .. "/in.sh dc1 samba-tool group show HyperV-Hosts --attributes=objectSid")
				:match "S%-1%-5[%d%-]+"
			dcb "samba-tool group add visitors --group-scope=Domain"
			finally(function()
				dcb "samba-tool group delete visitors"
				dcb(("ldbdel -H /var/lib/samba/private/sam.ldb CN=%s,CN=ForeignSecurityPrincipals,DC=beta,DC=test"):format(
					group))
			end)
			dcb("samba-tool group addmembers visitors " .. group)
			local sid = dcb "samba-tool group show visitors --attributes=objectSid":match "S%-1%-5[%d%-]+"
			with(("(OA;;CR;%s;;%s)"):format(RIGHT, sid), function() assert.equal("rbcd", (verdict())) end)
		end)

		it_new("asks for the administrator too, where he comes from there", function()
			with(("(OA;;CR;%s;;%s)"):format(RIGHT, host), function()
				local v, why = verdict [[, { as = "user01" }]]
				assert.equal("impossible", v)
				assert.matches("does not grant 'Allowed to authenticate' to user01 or ALPHA\\Domain Users", why, 1, true)
			end)
			with(("(OA;;CR;%s;;AU)"):format(RIGHT), function() assert.equal("rbcd", (verdict [[, { as = "user01" }]])) end)
		end)
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

	-- What Samba does not have: old domains, and a way over a quarantined trust. As before, but for what the facts say.
	it("knows what an old functional level and a quarantine on the way leave", function()
		local function because(change)
			local _, back = verdicts(([[(function()
				local trust = require "adsh.trust"
				local facts, between = trust.facts, trust.between
				%s
				return %s
			end)()]]):format(change, BOTH))
			return back
		end
		local old = because [[function trust.facts(...)
			local f = facts(...)
			return setmetatable({ info = setmetatable({ domain_level = 4 }, { __index = f.info }) }, { __index = f })
		end]]
		assert.matches("beta.test has functional level 4", old.rbcd_blocked, 1, true)
		local far = because [[function trust.between(...)
			local path = between(...)
			for _, hop in ipairs(path.hops) do hop.quarantined = true end
			if path.hops[1] then path.source_domain = "gamma.test" end
			return path
		end]]
		assert.matches("accepts only SIDs of %w+%.test: the trust is quarantined", far.rbcd_blocked)
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

	it_new("leaves constrained delegation when the values of one object do not suffice", function()
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
		local one_way = "the trust is one-way: beta.test trusts alpha.test, which does not trust it"
		assert.matches(lab.samba(4, 19) and one_way or "alpha.test has functional level 4", there.why, 1, true)
		assert.matches("only for administrators of alpha.test", there.why, 1, true)
		assert.equal("impossible", back.verdict)
		attributes(TGT, 0)
		finally(function() attributes(0, 0) end)
		local now = select(2, verdicts(BOTH))
		assert.equal("any-service", now.verdict)
		assert.matches("only for administrators of alpha.test", now.why, 1, true)
	end)
end)
