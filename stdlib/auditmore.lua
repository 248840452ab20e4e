-- What an audit tells besides delegation itself: administrators with whom migration breaks, and trusts that
-- hand out tickets-to-get-tickets.
local delegation = require "adsh.delegation"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local trust = require "adsh.trust"

local auditmore = {}

local DOMAIN_ADMINS = 512 -- MS-DTYP 2.4.2.4

--- group(name): a group of administrators besides Domain Admins: { dir=, o= }.
function auditmore.group(name)
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

--- administrators(result, d, groups): adds those of the domain d who cannot be delegated, and so cannot start a
--- migration from another machine. groups: a list of what auditmore.group gave.
function auditmore.administrators(result, d, groups)
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

--- trusts(result, d): adds the trusts of the domain d.
function auditmore.trusts(result, d)
	for _, t in ipairs(trust.list(d.dir)) do
		local remark = t.tgt_words .. (t.selective_authentication and "; selective authentication" or "")
			.. (t.quarantined and "; quarantined" or "")
		table.insert(result.trusts, {
			domain = d.domain, partner = t.partner, kind = t.kind, direction = t.direction,
			tgt_delegation = t.tgt_delegation, remark = remark, selective_authentication = t.selective_authentication,
			sid_filtering = t.sid_filtering,
		})
	end
	table.sort(result.trusts, function(a, b)
		if a.tgt_delegation ~= b.tgt_delegation then
			return a.tgt_delegation
		elseif a.domain ~= b.domain then
			return a.domain < b.domain
		end
		return a.partner < b.partner
	end)
end

return auditmore
