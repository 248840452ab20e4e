-- What the lines of a journal and the content of a plan file have to look like. Each field is looked at before anything
-- uses it: a file may be damaged, or made by somebody else. Fields that are not named here may be there: a later adsh
-- may write more.
local cjson = require "cjson"
local core = require "adsh.core.plan"
local text = require "adsh.core.text"

local shape = {}

local LARGEST = 1 << 31 -- number of a change

-- ---- what a field can be: each gives nil, or what is wrong ("edits[1].before is not a list") ----

local function is_text(v, at)
	return type(v) ~= "string" and at .. " is not text" or nil
end

local function is_number(v, at)
	local n = math.type(v) and math.tointeger(v)
	return not (n and n >= 1 and n <= LARGEST) and at .. " is not a number above zero" or nil
end

-- Text, or {"base64":"..."} where it is not UTF-8.
local function is_bytes(v, at)
	local encoded = type(v) == "table" and type(v.base64) == "string" and next(v, next(v)) == nil and v.base64
	if type(v) ~= "string" and not (encoded and pcall(text.unbase64, encoded)) then
		return at .. " is neither text nor base64"
	end
end

local function one_of(...)
	local words = {}
	for _, word in ipairs { ... } do
		words[word] = true
	end
	return function(v, at)
		return not words[v] and at .. " is not a known value" or nil
	end
end

local function is_list(v)
	local n = 0
	for _ in pairs(type(v) == "table" and v or {}) do
		n = n + 1
	end
	return type(v) == "table" and n == #v
end

local function list_of(is)
	return function(v, at)
		if not is_list(v) then
			return at .. " is not a list"
		end
		for i, one in ipairs(v) do
			if is(one, at) then -- only then the words matter: there may be millions
				return is(one, ("%s[%d]"):format(at, i))
			end
		end
	end
end

local function sorted(fields)
	local list = {}
	for name, is in pairs(fields) do
		list[#list + 1] = { name = name:match "^[^?]+", is = is, optional = name:match "%?$" ~= nil }
	end
	table.sort(list, function(a, b) return a.name < b.name end)
	return list
end

-- What is wrong with one field of v. null is none.
local function check_field(field, v, at)
	local name, value = at and at .. "." .. field.name or field.name, v[field.name]
	if value == cjson.null then
		value, v[field.name] = nil, nil
	end
	if value == nil then
		return not field.optional and name .. " is missing" or nil
	end
	return field.is(value, name)
end

-- A table with these fields; one whose name ends in a question mark need not be there.
local function object(fields)
	local list = sorted(fields)
	return function(v, at)
		if type(v) ~= "table" then
			return (at or "it") .. " is not an object"
		end
		for _, field in ipairs(list) do
			local why = check_field(field, v, at)
			if why then
				return why
			end
		end
	end
end

-- ---- changes ----

local EDIT = object {
	attribute = is_text, syntax = is_text, before = list_of(is_bytes), after = list_of(is_bytes),
}

-- The texts of a change are those of shell/plan/fields.c.
local function change(place)
	local fields = { edits = list_of(EDIT), ["after?"] = list_of(is_number) }
	for name, needed in pairs(core.fields(place)) do
		fields[needed and name or name .. "?"] = is_text
	end
	return fields
end

local function with(fields, more)
	local all = {}
	for _, t in ipairs { fields, more } do
		for name, is in pairs(t) do
			all[name] = is
		end
	end
	return object(all)
end

-- ---- the update of a DC that was reached ----

local REACHED = {
	domain = is_text, server = is_text, invocation = is_text, usn = function(v, at)
		local n = math.type(v) and math.tointeger(v)
		return not (n and n >= 0) and at .. " is not the number of an update" or nil
	end,
}

-- ---- a plan file ----

--- plan(content): nil, or what is wrong with it.
shape.plan = object {
	created = is_text, command = is_text, changes = list_of(with(change "file", { ["n?"] = is_number })),
	["author?"] = is_text, ["user?"] = is_text, ["domain?"] = is_text, ["server?"] = is_text, ["recipe?"] = is_text,
	["reached?"] = list_of(object(REACHED)),
}

-- ---- a line of a journal ----

local LINES = {
	run = object {
		format = is_number, started = is_text, ["run?"] = is_text, ["command?"] = is_text, ["user?"] = is_text,
		["recipe?"] = is_text, ["statement?"] = is_text,
		["host?"] = is_text,
	},
	intent = with(change "journal", { n = is_number }),
	intended = object { n = is_number },
	result = object {
		n = is_number, state = one_of("done", "failed", "unknown", "pending"), ["message?"] = is_bytes, ["guid?"] = is_text,
		["sid?"] = is_text,
	},
	reached = object(REACHED),
	["end"] = object { ["finished?"] = is_text, status = one_of("done", "partial", "failed") },
}

--- line(value): nil, or what is wrong with a line of a journal. One of an unknown type is well.
function shape.line(value)
	local is = LINES[value.type]
	if type(value.type) ~= "string" then
		return "type is not text"
	end
	return is and is(value)
end

return shape
