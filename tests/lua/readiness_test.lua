-- Encryption types as KDCs decide them. The expected values of the first table are those that were measured on Windows
-- Server 2022 (github.com/StrongWind1/Kerberos) and that Microsoft's Kerberos-Crypto/pages/etype-calc.html gives.
local etypes = require "adsh.readiness.etypes"
local facts = require "adsh.readiness.facts"
local policy = require "adsh.readiness.policy"
local rules = require "adsh.readiness.rules"

local KDC, RC4, AES256 = 0x1c, 0x4, 0x10

describe("the types of a ticket", function()
	-- SET; ticket and session key; to a client with RC4 only: session key; with AES256 only: ticket, session key
	local SINCE_2026 = {
		{ 0x18, "aes256", "aes256", nil, "aes256" }, -- also what stands for no value
		{ 0x4, "rc4", "rc4", "rc4", nil },
		{ 0x1c, "aes256", "aes256", "rc4", "aes256" },
		{ 0x24, "rc4", "aes256", "rc4", "aes256" },
		{ 0x8, "aes128", "aes128", nil, nil },
		{ 0x27, "rc4", "aes256", "rc4", "aes256" }, -- what stood for no value before
	}
	for _, t in ipairs(SINCE_2026) do
		it(("of an account with 0x%x"):format(t[1]), function()
			assert.equal(t[2], etypes.ticket(t[1], KDC))
			assert.equal(t[3], etypes.session(t[1], KDC, KDC))
			assert.equal(t[4], etypes.session(t[1], KDC, RC4))
			assert.equal(t[5], etypes.session(t[1], KDC, AES256))
		end)
	end

	it("are only those that the KDC allows and the account has keys of", function()
		assert.is_nil(etypes.ticket(0x18, KDC, 0x7))
		assert.equal("rc4", etypes.ticket(0x1c, KDC, 0x7))
		assert.is_nil(etypes.ticket(0x4, 0x18))
		assert.is_nil(etypes.ticket(0x3, KDC))
	end)

	it("are told in words", function()
		assert.equal("0x1c (AES256, AES128, RC4)", etypes.words(28))
		assert.equal("not set", etypes.words(0))
		assert.equal(0x80000018, etypes.bits "-2147483624")
	end)
end)

describe("times of a directory", function()
	it("are seconds since 1970", function() -- date -u -d '2008-02-27' +%s and the like
		assert.equal(1204070400, facts.time "20080227000000.0Z")
		assert.equal(951782400, facts.time "20000229000000.0Z")
		assert.equal(4107542399, facts.time "21000228235959.0Z")
		assert.equal(978307200, facts.filetime "126227808000000000")
		assert.is_nil(facts.filetime "0")
	end)
end)

describe("facts of an account", function()
	local function of(values)
		local e = { dn = "CN=x,DC=alpha,DC=test", servicePrincipalName = values.servicePrincipalName }
		function e.first(_, name)
			return values[name]
		end
		return facts.of(e, { aes_since = 1300000000, protected = { ["cn=x,dc=alpha,dc=test"] = true } })
	end

	it("say what kind it is", function() -- as Windows sets objectCategory and userAccountControl (MS-ADTS 2.2.16)
		local function kind(account, category, uac, number)
			return of { sAMAccountName = account, userAccountControl = uac, ["msDS-SecondaryKrbTgtNumber"] = number,
				objectCategory = ("CN=%s,CN=Schema,CN=Configuration,DC=alpha,DC=test"):format(category) }.kind
		end
		assert.equal("user", kind("jim", "Person", "512"))
		assert.equal("computer", kind("HOST01$", "Computer", "4096"))
		assert.equal("controller", kind("DC1$", "Computer", "532480"))
		assert.equal("controller", kind("RODC1$", "Computer", "83890176"))
		assert.equal("krbtgt", kind("krbtgt", "Person", "514"))
		assert.equal("krbtgt", kind("krbtgt_12345", "Person", "514", "12345"))
		assert.equal("gMSA", kind("gm1$", "ms-DS-Group-Managed-Service-Account", "4096"))
		assert.equal("dMSA", kind("dm1$", "ms-DS-Delegated-Managed-Service-Account", "4096"))
	end)

	it("say since when it has its password, and whether it is more than an account", function()
		local f = of { sAMAccountName = "svc", userAccountControl = "2097664", pwdLastSet = "126227808000000000",
			whenCreated = "20010101000000.0Z", servicePrincipalName = { "MSServerCluster/c1", "HTTP/x" } }
		assert.same({ 978307200, 978307200, true, true, true, true }, { f.password_set, f.created, f.des_only, f.has_spn,
			f.cluster, f.protected })
		assert.is_nil(of { sAMAccountName = "svc", pwdLastSet = "0", userAccountControl = "512" }.password_set)
	end)

	it("name what a host is listed for: others by their host, services of users by themselves", function()
		local names = {}
		facts.targets({ ["msDS-AllowedToDelegateTo"] = { "cifs/HOST02.alpha.test", "HTTP/web.alpha.test:8080", "nonsense",
			"Microsoft Virtual System Migration Service/HOST03" } }, names)
		assert.same({ ["host02.alpha.test"] = "host", ["http/web.alpha.test:8080"] = "name", host03 = "host" }, names)
	end)
end)

local SINCE = 1300000000 -- 2011-03-13
local OLD, NEW = SINCE - 86400, SINCE + 86400

local function domain(...)
	local d = rules.domain { ... }
	d.domain, d.level, d.aes_since, d.aes_words = "alpha.test", 7, SINCE, "the group was created then"
	return d
end

local WINDOWS = domain "Windows Server 2022 Standard"
local SAMBA = domain "Samba-4.22.6-Debian"

local function account(fields)
	local f = { account = "svc", kind = "user", password_set = NEW, has_spn = true, set = 0x18 }
	for key, value in pairs(fields) do
		f[key] = value
	end
	return f
end

local function decide(fields, d)
	return rules.decide(account(fields), d or WINDOWS)
end

local HOST = { account = "HOST01$", kind = "computer", system = "Windows Server 2022 Datacenter" }

local function host(fields)
	local f = {}
	for key, value in pairs(HOST) do
		f[key] = value
	end
	for key, value in pairs(fields or {}) do
		f[key] = value
	end
	f.set = fields and fields.set or 0
	return f
end

describe("what breaks without RC4", function()
	local function check(row, state, finding, ticket)
		assert.same({ state, finding, ticket }, { row.state, row.finding, row.ticket })
		return row
	end

	it("is an account whose password is older than AES", function()
		local row = check(decide { password_set = OLD }, "fails", "no-aes-keys", "refused")
		assert.equal("estimate", row.certainty)
		assert.matches("2011%-03%-12", row.reason)
		check(decide({ password_set = OLD }, SAMBA), "fails", "no-aes-keys", "rc4") -- Samba takes RC4 after all
		check(decide { password_set = OLD, set = 0x1c }, "fails", "no-aes-keys", "rc4")
		check(decide { password_set = OLD, has_spn = false, set = 0 }, "fails", "no-aes-keys", nil)
		check(decide { password_set = OLD, kind = "krbtgt", account = "krbtgt" }, "fails", "no-aes-keys", "rc4")
		check(decide { kind = "krbtgt", account = "krbtgt", set = 4 }, "holds", nil, "aes256") -- its attribute is ignored
	end)

	it("is none that is younger, or keeps its keys new by itself", function()
		check(decide { password_set = OLD, created = NEW }, "holds", nil, "aes256")
		check(decide { password_set = SINCE - 60 }, "holds", nil, "aes256")
		check(decide { password_set = SINCE - 61 }, "fails", "no-aes-keys", "refused")
		check(decide { account = "gmsa$", kind = "gMSA", password_set = OLD, set = 0x1c }, "holds", nil, "aes256")
		assert.equal("unseen-keys", decide({ password_set = false, created = OLD }).finding)
		check(decide { password_set = false, created = NEW }, "holds", nil, "aes256")
	end)

	it("is everything before the functional level of 2008", function()
		local d = domain "Windows Server 2008"
		d.level = 2
		assert.equal("certain", check(decide({}, d), "fails", "no-aes-keys", "refused").certainty)
	end)

	it("is what the KDC was asked about, whatever the dates say", function()
		assert.equal("proved", check(decide { keys = "none" }, "fails", "no-aes-keys", "refused").certainty)
		check(decide { keys = "aes", password_set = OLD }, "holds", nil, "aes256")
	end)

	it("is RC4 and DES by the account's own attribute", function()
		check(decide { set = 4 }, "fails", "rc4-only", "rc4")
		check(decide { set = 0x24 }, "fails", "rc4-only", "rc4")
		check(decide { set = 3 }, "fails", "des-only", "refused")
		check(decide { des_only = true }, "fails", "des-only", "refused")
		check(decide { set = 0x1c }, "holds", nil, "aes256")
		check(decide({ kind = "controller", account = "DC1$", set = 4 }, SAMBA), "holds", nil, "aes256")
	end)

	it("is a value without a type, which Samba refuses and of Windows is not known", function()
		check(decide { set = 0x50000 }, "unseen", "no-types", "refused")
		check(decide({ set = 0x50000 }, SAMBA), "fails", "no-types", "refused")
	end)

	it("is a Windows versions without AES", function()
		check(decide(host { system = "Windows Server 2003" }), "fails", "old-system", "aes256")
		check(decide(host { system = "Windows XP Professional" }), "fails", "old-system", "aes256")
		check(decide(host { system = "Windows Server 2008 R2 Standard" }), "holds", nil, "aes256")
	end)

	it("may be a service without the attribute that is not Windows", function()
		assert.equal("disputed", check(decide(host()), "holds", nil, "aes256").certainty)
		check(decide(host { system = "Samba" }), "unseen", "not-windows", "aes256")
		check(decide(host { system = false }), "unseen", "not-windows", "aes256")
		check(decide { set = 0 }, "unseen", "not-windows", "aes256")
		check(decide { set = 0, has_spn = false }, "holds", nil, nil)
		check(decide(host { cluster = true }), "unseen", "cluster", "aes256")
	end)

	it("depends on what the KDC takes without the attribute", function()
		local row = check(decide(host(), SAMBA), "holds", nil, "rc4")
		assert.equal("aes256", row.session)
		check(decide(host(), domain "Samba-4.24.1"), "holds", nil, "aes256")
		assert.equal("rc4", decide(host(), domain("Windows Server 2022", "Samba 4.17.12")).ticket)
	end)

	it("is told with what is different on a domain controller of 2025, and for Protected Users", function()
		assert.matches("of 2025", decide({ set = 4 }, domain "Windows Server 2025 Standard").reason)
		assert.not_matches("2025", decide({ set = 4 }).reason)
		assert.matches("cannot log in", decide({ password_set = OLD, protected = true }).reason)
	end)
end)

describe("a policy on the domain controllers", function()
	-- as the Group Policy editor of Windows writes it (MS-GPSB 2.2.8): UTF-16 with a mark, CR LF
	local function template(value)
		local text = "[Unicode]\r\nUnicode=yes\r\n[Registry Values]\r\nMACHINE\\System\\CurrentControlSet\\Control\\Lsa"
			.. "\\NoLMHash=4,1\r\nMACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos"
			.. "\\Parameters\\SupportedEncryptionTypes=4," .. value .. "\r\n[Version]\r\nRevision=1\r\n"
		return "\xff\xfe" .. text:gsub(".", "%0\0")
	end

	it("is read from its template", function()
		assert.equal(0x80000018, policy.value(template "-2147483624"))
		assert.equal(24, policy.value(template "24"))
		assert.is_nil(policy.value "[Registry Values]\r\nMACHINE\\System\\NoLMHash=4,1\r\n")
	end)

	it("refuses what an account's attribute allows", function()
		local d = domain "Windows Server 2022 Standard"
		d.filter = 0x80000018
		local row = decide({ set = 4 }, d)
		assert.same({ "fails", "rc4-only", "refused" }, { row.state, row.finding, row.ticket })
		assert.matches("a policy on the domain controllers refuses", row.reason)
		assert.equal("aes256", decide({ set = 0x1c }, d).ticket)
		assert.equal("refused", rules.trust({ partner = "beta.test", set = 4, attributes = 8 }, d).ticket)
	end)
end)

describe("the remedy", function()
	local function mend(fields)
		return rules.mend(decide(fields))
	end

	it("is AES in the attribute, where nobody writes it again", function()
		assert.same({ set = 0x18 }, mend { set = 4 })
		assert.same({ set = 0x18 }, mend { set = 0x24 })
		assert.same({ set = 0x50018 }, mend { set = 0x50004 })
		assert.is_nil(mend(host { set = 4 }))
		assert.matches("policy", decide(host { set = 4 }).fix)
		assert.same({ des_only = true }, mend { des_only = true })
		assert.same({ des_only = true, set = 0x18 }, mend { des_only = true, set = 3 })
	end)

	it("is none for what has no AES keys", function()
		assert.is_nil(mend { set = 4, password_set = OLD })
	end)

	it("waits for somebody who knows the service", function()
		assert.same({ set = 0x18, only_named = true }, mend { set = 0 })
	end)
end)

describe("a trust", function()
	local function check(state, ticket, fields, d)
		local t = { partner = "beta.test", attributes = 8 }
		for key, value in pairs(fields) do
			t[key] = value
		end
		local row = rules.trust(t, d or WINDOWS)
		assert.same({ state, ticket }, { row.state, row.ticket })
		return row
	end

	it("is judged by its own attribute", function()
		check("holds", "aes256", { set = 0x18 })
		check("fails", "rc4", { set = 4 })
		assert.matches("ksetup /setenctypeattr beta.test", check("fails", "rc4", { set = 4 }).fix)
	end)

	it("without it has AES on Windows with its updates, and RC4 by a flag", function()
		assert.equal("disputed", check("holds", "aes256", {}).certainty)
		check("fails", "rc4", { attributes = 0x88 })
	end)
end)
