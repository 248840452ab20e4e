-- A list of hosts: of what is text, every name is one line without blanks around it, and the names in quotation marks
-- are the same list.
local text_file = require "adsh.text_file"

local function check(name)
	assert(name ~= "" and not name:find "[\r\n%z]" and name:find "^%S" and name:find "%S$", name)
end

local function quoted(name)
	return '"' .. name:gsub('"', '""') .. '"'
end

return function(bytes)
	local names, all = text_file.names(text_file.decode(bytes, "hosts", "the list of hosts")), {}
	for i, name in ipairs(names) do
		check(name)
		all[i] = quoted(name)
	end
	local again = text_file.names(text_file.decode(table.concat(all, ","), "hosts", "the list of hosts"))
	assert(#again == #names)
	for i, name in ipairs(names) do
		assert(again[i] == name, name)
	end
end
