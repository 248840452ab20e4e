-- The names of codes, both ways. The tables are lists in text, loaded at first use: a line is a number and the names
-- of it and of those that follow; "-" is a number without one. A name lacks the prefix that most of its table have;
-- one with another beginning has "!" in front.
local code_names = {}

local TABLES = {
	win32 = { prefix = "ERROR_", base = 10, load = function() return require "adsh.doctor.code_names_win32" end },
	hresult = { prefix = "", base = 16, load = function() return require "adsh.doctor.code_names_hresult" end },
	ntstatus = { prefix = "STATUS_", base = 16, load = function() return require "adsh.doctor.code_names_ntstatus" end },
}

local function each(kind, f)
	local about = TABLES[kind]
	for line in about.load():gmatch "[^\n]+" do
		local first, rest = line:match "^(%x+) (.*)$"
		local n = tonumber(first, about.base)
		for name in rest:gmatch "%S+" do
			local found = f(n, name:find "^!" and name:sub(2) or about.prefix .. name)
			if found and name ~= "-" then
				return found
			end
			n = n + 1
		end
	end
end

--- The name of a number in a table ("win32", "hresult", "ntstatus"), or nil.
function code_names.name(kind, n)
	return each(kind, function(k, name) return k == n and name end)
end

--- The number that has this name in a table, or nil.
function code_names.number(kind, name)
	return each(kind, function(k, one) return one == name and k end)
end

--- A table whole, [number] = name.
function code_names.all(kind)
	local all, prefix = {}, TABLES[kind].prefix
	each(kind, function(n, name) all[n] = name ~= prefix .. "-" and name or nil end)
	return all
end

return code_names
