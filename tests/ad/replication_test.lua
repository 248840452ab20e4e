-- lab: --dcs 2
-- Two domain controllers that hear of each other's changes late: a piece of work of several commands stays on one.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"
local lfs = require "lfs"

local DCS = { "dc1.alpha.test", "dc2.alpha.test" }
local TARGET = "cifs/host09.alpha.test"
local HOSTS = { "HOST01$", "HOST02$", "HOST03$", "HOST04$", "HOST05$", "HOST06$", "HOST07$", "HOST08$" }

local state -- where adsh keeps what it remembers

-- Runs adsh without -s; gives status, output, error.
local function adsh(...)
	local words = { "env", "KRB5CCNAME=" .. lab.login "labadmin", "XDG_STATE_HOME=" .. state, lab.quote(lab.program),
		"-y -d alpha.test" }
	for _, w in ipairs { ... } do
		words[#words + 1] = lab.quote(w)
	end
	return lab.sh(table.concat(words, " "))
end

local function allow(name)
	local status, _, err = adsh("-q", "-e", ("delegation.allow(%q, %q)"):format(name, TARGET))
	assert.equal(0, status, err)
end

-- The targets of a host that a DC has.
local function targets(host, name)
	return lab.on(host, lab.account, name, "msDS-AllowedToDelegateTo")["msDS-AllowedToDelegateTo"] or {}
end

local function reset()
	lab.replicate()
	for _, e in ipairs(lab.search("(&(cn=host*)(msDS-AllowedToDelegateTo=*))", "cn")) do
		lab.reset(e.cn[1]:upper() .. "$")
	end
	lab.replicate()
end

local function new_state()
	state = lab.must "mktemp -d":gsub("%s", "")
end

local function remembered()
	local f = io.open(state .. "/adsh/dc/alpha.test")
	return f and f:read "l"
end

local function remember(host)
	lab.must(("mkdir -p -m 700 %s/adsh/dc && umask 077 && echo %s >%s/adsh/dc/alpha.test"):format(state, host, state))
	return state .. "/adsh/dc/alpha.test"
end

local function host_of(...)
	local words = { ... }
	words[#words + 1] = "-e"
	words[#words + 1] = "directory.current():info().host"
	local status, out, err = adsh(table.unpack(words))
	assert.equal(0, status, err)
	return out:match "%S+"
end

local function fault(words)
	lab.must(lab.scripts .. "/fault.sh " .. words)
end

local function no_replication(stop)
	for _, node in ipairs { "dc1", "dc2" } do
		fault(node .. (stop and " freeze-replication" or " thaw-replication"))
	end
end

-- What Samba's own tool reads on a DC: one attribute of one object.
local function ldb(host, dn, attribute)
	local out = lab.must(("ldbsearch -H ldap://%s -U Administrator%%%s -s base -b %s %s"):format(host, lab.password,
		lab.quote(dn), attribute))
	return out:gsub("\n ", ""):match("\n" .. attribute .. ": (%C+)")
end

-- The lines of the last run's journal.
local function last_journal()
	local lines = {}
	for line in lab.must(("cat $(ls %s/adsh/journal/*.jsonl | tail -n 1)"):format(state)):gmatch "[^\n]+" do
		lines[#lines + 1] = cjson.decode(line)
	end
	return lines
end

describe("with two domain controllers", function()
	setup(reset)
	teardown(reset)
	before_each(new_state)
	after_each(function() lab.must("rm -rf " .. state) end)

	it("what one command wrote the next one finds, and takes back", function()
		for _, name in ipairs(HOSTS) do
			new_state() -- so that each pair of commands may begin anywhere
			allow(name)
			assert.same({ TARGET }, targets(remembered(), name))
			local status, out, err = adsh "undo"
			assert.equal(0, status, err)
			assert.matches("1/1 written and read back", out)
			assert.same({}, targets(remembered(), name))
		end
	end)

	it("writes of one object by eight processes all stay", function()
		local all = {}
		for i = 1, 8 do
			all[i] = ("cifs/host%02d.alpha.test"):format(10 + i)
			local status, _, err = adsh("-q", "-e", ("delegation.allow('HOST01$', %q)"):format(all[i]))
			assert.equal(0, status, err)
		end
		lab.replicate()
		for _, host in ipairs(DCS) do
			local found = targets(host, "HOST01$")
			table.sort(found)
			assert.same(all, found)
		end
	end)

	it("processes that begin together take the same one", function()
		for _ = 1, 3 do
			new_state()
			local one = ("env KRB5CCNAME=%s XDG_STATE_HOME=%s %s -d %s -e 'directory.current():info().host' & "):format(
				lab.login "labadmin", state, lab.quote(lab.program), lab.domain)
			local hosts = {}
			for host in lab.must(one:rep(8) .. "wait"):gmatch "%S+" do
				hosts[#hosts + 1] = host
			end
			assert.equal(8, #hosts)
			for _, host in ipairs(hosts) do
				assert.equal(hosts[1], host)
			end
			assert.equal(hosts[1], remembered())
		end
	end)

	it("the DC is remembered for ten minutes, in a file that nobody else can write", function()
		for _, host in ipairs(DCS) do
			local path = remember(host)
			local before = lfs.attributes(path, "ino")
			lab.must("touch -d '9 minutes ago' " .. path)
			for _ = 1, 4 do
				assert.equal(host, host_of "-q")
			end
			assert.equal(before, lfs.attributes(path, "ino"))
			assert.is_true(os.time() - lfs.attributes(path, "modification") < 60)
			for _, change in ipairs { "touch -d '11 minutes ago'", "touch -d '1 hour'", "chmod 666" } do
				remember(host)
				lab.must(change .. " " .. path)
				before = lfs.attributes(path, "ino")
				local used = host_of "-q"
				assert.equal(used, remembered())
				assert.not_equal(before, lfs.attributes(path, "ino"), change) -- not believed, but made again
				assert.equal("600\n", lab.must("stat -c %a " .. path))
			end
		end
	end)

	it("a link is not followed, and a host that DNS does not list is not taken", function()
		local path = remember "dc2.beta.test"
		local used = host_of "-q"
		assert.equal(used, remembered())
		lab.must(("mv %s %s.real && ln -s %s.real %s"):format(path, path, path, path))
		lab.must(("echo kept > %s.real"):format(path))
		host_of "-q"
		assert.equal("kept\n", lab.must(("cat %s.real"):format(path)))
	end)

	it("--server is not remembered, and a place that cannot be written is no error", function()
		assert.equal(DCS[2], host_of("-s", DCS[2]))
		assert.is_nil(remembered())
		remember(DCS[1])
		assert.equal(DCS[2], host_of("-s", DCS[2]))
		assert.equal(DCS[1], remembered())
		local keep = state
		state = "/proc/nothing"
		local ok, used = pcall(host_of)
		state = keep
		assert.is_true(ok, used)
	end)

	it("the journal says which database was written, and up to which update", function()
		for i, host in ipairs(DCS) do
			local name = "HOST0" .. i .. "$"
			local status, _, err = adsh("-q", "-s", host, "-e", ("delegation.allow(%q, %q)"):format(name, TARGET))
			assert.equal(0, status, err)
			local lines = last_journal()
			assert.equal("end", lines[#lines].type)
			local one = lines[#lines - 1]
			assert.same({ "reached", lab.domain, host }, { one.type, one.domain, one.server })
			assert.equal(ldb(host, ldb(host, "", "dsServiceName"), "invocationId"), one.invocation)
			local dn = lab.account(name, "cn").dn
			assert.is_true(one.usn >= tonumber(ldb(host, dn, "uSNChanged")))
			assert.is_true(one.usn <= tonumber(ldb(host, "", "highestCommittedUSN")))
		end
	end)

	describe("that hear nothing of each other,", function()
		before_each(function() no_replication(true) end)
		after_each(function() no_replication(false) end)

		it("undo and apply go to the one that was written or read", function()
			for i = 1, 4 do
				local name, host = "HOST0" .. i + 2 .. "$", DCS[i % 2 + 1]
				remember(DCS[2 - i % 2]) -- the other one
				local plan = state .. "/a.plan"
				local chunk = ("delegation.allow(%q, %q)"):format(name, TARGET)
				local status, _, err = adsh("-q", "-s", host, "--plan-out", plan, "-e", chunk)
				assert.equal(4, status, err)
				assert.equal(0, (adsh("-q", "apply", plan)))
				assert.same({ TARGET }, targets(host, name))
				remember(DCS[2 - i % 2])
				local out
				status, out, err = adsh "undo"
				assert.equal(0, status, err)
				assert.not_matches("waiting", err)
				assert.matches("1/1 written and read back", out)
				assert.same({}, targets(host, name))
			end
		end)

		it("the other one waits until it has it, and says so", function()
			assert.equal(0, (adsh("-q", "-s", DCS[1], "-e", ("delegation.allow('HOST07$', %q)"):format(TARGET))))
			lab.sh(("(sleep 2; %s/fault.sh dc1 thaw-replication; %s/fault.sh dc2 thaw-replication; %s) >%s/thaw 2>&1 &"):format(
				lab.scripts, lab.scripts, ("%s/in.sh dc2 samba-tool drs replicate %s %s %s -U Administrator%%%s"):format(
					lab.scripts, DCS[2], DCS[1], lab.base, lab.password), state))
			local status, out, err = adsh("-s", DCS[2], "undo")
			assert.equal(0, status, err)
			assert.matches("^note: dc2.alpha.test does not have the changes of dc1.alpha.test yet; "
				.. "waiting for up to 30 seconds\n", err)
			assert.matches("1/1 written and read back", out)
			assert.same({}, targets(DCS[2], "HOST07$"))
		end)

		it("a run says that others get it later, and adsh replication where it is", function()
			local status, said, err = adsh("-s", DCS[1], "-e", "delegation.allow('HOST04$', 'cifs/host08.alpha.test')")
			assert.equal(0, status, err)
			local run = err:match("^note: 1 other domain controller of alpha.test will get the changes by replication; "
				.. "check with adsh replication (%S+)\n$")
			assert.is_string(run, err)
			assert.matches(("to do on HOST04: wait until dc2.alpha.test has it (adsh replication %s --wait 60)"):format(run),
				said, 1, true)
			local function rows(expected, ...)
				local code, out, why = adsh("-f", "json", "replication", run, ...)
				assert.equal(expected, code, why)
				local all = cjson.decode(out)
				assert.same({ 2, DCS[1], DCS[2], "arrived" }, { #all, all[1].server, all[2].server, all[1].state })
				return all[2]
			end
			local late = rows(3)
			assert.equal("not yet", late.state)
			assert.is_true(late.behind >= 0 and late.behind < 60)
			local code, out = adsh("replication", "--wait", "1")
			assert.equal(3, code)
			assert.matches("dc2.alpha.test%s+not yet, since %d+ seconds", out)
			no_replication(false)
			lab.replicate("dc1", "dc2")
			assert.same({ "cifs/host08.alpha.test" }, targets(DCS[2], "HOST04$"))
			assert.equal("arrived", rows(0, "--wait", "20").state)
			assert.equal(2, (adsh("replication", "--wait", "long")))
		end)

		it("a run says of each host whether the one that it uses has it", function()
			local conf = lab.must "cat $KRB5_CONFIG"
			for i, name in ipairs { "host05", "host06" } do -- the first asks dc1, the second dc2: by their lastLogon there
				local mine = lab.file(conf:gsub("%[realms%].*", "") .. ("[realms]\nALPHA.TEST = {\nkdc = %s\n}\n"):format(DCS[i]))
				lab.must(("KRB5_CONFIG=%s kinit -c MEMORY:none -k -t %s/%s.keytab %s"):format(mine, lab.keytabs, name,
					lab.quote(name:upper() .. "$")))
				assert.is_not_nil(lab.on(name == "host05" and DCS[1] or DCS[2], lab.account, name:upper() .. "$",
					"lastLogon").lastLogon)
			end
			local status, said, err = adsh("-s", DCS[1], "-e", [[
				local _ = plan(function()
					for _, h in ipairs { "HOST05$", "HOST06$" } do
						delegation.allow(h, "cifs/host08.alpha.test")
					end
				end):apply()]])
			assert.equal(0, status, said .. err)
			assert.matches("works now on HOST05; after a refusal", err, 1, true)
			assert.matches("to do on HOST06: wait until dc2.alpha.test has it %(adsh replication %S+ %-%-wait 60%); after a",
				err)
			assert.equal(0, (adsh("-q", "-s", DCS[1], "undo")))
		end)

		it("a run that was cut off says only where it wrote: that one is asked", function()
			local status, _, err = adsh("-q", "-s", DCS[1], "-e", "delegation.allow('HOST02$', 'cifs/host07.alpha.test')")
			assert.equal(0, status, err)
			lab.must(([[sed -i '/"type":"\(reached\|end\)"/d' $(ls %s/adsh/journal/*.jsonl | tail -n 1)]]):format(state))
			remember(DCS[2])
			status, _, err = adsh("-s", DCS[2], "-e", [[require "adsh.reached".wait(directory.current(),
				require "adsh.reached".known(journal.read "last"), 1)]])
			assert.equal(6, status)
			assert.matches("dc2.alpha.test does not have the changes of dc1.alpha.test yet", err, 1, true)
			status, _, err = adsh("-q", "undo")
			assert.equal(0, status, err)
			assert.is_nil(table.concat(targets(DCS[1], "HOST02$"), " "):find("host07", 1, true))
		end)

		it("one that does not get it is refused", function()
			assert.equal(0, (adsh("-q", "-s", DCS[1], "-e", ("delegation.allow('HOST08$', %q)"):format(TARGET))))
			local lines = last_journal()
			local one = lines[#lines - 1]
			local chunk = ([[require "adsh.reached".wait(directory.current(), { { domain = %q, server = %q, invocation = %q,
				usn = %d } }, 1)]]):format(one.domain, one.server, one.invocation, one.usn)
			assert.equal(0, (adsh("-s", DCS[1], "-e", chunk)))
			local status, _, err = adsh("-s", DCS[2], "-e", chunk)
			assert.equal(6, status)
			assert.matches(("dc2.alpha.test does not have the changes of dc1.alpha.test up to its update %d")
				:format(one.usn), err, 1, true)
			assert.same({ TARGET }, targets(DCS[1], "HOST08$"))
		end)
	end)

	it("its address is looked up once, for the question who is there and for the connection", function()
		if lab.must "id -u" ~= "0\n" or lab.mounting "true" ~= 0 then
			return pending "a DNS server needs root, and a mount namespace"
		end
		local resolv = lab.file "search alpha.test\nnameserver 127.0.0.7\n"
		local upstream = lab.must "cat /etc/resolv.conf":match "nameserver (%S+)"
		remember(DCS[1])
		local status, out, err = lab.mounting(("export KRB5CCNAME=%s XDG_STATE_HOME=%s\nkvno -q ldap/%s/%s && " ..
			"mount --bind %s /etc/resolv.conf\n" ..
			"python3 %s/lying_dns.py 127.0.0.7 %s %s %s 127.0.0.8 1 >%s/dns &\ndns=$!; trap 'kill $dns; wait $dns' EXIT\n" ..
			"for i in $(seq 100); do grep -q ready %s/dns && break; sleep 0.05; done\n" ..
			"%s -d %s -e 'directory.current():info().host'; getent ahostsv4 %s"):format(lab.login "labadmin", state, DCS[1],
			lab.domain, resolv, lab.scripts, upstream, DCS[1], os.getenv "LAB_DC_IP", state, state,
			lab.quote(lab.program), lab.domain, DCS[1]))
		assert.equal(0, status, err)
		assert.matches("^" .. DCS[1] .. "\n", out)
		assert.matches("127.0.0.8", out, 1, true) -- the address that a second question gets
	end)

	it("a run that was cut off is not undone behind the back of a DC that is dead", function()
		finally(function() lab.must(lab.scripts .. "/fault.sh dc1 start") end)
		assert.equal(0, (adsh("-q", "-s", DCS[1], "-e", ("delegation.allow('HOST05$', %q)"):format(TARGET))))
		lab.must(([[sed -i '/"type":"\(reached\|end\)"/d' $(ls %s/adsh/journal/*.jsonl | tail -n 1)]]):format(state))
		lab.replicate("dc1", "dc2")
		lab.must(lab.scripts .. "/fault.sh dc1 kill")
		local status, _, err = adsh "undo"
		assert.equal(6, status, err)
		assert.matches("the run was interrupted, and dc1.alpha.test, which it wrote to, cannot be queried", err, 1, true)
		assert.same({ TARGET }, targets(DCS[2], "HOST05$"))
		status, _, err = adsh("-s", DCS[2], "undo")
		assert.equal(0, status, err)
		assert.matches("note: dc1.alpha.test cannot be queried", err, 1, true)
		assert.same({}, targets(DCS[2], "HOST05$"))
	end)

	it("one that is dead is left, and forgotten", function()
		finally(function() lab.must(lab.scripts .. "/fault.sh dc1 start") end)
		local status, _, err = adsh("-q", "-s", DCS[1], "-e", ("delegation.allow('HOST06$', %q)"):format(TARGET))
		assert.equal(0, status, err)
		lab.replicate("dc1", "dc2")
		remember(DCS[1])
		lab.must(lab.scripts .. "/fault.sh dc1 kill")
		assert.equal(DCS[2], host_of "-q")
		assert.equal(DCS[2], remembered())
		local out
		status, out, err = adsh "undo" -- of what had arrived
		assert.equal(0, status, err)
		assert.matches("1/1 written and read back", out)
		assert.same({}, targets(DCS[2], "HOST06$"))
		local rows
		status, rows = adsh("-f", "json", "replication")
		assert.equal(3, status)
		assert.same({ "unreachable", "arrived" }, { cjson.decode(rows)[1].state, cjson.decode(rows)[2].state })
	end)
end)
