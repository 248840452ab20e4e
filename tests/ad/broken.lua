-- What the tests of doctor share: changes of accounts by ldapmodify, the machines of hosts, and the rows that fail.
local lab = require "lab"

local broken = { ANY = 4096 + 0x1000000 }

local dns = {} -- DN by domain and account
local together -- LDIF that is sent as one

local function edit(name, text)
	local key = lab.domain .. name
	dns[key] = dns[key] or lab.account(name, "cn").dn
	local ldif = ("dn: %s\nchangetype: modify\n%s\n\n"):format(dns[key], text)
	if together then
		together[#together + 1] = ldif
	else
		lab.modify(ldif)
	end
end

--- Calls f; the changes that it makes are sent as one.
function broken.at_once(f)
	together = {}
	f()
	local ldif = table.concat(together)
	together = nil
	lab.modify(ldif)
end

--- Makes these the values of an attribute; none take it away.
function broken.put(name, attribute, ...)
	local lines = { "replace: " .. attribute }
	for _, v in ipairs { ... } do
		lines[#lines + 1] = ("%s: %s"):format(attribute, v)
	end
	edit(name, table.concat(lines, "\n"))
end

function broken.take(name, attribute, value)
	edit(name, ("delete: %s\n%s: %s"):format(attribute, attribute, value))
end

function broken.give(name, attribute, value)
	edit(name, ("add: %s\n%s: %s"):format(attribute, attribute, value))
end

--- The machines of the hosts; see tests/lab/hyperv_hosts.sh.
function broken.machines(words)
	lab.must(lab.scripts .. "/hyperv_hosts.sh " .. words)
end

--- The SID of an account ("HOST01$"), by Samba.
function broken.sid(name)
	local kind = name:find "%$$" and "computer" or "user"
	return lab.must(("%s/in.sh dc1 samba-tool %s show %s --attributes=objectSid"):format(lab.scripts, kind,
		(name:gsub("%$", "")))):match "S%-1%-5%-21[%d%-]+"
end

--- Names of each class, short and FQDN.
function broken.services(short, ...)
	local list = {}
	for _, class in ipairs { ... } do
		list[#list + 1] = class .. short:upper()
		list[#list + 1] = class .. short .. ".alpha.test"
	end
	return table.unpack(list)
end

--- "CONDITION: SUBJECT" of what fails.
function broken.fails(rows)
	local list = {}
	for _, row in ipairs(rows) do
		list[#list + 1] = row.state == "fails" and ("%s: %s"):format(row.condition, row.subject) or nil
	end
	return list
end

--- One fault: fault[3]() breaks it, fault.whole() and whole() mend it. Gives what check(fault) named; and where adsh
--- can mend it (fault.fix) the status of fix(fault), what is named then, and whether proof(fault) tells that it works.
function broken.outcome(fault, check, whole, fix, proof)
	fault[3]()
	local o = { fails = check(fault) }
	if fault.fix then
		o.status = fix(fault)
		o.after, o.works = check(fault), proof(fault)
	end
	if fault.whole then
		fault.whole()
	end
	whole()
	return o
end

--- What the outcome has to be: fault[2] is named, alone.
function broken.expected(fault)
	return fault.fix and { fails = { fault[2] }, status = 0, after = {}, works = true } or { fails = { fault[2] } }
end

return broken
