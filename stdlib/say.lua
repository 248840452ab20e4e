-- Words for people. Names and messages out of a directory are made harmless first: they cannot act on
-- the terminal.
local escape = require "adsh.core.text".escape

local notice = require "adsh.core.notice"

local say = {}

local sink -- write(...) in place of standard output, or nil

--- write(...): what was said to say.gather, else standard output.
function say.write(...)
	if sink then
		return sink(...)
	end
	return io.stdout:write(...)
end

--- gather(write, f): what f says on standard output goes to write.
function say.gather(write, f)
	local before = sink
	sink = write
	local _ <close> = setmetatable({}, { __close = function() sink = before end })
	f()
end

--- A line on standard output.
function say.out(line)
	if sink then
		sink(escape(line, true), "\n")
		return
	end
	notice.hide()
	print(escape(line, true))
end

--- A line on standard error, ended by `ending` in place of a line break.
function say.err(line, ending)
	notice.hide()
	io.stderr:write(escape(line, true), ending or "\n")
end

return say
