-- Run by adsh -n (files_test.lua): damages the plan file arg[1] and the run arg[3] of the journal, arg[2] times each,
-- and does with each what apply, undo and resume do. Prints what is not a clear error, at most a few.
package.path = "tests/lua/?.lua;" .. package.path
local cjson = require "cjson"
local journal = require "adsh.journal"
local json = require "adsh.format.json"
local mutate = require "mutate"
local options = require "adsh.core.options"
local plan_file = require "adsh.plan_file"
local text = require "adsh.core.text"

local path, rounds, run = arg[1], tonumber(arg[2]), arg[3]
local found, applied, refused = 0, 0, 0
options.partial = true
math.randomseed(4711)

local function try(what, f, ...)
	local ok, err = pcall(f, ...)
	applied = applied + (ok and 1 or 0)
	refused = refused + (ok and 0 or 1)
	if not ok and not (type(err) == "table" and err.kind) and found < 5 then
		found = found + 1
		io.stderr:write(("FOUND %s: %s\n"):format(what, tostring(err)))
	end
end

local function lines(name)
	local list = {}
	for line in io.lines(name) do
		list[#list + 1] = line
	end
	return list
end

local function write(name, bytes)
	local f <close> = assert(io.open(name, "w"))
	f:write(bytes)
end

local f <close> = assert(io.open(path))
local whole = cjson.decode(f:read "a")
for i = 1, rounds do
	local content = mutate.value(whole.content, math.random)
	local ok, sum = pcall(function()
		return "sha256:" .. text.sha256(json.encode(cjson.decode(cjson.encode(content))))
	end)
	if ok then
		write(path, cjson.encode { content = content, digest = sum })
		try("apply, round " .. i, plan_file.apply, path)
	end
end

local folder = options.journal
local good = lines(("%s/%s.jsonl"):format(folder, run))
for i = 1, rounds do
	local bad = mutate.lines(mutate.lines(good, math.random), math.random)
	write(folder .. "/damaged.jsonl", table.concat(bad, "\n") .. "\n")
	try("undo, round " .. i, journal.undo, "damaged")
	try("resume, round " .. i, journal.resume, "damaged")
	try("journal, round " .. i, journal.runs)
end
os.remove(folder .. "/damaged.jsonl")
io.stderr:write(("found %d, %d applied, %d refused\n"):format(found, applied, refused))
