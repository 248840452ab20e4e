-- Errors at the prompt: what happened and what to do, a line each; why() tells the rest of the last one.
local errors = {}

local say = require "adsh.say"
local statement = require "adsh.prompt.statement"

local last -- { err=, traceback=, statement= }

local function is_object(value)
	local mt = getmetatable(value)
	return type(mt) == "table" and mt.__name == "adsh.error"
end

-- A message of Lua's own begins with the place; in a statement of one line that says nothing.
local function without_place(message, typed)
	local n, rest = message:match "^stdin:(%d+): (.*)$"
	if not n then
		return message
	end
	return typed:find("\n", 1, true) and ("line %s: %s"):format(n, rest) or rest
end

--- The lines that a person sees of an error.
function errors.lines(err, typed)
	local explained = type(err) == "string" and statement.explain(statement.translate(typed))
	return explained or { without_place(tostring(err), typed) }
end

--- Tells an error of the statement that was typed, and keeps it for why().
function errors.report(err, traceback, typed)
	last = { err = err, traceback = traceback, statement = typed }
	for i, line in ipairs(errors.lines(err, typed)) do
		say.err((i == 1 and "adsh: " or "") .. line)
	end
end

-- Only the user's own code: what is inside adsh tells him nothing.
local function own_frames(traceback)
	local list = {}
	for frame in (traceback or ""):gmatch "\n%s*([^\n]+)" do
		if frame:find "^stdin:" or frame:find "^%S+%.lua:" and not frame:find "^stdlib/" then
			list[#list + 1] = "  " .. frame
		end
	end
	return list
end

local FIELDS = { "op", "dn", "message", "hint", "domain", "code", "name", "win32", "diagnostic", "kind" }

--- All there is to say about the last error, a list of lines.
function errors.why()
	if not last then
		return { "no statement has failed so far" }
	end
	local lines = { "statement: " .. last.statement }
	if is_object(last.err) then
		for _, key in ipairs(FIELDS) do
			local value = last.err[key]
			if value ~= nil and value ~= "" then
				lines[#lines + 1] = ("%s: %s"):format(key, tostring(value))
			end
		end
	else
		lines[#lines + 1] = "message: " .. tostring(last.err)
	end
	local frames = own_frames(last.traceback)
	if #frames > 0 then
		lines[#lines + 1] = "in your code:"
		table.move(frames, 1, #frames, #lines + 1, lines)
	end
	return lines
end

return errors
