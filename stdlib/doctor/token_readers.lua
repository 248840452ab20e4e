-- Who acts for a user by S4U2Self has to be allowed to read his groups, or Windows' KDC says that it does not know him:
-- code 6 (Microsoft, "KDC_ERR_C_PRINCIPAL_UNKNOWN in S4U2Self request").
local codec = require "adsh.core.codec"
local raising = require "adsh.raising"
local selective_authentication = require "adsh.selective_authentication"
local verdict = require "adsh.doctor.verdict"

local token_readers = {}

local TOKEN_GROUPS = "46a9b11d-60ae-405a-b7e8-ff8a58d456d2" -- the property tokenGroupsGlobalAndUniversal
local ITS_SET = "037088f8-0ae1-11d2-b422-00a0c968f939" -- the property set that it is in
local READ_PROPERTY = 0x10 -- MS-ADTS 5.1.3.2
local DACL = 4

local function raw(dir, dn, attribute)
	local values
	for e in dir:search { base = dn, scope = "base", attributes = { attribute }, sd_flags = DACL } do
		values = e[attribute]
	end
	return values
end

-- The SIDs of the host as the domain of the user sees it.
local function sids_of(host, dir)
	local list = selective_authentication.token(selective_authentication.host(host.object, host.dir), dir)
	for _, bytes in ipairs(raising.try(raw, host.dir, host.object.dn, "tokenGroups") or {}) do
		list[#list + 1] = codec.sid(bytes)
	end
	return list
end

local function may_read(bytes, sids)
	local rights = codec.property_rights(bytes, TOKEN_GROUPS, sids) | codec.property_rights(bytes, ITS_SET, sids)
	return rights & READ_PROPERTY ~= 0
end

--- verdict(a, sources): whether these hosts may read the groups of a; nil where there are no hosts.
function token_readers.verdict(a, sources)
	if #sources == 0 then
		return nil
	end
	local bytes = (raw(a.dir, a.object.dn, "nTSecurityDescriptor") or {})[1]
	if not bytes then
		return verdict.hidden("the access list of the account cannot be read", ("dsacls \"%s\""):format(a.object.dn))
	end
	local list = {}
	for _, host in ipairs(sources) do
		list[#list + 1] = host.object and not may_read(bytes, sids_of(host, a.dir)) and host.label or nil
	end
	if #list == 0 then
		return verdict.holds "the hosts may read the groups of the user"
	end
	local what = table.concat(list, ", ") .. " may not read tokenGroupsGlobalAndUniversal of the account"
	if a.dir:info().samba then
		return verdict.holds(what .. "; Samba's KDC ignores that, Windows' answers with code 6")
	end
	return verdict.fails(what .. ": the KDC answers S4U2Self with code 6", verdict.call("group.add", "S-1-5-32-560", list))
end

return token_readers
