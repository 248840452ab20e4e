-- Conditions about clocks: Kerberos takes a difference of five minutes (MS-KILE 3.1.1.3). They are
-- compared with the domain controller that is asked.
local peer = require "adsh.core.peer"
local time = require "adsh.core.time"
local verdict = require "adsh.doctor.verdict"

local holds, fails, unseen, hidden = verdict.holds, verdict.fails, verdict.unseen, verdict.hidden

local SKEW = 300 -- seconds
local PATIENCE = 5000 -- ms

local function age(seconds)
	local n = math.abs(seconds)
	return n < 120 and ("%d seconds"):format(n) or ("%d minutes"):format(n // 60)
end

-- seconds: how far x is before the domain controller.
local function judge(seconds, than, fix)
	if math.abs(seconds) >= SKEW then
		return fails(("its clock is %s %s that of %s; Kerberos allows less than 5 minutes"):format(age(seconds),
			seconds > 0 and "ahead of" or "behind", than), fix)
	end
	return holds(("within %s of %s"):format(age(seconds), than))
end

-- Seconds from now to a GeneralizedTime in UTC.
local function from_now(text)
	return time.unix(time.of_generalized(text)) - os.time()
end

-- What the domain controller says, against the clock here.
local function reference(domain)
	local text
	for e in domain.dir:search { base = "", scope = "base", attributes = { "currentTime" } } do
		text = e:first "currentTime"
	end
	return from_now(text or ""), domain.dir:info().dns_host
end

local function of_host(s, h)
	local open = s:ports(h)[445]
	if open ~= "open" then
		return hidden("it shows its clock only over SMB, and port 445 is closed", "w32tm /query /status")
	end
	local ahead, err = s:once("smb " .. h.fqdn, peer.clock, h.fqdn, PATIENCE)
	if not ahead then
		return unseen(err.message, "w32tm /query /status")
	end
	local base, name = s:once("clock " .. h.domain.name, reference, h.domain)
	return judge(ahead - base, name, ("Invoke-Command -ComputerName %s { w32tm /resync }"):format(h.fqdn))
end

local function of_controller(s, c)
	local base, name = s:once("clock " .. c.domain.name, reference, c.domain)
	if c.label:lower() == (name or ""):lower() then
		return judge(base, "this machine", "chronyc makestep")
	end
	local ahead, err = peer.clock(c.label, PATIENCE)
	if not ahead then
		return unseen(err.message, ("w32tm /stripchart /computer:%s /samples:1"):format(c.label))
	end
	return judge(ahead - base, name, ("w32tm /resync /computer:%s"):format(c.label))
end

return {
	{ name = "clock", of = "host", needs = { "machine", "ports" }, check = of_host },
	{ name = "clock of the domain controller", of = "controller", needs = { "ports of the domain controller" },
		check = of_controller },
}
