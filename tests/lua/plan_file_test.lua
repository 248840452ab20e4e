-- Plan files: those of older versions are read, and what is wrong with a file is said.
local cjson = require "cjson"
local plan_file = require "adsh.plan_file"
local text = require "adsh.core.text"

local function bytes_of(path)
	local f <close> = assert(io.open(path))
	return f:read "a"
end

-- What load does with a file of these bytes.
local function load(bytes)
	local path = os.tmpname()
	local f = assert(io.open(path, "w"))
	f:write(bytes)
	f:close()
	local results = table.pack(pcall(plan_file.load, path))
	os.remove(path)
	return table.unpack(results)
end

local OLD = bytes_of "tests/data/plan_1.json" -- made by a version that sorted the keys as they are shown

-- A file around content, the JSON of one with sorted keys.
local function file(content)
	return ('{"content":%s,"digest":"sha256:%s"}'):format(content, text.sha256(content))
end

local CONTENT = [[{"changes":[{"dn":"CN=A","domain":"x","edits":[{"after":["b"],"attribute":"a","before":[],]]
	.. [["syntax":"set"}],"label":"A"}],"command":"adsh","created":"2026-01-01T00:00:00Z","format":"adsh plan 1"}]]

local function refused(pattern, bytes)
	local ok, err = load(bytes)
	assert.is_false(ok)
	assert.equal("refused", err.kind)
	assert.matches(pattern, err.message)
end

local function changed(from, to)
	local content, n = CONTENT:gsub(from, to)
	assert.equal(1, n)
	return file(content)
end

describe("a plan file", function()
	it("of an older version is read", function()
		local ok, content, facts = load(OLD)
		assert.is_true(ok, content)
		assert.same(cjson.decode(OLD).content.changes[1].edits[1].after, content.changes[1].edits[1].after)
		assert.is_true(facts.ours)
		refused("changed after it was made", (OLD:gsub("HOST02", "HOST03")))
	end)

	it("with fields that it has today, or may have later, is read", function()
		for _, bytes in ipairs {
			file(CONTENT), changed('"label":"A"', '"kind":"group","label":"A","later":{"x":[1,null]}'),
			changed('"a","before"', '"a","before"'), changed('"A"}', '"A","n":1}'),
			changed('^{', '{"author":"a","b":1,'),
		} do
			local ok, content = load(bytes)
			assert.is_true(ok, tostring(content) .. bytes)
			assert.equal("CN=A", content.changes[1].dn)
		end
	end)

	it("of a wrong shape says where", function()
		for pattern, bytes in pairs {
			["changes%[1%].label is missing"] = changed(',"label":"A"', ""),
			["changes%[1%].label is not text"] = changed('"label":"A"', '"label":[]'),
			["changes%[1%].dn is missing"] = changed('"dn":"CN=A"', '"dn":null'),
			["changes%[1%].edits%[1%].before is not a list"] = changed('"before":%[%]', '"before":{"a":1}'),
			["changes%[1%].edits%[1%].after%[1%] is neither text nor base64"] = changed('%["b"%]', '[1]'),
			["changes%[2%] is not an object"] = changed('"A"}%],', '"A"},7],'),
			["changes%[1%].after%[1%] is not a number"] = changed('{"dn"', '{"after":[0],"dn"'),
			["created is missing"] = changed('"created":"2026%-01%-01T00:00:00Z",', ""),
			["is not a whole plan file"] = changed("adsh plan 1", "adsh plan 2"),
		} do
			refused(pattern, bytes)
		end
		for _, bytes in ipairs { "", "{}", "[]", "null", "7", '{"content":7}', OLD:sub(1, 300), ("["):rep(5000) } do
			refused("is not a whole plan file", bytes)
		end
		refused("changed after it was made", (file(CONTENT):gsub('"digest".*', '"digest":7}')))
	end)
end)
