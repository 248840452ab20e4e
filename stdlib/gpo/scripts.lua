-- psscripts.ini, the PowerShell scripts of a policy (MS-GPSCR 2.2.3): UTF-16LE with a mark; [Startup] has the pairs
-- NCmdLine, NParameters, numbered from 0. Other sections and lines stay.
local ini_lines = require "adsh.gpo.ini_lines"
local text = require "adsh.core.text"
local utf16 = require "adsh.gpo.utf16"

local scripts = {}

local MARK = "\xff\xfe"

local function decode(bytes)
	if bytes:sub(1, 2) == MARK then
		return utf16.decode(bytes)
	end
	return text.decode(bytes) or bytes
end

--- list(bytes): the scripts that run when a computer starts: { command=, parameters= }.
function scripts.list(bytes)
	local lines, found = ini_lines.split(decode(bytes)), {}
	local first, last = ini_lines.section(lines, "startup")
	for i = first or 1, last or 0 do
		local n, what, value = lines[i]:match "^%s*(%d+)(%a+)%s*=%s*(.-)%s*$"
		n = n and tonumber(n) + 1
		if n then
			found[n] = found[n] or {}
			found[n][what:lower() == "cmdline" and "command" or "parameters"] = value
		end
	end
	local list = {}
	for _, s in pairs(found) do
		list[#list + 1] = s.command and s or nil
	end
	table.sort(list, function(a, b) return a.command < b.command end)
	return list
end

local function highest(lines, first, last)
	local n = -1
	for i = first, last do
		n = math.max(n, math.tointeger(tonumber(lines[i]:match "^%s*(%d+)")) or -1)
	end
	return n
end

--- with(bytes, command, parameters): the file (bytes nil: there is none) with this script behind those at start-up.
function scripts.with(bytes, command, parameters)
	for _, s in ipairs(bytes and scripts.list(bytes) or {}) do
		if s.command:lower() == command:lower() and s.parameters == parameters then
			return bytes
		end
	end
	local lines = ini_lines.split(decode(bytes or ""))
	local first, last = ini_lines.section(lines, "startup")
	if not first then
		if #lines > 0 and not lines[#lines]:find "\n$" then
			lines[#lines] = lines[#lines] .. "\r\n"
		end
		lines[#lines + 1] = "[Startup]\r\n"
		first, last = #lines + 1, #lines
	end
	local n = highest(lines, first, last) + 1
	while last >= first and lines[last]:find "^%s*$" do
		last = last - 1
	end
	if last >= 1 and not lines[last]:find "\n$" then
		lines[last] = lines[last] .. "\r\n"
	end
	table.insert(lines, last + 1, ("%dCmdLine=%s\r\n%dParameters=%s\r\n"):format(n, command, n, parameters))
	return MARK .. utf16.encode(table.concat(lines))
end

--- without(bytes, command): the file without this script, the others numbered anew; nil: nothing is left in it.
function scripts.without(bytes, command)
	local lines = ini_lines.split(decode(bytes))
	local first, last = ini_lines.section(lines, "startup")
	local gone, n, kept = nil, -1, {}
	for i = first or 1, last or 0 do
		local number, value = lines[i]:match "^%s*(%d+)[Cc]md[Ll]ine%s*=%s*(.-)%s*$"
		gone = value and value:lower() == command:lower() and number or gone
	end
	for i, line in ipairs(lines) do
		local number, rest = line:match "^%s*(%d+)(%a.*)$"
		if not (first and i >= first and i <= last and number) then
			kept[#kept + 1] = line
		elseif number ~= gone then
			n = rest:lower():find "^cmdline" and n + 1 or n
			kept[#kept + 1] = n .. rest
		end
	end
	local s = table.concat(kept)
	return s:find "=" and MARK .. utf16.encode(s) or nil
end

return scripts
