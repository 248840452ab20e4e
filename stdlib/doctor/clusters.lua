-- The condition that the account of a cluster has what its machines need on a share: they are the cluster's, and its
-- nodes alone are not enough. The directory does not say which cluster a node belongs to.
local verdict = require "adsh.doctor.verdict"

local NODE, CLUSTER = "msserverclustermgmtapi/", "msclustervirtualserver/" -- classes of SPNs that a cluster registers

local function has(o, class)
	for _, spn in ipairs(o.servicePrincipalName or {}) do
		if spn:lower():sub(1, #class) == class then
			return true
		end
	end
	return false
end

local function account(s, h)
	if not h.object or not has(h.object, NODE) or has(h.object, CLUSTER) then
		return nil
	end
	local names = {}
	for _, a in ipairs(s:subjects "access") do
		names[#names + 1] = has(a.who.object or {}, CLUSTER) and a.who.label or nil
	end
	if #names > 0 then
		return verdict.holds(("also checked: %s"):format(names[1]))
	end
	return verdict.hidden("it is a node of a cluster, whose account needs the same on the share (0x80070005)",
		("Get-Cluster -Name %s   # then the same with --account NAME$"):format(h.fqdn or h.short))
end

return { { name = "account of the cluster", of = "source", check = account } }
