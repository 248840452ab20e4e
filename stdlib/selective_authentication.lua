-- Selective authentication: a domain that trusts another one so lets its accounts in only where the access list of the
-- computer allows them the extended right Allowed-To-Authenticate (MS-KILE 3.3.5.7.2).
local codec = require "adsh.core.codec"
local filter = require "adsh.filter"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"

local selective_authentication = {}

local RIGHT = "68b1d179-0d15-4d4f-ab71-46152e79a7bc"
local DACL = 4 -- of a descriptor: the access list alone (LDAP_SERVER_SD_FLAGS_OID)
local DOMAIN_ADMINS, DOMAIN_USERS = codec.rid "Domain Admins", codec.rid "Domain Users"
local DOMAIN_COMPUTERS = codec.rid "Domain Computers"

-- Who comes in so is of Other Organization, and not of This Organization (S-1-5-15): MS-PAC 4.1.2.2.
local ALWAYS = { "S-1-1-0", "S-1-5-11", "S-1-5-1000" }

local function read_values(dir, dn, attribute)
	local values
	for e in dir:search { base = dn, scope = "base", attributes = { attribute }, sd_flags = DACL } do
		values = e[attribute]
	end
	return values
end

-- ---- who it is: read only when it is asked for ----

local function group_of(sid, rid)
	return sid:match "^(.*)%-%d+$" .. "-" .. rid
end

-- The SIDs of an account and of its groups, the account first; rid: of the group that holds all of its kind.
local function read_account(o, dir, rid)
	local group = group_of(o.objectSid, rid)
	local list = { o.objectSid }
	local groups = raising.try(read_values, dir, o.dn, "tokenGroupsGlobalAndUniversal")
	for _, bytes in ipairs(groups or {}) do
		list[#list + 1] = codec.sid(bytes)
	end
	list[#list + 1] = not groups and group or nil
	return list, group
end

--- host(o, dir): a computer that is to be let in to another one.
function selective_authentication.host(o, dir)
	return { label = "the source", read = function() return read_account(o, dir, DOMAIN_COMPUTERS) end }
end

--- user(o, dir): the same for a person.
function selective_authentication.user(o, dir)
	return { label = o.sAMAccountName, read = function() return read_account(o, dir, DOMAIN_USERS) end }
end

--- administrators(domain, dir): whoever administers that domain; dir: nil when it could not be asked.
function selective_authentication.administrators(domain, dir)
	return { label = "administrators of " .. domain, read = function()
		local sid = dir and dir:get(dir:info().base, { attributes = { "objectSid" } }).objectSid
		return sid and { sid .. "-" .. DOMAIN_ADMINS, sid .. "-" .. DOMAIN_USERS } or {}
	end }
end

local function sids_of(who)
	if not who.sids then
		who.sids, who.group = who.read()
	end
	return who.sids
end

-- ---- what the target's domain makes of him ----

-- The place-holders that a domain has for these SIDs of others.
local function place_holders(dir, list)
	local clauses, dns = {}, {}
	for i, sid in ipairs(list) do
		clauses[i] = filter.bytes("objectSid", codec.sid(sid))
	end
	for e in dir:search { filter = filter.all("(objectClass=foreignSecurityPrincipal)", filter.any(clauses)),
		attributes = { "cn" } } do
		dns[#dns + 1] = e.dn
	end
	return dns
end

--- token(who, dir): all SIDs with which he is judged there: his own, those of everybody who comes in, and the groups
--- there that have any of these as members.
local function token(who, dir)
	local list, clauses = { table.unpack(ALWAYS) }, {}
	table.move(sids_of(who), 1, #sids_of(who), #list + 1, list)
	for i, dn in ipairs(place_holders(dir, list)) do
		clauses[i] = filter.has_member(dn)
	end
	if #clauses > 0 then
		for e in dir:search { filter = filter.all("(objectClass=group)", filter.any(clauses)),
			attributes = { "objectSid" } } do
			list[#list + 1] = codec.sid(e:first "objectSid")
		end
	end
	return list
end

selective_authentication.token = token

local WORDS = {
	denied = "the access list of the %s denies 'Allowed to authenticate' to %s",
	missing = "the access list of the %s does not grant 'Allowed to authenticate' to %s",
	unreadable = "the access list of the %s cannot be read, so 'Allowed to authenticate' for %s is unknown",
}

-- What the administrator of the host types to allow it.
local function remedy(who, o, domain)
	local sid = sids_of(who)[1]
	return sid and ([[dsacls "%s" /G "%s:CA;Allowed to Authenticate"]]):format(o.dn, sid_names.name(sid, domain))
end

--- blocked(memory, who, o, dir, role): nil when he may authenticate to the computer o of dir; else why not, and the
--- command that allows it. role: what o is in the sentence. memory: a table, kept for a set of questions.
function selective_authentication.blocked(memory, who, o, dir, role)
	local lists, tokens = memory.lists or {}, memory.tokens or {}
	memory.lists, memory.tokens = lists, tokens
	if lists[o] == nil then
		lists[o] = (read_values(dir, o.dn, "nTSecurityDescriptor") or {})[1] or false
	end
	tokens[who] = tokens[who] or {}
	tokens[who][dir] = tokens[who][dir] or token(who, dir)
	local verdict = not lists[o] and "unreadable" or codec.access(lists[o], RIGHT, tokens[who][dir])
	if verdict == "granted" then
		return nil
	end
	local domain = dir:info().domain
	local whom = who.group and ("%s or %s"):format(who.label, sid_names.name(who.group, domain)) or who.label
	return WORDS[verdict]:format(role, whom), remedy(who, o, domain)
end

return selective_authentication
