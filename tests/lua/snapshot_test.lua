-- Snapshots: which objects a filter matches (expectations from RFC 4511 4.5.1.7 and MS-ADTS 3.1.1.3.1.3), scopes, what
-- a file does not hold, and files that are not whole.
local core = require "adsh.core.snapshot"
local raising = require "adsh.raising"
require "adsh.directory" -- its class

local BASE, CONFIG = "DC=alpha,DC=test", "CN=Configuration,DC=alpha,DC=test"
local SCHEMA = "CN=Schema," .. CONFIG

local ROOT = { "defaultNamingContext", BASE, "configurationNamingContext", CONFIG, "schemaNamingContext", SCHEMA,
	"rootDomainNamingContext", BASE, "dnsHostName", "dc1.alpha.test", "domainFunctionality", "7",
	"highestCommittedUSN", "77" }

local SYNTAXES = { objectClass = "2.5.5.2", cn = "2.5.5.12", member = "2.5.5.1", userAccountControl = "2.5.5.9",
	pwdLastSet = "2.5.5.16", whenCreated = "2.5.5.11", sAMAccountName = "2.5.5.12", objectCategory = "2.5.5.1",
	homePostalAddress = "2.5.5.3", lDAPDisplayName = "2.5.5.12", attributeSyntax = "2.5.5.2",
	defaultObjectCategory = "2.5.5.1", givenName = "2.5.5.12", sn = "2.5.5.12" }

local OBJECTS = {
	{ BASE, { "objectClass", "domain" } },
	{ "OU=Hosts," .. BASE, { "objectClass", "organizationalUnit" } },
	{ "CN=a,OU=Hosts," .. BASE, { "objectClass", "user", "objectClass", "computer", "cn", "a", "sAMAccountName", "A$",
		"userAccountControl", "16781312", "pwdLastSet", "133000000000000000", "whenCreated", "20260102030405.0Z",
		"objectCategory", "CN=Computer," .. SCHEMA } },
	{ "CN=b,OU=Hosts," .. BASE, { "objectClass", "user", "cn", "Bj\u{D6}rn  Borg", "sAMAccountName", "b*c",
		"userAccountControl", "512", "pwdLastSet", "-5", "homePostalAddress", "Street",
		"givenName", "Bjorn", "sn", "Borg" } },
	{ "CN=g1," .. BASE, { "objectClass", "group", "cn", "g1", "member", "cn=A, OU=hosts,dc=ALPHA,DC=test",
		"member", "CN=elsewhere,DC=beta,DC=test" } },
	{ "CN=g2," .. BASE, { "objectClass", "group", "cn", "g2", "member", "CN=g1," .. BASE } },
	{ "CN=x\\,OU=Hosts," .. BASE, { "objectClass", "group", "cn", "x,OU=Hosts" } },
}

local function pairs_of(list)
	local flat = {}
	for name, syntax in pairs(list) do
		flat[#flat + 1] = { name, syntax }
	end
	table.sort(flat, function(a, b) return a[1] < b[1] end)
	return flat
end

-- The bytes of a file with these objects.
local function bytes_of(objects, head)
	local w = core.writer()
	local fields = head or { "taken", "2026-01-02T03:04:05Z", "principal", "me" }
	for _, s in ipairs(pairs_of(SYNTAXES)) do
		fields[#fields + 1], fields[#fields + 2] = "attributes", s[1]
	end
	w:fields("H", "", fields)
	w:fields("D", "", ROOT)
	w:fields("N", BASE, {})
	for _, o in ipairs(objects) do
		w:fields("E", o[1], o[2])
	end
	w:fields("N", SCHEMA, {})
	w:fields("E", SCHEMA, { "objectClass", "dMD" })
	for _, s in ipairs(pairs_of(SYNTAXES)) do
		w:fields("E", "CN=" .. s[1] .. "," .. SCHEMA, { "objectClass", "attributeSchema",
			"lDAPDisplayName", s[1], "attributeSyntax", s[2] })
	end
	w:fields("E", "CN=Computer," .. SCHEMA, { "lDAPDisplayName", "computer",
		"defaultObjectCategory", "CN=Computer," .. SCHEMA })
	w:finish()
	return w:take()
end

local path = os.tmpname()

local function save(bytes)
	local f <close> = assert(io.open(path, "wb"))
	f:write(bytes)
	f:close()
	os.execute("chmod 600 " .. path)
end

local function open(bytes)
	save(bytes)
	local snapshot, err = core.open(path)
	if not snapshot then
		return nil, err
	end
	return snapshot:directory(1)
end

describe("a snapshot", function()
	local dir

	setup(function() dir = assert(open(bytes_of(OBJECTS))) end)
	teardown(function() os.remove(path) end)

	-- The names (the first RDN) that a search gives, in order.
	local function found(filter, o)
		local names = {}
		o = o or {}
		for e in dir:search { filter = filter, base = o.base, scope = o.scope, attributes = o.attributes or { "cn" } } do
			names[#names + 1] = e.dn:match "^%w+=([^,]+)"
		end
		return table.concat(names, " ")
	end

	for _, case in ipairs {
		-- text: case does not count, nor spaces at the ends and how many there are between words
		{ "(cn=A)", "a" }, { "(cn= a )", "a" }, { "(cn=BJ\u{F6}RN borg)", "b" }, { "(CN=bj*)", "b" },
		{ "(cn=*\u{F6}rn*)", "b" },
		{ "(cn=*borg)", "b" }, { "(cn=b*j*n*o*g)", "b" }, { "(cn=b*g*b)", "" }, { "(cn=g*)", "g1 g2" }, { "(cn=*g*1)", "g1" },
		-- an escape is a byte
		{ "(sAMAccountName=b\\2ac)", "b" }, { "(sAMAccountName=b*c)", "b" }, { "(sAMAccountName=bxc)", "" },
		-- case counts
		{ "(homePostalAddress=Street)", "b" }, { "(homePostalAddress=street)", "" }, { "(homePostalAddress=St*t)", "b" },
		-- numbers
		{ "(userAccountControl=512)", "b" }, { "(userAccountControl=0512)", "b" }, { "(userAccountControl>=512)", "a b" },
		{ "(userAccountControl<=512)", "b" }, { "(userAccountControl>=513)", "a" }, { "(pwdLastSet<=0)", "b" },
		{ "(pwdLastSet>=-5)", "a b" }, { "(pwdLastSet>=133000000000000001)", "" }, { "(userAccountControl=4294967808)", "b" },
		-- bits: all of them, any of them (MS-ADTS 3.1.1.3.4.4)
		{ "(userAccountControl:1.2.840.113556.1.4.803:=16777216)", "a" },
		{ "(userAccountControl:1.2.840.113556.1.4.803:=16777728)", "" },
		{ "(userAccountControl:1.2.840.113556.1.4.804:=16777728)", "a b" },
		{ "(userAccountControl:1.2.840.113556.1.4.803:=0)", "a b" }, { "(userAccountControl:1.2.840.113556.1.4.804:=0)", "" },
		{ "(!(userAccountControl:1.2.840.113556.1.4.803:=512))", "alpha Hosts a g1 g2 x\\" },
		-- times
		{ "(whenCreated=20260102030405Z)", "a" }, { "(whenCreated>=20260102030405.0Z)", "a" },
		{ "(whenCreated>=20260102030406.0Z)", "" }, { "(whenCreated<=20260102040405.0+0100)", "a" },
		-- names of objects, however they are written
		{ "(member=CN=A,OU=Hosts,DC=alpha,DC=test)", "g1" }, { "(member=CN=g1,DC=alpha,DC=test)", "g2" },
		{ "(distinguishedName=cn=G1, dc=alpha, dc=test)", "g1" }, { "(distinguishedName=CN=nobody,DC=alpha,DC=test)", "" },
		{ "(member:1.2.840.113556.1.4.1941:=CN=a,OU=Hosts,DC=alpha,DC=test)", "g1 g2" },
		{ "(member:1.2.840.113556.1.4.1941:=CN=elsewhere,DC=beta,DC=test)", "g1 g2" },
		{ "(member:1.2.840.113556.1.4.1941:=CN=g2,DC=alpha,DC=test)", "" },
		-- classes and categories
		{ "(objectClass=computer)", "a" }, { "(objectClass=USER)", "a b" }, { "(objectCategory=computer)", "a" },
		{ "(objectCategory=CN=Computer,CN=Schema,CN=Configuration,DC=alpha,DC=test)", "a" },
		-- an attribute that is not there is false, and not it is true
		{ "(!(homePostalAddress=Street))", "alpha Hosts a g1 g2 x\\" }, { "(!(sAMAccountName=*))", "alpha Hosts g1 g2 x\\" },
		-- a value of another syntax is neither
		{ "(userAccountControl=many)", "" }, { "(!(userAccountControl=many))", "" },
		{ "(|(userAccountControl=many)(cn=a))", "a" }, { "(!(|(userAccountControl=many)(cn=a)))", "" },
		{ "(!(&(userAccountControl=many)(cn=nobody)))", "alpha Hosts a b g1 g2 x\\" },
		{ "(userAccountControl=5*)", "" }, { "(cn:1.2.840.113556.1.4.803:=1)", "" },
		-- joined
		{ "(&(objectClass=user)(!(objectClass=computer)))", "b" }, { "(|(cn=a)(cn=g2)(cn=a))", "a g2" },
		{ "(&)", "alpha Hosts a b g1 g2 x\\" }, { "(|)", "" }, { "cn=a", "a" }, { "( & (cn=a) (cn=*) )", "a" },
		-- names that are not clear
		{ "(anr=a)", "a" }, { "(anr=bjorn)", "b" }, { "(anr=bor bjo)", "b" }, { "(anr==a$)", "a" }, { "(anr==a)", "" },
	} do
		it("finds by " .. case[1], function()
			assert.equal(case[2], found(case[1]))
		end)
	end

	it("knows base, one level and subtree", function()
		local all = "(objectClass=*)"
		assert.equal("Hosts", found(all, { base = "ou=hosts, " .. BASE, scope = "base" }))
		assert.equal("a b", found(all, { base = "OU=Hosts," .. BASE, scope = "one" }))
		assert.equal("Hosts a b", found(all, { base = "OU=Hosts," .. BASE }))
		assert.equal("Hosts g1 g2 x\\", found(all, { base = BASE, scope = "one" }))
		assert.equal("", found("(cn=nobody)", { base = "OU=Hosts," .. BASE, scope = "base" }))
		assert.equal("Computer", found("(lDAPDisplayName=computer)", { base = SCHEMA }))
		assert.equal("", found("(lDAPDisplayName=computer)"))
	end)

	it("gives the attributes that were asked for, and no others", function()
		for e in dir:search { filter = "(cn=a)", attributes = { "SAMACCOUNTNAME", "member" } } do
			assert.same({ dn = "CN=a,OU=Hosts," .. BASE, sAMAccountName = { "A$" } }, e:attributes())
		end
		for e in dir:search { filter = "(cn=a)", attributes = { "1.1" } } do
			assert.same({ dn = "CN=a,OU=Hosts," .. BASE }, e:attributes())
		end
		for e in dir:search { filter = "(cn=g2)" } do
			assert.same({ "group" }, e.objectClass)
			assert.same({ "CN=g2," .. BASE }, e.distinguishedName)
		end
		for e in dir:search { base = "", scope = "base", attributes = { "highestCommittedUSN" } } do
			assert.same({ dn = "", highestCommittedUSN = { "77" } }, e:attributes())
		end
	end)

	local function refused(o)
		local _, err = raising.try(function()
			for _ in dir:search(o) do
				error "it found something"
			end
			error "it found nothing"
		end)
		return err.kind, err.message
	end

	it("says what it does not hold", function()
		for what, o in pairs {
			description = { filter = "(|(cn=a)(description=x))" },
			nTSecurityDescriptor = { attributes = { "cn", "nTSecurityDescriptor" } },
			["CN=x,DC=beta,DC=test"] = { base = "CN=x,DC=beta,DC=test" },
			["deleted objects"] = { deleted = true },
		} do
			local kind, message = refused(o)
			assert.equal("failed", kind)
			assert.equal(("the snapshot %s of 2026-01-02T03:04:05Z does not hold %s"):format(path, what), message)
		end
		assert.equal("notfound", (refused { base = "CN=nobody," .. BASE }))
		assert.equal("usage", (refused { filter = "(cn=a" }))
		assert.matches("matching rule", select(2, refused { filter = "(cn:1.2.3:=a)" }))
	end)

	it("counts, stops at a limit and can be left", function()
		assert.equal(2, #dir:find { limit = 2, attributes = { "cn" } })
		dir:search { attributes = { "cn" } } ()
		assert.equal("a", found "(cn=a)")
	end)

	it("is a directory of its time, and cannot be written to", function()
		local info = dir:info()
		assert.same({ "alpha.test", path, "2026-01-02T03:04:05Z", "dc1.alpha.test", "me", 7 },
			{ info.domain, info.snapshot, info.taken, info.host, info.principal, info.domain_level })
		local _, err = raising.try(dir.whoami, dir)
		assert.equal("refused", err.kind)
		dir:close()
		assert.has_error(function() dir:search {} end)
		dir = open(bytes_of(OBJECTS))
	end)
end)

describe("a file that is no whole snapshot", function()
	local whole = bytes_of(OBJECTS)

	teardown(function() os.remove(path) end)

	local function fails(bytes, kind, pattern)
		local it, err = open(bytes)
		assert.is_nil(it)
		assert.equal(kind, err.kind)
		assert.matches(pattern, err.message)
	end

	it("is refused wherever it is truncated", function()
		for n = #whole - 1, 17, -7 do
			fails(whole:sub(1, n), "failed", "damaged: ")
		end
		fails(whole:sub(1, -2), "failed", "damaged: it is truncated")
		for n = 0, 15 do
			fails(whole:sub(1, n), "failed", "is not a snapshot")
		end
	end)

	it("is refused when a byte has changed, or something follows", function()
		for at = 17, #whole, 3 do
			fails(whole:sub(1, at - 1) .. string.char(whole:byte(at) ~ 0xff) .. whole:sub(at + 1), "failed", "damaged: ")
		end
		fails(whole .. "x", "failed", "data follows its end")
	end)

	it("is refused when it is something else, or of a later version", function()
		fails("[libdefaults]\n", "failed", "is not a snapshot")
		fails(whole:gsub("^adsh snapshot 1", "adsh snapshot 2"), "failed", "has version 2, but this adsh reads version 1")
		fails("adsh snapshot 1\nhello", "failed", "damaged: ")
	end)

	it("is refused when others can write to it", function()
		save(whole)
		os.execute("chmod 0620 " .. path)
		local it, err = core.open(path)
		assert.is_nil(it)
		assert.equal("refused", err.kind)
		os.execute("chmod 0600 " .. path)
		assert.equal("notfound", select(2, core.open(path .. ".nowhere")).kind)
	end)

	-- Records out of order, as only a program makes them.
	local function made(list)
		local w = core.writer()
		for _, r in ipairs(list) do
			w:fields(r[1], r[2], r[3] or {})
		end
		w:finish()
		return w:take()
	end

	it("is refused when its records are out of order", function()
		local H, D, N, E = { "H", "" }, { "D", "", ROOT }, { "N", BASE }, { "E", BASE }
		for _, list in ipairs { {}, { D }, { H }, { H, D }, { H, N, E }, { H, D, E }, { H, H, D, N, E }, { D, H, N, E },
			{ H, D, { "N", "" }, E }, { H, D, { "N", "not a name" }, E } } do
			fails(made(list), "failed", "damaged: ")
		end
		save(made { H, D, N, E })
		assert.truthy(core.open(path))
	end)

	it("is no directory when its domain has no name", function()
		save(made { { "H", "" }, { "D", "" }, { "N", BASE }, { "E", BASE } })
		assert.equal("connect", select(2, core.open(path):directory(1)).kind)
	end)
end)
