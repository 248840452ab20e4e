-- Plan files: those of older versions are read, and what is wrong with a file is said.
local cjson = require "cjson"
local file_of = require "adsh.core.file"
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
		refused("changed after it was created", (OLD:gsub("HOST02", "HOST03")))
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

	-- As plan_file.save writes one: n changes, each with values of that length.
	local function written(n, length, edit)
		local content = cjson.decode(CONTENT)
		for i = 1, n do
			content.changes[i] = { dn = "CN=" .. i, domain = "x", label = "A", edits = { { attribute = "a", syntax = "set",
				before = {}, after = { ("v"):rep(length) .. i, "\27 } \n      }", "same " .. ("s"):rep(50) } } } }
		end
		edit(content)
		local path = os.tmpname()
		local ok, err = pcall(plan_file.write, content, path)
		local bytes = bytes_of(path)
		os.remove(path)
		assert.is_true(ok, err)
		return bytes, content
	end

	local function by_change(bytes)
		local f <close> = assert(io.tmpfile())
		f:write(bytes)
		f:seek "set"
		return plan_file.read_changes(f)
	end

	it("is read a change at a time, and as a whole where it was written in another way", function()
		for _, case in ipairs { { 1, 1 }, { 3000, 500 }, { 2, 3 << 20 }, { 700, 1498 } } do
			local bytes, content = written(case[1], case[2], function(c) c.author = "a" end)
			assert.same(content, by_change(bytes).content)
			assert.is_nil(by_change(bytes:gsub("\n +", "\n")))
			for _, text_of in ipairs { bytes, cjson.encode(cjson.decode(bytes)), (bytes:gsub("\n +", "\n")) } do
				local ok, read = load(text_of)
				assert.is_true(ok, read)
				assert.same(content, read)
			end
		end
		local PART, END = 1 << 20, "\n      },"
		local length = PART - (written(2, 1, function() end):find(END, 1, true) - 1) -- then END would begin a part
		for back = 0, #END + 2 do
			local bytes, content = written(2, length - back, function() end)
			assert.equal(PART - back, (bytes:find(END, 1, true)))
			assert.same(content, by_change(bytes).content)
		end
		local twice = written(2, 1, function() end):gsub('\n    "command"', '\n    "changes": [1],%0')
		assert.equal(1, cjson.decode(twice).content.changes[1])
		assert.is_nil(by_change(twice))
		refused("changed after it was created", (written(3000, 500, function() end):gsub("v2999", "v2998")))
		refused("is not a whole plan file", written(3000, 500, function() end):sub(1, -20))
		refused("is not a whole plan file", written(3000, 500, function() end):sub(1, 1 << 20))
	end)

	it("that cannot be finished leaves the old one", function()
		local path, put_later = os.tmpname(), nil
		assert.is_true(file_of.replace(path, "the plan", "old"))
		local ok, err = pcall(file_of.replace, path, "the plan", function(put)
			put(("x"):rep(1 << 20))
			put_later = put
			error { kind = "stop" }
		end)
		assert.is_false(ok)
		assert.equal("stop", err.kind)
		assert.equal("old", bytes_of(path))
		assert.is_false(pcall(put_later, "y"))
		assert.is_true(file_of.replace(path, "the plan", function(put)
			for _ = 1, 1000 do
				put(("0123456789"):rep(20))
			end
			put ""
		end))
		assert.equal(("0123456789"):rep(20000), bytes_of(path))
		os.remove(path)
		assert.equal(text.sha256(("ab"):rep(1 << 16)), text.sha256(function(put)
			for _ = 1, 1 << 16 do
				put "a"
				put "b"
			end
		end))
		assert.equal(text.sha256 "", text.sha256(function() end))
		assert.is_false(pcall(text.sha256, function() error "no" end))
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
		refused("changed after it was created", (file(CONTENT):gsub('"digest".*', '"digest":7}')))
	end)
end)
