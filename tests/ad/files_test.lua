-- Files that others could have made, exchanged or read: none of them is believed, and none of theirs is written.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local OTHER = "nobody"
local place = lab.must "mktemp -d":gsub("%s", "")
local is_root = lab.must "id -u" == "0\n"

local function path(name)
	return place .. "/" .. name
end

local function reset()
	for i = 1, 3 do
		lab.reset(("HOST%02d$"):format(i))
	end
	lab.must(("rm -rf %s; mkdir -m 755 %s"):format(place, place))
end

local function finish()
	reset()
	lab.must("rm -rf " .. place)
end

-- adsh has to end with this status and say this.
local function ends(status, pattern, got, out, err)
	assert.equal(status, got, out .. err)
	assert.matches(pattern, out .. err)
	assert.not_matches("traceback", err)
end

local function refuses(pattern, ...)
	ends(6, pattern, ...)
end

describe("a secret", function()
	before_each(reset)
	teardown(finish)

	-- Runs adsh with these options after a command of the shell that spoils the file.
	local function try(options, spoil)
		if spoil then
			lab.must(spoil)
		end
		return lab.sh(("cd %s && KRB5CCNAME=FILE:none %s -s %s %s -e 'directory.current():whoami()'"):format(place,
			lab.program, lab.dc, options))
	end

	for what, prepare in pairs {
		keytab = function()
			lab.must(("cp %s/user01.keytab %s"):format(lab.keytabs, path "secret"))
			return "-u user01 -k secret"
		end,
		["password file"] = function()
			lab.must(("echo %s > %s"):format(lab.quote(lab.password), path "secret"))
			return "-u user01 --password-file secret"
		end,
	} do
		it(("in a %s is ours alone"):format(what), function()
			local options = prepare()
			ends(0, "user01", try(options, "chmod 600 " .. path "secret"))
			for _, mode in ipairs { "640", "604", "620", "602" } do
				refuses("the " .. what .. " secret can be %a+ by others %(mode " .. mode .. "%)",
					try(options, ("chmod %s %s"):format(mode, path "secret")))
			end
			refuses("is a symbolic link", try(options, ("cd %s && chmod 600 secret && mv secret s && ln -s s secret")
				:format(place)))
			prepare()
			lab.must(("rm %s"):format(path "secret"))
			options = prepare()
			refuses("its directory .* can be written by others", try(options,
				("chmod 600 %s; chmod 777 %s"):format(path "secret", place)))
			lab.must("chmod 755 " .. place)
			if is_root then
				refuses("belongs to nobody, not to you", try(options, ("chown %s %s"):format(OTHER, path "secret")))
			end
		end)
	end

	it("of root may be for a group", function()
		if not is_root then
			return pending "needs root"
		end
		lab.must(("chmod 755 %s; cp %s/user01.keytab %s; chgrp nogroup %s; chmod 640 %s"):format(place, lab.keytabs,
			path "secret", path "secret", path "secret"))
		lab.must(("cp \"$KRB5_CONFIG\" %s; chmod 644 %s"):format(path "krb5.conf", path "krb5.conf"))
		local command = ("cp %s %s/adsh; chmod 755 %s/adsh; cd %s; setpriv --reuid %s --regid nogroup --clear-groups env "
			.. "HOME=/ KRB5_CONFIG=%s KRB5CCNAME=FILE:none %s/adsh -s %s -u user01 -k secret -e "
			.. "'directory.current():whoami()'"):format(lab.program, place, place, place, OTHER, path "krb5.conf", place,
			lab.dc)
		ends(0, "user01", lab.sh(command))
		lab.must("chmod 644 " .. path "secret")
		refuses("can be read by others %(mode 644%)", lab.sh(command))
	end)

	it("comes from standard input or a pipe of the shell", function()
		for _, file in ipairs { "-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0" } do
			ends(0, "user01", lab.sh(("echo %s | KRB5CCNAME=FILE:none %s -s %s -u user01 --password-file %s -e "
				.. "'directory.current():whoami()'"):format(lab.quote(lab.password), lab.program, lab.dc, file)))
		end
		ends(0, "user01", lab.sh(("bash -c %s"):format(lab.quote(("KRB5CCNAME=FILE:none %s -s %s -u user01 "
			.. "--password-file <(echo %s) -e 'directory.current():whoami()'"):format(lab.program, lab.dc,
			lab.quote(lab.password))))))
	end)
end)

-- A plan for host01 in a file, and what is done with it.
local ADD = [[delegation.allow("host01", "cifs/HOST02")]]
local TARGETS = "msDS-AllowedToDelegateTo"

local function save(name)
	local status, _, err = lab.adsh { "--plan-out", path(name), "-e", ADD }
	assert.equal(4, status, err)
	return path(name)
end

local function targets()
	return lab.account("HOST01$", TARGETS)[TARGETS]
end

local function apply(...)
	return lab.adsh { "--journal", path "runs", ... }
end

-- At a terminal of its own, with these answers typed.
local function at_terminal(answers, ...)
	return lab.at_terminal({ "--journal", path "runs", ... }, answers)
end

describe("a plan file", function()
	before_each(reset)
	teardown(finish)

	it("is a new one, of ours and 0600, in place of an older one", function()
		local file = path "plan"
		lab.must(("echo old > %s; chmod 666 %s; ln %s %s"):format(file, file, file, path "second"))
		if is_root then
			lab.must(("chown %s %s"):format(OTHER, file))
		end
		save "plan"
		assert.equal(lab.must "id -u":gsub("\n", " 600\n"), lab.must("stat -c '%u %a' " .. file))
		assert.equal("old\n", lab.must("cat " .. path "second"))
	end)

	it("is not written through a link or onto a device", function()
		lab.must(("echo old > %s; ln -s target %s"):format(path "target", path "link"))
		ends(6, "is a symbolic link", lab.adsh { "--plan-out", path "link", "-e", ADD })
		assert.equal("old\n", lab.must("cat " .. path "target"))
		ends(6, "is not a plain file", lab.adsh { "--plan-out", "/dev/null", "-e", ADD })
		ends(1, "cannot write the plan", lab.adsh { "--plan-out", path "none/plan", "-e", ADD })
		assert.equal("target\n", lab.must("cd " .. place .. " && ls -A | grep -v link"))
	end)

	it("says who made it, when and on what", function()
		local file = save "plan"
		local status, out, err = apply("-n", "apply", file)
		assert.equal(4, status, err)
		for _, line in ipairs {
			"owner      " .. lab.must "id -un":gsub("\n", ""), "user       " .. lab.must "id -un":gsub("\n", ""),
			"author     labadmin@ALPHA.TEST", "domain     alpha.test", "server     " .. lab.dc,
			"command    adsh --yes --plan-out " .. file, "created    " .. os.date "%Y-%m-%d",
		} do
			assert.is_truthy(out:find("\n" .. line, 1, true), line .. "\n" .. out)
		end
		assert.not_matches("recipe", out)
		ends(4, "plan: ", lab.adsh { "--plan-out", file, "run", "live-migration", "host01", "host02" })
		assert.matches("\nrecipe     live%-migration\n", select(2, apply("-n", "apply", file)))
	end)

	it("that others could have written or exchanged is refused", function()
		local file = save "plan"
		for pattern, spoil in pairs {
			["can be written by others %(mode 620%)"] = "chmod 620 " .. file,
			["can be written by others %(mode 602%)"] = "chmod 602 " .. file,
			["its directory .* can be written by others %(mode 777%)"] = "chmod 777 " .. place,
			["its directory .* can be written by others %(mode 2775%)"] = "chmod 2775 " .. place,
			["is a symbolic link"] = ("mv %s %s.x; ln -s %s.x %s"):format(file, file, file, file),
		} do
			lab.must(("chmod 00755 %s; rm -f %s %s.x"):format(place, file, file)) -- 755 keeps the 2 of 2775
			save "plan"
			lab.must(spoil)
			refuses(pattern, apply("-y", "apply", file))
			refuses(pattern, apply("-y", "--plan-by", "root", "apply", file))
			assert.is_nil(targets())
		end
		lab.must(("rm %s; chmod 755 %s"):format(file, place))
		save "plan"
		lab.must(("chmod 1777 %s"):format(place))
		ends(0, "1/1 written", apply("-y", "apply", file))
	end)

	it("of somebody else needs a person or --plan-by", function()
		if not is_root then
			return pending "needs root"
		end
		local file = save "plan"
		lab.must(("chown %s %s"):format(OTHER, file))
		refuses("belongs to nobody.*%-%-plan%-by nobody applies it", apply("-y", "apply", file))
		refuses("belongs to nobody.*%-%-plan%-by nobody applies it",
			lab.adsh_as_is { "--journal", path "runs", "apply", file })
		refuses("belongs to nobody, not to root", apply("-y", "--plan-by", "root", "apply", file))
		refuses("belongs to nobody, not to root", apply("-n", "--plan-by", "root", "apply", file))
		ends(4, "owner      nobody", apply("-n", "apply", file))
		ends(4, "owner      nobody", apply("-n", "-f", "json", "apply", file))
		assert.is_nil(targets())
		refuses("owner      nobody.*write 1 account%?.*not confirmed", at_terminal("n\\n", "apply", file))
		assert.is_nil(targets())
		ends(0, "owner      nobody.*1/1 .*written", at_terminal("y\\n", "apply", file))
		assert.same({ "cifs/HOST02" }, targets())
		lab.reset "HOST01$"
		ends(0, "1/1 written", apply("-y", "--plan-by", OTHER, "apply", file))
		assert.same({ "cifs/HOST02" }, targets())
		lab.reset "HOST01$"
		ends(0, "1/1 written", apply("-y", "--plan-by", lab.must("id -u " .. OTHER):gsub("\n", ""), "apply", file))
		lab.must(("chown 12345 %s"):format(place)) -- who owns the directory is neither
		refuses("its directory .* belongs to uid 12345", apply("-y", "--plan-by", OTHER, "apply", file))
		lab.must(("chown 0 %s"):format(place))
	end)

	it("has the digest that its manual describes", function()
		local out = lab.must(([[python3 -c 'import hashlib, json, sys
f = json.load(open(sys.argv[1]))
content = json.dumps(f["content"], sort_keys=True, separators=(",", ":"))
print(f["digest"] == "sha256:" + hashlib.sha256(content.encode()).hexdigest())' %s]]):format(save "plan"))
		assert.equal("True\n", out)
	end)

	it("cannot forge what is said of it", function()
		local file = save "plan"
		lab.must(("%s %s %s"):format(lab.program, lab.file [[
			local cjson, json, text = require "cjson", require "adsh.format.json", require "adsh.core.text"
			local f = assert(io.open(arg[1])); local file = cjson.decode(f:read "a"); f:close()
			file.content.command = "adsh\nowner      root\27[2K"
			file.digest = "sha256:" .. text.sha256(json.encode(file.content))
			f = assert(io.open(arg[1], "w")); f:write(json.encode(file)); f:close()]], file))
		local _, out = apply("-n", "apply", file)
		assert.matches("\ncommand    adsh\\x0aowner      root\\x1b%[2K\n", out)
	end)
end)

describe("a journal", function()
	local run

	before_each(function()
		reset()
		assert.equal(0, (apply("-y", "-e", ADD)))
		run = lab.must(("ls %s"):format(path "runs")):match "(%S+)%.jsonl"
	end)
	teardown(finish)

	it("that is not ours is neither undone nor resumed, and no harm to the others", function()
		local file = ("%s/%s.jsonl"):format(path "runs", run)
		local spoils = {
			["can be written by others"] = ("chmod 666 %s"):format(file),
			["is a symbolic link"] = ("mv %s %s; ln -s %s %s"):format(file, path "x", path "x", file),
		}
		if is_root then
			spoils["belongs to nobody, not to you"] = ("chown %s %s"):format(OTHER, file)
		end
		for pattern, spoil in pairs(spoils) do
			lab.must(("cp %s %s; %s"):format(file, path "copy", spoil))
			for _, verb in ipairs { "undo", "resume" } do
				refuses(pattern, apply("-y", verb, run))
			end
			refuses(pattern, apply("-e", ("plan.continue_run '%s'"):format(run)))
			refuses(pattern, apply("journal", run))
			ends(0, "warning: [^\n]*" .. pattern, apply("journal"))
			assert.same({ "cifs/HOST02" }, targets())
			lab.must(("rm %s; mv %s %s"):format(file, path "copy", file))
		end
		ends(0, "1/1 written", apply("-y", "undo", run))
		assert.is_nil(targets())
	end)

	it("in a directory of others is refused, as is a new one there", function()
		lab.must("chmod 770 " .. path "runs")
		refuses("the journal directory .* can be written by others %(mode 770%)", apply("-y", "undo", run))
		refuses("the journal directory", apply("journal"))
		refuses("the journal directory", apply("-y", "-e", [[delegation.allow("host01", "cifs/HOST03")]]))
		assert.same({ "cifs/HOST02" }, targets())
		lab.must("chmod 700 " .. path "runs")
		if is_root then
			lab.must(("chown %s %s"):format(OTHER, path "runs"))
			refuses("the journal directory .* belongs to nobody", apply("-y", "undo", run))
			lab.must(("chown 0 %s"):format(path "runs"))
		end
		ends(0, "1/1 written", apply("-y", "undo", run))
	end)
end)

describe("a log and a report", function()
	before_each(reset)
	teardown(finish)

	it("are ours and 0600, and nothing of others is written", function()
		lab.must(("echo theirs > %s; ln -s theirs %s; ln %s %s; mkdir %s"):format(path "theirs", path "link", path "theirs",
			path "second", path "folder"))
		for name, pattern in pairs {
			link = "is a symbolic link", second = "has a second link", folder = "folder", ["none/x"] = "No such file",
		} do
			local status, _, err = lab.adsh { "--log", path(name), "-e", "1" }
			assert.equal(1, status)
			assert.matches("adsh: %-%-log: .*" .. pattern, err)
		end
		for name, pattern in pairs { link = "is a symbolic link", folder = "is not a plain file" } do
			local status, _, err = lab.adsh { "--report", path(name), "-e", "1" }
			assert.equal(1, status)
			assert.matches("adsh: %-%-report: .*" .. pattern, err)
		end
		assert.equal("theirs\n", lab.must("cat " .. path "theirs"))
		lab.must(("rm %s; chmod 644 %s"):format(path "second", path "theirs"))
		assert.equal(0, (lab.adsh { "--report", path "theirs", "--log", path "log", "-e", "1" }))
		assert.equal("600\n600\n", lab.must(("stat -c %%a %s %s"):format(path "theirs", path "log")))
		lab.must(("chmod 640 %s"):format(path "log"))
		assert.equal(0, (lab.adsh { "--log", path "log", "-e", "1" }))
		assert.equal("2 640\n", lab.must(("echo $(wc -l < %s) $(stat -c %%a %s)"):format(path "log", path "log")))
	end)
end)

describe("damage", function()
	-- What is left where this failed before.
	local function clean()
		reset()
		lab.sh(("%s/in.sh dc1 samba-tool group delete files-test"):format(lab.scripts))
		lab.sh(("%s/in.sh dc1 samba-tool spn delete HTTP/files-test HOST03$"):format(lab.scripts))
		lab.adsh { "-y", "--journal", path "runs", "-e", [[for _, f in ipairs {
			function() share.revoke("fs1.alpha.test", "data", "user01") end,
			function() folder.revoke("\\\\fs1.alpha.test\\data", "user02") end,
		} do pcall(f) end]] }
		reset()
	end
	before_each(clean)
	teardown(function()
		clean()
		finish()
	end)

	-- of several kinds
	local SCRIPT = [[
		delegation.allow("host01", { "cifs/HOST02", "cifs/HOST03" }, { mode = "any" })
		delegation.allow_from("host02", "host03")
		spn.add("host03", "HTTP/files-test")
		group.create("files-test", { members = { "user01" } })
		share.grant("fs1.alpha.test", "data", "user01", "read")
		folder.grant("\\\\fs1.alpha.test\\data", "user02", "change")
	]]

	it("in plan files and journals never ends in a traceback, and another run is undone", function()
		local script = lab.file(SCRIPT)
		local status, _, err = lab.adsh { "--plan-out", path "plan", script }
		assert.equal(4, status, err)
		assert.equal(0, (apply("-y", "-q", "apply", path "plan")))
		local run = lab.must(("ls %s"):format(path "runs")):match "(%S+)%.jsonl"
		status, _, err = apply("-n", "tests/ad/fuzz_files.lua", path "plan", os.getenv "ADSH_ROUNDS" or "150", run)
		assert.not_matches("FOUND", err)
		local applied, refused = err:match "found 0, (%d+) applied, (%d+) refused"
		assert.is_true(status == 4 and tonumber(applied) > 50 and tonumber(refused) > 50, err)
		assert.equal("6\n", lab.must(("grep -c '\"type\":\"intent\"' %s/%s.jsonl"):format(path "runs", run)))
		lab.must(("cd %s && head -c 900 %s.jsonl > damaged.jsonl && echo >> damaged.jsonl"):format(path "runs", run))
		ends(0, "6/6 written", apply("-y", "undo", run))
		assert.is_nil(targets())
		os.remove(script)
	end)
end)
