-- Which call the cursor is in, and where in it: read off the code in front of it, without running anything.
local context = {}

local OPENERS = { ["("] = ")", ["{"] = "}", ["["] = "]" }
local CLOSERS = { [")"] = true, ["}"] = true, ["]"] = true }

local function skip_string(code, at)
	local level = code:match("^%[(=*)%[", at)
	if level then
		local _, last = code:find("]" .. level .. "]", at, true)
		return (last or #code) + 1
	end
	local quote, i = code:sub(at, at), at + 1
	while i <= #code and code:sub(i, i) ~= quote do
		i = i + (code:sub(i, i) == "\\" and 2 or 1)
	end
	return i + 1
end

-- The name right in front of the byte at: "a.b:c" of "x = a.b:c".
local function name_before(code, at)
	return code:sub(1, at - 1):match "([%a_][%w_.:]*)%s*$"
end

local KEYWORDS = { ["and"] = true, ["or"] = true, ["not"] = true, ["return"] = true, ["in"] = true, ["if"] = true,
	["while"] = true, ["then"] = true, ["do"] = true, ["else"] = true, ["local"] = true }

local function callable(name)
	return name and not KEYWORDS[name] and name or nil
end

-- What is open at the end of the code, outermost first.
local function open_at_end(code)
	local stack, i = {}, 1
	while i <= #code do
		local c = code:sub(i, i)
		local top = stack[#stack]
		if c == '"' or c == "'" or code:find("^%[=*%[", i) then
			i = skip_string(code, i)
		elseif c == "-" and code:sub(i, i + 1) == "--" then
			i = (code:find("\n", i, true) or #code) + 1
		else
			if OPENERS[c] then
				stack[#stack + 1] = { mark = c, name = callable(name_before(code, i)), argument = 1, from = i + 1 }
			elseif CLOSERS[c] then
				stack[#stack] = nil
			elseif top and (c == "," or c == ";" and top.mark == "{") then
				top.argument, top.from = top.argument + 1, i + 1
			end
			i = i + 1
		end
	end
	return stack
end

local function key_of(code, entry)
	return entry.mark == "{" and code:sub(entry.from):match "^%s*([%a_][%w_]*)%s*=%s*$" or nil
end

--- of(code): { call=, argument=, key= } of a value that is typed behind the code; nil: it is in no call.
--- In a table key is the field that the value is for, and nil for a value without one.
function context.of(code)
	local stack = open_at_end(code)
	local inner = stack[#stack]
	local direct = callable(code:match "([%a_][%w_.:]*)%s*$")
	if direct and not (inner and key_of(code, inner)) then
		return { call = direct, argument = 1 } -- get "..."
	elseif not inner then
		return nil
	end
	local key = key_of(code, inner)
	for depth = #stack, 1, -1 do
		local entry = stack[depth]
		if entry.name then
			return entry.mark ~= "[" and {
				call = entry.name, argument = entry.mark == "{" and 1 or entry.argument, key = key,
				in_table = inner.mark == "{" or nil,
			} or nil
		elseif entry.mark == "[" then
			return nil
		end
	end
end

return context
