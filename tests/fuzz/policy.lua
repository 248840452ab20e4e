-- A policy file: what it says is a table of plain values, and it holds, or it is refused.
local core = require "adsh.core.policy"
local policy = require "adsh.policy"

local function check_plain(v, depth)
	local is = type(v)
	if is == "table" then
		assert(depth < 2)
		for key, one in pairs(v) do
			assert(type(key) == "string" or depth == 1 and math.type(key) == "integer")
			check_plain(one, depth + 1)
		end
	else
		assert(is == "string" or is == "number" or is == "boolean", is)
	end
end

return function(bytes)
	policy.files = {}
	local rules, err = core.parse(bytes, "policy.lua")
	if not rules then
		error(err, 0)
	end
	check_plain(rules, 0)
	policy.add("policy.lua", rules)
	assert(#policy.files == 1)
	assert((core.check_recipe "\1" == nil) == (rules.allowed_recipes ~= nil))
end
