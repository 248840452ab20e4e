-- Who is at the other end: names of services when the DNS lies, under krb5.conf's defaults. The judges:
-- klist, and getent for what the DNS says.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local FS, DC, OTHER = "fs1.alpha.test", lab.dc, "dc1.beta.test"
local conf = lab.file(lab.must "grep -v 'rdns\\|dns_canonicalize' $KRB5_CONFIG")
local resolv = lab.file("search alpha.test\nnameserver 127.0.0.7\noptions timeout:2 attempts:2\n")

-- The part of a shell command that lets the DNS say that host is at the address of place and an alias of
-- canonical, after it has said the truth plain times.
local function lying(host, place, canonical, plain, settings)
	local function address(name)
		return lab.must("getent ahostsv4 " .. name):match "%S+"
	end
	local upstream = lab.must "cat /etc/resolv.conf":match "nameserver (%S+)"
	return ("mount --bind %s /etc/resolv.conf && export KRB5_CONFIG=%s\n" ..
		"python3 %s/lying_dns.py 127.0.0.7 %s %s %s %s %d >$TMPDIR/dns &\n" ..
		"dns=$!; trap 'kill $dns; wait $dns' EXIT\n" ..
		"for i in $(seq 100); do grep -q ready $TMPDIR/dns && break; sleep 0.05; done; rm $TMPDIR/dns\n"):format(resolv,
		settings or conf, lab.scripts, upstream, host, address(place), canonical, plain or 0)
end

-- Runs adsh with these words and tickets for the services, while the DNS lies; gives status, output, error, and
-- the services that there are tickets for afterwards.
local function run(lie, services, words)
	local cache = lab.login "labadmin"
	local command = { "export TMPDIR=$(mktemp -d) KRB5CCNAME=" .. cache }
	for _, s in ipairs(services) do
		command[#command + 1] = "kvno -q " .. s
	end
	command[#command + 1] = lie .. "getent ahostsv4 " .. lie:match "%d+%.%d+%.%d+%.%d+ (%S+%.test) " .. " >&2"
	command[#command + 1] = lab.quote(lab.program) .. " " .. words
	local status, out, err = lab.mounting(table.concat(command, "\n"))
	return status, out, err, lab.must("klist -c " .. cache)
end

local needs = lab.must "id -u" ~= "0\n" and "a DNS server needs root"
	or lab.mounting "true" ~= 0 and "needs a mount namespace"
local it = needs and function(name) pending(name .. ": " .. needs) end or it

describe("when the DNS calls a host by another's name", function()
	it("its shares are asked for with its own ticket", function()
		local status, out, err, tickets = run(lying(FS, FS, DC), { "cifs/" .. DC }, "-e 'share.list(\"" .. FS .. "\")'")
		assert.equal(0, status, err)
		assert.matches(DC, err, 1, true) -- what getent says: the lie is told
		assert.matches("data", out)
		assert.matches("cifs/" .. FS, tickets, 1, true)
	end)

	it("the other one gets no ticket of its own, be it at hand", function()
		local status, _, err = run(lying(FS, DC, DC), { "cifs/" .. DC }, "-e 'share.list(\"" .. FS .. "\")'")
		assert.equal(5, status, err)
	end)

	it("an answer that changes makes no difference", function()
		for plain = 0, 3 do
			local lie = lying(FS, DC, DC, plain)
			local status, _, err, tickets = run(lie, {}, "-e 'share.list(\"" .. FS .. "\")'")
			assert.equal(5, status, err)
			assert.is_nil(tickets:find("cifs/" .. DC, 1, true))
		end
	end)

	it("a short name stays as it is", function()
		local status, out, err, tickets = run(lying(FS, FS, DC), {}, "-e 'share.list \"fs1\"'")
		assert.equal(0, status, err)
		assert.matches("data", out)
		assert.matches("cifs/fs1@", tickets, 1, true)
	end)

	it("an alias is not taken for it, and the error says what to do", function()
		local status, _, err, tickets = run(lying("files.alpha.test", FS, FS), { "cifs/" .. FS },
			"-e 'share.list \"files.alpha.test\"'")
		assert.equal(5, status, err)
		assert.matches("no account has the service principal name cifs/files.alpha.test", err, 1, true)
		assert.matches("if this is an alias (CNAME), use the server's own name", err, 1, true)
		assert.is_nil(tickets:find("cifs/files", 1, true))
	end)

	it("a DC is asked as itself", function()
		local status, out, err, tickets = run(lying(DC, DC, FS), {}, "-e 'directory.current():whoami()' -s " .. DC)
		assert.equal(0, status, err)
		assert.matches(lab.whoami "labadmin", out, 1, true)
		assert.matches("ldap/" .. DC, tickets, 1, true)
		assert.is_nil(tickets:find("ldap/" .. FS, 1, true))
	end)

	for _, setting in ipairs { "true", "false", "fallback" } do
		it("a DC and a file server are asked as themselves with dns_canonicalize_hostname = " .. setting, function()
			local settings = lab.file((lab.must("cat " .. conf):gsub("%[libdefaults%]",
				"[libdefaults]\n\trdns = true\n\tdns_canonicalize_hostname = " .. setting, 1)))
			local status, out, err, tickets = run(lying(DC, DC, FS, 0, settings), {},
				"-e 'directory.current():whoami()' -s " .. DC)
			assert.equal(0, status, err)
			assert.matches(lab.whoami "labadmin", out, 1, true)
			assert.is_nil(tickets:find("ldap/" .. FS, 1, true))
			status, _, err, tickets = run(lying(FS, FS, DC, 0, settings), {}, "-e 'share.list(\"" .. FS .. "\")'")
			assert.equal(0, status, err)
			assert.is_nil(tickets:find("cifs/" .. DC, 1, true))
		end)
	end

	it("a host that is no DC is not taken for one, though the DNS lists it", function()
		local name = "ldap/" .. FS -- a computer may write that itself
		lab.add("FS1$", "servicePrincipalName", name)
		finally(function()
			lab.modify(("dn: %s\nchangetype: modify\ndelete: servicePrincipalName\nservicePrincipalName: %s\n"):format(
				lab.account("FS1$", "cn").dn, name))
		end)
		local status, _, err, tickets = run(lying("_ldap._tcp.dc._msdcs.alpha.test", DC, FS), {},
			"-d alpha.test -e 'directory.current():whoami()'")
		assert.equal(5, status, err)
		assert.matches("lists " .. FS .. " as a domain controller of alpha.test, but the KDC knows", err, 1, true)
		assert.is_nil(tickets:find(name, 1, true))
	end)

	it("a password is given to no host that only the DNS names", function()
		local file = lab.file(lab.password .. "\n")
		lab.must("chmod 600 " .. file)
		local status, _, err = lab.sh(("%s -d alpha.test --simple --tls ldaps --cacert $LAB_CA -u 'ALPHA\\labadmin' " ..
			"--password-file %s -e 'directory.current()'"):format(lab.quote(lab.program), file))
		assert.equal(2, status, err)
		assert.matches("--server HOST", err, 1, true)
	end)

	it("a DC of another domain is not taken for it", function()
		local status, _, err = run(lying(DC, OTHER, OTHER), { "ldap/" .. OTHER },
			"-e 'directory.current():whoami()' -s " .. DC)
		assert.equal(5, status, err)
	end)
end)

describe("of several identities at hand", function()
	local beta = lab.beta(function() return lab.keytabs end)
	local ALPHA_IS, BETA_IS = "labadmin@ALPHA.TEST", "user01@BETA.TEST"

	-- A collection of both, the one of BETA its primary.
	local function collect(collection)
		return ("export KRB5CCNAME=%s; kinit -k -t %s/labadmin.keytab %s && kinit -k -t %s/user01.keytab %s\n")
			:format(collection, lab.keytabs, ALPHA_IS, beta, BETA_IS)
	end

	local function principal(words, code)
		return ("%s %s -e 'print((%s):info().principal)'\n"):format(lab.quote(lab.program), words,
			code or "directory.current()")
	end

	local function lines(text)
		local list = {}
		for line in text:gmatch "[^\n]+" do
			list[#list + 1] = line
		end
		return list
	end

	local function each(collection)
		local out = lab.must(collect(collection) .. principal "-d alpha.test" .. principal("-s " .. lab.dc) ..
			principal "-d beta.test" .. principal "-s dc1.beta.test" .. principal "" ..
			principal("-d beta.test", "directory.of \"alpha.test\"") .. "KRB5CCNAME=FILE:/nowhere " ..
			principal("-d alpha.test --ccache " .. collection) .. "kdestroy -A -q")
		assert.same({ ALPHA_IS, ALPHA_IS, BETA_IS, BETA_IS, BETA_IS, ALPHA_IS, ALPHA_IS }, lines(out))
	end

	it("a directory gives the one of its realm, whichever is the primary", function()
		each("DIR:" .. lab.must "mktemp -d":gsub("\n", ""))
	end)

	it("also those that the kernel keeps", function()
		local collection = "KEYRING:session:adsh" .. os.tmpname():match "[^/]*$"
		if 0 ~= lab.sh("KRB5CCNAME=" .. collection .. " kinit -k -t " .. lab.keytabs .. "/labadmin.keytab labadmin") then
			return pending "no keyring here"
		end
		each(collection)
	end)

	it("one that has expired is not silently replaced", function()
		local folder = lab.must "mktemp -d":gsub("\n", "")
		local status, out, err = lab.sh(collect("DIR:" .. folder) ..
			("kinit -l 1s -k -t %s/labadmin.keytab %s; sleep 2\n"):format(lab.keytabs, ALPHA_IS) ..
			principal("-d beta.test", "directory.of \"alpha.test\"") .. principal "-d alpha.test")
		assert.equal(5, status)
		assert.equal(BETA_IS .. "\n", out)
		assert.matches("^note: the Kerberos ticket has expired[^\n]+; querying alpha.test as " .. BETA_IS .. "\n", err)
		assert.matches("\nadsh: use the credential cache " .. ALPHA_IS .. ": the Kerberos ticket has expired", err)
	end)

	it("the file server's one is that of the directory", function()
		local folder = lab.must "mktemp -d":gsub("\n", "")
		local out = lab.must(collect("DIR:" .. folder) .. lab.quote(lab.program) ..
			" -d alpha.test -e 'share.list \"" .. FS .. "\"'; klist -A")
		assert.matches("data", out)
		assert.matches("Default principal: " .. ALPHA_IS .. "[^:]*.-cifs/" .. FS, out)
	end)

	it("a keytab serves all realms that it has keys of", function()
		local keytab = lab.must "mktemp":gsub("\n", "")
		lab.must(("rm %s; printf 'rkt %s/labadmin.keytab\\nrkt %s/user01.keytab\\nwkt %s\\n' | ktutil && chmod 600 %s")
			:format(keytab, lab.keytabs, beta, keytab, keytab))
		local both = "print(directory.current():info().principal, directory.of(\"%s\"):info().principal)"
		local function both_as(words, other)
			return lab.must(("KRB5CCNAME=FILE:/nowhere %s -k %s %s -e %s"):format(lab.quote(lab.program), keytab, words,
				lab.quote(both:format(other))))
		end
		assert.equal(ALPHA_IS .. "\t" .. BETA_IS .. "\n", both_as("-d alpha.test", "beta.test"))
		assert.equal(BETA_IS .. "\t" .. ALPHA_IS .. "\n", both_as("-s dc1.beta.test", "alpha.test"))
		assert.equal(ALPHA_IS .. "\t" .. ALPHA_IS .. "\n", both_as("-d alpha.test -u " .. ALPHA_IS, "beta.test"))
	end)
end)

describe("a server that lies", function()
	-- Runs adsh against lying_ldap.py on a local socket; a minute is more than any of it may take.
	local function against(what, options, code)
		local socket = lab.must "mktemp -u":gsub("\n", "")
		return lab.sh(("python3 %s/lying_ldap.py %s %s &\npid=$!; trap 'kill $pid; rm -f %s' EXIT\n" ..
			"for i in $(seq 600); do [ -S %s ] && break; sleep 0.05; done\n" ..
			"timeout 60 %s -s ldapi://%s %s -e %s"):format(lab.scripts, socket, what, socket, socket,
			lab.quote(lab.program), socket:gsub("/", "%%2F"), options, lab.quote(code)))
	end
	local ALL = "for e in directory.current():search{filter='(cn=*)'} do print(e.dn) end"
	local HOST = "CN=HOST01,OU=Hosts,DC=alpha,DC=test"

	local function ends(what, options, code, words)
		local status, _, err = against(what, options, code)
		assert.not_equal(124, status, what .. " " .. options)
		assert.not_equal(0, status)
		assert.matches(words, err)
	end

	it("is not listened to without end, within the time limit of the run", function()
		for _, what in ipairs { "empty", "range", "reference" } do
			ends(what, "--timeout 1", ALL, "time limit of the run")
		end
	end)

	it("nor beyond that of an operation", function()
		local limited = "connect{timeout=1} " .. ALL
		ends("empty", "", limited, "has sent no entry for 1 second")
		ends("reference", "", limited, "has sent no entry for 1 second")
		ends("range", "", limited, "reading the values of servicePrincipalName did not finish")
		ends("range", "", ALL:gsub("}", ",timeout=1}"), "time limit of the search %(timeout%) was reached")
	end)

	it("that leaves out some of the values is found out", function()
		ends("gap", "", ALL, "the values of servicePrincipalName changed while they were read")
	end)

	it("with many references loses no time on them", function()
		local status, out = against("references", "", ALL)
		assert.equal(0, status)
		assert.equal(HOST .. "\n", out)
	end)

	it("with another object than the one that it was asked for is found out", function()
		local get = "for e in directory.current():search{base=%q, scope='base'} do print(e.dn) end"
		ends("other", "", get:format(HOST), "another object.*CN=krbtgt")
		for _, name in ipairs { HOST, HOST:lower(), (HOST:gsub(",", " , ")) } do
			local status, out, err = against("plain", "", get:format(name))
			assert.equal(0, status, err)
			assert.equal(HOST .. "\n", out)
		end
	end)

	it("in the middle of a login is not taken for a wrong password", function()
		local hosts = lab.file("127.0.0.9 " .. DC .. "\n")
		local cache = lab.login "labadmin"
		lab.must(("KRB5CCNAME=%s kvno -q ldap/%s"):format(cache, DC))
		for _, byte in ipairs { 5, 20, 60 } do
			local status, _, err = lab.mounting(("mount --bind %s /etc/hosts\n" ..
				"python3 %s/lying_ldap.py 127.0.0.9:3890 %s:389 %d &\npid=$!; trap 'kill $pid; wait $pid' EXIT\n" ..
				"for i in $(seq 600); do bash -c ': </dev/tcp/127.0.0.9/3890' 2>/dev/null && break; sleep 0.05; done\n" ..
				"KRB5CCNAME=%s %s -s %s:3890 -e 'directory.current():whoami()'"):format(hosts, lab.scripts,
				os.getenv "LAB_DC_IP", byte, cache, lab.quote(lab.program), DC))
			assert.equal(5, status, err)
			assert.matches("answer of " .. DC .. " to the login cannot be trusted", err, 1, true)
			assert.is_nil(err:find("password", 1, true))
		end
	end)
end)
