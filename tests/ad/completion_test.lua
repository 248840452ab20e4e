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
