-- Errors at the prompt: what happened and what to do, a line each; why() tells the rest of the last one.
local errors = {}

local complete = require "adsh.complete"
local help = require "adsh.help"
local printable = require "adsh.format.printable"
local say = require "adsh.say"
local statement = require "adsh.prompt.statement"

local last -- { err=, traceback=, statement= }

local function is_object(value)
	local mt = getmetatable(value)
	return type(mt) == "table" and mt.__name == "adsh.error"
end

-- The call that was typed, for words about an argument of a function inside it.
local function call_in(typed)
	for name in typed:gmatch "[%a_][%w_.:]*" do
		local value = complete.value_of(name)
		if type(value) == "function" and help.name_of(value) then
			return name
		end
	end
end

-- "delegation.inbound: argument 1: name, object or entry expected, got nil"
local function about_argument(message, typed)
	local n, what = message:match "^bad argument #(%d+) to '[^']*' %((.*)%)$"
	local call = n and call_in(typed)
	return call and ("%s: argument %s: %s; see ?%s"):format(call, n, what, call) or message
end

-- A message of Lua's own begins with places; in a statement of one line they say nothing.
local function without_place(message, typed)
	local line
	local rest = message
	repeat
		local n
		message = rest:gsub("^adsh/[%w_/-]+%.lua:%d+: ", "")
		n, rest = message:match "^stdin:(%d+): (.*)$"
		line = n or line
	until not n
	message = about_argument(message, typed)
	return line and typed:find("\n", 1, true) and ("line %s: %s"):format(line, message) or message
end

-- "delegation has no 'alow'; did you mean delegation.allow?" for a call of what is not there.
local function missing_field(message, typed)
	local name = message:match "attempt to %a+ a nil value %(%a+ '([%a_][%w_]*)'%)"
	local base, mark
	if name then
		base, mark = typed:match("([%a_][%w_.]*)([.:])%s*" .. name .. "%f[^%w_]")
	end
	if not base then
		return nil
	end
	local value, names = complete.value_of(base)
	if value == nil then
		return nil
	end
	local best = help.suggest(name, names)
	local hint = best[1] and ("; did you mean %s%s%s?"):format(base, mark, best[1]) or ""
	return ("%s has no '%s'%s"):format(base, name, hint)
end

-- An error value that is no message and none of ours.
local function text_of(err)
	local mt = getmetatable(err)
	if type(err) == "table" and not (type(mt) == "table" and mt.__tostring) then
		return printable.compact(err)
	end
	return tostring(err)
end

--- The lines that a person sees of an error.
function errors.lines(err, typed)
	local explained = type(err) == "string" and statement.explain(statement.translate(typed))
	local missing = type(err) == "string" and missing_field(err, typed)
	return explained or { missing or without_place(text_of(err), typed) }
end

-- For "no object 'hots01' in alpha.test": names there that look like it.
local function near_names(err)
	local wrong = is_object(err) and err.kind == "notfound" and err.message:match "^no %a+ '([^']+)' in "
	if not wrong or #wrong < 3 then
		return nil
	end
	local candidates, names = {}, require "adsh.completion.names"
	for _, prefix in ipairs { wrong:sub(1, 2), wrong:sub(1, 1) } do
		for _, row in ipairs(names.find("any", prefix)) do
			candidates[#candidates + 1] = row.name
		end
	end
	local best = help.suggest(wrong, candidates)
	return best[1] and "did you mean " .. table.concat(best, ", ") .. "?"
end

--- Tells an error of the statement that was typed, and keeps it for why().
function errors.report(err, traceback, typed)
	last = { err = err, traceback = traceback, statement = typed }
	for i, line in ipairs(errors.lines(err, typed)) do
		say.err((i == 1 and "adsh: " or "") .. line)
	end
	local near = near_names(err)
	if near then
		say.err("  " .. near)
	end
end

-- Only the user's own code: what is inside adsh tells him nothing.
local function own_frames(traceback)
	local list = {}
	for frame in (traceback or ""):gmatch "\n%s*([^\n]+)" do
		if frame:find "^stdin:" or frame:find "^%S+%.lua:" and not frame:find "^adsh/" then
			list[#list + 1] = "  " .. frame
		end
	end
	return list
end

local FIELDS = { "op", "dn", "message", "hint", "domain", "code", "name", "win32", "diagnostic", "kind" }

--- All there is to say about the last error, a list of lines.
function errors.why()
	if not last then
		return { "no statement has failed yet" }
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
		lines[#lines + 1] = "message: " .. without_place(text_of(last.err), last.statement)
	end
	local frames = own_frames(last.traceback)
	if #frames > 0 then
		lines[#lines + 1] = "in your code:"
		table.move(frames, 1, #frames, #lines + 1, lines)
	end
	return lines
end

return errors
