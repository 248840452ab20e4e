-- Encryption types as bits of msDS-SupportedEncryptionTypes (MS-KILE 2.2.7), and which of them a KDC takes.
local etypes = {}

etypes.DES, etypes.RC4, etypes.AES128, etypes.AES256 = 0x3, 0x4, 0x8, 0x10
etypes.AES = etypes.AES128 | etypes.AES256
etypes.AES_SESSION = 0x20 -- the session key is AES although the ticket is not
etypes.ANY = etypes.DES | etypes.RC4 | etypes.AES

local BEST = { { 0x10, "aes256" }, { 0x8, "aes128" }, { 0x4, "rc4" } } -- no KDC of today gives DES

local NAMES = {
	{ 0x10, "AES256" }, { 0x8, "AES128" }, { 0x4, "RC4" }, { 0x2, "DES-CBC-MD5" }, { 0x1, "DES-CBC-CRC" },
	{ 0x20, "AES session keys" }, { 0x40, "AES256-SHA2" }, { 0x80, "AES128-SHA2" }, { 0x10000, "FAST" },
	{ 0x20000, "compound identity" }, { 0x40000, "claims" }, { 0x80000, "no SID compression" },
	{ 0x80000000, "future types" },
}

--- The best of the types in these bits: "aes256", "aes128", "rc4", or nil.
function etypes.best(bits)
	for _, one in ipairs(BEST) do
		if bits & one[1] ~= 0 then
			return one[2]
		end
	end
	return nil
end

--- The type of the ticket: the client's list never decides it. target: the bits of the service's account (0 already
--- replaced by the KDC's default), kdc: those that the KDC allows, keys: those of which the account has keys.
function etypes.ticket(target, kdc, keys)
	return etypes.best(target & kdc & (keys or etypes.ANY))
end

local function for_sessions(bits)
	return bits & etypes.AES_SESSION ~= 0 and bits | etypes.AES or bits
end

--- The type of the session key; asked: the bits of what the client offers.
function etypes.session(target, kdc, asked)
	return etypes.best(for_sessions(target) & for_sessions(kdc) & for_sessions(asked))
end

--- The types that the bits name: { "AES256", "RC4" }.
function etypes.names(bits)
	local list = {}
	for _, one in ipairs(NAMES) do
		list[#list + 1] = bits & one[1] ~= 0 and one[2] or nil
	end
	return list
end

--- The same for people, with the number: "0x1c (AES256, AES128, RC4)"; "not set" for nil and 0.
function etypes.words(bits)
	if not bits or bits == 0 then
		return "not set"
	end
	local names = etypes.names(bits)
	return #names > 0 and ("0x%x (%s)"):format(bits, table.concat(names, ", ")) or ("0x%x"):format(bits)
end

--- The bits of a value of the attribute, which is a number with a sign; nil where there is none.
function etypes.bits(value)
	local n = math.tointeger(tonumber(value or nil))
	return n and n & 0xffffffff
end

return etypes
