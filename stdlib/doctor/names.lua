-- Conditions about names of hosts: what the directory says, and what this machine's resolver says of it.
local peer = require "adsh.core.peer"
local verdict = require "adsh.doctor.verdict"

local holds, fails, unseen = verdict.holds, verdict.fails, verdict.unseen

local PATIENCE = 5000 -- ms

local function named(_, h)
	if not h.fqdn then
		return fails("it has no dNSHostName, so clients cannot use its FQDN", ("Set-ADComputer '%s' -DNSHostName '%s.%s'")
			:format(h.account, h.short:lower(), h.domain.name))
	elseif h.fqdn:match "^[^.]+":lower() ~= h.short:lower() then
		return fails(("its dNSHostName is %s, which differs from the name of its account"):format(h.fqdn),
			("Set-ADComputer '%s' -DNSHostName '%s.%s'"):format(h.account, h.short:lower(), h.domain.name))
	end
	return holds(h.fqdn)
end

local REGISTER = "Invoke-Command -ComputerName %s { ipconfig /registerdns }"

-- The host whose address this is too, as far as it takes part.
local function sharer(s, h, address)
	for _, other in ipairs(s:subjects "host") do
		if other ~= h and other.fqdn then
			for _, one in ipairs(s:addresses(other) or {}) do
				if one == address then
					return other.fqdn
				end
			end
		end
	end
end

local function same(a, b)
	return a:lower() == b:lower()
end

-- Another name that leads to this address: a client that gets there meets another machine.
local function stranger(s, h, address)
	local name = peer.name(address, PATIENCE)
	local is_own = name and (same(name, h.fqdn) or same(name, h.short))
	return not is_own and (sharer(s, h, address) or name) or nil, name
end

local function resolved(s, h)
	local list, err = s:addresses(h)
	if not list then
		local is_mute = err.code == -3 -- EAI_AGAIN
		return (is_mute and unseen or fails)(err.message, REGISTER:format(h.fqdn))
	end
	local back
	for _, address in ipairs(list) do
		local other, name = stranger(s, h, address)
		if other then
			return fails(("%s is at %s, which is the address of %s"):format(h.fqdn, address, other), REGISTER:format(h.fqdn))
		end
		back = back or name
	end
	return holds(table.concat(list, ", ") .. (back and ", and back" or "; no reverse name, which Windows does not need"))
end

return {
	{ name = "dNSHostName", of = "host", check = named },
	{ name = "DNS", of = "host", needs = { "dNSHostName" }, check = resolved },
}
