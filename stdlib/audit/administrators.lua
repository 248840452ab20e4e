-- Administrators whose migrations fail, because they cannot be delegated. Who that is is a matter of groups that people
-- name, Domain Admins among them; not of who is protected (delegation.protected).
local codec = require "adsh.core.codec"
local delegation = require "adsh.delegation"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local members = require "adsh.members"

local administrators = {}

local DOMAIN_ADMINS = codec.rid "Domain Admins"

--- group(name): a group of administrators besides Domain Admins: { dir=, o= }.
function administrators.group(name)
	local dir = directory.for_name(name)
	return { o = dir:get(name, { want = "group" }), dir = dir }
end

local PEOPLE = filter.all("(objectClass=user)", "(!(objectClass=computer))",
	"(!" .. filter.bits("userAccountControl", "ACCOUNTDISABLE") .. ")")

local function reason(it)
	local why = {}
	why[#why + 1] = it.sensitive and "sensitive: cannot be delegated" or nil
	why[#why + 1] = it.protected_user and "a member of Protected Users" or nil
	return why
end

local function add_person(result, o, domain)
	local it = delegation.get(o)
	local why = reason(it)
	for _, known in ipairs(#why > 0 and result.administrators or {}) do
		if known.dn:lower() == it.dn:lower() then
			return
		end
	end
	if #why > 0 then
		table.insert(result.administrators, { account = it.account, domain = domain, dn = it.dn, why = why })
	end
end

--- add(result, d, groups): adds those in the groups of the domain d who cannot be delegated, and so cannot start a
--- migration from another machine. groups: a list of what administrators.group gave.
function administrators.add(result, d, groups)
	local list = { ("%s-%d"):format(d.head, DOMAIN_ADMINS) }
	for _, g in ipairs(groups) do
		list[#list + 1] = g.dir:info().domain == d.domain and g.o.dn or nil
	end
	local x = members.expand(d.dir, list)
	for _, s in ipairs(members.searches(x)) do
		for _, o in ipairs(s.dir:find { filter = filter.all(PEOPLE, s.filter) }) do
			add_person(result, o, s.dir:info().domain)
		end
	end
	for _, l in ipairs(x.missing) do
		table.insert(result.missing, ("%s: the administrators: %s"):format(l.domain, l.error))
	end
end

return administrators
