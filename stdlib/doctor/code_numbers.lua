-- Finds the codes in a text that somebody pasted, in whatever language it is: numbers and names are what is looked
-- for, and what only looks like one (GUID, SID, address, date, version) is not taken.
local code_numbers = {}

local LONGEST = 65536 -- bytes of a text that are read

-- ---- the same characters for the same things ----

local DIGITS = { 0x660, 0x6F0, 0x966, 0x9E6, 0xE50 } -- the zeros of Arabic, Persian, Devanagari, Bengali, Thai
local LIKE = {} -- code point -> what it stands for
for point, ascii in pairs { [0x2212] = "-", [0xFE63] = "-", [0xD7] = "x", [0xA0] = " ", [0xAD] = "", [0x2060] = "",
	[0xFEFF] = "", [0x410] = "A", [0x412] = "B", [0x415] = "E", [0x421] = "C", [0x425] = "x", [0x41E] = "O", [0x430] = "a",
	[0x435] = "e", [0x441] = "c", [0x445] = "x", [0x43E] = "o" } do -- the Cyrillic letters that look like Latin ones
	LIKE[point] = ascii
end
for point = 0x2010, 0x2015 do
	LIKE[point] = "-"
end
for point = 0x200B, 0x200F do
	LIKE[point] = ""
end
for point = 0x202A, 0x202E do
	LIKE[point] = ""
end

local function ascii_of(point)
	if point >= 0xFF01 and point <= 0xFF5E then -- full width
		return string.char(point - 0xFEE0)
	end
	for _, zero in ipairs(DIGITS) do
		if point >= zero and point <= zero + 9 then
			return string.char(48 + point - zero)
		end
	end
	return LIKE[point] or " "
end

local function fold(text)
	text = text:sub(1, LONGEST):gsub("[\xC2-\xF4][\x80-\xBF]+", function(bytes)
		return utf8.len(bytes) == 1 and ascii_of(utf8.codepoint(bytes)) or " "
	end)
	return (text:gsub("[\x80-\xFF]", " "))
end

-- ---- what is no code ----

local NO_CODES = {
	"%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x+", -- GUID
	"%f[%w][Ss]%-1%-[%d-]+", -- SID
	"DSID%-%x+", -- a place in a domain controller's source
	"%f[%w]%d+%.%d+%.[%d.]+", -- address, version, date
	"%f[%w]%d+%.%d+%f[^%w.]", -- a number with a point
	"%f[%w]%d%d?%d?%d?[-/]%d%d?[-/]%d%d?%d?%d?%f[%W]", -- date
	"%f[%w]%d+:%d+[%d:.]*", -- time, port
	"%x%x:%x%x:[%x:]+", -- address of a network card, IPv6
	"%f[%w][Kk][Bb]%d+", "%f[%w]0x3[eE][457]%f[%W]", "%f[%w]0x[fF][fF][fF][fF][fF][fF][fF][fF]%f[%W]",
	"%d+%%",
}

local function strip(text)
	for _, pattern in ipairs(NO_CODES) do
		text = text:gsub(pattern, " ")
	end
	return text
end

-- ---- tokens ----

local SMALL = 0xffff

local function hex(digits)
	digits = digits:gsub("^0+", "")
	if #digits == 16 then
		digits = digits:gsub("^[fF][fF][fF][fF][fF][fF][fF][fF]", "") -- made longer with its sign
	end
	return #digits <= 8 and (tonumber(digits, 16) or 0) or nil
end

-- Eight digits without 0x: codes of 32 bits, and 0000052E as in front of what a domain controller says.
local function bare(token)
	local digits = token:match "^(%x+)[hH]?$"
	if digits and #digits == 8 and (digits:find "^[89CDcd]" or digits:find "^0000%x" and digits:find "[^0]") then
		return tonumber(digits, 16)
	end
end

local function decimal(sign, digits)
	local n = #digits <= 11 and math.tointeger(tonumber(digits, 10))
	n = n and (sign == "-" and -n or n)
	return n and n >= -0x80000000 and n <= 0xffffffff and n or nil
end

-- What a token is: { n, text, form = "hex" | "decimal" | "name" | "negative" }
local function read_token(sign, token)
	local digits = token:match "^[0Oo][xX](%x+)[uUlL]*$" or token:match "^&[hH](%x+)$"
	local n = digits and hex(digits)
	if n then
		return { n = n, text = token, form = "hex" }
	elseif token:find "^%u[%u%d]*_[%w_]+$" then
		return { name = token, text = token, form = "name" }
	end
	n = bare(token)
	if n then
		return { n = n, text = token, form = "hex", is_win32 = n <= SMALL }
	elseif token:find "^%d+$" then
		n = decimal(sign, token)
		return n and { n = n & 0xffffffff, signed = n, text = (n < 0 and "-" or "") .. token,
			form = n < 0 and "negative" or "decimal" }
	end
end

local function tokens(text)
	local list, at = {}, 1
	while true do
		local first, last, token = text:find("(&?[%w_]+)", at)
		if not first then
			return list
		end
		local sign = text:sub(first - 1, first - 1)
		local is_sign = sign == "-" and not text:sub(first - 2, first - 2):find "[%w]"
		local found = read_token(is_sign and "-" or "", token)
		if found then
			found.before = text:sub(math.max(1, first - 24), first - 1)
			list[#list + 1] = found
		end
		at = last + 1
	end
end

-- "Ereignis-ID 14050", "<EventID>14050", "事件 ID: 14050"
local function is_event(token)
	local before = token.before:lower()
	return token.form == "decimal" and (before:find "%f[%a]%l*id%W*$" or before:find "event%W*$") ~= nil
end

-- "AcceptSecurityContext error, data 52e, v4563": the text without these, and the list of them.
local function without_logons(text)
	local list = {}
	text = text:gsub("%f[%w]data%s+(%x+)%f[%W]", function(digits)
		list[#list + 1] = { n = hex(digits), text = "data " .. digits, form = "hex", is_logon = true }
		return " "
	end)
	return text, list
end

--- The codes that a text may have, in its order: a list of { n, text, form, name?, is_event?, is_logon?, is_win32? },
--- and whether the text is nothing else than one.
function code_numbers.find(text)
	text = strip(fold(text))
	local rest, list = without_logons(text)
	for _, token in ipairs(tokens(rest)) do
		token.is_event = is_event(token)
		token.before = nil
		list[#list + 1] = token
	end
	local whole = text:match "^%W*%f[-&%w](.-)%W*$"
	return list, #list == 1 and whole == list[1].text
end

return code_numbers
