-- What Windows does on a connection to a file server, and Samba does not: windows_smb.py plays it with messages
-- of genuine servers. What they hold is in the index beside them.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local FS = "fs1.alpha.test"
local CORPUS = lab.must("cd ../shared/data/windows 2>/dev/null && pwd || true"):gsub("\n", "")

local missing = CORPUS == "" and "there is no ../shared/data/windows"
local always = it
local it = missing and function(name) pending(name .. ": " .. missing) end or it

-- The shares of the longest list, as the index has it: "ADMIN$|Remote Admin,..."
local function expected()
	local longest = {}
	for line in io.lines(CORPUS .. "/index.tsv") do
		local list = {}
		for name, remark in line:gmatch "%[([^|%]]*)|([^|]*)|[^%]]*|sd%d+%]" do
			list[#list + 1] = name .. "|" .. remark
		end
		if line:find "^stub%-NetrShareEnum%-ndr20" and #list > #longest then
			longest = list
		end
	end
	return table.concat(longest, ",")
end

-- Run by adsh: asks once for each line; a line for each: what came, the error.
local CODE = [[
local core = require "adsh.core.share"
local SERVER = %q
connect { timeout = %d }
local function shares()
	local rows, err = core.list(SERVER)
	local list = {}
	for i, row in ipairs(rows or {}) do
		list[i] = row.name .. "|" .. (row.remark or "")
	end
	return rows and table.concat(list, ","), err
end
local function tree()
	local done, err, list = nil, nil, {}
	local p = plan(function()
		done, err = core.propagate("//" .. SERVER .. "/data/top", print)
	end)
	for i, c in ipairs(p:changes()) do
		list[i] = c.dn:match "top.*"
	end
	return done and table.concat(list, ","), err
end
for _ = 1, %d do
	local answer, err = %s
	print(answer or "-", err and err.kind or "-", err and err.message or "-", err and err.hint or "-")
	core.disconnect()
end
]]

local playing, plays = lab.file "none\n", 0

-- Plays acts, several connections of one question with "; " between them, while adsh asks that often. MIT's
-- GSSAPI does not free all of a token with a Kerberos error.
local function play(ask, acts, timeout)
	plays = plays + 1
	local f <close> = assert(io.open(playing, "w"))
	f:write(plays, "\n", (table.concat(acts, "\n"):gsub("; ", "\n")), "\n")
	f:close()
	local leaks = acts[1]:find "^refused" and "ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 " or ""
	local status, out, err = lab.sh(("%sKRB5CCNAME=%s %s -e %s"):format(leaks, lab.login "labadmin",
		lab.quote(lab.program), lab.quote(CODE:format(FS .. ":4466", timeout or 60, #acts, ask))))
	assert.equal(0, status, err)
	local results = {}
	for line in out:gmatch "[^\n]+" do
		local answer, kind, message, hint = line:match "^(.-)\t(.-)\t(.-)\t(.*)$"
		results[#results + 1] = { act = acts[#results + 1], answer = answer, kind = kind, message = message, hint = hint }
	end
	assert.equal(#acts, #results, err)
	return results
end

local function all_say(answer, results)
	for _, r in ipairs(results) do
		assert.equal(answer, r.answer, r.act .. ": " .. r.message)
	end
end

local function fails(r, words)
	assert.equal("-", r.answer, r.act)
	assert.equal("connect", r.kind, r.act)
	assert.matches(words, r.message .. " " .. r.hint, 1, true)
end

describe("a file server of Windows", function()
	setup(function()
		if not missing then
			lab.must(("%s/windows.sh start %s %s"):format(lab.scripts, playing, lab.quote(CORPUS)))
		end
	end)
	teardown(function()
		lab.must(lab.scripts .. "/windows.sh stop")
		os.remove(playing)
	end)

	it("says much that was not requested", function()
		all_say(expected(), play("shares()", { "plain", "unasked", "unasked sealed", "pending", "pending sealed",
			"unasked pending" }))
	end)

	it("negotiates and protects in its own ways", function()
		all_say(expected(), play("shares()", { "contexts", "contexts cmac cipher 0", "cipher 1 sealed", "cipher 3 sealed",
			"cipher 4 share dfs", "cmac padded", "padded sealed" }))
		local r = play("shares()", { "cipher 0 sealed", "cipher 0 share" })
		fails(r[1], "cannot encrypt, but requires it")
		fails(r[2], "the share requires encryption")
	end)

	it("cuts the answers of its services where it likes", function()
		all_say(expected(), play("shares()", { "pipe 26", "pipe 100", "pipe 1432 sealed", "pipe 300 pending" }))
	end)

	it("wants a new login when the ticket has expired, wherever that is", function()
		local acts = {}
		for n = 1, 7 do
			acts[n] = ("expire %d %s"):format(n, n % 3 == 0 and "sealed" or n % 3 == 1 and "cmac" or "share")
		end
		all_say(expected(), play("shares()", acts))
		local r = play("shares()", { "expire 3 always", "expire 3 unsigned", "expire 4 unsigned sealed", "expire 2 shut" })
		fails(r[1], "has expired the server rejects a new ticket, too")
		fails(r[2], "cannot be trusted: it is not signed")
		fails(r[3], "cannot be trusted: it is not encrypted")
		fails(r[4], "the ticket of this connection has expired")
	end)

	it("forgets sessions and shares", function()
		all_say(expected(), play("shares()", { "delete 1; plain", "delete 3; plain", "delete 5 sealed; plain" }))
		fails(play("shares()", { "delete 3; delete 3" })[1], "the file server has ended the session")
	end)

	it("does so in the middle of a tree", function()
		local r = play("tree()", { "plain", "expire 9", "delete 4; plain", "delete 5; plain", "delete 6; plain",
			"delete 7; plain", "delete 9; delete 12; plain", "delete 11 sealed; expire 3 cmac", "gone 5", "unasked pending" })
		assert.matches("top\\%w", r[1].answer)
		all_say(r[1].answer, r)
		fails(play("tree()", { "delete 9; delete 2" })[1], "the file server has ended the session")
	end)

	it("keeps nobody with keep-alives", function()
		fails(play("shares()", { "flood" }, 1)[1], "no answer in time")
	end)

	it("tells why it does not take a ticket", function()
		local r = play("shares()", { "refused 37", "refused 41", "refused 31", "refused 32" })
		fails(r[1], "the clocks of this machine and of " .. FS .. " differ too much")
		fails(r[2], "the service cannot read the ticket: it has another key")
		fails(r[3], "the server's answer to the login cannot be trusted")
		fails(r[4], "the Kerberos ticket has expired")
		r = play("shares()", { "c0000022", "c000005e", "c000006d", "c0000072", "c000035c" })
		fails(r[1], "the file server refuses the login")
		fails(r[2], "cannot reach a domain controller to check the login")
		fails(r[3], "the file server does not accept this login")
		fails(r[4], "the account is disabled")
		fails(r[5], "has expired")
	end)

	it("gets no new login without a ticket", function()
		local question = "(function() local a = shares() os.execute 'kdestroy -q' return shares() end)()"
		fails(play(question, { "expire 8" })[1], "there is no Kerberos ticket")
	end)
end)

describe("a file server whose ticket ends", function()
	-- The client's ports of its connections to smbd before and after a ticket of so many seconds has ended.
	local function ports_with(life)
		local conf = lab.file((lab.must "cat $KRB5_CONFIG":gsub("%[libdefaults%]",
			("[libdefaults]\n\tticket_lifetime = %ds"):format(life), 1)))
		local script = lab.file(([[
			local core = require "adsh.core.share"
			connect()
			local function ports()
				for _, seal in ipairs { false, true } do
					core.encrypt(seal)
					assert(core.list "%s")
					assert(core.read "//%s/data")
				end
				local p <close> = io.popen "ss -tnH state established dport = :445 | awk '{ print $3 }' | sort"
				print((p:read "a":gsub("\n", " ")))
			end
			ports()
			os.execute "sleep %d"
			ports()
		]]):format(FS, FS, life + 1))
		local status, out, err = lab.sh(("KRB5_CONFIG=%s %s -k %s/labadmin.keytab %s"):format(conf,
			lab.quote(lab.program), lab.keytabs, script))
		assert.equal(0, status, err)
		local before, after = out:match "^(%S+ %S+ )\n(.*)\n$"
		assert.truthy(before, out)
		return before, after
	end

	always("is logged in to again on the same connection", function()
		local before, after = ports_with(6)
		if before ~= after then -- a busy machine takes longer for a login than the ticket lives
			before, after = ports_with(20)
		end
		assert.equal(before, after)
	end)
end)
