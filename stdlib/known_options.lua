-- The table of options that a function of stdlib/ takes last: a name that it does not know is an error.
local failure = require "adsh.failure"

--- known_options(given, names): given, or an empty table for nil; an error lists the known names.
return function(given, names)
	local known = {}
	for _, name in ipairs(names) do
		known[name] = true
	end
	for key in pairs(given or {}) do
		if not known[key] then
			error(failure("usage", ("unknown option '%s'; the known ones are: %s"):format(tostring(key),
				table.concat(names, ", "))), 0)
		end
	end
	return given or {}
end
