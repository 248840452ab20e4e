-- What a condition says about one subject.
local verdict = {}

--- holds(reason): it is as it has to be.
function verdict.holds(reason)
	return { state = "holds", reason = reason }
end

--- fails(reason, fix[, mend]): fix: the command that mends it. mend: the same for adsh itself, a list of a name out of
--- adsh.doctor.mend and its arguments; nil: adsh cannot do it.
function verdict.fails(reason, fix, mend)
	return { state = "fails", reason = reason, fix = fix, mend = mend }
end

--- unseen(reason, fix): it could not be seen this time, and it may be what is wrong. fix: what shows it.
function verdict.unseen(reason, fix)
	return { state = "unseen", reason = reason, fix = fix, matters = true }
end

--- blocking(reason, fix): the same, and without it what needs this cannot be looked at either.
function verdict.blocking(reason, fix)
	return { state = "unseen", reason = reason, fix = fix, matters = true, blocks = true }
end

--- hidden(reason, fix): nobody sees it from here. fix: the line that shows it on the host itself.
function verdict.hidden(reason, fix)
	return { state = "unseen", reason = reason, fix = fix }
end

-- A name as a word inside of '...' for the shell, and a string of Lua in it.
local function quoted(s)
	return (("%q"):format(s):gsub("'", "'\\''"))
end

local function value(x)
	if type(x) ~= "table" then
		return type(x) == "string" and quoted(x) or tostring(x)
	end
	local parts = {}
	for i, v in ipairs(x) do
		parts[i] = value(v)
	end
	for k, v in pairs(x) do
		parts[#parts + 1] = type(k) == "string" and ("%s = %s"):format(k, value(v)) or nil
	end
	return "{ " .. table.concat(parts, ", ") .. " }"
end

--- call(f, ...): the command line that calls the function of this name with these values.
function verdict.call(f, ...)
	local parts = {}
	for i, x in ipairs { ... } do
		parts[i] = value(x)
	end
	return ("adsh -e '%s(%s)'"):format(f, table.concat(parts, ", "))
end

return verdict
