-- Completion with the names of a directory, and the shares of a server.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

-- The candidates at the end of a line, in which the last quote opens a string.
local function candidates(line)
	local code = ([[local line = %q local first = line:match '.*()["]'
		connect() local list = require "adsh.complete".words(line, first, #line)
		return {list, require "adsh.complete".list(list, 100, 30)}]]):format(line)
	local status, out, err = lab.adsh { "-f", "json", "-e", code }
	assert.equal(0, status, err)
	local answer = cjson.decode(out)
	return answer[1], answer[2]
end

local function computers(prefix)
	local list = {}
	for _, e in ipairs(lab.search(("(&(objectClass=computer)(sAMAccountName=%s*))"):format(prefix), "sAMAccountName")) do
		list[#list + 1] = e.sAMAccountName[1]:gsub("%$", ""):lower()
	end
	table.sort(list)
	return list
end

describe("completion with a directory", function()
	it("offers accounts, hosts and groups by the beginning of their names", function()
		assert.same(computers "host0", (candidates 'delegation.inbound "host0'))
		assert.same({ "HyperV-Hosts" }, (candidates 'run.live_migration{group = "Hyp'))
		assert.same({ "cifs/host03" }, (candidates 'delegation.allow("host01", "cifs/host03'))
	end)

	it("says what each of them is", function()
		local _, list = candidates 'delegation.inbound "host0'
		assert.is_truthy(list:find "host01 +Server 2022")
	end)

	it("knows the attributes of the schema, in filters, too", function()
		assert.same({ "(msDS-AllowedToDelegateTo=" }, (candidates 'search "(msDS-AllowedToD'))
	end)

	it("knows the shares of a server", function()
		local list = candidates 'folder.acl "//fs1.alpha.test/da'
		assert.same({ "//fs1.alpha.test/data" }, list)
	end)

	it("knows the folders of a share, and of a file server's files the rest", function()
		local function client(command)
			lab.must(("KRB5CCNAME=%s smbclient --use-kerberos=required //fs1.alpha.test/data -c '%s'"):format(
				lab.login "labadmin", command))
		end
		client "mkdir tab;mkdir tab/one;mkdir tab/two;put /etc/hostname tab/three"
		finally(function()
			client "rm tab/three;rmdir tab/one;rmdir tab/two;rmdir tab"
		end)
		assert.same({ "//fs1.alpha.test/data/tab/one", "//fs1.alpha.test/data/tab/two" },
			(candidates 'folder.acl "//fs1.alpha.test/data/tab/'))
		local found = candidates [[folder.acl "\\\\fs1.alpha.test\\data\\tab\\tw]]
		assert.same({ [[\\\\fs1.alpha.test\\data\\tab\\two]] }, found)
		assert.equal(2, #candidates 'file.read "//fs1.alpha.test/data/tab/t')
		assert.same({ "data" }, (candidates 'share.acl("fs1.alpha.test", "da'))
	end)

	it("opens no connection of its own", function()
		local _, out = lab.adsh { "-s", "nosuch.alpha.test", "-e",
			[[#require "adsh.complete".words('get "host0', 5, 10)]] }
		assert.equal("0\n", out)
	end)
end)

-- A Samba DC of the lab has too few objects to be slow.
describe("the names of a domain that is slow to find them", function()
	local state = os.tmpname()
	local WORK = [[local index, names = require "adsh.completion.index", require "adsh.completion.names"
		index.slow, index.check = %s, %s
		local function work() local dir = connect() while index.idle(dir) do end end
		local function found(kind, prefix)
			local list = {}
			for i, row in ipairs(names.find(kind, prefix)) do list[i] = row.name end
			table.sort(list)
			return list
		end
		]]

	-- Runs code after that, for a directory that is slow from so many seconds on.
	local function run(code, slow, check)
		local words = { "XDG_STATE_HOME=" .. state, "KRB5CCNAME=" .. lab.login "labadmin", lab.program, "-s", lab.dc,
			"-f json -e", lab.quote(WORK:format(slow or 0, check or 30) .. code) }
		local status, out, err = lab.sh(table.concat(words, " "))
		assert.equal(0, status, err)
		return out ~= "" and cjson.decode(out) or nil
	end

	-- Of the directory, by the type that an account or a group has (MS-SAMR 2.2.1.9).
	local function names_of(prefix, ...)
		local list = {}
		for _, type in ipairs { ... } do
			for _, e in ipairs(lab.search(("(&(sAMAccountType=%d)(sAMAccountName=%s*))"):format(type, prefix),
				"sAMAccountName")) do
				list[#list + 1] = e.sAMAccountName[1]:gsub("%$$", "")
			end
		end
		table.sort(list)
		return list
	end

	before_each(function()
		os.remove(state)
		lab.must("rm -rf " .. state .. " && mkdir -m 700 " .. state)
	end)
	teardown(function() lab.must("rm -rf " .. state) end)

	it("are kept, and found without it, by kind", function()
		run "work()"
		local answer = run [[local dir = connect() local searches = 0
			local find = dir.find
			getmetatable(dir).__index.find = function(...) searches = searches + 1 return find(...) end
			return { computer = found("computer", "host"), group = found("group", "hyp"), account = found("account", "u"),
				any = found("any", "DnsA"), searches = searches }]]
		assert.same(names_of("host", 805306369), answer.computer)
		assert.same(names_of("hyp", 268435456, 536870912), answer.group)
		assert.same(names_of("u", 805306368), answer.account)
		assert.same(names_of("DnsA", 268435456, 536870912), answer.any)
		assert.equal(0, answer.searches)
		assert.equal("600", lab.must(("stat -c %%a %s/adsh/names/alpha.test"):format(state)):match "%d+")
	end)

	it("are followed by what has changed since", function()
		run "work()"
		local dn = "CN=hostly,OU=Hosts," .. lab.base
		lab.modify(("dn: %s\nchangetype: add\nobjectClass: computer\nsAMAccountName: HOSTLY$\n"):format(dn))
		finally(function()
			lab.modify(("dn: %s\nchangetype: delete\n"):format(dn))
		end)
		local answer = run([[connect() local before = found("computer", "hostl") index.check = 30
			work() return { before = before, after = found("computer", "hostl"), all = found("computer", "host0") }]], 0, 0)
		assert.same({ "HOSTLY" }, answer.before, "what is not kept is asked for")
		assert.same({ "HOSTLY" }, answer.after)
		assert.same(names_of("host0", 805306369), answer.all)
	end)

	it("are not kept where it is quick, nor read from a file that others can write", function()
		run("work()", 60)
		local path = state .. "/adsh/names/alpha.test"
		assert.matches("^adsh names 1 %- ", lab.must("cat " .. path))
		lab.must(("echo 'adsh names 1 - 1 1000' >%s"):format(path)) -- long ago
		run("work()", 60)
		assert.matches("^adsh names 1 %- %d+ %d%d%d%d%d%d%d%d%d%d%s*$", lab.must("cat " .. path))
		run("work()", 60)
		local text = "adsh names 1 dc1.alpha.test 1 " .. os.time() .. "\nmhostile\tHOSTILE\t"
		lab.must(("printf '%%s' '%s' >%s && chmod 666 %s"):format(text, path, path))
		assert.same({}, run [[connect() return found("computer", "hostil")]])
		lab.must("chmod 600 " .. path)
		assert.same({ "HOSTILE" }, run [[connect() return found("computer", "hostil")]])
	end)

	it("are read while the prompt waits for a key", function()
		local config = state .. "/config/adsh"
		lab.must(("mkdir -p -m 700 %s && echo 'require \"adsh.completion.index\".slow = 0' >%s/init.lua")
			:format(config, config))
		lab.must(("{ for i in $(seq 100); do sleep 0.1; [ -e %s/adsh/names/alpha.test ] && break; done; } | "
			.. "XDG_CONFIG_HOME=%s/config XDG_STATE_HOME=%s KRB5CCNAME=%s TERM=dumb script -qec '%s -s %s' /dev/null")
			:format(state, state, state, lab.login "labadmin", lab.program, lab.dc))
		assert.matches("\nmhost01\tHOST01\t", lab.must("cat " .. state .. "/adsh/names/alpha.test"))
	end)
end)
