-- What a plan changes by the model of a KDC's rules: who gains and who loses, also those whom the plan does not name.
local after = require "adsh.verify.after"
local codec = require "adsh.core.codec"
local state = require "adsh.verify.state"

local HEAD = "S-1-5-21-1-2-3"
local HOST, TRANSITION, UNCONSTRAINED, SENSITIVE, DISABLED = 0x1000, 0x1000000, 0x80000, 0x100000, 0x2

local function dn_of(name)
	return "CN=" .. name .. ",DC=alpha,DC=test"
end

local rids = {}

local function add(s, name, more)
	rids[name] = rids[name] or 1100 + #name * 37 + name:byte(-1)
	local a = { account = name .. "$", dn = dn_of(name), sid = HEAD .. "-" .. rids[name], domain = "alpha.test",
		uac = HOST, spns = { "HOST/" .. name, "HOST/" .. name .. ".alpha.test" }, targets = {}, computer = true,
		names = { name }, primary_group = 515 }
	for key, v in pairs(more or {}) do
		a[key] = v
	end
	state.add_account(s, a)
end

local function group(s, name, ...)
	rids[name] = rids[name] or 2000 + name:byte(-1)
	local members = {}
	for i, m in ipairs { ... } do
		members[i] = dn_of(m)
	end
	state.add_group(s, { account = name, dn = dn_of(name), sid = HEAD .. "-" .. rids[name], domain = "alpha.test",
		scope = "global", security = true, members = members })
end

local function descriptor(...)
	local entries = ""
	for _, name in ipairs { ... } do
		entries = entries .. ("(A;;CR;;;%s-%d)"):format(HEAD, rids[name])
	end
	return codec.sd("O:BAD:" .. entries)
end

local function domain()
	local s = state.new { aliases = { cifs = "host" },
		domains = { ["alpha.test"] = { domain = "alpha.test", sid = HEAD, krbtgt = 0x202 } } }
	for _, name in ipairs { "a", "b", "c", "d" } do
		add(s, name)
	end
	return s
end

local RBCD, TARGETS = "msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-AllowedToDelegateTo"

local function change(name, attribute, before, now)
	return { kind = "attributes", dn = dn_of(name), label = name, domain = "alpha.test",
		edits = { { attribute = attribute, before = before, after = now } } }
end

-- "gains a$ b$ [cifs/b] no -> any protocol", "+" for one whom the plan does not name. A state is not edited once it was
-- asked: this one is a new one.
local function lines(s, ...)
	local list = {}
	for i, r in ipairs(after.compare(state.with(s, {}), { ... })) do
		list[i] = ("%s%s %s %s [%s] %s -> %s"):format(r.change, r.outside and "+" or "", r.source, r.target,
			table.concat(r.services, " "), r.before, r.after)
	end
	return list
end

describe("what a plan changes", function()
	it("is what a source is let do, and by which protocol", function()
		local s = domain()
		assert.same({ "gains a$ b$ [cifs/b] no -> Kerberos only" }, lines(s, change("a", TARGETS, {}, { "cifs/b" })))
		assert.same({ "gains a$ b$ [cifs/b] no -> any protocol" }, lines(s, change("a", TARGETS, {}, { "cifs/b" }),
			change("a", "userAccountControl", { "4096" }, { tostring(HOST | TRANSITION) })))
		assert.same({ "fails a$ nobody [cifs/nobody] no -> no" }, lines(s, change("a", TARGETS, {}, { "cifs/nobody" })))
		assert.same({}, lines(s, change("a", "servicePrincipalName", {}, { "HTTP/a" })))
		s.accounts[dn_of "a":lower()].targets = { "cifs/b", "cifs/c" }
		assert.same({ "loses a$ b$ [cifs/b] Kerberos only -> no" }, lines(s, change("a", TARGETS, { "cifs/b" }, {})))
		assert.same({ "gains a$ b$ [cifs/b] Kerberos only -> any protocol",
			"gains a$ c$ [cifs/c] Kerberos only -> any protocol" }, lines(s,
			change("a", "userAccountControl", { "4096" }, { tostring(HOST | TRANSITION) })))
	end)

	it("counts the members of groups, though the plan does not name them", function()
		local s = domain()
		group(s, "g", "a", "c")
		assert.same({ "gains+ a$ b$ [every service] no -> any protocol", "gains+ c$ b$ [every service] no -> any protocol" },
			lines(s, change("b", RBCD, {}, { descriptor "g" })))
		assert.same({ "gains a$ b$ [every service] no -> any protocol" },
			lines(s, change("b", RBCD, {}, { descriptor "a" })))
		s.accounts[dn_of "b":lower()].descriptor = descriptor "g"
		assert.same({ "gains d$ b$ [every service] no -> any protocol" },
			lines(s, change("g", "member", { dn_of "a", dn_of "c" }, { dn_of "a", dn_of "c", dn_of "d" })))
		assert.same({ "loses c$ b$ [every service] any protocol -> no" },
			lines(s, change("g", "member", { dn_of "a", dn_of "c" }, { dn_of "a" })))
	end)

	it("counts those whose primary group it is", function()
		local s = domain()
		group(s, "p")
		s.accounts[dn_of "c":lower()].primary_group = rids.p
		assert.same({ "gains+ c$ b$ [every service] no -> any protocol" },
			lines(s, change("b", RBCD, {}, { descriptor "p" })))
	end)

	it("goes down to the groups in a group", function()
		local s = domain()
		group(s, "i", "c")
		group(s, "o", "a")
		s.accounts[dn_of "b":lower()].descriptor = descriptor "o"
		assert.same({ "gains+ c$ b$ [every service] no -> any protocol" },
			lines(s, change("o", "member", { dn_of "a" }, { dn_of "a", dn_of "i" })))
	end)

	it("says that an entry denies, and whom a crowd lets in", function()
		local s = domain()
		s.accounts[dn_of "b":lower()].descriptor = descriptor "a"
		assert.same({ "loses a$ b$ [every service] any protocol -> no" }, lines(s, change("b", RBCD, {},
			{ codec.sd(("O:BAD:(D;;CR;;;%s-%d)(A;;CR;;;%s-%d)"):format(HEAD, rids.a, HEAD, rids.a)) })))
		assert.same({}, lines(domain(), change("b", RBCD, {}, { codec.sd "O:BAD:(D;;CR;;;WD)(A;;CR;;;WD)" })))
		assert.same({ "gains+ Everyone b$ [every service] no -> any protocol" },
			lines(s, change("b", RBCD, {}, { codec.sd(("O:BAD:(A;;CR;;;%s-%d)(A;;CR;;;WD)"):format(HEAD, rids.a)) })))
	end)

	it("follows a name to its next owner", function()
		local s = domain()
		s.accounts[dn_of "a":lower()].targets = { "HTTP/web" }
		assert.same({ "gains+ a$ c$ [HTTP/web] no -> Kerberos only" },
			lines(s, change("c", "servicePrincipalName", {}, { "http/WEB" })))
		s.accounts[dn_of "c":lower()].spns = { "HTTP/web" }
		assert.same({ "loses a$ c$ [HTTP/web] Kerberos only -> no" },
			lines(s, change("d", "servicePrincipalName", {}, { "HTTP/web" })))
	end)

	it("counts trust for any service, flags of users and of krbtgt", function()
		local s = domain()
		assert.same({ "gains a$ any host [every service] no -> Kerberos only" },
			lines(s, change("a", "userAccountControl", { "4096" }, { tostring(HOST | UNCONSTRAINED) })))
		add(s, "u", { account = "u", uac = 0x200, computer = false, spns = {} })
		assert.same({ "loses every host that may delegate u [every service] may be acted for -> may not be acted for" },
			lines(s, change("u", "userAccountControl", { "512" }, { tostring(0x200 | SENSITIVE) })))
		s.accounts[dn_of "a":lower()].targets = { "cifs/b" }
		add(s, "krbtgt", { account = "krbtgt", sid = HEAD .. "-502", uac = 0x202, computer = false, spns = {} })
		assert.same({ "loses a$ b$ [cifs/b] Kerberos only -> no" },
			lines(s, change("krbtgt", "userAccountControl", { "514" }, { tostring(0x202 | SENSITIVE) })))
	end)

	it("does not let one act who is disabled", function()
		local s = domain()
		s.accounts[dn_of "a":lower()].targets = { "cifs/b" }
		assert.same({ "loses a$ b$ [cifs/b] Kerberos only -> no" },
			lines(s, change("a", "userAccountControl", { "4096" }, { tostring(HOST | DISABLED) })))
	end)

	it("names what the directory does not have", function()
		assert.same({ "gone" }, after.compare(domain(), { change("gone", TARGETS, {}, { "cifs/b" }) }).missing)
	end)
end)
