-- Words for people. Names and messages out of a directory are made harmless first: they cannot act on
-- the terminal.
local escape = require "adsh.core.text".escape

local notice = require "adsh.core.notice"

local say = {}

--- A line on standard output.
function say.out(line)
	notice.hide()
	print(escape(line, true))
end

--- A line on standard error, ended by `ending` in place of a line break.
function say.err(line, ending)
	notice.hide()
	io.stderr:write(escape(line, true), ending or "\n")
end

return say
