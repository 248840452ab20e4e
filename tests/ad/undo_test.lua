-- Two runs over the same thing, taken back in either order: what is there then is what was there before the first,
-- and what was absent is absent. Judged by ldapsearch, rpcclient and smbcacls.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local FS, FOLDER = "fs1.alpha.test", "undo"
local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"
local state = lab.must "mktemp -d":gsub("%s", "")

local function adsh(...)
	local status, _, err = lab.adsh { "-y", "--journal", state, ... }
	assert.equal(0, status, err)
end

-- Runs Lua; gives the id of the run.
local function run(code)
	adsh("-e", code)
	return lab.must("ls " .. state):match "(%S+)%.jsonl%s*$"
end

local function on(command)
	return lab.must(("%s/in.sh fs1 sh -c %s"):format(lab.scripts, lab.quote(command)))
end

local function client(tool, words)
	return lab.must(("KRB5CCNAME=%s %s --use-kerberos=required //%s/data %s"):format(lab.login "labadmin", tool, FS,
		words))
end

local function sources()
	return lab.account("HOST01$", SOURCES)[SOURCES]
end

local function targets()
	local e = lab.account("HOST01$", "msDS-AllowedToDelegateTo userAccountControl")
	return { e["msDS-AllowedToDelegateTo"], e.userAccountControl }
end

local function share_acl()
	return lab.must(("KRB5CCNAME=%s rpcclient --use-kerberos=required %s -c 'netsharegetinfo data 502'"):format(
		lab.login "labadmin", FS)):match "revision.*"
end

-- Without SE_DACL_AUTO_INHERITED ([MS-DTYP] 2.4.6): it stays for what the later run made inherit.
local function folder_acls()
	local list = {}
	for i, path in ipairs { "", "/a", "/a/x.iso" } do
		list[i] = client("smbcacls", FOLDER .. path .. " --sddl"):gsub("D:AI%(", "D:(")
	end
	return list
end

local function make_folder()
	on("rm -rf /var/lib/samba/data/" .. FOLDER)
	client("smbclient", ("-c 'mkdir %s;mkdir %s/a;put /etc/hostname %s/a/x.iso'"):format(FOLDER, FOLDER, FOLDER))
end

-- What one source gets, and how it looks from outside.
local CASES = {
	["resource-based delegation"] = { "delegation.allow_from('host01', '%s')", sources },
	["constrained delegation"] = { "delegation.allow('host01', 'cifs/%s', { mode = 'any' })", targets },
	["a share"] = { ("share.grant(%q, 'data', '%%s', 'read')"):format(FS), share_acl },
	["folders"] = {
		("folder.grant('//%s/data/%s', '%%s', 'change', { children = true })"):format(FS, FOLDER), folder_acls,
	},
}

-- Allows host02, host03; takes that back in this order; each step has to be seen.
local function there_and_back(case, order)
	local code, look = table.unpack(CASES[case])
	local before = look()
	local runs = { run(code:format "host02"), run(code:format "host03") }
	local both = look()
	assert.not_same(before, both)
	for _, i in ipairs(order) do
		adsh("undo", runs[i])
	end
	assert.same(before, look())
	return runs, both
end

describe("undo", function()
	before_each(function()
		lab.must(("rm -f %s/*"):format(state))
		lab.reset "HOST01$"
		on "sharesec data --replace S-1-1-0:ALLOWED/0x0/FULL"
		make_folder()
	end)
	teardown(function()
		lab.reset "HOST01$"
		on("sharesec data --replace S-1-1-0:ALLOWED/0x0/FULL; rm -rf /var/lib/samba/data/" .. FOLDER)
		lab.must("rm -rf " .. state)
	end)

	for case in pairs(CASES) do
		it("of two runs over " .. case .. ", the last one first, leaves what was there before", function()
			there_and_back(case, { 2, 1 })
		end)

		it("of two runs over " .. case .. ", the first one first, leaves what was there before", function()
			there_and_back(case, { 1, 2 })
		end)
	end

	it("leaves no descriptor where there was none", function()
		there_and_back("resource-based delegation", { 1, 2 })
		assert.is_nil(sources())
	end)

	-- smbd gives a new share its own descriptor, by which everyone may do everything, before it takes ours
	it("of a share that was half made, and finished, leaves no share", function()
		local function empty() -- not behind smbd's back: its workers would go on showing it
			adsh("-e", ("share.remove(%q, 'undoshare')"):format(FS))
		end
		local function rpcclient(command)
			return lab.must(("KRB5CCNAME=%s rpcclient --use-kerberos=required %s -c %s"):format(lab.login "labadmin", FS,
				lab.quote(command)))
		end
		finally(empty)
		empty()
		on "mkdir -p /srv/undo"
		local id = run(("share.add(%q, 'undoshare', { path = '/srv/undo', acl = 'D:(A;;FA;;;BA)' })"):format(FS))
		lab.must(("sed -i '/\"type\":\"result\"/,$d' %s/%s.jsonl"):format(state, id))
		on "sharesec -s /etc/samba/shares.conf undoshare --replace S-1-1-0:ALLOWED/0x0/FULL"
		assert.matches("SID: S%-1%-1%-0", rpcclient "netsharegetinfo undoshare 502")
		adsh("resume", id)
		local shown = rpcclient "netsharegetinfo undoshare 502"
		assert.matches("SID: S%-1%-5%-32%-544", shown)
		assert.not_matches("SID: S%-1%-1%-0", shown)
		adsh("undo", id)
		assert.not_matches("undoshare", rpcclient "netshareenumall")
	end)

	it("of an undo that made an account again leaves one that a resumed run knows as its own", function()
		local function newest()
			return lab.must("ls " .. state):match "(%S+)%.jsonl%s*$"
		end
		local function there()
			return #lab.search("(sAMAccountName=UNDOACC$)", "cn")
		end
		finally(function()
			lab.sh(lab.scripts .. "/in.sh dc1 samba-tool computer delete UNDOACC")
		end)
		run "account.create 'UNDOACC'"
		adsh("undo", (run "account.delete 'UNDOACC'"))
		local made = newest()
		lab.must(("sed -i '/\"type\":\"end\"/d' %s/%s.jsonl"):format(state, made))
		adsh("undo", made)
		assert.equal(0, there())
		adsh("undo", newest())
		assert.equal(1, there()) -- another account of this name
		adsh("resume", made)
		assert.equal(1, there())
	end)

	it("takes back what undo took back", function()
		for case, one in pairs(CASES) do
			local code, look = table.unpack(one)
			local before = look()
			local first = run(code:format "host02")
			local wanted = look()
			adsh("undo", first)
			assert.same(before, look(), case)
			adsh("undo", (lab.must("ls " .. state):match "(%S+)%.jsonl%s*$"))
			assert.same(wanted, look(), case)
		end
	end)
end)
