-- A journal that cannot be written: nothing is sent that it does not know of. And a second admin who edits the
-- same objects during a run: nothing of his is lost, and nothing of ours.
package.path = "tests/ad/?.lua;" .. package.path
local cjson = require "cjson"
local fleet = require "fleet"
local lab = require "lab"

local hosts = fleet.new("disk", 200)
local state = lab.must "mktemp -d":gsub("%s", "")
local script

local function command(...)
	return lab.journaled(state, ...)
end

-- In a mount namespace of its own, where the journal's directory is mounted so. after: what is done there then.
local function mounted(options, line, after)
	local inside = ("mount -t tmpfs -o %s none %s && { %s\nstatus=$?; %s\nexit $status; }"):format(options, state, line,
		after or ":")
	return lab.mounting(inside)
end

local function newest()
	return lab.must("ls " .. state):match "(%S+)%.jsonl%s*$"
end

-- Position of the first result in the journal of a whole run, and its length.
local function measure()
	local f <close> = assert(io.open(("%s/%s.jsonl"):format(state, newest())))
	local text = f:read "a"
	return text:find('{"type":"result"', 1, true), #text
end

describe("during a run", function()
	local before, first_result
	setup(function()
		hosts:remove()
		hosts:seed()
		before = hosts:snapshot()
		script = hosts:script()
	end)
	before_each(function()
		lab.must(("rm -f %s/*"):format(state))
	end)
	teardown(function()
		hosts:remove()
		lab.sh(("rm -rf %s %s"):format(state, script))
	end)

	it("every intent is in the journal before the first result", function()
		assert.equal(0, (lab.sh(command(script))))
		first_result = measure()
		assert.equal(0, (lab.sh(command("-y", "undo", newest()))))
		hosts:check(before)
	end)

	it("nothing is sent when the intent does not fit on the disk", function()
		local status, _, err = mounted(("size=%d"):format(first_result - 8192), command(script),
			"ls " .. state .. "/*.jsonl && status=99")
		assert.equal(1, status, err)
		assert.matches("could not be written: No space left on device", err)
		hosts:check(before)
	end)

	it("sending stops when the disk is full, and what was sent is told; later it is finished", function()
		local copy = lab.must "mktemp -d":gsub("%s", "")
		local pages = (first_result + 511) // 4096 + 1
		local status, _, err = mounted(("size=%d"):format(pages * 4096), command(script),
			("cp %s/*.jsonl %s"):format(state, copy))
		assert.equal(3, status, err)
		assert.matches("the journal .* could not be written", err)
		local there = hosts:written()
		assert.equal(there, tonumber(err:match "(%d+) written"))
		assert.is_true(there > 0 and there < hosts.n)
		lab.must(("cp %s/* %s; rm -r %s"):format(copy, state, copy))
		local run = newest()
		status, _, err = lab.sh(command("-y", "resume", run))
		assert.equal(0, status, err)
		hosts:check(hosts:wanted(before))
		assert.equal(0, (lab.sh(command("-y", "undo", run))))
		hosts:check(before)
	end)

	it("it cannot be taken back or finished", function()
		local path = hosts:script [[plan.gate { window = 1 }]]
		lab.must(("sed -i 's/^return p:apply()$/delegation.allow(hosts[1], \"HTTP\\/first\"); os.execute(arg[1])/' %s")
			:format(path))
		local inner = lab.file(([[set -- %s/*.jsonl; run=$(basename $1 .jsonl); for verb in undo resume; do
			%s -y $verb $run; echo status $?; done; %s journal]]):format(state, command(), command()))
		local status, out = lab.sh(command(path, "sh " .. inner .. " 2>&1"))
		assert.equal(0, status, out)
		assert.equal(2, select(2, out:gsub("is still in progress\nstatus 7\n", "")), out)
		assert.matches('"status":"running"', out)
		assert.equal(0, (lab.sh(command("-y", "undo", newest()))))
		hosts:check(before)
		lab.must(("rm %s %s"):format(path, inner))
	end)

	it("nothing is sent when the journal's directory is read-only", function()
		local status, _, err = mounted("ro", command(script))
		assert.equal(1, status)
		assert.matches("cannot create the journal .*: Read%-only file system", err)
		assert.matches("nothing was written", err)
		hosts:check(before)
	end)

	-- He turns accounts off with compare-and-swap, and adds a value of his own. What ldapmodify was told is done
	-- has to be there afterwards.
	it("a second admin loses nothing, and we neither", function()
		local ldif = {}
		for i = hosts.n, 1, -1 do
			ldif[#ldif + 1] = ("dn: %s\nchangetype: modify\nadd: msDS-AllowedToDelegateTo\n"
				.. "msDS-AllowedToDelegateTo: HTTP/theirs%d\n"):format(before[hosts.names[i]].dn, i)
			ldif[#ldif + 1] = ("dn: %s\nchangetype: modify\ndelete: userAccountControl\nuserAccountControl: 4096\n-\n"
				.. "add: userAccountControl\nuserAccountControl: 4098\n"):format(before[hosts.names[i]].dn)
		end
		local file, log = lab.file(table.concat(ldif, "\n")), os.tmpname()
		local other = ("KRB5CCNAME=%s ldapmodify -c -N -Q -Y GSSAPI -H ldap://%s -f %s"):format(
			lab.login "Administrator", lab.dc, file)
		local path = hosts:script [[plan.gate { window = 2 }; os.execute(arg[1])]]
		-- he is at work when the plan is made and nothing of it is sent
		local status, out, err = lab.sh(("%s; wait"):format(command(path,
			("{ %s; echo $? >%s.end; } >%s 2>&1 & sleep 0.05"):format(other, log, log))))
		assert.equal(0, status, err)
		lab.must(("for i in $(seq 100); do [ ! -e %s.end ] || break; sleep 0.1; done"):format(log))
		local f <close> = assert(io.open(log))
		local refused = {}
		for dn in f:read "a":gmatch "no matching attribute value while deleting attribute on '([^']+)'" do
			refused[dn] = true
		end
		local wanted, met = hosts:wanted(before), 0
		for i, name in ipairs(hosts.names) do
			local one, is_refused = wanted[name], refused[before[name].dn]
			table.insert(one["msDS-AllowedToDelegateTo"], "HTTP/theirs" .. i)
			table.sort(one["msDS-AllowedToDelegateTo"])
			one.userAccountControl = { tostring((is_refused and 4096 or 4098) + 0x1000000) }
			met = met + (is_refused and 0 or 1)
		end
		hosts:check(wanted)
		assert.is_true(met > 0 and cjson.decode(out).rebased > 0, "they did not meet")
		assert.equal(0, (lab.sh(command("-y", "undo", newest()))))
		for i, name in ipairs(hosts.names) do
			wanted[name]["msDS-AllowedToDelegateTo"] = { "HTTP/theirs" .. i }
			wanted[name].userAccountControl = { refused[before[name].dn] and "4096" or "4098" }
		end
		hosts:check(wanted)
		lab.sh(("rm -f %s %s %s.end %s"):format(file, log, log, path))
	end)
end)
