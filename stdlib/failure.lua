-- Error objects made in Lua, of the same shape as those that C makes (lua/util.h).
local codec = require "adsh.core.codec"

--- failure(kind, message[, hint]): kind is one of those of the error object; returns it.
return function(kind, message, hint)
	return codec.failure { kind = kind, domain = "adsh", code = 0, message = message, hint = hint }
end
