-- GPT.INI, the version of a policy's files (MS-GPOL 2.2.4): what else is in it stays byte for byte.
local gpt_ini = {}

--- version(bytes): the number in it, or nil.
function gpt_ini.version(bytes)
	return math.tointeger(tonumber(("\n" .. bytes):match "\n%s*[Vv][Ee][Rr][Ss][Ii][Oo][Nn]%s*=%s*(%d+)"))
end

--- with(bytes, version): the same with another version.
function gpt_ini.with(bytes, version)
	local text, n = ("\n" .. bytes):gsub("(\n%s*[Vv][Ee][Rr][Ss][Ii][Oo][Nn]%s*=%s*)%d+", "%1" .. version, 1)
	if n > 0 then
		return text:sub(2)
	end
	local head, rest = bytes:match "^(.-%[[Gg]eneral%]%s-\n)(.*)$"
	return (head or "[General]\r\n") .. ("Version=%d\r\n"):format(version) .. (rest or bytes)
end

--- new(version): that of a policy that is made.
function gpt_ini.new(version)
	return ("[General]\r\nVersion=%d\r\n"):format(version)
end

return gpt_ini
