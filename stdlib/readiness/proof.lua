-- Asking the KDC itself: has the account AES keys, and of which type is a ticket for it?
local probe = require "adsh.core.kdc_probe"
local rules = require "adsh.readiness.rules"

local proof = {}

local ETYPE_NOSUPP = -1765328384 + 14
local AES256 = "aes256-cts-hmac-sha1-96"
local SHORT = { [AES256] = "aes256", ["aes128-cts-hmac-sha1-96"] = "aes128", ["arcfour-hmac"] = "rc4" }

local function realm_of(d)
	return d.domain:upper()
end

-- One that Samba's KDC finds, too: a class without a space.
local function service_of(f, d)
	for _, spn in ipairs(f.spns or {}) do
		if spn:find "^[%w_.-]+/[%w_.:/-]+$" then
			return spn .. "@" .. realm_of(d)
		end
	end
	return f.account and f.account:find "^[%w_.-]+%$$" and f.account .. "@" .. realm_of(d)
		or f.partner and ("krbtgt/%s@%s"):format(f.partner:upper(), realm_of(d))
end

local function ask_keys(row, f, d)
	local has, err = probe.has_aes(f.account .. "@" .. realm_of(d))
	if has == nil then
		row.proof = "its keys cannot be requested: " .. err.message
		return nil
	end
	f.keys = has and "aes" or "none"
	rules.again(row, f, d)
	row.proof = has and "has AES keys" or nil -- what has none says so as its reason
	return has
end

local function short(name)
	return SHORT[name] or name
end

-- A client that offers AES only gets none where a session key would be RC4.
local function tell_aes_only(row, service, d)
	local t, err = probe.ticket(d.dir, service, AES256)
	if not t and err.code == ETYPE_NOSUPP then
		row.proof = row.proof .. "; AES only: refused"
	end
end

local OTHERWISE = "%s. The KDC decides otherwise: %s where %s was computed; check DefaultDomainSupportedEncTypes there"

-- What the ticket says of the verdict; computed: the type that was expected.
local function compare(row, f, d, computed)
	local ticket, session = row.ticket, row.session
	if ticket ~= "aes256" and f.account and f.keys == nil then
		ask_keys(row, f, d)
	end
	row.ticket, row.session = ticket, session
	if f.keys ~= "none" and computed and ticket ~= computed then
		row.reason = OTHERWISE:format(row.reason, ticket, computed)
	elseif row.state == "fails" then
		row.certainty = "proved"
	end
end

local function ask_ticket(row, f, d, service)
	local t, err = probe.ticket(d.dir, service)
	local computed, keys = row.ticket, row.proof
	local said
	if t then
		row.ticket, row.session = short(t.ticket), short(t.session)
		said = ("ticket %s, session key %s"):format(row.ticket, row.session)
	elseif err.code == ETYPE_NOSUPP then
		row.ticket, row.session, said = "refused", nil, "a ticket is refused"
	else
		row.proof = (keys and keys .. "; " or "") .. "no ticket: " .. err.message
		return
	end
	row.proof = nil
	compare(row, f, d, computed)
	keys = row.proof or keys
	row.proof = keys and keys .. "; " .. said or said
	if row.session == "rc4" then
		tell_aes_only(row, service, d)
	end
end

-- Once for each domain, of an account without the attribute that has AES keys: does a KDC still give RC4 for it?
local function ask_default(row, f, d, service)
	if d.gives_rc4 ~= nil or row.rule ~= "default" or f.keys == "none" then
		return
	end
	local t, err = probe.ticket(d.dir, service, "arcfour-hmac")
	if t or err.code == ETYPE_NOSUPP then
		d.gives_rc4, d.asked_for = t ~= nil, row.account
	end
end

local ABOUT_KEYS = { ["no-aes-keys"] = true, ["unseen-keys"] = true }

--- add(row, f, d): asks the KDCs about the account and puts into its row what they say.
function proof.add(row, f, d)
	if ABOUT_KEYS[row.finding] and f.kind ~= "krbtgt" then
		ask_keys(row, f, d)
	end
	local service = row.kind ~= "krbtgt" and service_of(f, d)
	if service then
		ask_ticket(row, f, d, service)
		if row.kind ~= "trust" then
			ask_default(row, f, d, service)
		end
	end
end

return proof
