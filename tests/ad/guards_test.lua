-- The gate judges: every sort of change that widens trust or touches something protected, through every way in, without
-- an option, where a policy forbids it, and with the option. What is in the directory and on the file server is looked
-- at from outside, with Samba's own library. All cells with ADSH_ROUNDS (make soak); else each row by a forged plan and
-- by one more of the ways.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local outside = require "outside"
local ways = require "ways"

local UAC, TARGETS = "userAccountControl", "msDS-AllowedToDelegateTo"
local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local OU = "OU=Guards," .. lab.base
local FS = "fs1.alpha.test"

local dc, fs = outside.open "dc1", outside.open "fs1"
local SID = dc:ask "base".sid

-- ---- the objects ----

local function object(dn, label)
	return { dn = dn, label = label, guid = dc:guid(dn) }
end

local function own(name)
	return ("CN=%s,%s"):format(name, OU)
end

local function make()
	dc:delete(OU)
	dc:add(OU, { objectClass = "organizationalUnit" })
	for _, name in ipairs { "g-plain", "g-direct", "g-nested", "g-primary", "g-keeper" } do
		dc:add(own(name), { objectClass = "computer", sAMAccountName = name .. "$", userAccountControl = "4096",
			dNSHostName = name .. ".alpha.test" })
	end
	dc:add(own "krbtgt_12345", { objectClass = "user", sAMAccountName = "krbtgt_12345", userAccountControl = "514" })
	for _, name in ipairs { "person", "boss" } do
		dc:add(own(name), { objectClass = "user", sAMAccountName = "guards-" .. name, userAccountControl = "514" })
	end
	for _, name in ipairs { "ordinary", "inner", "leaders", "crowded", "round", "holding", "outer" } do
		dc:add(own(name), { objectClass = "group", sAMAccountName = "guards-" .. name })
	end
	local users = ",CN=Users," .. lab.base
	local function join(group, ...)
		local list = dc:get(group, "member")
		for _, dn in ipairs { ... } do
			list[#list + 1] = dn
		end
		dc:replace(group, "member", list)
	end
	dc:replace(own "boss", "servicePrincipalName", { "HTTP/guards-boss.alpha.test" })
	join("CN=Protected Users" .. users, own "g-direct", own "inner", own "g-primary")
	join(own "inner", own "g-nested")
	dc:replace(own "g-primary", "primaryGroupID", { "525" })
	join("CN=Domain Admins" .. users, own "boss")
	dc:replace(own "leaders", "adminCount", { "1" })
	join(own "crowded", "CN=Domain Computers" .. users)
	join(own "round", own "crowded")
	join(own "holding", "CN=DC1,OU=Domain Controllers," .. lab.base)
	join(own "outer", own "holding")
	fs:ask("make", { path = "data/guards" })
end

make()

local plain, person, ordinary = object(own "g-plain", "G-PLAIN$"), object(own "person", "guards-person"),
	object(own "ordinary", "guards-ordinary")
local controller = object("CN=DC1,OU=Domain Controllers," .. lab.base, "DC1$")
local users = ",CN=Users," .. lab.base

-- ---- the rows ----

local rows = {}

local function row(r)
	rows[#rows + 1] = r
	return r
end

local function with(list, ...)
	local copy = table.move(list, 1, #list, 1, {})
	return table.move({ ... }, 1, select("#", ...), #copy + 1, copy)
end

local function sorted(list)
	local copy = with(list)
	table.sort(copy)
	return copy
end

local function sid_of(dn)
	return dc:ask("sid", { dn = dn }).sid
end

-- Bits of userAccountControl.
local function bits(name, o, narrow, wide, says, more)
	local r = row { name = name, sort = "widens", object = o, attribute = UAC, narrow = { tostring(narrow) },
		wide = { tostring(wide) }, says = says }
	for key, v in pairs(more or {}) do
		r[key] = v
	end
end

bits("unconstrained", plain, 4096, 4096 | 0x80000, "unconstrained",
	{ verb = "delegation.set_mode('g-plain', 'unconstrained')" })
bits("no preauthentication", person, 514, 514 | 0x400000, "without its password")
bits("no password needed", plain, 4096, 4096 | 0x20, "no password")
bits("readable password", person, 514, 514 | 0x80, "reversible encryption")
bits("DES only", plain, 4096, 4096 | 0x200000, "DES")
bits("no authorization data", plain, 4096, 4096 | 0x2000000, "authorization data")
bits("no longer sensitive", person, 514 | 0x100000, 514, "no longer sensitive")
bits("no longer disabled", plain, 4098, 4096, "becomes enabled")
bits("no smart card", person, 514 | 0x40000, 514, "smart card")
bits("becomes a DC", plain, 4096, 8192, "domain controller", { unwritten = true })
bits("becomes an RODC", plain, 4096, 4096 | 0x4000000, "read%-only domain controller", { unwritten = true })

local EVERYONE, NETWORK, INTERACTIVE, ORGANIZATION = "S-1-1-0", "S-1-5-2", "S-1-5-4", "S-1-5-15"
local CROWDS = {
	Everyone = EVERYONE, ["Authenticated Users"] = "S-1-5-11", ["This Organization"] = ORGANIZATION,
	["Domain Users"] = SID .. "-513", ["Domain Computers"] = SID .. "-515", ["BUILTIN\\Users"] = "S-1-5-32-545",
	Network = NETWORK, Interactive = INTERACTIVE, Guests = "S-1-5-32-546",
}
local ORDER = { "Everyone", "Authenticated Users", "This Organization", "Domain Users", "Domain Computers",
	"BUILTIN\\Users", "Network", "Interactive", "Guests" }

local RBCD = "O:BAD:%s"
local FULL = "(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;%s)"
local KEEPER = FULL:format(sid_of(own "g-keeper"))

-- Descriptors of an account, as SDDL; nil: none.
local function sources(name, o, narrow, wide, more)
	local r = row { name = name, object = o, attribute = SOURCES, narrow = narrow and { dc:bytes(narrow, SID) } or {},
		wide = { dc:bytes(wide, SID) }, descriptor = true }
	for key, v in pairs(more) do
		r[key] = v
	end
end

for _, name in ipairs(ORDER) do
	sources("RBCD for " .. name, plain, nil, RBCD:format(FULL:format(CROWDS[name])), { sort = "widens",
		says = "every account in", verb = ("delegation.allow_from('g-plain', %q)"):format(CROWDS[name]) })
end
sources("RBCD without an access list", plain, RBCD:format(KEEPER), "O:BA",
	{ sort = "widens", says = "every account in Everyone" })
sources("RBCD, a Deny of Everyone removed", plain, RBCD:format("(D;;CR;;;WD)" .. FULL:format "AU"),
	RBCD:format(FULL:format "AU"), { sort = "widens", says = "every account in" })
sources("RBCD on a condition", plain, nil, RBCD:format "(XA;;CR;;;WD;(@User.x == 1))",
	{ sort = "widens", says = "Everyone" })
sources("RBCD on another condition", plain, RBCD:format "(XA;;CR;;;WD;(@User.x == 1))",
	RBCD:format "(XA;;CR;;;WD;(@User.x == 2))", { sort = "widens", says = "Everyone" })
sources("RBCD by an object entry", plain, nil,
	RBCD:format "(OA;;CR;4828cc14-1437-45bc-9b07-ad6f015e5f28;;WD)",
	{ sort = "widens", says = "Everyone" })

sources("RBCD for a group with a crowd in it", plain, nil, RBCD:format(FULL:format(sid_of(own "crowded"))),
	{ sort = "widens", says = "every account in Domain Computers, through guards%-crowded",
		verb = "delegation.allow_from('g-plain', 'guards-crowded')" })

-- ---- groups ----

local function member(name, group, who, more)
	local r = row { name = name, object = group, attribute = "member", narrow = dc:get(group.dn, "member") }
	r.wide = with(r.narrow, who)
	for key, v in pairs(more) do
		r[key] = v
	end
end

member("Domain Computers in a group", ordinary, "CN=Domain Computers" .. users,
	{ sort = "widens", says = "every account in Domain Computers",
		verb = "group.add('guards-ordinary', 'Domain Computers')" })
member("a group with a crowd in a group", ordinary, own "crowded",
	{ sort = "widens", says = "every account in Domain Computers becomes a member, through guards%-crowded",
		verb = "group.add('guards-ordinary', 'guards-crowded')" })
member("Domain Users in a group", ordinary, "CN=Domain Users" .. users,
	{ sort = "widens", says = "every account in Domain Users" })
member("Everyone in a group", ordinary, "CN=Everyone,CN=WellKnown Security Principals,CN=Configuration," .. lab.base,
	{ sort = "widens", says = "every account in Everyone" })

-- ---- what is protected ----

local function protected(name, o, attribute, value, says, more)
	local r = row { name = name, sort = "protected", object = o, attribute = attribute, narrow = dc:get(o.dn, attribute),
		says = says }
	r.wide = with(r.narrow, value)
	for key, v in pairs(more or {}) do
		r[key] = v
	end
end

local function allow(name, says, o, verb)
	protected(name .. " as a source", o, TARGETS, "cifs/guards.alpha.test", says,
		{ verb = ("delegation.allow(%q, 'cifs/guards.alpha.test')"):format(verb) })
end

local function target(name, spn, says, more)
	protected("delegation to " .. name, plain, TARGETS, spn, says, more
		or { verb = ("delegation.allow('g-plain', %q)"):format(spn) })
end

local boss, leaders = object(own "boss", "guards-boss"), object(own "leaders", "guards-leaders")
allow("a DC", "a domain controller", controller, "dc1")
rows[#rows].recipe = { "kcd", "--source", "dc1", "--target", "g-plain", "--service", "cifs", "--add" }
rows[#rows].recipe_wide = { "cifs/g-plain", "cifs/g-plain.alpha.test" }
allow("krbtgt", "the KDC's own account", object("CN=krbtgt" .. users, "krbtgt"), "krbtgt")
allow("krbtgt of a read-only DC", "the KDC's own account", object(own "krbtgt_12345", "krbtgt_12345"), "krbtgt_12345")
allow("a member of Protected Users", "a member of Protected Users", object(own "g-direct", "G-DIRECT$"), "g-direct")
allow("a nested member of Protected Users", "a member of Protected Users", object(own "g-nested", "G-NESTED$"),
	"g-nested")
allow("a member by primary group", "a member of Protected Users", object(own "g-primary", "G-PRIMARY$"), "g-primary")
allow("an administrator", "a member of Domain Admins", boss, "guards-boss")
protected("an SPN of a DC", controller, "servicePrincipalName", "HTTP/guards.alpha.test", "a domain controller",
	{ verb = "spn.add('dc1', 'HTTP/guards.alpha.test')" })
target("a DC", "cifs/" .. lab.dc, "the target DC1%$ is a domain controller")
rows[#rows].recipe = { "kcd", "--source", "g-plain", "--target", "dc1", "--service", "cifs", "--add" }
rows[#rows].recipe_wide = { "cifs/DC1", "cifs/" .. lab.dc }
target("a DC by its short name", "HOST/dc1", "the target DC1%$ is a domain controller")
target("a service of a DC that is in no list", "anything/" .. lab.dc .. ":1234",
	"the target DC1%$ is a domain controller")
target("an administrator", "HTTP/guards-boss.alpha.test", "the target guards%-boss is a member of Domain Admins")
target("the KDC", "kadmin/changepw", "the KDC's own account")

local function source(name, sid, says, verb)
	sources(name .. " as a source of RBCD", plain, nil, RBCD:format(FULL:format(sid)), { sort = "protected", says = says,
		verb = ("delegation.allow_from('g-plain', %q)"):format(verb or sid) })
end

source("a DC", sid_of(controller.dn), "DC1%$ is a domain controller", "dc1")
source("Domain Controllers", SID .. "-516", "holds domain controllers", "Domain Controllers")
source("Enterprise Domain Controllers", "S-1-5-9", "holds domain controllers")
source("Domain Admins", SID .. "-512", "administrative group")
source("an administrator", sid_of(own "boss"), "a member of Domain Admins", "guards-boss")
source("krbtgt", SID .. "-502", "the KDC's own account")
source("a member of Protected Users", sid_of(own "g-nested"), "a member of Protected Users", "g-nested")
source("a group with a DC in it", sid_of(own "holding"), "guards%-holding holds DC1%$, a domain controller",
	"guards-holding")
source("a group with a DC in a group in it", sid_of(own "outer"), "guards%-outer holds DC1%$, a domain controller",
	"guards-outer")
sources("a DC as the target of RBCD", controller, nil, RBCD:format(KEEPER), { sort = "protected",
	says = "a domain controller", verb = "delegation.allow_from('dc1', 'g-keeper')" })

local function joins(name, group, who, says, verb)
	member(name, group, who, { sort = "protected", says = says, verb = verb })
end

joins("a member of Domain Admins", object("CN=Domain Admins" .. users, "Domain Admins"), person.dn,
	"administrative group",
	"group.add('Domain Admins', 'guards-person')")
joins("a member of Protected Users", object("CN=Protected Users" .. users, "Protected Users"), person.dn,
	"administrative group", "group.add('Protected Users', 'guards-person')")
joins("a member of a group in Protected Users", object(own "inner", "guards-inner"), person.dn,
	"a member of Protected Users",
	"group.add('guards-inner', 'guards-person')")
joins("a DC in a group", ordinary, controller.dn, "the member DC1%$ is a domain controller",
	"group.add('guards-ordinary', 'dc1')")
joins("an administrator in a group", ordinary, boss.dn, "the member .* Domain Admins",
	"group.add('guards-ordinary', 'guards-boss')")
joins("a group with a DC in a group", ordinary, own "holding", "the member guards%-holding holds DC1%$",
	"group.add('guards-ordinary', 'guards-holding')")
joins("Domain Admins in a group", ordinary, "CN=Domain Admins" .. users, "the member Domain Admins is",
	"group.add('guards-ordinary', 'Domain Admins')")
joins("a nested member of Protected Users in a group", ordinary, own "g-nested", "the member .* Protected Users",
	"group.add('guards-ordinary', 'g-nested')")
joins("a member of an administrative group", leaders, person.dn, "administrative group",
	"group.add('guards-leaders', 'guards-person')")

-- ---- shares and folders ----

local SHARE = {
	kind = "share", attribute = "shareSecurityDescriptor", dn = ([[\\%s\data]]):format(FS), label = "share data on " .. FS,
	sddl = "D:(A;;FA;;;BA)", flags = "", grant = ("share.grant(%q, 'data', %%q, 'full')"):format(FS),
	set = ("share.set_acl(%q, 'data', %%q)"):format(FS), op = "share", look = { name = "data" },
}
local FOLDER = {
	kind = "folder", attribute = "fileSecurityDescriptor", dn = ([[\\%s\data\guards]]):format(FS),
	label = "folder data\\guards on " .. FS, sddl = "D:P(A;OICI;FA;;;BA)", flags = "OICI",
	grant = ("folder.grant('//%s/data/guards', %%q, 'full')"):format(FS),
	set = ("folder.set_acl('//%s/data/guards', %%q)"):format(FS), op = "folder", look = { path = "data/guards" },
}

-- A descriptor with a list that is none, [MS-DTYP] 2.4.6: SE_SELF_RELATIVE and SE_DACL_PRESENT.
local NO_LIST = ("<BBHIIII"):pack(1, 0, 0x8004, 0, 0, 0, 0)

-- narrow: what is there besides administrators.
local function acl(name, place, narrow, wide, says, more)
	local r = row { name = name .. " on a " .. place.kind, sort = "widens", place = place, object = place,
		kind = place.kind, attribute = place.attribute, says = says, narrow_sddl = place.sddl .. narrow,
		wide = { wide == NO_LIST and wide or dc:bytes(place.sddl .. wide, SID) } }
	for key, v in pairs(more or {}) do
		r[key] = v
	end
end

for _, place in ipairs { SHARE, FOLDER } do
	local function ace(sid, kind, flags, rights, rest)
		return ("(%s;%s;%s;;;%s%s)"):format(kind or "A", flags or place.flags, rights or "FA", sid, rest or "")
	end
	for _, name in ipairs(ORDER) do
		acl(name, place, "", ace(CROWDS[name]), "gains full", { verb = place.grant:format(CROWDS[name]) })
	end
	for _, name in ipairs { "crowded", "round" } do
		acl("a group with a crowd in it, " .. name .. ",", place, "", ace(sid_of(own(name))),
			"Domain Computers, through guards%-" .. name .. " gains full", { verb = place.grant:format("guards-" .. name) })
	end
	acl("a Deny of a group with a crowd in it removed", place, ace(sid_of(own "crowded"), "D", nil, "0x10000"), "",
		"through guards%-crowded is no longer denied")
	acl("no access list", place, "", NO_LIST, "everyone may do everything")
	acl("a Deny of Everyone removed", place, ace(EVERYONE, "D", nil, "0x10000"), "", "is no longer denied")
	acl("change for Domain Users", place, "", ace(CROWDS["Domain Users"], nil, nil, "0x1301bf"), "gains change")
	acl("an entry on a condition", place, "", ace(EVERYONE, "XA", nil, nil, ";(@User.x == 1)"), "gains full")
	acl("another condition", place, ace(EVERYONE, "XA", nil, nil, ";(@User.x == 1)"),
		ace(EVERYONE, "XA", nil, nil, ";(@User.x == 2)"), "gains full")
	acl("an object entry", place, "", ("(OA;%s;FA;4828cc14-1437-45bc-9b07-ad6f015e5f28;;WD)"):format(place.flags),
		"gains full")
end
acl("for what is made below", FOLDER, "", "(A;OICIIO;FA;;;AU)", "gains full")

-- ---- cells ----

local function set(r, values)
	if not r.place then
		dc:replace(r.object.dn, r.attribute, values)
	elseif values == r.narrow then
		ways.must { "-e", r.place.set:format(r.narrow_sddl) }
	else
		ways.must_restore(r, r.narrow, values)
	end
end

local function entries(bytes)
	local list = dc:entries(bytes)
	return list and sorted(list) or { "everything" }
end

local function state(r)
	if r.place then
		local list = fs:ask(r.place.op, r.place.look).entries
		return type(list) == "table" and sorted(list) or { "everything" }
	end
	local values = dc:get(r.object.dn, r.attribute)
	return r.descriptor and #values == 1 and entries(values[1]) or sorted(values)
end

local function wanted(r, way)
	if r.place or r.descriptor then
		return entries(r.wide[1])
	end
	return sorted(way.name == "recipe" and with(r.narrow, table.unpack(r.recipe_wide)) or r.wide)
end

-- What the directory has for the row before it goes a way, as adsh reads it.
local function begin(r)
	r.narrow = r.narrow or {}
	set(r, r.narrow)
	if r.place then
		r.narrow = ways.read(r.place.set:format "D:(A;;FA;;;SY)")
	end
end

local function check(r, way, go, mode)
	local before = state(r)
	local status, said = go(r, mode)
	local cell = ("%s, %s, %s: %d\n%s"):format(r.name, way.name, mode, status, said)
	if mode == "option" and r.unwritten then
		return assert.not_equal(6, status, cell)
	elseif mode == "option" then
		assert.equal(0, status, cell)
		return assert.same(wanted(r, way), state(r), cell)
	end
	assert.equal(6, status, cell)
	assert.matches(r.says, said, cell)
	assert.matches(mode == "policy" and "the policy of this machine" or "if this is intended", said, cell)
	assert.matches("Nothing was written", said, cell)
	assert.same(before, state(r), cell)
end

local function judges(r, way)
	it(("judges %s by %s"):format(r.name, way.name), function()
		begin(r)
		finally(function() set(r, r.narrow) end)
		local go = way.make(r, set)
		for _, mode in ipairs { "none", "policy", "option" } do
			check(r, way, go, mode)
		end
	end)
end

local function has(r, way)
	if way.name == "recipe" then
		return r.recipe
	elseif way.spoken then
		return r.verb
	end
	return not (r.unwritten and way.written) -- what the server does not take cannot have been written before
end

-- The ways that a row is taken by: all, or a forged plan and one more, another for each row.
local function chosen(r, n)
	local possible = {}
	for _, way in ipairs(ways.list) do
		if has(r, way) then
			possible[#possible + 1] = way
		end
	end
	if os.getenv "ADSH_ROUNDS" then
		return possible
	end
	local other = r.recipe and ways.by_name.recipe or possible[n % #possible + 1]
	return other == ways.by_name["forged plan"] and { other } or { ways.by_name["forged plan"], other }
end

describe("the gate", function()
	teardown(function()
		fs:ask("remove", { path = "data/guards" })
		ways.must { "-e", SHARE.set:format "D:(A;;FA;;;WD)" }
		dc:delete(OU)
		ways.clear()
		dc:close()
		fs:close()
	end)
	for n, r in ipairs(rows) do
		for _, way in ipairs(chosen(r, n)) do
			judges(r, way)
		end
	end
end)
