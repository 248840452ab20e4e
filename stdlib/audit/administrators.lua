-- Administrators whose migrations fail, because they cannot be delegated. Who that is is a matter of groups that people
-- name, Domain Admins among them; not of who is protected (delegation.protected).
local codec = require "adsh.core.codec"
local delegation = require "adsh.delegation"
local directory = require "adsh.directory"
local filter = require "adsh.filter"

local administrators = {}

local DOMAIN_ADMINS = codec.rid "Domain Admins"

--- group(name): a group of administrators besides Domain Admins: { dir=, o= }.
function administrators.group(name)
	local dir = directory.for_name(name)
	return { o = dir:get(name, { want = "group" }), dir = dir }
end

local function members_filter(list)
	local clauses = {}
	for _, o in ipairs(list) do
		clauses[#clauses + 1] = filter.member_of(o.dn)
		clauses[#clauses + 1] = filter.eq("primaryGroupID", o.objectSid:match "%d+$")
	end
	return filter.all("(objectClass=user)", "(!(objectClass=computer))",
		"(!" .. filter.bits("userAccountControl", "ACCOUNTDISABLE") .. ")", filter.any(clauses))
end

--- add(result, d, groups): adds those of the domain d who cannot be delegated, and so cannot start a
--- migration from another machine. groups: a list of what administrators.group gave.
function administrators.add(result, d, groups)
	local list = { d.dir:get(("%s-%d"):format(d.head, DOMAIN_ADMINS), { want = "group" }) }
	for _, g in ipairs(groups) do
		if g.dir:info().domain == d.domain then
			list[#list + 1] = g.o
		end
	end
	for _, o in ipairs(d.dir:find { filter = members_filter(list) }) do
		local it, why = delegation.get(o), {}
		if it.sensitive then
			why[#why + 1] = "sensitive: cannot be delegated"
		end
		if it.protected_user then
			why[#why + 1] = "a member of Protected Users"
		end
		if #why > 0 then
			table.insert(result.administrators, { account = it.account, domain = d.domain, dn = it.dn, why = why })
		end
	end
end

return administrators
