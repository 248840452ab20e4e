-- Damaged copies of JSON: fields that are gone, of wrong types, huge, nested, not base64; and damaged bytes.
local cjson = require "cjson"

local mutate = {}

local function nested(n)
	local t = {}
	for _ = 1, n do
		t = { t }
	end
	return t
end

local JUNK = {
	cjson.null, true, false, 0, -1, 1.5, 1e300, -1e300, 2 ^ 53, 2 ^ 31, 4294967296, "", "x", "\0", "\27[2J", "S-1",
	"CN=", ("y"):rep(70000), {}, { {} }, { "a", "b" }, { x = "y" }, nested(40), { base64 = "!!" }, { base64 = "AAE=" },
	{ base64 = 5 }, { base64 = "AAE=", more = "x" }, { base64 = {} }, "528384", "99999999999999999999", "sd", "bits",
	"exact", "set",
	"userAccountControl", "member", "group", "\\\\fs1\\share", "O:BAG:BAD:",
}

-- Every place in the value: a list of { table, key }.
local function places(value, list)
	for key, v in pairs(value) do
		list[#list + 1] = { value, key }
		if type(v) == "table" then
			places(v, list)
		end
	end
	return list
end

local function copy(value)
	if type(value) ~= "table" then
		return value
	end
	local t = {}
	for key, v in pairs(value) do
		t[key] = copy(v)
	end
	return t
end

--- value(v, random): a copy with one to three places changed.
function mutate.value(v, random)
	v = copy(v)
	for _ = 1, random(3) do
		local list = places(v, {})
		if #list == 0 then
			return v
		end
		table.sort(list, function(a, b) return tostring(a[2]) < tostring(b[2]) end)
		local t, key = table.unpack(list[random(#list)])
		if random(4) == 1 then
			t[key] = nil
		elseif random(6) == 1 and type(t[key]) == "table" then
			t[key] = { t[key], t[key] }
		else
			t[key] = copy(JUNK[random(#JUNK)])
		end
	end
	return v
end

local function change_line(line, random)
	local ok, value = pcall(cjson.decode, line)
	if not ok or type(value) ~= "table" then
		return line
	end
	local encoded, bytes = pcall(cjson.encode, mutate.value(value, random))
	return encoded and bytes or "null"
end

--- lines(list, random): a copy of lines of JSON with one of them damaged.
function mutate.lines(list, random)
	local out = table.move(list, 1, #list, 1, {})
	local i, what = random(#out), random(10)
	local line = out[i]
	local at = random(#line + 1)
	if what == 1 and #out > 1 then
		table.remove(out, i)
	elseif what == 2 then
		table.insert(out, random(#out), line)
	elseif what == 3 then
		out[i] = line:sub(1, at - 1)
	elseif what == 4 then
		out[i] = line:sub(at)
	elseif what == 5 then
		out[i] = line:sub(1, at - 1) .. string.char(random(0, 255)) .. line:sub(at + 1)
	else
		out[i] = change_line(line, random)
	end
	return out
end

return mutate
