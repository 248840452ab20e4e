-- Conditions about TCP ports, seen from here: what lies between two hosts may let through more or less.
local verdict = require "adsh.doctor.verdict"

local holds, fails, blocking = verdict.holds, verdict.fails, verdict.blocking

local WORDS = { open = "open", refused = "nothing listens on %s", silent = "no answer on %s" }

-- The ports by what became of them: { open = { 445 }, refused = { 6600 } }
local function by_state(s, x)
	local of, list = {}, s:ports(x)
	for port, state in pairs(list) do
		of[state] = of[state] or {}
		table.insert(of[state], port)
	end
	for _, ports in pairs(of) do
		table.sort(ports)
	end
	return of
end

local TEST = "Test-NetConnection %s -Port %d"

local function judge(s, x, host)
	local of = by_state(s, x)
	local bad = of.refused or of.silent
	if not bad then
		return holds(table.concat(of.open or {}, ", ") .. ", from here")
	elseif not of.open and not of.refused then
		return blocking(("no answer on any of %s, from here: check that it is on, and that no firewall is in the way"):format(
			table.concat(bad, ", ")), TEST:format(host, bad[1]))
	end
	local parts = {}
	for _, state in ipairs { "refused", "silent" } do
		parts[#parts + 1] = of[state] and WORDS[state]:format(table.concat(of[state], ", "))
	end
	return fails(table.concat(parts, ", ") .. ", from here", TEST:format(host, bad[1]))
end

local function of_host(s, h)
	return next(s:ports(h)) and judge(s, h, h.fqdn) or nil
end

local function of_controller(s, c)
	local list, err = s:addresses(c)
	if not list then
		return fails(err.message, ("nltest /dsregdns   # on %s"):format(c.label))
	end
	return judge(s, c, c.label)
end

return {
	{ name = "ports", of = "host", needs = { "DNS", "machine" }, check = of_host },
	{ name = "ports of the domain controller", of = "controller", check = of_controller },
}
