-- UTF-16LE, in which Windows keeps the texts of group policies. What is not well-formed stays: a lone surrogate is
-- carried through as the code point that it is.
local utf16 = {}

--- encode(s): UTF-8 to UTF-16LE, without a mark.
function utf16.encode(s)
	local parts = {}
	for _, c in utf8.codes(s, true) do
		if c >= 0x10000 then
			c = c - 0x10000
			parts[#parts + 1] = string.pack("<I2I2", 0xd800 | c >> 10, 0xdc00 | c & 0x3ff)
		else
			parts[#parts + 1] = string.pack("<I2", c)
		end
	end
	return table.concat(parts)
end

--- decode(bytes): UTF-16LE to UTF-8; a mark in front is left out.
function utf16.decode(bytes)
	local parts, high = {}, nil
	for at = 1, #bytes - 1, 2 do
		local c = string.unpack("<I2", bytes, at)
		if high and c >= 0xdc00 and c < 0xe000 then
			parts[#parts] = utf8.char(0x10000 + ((high & 0x3ff) << 10 | c & 0x3ff))
			high = nil
		else
			high = c >= 0xd800 and c < 0xdc00 and c or nil
			parts[#parts + 1] = (at > 1 or c ~= 0xfeff) and utf8.char(c) or nil
		end
	end
	return table.concat(parts)
end

return utf16
