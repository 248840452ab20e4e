-- Each job of the cookbook is done in the lab, as its document says; cookbook.lua runs it.
package.path = "tests/ad/?.lua;" .. package.path
local cookbook = require "cookbook"
local lab = require "lab"

local FOLDER = "examples/cookbook"

local function contents(path)
	local f <close> = assert(io.open(path))
	return f:read "a"
end

local function documents()
	local list = {}
	for name in lab.must("ls " .. FOLDER):gmatch "%d%d%-[%w-]+%.md" do
		list[#list + 1] = name
	end
	return list
end

-- "<!-- samba: 4.19 -->": older ones cannot do the job.
local function it_for(text)
	local major, minor, why = text:match "<!%-%- samba: (%d+)%.(%d+) (.-) %-%->"
	return major and lab.since(tonumber(major), tonumber(minor), it, pending, why) or it
end

describe("the cookbook", function()
	for _, name in ipairs(documents()) do
		it_for(contents(FOLDER .. "/" .. name))("does the job of " .. name, function()
			assert.equal("", table.concat(cookbook.run(FOLDER .. "/" .. name), "\n\n"))
		end)
	end

	it("lists its jobs", function()
		local index, list = contents(FOLDER .. "/README.md"), documents()
		assert.equal(12, #list)
		for _, name in ipairs(list) do
			local title = contents(FOLDER .. "/" .. name):match "^# (.-)\n"
			assert.matches(("[%s](%s)"):format(title, name), index, 1, true)
		end
	end)
end)

-- What is found wrong with a document.
local function problems(text)
	local path = lab.file(text)
	local found = table.concat(cookbook.run(path), "\n")
	os.remove(path)
	return found
end

describe("a document", function()
	it("shows what comes", function()
		assert.equal("", problems "```console\n$ echo a; echo b >&2\na\nb\n$ true\n$ printf x\nx\n```\n")
		assert.matches("line 2 of its output is not as shown: c", problems "```console\n$ echo a; echo b\na\nc\n```\n")
		assert.matches("there is more", problems "```console\n$ echo a; echo b\na\n```\n")
		assert.matches("line 2 of its output is not as shown: b", problems "```console\n$ echo a\na\nb\n```\n")
	end)

	it("leaves out lines and parts of them, and no others", function()
		local seq = "```console\n$ seq 5\n%s\n```\n"
		for _, shown in ipairs { "...", "1\n...\n5", "...\n3\n...", "1\n2\n...\n3\n4\n5", "...\n4\n5" } do
			assert.equal("", problems(seq:format(shown)), shown)
		end
		for _, shown in ipairs { "...\n6", "2\n...", "1\n...\n4", "...\n3\n2\n...", "1\n...\n2\n4\n..." } do
			assert.matches("not as shown", problems(seq:format(shown)), shown)
		end
		assert.equal("", problems "```console\n$ echo a+b.c 17 x\na+b.c ... x\n```\n")
		assert.matches("not as shown", problems "```console\n$ echo a+bxc\na+b.c\n```\n")
	end)

	it("shows each status", function()
		assert.matches("ended with status 3", problems "```console\n$ sh -c 'exit 3'\n```\n")
		assert.equal("", problems "```console\n$ sh -c 'exit 3'\n$ echo $?\n3\n```\n")
		assert.matches("not as shown: 4", problems "```console\n$ sh -c 'exit 3'\n$ echo $?\n4\n```\n")
	end)

	it("has times and runs of its own", function()
		assert.equal("", problems(("```console\n$ echo %s\n%s\n```\n```console\n$ echo at %s\nat %s\n```\n"):format(
			"at 2026-11-27 01:02:03 20261127-010203.004-55555", "at 2025-01-01 00:00:00 20250101-000000.001-1",
			"20250101-000000.001-1", "20261127-010203.004-55555")))
		assert.matches("what came:\n20261127-010203.004-55555", problems(
			"```console\n$ echo 20261127-010203.004-55555\n20250101-000000.001-1\n```\n"
			.. "```console\n$ echo 20250101-000000.001-1\nx\n```\n"), 1, true)
	end)

	it("has files, and is cleaned up after", function()
		assert.equal("", problems "```lua a.lua\nprint(17)\n```\n```sh\nfalse\n```\n```console\n$ adsh a.lua\n17\n```\n")
		local mark = lab.file ""
		local wrong = "<!-- finally: os.remove %q -->\n```console\n$ echo a\nb\n```\n"
		assert.matches("not as shown", problems(wrong:format(mark)))
		assert.is_nil(io.open(mark))
		assert.is_false(pcall(problems, "<!-- lab: error 'x' -->\n"))
	end)
end)
