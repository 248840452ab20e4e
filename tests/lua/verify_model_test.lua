-- The model of a KDC's rules. What is expected stands in MS-SFU (3.1.5.2.1, 3.2.5.1.2, 3.2.5.2), MS-KILE (3.3.5.1) and,
-- for Samba, in its source; tests/ad/verify_model_test.lua asks a real one.
local codec = require "adsh.core.codec"
local model = require "adsh.verify.model"
local state = require "adsh.verify.state"

local HEAD = "S-1-5-21-1-2-3"
local NORMAL, HOST, DISABLED, SENSITIVE = 0x200, 0x1000, 0x2, 0x100000
local UNCONSTRAINED, TRANSITION = 0x80000, 0x1000000
local USERS, COMPUTERS, PROTECTED = 513, 515, 525

local function dn_of(name)
	return "CN=" .. name:gsub("%$", "") .. ",DC=alpha,DC=test"
end

local function add_account(s, rid, name, more)
	local host = name:sub(-1) == "$"
	local a = { account = name, dn = dn_of(name), guid = "guid-" .. rid, sid = HEAD .. "-" .. rid, domain = "alpha.test",
		uac = host and HOST or NORMAL, spns = {}, targets = {}, computer = host, names = {},
		primary_group = host and COMPUTERS or USERS }
	if host then
		local short = name:gsub("%$", ""):lower()
		a.spns = { "HOST/" .. short:upper(), "HOST/" .. short .. ".alpha.test" }
	end
	for key, v in pairs(more or {}) do
		a[key] = v
	end
	return state.add_account(s, a)
end

local function add_group(s, rid, name, members, scope)
	local list = {}
	for i, m in ipairs(members or {}) do
		list[i] = dn_of(m)
	end
	return state.add_group(s, { account = name, dn = dn_of(name), guid = "guid-" .. rid, sid = HEAD .. "-" .. rid,
		domain = "alpha.test", scope = scope or "global", security = true, members = list })
end

-- Web (W$) acts for the user "u" towards the file server (F$).
local function domain(dialect)
	local s = state.new { dialect = dialect, aliases = { cifs = "host", http = "host" },
		domains = { ["alpha.test"] = { domain = "alpha.test", sid = HEAD, krbtgt = 0x202 },
			["beta.test"] = { domain = "beta.test", sid = "S-1-5-21-4-5-6", krbtgt = 0x202 } } }
	add_account(s, 1101, "W$")
	add_account(s, 1102, "F$")
	add_account(s, 1103, "u")
	add_group(s, PROTECTED, "Protected Users")
	return s
end

local function of(s, name)
	return s.accounts[dn_of(name):lower()]
end

local function let(s, sids)
	local entries = ""
	for _, rid in ipairs(sids) do
		entries = entries .. ("(A;;CR;;;%s-%d)"):format(HEAD, rid)
	end
	of(s, "F$").descriptor = codec.sd("O:BAD:" .. entries)
end

local SPN = "cifs/f.alpha.test"

-- A state is not edited once it was asked: with a plan without changes it is a new one.
local function ask(s, spn)
	return model.ask(state.with(s, {}), "u", "w", spn or SPN)
end

-- "works rule" by the source's own key, and for a user who came with Kerberos.
local function said(s, spn)
	local r = ask(s, spn)
	local function one(v)
		return (v.works and "+ " or "- ") .. v.rule
	end
	return one(r), one(r.own_ticket)
end

local function both(s, spn)
	return table.concat({ said(s, spn) }, " | ")
end

describe("constrained delegation", function()
	local s

	before_each(function()
		s = domain()
		of(s, "W$").targets = { SPN }
	end)

	it("needs the name in the source's list, as it is asked for", function()
		of(s, "W$").uac = HOST | TRANSITION
		assert.equal("+ constrained | + constrained", both(s))
		assert.equal("+ constrained | + constrained", both(s, "CIFS/F.alpha.TEST"))
		assert.equal("- not allowed | - not allowed", both(s, "cifs/f"))
		assert.equal("- not allowed | - not allowed", both(s, "HOST/f.alpha.test"))
		local r = ask(s)
		assert.same({ "W$", "msDS-AllowedToDelegateTo: " .. SPN, "MS-SFU 3.2.5.2.1" },
			{ r.object, r.attributes[1], r.section })
	end)

	it("needs protocol transition where the user did not come with Kerberos", function()
		assert.equal("- not forwardable | + constrained", both(s))
		local r = ask(s)
		assert.equal("MS-SFU 3.2.5.1.2", r.section)
		assert.truthy(r.attributes[1]:find "TRUSTED_TO_AUTH_FOR_DELEGATION")
	end)

	it("is not for a user who is sensitive or in Protected Users", function()
		of(s, "W$").uac = HOST | TRANSITION
		of(s, "u").uac = NORMAL | SENSITIVE
		assert.equal("- not forwardable | - not forwardable", both(s))
		assert.equal("u", ask(s).object)
		of(s, "u").uac = NORMAL
		add_group(s, PROTECTED, "Protected Users", { "u" })
		assert.equal("- not forwardable | - not forwardable", both(s))
	end)

	it("is not for a source that is sensitive itself, and stops when krbtgt is", function()
		of(s, "W$").uac = HOST | TRANSITION | SENSITIVE
		assert.equal("- not forwardable | - not forwardable", both(s))
		assert.equal("W$", ask(s).object)
		of(s, "W$").uac = HOST | TRANSITION
		s.domains["alpha.test"].krbtgt = 0x202 | SENSITIVE
		assert.equal("- not forwardable | - not forwardable", both(s))
		assert.equal("krbtgt", ask(s).object)
	end)

	it("does not pass on what a source in Protected Users gets by itself", function()
		of(s, "W$").uac = HOST | TRANSITION
		add_group(s, PROTECTED, "Protected Users", { "W$" })
		assert.equal("- not forwardable | + constrained", both(s))
	end)

	it("ends at the border of the domain", function()
		of(s, "W$").uac = HOST | TRANSITION
		of(s, "F$").domain = "beta.test"
		assert.equal("- other domain | - other domain", both(s))
	end)

	it("does not let an account take part that is disabled, locked or expired", function()
		of(s, "W$").uac = HOST | TRANSITION | DISABLED
		assert.equal("- source disabled | - source disabled", both(s))
		of(s, "W$").uac = HOST | TRANSITION
		of(s, "u").locked = true
		assert.equal("- user locked | - user locked", both(s))
		of(s, "u").locked, of(s, "u").expired = nil, true
		assert.equal("- user expired | - user expired", both(s))
	end)

	it("has no source that is a user without a name of a service", function()
		add_account(s, 1104, "svc", { uac = NORMAL | TRANSITION, targets = { SPN } })
		local r = model.ask(s, "u", "svc", SPN)
		assert.same({ false, "no service" }, { r.works, r.rule })
		of(s, "svc").spns = { "HTTP/svc" }
		assert.is_true(model.ask(state.with(s, {}), "u", "svc", SPN).works)
	end)
end)

describe("the service", function()
	local s

	before_each(function()
		s = domain()
		of(s, "W$").uac, of(s, "W$").targets = HOST | TRANSITION, { SPN, "http/f", "cifs/nobody" }
	end)

	it("is the account that has the name, or else the one that stands for it", function()
		assert.equal("+ constrained | + constrained", both(s, "http/f"))
		assert.equal("- no such service | - no such service", both(s, "cifs/nobody"))
		of(s, "F$").spns = { "HOST/f" }
		assert.equal("- no such service | - no such service", both(s, SPN))
		add_account(s, 1104, "CLUSTER$", { spns = { SPN } }) -- counts before HOST/ of F$
		assert.equal("CLUSTER$", model.owners(state.with(s, {}), SPN, "alpha.test")[1].account)
	end)

	it("is looked for in the source's domain, then where the host's name belongs", function()
		add_account(s, 1104, "B$", { domain = "beta.test", spns = { SPN, "http/f" } })
		assert.equal("+ constrained | + constrained", both(s))
		assert.equal("+ constrained | + constrained", both(s, "http/f"))
		of(s, "F$").spns = {}
		local list = model.owners(state.with(s, {}), "http/f", "alpha.test")
		assert.same({ 1, "B$" }, { #list, list[1].account })
		assert.equal("- other domain | - other domain", both(s, "http/f"))
	end)

	it("is one account alone", function()
		add_account(s, 1104, "X$", { spns = { "host/f.ALPHA.test" } })
		assert.equal("- service not unique | - service not unique", both(s))
		assert.truthy(ask(s).reason:find("F$, X$", 1, true))
		of(s, "X$").spns = { SPN, SPN:upper() }
		assert.equal("+ constrained | + constrained", both(s))
	end)
end)

describe("resource-based delegation", function()
	it("takes who the target's descriptor lets act, without protocol transition", function()
		local s = domain()
		let(s, { 1101 })
		assert.equal("+ resource-based | + resource-based", both(s))
		assert.same({ "F$", "MS-SFU 3.2.5.2.3" }, { ask(s).object, ask(s).section })
		of(s, "W$").targets = { "cifs/other" } -- now the ticket of S4U2Self is not forwardable
		assert.equal("+ resource-based | + resource-based", both(s))
		let(s, { 1102 })
		assert.equal("- not allowed | - not allowed", both(s))
	end)

	it("is not for users whom nobody may act for", function()
		local s = domain()
		let(s, { 1101 })
		of(s, "u").uac = NORMAL | SENSITIVE
		assert.equal("- not forwardable | - not forwardable", both(s))
		of(s, "u").uac = NORMAL
		add_group(s, PROTECTED, "Protected Users", { "u" })
		assert.equal("- not forwardable | - not forwardable", both(s))
	end)

	it("takes no ticket of the user's that may not be passed on", function()
		local s = domain()
		let(s, { 1101 })
		s.domains["alpha.test"].krbtgt = SENSITIVE
		assert.equal("+ resource-based | - not forwardable", both(s))
	end)

	it("knows the source by its groups, the primary one and those in groups, too", function()
		local s = domain()
		let(s, { 1201 })
		add_group(s, 1201, "outer", { "inner" })
		add_group(s, 1202, "inner", { "W$" }, "universal")
		assert.equal("+ resource-based by group | + resource-based by group", both(s))
		assert.same({ "outer" }, ask(s).via)
		add_group(s, 1202, "inner", { "W$" }, "domainlocal") -- no ticket-granting ticket names it
		assert.equal("- not allowed | - not allowed", both(s))
		add_group(s, 1202, "inner", { "W$" }).security = false
		assert.equal("- not allowed | - not allowed", both(s))
		let(s, { COMPUTERS })
		assert.equal("+ resource-based by group | + resource-based by group", both(s))
		of(s, "F$").descriptor = codec.sd "O:BAD:(A;;CR;;;AU)"
		assert.equal("+ resource-based by group | + resource-based by group", both(s))
	end)

	it("lets the first entry decide", function()
		local s = domain()
		add_group(s, 1201, "g", { "W$" })
		of(s, "F$").descriptor = codec.sd(("O:BAD:(D;;CR;;;%s-1201)(A;;CR;;;%s-1101)"):format(HEAD, HEAD))
		assert.equal("- denied | - denied", both(s))
		assert.truthy(ask(s).reason:find("denies it to g", 1, true))
		of(s, "F$").descriptor = codec.sd(("O:BAD:(A;;CR;;;%s-1101)(D;;CR;;;%s-1201)"):format(HEAD, HEAD))
		assert.equal("+ resource-based | + resource-based", both(s))
		of(s, "F$").descriptor = codec.sd(("O:BAD:(XA;;CR;;;%s-1101;(a == 1))"):format(HEAD))
		assert.truthy(ask(s).reason:find "under a condition")
		of(s, "F$").descriptor = "garbage"
		assert.truthy(ask(s).reason:find "not valid")
	end)

	it("crosses trusts that go both ways", function()
		local s = domain()
		let(s, { 1101 })
		of(s, "F$").domain = "beta.test"
		s.paths["alpha.test beta.test"] = { open = true, two_way = true, words = "both" }
		assert.equal("+ resource-based | + resource-based", both(s))
		s.paths["alpha.test beta.test"].two_way = false
		assert.equal("- trust | - trust", both(s))
	end)
end)

describe("delegation to any service", function()
	it("passes on what the user brings along", function()
		local s = domain()
		of(s, "W$").uac = HOST | UNCONSTRAINED
		assert.equal("- not allowed | + unconstrained", both(s))
		of(s, "u").uac = NORMAL | SENSITIVE
		assert.equal("- not allowed | - not forwardable", both(s))
	end)
end)

describe("Samba's KDC", function()
	local function differs(s, name)
		local r = ask(s)
		assert.same({ name }, r.differs)
		s.dialect = "windows"
		assert.is_true(ask(s).works ~= r.works)
		assert.same({ name }, ask(s).differs)
		return r.works
	end

	it("differs by its known differences", function()
		local s = domain "samba"
		let(s, { 1101 })
		of(s, "W$").targets = { "cifs/other" }
		assert.is_false(differs(s, "evidence"))
		s = domain "samba"
		of(s, "W$").uac, of(s, "W$").targets = HOST | TRANSITION, { SPN }
		add_group(s, PROTECTED, "Protected Users", { "u" })
		assert.equal("- not forwardable", select(2, said(s)))
		assert.is_true(differs(s, "protected"))
		s = domain "samba"
		of(s, "W$").uac, of(s, "W$").targets = HOST | TRANSITION, { SPN }
		s.domains["alpha.test"].krbtgt = SENSITIVE
		assert.is_true(differs(s, "krbtgt"))
		s = domain "samba"
		of(s, "W$").uac, of(s, "W$").targets = HOST | TRANSITION, { SPN }
		of(s, "F$").spns = {}
		assert.is_true(differs(s, "cn"))
		s = domain "samba"
		of(s, "W$").uac = HOST | TRANSITION
		of(s, "F$").descriptor = codec.sd(("O:BAD:(OA;;CR;;;%s-1101)"):format(HEAD))
		assert.is_false(differs(s, "objects"))
		of(s, "F$").descriptor = codec.sd(("O:%s-1101D:(A;;CR;;;OW)"):format(HEAD))
		s.dialect = "samba"
		assert.is_false(differs(s, "owner"))
	end)

	it("has each difference with both sides and a source", function()
		local list = require "adsh.verify".differences()
		for i, d in ipairs(list) do
			assert.same(model.differences[d.name], { windows = d.windows, samba = d.samba, source = d.source })
			assert.truthy(d.windows and d.samba and d.source, d.name)
			assert.is_true(i == 1 or list[i - 1].name < d.name)
			model.differences[d.name].seen = true
		end
		for name, d in pairs(model.differences) do
			assert.is_true(d.seen, name)
			d.seen = nil
		end
	end)
end)

-- ---- with a plan ----

local function change(s, name, attribute, before, after)
	local o = of(s, name) or s.groups[dn_of(name):lower()]
	return { kind = "attributes", dn = o.dn, guid = o.guid, label = name, domain = "alpha.test",
		edits = { { attribute = attribute, syntax = "set", before = before, after = after } } }
end

describe("a state with a plan", function()
	it("has what the plan changes, and the state itself stays", function()
		local s = domain()
		local after = state.with(s, { changes = {
			change(s, "W$", "msDS-AllowedToDelegateTo", {}, { SPN }),
			change(s, "W$", "userAccountControl", { "4096" }, { tostring(HOST | TRANSITION) }),
		} })
		assert.equal("+ constrained | + constrained", both(after))
		assert.equal("- not allowed | - not allowed", both(s))
		assert.same({}, after.unknown)
	end)

	it("changes only what the edit changes: others may have written since", function()
		local s = domain()
		of(s, "W$").targets, of(s, "W$").uac = { "a/1", "b/2", "c/3" }, HOST | DISABLED
		local after = of(state.with(s, {
			change(s, "W$", "msDS-AllowedToDelegateTo", { "a/1", "B/2" }, { "A/1", "d/4" }),
			change(s, "W$", "userAccountControl", { "4096" }, { tostring(HOST | TRANSITION) }),
		}), "W$")
		assert.same({ "a/1", "c/3", "d/4" }, after.targets)
		assert.equal(HOST | DISABLED | TRANSITION, after.uac)
	end)

	it("has descriptors out of files, new groups and accounts, and lacks those that go", function()
		local s = domain()
		local placeholder = "S-1-0-1-2-3-4-5"
		local bytes = codec.sd(("O:BAD:(A;;CR;;;%s)"):format(placeholder))
		local made = { kind = "group", dn = dn_of "new", label = "new", domain = "alpha.test", sid = placeholder, edits = {
			{ attribute = "group", before = {}, after = { "name=new", "scope=global" } },
			{ attribute = "member", before = {}, after = { dn_of "W$", dn_of "N$" } },
		} }
		local host = { kind = "account", dn = dn_of "N$", label = "N", domain = "alpha.test", sid = "S-1-0-9", edits = {
			{ attribute = "account", before = {}, after = { "name=N$" } } } }
		local after = state.with(s, { made, host, change(s, "F$", "msDS-AllowedToActOnBehalfOfOtherIdentity", {},
			{ { base64 = require "adsh.core.text".base64(bytes) } }) })
		assert.equal("+ resource-based by group | + resource-based by group", both(after))
		local r = model.ask(after, "u", "N$", SPN)
		assert.equal("source disabled", r.rule) -- as it is made
		of(after, "N$").uac = HOST
		assert.equal(HOST, of(state.with(after, { host }), "N$").uac) -- it is there already
		host.edits[1].before, host.edits[1].after = host.edits[1].after, {}
		local gone = state.with(after, { host })
		assert.equal("no such source", model.ask(gone, "u", "N$", SPN).rule)
	end)

	it("notes what it does not know", function()
		local s = domain()
		assert.same({ "gone$" }, state.with(s, { { kind = "attributes", dn = "CN=gone", label = "gone$", edits = {
			{ attribute = "servicePrincipalName", before = {}, after = { "a/b" } } } } }).unknown)
	end)
end)
