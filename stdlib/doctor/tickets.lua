-- The ticket itself, where the source's key is at hand: S4U2Self and S4U2Proxy as the source.
local directory = require "adsh.directory"
local krb5 = require "adsh.krb5"
local lfs = require "lfs"
local probe = require "adsh.core.kdc_probe"
local verdict = require "adsh.doctor.verdict"

local holds, fails, unseen, hidden = verdict.holds, verdict.fails, verdict.unseen, verdict.hidden

local function keytab_of(s, h)
	for _, name in ipairs { h.short:lower(), h.short, h.fqdn or h.short } do
		local path = ("%s/%s.keytab"):format(s.args.keytabs, name)
		if lfs.attributes(path, "mode") then
			return path
		end
	end
end

-- For whom: the administrator, else whoever asks.
local function user_of(s)
	return s.administrator and s.administrator.object and s.administrator.object.sAMAccountName
		or s:subjects "domain"[1].dir:info().principal
end

-- Samba's KDC knows no service class with a space in it.
local function service_of(s, h)
	for _, spn in ipairs(s:services(h)) do
		if spn:lower():find("/" .. (h.fqdn or h.short):lower(), 1, true) and not (h.dir:info().samba and spn:find " ") then
			return spn
		end
	end
end

-- As whoever asks; of another domain the trusts decide.
local function plain(s, h)
	local service = h.dir == directory.current() and service_of(s, h)
	if not service or not s:is_open(h.domain, 88) then
		return nil
	end
	local t, err = probe.ticket(h.dir, ("%s@%s"):format(service, h.domain.name:upper()))
	if not t and err.domain == "krb5" then
		return fails(("no ticket for %s: %s"):format(service, err.message), err.hint)
	elseif not t then
		return unseen(err.message, err.hint)
	end
	local later = t.ticket:find "^aes" and "" or "; see adsh run readiness"
	return holds(("the KDC issues one for %s, encrypted with %s%s"):format(service, t.ticket, later))
end

local function given(s)
	return not s.args.keytabs and hidden("no key of a source was given",
		"add --keytabs DIR, with files named HOST.keytab") or nil
end

local function ticket(s, p)
	if not s.args.keytabs then
		return nil
	end
	local keytab, service = keytab_of(s, p.source), service_of(s, p.target)
	if not keytab then
		return unseen(("there is no keytab of %s in %s"):format(p.source.label, s.args.keytabs), nil)
	elseif not service then
		return hidden("this KDC issues no ticket for the service class of the job", nil)
	end
	local r = krb5.verify { source = p.source.object.sAMAccountName .. "@" .. p.source.domain.name:upper(),
		keytab = keytab, user = user_of(s), target = service }
	if r.ok then
		return holds(("the KDC issues %s a ticket for %s, for %s"):format(p.source.label, service, r.user))
	end
	return fails(("%s for %s: %s"):format(service, r.user, r.reason), r.hint)
end

local NEEDS_TARGET = { "dNSHostName", "account enabled", "account not expired", "keys", "AES keys", "encryption types",
	"SPN", "SPN unique", "SPN registered", "SPN covered" }
local NEEDS_SOURCE = { "account enabled", "account not expired", "keys", "SPN", "not trusted for any service",
	"protocol transition" }
local NEEDS = { "krbtgt", "administrator found", "service ticket", "trust", "two-way trust", "selective authentication",
	"constrained delegation", "resource-based delegation" }
for _, c in ipairs(require "adsh.doctor.administrator".conditions) do
	NEEDS[#NEEDS + 1] = c.name
end

return {
	{ name = "service ticket", of = "target", needs = NEEDS_TARGET, check = plain },
	{ name = "ticket", of = "once", check = given },
	{ name = "ticket of the pair", of = "pair", needs = NEEDS, needs_source = NEEDS_SOURCE, needs_target = NEEDS_TARGET,
		check = ticket },
}
