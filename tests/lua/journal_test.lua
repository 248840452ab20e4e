-- Journals that are damaged: said, left out, and no harm to the others.
package.path = "tests/lua/?.lua;" .. package.path
local cjson = require "cjson"
local journal = require "adsh.journal"
local mutate = require "mutate"
local plan = require "adsh.core.plan"

local folder

local function run(command)
	assert(os.execute(command))
end

local function write(id, lines)
	local f <close> = assert(io.open(("%s/%s.jsonl"):format(folder, id), "w"))
	f:write(table.concat(lines, "\n"), "\n")
end

-- As design and manual have it.
local WHOLE = {
	[[{"type":"run","format":1,"run":"1","started":"2026-01-02T03:04:05Z","command":"adsh x","user":"me","host":"h"}]],
	[[{"type":"intent","n":1,"dn":"CN=A,DC=x","guid":"6b9a5d9c-52f1-4a94-8f6c-1e7f35f0a1b1","label":"A$","domain":"x",]]
		.. [["server":"dc.x","principal":"a@X","edits":[{"attribute":"servicePrincipalName","syntax":"set","before":[],]]
		.. [["after":["HTTP/a",{"base64":"AAE="}]}]}]],
	[[{"type":"intent","n":2,"dn":"CN=B,DC=x","label":"B$","domain":"x","edits":[{"attribute":"userAccountControl",]]
		.. [["syntax":"bits","before":["4096"],"after":["4098"]}]}]],
	[[{"type":"intended","n":2}]],
	[[{"type":"result","n":1,"state":"done"}]],
	[[{"type":"result","n":2,"state":"failed","message":"no"}]],
	[[{"type":"end","finished":"2026-01-02T03:04:06Z","status":"partial"}]],
}

-- The warnings of f, and what it gives.
local function warned(f, ...)
	local say, list = require "adsh.say", {}
	local err = say.err
	say.err = function(line) -- luacheck: ignore 122
		list[#list + 1] = line
	end
	local results = table.pack(pcall(f, ...))
	say.err = err -- luacheck: ignore 122
	assert(results[1], results[2])
	return list, results[2]
end

-- The journal of lines, and of the whole one beside it.
local function damaged(lines)
	write("2", lines)
	local warnings, list = warned(journal.runs)
	assert.equal(2, #list)
	assert.same({ "1", 2, "partial" }, { list[1].run, list[1].changes, list[1].status })
	local _, err = warned(function()
		return select(2, pcall(journal.undo, "2"))
	end)
	return warnings, tostring(err), list[2]
end

local function changed(i, from, to)
	local lines = table.move(WHOLE, 1, #WHOLE, 1, {})
	local n
	lines[i], n = lines[i]:gsub(from, to)
	assert(n > 0)
	return lines
end

local function without(i)
	local lines = table.move(WHOLE, 1, #WHOLE, 1, {})
	table.remove(lines, i)
	return lines
end

describe("a journal", function()
	setup(function()
		local f <close> = io.popen "mktemp -d"
		folder = f:read()
		plan.gate { journal_dir = folder }
		write("1", WHOLE)
	end)
	teardown(function()
		run("rm -rf " .. folder)
	end)

	it("that is whole is read", function()
		local warnings, r = warned(journal.read, "1")
		assert.same({}, warnings)
		assert.same({ "1", "adsh x", "me", "h", "partial", 2 }, { r.run, r.command, r.user, r.host, r.status, r.changes })
		assert.same({ "done", "failed", "no" }, { r.intents[1].state, r.intents[2].state, r.intents[2].message })
		assert.is_nil(r.damaged)
	end)

	it("with fields and lines of a later adsh is read", function()
		local lines = changed(2, '"n":1', '"n":1,"kind":"attributes","after":[],"new":{"x":[1]}')
		table.insert(lines, 3, [[{"type":"note","n":"anything"}]])
		local warnings, err = damaged(lines)
		assert.same({}, warnings)
		assert.not_matches("damaged", err)
	end)

	it("that was cut off is read as far as it goes", function()
		local whole = table.concat(WHOLE, "\n") .. "\n"
		for n = #WHOLE[1] + 1, #whole, 7 do
			local f <close> = assert(io.open(folder .. "/2.jsonl", "w"))
			f:write(whole:sub(1, n))
			f:close()
			local warnings, r = warned(journal.read, "2")
			assert.same({}, warnings)
			assert.is_nil(r.damaged)
			assert.is_true(r.changes == 0 or r.changes == 2)
		end
	end)

	it("with a line of a wrong shape says which one, and is neither undone nor resumed", function()
		for _, case in ipairs {
			{ changed(2, '"label":"A%$",', ""), "2.jsonl: skipping line 2: label is missing" },
			{ changed(2, '"label":"A%$"', '"label":7'), "skipping line 2: label is not text" },
			{ changed(2, '"n":1', '"n":1e300'), "skipping line 2: n is not a number above zero" },
			{ changed(2, '"n":1', '"n":1.5'), "skipping line 2: n is not a number above zero" },
			{ changed(2, '"edits":%[', '"edits":["x",'),
				"skipping line 2: edits[1] is not an object" },
			{ changed(2, '"before":%[%]', '"before":{"x":"y"}'), "edits[1].before is not a list" },
			{ changed(2, '"AAE="', '"!"'), "edits[1].after[2] is neither text nor base64" },
			{ changed(2, '"AAE="', "[[[]]]"), "edits[1].after[2] is neither text nor base64" },
			{ changed(4, '"n":2', '"n":null'), "skipping line 4: n is missing" },
			{ changed(2, "^.", ""), "skipping line 2: it is not JSON" },
		} do
			local warnings, err = damaged(case[1])
			assert.is_truthy((warnings[1] or ""):find(case[2], 1, true), warnings[1])
			assert.matches("the journal of the run 2 is damaged", err)
			assert.matches("Nothing was written", err)
		end
	end)

	it("that lost a line about what was sent is neither undone nor resumed", function()
		for pattern, lines in pairs {
			["the change 1 is missing"] = without(2),
			["the change 2 is missing"] = without(3),
			["the change 1 is missing. Nothing"] = without(4),
			["line 3 is truncated"] = changed(3, '"label.*', ""),
			["it has format 2"] = changed(1, '"format":1', '"format":2'),
		} do
			local _, err = damaged(lines)
			assert.matches(pattern, err)
			assert.equal("refused", select(2, warned(function()
				return select(2, pcall(journal.resume, "2"))
			end)).kind)
		end
	end)

	it("of which only results are damaged is read", function()
		local warnings, err, r = damaged(changed(6, '"failed"', '"so-so"'))
		assert.matches("skipping line 6: state is not a known value", warnings[1])
		assert.not_matches("damaged", err)
		assert.equal(2, r.changes)
	end)

	it("is no harm to the others, whatever is in it", function()
		local seed = 4711
		math.randomseed(seed)
		for i = 1, tonumber(os.getenv "ADSH_ROUNDS" or 500) do
			write("2", mutate.lines(mutate.lines(WHOLE, math.random), math.random))
			local _, list = warned(journal.runs)
			assert.equal("1", list[1].run)
			assert.equal(2, list[1].changes)
			local _, r = warned(journal.read, "2")
			assert.is_true(r.changes <= 4, ("seed %d, round %d"):format(seed, i))
			for _, name in ipairs { "undo", "resume" } do
				local _, err = warned(function()
					return select(2, pcall(journal[name], "2"))
				end)
				assert.is_truthy(type(err) == "table" and err.kind, ("seed %d, round %d: %s"):format(seed, i, tostring(err)))
			end
		end
		local text = cjson.encode(select(2, warned(journal.runs)))
		assert.is_truthy(text:find '"run":"1"')
	end)

	it("that is a link, a folder, a pipe or for others to write is left out", function()
		for pattern, command in pairs {
			["is a symbolic link"] = "ln -s 1.jsonl 2.jsonl",
			["is not a plain file"] = "mkdir 2.jsonl",
			["2.jsonl is not a plain file"] = "mkfifo 2.jsonl",
			["can be written by others %(mode 620%)"] = "cp 1.jsonl 2.jsonl; chmod 620 2.jsonl",
			["can be written by others %(mode 602%)"] = "cp 1.jsonl 2.jsonl; chmod 602 2.jsonl",
		} do
			run(("cd %s && rm -rf 2.jsonl && { %s; }"):format(folder, command))
			local warnings, list = warned(journal.runs)
			assert.matches(pattern, warnings[1])
			assert.equal(1, #list)
			for _, name in ipairs { "read", "undo", "resume" } do
				local ok, err = pcall(journal[name], "2")
				assert.is_false(ok)
				assert.equal("refused", err.kind)
				assert.matches(pattern, err.message)
			end
		end
		run(("cd %s && rm -rf 2.jsonl && touch 'a b.jsonl'"):format(folder))
		assert.equal(1, #select(2, warned(journal.runs)))
	end)
end)
