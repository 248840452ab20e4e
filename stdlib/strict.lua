-- Globals created by accident are an error: a name is declared by an assignment in the main chunk
-- or at the prompt, never by a function that forgot "local".
local strict = {}

--- Makes reading or writing an undeclared global of env an error.
function strict.enable(env)
	local mt = getmetatable(env) or {}
	local declared = {}
	mt.__newindex = function(t, name, value)
		local info = debug.getinfo(2, "S")
		if not declared[name] and info and info.what ~= "main" and info.what ~= "C" then
			error("assignment to undeclared global '" .. tostring(name) .. "'", 2)
		end
		declared[name] = true
		rawset(t, name, value)
	end
	mt.__index = function(_, name)
		if not declared[name] then
			error("undeclared global '" .. tostring(name) .. "'", 2)
		end
	end
	return setmetatable(env, mt)
end

return strict
