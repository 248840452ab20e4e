-- Who is at the other end: names of services when the DNS lies, under krb5.conf's defaults. The judges:
-- klist, and getent for what the DNS says.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local FS, DC, OTHER = "fs1.alpha.test", lab.dc, "dc1.beta.test"
local conf = lab.file(lab.must "grep -v 'rdns\\|dns_canonicalize' $KRB5_CONFIG")
local resolv = lab.file("search alpha.test\nnameserver 127.0.0.7\noptions timeout:2 attempts:2\n")

-- The part of a shell command that lets the DNS say that host is at the address of place and an alias of
-- canonical, after it has said the truth plain times.
local function lying(host, place, canonical, plain)
	local function address(name)
		return lab.must("getent ahostsv4 " .. name):match "%S+"
	end
	local upstream = lab.must "cat /etc/resolv.conf":match "nameserver (%S+)"
	return ("mount --bind %s /etc/resolv.conf && export KRB5_CONFIG=%s\n" ..
		"python3 %s/lying_dns.py 127.0.0.7 %s %s %s %s %d >$TMPDIR/dns &\n" ..
		"dns=$!; trap 'kill $dns' EXIT\n" ..
		"for i in $(seq 100); do grep -q ready $TMPDIR/dns && break; sleep 0.05; done; rm $TMPDIR/dns\n"):format(resolv,
		conf, lab.scripts, upstream, host, address(place), canonical, plain or 0)
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

	it("a DC is asked as itself", function()
		local status, out, err, tickets = run(lying(DC, DC, FS), {}, "-e 'directory.current():whoami()' -s " .. DC)
		assert.equal(0, status, err)
		assert.matches(lab.whoami "labadmin", out, 1, true)
		assert.matches("ldap/" .. DC, tickets, 1, true)
		assert.is_nil(tickets:find("ldap/" .. FS, 1, true))
	end)

	it("a DC of another domain is not taken for it", function()
		local status, _, err = run(lying(DC, OTHER, OTHER), { "ldap/" .. OTHER },
			"-e 'directory.current():whoami()' -s " .. DC)
		assert.equal(5, status, err)
	end)
end)
