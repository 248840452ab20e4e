-- What a code, an event or a pasted message means: rows { code, family, name, meaning, causes, run }. Codes and
-- numbers are what is matched, so the language of a message does not matter.
local codes = {}

local code_names = require "adsh.doctor.code_names"
local core = require "adsh.core.codes"
local events = require "adsh.doctor.code_events"
local families = require "adsh.doctor.code_families"
local kerberos_rows = require "adsh.doctor.code_kerberos"
local numbers = require "adsh.doctor.code_numbers"
local win32_rows = require "adsh.doctor.code_win32"
local windows = require "adsh.doctor.code_windows"

local KRB5_BASE = -1765328384 -- what MIT Kerberos adds to a code of RFC 4120
local KRB5_LAST = 127
local SMALL = 0xffff
local MOST = 12 -- rows about one text

local function sentence(s)
	s = s:gsub("^%l", string.upper)
	return s:find "[.:]$" and s or s .. "."
end

-- "? what" is said as not confirmed.
local function honest(s)
	local what = s:match "^%? (.*)$"
	return what and what:gsub("%.$", "") .. " (not confirmed)" or s
end

local function honest_all(list)
	local out = {}
	for i, s in ipairs(list or {}) do
		out[i] = honest(s)
	end
	return out
end

local function row(code, family, name, meaning, causes, run)
	return { code = code, family = family, name = name ~= "" and name or nil, meaning = sentence(honest(meaning)),
		causes = honest_all(causes), run = honest_all(run) }
end

-- words: what C gives, { name, message, hint }
local function said(code, family, words, more)
	if not words then
		return nil
	end
	local hint = words.hint and words.hint ~= "" and { words.hint } or {}
	return row(code, family, words.name, words.message, more and more[1], more and more[2] or hint)
end

-- ---- one reading each ----

local function event(n, code)
	local e = events[n]
	local family = e and (e.is_returned and "answer of " or "event or error of ") .. e[1]
	return e and row(code, family, nil, e[2], e[3], e[4])
end

local function unnamed_kerberos(n)
	local name = kerberos_rows.names[n]
	return name and { name = name, message = "an answer of a KDC or of Kerberos" }
end

local function kerberos(n, code)
	if n > KRB5_LAST then
		return nil
	end
	local words = core.krb5(KRB5_BASE + n) or unnamed_kerberos(n)
	return said(code, ("Kerberos %d"):format(n), words, kerberos_rows[n])
end

local function net_helpmsg(n)
	return { ("net helpmsg %d   on Windows shows its text"):format(n) }
end

-- A Windows error: own words, those of file servers and domain controllers, or its name alone.
local function win32(n, code, family)
	local known, own, words = windows[0x80070000 | n], win32_rows[n], core.win32(n)
	local name = code_names.name("win32", n) or words and words.name
	family = family or ("Windows error %d"):format(n)
	if known and n ~= 5 then
		return row(code, family, known[1] or name, known[2], known[3], known[4])
	elseif own then
		return row(code, family, name, own[1], own[2] or known and known[3], own[3] or known and known[4])
	elseif words then
		return said(code, family, { name = name, message = words.message, hint = words.hint })
	end
	return name and row(code, family, name, "adsh has no explanation for it.", {}, net_helpmsg(n)) or nil
end

local function logon(n, code)
	return said(code, "login refused by a domain controller", core.logon(n))
end

local function ldap(n, code)
	return n < 128 and said(code, ("LDAP result %d"):format(n), core.ldap(n)) or nil
end

local function hresult(n, code)
	local known = windows[n]
	if known then
		return row(code, "HRESULT", known[1], known[2], known[3], known[4])
	end
	local name = code_names.name("hresult", n)
	return name and row(code, "HRESULT", name, ("It is %s."):format(families.tell(n)))
end

-- File servers and KDCs mean the same by it, in words of their own.
local function ntstatus(n, code, found)
	local smb, kdc, name = core.status(n), core.kdc(n), code_names.name("ntstatus", n)
	if smb and kdc and smb.message ~= kdc.message then
		found[#found + 1] = said(code, "NTSTATUS of a file server", smb)
		found[#found + 1] = said(code, "NTSTATUS of a KDC", { name = smb.name, message = kdc.message, hint = kdc.hint })
	elseif smb or kdc then
		found[#found + 1] = said(code, "NTSTATUS", { name = (smb or kdc).name ~= "" and (smb or kdc).name or name,
			message = (smb or kdc).message, hint = (smb or kdc).hint })
	elseif name then
		found[#found + 1] = row(code, "NTSTATUS", name, ("It is %s."):format(families.tell(n)))
	end
end

-- ---- a number ----

local function add(found, one)
	found[#found + 1] = one
end

-- A number of 16 bits can be many things.
local function small(n, code, found)
	local is_event = not code:find "^0x" or (events[n] or {}).is_returned -- events are written in decimal
	code = ("%d (0x%X)"):format(n, n)
	add(found, is_event and event(n, code) or nil)
	add(found, kerberos(n, code))
	add(found, win32(n, code))
	add(found, logon(n, code))
	add(found, ldap(n, code))
	if #found == 0 then
		add(found, row(code, "unknown", nil,
			"adsh knows no event or error of VMM, Windows, Kerberos or LDAP with this number.", {},
			{ "adsh run doctor CODE   with a code (0x...) from the text of the event" }))
	end
end

local function of_kerberos(n, found)
	local krb5 = n - (KRB5_BASE & 0xffffffff)
	if krb5 >= 0 and krb5 <= KRB5_LAST then
		add(found, kerberos(krb5, ("%d"):format(KRB5_BASE + krb5)))
	end
end

local function unknown(n, code)
	local run = n >> 16 == 0x8007 and net_helpmsg(n & SMALL) or {}
	return row(code, "unknown", nil, ("%s is %s. The code itself is unknown."):format(code,
		n >> 16 == 0x8007 and ("a HRESULT of the Windows error %d"):format(n & SMALL) or families.tell(n)), {}, run)
end

-- A number of 32 bits: its first bits say what it is.
local function large(n, found)
	local code = ("0x%08X"):format(n)
	of_kerberos(n, found)
	if #found > 0 then
		return
	elseif n >> 16 == 0x8007 and not windows[n] then
		add(found, win32(n & SMALL, code, ("HRESULT of the Windows error %d"):format(n & SMALL)))
	elseif n >> 28 == 0xD then
		ntstatus(n & ~0x10000000, code, found)
	else
		add(found, hresult(n, code))
		if not windows[n] then
			ntstatus(n, code, found)
		end
	end
	if #found == 0 then
		add(found, unknown(n, code))
		found.is_unknown = true
	end
end

local function by_number(token)
	local n, found = token.n, {}
	local code = token.form == "decimal" and ("%d"):format(n) or ("0x%X"):format(n)
	if token.is_logon then
		add(found, logon(n, token.text) or win32(n, token.text))
	elseif token.is_win32 then
		add(found, win32(n, ("0x%08X"):format(n)))
	elseif token.form == "negative" and token.signed >= -SMALL then
		add(found, token.signed >= -40 and said(tostring(token.signed), "LDAP library", core.ldap(token.signed)) or nil)
	elseif n > SMALL then
		large(n, found)
	else
		small(n, code, found)
	end
	return found
end

-- ---- a name ----

-- Where numbers with names are in C: which function, from, to.
local NAMED = {
	{ core.krb5, KRB5_BASE, KRB5_BASE + KRB5_LAST }, { core.status, 0xC0000000, 0xC0000500 },
	{ core.ldap, 1, 123 }, { core.win32, 1, 9000 },
}

local function named_by_c(name)
	for _, range in ipairs(NAMED) do
		for n = range[2], range[3] do
			local words = range[1](n)
			if words and words.name and words.name:upper() == name then
				return n
			end
		end
	end
end

local function in_rows(name)
	for n, one in pairs(windows) do
		if one[1] == name then
			return n
		end
	end
	for n, one in pairs(kerberos_rows.names) do
		if one == name then
			return KRB5_BASE + n
		end
	end
end

local function by_name(token)
	local name = token.name:upper():gsub("^NT_STATUS_", "STATUS_"):gsub("^WERR_", "ERROR_"):gsub("^HRES_", "")
	local n = in_rows(name) or code_names.number("ntstatus", name) or code_names.number("hresult", name)
		or named_by_c(name)
	local error = not n and code_names.number("win32", name)
	return n and by_number { n = n & 0xffffffff, form = n <= SMALL and n > 0 and "decimal" or "hex" }
		or error and { win32(error, ("%d (0x%X)"):format(error, error)) } or {}
end

-- ---- a text ----

-- Whether a code of a longer text is one for sure: small decimal numbers may be anything.
local function is_sure(token)
	return token.form ~= "decimal" or token.n > 0x7fffffff or token.is_event or token.n >= 1000 and events[token.n] ~= nil
end

local function rows_of(token)
	if token.form == "name" then
		return by_name(token)
	elseif token.is_event then
		local code = ("%d"):format(token.n)
		return { event(token.n, code) or row(code, "event", nil,
			"This event is unknown. A code in its text decides.", {},
			{ "adsh run doctor CODE   with a code (0x...) from the text of the event" }) }
	end
	return by_number(token)
end

local function pick(list, is_whole, strict)
	local sure = {}
	for _, token in ipairs(list) do
		sure[#sure + 1] = is_sure(token) and token or nil
	end
	return (is_whole or #sure == 0 and not strict) and list or sure
end

-- What is not known is left out of a text that has something which is.
local function gather(chosen)
	local rows, doubtful, seen = {}, {}, {}
	for _, token in ipairs(chosen) do
		local key = token.name or (token.n .. (token.is_event and "event" or ""))
		local found = not seen[key] and rows_of(token) or {}
		seen[key] = true
		local into = (found.is_unknown or found[1] and found[1].family:find "^not known") and doubtful or rows
		table.move(found, 1, #found, #into + 1, into)
	end
	return #rows > 0 and rows or doubtful
end

--- explain(text[, strict]): rows about the codes of a text, in its order, nil when it has none. A small number may have
--- several readings. strict: only what is a code for sure, or nothing but one.
---	code: as it is written in tables; family: of what it is a code; name; meaning: a sentence
---	causes: a list, the likeliest first; run: a list, what to run
function codes.explain(text, strict)
	local list, is_whole = numbers.find(text)
	local rows = gather(pick(list, is_whole, strict))
	if #rows == 0 and text:find "^%s*%l+%u%a+%s*$" then -- a result of LDAP: noSuchObject
		rows = by_name { name = text:match "%a+" }
	end
	for i = MOST + 1, #rows do
		rows[i] = nil
	end
	return #rows > 0 and rows or nil
end

--- What can be given, for a text without a code.
codes.HINT = "give a code (0x8009030E, -2146893042, 8009030E, 1326, \"data 52e\"), an event or VMM error (14050),"
	.. " a name (SEC_E_NO_CREDENTIALS), or the text of a message that contains one of these"

return codes
