-- lab: --dcs 2
-- Two domain controllers, of which one dies: reads go to the other one, writes move when theirs is dead.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local N = 200
local ATTRIBUTES = "msDS-AllowedToDelegateTo userAccountControl"

local function fault(words)
	lab.must(lab.scripts .. "/fault.sh " .. words)
end

local function other(host)
	return host:match "^dc1" and "dc2.alpha.test" or "dc1.alpha.test"
end

local function hosts()
	local list = {}
	for i = 1, N do
		list[i] = ("over%03d"):format(i)
	end
	return list
end

local function seed()
	local ldif = {}
	for _, name in ipairs(hosts()) do
		ldif[#ldif + 1] = ("dn: CN=%s,OU=Hosts,%s\nchangetype: add\nobjectClass: computer\nsAMAccountName: %s$\n"
			.. "dNSHostName: %s.alpha.test\nuserAccountControl: 4096\n"):format(name, lab.base, name:upper(), name)
	end
	lab.modify(table.concat(ldif, "\n"))
end

local function remove()
	local ldif = {}
	for _, e in ipairs(lab.search("(sAMAccountName=OVER*)", "cn")) do
		ldif[#ldif + 1] = ("dn: %s\nchangetype: delete\n"):format(e.dn)
	end
	if #ldif > 0 then
		lab.modify(table.concat(ldif, "\n"))
	end
	lab.replicate()
end

-- { name = values, sorted, in one text } as a DC has them.
local function state(host)
	return lab.on(host, function()
		local all = {}
		for _, e in ipairs(lab.search("(sAMAccountName=OVER*)", ATTRIBUTES)) do
			local values = e["msDS-AllowedToDelegateTo"] or {}
			table.sort(values)
			all[e.dn] = e.userAccountControl[1] .. " " .. table.concat(values, " ")
		end
		return all
	end)
end

local dead -- the node that a script killed

local function reset()
	if dead then
		fault(dead .. " start")
		dead = nil
	end
end

-- Runs this script in the domain; fault(words[, command]) is about the DC that it is connected to, now or
-- when that command has ended.
local function script(text, words, argument)
	local path = lab.file(([[
		local dir = directory.current()
		local node = dir:info().host:match "^%%w+"
		print(dir:info().host)
		local function fault(words, after)
			local command = "%s/fault.sh " .. node .. " " .. words
			assert(os.execute(("(%%s; %%s) >/dev/null 2>&1 %%s"):format(after or "true", command, after and "&" or "")))
		end
		%s
	]]):format(lab.scripts, text))
	local status, out, err = lab.sh(("KRB5CCNAME=%s %s -y -v -d alpha.test %s %s %s"):format(lab.login "labadmin",
		lab.quote(lab.program), words or "", path, argument or ""))
	local first, rest = out:match "^(%C+)\n(.*)$"
	dead = assert(first, err):match "^%w+"
	return status, first, rest, err
end

describe("a folder that each domain controller has", function()
	local function unc(server)
		local _, out, err = lab.adsh { "--server", server, "-e", "return folder.acl('//alpha.test/sysvol/alpha.test').unc" }
		return out:match "%C+", err
	end

	it("is that of the one in use, and another one's when that has none to show", function()
		assert.equal([[\\dc1.alpha.test\sysvol\alpha.test]], (unc "dc1.alpha.test"))
		assert.equal([[\\dc2.alpha.test\sysvol\alpha.test]], (unc "dc2.alpha.test"))
		fault "dc1 reject 445"
		finally(function()
			fault "dc1 unblock"
		end)
		local where, err = unc "dc1.alpha.test"
		assert.equal([[\\dc2.alpha.test\sysvol\alpha.test]], where)
		assert.matches([[warning: \\dc1.alpha.test\sysvol cannot be used; using the next target]], err, 1, true)
	end)
end)

describe("of two domain controllers one dies, and", function()
	setup(function()
		remove()
		seed()
		lab.replicate()
	end)
	teardown(remove)
	after_each(reset)

	it("searches go to the other one, the user is told with -v", function()
		local status, first, rest, err = script [[
			local function count()
				local n = 0
				for _ in dir:search { filter = "(sAMAccountName=OVER*)", attributes = { "cn" } } do
					n = n + 1
				end
				return n
			end
			assert(count() == 200)
			fault "kill"
			local start = os.time()
			print(count(), dir:info().host, dir:whoami())
			assert(os.time() - start < 30)
			start = os.time()
			print(count())
			assert(os.time() - start < 10)
		]]
		assert.equal(0, status, err)
		assert.equal(("200\t%s\t%s\n200\n"):format(other(first), lab.whoami "labadmin"), rest)
		assert.matches("moved to " .. other(first) .. " as labadmin@ALPHA.TEST (GSS-SPNEGO, 256 bits)", err, 1, true)
	end)

	it("a person at a terminal is told in one line", function()
		local out = select(2, lab.at_terminal { "-e", ([[
			local dir = directory.current()
			assert(os.execute("%s/fault.sh " .. dir:info().host:match "^%%w+" .. " kill"))
			print(dir:info().host, dir:get "over001".sAMAccountName, dir:info().host)
		]]):format(lab.scripts) })
		local first = assert(out:match "(%S+)\tOVER001", out)
		dead = first:match "^%w+"
		assert.matches(("the connection to %s was lost; moved to %s\r\n"):format(first, other(first)), out, 1, true)
	end)

	it("a search in the middle is an error, the next one goes to the other DC", function()
		local status, first, rest, err = script [[
			local n = 0
			local ok, err = pcall(function()
				for _ in dir:search { filter = "(sAMAccountName=OVER*)", attributes = { "cn" }, page = 5 } do
					n = n + 1
					if n == 3 then
						fault "kill"
					end
				end
			end)
			assert(not ok and n < 200)
			print(err.kind, tostring(err):match ", after (%d+) entries" == tostring(n))
			print(dir:get "over001".sAMAccountName, dir:info().host)
		]]
		assert.equal(0, status, err)
		assert.equal(("connect\ttrue\nOVER001$\t%s\n"):format(other(first)), rest)
	end)

	it("with --server the other one is not taken", function()
		local status, _, _, err = script([[
			fault "kill"
			dir:get "over001"
		]], "-s dc1.alpha.test")
		assert.equal(5, status, err)
		assert.matches("dc1.alpha.test is lost", err, 1, true)
		assert.not_matches("moved", err)
	end)

	it("a run of writes is finished on the other one, and both come to the same", function()
		local state_dir = lab.must "mktemp -d":gsub("%s", "")
		local before = state "dc1.alpha.test"
		local status, first, rest, err = script([[
			local list = plan.new()
			plan.current(list)
			for i = 1, 200 do
				delegation.allow(("over%03d"):format(i), { "cifs/over99.alpha.test", "cifs/OVER99" })
				delegation.set_mode(("over%03d"):format(i), "any")
			end
			plan.current(false)
			fault("kill", "while [ $(cat " .. arg[1] .. "/* | grep -c '\"done\"') -lt 20 ]; do sleep 0.02; done")
			local report = list:apply()
			print(report.changed, report.failed, report.unknown, report.not_tried, dir:info().host)
		]], "--yes --journal " .. state_dir, state_dir)
		assert.equal(0, status, err)
		assert.equal(("200\t0\t0\t0\t%s\n"):format(other(first)), rest)
		local after = state(other(first))
		for dn, text in pairs(after) do
			assert.equal(tostring(4096 + 0x1000000) .. " cifs/OVER99 cifs/over99.alpha.test", text, dn)
		end
		reset()
		lab.replicate()
		assert.same(after, state(first))

		-- every intent that counts names the DC that was written to, and undo knows the values before
		local servers = {}
		for line in lab.must("cat " .. state_dir .. "/*.jsonl"):gmatch "[^\n]+" do
			local r = cjson.decode(line)
			if r.type == "intent" then
				servers[r.n] = r.server
			end
		end
		assert.equal(N, #servers)
		local moved = 0
		for _, server in ipairs(servers) do
			moved = moved + (server == other(first) and 1 or 0)
		end
		assert.is_true(moved > 0)
		local run = lab.must("ls " .. state_dir):match "(%S+)%.jsonl"
		local undone, out, why = lab.adsh { "--yes", "-s", first, "--journal", state_dir, "undo", run }
		assert.equal(0, undone, out .. why)
		assert.same(before, state(first))
		lab.replicate()
		assert.same(before, state(other(first)))
	end)
end)
