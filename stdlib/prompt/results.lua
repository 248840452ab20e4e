-- The results of the last statements: _ is the last one, _1 the one before it, up to _9.
local results = {}

local session = require "adsh.session"

local KEPT = 9

--- keep(value): from now on it is _.
function results.keep(value)
	local env = session.environment
	for i = KEPT, 2, -1 do
		rawset(env, "_" .. i, rawget(env, "_" .. i - 1))
	end
	rawset(env, "_1", rawget(env, "_"))
	rawset(env, "_", value)
end

return results
