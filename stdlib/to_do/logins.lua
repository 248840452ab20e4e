-- Which domain controller a computer uses and how old its tickets can be: lastLogon is not replicated, so the domain
-- controller with the newest one is that which the computer asked last.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local filter = require "adsh.filter"

local logins = {}

local AT_ONCE = 50 -- terms in one search
local ATTRIBUTES = { "sAMAccountName", "objectClass", "objectSid", "lastLogon", "whenChanged" }

local function terms_of(rows)
	local terms, seen = {}, {}
	for _, row in ipairs(rows) do
		local key = (row.dn or row.sid):lower()
		if not seen[key] then
			seen[key] = true
			terms[#terms + 1] = row.dn and filter.eq("distinguishedName", row.dn)
				or filter.bytes("objectSid", codec.sid(row.sid))
		end
	end
	return terms
end

local function class_of(o)
	local classes = {}
	for _, one in ipairs(o.objectClass) do
		classes[one:lower()] = true
	end
	return classes.computer and "computer" or classes.group and "group" or "user"
end

-- Text that can be compared; nil: never.
local function time_of(v)
	return type(v) == "string" and v:match "^%d%d%d%d%-" and v or nil
end

-- As a person says it: of another domain than the current directory with that.
local function label_of(o, info)
	local name = (o.sAMAccountName or o.dn):gsub("%$$", "")
	local here = directory.current():info().domain
	return here:lower() == info.domain:lower() and name or name .. "@" .. info.domain
end

--- read(dir, rows, accounts): looks up { dn= or sid= } on the domain controller of dir, and keeps what it finds in
--- accounts: by DN and by SID, lower case, { label, class, dn, last, server, changed }. last: its newest login so far,
--- server: where.
function logins.read(dir, rows, accounts)
	local terms, info = terms_of(rows), dir:info()
	for i = 1, #terms, AT_ONCE do
		local some = table.move(terms, i, math.min(i + AT_ONCE - 1, #terms), 1, {})
		for _, o in ipairs(dir:find { filter = filter.any(some), attributes = ATTRIBUTES }) do
			local a = accounts[o.dn:lower()] or { label = label_of(o, info), class = class_of(o), dn = o.dn,
				changed = time_of(o.whenChanged) }
			accounts[o.dn:lower()] = a
			accounts[(o.objectSid or o.dn):lower()] = a
			local last = time_of(o.lastLogon)
			if last and (not a.last or last > a.last) then
				a.last, a.server = last, info.dns_host or info.host
			end
		end
	end
end

return logins
