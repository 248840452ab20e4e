-- Facts about accounts that delegate or are delegated to, read for many accounts with few searches.
local codec = require "adsh.core.codec"
local core = require "adsh.core.delegation"
local filter = require "adsh.filter"
local sid_names = require "adsh.sid_names"

local delegators = {}

local TARGETS = "msDS-AllowedToDelegateTo"
local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local AT_ONCE = 200 -- SIDs in one search

delegators.attributes = {
	"sAMAccountName", "objectSid", "userAccountControl", "primaryGroupID", "dNSHostName", "servicePrincipalName",
	TARGETS, SOURCES,
}

local function bit(name)
	return codec.uac_bit(name)
end

local DISABLED, UNCONSTRAINED = bit "ACCOUNTDISABLE", bit "TRUSTED_FOR_DELEGATION"
local TRANSITION = bit "TRUSTED_TO_AUTH_FOR_DELEGATION"

local function read_sources(f, bytes)
	f.sources, f.odd, f.denied, f.conditional, f.conditions = {}, 0, {}, {}, {}
	if not bytes then
		return
	end
	local sources, odd, more = core.sources(bytes)
	if not sources then
		f.malformed = odd.message
		return
	end
	f.sources, f.odd, f.denied = sources, math.max(0, odd - #more.conditional), more.denied
	f.conditional, f.conditions = more.conditional, more.conditions
	f.descriptor = #f.denied > 0 and bytes or nil
end

--- fact(e): what an entry that was read with delegators.attributes says. sources: the SIDs that may act towards it by
--- its descriptor; conditional: those that may under conditions, conditions[SID] in words; odd: how many of its entries
--- let nobody act; denied: SIDs that entries deny it, by which a member
--- of a source may be shut out: then descriptor has the bytes to ask delegation.may_act.
function delegators.fact(e)
	local uac = tonumber(e:first "userAccountControl" or 0) or 0
	local sid = e:first "objectSid"
	local f = {
		account = e:first "sAMAccountName" or e.dn, dn = e.dn, domain = sid_names.domain_of(e.dn),
		sid = sid and codec.sid(sid), disabled = uac & DISABLED ~= 0, controller = core.is_controller(e),
		unconstrained = uac & UNCONSTRAINED ~= 0, transition = uac & TRANSITION ~= 0,
		primary_group = tonumber(e:first "primaryGroupID" or nil),
		targets = e[TARGETS] or {}, spns = e.servicePrincipalName or {}, names = {},
	}
	if f.account:sub(-1) == "$" then
		f.names = { (f.account:gsub("%$$", "")), e:first "dNSHostName" }
	end
	read_sources(f, e:first(SOURCES))
	return f
end

--- all(dir): the facts of every account that may delegate, or names others that may delegate to it.
function delegators.all(dir)
	local list = {}
	for e in dir:search {
		filter = filter.any(filter.bits("userAccountControl", UNCONSTRAINED),
			filter.bits("userAccountControl", TRANSITION), filter.has(TARGETS), filter.has(SOURCES)),
		attributes = delegators.attributes,
	} do
		list[#list + 1] = delegators.fact(e)
	end
	return list
end

--- trustees(dir, list): what the directory knows of these: SID -> { account=, dn=, group=bool }.
function delegators.trustees(dir, list)
	local found = {}
	for i = 1, #list, AT_ONCE do
		local clauses = {}
		for k = i, math.min(i + AT_ONCE - 1, #list) do
			clauses[#clauses + 1] = filter.bytes("objectSid", codec.sid(list[k]))
		end
		for e in dir:search { filter = filter.any(clauses),
			attributes = { "sAMAccountName", "objectSid", "groupType" } } do
			local account = e:first "sAMAccountName" -- a foreign SID's place-holder has none
			if account then
				found[codec.sid(e:first "objectSid")] = { account = account, dn = e.dn, group = e:first "groupType" ~= nil }
			end
		end
	end
	return found
end

return delegators
