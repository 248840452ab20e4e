-- A file server, or something on the way to it, that truncates, lies about lengths, replays and flips
-- bits: always an error in words and in time, never an answer that is not the server's.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local FS, TIMEOUT = "fs1.alpha.test", 2
local SIGNED = 3 -- messages from here on are protected

-- numbers of the server's messages: negotiate, log in, tree, pipe, bind, list, close
local SHARES = { 1, 2, 3, 4, 5, 6, 7 }
-- ..., open and read the top folder, (close it,) open and list it; the first three are the same
local TREE = { 4, 5, 7, 8 }

local function faults(messages)
	local list = {}
	for _, m in ipairs(messages) do
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
	return list
end

-- Run by adsh: asks once through each fault; a line for each: fault, seconds, what came.
local CODE = [[
local core = require "adsh.core.share"
connect()
core.encrypt(%s)
local function shares(server)
	local rows, err = core.list(server)
	local list = {}
	for i, row in ipairs(rows or {}) do
		list[i] = row.name .. (row.sddl or "")
	end
	return rows and table.concat(list, ","), err
end
local function tree(server)
	local done, err, list = nil, nil, {}
	local p = plan(function()
		done, err = core.propagate("//" .. server .. "/data/hostile", print)
	end)
	for i, c in ipairs(p:changes()) do
		list[i] = c.dn:match "hostile.*" .. c.edits[1].after[1]
	end
	return done and table.concat(list, ","), err
end
local ask = %s
local truth = assert(ask(%q)) -- in its own time, the machine may be busy
connect { timeout = %d }
for fault in io.lines(%q) do
	local start = directory.current() and os.time()
	local answer, err = ask(%q)
	local what = answer and (answer == truth and "same" or "OTHER") or "error"
	print(fault, os.time() - start, what, err and err.kind or "-", err and err.message or "-")
	core.disconnect()
end
]]

local function run(seal, ask, list)
	local path = lab.file(table.concat(list, "\n") .. "\n")
	lab.must(("%s/hostile.sh start %s"):format(lab.scripts, path))
	local status, out, err = lab.adsh { "-e", CODE:format(seal, ask, FS, TIMEOUT, path, FS .. ":4455") }
	assert.equal(0, status, err)
	local results = {}
	for line in out:gmatch "[^\n]+" do
		local fault, seconds, what, kind, message = line:match "^(.-)\t(%d+)\t(%w+)\t(%S+)\t(.*)$"
		results[#results + 1] = { fault = fault, seconds = tonumber(seconds), what = what, kind = kind, message = message }
	end
	assert.equal(#list, #results)
	return results
end

-- How many faults did no harm, after a look at all others.
local function judge(results, harmless)
	local same = 0
	for _, r in ipairs(results) do
		assert.is_true(r.seconds <= TIMEOUT + 6, r.fault) -- the limit without one is ten
		assert.not_equal("OTHER", r.what, r.fault)
		if r.what == "error" then
			assert.is_true(#r.message > 20, r.fault .. ": " .. r.message)
			assert.equal("connect", r.kind, r.fault .. ": " .. r.message)
		else
			same = same + 1
			local message, action = r.fault:match "^(%d+) (%w+)"
			assert.is_true(harmless(tonumber(message), action), r.fault)
		end
	end
	return same
end

describe("a file server that lies", function()
	setup(function()
		lab.must(lab.scripts .. "/in.sh fs1 sh -c 'cd /var/lib/samba/data && mkdir -p hostile/a && echo > hostile/a/x "
			.. "&& echo > hostile/y && chmod -R a+rwX hostile'")
	end)
	teardown(function()
		lab.must(lab.scripts .. "/hostile.sh stop; " .. lab.scripts .. "/in.sh fs1 rm -rf /var/lib/samba/data/hostile")
	end)

	for _, seal in ipairs { "false", "true" } do
		it("is found out, with encryption: " .. seal, function()
			local list = faults(SHARES)
			table.move({ "2 silence", "6 silence" }, 1, 2, #list + 1, list)
			local same = judge(run(seal, "shares", list), function(message, action)
				-- what comes behind the list, or once more behind the last question, is not waited for;
				-- "wait" says nothing else, and is sealed but never signed
				return message >= #SHARES or action == "replay" or message < SIGNED and action == "flip"
					or message > SIGNED and seal == "false"
			end)
			assert.is_true(same < 60, tostring(same))
		end)

		it("is found out while a tree is gone through, with encryption: " .. seal, function()
			local list = {}
			for _, fault in ipairs(faults(TREE)) do -- a connection that breaks when something is closed is made anew
				list[#list + 1] = not fault:find "replay" and fault or nil
			end
			local same = judge(run(seal, "tree", list), function(_, action)
				return action == "flip" and seal == "false"
			end)
			assert.is_true(same < 10, tostring(same))
		end)
	end

	it("and says that the session has expired is believed only when it signs that", function()
		local r = run("false", "shares", { "4 expired", "5 expired", "6 expired" })
		for _, answer in ipairs(r) do
			assert.equal("connect", answer.kind)
			assert.matches("cannot be trusted: it is not signed", answer.message, 1, true)
		end
	end)

	it("and never stops asking for patience gets none beyond the time limits", function()
		for _, answer in ipairs(run("false", "shares", { "4 wait", "6 wait" })) do
			assert.equal("connect", answer.kind)
			assert.matches("no answer in time", answer.message, 1, true)
			assert.is_true(answer.seconds <= TIMEOUT + 2)
		end
		local path = lab.file "4 wait\n"
		lab.must(("%s/hostile.sh start %s"):format(lab.scripts, path))
		local status, _, err = lab.sh(("KRB5CCNAME=%s timeout 30 %s --timeout 2 -e 'share.list \"%s:4455\"'"):format(
			lab.login "labadmin", lab.quote(lab.program), FS))
		assert.equal(1, status, err)
		assert.matches("time limit of the run", err, 1, true)
	end)

	it("and lets us in as a guest or as nobody is not believed", function()
		local FLAGS = 4 + 64 + 2 -- of its second message: length, header, size
		local r = run("false", "shares", { ("2 flip %d 0"):format(FLAGS), ("2 flip %d 1"):format(FLAGS) })
		for i, words in ipairs { "accepts the login only as a guest", "accepts the login only without a name (anonymous)" } do
			assert.equal("connect", r[i].kind)
			assert.matches(FS .. " " .. words .. "; adsh refuses that", r[i].message, 1, true)
		end
	end)
end)
