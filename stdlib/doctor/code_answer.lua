-- adsh run doctor CODE | EVENT | "TEXT OF A MESSAGE": what it means.
local carry_out = require "adsh.carry_out"
local codes = require "adsh.doctor.codes"
local failure = require "adsh.failure"
local say = require "adsh.say"
local text_of = require "adsh.core.text"

local FIELDS = { "code", "family", "name", "meaning", "causes", "run" }
local SHOWN = 60 -- bytes of the text that an error message repeats

--- The answer to a text: what a recipe gives. A text without a code is a mistake of usage.
return function(text)
	local rows = codes.explain(text)
	if not rows then
		local shown = #text > SHOWN and text:sub(1, SHOWN) .. "..." or text
		error(failure("usage", ("'%s' contains no code, event or known name"):format(text_of.escape(shown)),
			codes.HINT .. "; hosts need --job"), 0)
	end
	if carry_out.people() then
		say.out(require "adsh.doctor.code_text"(rows))
	end
	return { shown = require "adsh.format.printable".ordered(rows, FIELDS) }
end
