-- A small domain in random states, for verify_model_test: accounts of its own, whose attributes are written straight
-- into the database, also those that no server takes (a name that two accounts have).
local codec = require "adsh.core.codec"
local lab = require "lab"
local text = require "adsh.core.text"

local domain = {}

local NOT_DELEGATED, DISABLED, T2A4D, UNCONSTRAINED = 0x100000, 0x2, 0x1000000, 0x80000
local COMPUTER, USER, KRBTGT = 0x1000, 0x10200, 0x202 -- with a password that does not expire
local PASSWORD = "Passw0rd!model"
local RAW = "/var/lib/samba/private/sam.ldb.d/%s.ldb"

domain.sources = { "MODA$", "MODB$", "MODC$", "modsvc" }
domain.users = { "modu1", "modu2", "modu3" }
domain.groups = { "modg", "modn", "modv", "modl" } -- global, global, universal, domain local
domain.keytab = os.tmpname()
local TYPES = { modg = -2147483646, modn = -2147483646, modv = -2147483640, modl = -2147483644 }

--- Names of services that are asked for.
domain.services = { "cifs/moda.alpha.test", "HOST/modb.alpha.test", "cifs/modb.alpha.test", "cifs/modb",
	"HTTP/modsvc.alpha.test", "cifs/modc.alpha.test", "HTTP/modc.alpha.test", "HTTP/nobody.alpha.test",
	"Microsoft Virtual System Migration Service/modb.alpha.test" }

local function dn_of(name)
	return ("CN=%s,OU=Hosts,%s"):format((name:gsub("%$$", "")), lab.base)
end

local function is_host(name)
	return name:sub(-1) == "$"
end

local function on_dc(tool, ldif, where)
	local path = lab.file(ldif)
	lab.must(("%s/in.sh dc1 %s -H %s <%s"):format(lab.scripts, tool, where or "/var/lib/samba/private/sam.ldb", path))
	os.remove(path)
end

-- ---- the accounts ----

local function own_names(name)
	local short = name:gsub("%$$", ""):lower()
	if not is_host(name) then
		return { "HTTP/modsvc.alpha.test" }
	end
	return { "HOST/" .. short, "HOST/" .. short .. ".alpha.test", "RestrictedKrbHost/" .. short }
end

local function utf16(s)
	return (('"' .. s .. '"'):gsub(".", "%0\0"))
end

local function account(name, class, uac)
	local lines = { "dn: " .. dn_of(name), "objectClass: " .. class, "sAMAccountName: " .. name,
		"userAccountControl: " .. uac, "msDS-SupportedEncryptionTypes: 24",
		"unicodePwd:: " .. text.base64(utf16(PASSWORD)) }
	if class == "computer" then
		lines[#lines + 1] = ("dNSHostName: %s.alpha.test"):format(name:gsub("%$$", ""):lower())
	end
	return table.concat(lines, "\n") .. "\n\n"
end

-- The keys of sources and users, by their password.
local function make_keytab()
	local lines = {}
	os.remove(domain.keytab)
	for _, list in ipairs { domain.sources, domain.users } do
		for _, name in ipairs(list) do
			lines[#lines + 1] = ("addent -password -p %s@%s -k 1 -e aes256-cts -f\n%s"):format(name, lab.realm, PASSWORD)
		end
	end
	lines[#lines + 1] = "wkt " .. domain.keytab
	lab.must("ktutil <" .. lab.file(table.concat(lines, "\n") .. "\n"))
end

-- ---- a random state ----

local function chance(percent)
	return math.random(100) <= percent
end

local function pick(list)
	return list[math.random(#list)]
end

local function some(list, percent)
	local chosen = {}
	for _, v in ipairs(list) do
		chosen[#chosen + 1] = chance(percent) and v or nil
	end
	return chosen
end

local function random_uac(base, chances)
	for _, one in ipairs(chances) do
		base = base | (chance(one[2]) and one[1] or 0)
	end
	return base
end

local MASKS = { "CR", "CR", "CR", "CR", "0xf01ff", "0xf01ff", "0xf01ff", "RPWP", "GA", "0x100000" }
local KINDS = { "A", "A", "A", "A", "D", "D", "OA", "OD" }
local CROWDS = { "WD", "AU", "BU", "NU", "DU", "DC", "IU", "PS", "S-1-3-4", "BO", "BO" }

local function random_entry()
	local who = chance(80) and "<" .. pick(chance(50) and domain.sources or domain.groups) .. ">" or pick(CROWDS)
	return ("(%s;%s;%s;;;%s)"):format(pick(KINDS), chance(10) and "CIIO" or "", pick(MASKS), who)
end

local function random_descriptor()
	local owner, entries = chance(15) and "<" .. pick(domain.sources) .. ">" or "BA", {}
	if chance(5) then
		return "O:" .. owner .. "D:NO_ACCESS_CONTROL"
	end
	for i = 1, math.random(0, 5) do
		entries[i] = random_entry()
	end
	return "O:" .. owner .. "D:" .. table.concat(entries)
end

local function random_spns(name)
	local list = some(own_names(name), 85)
	if chance(25) then
		local more = pick { "cifs/moda.alpha.test", "HOST/modb.alpha.test", "cifs/modb.alpha.test", "cifs/modc.alpha.test",
			"HTTP/modsvc.alpha.test" }
		for i = #list, 1, -1 do
			more = list[i] ~= more and more or nil
		end
		list[#list + 1] = more
	end
	return list
end

--- random(): what a state is: accounts[name] = { uac=, spns=, targets=, descriptor = SDDL or nil, garbage= },
--- members[group] = names, protected = names, krbtgt = more bits.
function domain.random()
	local s = { accounts = {}, members = {} }
	for _, name in ipairs(domain.sources) do
		s.accounts[name] = {
			uac = random_uac(is_host(name) and COMPUTER or USER,
				{ { T2A4D, 75 }, { UNCONSTRAINED, 10 }, { NOT_DELEGATED, 8 }, { DISABLED, 8 } }),
			spns = random_spns(name), targets = chance(70) and some(domain.services, 40) or {},
			descriptor = chance(80) and random_descriptor() or nil, garbage = chance(3),
		}
	end
	for _, name in ipairs(domain.users) do
		s.accounts[name] = { uac = random_uac(USER, { { NOT_DELEGATED, 20 }, { DISABLED, 8 } }), spns = {}, targets = {} }
	end
	for i, name in ipairs(domain.groups) do
		s.members[name] = some(domain.sources, 35)
		-- groups in groups, without circles; a global one takes global ones only
		for k = i + 1, #domain.groups do
			local inner = domain.groups[k]
			local fits = inner == "modn" or inner == "modv" and name == "modl"
			table.insert(s.members[name], fits and chance(40) and inner or nil)
		end
	end
	s.members["Backup Operators"] = some(domain.sources, 40)
	s.members["Protected Users"] = some(chance(30) and domain.sources or domain.users, 25)
	s.krbtgt = chance(15) and NOT_DELEGATED or 0
	return s
end

-- ---- writing it ----

local function values(lines, attribute, list)
	lines[#lines + 1] = "replace: " .. attribute
	for _, v in ipairs(list) do
		lines[#lines + 1] = ("%s%s %s"):format(attribute, v:find "[^%g ]" and "::" or ":",
			v:find "[^%g ]" and text.base64(v) or v)
	end
	lines[#lines + 1] = "-"
end

local function descriptor_of(a)
	if a.garbage then
		return { "\1\0garbage" }
	end
	local sddl = a.descriptor and a.descriptor:gsub("<(.-)>", domain.sids)
	return sddl and { assert(codec.sd(sddl, domain.sids["MODA$"]:match "^(.*)%-%d+$")) } or {}
end

local function write_accounts(s)
	local lines = {}
	for name, a in pairs(s.accounts) do
		lines[#lines + 1] = "dn: " .. dn_of(name) .. "\nchangetype: modify"
		values(lines, "userAccountControl", { tostring(a.uac) })
		values(lines, "servicePrincipalName", a.spns)
		values(lines, "msDS-AllowedToDelegateTo", a.targets)
		values(lines, "msDS-AllowedToActOnBehalfOfOtherIdentity", descriptor_of(a))
		lines[#lines + 1] = ""
	end
	lines[#lines + 1] = ("dn: CN=krbtgt,CN=Users,%s\nchangetype: modify"):format(lab.base)
	values(lines, "userAccountControl", { tostring(KRBTGT | s.krbtgt) })
	on_dc("ldbmodify", table.concat(lines, "\n") .. "\n", RAW:format(lab.base:upper()))
end

local function difference(from, to)
	local has, list = {}, {}
	for _, v in ipairs(from or {}) do
		has[v] = true
	end
	for _, v in ipairs(to or {}) do
		list[#list + 1] = not has[v] and v or nil
	end
	return list
end

local function group_dn(name)
	local container = ({ ["Protected Users"] = "Users", ["Backup Operators"] = "Builtin" })[name]
	return container and ("CN=%s,CN=%s,%s"):format(name, container, lab.base) or dn_of(name)
end

local function write_members(s)
	local lines = {}
	for group, new in pairs(s.members) do
		local old = domain.members[group]
		for what, list in pairs { add = difference(old, new), delete = difference(new, old) } do
			if #list > 0 then
				lines[#lines + 1] = ("dn: %s\nchangetype: modify\n%s: member"):format(group_dn(group), what)
				for _, name in ipairs(list) do
					lines[#lines + 1] = "member: " .. dn_of(name)
				end
				lines[#lines + 1] = ""
			end
		end
	end
	if #lines > 0 then
		lab.must(("KRB5CCNAME=%s ldapmodify -N -Q -Y GSSAPI -H ldap://%s <%s"):format(domain.login, lab.dc,
			lab.file(table.concat(lines, "\n"))))
	end
	domain.members = s.members
end

function domain.write(s)
	write_accounts(s)
	write_members(s)
end

--- group_dns(): the DNs of krbtgt and of the groups: what a plan changes has to be read.
function domain.group_dns()
	local list = { "CN=krbtgt,CN=Users," .. lab.base, group_dn "Protected Users", group_dn "Backup Operators" }
	for _, name in ipairs(domain.groups) do
		list[#list + 1] = dn_of(name)
	end
	return list
end

-- What is between two states, as a plan says it.
local function edit(attribute, before, after)
	return { attribute = attribute, before = before, after = after }
end

local function dns_of(names)
	local list = {}
	for i, name in ipairs(names) do
		list[i] = dn_of(name)
	end
	return list
end

--- changes(from, to): the changes of a plan that makes one state of the other.
function domain.changes(from, to)
	local list = { { kind = "attributes", dn = "CN=krbtgt,CN=Users," .. lab.base, label = "krbtgt", domain = lab.domain,
		edits = { edit("userAccountControl", { tostring(KRBTGT | from.krbtgt) }, { tostring(KRBTGT | to.krbtgt) }) } } }
	for name, a in pairs(to.accounts) do
		local b = from.accounts[name]
		list[#list + 1] = { kind = "attributes", dn = dn_of(name), label = name, domain = lab.domain, edits = {
			edit("userAccountControl", { tostring(b.uac) }, { tostring(a.uac) }), edit("servicePrincipalName", b.spns, a.spns),
			edit("msDS-AllowedToDelegateTo", b.targets, a.targets),
			edit("msDS-AllowedToActOnBehalfOfOtherIdentity", descriptor_of(b), descriptor_of(a)) } }
	end
	for group, names in pairs(to.members) do
		list[#list + 1] = { kind = "attributes", dn = group_dn(group), label = group, domain = lab.domain,
			edits = { edit("member", dns_of(from.members[group]), dns_of(names)) } }
	end
	return list
end

-- ---- from the beginning to the end ----

function domain.remove()
	local dns = {}
	for _, e in ipairs(lab.search("(cn=mod*)", "cn")) do
		dns[#dns + 1] = lab.quote(e.dn)
	end
	if #dns > 0 then
		lab.must(("%s/in.sh dc1 ldbdel -H /var/lib/samba/private/sam.ldb %s"):format(lab.scripts, table.concat(dns, " ")))
	end
	write_accounts { accounts = {}, krbtgt = 0 }
end

function domain.make()
	domain.remove()
	local ldif = {}
	for _, name in ipairs(domain.sources) do
		ldif[#ldif + 1] = account(name, is_host(name) and "computer" or "user", is_host(name) and COMPUTER or USER)
	end
	for _, name in ipairs(domain.users) do
		ldif[#ldif + 1] = account(name, "user", USER)
	end
	for _, name in ipairs(domain.groups) do
		ldif[#ldif + 1] = ("dn: %s\nobjectClass: group\nsAMAccountName: %s\ngroupType: %d\n\n"):format(dn_of(name), name,
			TYPES[name])
	end
	on_dc("ldbadd", table.concat(ldif))
	make_keytab()
	domain.login = lab.login "Administrator"
	domain.sids = {}
	for _, e in ipairs(lab.search("(cn=mod*)", "sAMAccountName objectSid")) do
		domain.sids[e.sAMAccountName[1]] = codec.sid(text.unbase64(e.objectSid[1]))
	end
	domain.members = {}
end

return domain
