-- What of an audit fails without RC4: the key of a source is that of the ticket to itself, the key of a target that of
-- the ticket it accepts.
local etypes = require "adsh.readiness.etypes"
local stream = require "adsh.readiness.stream"

local encryption = {}

--- add(result, scope, d): the rows of the domain d that are not ready; scope[fact] as findings.add has it.
function encryption.add(result, scope, d)
	stream.jobs(d.dir, function(row)
		local fact = d.by_dn[row.dn:lower()]
		if row.state ~= "holds" and (scope.all or scope[fact]) then
			table.insert(result.encryption, { account = row.account, domain = row.domain, dn = row.dn, kind = row.kind,
				finding = row.finding, state = row.state, attribute = etypes.words(row.set), why = row.reason, fix = row.fix })
		end
	end)
end

return encryption
