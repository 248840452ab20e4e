-- C functions return nil, err when the world says no; what people call raises that err instead, so
-- that a script stops at the first failure. raising(module) is a copy of the module that raises.
local raising = {}

local guard = require "adsh.core.guard"

local function wrap(source, target)
	for name, value in pairs(source) do
		target[name] = type(value) == "function" and guard(value) or value
	end
	return target
end

--- The methods of a class, made raising in place.
function raising.methods(class)
	return wrap(class, class)
end

--- The way back: try(f, ...) is what f returns, or nil, err.
function raising.try(f, ...)
	local results = table.pack(pcall(f, ...))
	if results[1] then
		return table.unpack(results, 2, results.n)
	end
	local err = results[2]
	local mt = getmetatable(err)
	if type(mt) == "table" and mt.__name == "adsh.error" then
		return nil, err
	end
	error(err, 0)
end

return setmetatable(raising, {
	__call = function(_, module)
		return wrap(module, {})
	end,
})
