-- A DC that answers modifies in another order than they were sent, and says more in between: unordered_proxy.py.
-- Who was changed is what ldapsearch finds.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local N, ATTRIBUTE = 8, "servicePrincipalName"
local OU = "OU=Unordered," .. lab.base
local password = lab.file(lab.password .. "\n")

-- Which of the hosts have the name that the n-th run wrote: "++-+++++".
local function state(n)
	local has, list = {}, {}
	for _, e in ipairs(lab.search("(objectClass=computer)", ATTRIBUTE, OU)) do
		for _, value in ipairs(e[ATTRIBUTE] or {}) do
			has[value] = true
		end
	end
	for i = 1, N do
		list[i] = has[("run%d/unord%d"):format(n, i)] and "+" or "-"
	end
	return table.concat(list)
end

local runs = 0

-- Gives each host a name, in one plan; returns status, output, errors, and who has it then.
local function write(options)
	runs = runs + 1
	lab.must(("%s/unordered.sh start %s"):format(lab.scripts, options))
	local script = lab.file(([[
		local list = plan(function()
			for i = 1, %d do
				spn.add("unord" .. i, "run%d/unord" .. i)
			end
		end)
		local report = list:apply()
		print(report.changed, report.failed, report.unknown)
	]]):format(N, runs))
	-- libldap does not free a server's good-bye
	local status, out, err = lab.sh(("ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 timeout 60 %s --yes -s %s:3391 "
		.. "--tls starttls --cacert %s --simple -u Administrator@%s --password-file %s %s"):format(lab.quote(lab.program),
		lab.dc, os.getenv "LAB_CA", lab.realm, password, script))
	return status, out, err, state(runs)
end

describe("a DC that answers in another order", function()
	setup(function()
		local ldif = { ("dn: %s\nchangetype: add\nobjectClass: organizationalUnit\n"):format(OU) }
		for i = 1, N do
			ldif[#ldif + 1] = ("dn: CN=UNORD%d,%s\nchangetype: add\nobjectClass: computer\nsAMAccountName: UNORD%d$\n"):format(i,
				OU, i)
		end
		lab.modify(table.concat(ldif, "\n"))
	end)
	teardown(function()
		lab.sh(("KRB5CCNAME=%s ldapdelete -r -N -Q -Y GSSAPI -H ldap://%s %s"):format(lab.login "Administrator", lab.dc,
			lab.quote(OU)))
		lab.must(lab.scripts .. "/unordered.sh stop")
	end)

	it("is understood", function()
		local status, out, err, hosts = write "--act 'twice unknown intermediate notice'"
		assert.equal(0, status, out .. err)
		assert.matches(N .. "\t0\t0", out, 1, true)
		assert.equal(("+"):rep(N), hosts)
	end)

	for i, act in ipairs { "garbled", "twice unknown intermediate notice", "goodbye", "cut" } do
		it("says which one it refuses: " .. act, function()
			local status, _, err, hosts = write(("--refuse unord%d --act '%s'"):format(i, act))
			assert.equal(3, status, err)
			assert.matches(("modify CN=UNORD%d,"):format(i), err, 1, true)
			assert.matches(("%d written, 1 refused, 0 sent without an answer, 0 not tried"):format(N - 1), err, 1, true)
			assert.equal(("+"):rep(i - 1) .. "-" .. ("+"):rep(N - i), hosts)
		end)
	end
end)
