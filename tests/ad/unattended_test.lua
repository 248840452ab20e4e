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
		assert.matches("3/3 written and read back", out)
		status, out, err = cron("-q", "run live-migration " .. HOSTS)
		assert.equal(0, status)
		assert.equal("", out .. err)
	end)

	it("writes a page of what changes, of the plan, of the run and from the journal", function()
		local page = state .. "/page.html"
		local function shown(options, words)
			local status, _, err = cron(options .. " -q", words .. " --html " .. page)
			assert.is_true(status == 0 or status == 4, err)
			return contents(page)
		end
		local planned = shown("", "run live-migration --dry-run " .. HOSTS)
		assert.matches("Nothing has been written yet", planned, 1, true)
		local written = shown("", "run live-migration " .. HOSTS)
		local run = written:match "Run ([%d.-]+); adsh undo"
		local again = shown("", "journal " .. run)
		local values = lab.account("HOST01$")["msDS-AllowedToDelegateTo"]
		assert.equal(8, #values)
		for _, value in ipairs(values) do
			for _, text in ipairs { planned, written, again } do
				assert.matches('<div class="added">    + ' .. value .. "</div>", text, 1, true)
			end
		end
		assert.matches("<h2>HOST01$: done</h2>", again, 1, true)
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
		local status, _, err = cron("-q --report /nonexistent/report", "run live-migration " .. HOSTS)
		assert.equal(1, status) -- there was nothing to do, but nobody gets the report
		assert.matches("--report", err, 1, true)
	end)

	it("ends with 7 when another run holds the lock, and says since when", function()
		local going = os.tmpname()
		local script = lab.file(([[io.open(%q, "w"):write "on":close()
			os.execute "while [ -e %s ]; do sleep 0.05; done"]]):format(going, going))
		lab.must(("XDG_RUNTIME_DIR=%s %s --lock nightly %s & until [ -s %s ]; do sleep 0.05; done"):format(state,
			lab.program, script, going))
		finally(function() os.remove(going) end)
		local status, _, err = lab.sh(("XDG_RUNTIME_DIR=%s %s --lock nightly -e 1"):format(state, lab.program))
		assert.equal(7, status)
		assert.matches("nightly", err)
		assert.matches("since", err)
		assert.equal(0, (lab.sh(("XDG_RUNTIME_DIR=%s %s --lock other -e 1"):format(state, lab.program))))
	end)

	it("takes no lock file of somebody else for its own", function()
		if lab.must "id -u" ~= "0\n" then
			pending "only root can make files of others"
			return
		end
		local name = "test-" .. os.tmpname():match "[^/_]*$"
		local file = ("/run/adsh-%s.lock"):format(name)
		finally(function() lab.must("rm -f " .. file) end)
		lab.must(("echo theirs >%s; chmod 600 %s; chown 65534 %s"):format(file, file, file))
		local command = ("%s --lock %s -e 1"):format(lab.program, name)
		local status, _, err = lab.sh(command)
		assert.equal(6, status, err)
		assert.matches(file .. " belongs to", err, 1, true)
		assert.equal("theirs\n", contents(file))
		lab.must("rm " .. file)
		status, _, err = lab.sh(command)
		assert.equal(0, status, err)
		assert.equal("0 600\n", lab.must("stat -c '%u %a' " .. file))
	end)

	-- What the machine's log gets: the datagrams at /dev/log and at the journal's socket, of a run in a mount
	-- namespace of its own.
	local function logged(chunk)
		local listener = lab.file [[
import os, socket, subprocess, sys
out = {}
for path in ("/dev/log", "/run/systemd/journal/socket"):
	os.makedirs(os.path.dirname(path), exist_ok=True)
	out[path] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	out[path].bind(path)
	out[path].setblocking(False)
status = subprocess.call(sys.argv[1:])
for path in out:
	try:
		while True:
			sys.stdout.write(repr(out[path].recv(65536)) + "\n")
	except BlockingIOError:
		pass
sys.exit(status)
]]
		local status, out, err = lab.mounting(([[
			old=$(mktemp -d); mount --rbind /dev $old; mount -t tmpfs t /dev; mount -t tmpfs t /run
			for n in null zero urandom random; do : > /dev/$n; mount --bind $old/$n /dev/$n; done
			python3 %s %s --yes -e %s]]):format(listener, lab.program, lab.quote(chunk)))
		assert.equal(0, status, err)
		return out
	end

	it("cannot be made to forge a line of the machine's log", function()
		local out = logged [[
			local log = require "adsh.core.program".log
			log("syslog", true, "adsh: 1 changed\n<27>sshd: forged", { A = "x\ny\27z\127", B = 'q" C="1', D = "\\" })
			log("journal", true, "one\ntwo", { A = "x\nPRIORITY=6" })]]
		local lines = {}
		for line in out:gmatch "[^\n]+" do
			lines[#lines + 1] = line
		end
		assert.equal(2, #lines, out)
		assert.matches("^b'<27>", lines[1]) -- RFC 5424: facility 3 (daemon), severity 3 (error)
		assert.matches("adsh: 1 changed <27>sshd: forged", lines[1], 1, true)
		assert.matches([[A="x y z "]], lines[1], 1, true)
		assert.matches([[B="q\\" C=\\"1"]], lines[1], 1, true)
		assert.matches([[D=\\\\]], lines[1], 1, true)
		assert.is_nil(lines[1]:find([[\n]], 1, true))
		-- "Native Journal Protocol": a value with a line end has its length in front, 64 bits
		assert.matches([[b'MESSAGE\n\x07\x00\x00\x00\x00\x00\x00\x00one\ntwo\nPRIORITY=3\n]], lines[2], 1, true)
		assert.matches([[ADSH_A\n\x0c\x00\x00\x00\x00\x00\x00\x00x\nPRIORITY=6\n]], lines[2], 1, true)
	end)

	it("logs success as information, and failure as an error", function()
		local out = logged [[
			local log = require "adsh.core.program".log
			log("syslog", false, "well", {})
			log("journal", false, "well", {})]]
		assert.matches("b'<30>.-well'\n", out)
		assert.matches("PRIORITY=6", out, 1, true)
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
		lab.must(("cp examples/adsh@.* %s && sed -i s,/usr/local/bin/adsh,/bin/true, %s/*.service")
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
		assert.matches("plan: 3 accounts", contents(box))
		local targets = "msDS-AllowedToDelegateTo"
		assert.is_nil(lab.account("HOST01$", targets)[targets])
		assert.equal(0, (lab.sh(command)))
		assert.equal(8, #lab.account("HOST01$", targets)[targets])
		reset()
	end)
end)
