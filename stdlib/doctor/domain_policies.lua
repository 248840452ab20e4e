-- Conditions about what group policies do on the domain controllers.
local new_policy = require "adsh.gpo.new_policy"
local result = require "adsh.gpo.result"
local verdict = require "adsh.doctor.verdict"

local domain_policies = {}

local RIGHT = "SeEnableDelegationPrivilege"
local TITLE = "Enable computer and user accounts to be trusted for delegation"

local SAMBA = "; the Samba of this domain does not apply user rights from policies, Windows does"

local function right_on(dir)
	local r = result.of(result.reader(), result.controller(dir), { domain = dir:info().domain })
	for _, row in ipairs(r.rights) do
		if row.right:lower() == RIGHT:lower() then
			return row
		end
	end
end

--- delegation_privilege(s, domain): whether who runs this may change constrained delegation there; where nothing has to
--- be changed, it does not matter.
function domain_policies.delegation_privilege(s, domain)
	local row = s.lacks_delegation[domain] and right_on(domain.dir)
	if not row then
		return nil
	end
	local mine = {}
	for _, sid in ipairs(new_policy.tokens(domain.dir)) do
		mine[sid] = true
	end
	for _, sid in ipairs(row.sids) do
		if mine[sid] then
			return verdict.holds(("the policy '%s' grants it to %s"):format(row.policy, table.concat(row.who, ", ")))
		end
	end
	local info = domain.dir:info()
	return verdict.fails(("%s, who would change constrained delegation, does not have %s on the domain controllers: "
		.. "the policy '%s' grants it to %s%s"):format(info.principal or "nobody", RIGHT, row.policy,
		#row.who > 0 and table.concat(row.who, ", ") or "nobody", info.samba and SAMBA or ""),
		("gpmc.msc   # '%s', User Rights Assignment, \"%s\"; or use resource-based delegation, which does not require "
			.. "it"):format(
			row.policy, TITLE))
end

return domain_policies
