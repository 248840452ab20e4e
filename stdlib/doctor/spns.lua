-- Conditions about service principal names: what a KDC finds when it is asked for the target.
local hosts = require "adsh.hosts"
local verdict = require "adsh.doctor.verdict"

local holds, fails = verdict.holds, verdict.fails

local function has(h, spn)
	for _, own in ipairs(h.object.servicePrincipalName or {}) do
		if own:lower() == spn:lower() then
			return true
		end
	end
	return false
end

local function is_own(h, row)
	return row.dn:lower() == h.object.dn:lower()
end

-- Who takes the name from the host: a KDC takes one that has it before one that covers it.
local function rival(s, h, spn)
	local covered, other
	for _, row in ipairs(s:owners(h, spn)) do
		if not row.alias and not is_own(h, row) then
			return row
		end
		covered = covered or row.alias and is_own(h, row)
		other = other or row.alias and not is_own(h, row) and row or nil
	end
	return not has(h, spn) and other or nil, covered
end

local function unique(s, h)
	for _, spn in ipairs(s:services(h)) do
		local row = rival(s, h, spn)
		if row and (row.alias or has(h, spn)) then
			return fails(("%s also has %s"):format(row.account, row.spn),
				verdict.call("spn.remove", row.dn, row.spn), { "take_spn", row.dn, row.spn })
		elseif row then
			return fails(("%s belongs to %s"):format(row.spn, row.account), verdict.call("spn.move", row.spn, h.account),
				{ "move_spn", h, row.spn })
		end
	end
	return holds "no other account in the forest has them"
end

local function command(s, h)
	return ("adsh run spn register %s --bundle %s"):format(h.account:gsub("%$$", ""), s.job.bundle)
end

-- The classes that the host registers by itself.
local function registered(s, h)
	if #s.job.registered == 0 then
		return nil
	end
	local lacking = {}
	for _, spn in ipairs(hosts.spns(h.object, s.job.registered)) do
		lacking[#lacking + 1] = not has(h, spn) and not rival(s, h, spn) and spn or nil
	end
	if #lacking > 0 then
		return fails("lacks " .. table.concat(lacking, ", "), command(s, h), { "register", h, lacking })
	end
	return holds(table.concat(s.job.registered, ", ") .. ": FQDN and short name")
end

local function is_registered(s, class)
	for _, one in ipairs(s.job.registered) do
		if one == class then
			return true
		end
	end
end

-- The others are there when the account has them, or HOST/ stands for them.
local function covered(s, h)
	local classes, lacking = {}, {}
	for _, class in ipairs(s.job.services) do
		classes[#classes + 1] = not is_registered(s, class) and class or nil
	end
	for _, spn in ipairs(hosts.spns(h.object, classes)) do
		local other, is_covered = rival(s, h, spn)
		lacking[#lacking + 1] = not other and not is_covered and not has(h, spn)
			and spn:gsub("^[^/]+", "HOST") or nil
	end
	if #lacking > 0 then
		return fails(("%s is missing, which covers %s/"):format(table.concat(lacking, ", "), classes[1]),
			verdict.call("spn.add", h.account, lacking), { "register", h, lacking })
	end
	return #classes > 0 and holds(table.concat(classes, ", ") .. " by HOST/ or itself") or nil
end

-- Without any name nobody gets a ticket for the account, nor does it get one for itself in a user's name (S4U2Self).
local function has_any(_, h)
	local n = #(h.object.servicePrincipalName or {})
	if n == 0 then
		local list = hosts.spns(h.object, { "HOST" })
		return fails("it has no service principal name, so a KDC issues no ticket for it, not even to itself",
			verdict.call("spn.add", h.account, list), { "register", h, list })
	end
	return holds(("%d names"):format(n))
end

return {
	{ name = "SPN", of = "host", needs = { "dNSHostName" }, check = has_any },
	{ name = "SPN unique", of = "target", needs = { "dNSHostName" }, check = unique },
	{ name = "SPN registered", of = "target", needs = { "dNSHostName", "SPN" }, check = registered },
	{ name = "SPN covered", of = "target", needs = { "dNSHostName", "SPN" }, check = covered },
}
