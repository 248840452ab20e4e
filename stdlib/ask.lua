-- Questions to a person. Without a terminal nothing is ever asked: the answer is no.
local options = require "adsh.core.options"
local say = require "adsh.say"

--- ask(question): true when somebody typed yes.
return function(question)
	if not options.interactive then
		return false
	end
	say.err(question, " [y/N] ")
	local answer = io.read("l")
	return answer ~= nil and answer:lower():match("^%s*ye?s?%s*$") ~= nil
end
