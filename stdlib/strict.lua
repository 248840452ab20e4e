-- Globals created by accident are an error: a name is declared by an assignment in a main chunk
-- or at the prompt, never by a function that forgot "local".
local strict = {}

local function refuse(what, name, hint)
	error(("%s global '%s'%s"):format(what, tostring(name), hint or ""), 3)
end

--- A new table of globals on top of parent, where reading an unknown name is an error and only a
--- main chunk makes new ones; sealed: nobody does. hint(name) adds to the message.
function strict.environment(parent, sealed, hint)
	local declared = {}
	return setmetatable({}, {
		__index = function(_, name)
			local value = parent[name]
			if value == nil and not declared[name] then
				refuse("undeclared", name, hint and hint(name))
			end
			return value
		end,
		__newindex = function(env, name, value)
			if sealed or debug.getinfo(2, "S").what ~= "main" then
				refuse("assignment to undeclared", name)
			end
			declared[name] = true
			rawset(env, name, value)
		end,
	})
end

return strict
