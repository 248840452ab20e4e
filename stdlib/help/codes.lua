-- help "0x8009030E": what the code of an error means. Numbers in hexadecimal or decimal, "data 52e", names.
local codes = {}

local columns = require "adsh.format.columns"
local core = require "adsh.core.codes"
local known = require "adsh.help.known_codes"

local KRB5_BASE = -1765328384 -- what MIT Kerberos adds to a code of RFC 4120
local KRB5_LAST = 127

local FACILITIES = {
	[1] = "RPC", [3] = "storage", [4] = "an interface of its own, such as WMI", [7] = "Win32",
	[9] = "security packages: Kerberos, NTLM, TLS", [0x33] = "Windows Remote Management", [0x3A] = "virtual disks",
}

local function wrapped(text, indent, first)
	local lines = columns.wrap(text, 79 - #indent)
	for i, line in ipairs(lines) do
		lines[i] = (i == 1 and first or indent) .. line
	end
	return table.concat(lines, "\n")
end

local function sentence(s)
	s = s:gsub("^%l", string.upper)
	return s:find "[.:]$" and s or s .. "."
end

-- title: "0x8009030E, HRESULT"; row: { name, meaning, causes, remedies }
local function tell(title, row)
	local lines = { title .. (row[1] and row[1] ~= "" and ": " .. row[1] or ""), wrapped(sentence(row[2]), "  ", "  ") }
	for i, cause in ipairs(row[3] or {}) do
		lines[#lines + 1] = i == 1 and "  What it comes from, the most likely first:" or nil
		lines[#lines + 1] = wrapped(cause, "      ", ("    %d "):format(i))
	end
	for i, remedy in ipairs(row[4] or {}) do
		lines[#lines + 1] = i == 1 and "  What to do:" or nil
		lines[#lines + 1] = #remedy <= 75 and "    " .. remedy or wrapped(remedy, "      ", "    ")
	end
	return table.concat(lines, "\n")
end

local function row_of(words)
	return words and { words.name, words.message, {}, words.hint and words.hint ~= "" and { words.hint } or {} }
end

local function win32(n)
	local row = known[0x80070000 | n]
	local words = core.win32(n)
	if row and n ~= 5 then
		return row
	elseif known.win32[n] then
		local own = known.win32[n]
		return { own[1], own[2], row and row[3], row and row[4] }
	end
	return row_of(words)
end

local function kerberos(n)
	return n <= KRB5_LAST and row_of(core.krb5(KRB5_BASE + n)) or nil
end

-- A number of 16 bits can be many things.
local function small(n, found)
	local title = ("%d (0x%x), "):format(n, n)
	for _, reading in ipairs {
		{ "event or error of ", known.event[n], true }, { "Kerberos", kerberos(n) }, { "Windows error", win32(n) },
		{ "login refused by a domain controller (data)", row_of(core.logon(n)) },
		{ "LDAP result", n < 128 and row_of(core.ldap(n)) },
	} do
		local what, row = reading[1], reading[2]
		if row and reading[3] then
			found[#found + 1] = tell(title .. what .. row[1], { nil, row[2], row[3], row[4] })
		elseif row then
			found[#found + 1] = tell(title .. what, row)
		end
	end
end

-- A number of 32 bits: its first bits say what it is.
local function large(n, found)
	local title, facility = ("0x%08X, "):format(n), n >> 16 & 0x7ff
	local krb5 = n - (KRB5_BASE & 0xffffffff)
	if krb5 >= 0 and krb5 <= KRB5_LAST then
		found[1] = kerberos(krb5) and tell(("%d, Kerberos %d"):format(KRB5_BASE + krb5, krb5), kerberos(krb5))
	elseif known[n] then
		found[1] = tell(title .. "HRESULT", known[n])
	elseif n >> 16 == 0x8007 then
		local row = win32(n & 0xffff)
		found[1] = row and tell(("%sHRESULT of the Windows error %d"):format(title, n & 0xffff), row)
	else
		found[1] = core.status(n) and tell(title .. "NTSTATUS of a file server", row_of(core.status(n)))
		found[#found + 1] = core.kdc(n) and tell(title .. "NTSTATUS of a KDC", row_of(core.kdc(n)))
	end
	if not found[1] then
		local family = n >> 30 == 3 and "an NTSTATUS" or n >> 31 == 1
			and ("a HRESULT, facility %d (%s)"):format(facility, FACILITIES[facility] or "not known here")
			or "not in a family that is known here"
		found[1] = ("%sis %s. The code itself is not known here."):format(title:gsub(", $", " "), family)
		if n >> 16 == 0x8007 then
			found[1] = found[1] .. ("\n  Its last part is the Windows error %d: net helpmsg %d on Windows tells it."):format(
				n & 0xffff, n & 0xffff)
		end
	end
end

-- The number that a topic is, and whether it is one after "data".
local function number_of(topic)
	local logon = topic:match "^data%s+(%x+)$"
	if logon then
		return tonumber(logon, 16), true
	elseif topic:find "^0[xX]%x+$" then
		return tonumber(topic:sub(3), 16)
	elseif topic:find "^[%x]+$" and #topic == 8 and not topic:find "^%a+$" then
		return tonumber(topic, 16)
	elseif topic:find "^%-?%d+$" then
		return tonumber(topic)
	end
end

local function by_number(topic, n)
	local found = {}
	if n < 0 and n >= -40 and core.ldap(n) then
		return tell(("%d, LDAP library"):format(n), row_of(core.ldap(n)))
	elseif math.type(n) ~= "integer" or n < -0x80000000 or n > 0xffffffff then
		return nil
	end
	n = n & 0xffffffff
	if n > 0xffff then
		large(n, found)
	else
		small(n, found)
	end
	if #found == 0 then
		found[1] = ("%s is not known here, neither as a code of Windows, Kerberos and LDAP nor as an event."):format(topic)
	end
	return table.concat(found, "\n\n")
end

-- Where numbers with names are: which function, from, to, what is added for help on the number.
local NAMED = {
	{ core.krb5, KRB5_BASE, KRB5_BASE + KRB5_LAST }, { core.status, 0xC0000000, 0xC0000500 },
	{ core.ldap, 1, 123 }, { core.win32, 1, 9000 },
}

local function by_name(name)
	name = name:upper()
	for code, row in pairs(known) do
		if math.type(code) and row[1] == name then
			return code
		end
	end
	for code, row in pairs(known.win32) do
		if row[1] == name then
			return code
		end
	end
	for _, range in ipairs(NAMED) do
		for n = range[2], range[3] do
			local words = range[1](n)
			if words and words.name and words.name:upper() == name then
				return n
			end
		end
	end
end

--- What is known about a code, in words; nil when the topic is no code.
function codes.explain(topic)
	topic = topic:match "^%s*(.-)%s*$"
	local n, is_logon = number_of(topic)
	if is_logon then
		local row = row_of(core.logon(n))
		return row and tell(("data %x, login refused by a domain controller"):format(n), row) or nil
	elseif not n and (topic:find "^%u[%u%d]*_[%u%d_]+$" or topic:find "^%l+%u%a+$") then
		n = by_name(topic)
	end
	return n and by_number(topic, n)
end

return codes
