-- doctor on the other jobs: shares and folders of file servers, hosts of two forests. Broken by hand, one at a time.
-- The judges: smbclient with the host's key, MIT's kvno.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"
local broken = require "broken"
local connect = require "adsh.connect"
local doctor = require "adsh.doctor"
local folder = require "adsh.folder"
local share = require "adsh.share"

local FS, UNC = "fs1.alpha.test", "//fs1.alpha.test/doctored"
local PLACE = [[\\fs1.alpha.test\doctored]]
local ANY = broken.ANY
local put = broken.put
local sid -- of host01

local function on(node, command)
	return lab.must(("%s/in.sh %s sh -c %s"):format(lab.scripts, node, lab.quote(command)))
end

local function begin()
	connect { domain = lab.domain, krb5 = require "adsh.krb5".login { ccache = lab.login "labadmin" } }
end

-- As the host itself.
local function writes(words)
	local cache = ("FILE:%s/tmp/doctored"):format(os.getenv "LAB_DIR")
	return 0 == lab.sh(("export KRB5CCNAME=%s; kinit -k -t %s/host01.keytab 'HOST01$' && smbclient"
		.. " --use-kerberos=required %s -c %s"):format(cache, lab.keytabs, UNC, lab.quote(words)))
end

describe("doctor of virtual machines on a share", function()
	local function acl(...)
		return "D:P(A;OICI;FA;;;BA)(A;OICI;FA;;;DA)" .. table.concat { ... }
	end

	local function full(who)
		return ("(A;OICI;FA;;;%s)"):format(who)
	end

	local function whole()
		broken.at_once(function()
			put("HOST01$", "userAccountControl", ANY)
			put("HOST01$", "msDS-AllowedToDelegateTo", "cifs/FS1", "cifs/" .. FS)
		end)
		share.set_acl(FS, "doctored", acl(full(sid)):gsub("OICI", ""):gsub("^D:P", "D:"))
		folder.set_acl(UNC, acl(full(sid)))
	end

	local OPTIONS = { target = "fs1", share = "doctored", as = "user01", keytabs = lab.keytabs }

	local function check(fault)
		local o = {}
		for key, v in pairs(OPTIONS) do
			o[key] = v
		end
		for key, v in pairs(fault.options or {}) do
			o[key] = v
		end
		return broken.fails(doctor.check(fault.job or "smb-storage", fault.hosts or { "host01" }, o))
	end

	local function fix(fault)
		return (lab.adsh { "run", "doctor", "--job", fault.job or "smb-storage", "host01", "--target", "fs1", "--share",
			"doctored", "--as", "user01", "--fix" })
	end

	local function proof(fault)
		return not fault.proof or fault.proof()
	end

	local function machine()
		return writes "mkdir machine;rmdir machine"
	end

	setup(function()
		sid = broken.sid "HOST01$"
		begin()
		on("fs1", "rm -rf /var/lib/samba/doctored; mkdir -m 0777 /var/lib/samba/doctored")
		share.add(FS, "doctored", "/var/lib/samba/doctored")
		broken.machines "start host01 fs1:5985"
		whole()
	end)
	teardown(function()
		lab.sh(lab.scripts .. "/fault.sh fs1 unblock")
		share.remove(FS, "doctored")
		broken.machines "stop"
		lab.reset "HOST01$"
	end)

	it("finds nothing where nothing is wrong", function()
		assert.same({}, check {})
		assert.is_true(machine())
	end)

	it("asks for the account of the cluster where a host is a node of one", function()
		local function seen(account)
			broken.give("HOST01$", "servicePrincipalName", "MSServerClusterMgmtAPI/HOST01")
			broken.give("HOST02$", "servicePrincipalName", "MSClusterVirtualServer/HOST02")
			local rows = doctor.check("smb-storage", { "host01" }, { target = "fs1", share = "doctored", account = account })
			broken.take("HOST01$", "servicePrincipalName", "MSServerClusterMgmtAPI/HOST01")
			broken.take("HOST02$", "servicePrincipalName", "MSClusterVirtualServer/HOST02")
			for _, row in ipairs(rows) do
				if row.condition == "account of the cluster" then
					return row.state, row.subject
				end
			end
		end
		assert.same({ "unseen", "HOST01$" }, { seen() })
		assert.same({ "holds", "HOST01$" }, { seen "HOST02$" })
	end)

	for _, fault in ipairs {
		{ "the share does not let the host in", "share permission: HOST01$ in " .. PLACE, fix = true, proof = machine,
			function() share.set_acl(FS, "doctored", "D:(A;;FA;;;BA)(A;;FA;;;DA)") end },
		{ "the share lets the host read only", "share permission: HOST01$ in " .. PLACE, fix = true, proof = machine,
			function() share.set_acl(FS, "doctored", ("D:(A;;FA;;;BA)(A;;FA;;;DA)(A;;FR;;;%s)"):format(sid)) end },
		{ "the share denies the host", "share permission: HOST01$ in " .. PLACE,
			function()
				share.set_acl(FS, "doctored", ("D:(D;;0x2;;;%s)(A;;FA;;;BA)(A;;FA;;;DA)(A;;FA;;;%s)"):format(sid, sid))
			end },
		{ "the folder does not let the host in", "folder permission: HOST01$ in " .. PLACE, fix = true, proof = machine,
			function() folder.set_acl(UNC, acl()) end },
		{ "the library's folder cannot be read", "folder permission: HOST01$ in " .. PLACE, job = "iso-library",
			fix = true, proof = function() return writes "ls" end,
			function() folder.set_acl(UNC, acl()) end },
		{ "the library's share cannot be read by VMM's account", "share permission: svc-web in " .. PLACE,
			job = "iso-library", options = { account = "svc-web" },
			function() folder.set_acl(UNC, acl(full(sid), full(broken.sid "svc-web"))) end },
		{ "the share is not there", "share: " .. [[\\fs1.alpha.test\elsewhere]], options = { share = "elsewhere" },
			function() end },
		{ "cifs of the server is not listed", "constrained delegation: HOST01$ -> FS1$", fix = true,
			proof = function() return lab.kdc_gives("host01", "cifs/" .. FS) end,
			function() put("HOST01$", "msDS-AllowedToDelegateTo", "cifs/FS1") end },
		{ "nobody reaches the server", "ports: FS1$",
			function() lab.must(lab.scripts .. "/fault.sh fs1 reject 445") end,
			whole = function() lab.must(lab.scripts .. "/fault.sh fs1 unblock") end },
		{ "the server is a host", "server apart from the hosts: FS1$", hosts = { "host01", "fs1" },
			function() end },
	} do
		it("names it, and it alone: " .. fault[1], function()
			assert.same(broken.expected(fault), broken.outcome(fault, check, whole, fix, proof))
		end)
	end
end)

describe("doctor of hosts of two forests", function()
	local PAIR = "HOST01$ -> HOST03@beta.test"
	local RBCD = "msDS-AllowedToActOnBehalfOfOtherIdentity"

	local function whole()
		lab.beta(lab.put_sources, "HOST03$", ("O:BAD:(A;;0xf01ff;;;%s)"):format(sid))
	end

	local function check(fault)
		return broken.fails(doctor.check("cross-forest", {}, { source = "host01@alpha.test", target = "host03@beta.test",
			as = fault.as or "user01" }))
	end

	local function fix()
		return (lab.adsh { "-d", "alpha.test", "run", "doctor", "--job", "cross-forest", "--source", "host01", "--target",
			"host03@beta.test", "--as", "user01", "--fix" })
	end

	local function written()
		return lab.beta(lab.account, "HOST03$", RBCD)[RBCD] ~= nil
	end

	local function trust(attributes)
		return function() lab.set_trust("dcb", attributes) end
	end

	setup(function()
		sid = sid or broken.sid "HOST01$"
		lab.admin_of_both()
		broken.machines "start host01 host03.beta.test"
		begin()
		whole()
	end)
	teardown(function()
		lab.beta(lab.reset, "HOST03$")
		broken.machines "stop"
	end)

	it("finds nothing where nothing is wrong", function()
		assert.same({}, check {})
	end)

	for _, fault in ipairs {
		{ "the target does not accept the source", "resource-based delegation: " .. PAIR, fix = true,
			function() lab.beta(put, "HOST03$", RBCD) end },
		{ "the target's entry is behind a deny", "resource-based delegation: " .. PAIR,
			function()
				lab.beta(lab.put_sources, "HOST03$", ("O:BAD:(D;;0xf01ff;;;%s)(A;;0xf01ff;;;%s)"):format(sid, sid))
			end },
		{ "the target's descriptor is garbage", "resource-based delegation: " .. PAIR,
			function() lab.beta(put, "HOST03$", RBCD, "garbage") end },
		{ "any service: no tickets of users are forwarded", "TGT delegation: " .. PAIR,
			as = "user01@beta.test",
			function()
				put("HOST01$", "userAccountControl", 4096 + 0x80000)
				lab.beta(put, "HOST03$", RBCD)
			end,
			whole = function() put("HOST01$", "userAccountControl", 4096) end },
		{ "the target accepts the source under a condition", "resource-based delegation: " .. PAIR, fix = true,
			function()
				lab.beta(lab.put_sources, "HOST03$", ("O:BAD:(XA;;0xf01ff;;;%s;(Member_of {SID(BA)}))"):format(sid))
			end },
		{ "the trust is one-way", "two-way trust: " .. PAIR, trust { trustDirection = 2 },
			whole = trust { trustDirection = 3 } },
		{ "the trust is gone on one side", "trust: " .. PAIR, trust { trustDirection = 1 },
			whole = trust { trustDirection = 3 } },
		{ "the trust is selective", "selective authentication: " .. PAIR, trust { trustAttributes = 0x18 },
			whole = trust { trustAttributes = 8 } },
		{ "the trust takes RC4 only", "encryption types of the trust: " .. PAIR,
			trust { ["msDS-SupportedEncryptionTypes"] = 4 }, whole = trust { ["msDS-SupportedEncryptionTypes"] = 24 } },
	} do
		it("names it, and it alone: " .. fault[1], function()
			assert.same(broken.expected(fault), broken.outcome(fault, check, whole, fix, written))
		end)
	end
end)

describe("doctor of Hyper-V Replica", function()
	local CLASS = "Hyper-V Replica Service/"
	local own

	local function whole()
		broken.at_once(function()
			put("HOST01$", "userAccountControl", ANY)
			put("HOST01$", "msDS-AllowedToDelegateTo", broken.services("host02", CLASS))
			put("HOST02$", "servicePrincipalName", table.unpack(own))
		end)
	end

	local function check()
		return broken.fails(doctor.check("replica", {}, { source = "host01", target = "host02", as = "user01" }))
	end

	local function fix()
		return (lab.adsh { "run", "doctor", "--job", "replica", "--source", "host01", "--target", "host02", "--as",
			"user01", "--fix" })
	end

	-- As ldapsearch sees it.
	local function registered()
		return #lab.search(("(servicePrincipalName=%shost02.alpha.test)"):format(CLASS), "cn") == 1
	end

	setup(function()
		begin()
		own = lab.account("HOST02$", "servicePrincipalName").servicePrincipalName
		broken.machines "start host01 host02"
		whole()
	end)
	teardown(function()
		lab.reset "HOST01$"
		broken.machines "stop"
	end)

	it("finds nothing where nothing is wrong", function()
		assert.same({}, check())
	end)

	for _, fault in ipairs {
		{ "the replica did not register", "SPN registered: HOST02$", fix = true,
			function() broken.take("HOST02$", "servicePrincipalName", CLASS .. "host02.alpha.test") end },
		{ "nothing listens for HTTP", "ports: HOST02$", function() broken.machines "reject host02 80" end,
			whole = function() broken.machines "open" end },
		{ "a value is missing", "constrained delegation: HOST01$ -> HOST02$", fix = true,
			function() broken.take("HOST01$", "msDS-AllowedToDelegateTo", CLASS .. "HOST02") end },
	} do
		it("names it, and it alone: " .. fault[1], function()
			assert.same(broken.expected(fault), broken.outcome(fault, check, whole, fix, registered))
		end)
	end
end)
