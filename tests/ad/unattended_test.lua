-- From cron: no terminal, an empty environment, a lock, a time limit, a record of what was done.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local cjson = require "cjson"

local state = lab.must "mktemp -d":gsub("%s", "")
local HOSTS = "host01 host02 host03"

-- As cron does it: env -i, HOME that is not there, no terminal, a keytab.
local function cron(options, words)
	return lab.sh(("cd / && env -i PATH=/usr/bin:/bin KRB5_CONFIG=%s HOME= %s -k %s/labadmin.keytab -u labadmin "
		.. "--journal %s/journal -y %s %s"):format(os.getenv "KRB5_CONFIG", lab.program, lab.keytabs, state, options, words))
end

local function reset()
	for i = 1, 3 do
		lab.reset(("HOST%02d$"):format(i))
	end
end

local function contents(path)
	local f <close> = assert(io.open(path))
	return f:read "a"
end

describe("an unattended run", function()
	before_each(function()
		reset()
		lab.must(("rm -rf %s/*"):format(state))
	end)
	teardown(function()
		reset()
		lab.must("rm -rf " .. state)
	end)

	it("works with an empty environment and no terminal, one line when something changed, none otherwise", function()
		local status, out, err = cron("-q", "run live-migration " .. HOSTS)
		assert.equal(0, status, err)
		assert.equal("", err)
		assert.equal(1, select(2, out:gsub("\n", "")))
		assert.matches("3 changed", out)
		status, out, err = cron("-q", "run live-migration " .. HOSTS)
		assert.equal(0, status)
		assert.equal("", out .. err)
	end)

	it("writes a log line and a report for programs", function()
		local log, report = state .. "/log", state .. "/report"
		local options = ("-q --log %s --report %s"):format(log, report)
		assert.equal(0, (cron(options, "run live-migration " .. HOSTS)))
		assert.equal(0, (cron(options, "run live-migration " .. HOSTS)))
		local lines = {}
		for line in contents(log):gmatch "[^\n]+" do
			lines[#lines + 1] = cjson.decode(line)
		end
		assert.equal(2, #lines)
		assert.equal("live-migration", lines[1].recipe)
		assert.equal("alpha.test", lines[1].domain)
		assert.same({ 3, 0, 0 }, { lines[1].changed, lines[1].unchanged, lines[1].failed })
		assert.same({ 0, 3, 0 }, { lines[2].changed, lines[2].unchanged, lines[2].failed })
		assert.equal("600\n", lab.must("stat -c %a " .. log))
		local r = cjson.decode(contents(report))
		assert.equal(0, r.status)
		assert.equal(0, r.changed)
		assert.equal("labadmin@ALPHA.TEST", r.principal)
	end)

	it("reports each account and the exit status", function()
		local report = state .. "/report"
		assert.equal(0, (cron("-q --report " .. report, "run live-migration " .. HOSTS)))
		local r = cjson.decode(contents(report))
		assert.equal(3, #r.changes)
		assert.equal("done", r.changes[1].state)
		assert.equal(6, (cron("--read-only --report " .. report, "run replica " .. HOSTS)))
		assert.equal(6, cjson.decode(contents(report)).status)
	end)

	it("ends with 7 when another run holds the lock, and says since when", function()
		local script = lab.file "os.execute 'sleep 3'"
		lab.sh(("XDG_RUNTIME_DIR=%s %s --lock nightly %s & sleep 0.7"):format(state, lab.program, script))
		local status, _, err = lab.sh(("XDG_RUNTIME_DIR=%s %s --lock nightly -e 1"):format(state, lab.program))
		assert.equal(7, status)
		assert.matches("nightly", err)
		assert.matches("since", err)
		assert.equal(0, (lab.sh(("XDG_RUNTIME_DIR=%s %s --lock other -e 1"):format(state, lab.program))))
	end)

	it("ends at its time limit", function()
		local status, _, err = lab.sh(lab.program .. " --timeout 1 -e 'while true do end'")
		assert.equal(1, status)
		assert.matches("%-%-timeout", err)
	end)
end)

describe("the examples", function()
	it("have a systemd unit and timer that systemd accepts", function()
		if lab.sh "command -v systemd-analyze" ~= 0 then
			pending "systemd-analyze is not installed"
			return
		end
		local copy = lab.must "mktemp -d":gsub("%s", "")
		lab.must(("cp examples/adsh-live-migration.* %s && sed -i s,/usr/local/bin/adsh,/bin/true, %s/*.service")
			:format(copy, copy))
		local _, out, err = lab.sh(("systemd-analyze verify %s/*.service %s/*.timer"):format(copy, copy))
		local complaints = (out .. err):gsub("[^\n]*man adsh[^\n]*\n", "")
		assert.equal("", complaints)
		lab.must("rm -r " .. copy)
	end)

	it("mail a plan, and carry it out the next day", function()
		local box, mailer = state .. "/mail", lab.file "#!/bin/sh\nexec cat >> $BOX\n"
		lab.must("chmod +x " .. mailer)
		local command = ("export PATH=%s:$PATH ADSH_STATE=%s/pending BOX=%s MAILER=%s KRB5CCNAME=%s; "
			.. "examples/plan-by-mail.sh admin@example.com --journal %s/journal -- live-migration %s"):format(
			lab.program:match "^(.*)/", state, box, mailer, lab.login "labadmin", state, HOSTS)
		reset()
		local status = lab.sh(command)
		assert.equal(4, status)
		assert.matches("Plan: 3 accounts", contents(box))
		local targets = "msDS-AllowedToDelegateTo"
		assert.is_nil(lab.account("HOST01$", targets)[targets])
		assert.equal(0, (lab.sh(command)))
		assert.equal(8, #lab.account("HOST01$", targets)[targets])
		reset()
	end)
end)
