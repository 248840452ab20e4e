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
	lab.must(("chmod 755 %s; rm -rf %s/*"):format(place, place))
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
	teardown(function()
		lab.must("rm -rf " .. place)
	end)

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
		local command = ("cp %s %s/adsh; chmod 755 %s/adsh; cd %s; setpriv --reuid %s --regid nogroup --clear-groups env "
			.. "HOME=/ KRB5CCNAME=FILE:none %s/adsh -s %s -u user01 -k secret -e 'directory.current():whoami()'"):format(
			lab.program, place, place, place, OTHER, place, lab.dc)
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
