-- The recipes about file servers, judged by smbclient with the hosts' own keys, by sharesec, smbcacls and
-- ldapsearch.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local FS, ANY = "fs1.alpha.test", 4096 + 0x1000000
local LIBRARY = { "run", "iso-library", "--library", "fs1", "--vmm", "host08", "--service-account", "svc-web",
	"host01", "--host", "host02" }
local STORAGE = { "run", "smb-storage", "--server", "fs1", "--share", "vms", "--admins", "Domain Admins", "host01",
	"host02" }

local function on(node, command)
	return lab.must(("%s/in.sh %s sh -c %s"):format(lab.scripts, node, lab.quote(command)))
end

local function ok(words)
	local status, out, err = lab.adsh(words)
	assert.equal(0, status, err)
	return out, err
end

local function yes(words, more)
	local all = { "--yes", table.unpack(words) }
	all[#all + 1] = more
	return ok(all)
end

-- As the host itself.
local function as_host(host, share, command)
	local cache = ("FILE:%s/tmp/storage.%s"):format(os.getenv "LAB_DIR", host)
	local status, out, err = lab.sh(("export KRB5CCNAME=%s; kinit -k -t %s/%s.keytab '%s$' && "
		.. "smbclient --use-kerberos=required //%s/%s -c %s"):format(cache, lab.keytabs, host, host:upper(), FS, share,
		lab.quote(command)))
	return status, out .. err
end

local function targets(name)
	local a = lab.account(name, "msDS-AllowedToDelegateTo userAccountControl")
	local list = a["msDS-AllowedToDelegateTo"] or {}
	table.sort(list)
	return list, tonumber(a.userAccountControl[1])
end

local function make(name)
	on("fs1", ("rm -rf /var/lib/samba/%s; mkdir -p /var/lib/samba/%s; chmod 0777 /var/lib/samba/%s; "
		.. "echo image > /var/lib/samba/%s/x.iso; chmod 0666 /var/lib/samba/%s/x.iso"):format(name, name, name, name, name))
	ok { "-e", ("share.add(%q, %q, '/var/lib/samba/%s'); share.set_acl(%q, %q, 'D:(A;;FA;;;BA)')"):format(
		FS, name, name, FS, name) }
end

local function remove(name)
	ok { "-e", ("share.remove(%q, %q)"):format(FS, name) }
	lab.reset "HOST01$"
	lab.reset "HOST02$"
end

describe("iso-library", function()
	before_each(function()
		make "MSSCVMMLibrary"
	end)
	after_each(function()
		remove "MSSCVMMLibrary"
	end)

	it("lets hosts read, not write, and delegate to the library's cifs", function()
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "ls")))
		local out = yes(LIBRARY)
		assert.matches("HOST01%$ gains read", out)
		for _, host in ipairs { "host01", "host02", "host08" } do
			local status, text = as_host(host, "MSSCVMMLibrary", "get x.iso /dev/null")
			assert.equal(0, status, text)
			_, text = as_host(host, "MSSCVMMLibrary", "mkdir new")
			assert.matches("ACCESS_DENIED", text)
		end
		assert.not_equal(0, (as_host("host03", "MSSCVMMLibrary", "ls")))
		for _, host in ipairs { "HOST01$", "HOST02$" } do
			local list, uac = targets(host)
			assert.same({ "cifs/FS1", "cifs/fs1.alpha.test" }, list)
			assert.equal(ANY, uac)
		end
		assert.matches("Nothing to do", (yes(LIBRARY)))
	end)

	it("lets them read the images that are there already, unless that is not wanted", function()
		on("fs1", "cd /var/lib/samba/MSSCVMMLibrary && mkdir -p win/2022 && echo image > win/2022/y.iso && "
			.. "chown -R 'ALPHA\\labadmin' . && chmod -R go-rwx win x.iso")
		local words = { "--no-children", table.unpack(LIBRARY, 3) }
		local out = yes({ "run", "iso-library", table.unpack(words) })
		assert.matches('icacls "\\\\fs1.alpha.test\\MSSCVMMLibrary\\*" /reset', out, 1, true)
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "get win/2022/y.iso /dev/null")))
		out = yes(LIBRARY)
		assert.is_nil(out:find("icacls", 1, true))
		assert.matches("Done: 5 changed, 3 unchanged", out)
		for _, path in ipairs { "x.iso", "win/2022/y.iso" } do
			local status, text = as_host("host01", "MSSCVMMLibrary", ("get %s /dev/null"):format(path))
			assert.equal(0, status, text)
		end
		local _, text = as_host("host01", "MSSCVMMLibrary", "put /etc/hostname win/2022/new")
		assert.matches("ACCESS_DENIED", text)
		yes { "undo", out:match "Run (%S+)" }
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "get win/2022/y.iso /dev/null")))
	end)

	it("only tells, with --check, what lacks and what a user sees of that", function()
		local status, out = lab.adsh { "run", "iso-library", "--library", "fs1", "host01", "--check" }
		assert.equal(4, status)
		assert.matches("12700", out)
		assert.matches("13233", out)
		assert.matches("0x80070005", out)
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "ls")))
		assert.same({}, (targets "HOST01$"))
	end)

	it("is undone as a whole", function()
		local out = yes(LIBRARY)
		yes { "undo", out:match "Run (%S+)" }
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "ls")))
		assert.same({}, (targets "HOST01$"))
	end)

	it("permits by groups: hosts in a global one, that in a domain local one", function()
		local function tool(command)
			on("dc1", "samba-tool group " .. command)
		end
		local function members(name)
			local list = lab.account(name, "member").member or {}
			table.sort(list)
			return list
		end
		local by_groups = { table.unpack(LIBRARY) }
		by_groups[#by_groups + 1] = "--agdlp"
		local status, _, err = lab.adsh { "--yes", table.unpack(by_groups) }
		assert.not_equal(0, status)
		assert.matches("samba%-tool group add 'VMM%-Library%-Hosts' %-%-group%-scope=Global", err)
		tool "add VMM-Library-Hosts --group-scope=Global"
		tool "add VMM-Library-Read --group-scope=Domain"
		finally(function()
			tool "delete VMM-Library-Hosts"
			tool "delete VMM-Library-Read"
		end)
		local out = yes(by_groups)
		local base = lab.base
		assert.same({ "CN=HOST01,OU=Hosts," .. base, "CN=HOST02,OU=Hosts," .. base }, members "VMM-Library-Hosts")
		assert.same({ "CN=HOST08,OU=Hosts," .. base, "CN=VMM-Library-Hosts,CN=Users," .. base,
			"CN=svc-web,OU=Services," .. base }, members "VMM-Library-Read")
		local acl = ok { "-f", "json", "-e", ("share.acl(%q, 'MSSCVMMLibrary')"):format(FS) }
		assert.matches("VMM-Library-Read", acl, 1, true)
		assert.is_nil(acl:find("HOST01", 1, true))
		for _, host in ipairs { "host01", "host02", "host08" } do
			local code, text = as_host(host, "MSSCVMMLibrary", "get x.iso /dev/null")
			assert.equal(0, code, text)
			_, text = as_host(host, "MSSCVMMLibrary", "mkdir new")
			assert.matches("ACCESS_DENIED", text)
		end
		assert.not_equal(0, (as_host("host03", "MSSCVMMLibrary", "ls")))
		assert.matches("Nothing to do: 6 unchanged", (yes(by_groups)))
		yes { "undo", out:match "Run (%S+)" }
		assert.same({}, members "VMM-Library-Hosts")
		assert.same({}, members "VMM-Library-Read")
		assert.same({}, (targets "HOST01$"))
		assert.not_equal(0, (as_host("host01", "MSSCVMMLibrary", "ls")))
	end)

	it("warns of a library that everybody may change", function()
		ok { "--allow-widening", "-e", ("share.set_acl(%q, 'MSSCVMMLibrary', 'D:(A;;FA;;;WD)')"):format(FS) }
		local _, err = yes(LIBRARY)
		assert.matches("Everyone has full through the share", err)
	end)
end)

describe("smb-storage", function()
	before_each(function()
		make "vms"
	end)
	after_each(function()
		remove "vms"
	end)

	it("gives hosts and admins all of share and folder, and stops inheritance", function()
		local out = yes(STORAGE)
		assert.matches("nothing is inherited from above any more", out)
		for _, host in ipairs { "host01", "host02" } do
			local status, text = as_host(host, "vms", ("mkdir %s; put /etc/hostname %s/disk"):format(host, host))
			assert.equal(0, status, text)
			assert.is_nil(text:match "NT_STATUS", text)
		end
		assert.not_equal(0, (as_host("host03", "vms", "ls")))
		local sddl = ok { "-e", ("print(folder.acl('//%s/vms').sddl)"):format(FS) }
		assert.matches("^D:P", sddl)
		assert.same({ "cifs/FS1", "cifs/fs1.alpha.test" }, (targets "HOST01$"))
		assert.matches("Nothing to do", (yes(STORAGE)))
	end)

	it("permits a group in place of each host, and makes the hosts its members", function()
		on("dc1", "samba-tool group add vms-hosts && samba-tool group addmembers vms-hosts 'HOST01$'")
		finally(function()
			on("dc1", "samba-tool group delete vms-hosts")
		end)
		local words = { table.unpack(STORAGE) }
		words[#words + 1], words[#words + 2] = "--by-group", "vms-hosts"
		local function members()
			local list = lab.account("vms-hosts", "member").member
			table.sort(list)
			return list
		end
		local out = yes(words)
		assert.same({ "CN=HOST01,OU=Hosts," .. lab.base, "CN=HOST02,OU=Hosts," .. lab.base }, members())
		local acl = ok { "-f", "json", "-e", ("share.acl(%q, 'vms')"):format(FS) }
		assert.matches("vms-hosts", acl, 1, true)
		assert.is_nil(acl:find("HOST0", 1, true))
		local status, text = as_host("host02", "vms", "mkdir host02")
		assert.equal(0, status, text)
		assert.matches("Nothing to do: 5 unchanged", (yes(words)))
		yes { "--allow-widening", "undo", out:match "Run (%S+)" }
		assert.same({ "CN=HOST01,OU=Hosts," .. lab.base }, members())
		assert.not_equal(0, (as_host("host02", "vms", "ls")))
	end)

	it("warns when the server is one of the hosts, and opens nothing to everyone unasked", function()
		local _, err = yes(STORAGE, "fs1")
		assert.matches("does not support machines on a share of the", err)
		local status
		status, _, err = lab.adsh { "--yes", "run", "smb-storage", "--server", "fs1", "--share", "vms", "host01",
			"--everyone-full" }
		assert.equal(6, status)
		assert.matches("Everyone gains full", err)
		assert.not_equal(0, (as_host("host03", "vms", "ls")))
	end)
end)
