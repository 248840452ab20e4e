-- A file server, or something on the way to it, that truncates, lies about lengths, replays and flips
-- bits: always an error in words and in time, never an answer that is not the server's.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local FS, TIMEOUT = "fs1.alpha.test", 2
local SIGNED = 3 -- messages from here on are protected

-- number of the server's message: negotiate, log in, tree, pipe, bind, list, close
local MESSAGES = 7

local function faults()
	local list = {}
	for m = 1, MESSAGES do
		for byte = 0, 300, 13 do
			list[#list + 1] = ("%d flip %d %d"):format(m, byte, byte % 8)
		end
		for _, n in ipairs { 0, 3, 4, 40, 68, 80 } do
			list[#list + 1] = ("%d cut %d"):format(m, n)
		end
		for _, n in ipairs { 1, 8, 30 } do
			list[#list + 1] = ("%d short %d"):format(m, n)
		end
		for _, n in ipairs { 0, 1, 63, 16777215, 16777216 } do
			list[#list + 1] = ("%d length %d"):format(m, n)
		end
		for _, action in ipairs { "grow 1", "grow 60000", "replay", "garbage", "close" } do
			list[#list + 1] = m .. " " .. action
		end
		list[#list + 1] = m > 1 and m .. " old" or nil
	end
	list[#list + 1] = "2 silence"
	list[#list + 1] = "6 silence"
	return list
end

-- Run by adsh: lists the shares once through each fault; a line for each: fault, seconds, what came.
local CODE = [[
local core = require "adsh.core.share"
connect { timeout = %d }
core.encrypt(%s)
local truth
local function names(rows)
	local list = {}
	for i, row in ipairs(rows) do
		list[i] = row.name .. (row.sddl or "")
	end
	return table.concat(list, ",")
end
truth = names(assert(core.list(%q)))
for fault in io.lines(%q) do
	local start = directory.current() and os.time()
	local rows, err = core.list(%q)
	local what = rows and (names(rows) == truth and "same" or "OTHER") or "error"
	print(fault, os.time() - start, what, err and err.kind or "-", err and err.message or "-")
	core.disconnect()
end
]]

local function run(seal)
	local list = faults()
	local path = lab.file(table.concat(list, "\n") .. "\n")
	lab.must(("%s/hostile.sh start %s"):format(lab.scripts, path))
	local status, out, err = lab.adsh { "-e", CODE:format(TIMEOUT, seal, FS, path, FS .. ":4455") }
	assert.equal(0, status, err)
	local results = {}
	for line in out:gmatch "[^\n]+" do
		local fault, seconds, what, kind, message = line:match "^(.-)\t(%d+)\t(%w+)\t(%S+)\t(.*)$"
		results[#results + 1] = { fault = fault, seconds = tonumber(seconds), what = what, kind = kind, message = message }
	end
	assert.equal(#list, #results)
	return results
end

describe("a file server that lies", function()
	teardown(function()
		lab.must(lab.scripts .. "/hostile.sh stop")
	end)

	for _, seal in ipairs { "false", "true" } do
		it("is found out, with encryption: " .. seal, function()
			local same = 0
			for _, r in ipairs(run(seal)) do
				assert.is_true(r.seconds <= TIMEOUT + 2, r.fault)
				assert.not_equal("OTHER", r.what, r.fault)
				if r.what == "error" then
					assert.is_true(#r.message > 20, r.fault .. ": " .. r.message)
					assert.equal("connect", r.kind, r.fault .. ": " .. r.message)
				else
					same = same + 1
					local message, action = r.fault:match "^(%d+) (%w+)"
					-- what comes behind the list, or once more behind the last question, is not waited for;
					-- "wait" says nothing else, and is sealed but never signed
					assert.is_true(tonumber(message) >= MESSAGES or action == "replay"
						or tonumber(message) < SIGNED and action == "flip"
						or tonumber(message) > SIGNED and seal == "false", r.fault)
				end
			end
			assert.is_true(same < 60, tostring(same))
		end)
	end
end)
