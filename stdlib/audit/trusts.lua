-- The trusts of the domains of an audit: those that pass on delegation (tickets-to-get-tickets) come first.
local trust = require "adsh.trust"

local trusts = {}

--- add(result, d): adds the trusts of the domain d.
function trusts.add(result, d)
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

return trusts
