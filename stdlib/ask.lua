-- ask(false): this session wants to write without being asked.
local core = require "adsh.core.plan"
local help = require "adsh.help"

help [[ask([on]) - Turns the question before each write on or off, at a terminal.
Arguments:
  on (boolean): false turns it off. Default: true
Returns: nothing
Errors:
  refused: there is no terminal
Example: ask(true)]]
local function ask(_, on)
	return core.asks(on)
end

return setmetatable({}, { __call = ask })
