-- Plan files, the journal, undo and resume, judged by what ldapsearch sees before and after.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local HOSTS = { "host01", "host02", "host03" }
local ATTRIBUTES = "msDS-AllowedToDelegateTo userAccountControl"

local function snapshot()
	local all = {}
	for _, e in ipairs(lab.search("(&(objectClass=computer)(cn=host0*))", ATTRIBUTES)) do
		local values = e["msDS-AllowedToDelegateTo"] or {}
		table.sort(values)
		all[e.dn] = { uac = e.userAccountControl[1], targets = values }
	end
	return all
end

local state = lab.must "mktemp -d":gsub("%s", "")

local function adsh(...)
	return lab.adsh { "--journal", state, ... }
end

local function runs()
	local status, out = adsh("-f", "json", "journal")
	assert.equal(0, status)
	return cjson.decode(out)
end

local function last()
	local list = runs()
	return list[#list]
end

local function migrate(...)
	return adsh("--yes", ..., "run", "live-migration", table.unpack(HOSTS))
end

local function reset()
	for i = 1, 4 do
		lab.reset(("HOST%02d$"):format(i))
	end
	lab.must("rm -rf " .. state)
end

local function add(name, value)
	lab.modify(("dn: %s\nchangetype: modify\nadd: msDS-AllowedToDelegateTo\nmsDS-AllowedToDelegateTo: %s\n")
		:format(lab.account(name, "cn").dn, value))
end

describe("the journal", function()
	before_each(reset)
	teardown(reset)

	it("knows who, what, when and how each run ended, and is 0600", function()
		assert.equal(0, (migrate "-q"))
		local r = last()
		assert.equal("done", r.status)
		assert.equal(3, r.changes)
		assert.matches("live%-migration host01 host02 host03", r.command)
		local mode = lab.must(("stat -c %%a %s %s/%s.jsonl"):format(state, state, r.run))
		assert.equal("700\n600\n", mode)
		local status, out = adsh("-f", "json", "journal", r.run)
		assert.equal(0, status)
		local one = cjson.decode(out)
		assert.equal("labadmin@ALPHA.TEST", one.principal)
		assert.equal("done", one.intents[1].state)
	end)

	it("holds no run when nothing was written", function()
		assert.equal(4, (adsh("-n", "run", "live-migration", table.unpack(HOSTS))))
		assert.equal(0, #runs())
	end)

	it("holds no secrets", function()
		local file = lab.file(lab.password .. "\n")
		lab.must("chmod 600 " .. file)
		local status, _, err = adsh("-u", "labadmin", "--password-file", file, "-y", "run", "live-migration",
			table.unpack(HOSTS))
		assert.equal(0, status, err)
		assert.equal(1, (lab.sh(("grep -rF %s %s"):format(lab.quote(lab.password), state))))
	end)

	it("takes a run back exactly, and the taking back too", function()
		lab.reset("HOST02$", 4096 + 0x80000)
		add("HOST01$", "HTTP/theirs")
		local before = snapshot()
		assert.equal(0, (migrate "-q"))
		local after = snapshot()
		assert.not_same(before, after)
		local status, _, err = adsh("-y", "undo", last().run)
		assert.equal(6, status) -- it would give unconstrained delegation back
		assert.matches("allow%-widening", err)
		assert.equal(0, (adsh("-y", "--allow-widening", "undo", last().run)))
		assert.same(before, snapshot())
		assert.equal(0, (adsh("-y", "undo", last().run)))
		assert.same(after, snapshot())
	end)

	it("keeps what others added since, and refuses where they edited the same values", function()
		assert.equal(0, (migrate "-q"))
		local run = last().run
		add("HOST01$", "HTTP/theirs")
		local dn = lab.account("HOST03$", "cn").dn
		lab.modify(("dn: %s\nchangetype: modify\ndelete: msDS-AllowedToDelegateTo\n"
			.. "msDS-AllowedToDelegateTo: cifs/HOST02\n"):format(dn))
		local changed = snapshot()
		local status, _, err = adsh("-y", "undo", run)
		assert.equal(6, status)
		assert.matches("HOST03%$", err)
		assert.same(changed, snapshot())
		assert.equal(0, (adsh("-y", "--partial", "undo", run)))
		assert.same({ "HTTP/theirs" }, snapshot()[lab.account("HOST01$", "cn").dn].targets)
		assert.equal(7, #snapshot()[dn].targets)
	end)

	it("undoes the last run when none is named, the undo itself included", function()
		local before = snapshot()
		assert.equal(0, (migrate "-q"))
		local after = snapshot()
		assert.equal(0, (adsh("-y", "undo")))
		assert.same(before, snapshot())
		assert.equal(0, (adsh("-y", "undo", "last")))
		assert.same(after, snapshot())
		local status, _, err = adsh("-y", "--journal", lab.must "mktemp -d":gsub("%s", ""), "undo")
		assert.equal(1, status)
		assert.matches("there are no runs in", err)
	end)

	it("finds objects that were renamed since", function()
		assert.equal(0, (migrate "-q"))
		local run, dn = last().run, lab.account("HOST01$", "cn").dn
		local function rename(source, rdn)
			lab.modify(("dn: %s\nchangetype: modrdn\nnewrdn: %s\ndeleteoldrdn: 1\n"):format(source, rdn))
		end
		rename(dn, "CN=RENAMED")
		local status = adsh("-y", "undo", run)
		rename("CN=RENAMED,OU=Hosts," .. lab.base, "CN=HOST01")
		assert.equal(0, status)
		assert.same({}, snapshot()[dn].targets)
	end)

	it("refuses to write without a journal", function()
		local before = snapshot()
		local file = lab.file "not a directory"
		local status, _, err = lab.adsh { "-y", "--journal", file, "run", "live-migration", table.unpack(HOSTS) }
		assert.equal(1, status)
		assert.matches("journal", err)
		assert.matches("nothing was written", err)
		assert.same(before, snapshot())
	end)

	it("forgets old runs with --keep-days", function()
		assert.equal(0, (migrate "-q"))
		local young = lab.must("ls " .. state):match "%S+%.jsonl"
		-- of what else has such a name, nothing goes
		lab.must(("cd %s; cp -p %s old.jsonl; ln -s /etc/hostname link.jsonl; mkdir folder.jsonl"):format(state, young))
		lab.must(("cd %s; touch -h -d '40 days ago' old.jsonl link.jsonl folder.jsonl"):format(state))
		assert.equal(0, (adsh("--keep-days", "30", "journal")))
		local left = lab.must("ls " .. state)
		lab.must(("cd %s; rm -r link.jsonl folder.jsonl"):format(state))
		for _, name in ipairs { "folder.jsonl", "link.jsonl", young } do
			assert.is_truthy(left:find(name, 1, true), name)
		end
		assert.is_nil(left:find("old.jsonl", 1, true))
	end)
end)

describe("a plan file", function()
	local path = state .. ".plan"
	before_each(reset)
	teardown(function()
		reset()
		os.remove(path)
	end)

	local function save()
		local status = adsh("--plan-out", path, "run", "live-migration", table.unpack(HOSTS))
		assert.equal(4, status)
	end

	it("is carried out later, once", function()
		local before = snapshot()
		save()
		assert.same(before, snapshot())
		assert.equal("600\n", lab.must("stat -c %a " .. path))
		local status, out = adsh("-y", "apply", path)
		assert.equal(0, status)
		assert.matches("3/3 written and read back", out)
		assert.equal(8, #snapshot()[lab.account("HOST01$", "cn").dn].targets)
		status, out = adsh("-y", "apply", path)
		assert.equal(0, status)
		assert.matches("nothing to do: 3 unchanged", out)
	end)

	it("comes from any script too", function()
		local status = adsh("--plan-out", path, "-e", [[delegation.allow("host01", "cifs/HOST02")]])
		assert.equal(4, status)
		assert.equal(0, (adsh("-y", "apply", path)))
		assert.same({ "cifs/HOST02" }, snapshot()[lab.account("HOST01$", "cn").dn].targets)
	end)

	it("refuses objects that drifted, by name, and does the others with --partial", function()
		save()
		add("HOST02$", "HTTP/theirs")
		local drifted = snapshot()
		local status, _, err = adsh("-y", "apply", path)
		assert.equal(6, status)
		assert.matches("HOST02%$ has been edited since", err)
		assert.not_matches("HOST01%$", err)
		assert.same(drifted, snapshot())
		status, _, err = adsh("-y", "--partial", "apply", path)
		assert.equal(0, status)
		assert.matches("HOST02%$", err)
		assert.equal(8, #snapshot()[lab.account("HOST01$", "cn").dn].targets)
		assert.same({ "HTTP/theirs" }, snapshot()[lab.account("HOST02$", "cn").dn].targets)
	end)

	it("is refused when it was cut off or changed", function()
		save()
		local before = snapshot()
		lab.must(("sed -i s/host03/host04/ %s"):format(path))
		local status, _, err = adsh("-y", "apply", path)
		assert.equal(6, status)
		assert.matches("changed after it was created", err)
		lab.must(("truncate -s 700 %s"):format(path))
		status, _, err = adsh("-y", "apply", path)
		assert.equal(6, status)
		assert.matches("not a whole plan file", err)
		assert.same(before, snapshot())
	end)
end)
