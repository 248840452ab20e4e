-- What tests in the lab share: looking at the directory from outside, with OpenLDAP's and Samba's own
-- tools, and running adsh as a user does.
local assert = require "luassert"
local cjson = require "cjson"

local lab = {}

lab.base = os.getenv "LAB_BASE"
lab.dc = os.getenv "LAB_DC"
lab.domain = os.getenv "LAB_DOMAIN"
lab.realm = os.getenv "LAB_REALM"
lab.keytabs = os.getenv "LAB_KEYTABS"
lab.password = os.getenv "LAB_PASS"
lab.scripts = os.getenv "LAB_HERE"
lab.program = os.getenv "ADSH" or "./adsh"

local dir = os.getenv "LAB_DIR" .. "/tmp"
os.execute("mkdir -p " .. dir)

--- One word for the shell.
function lab.quote(s)
	return "'" .. tostring(s):gsub("'", "'\\''") .. "'"
end

local function take(path)
	local f <close> = assert(io.open(path))
	local text = f:read "a"
	os.remove(path)
	return text
end

--- Runs a shell command; gives exit status, standard output, standard error.
function lab.sh(command)
	local out, err = os.tmpname(), os.tmpname()
	local _, what, status = os.execute(("{ %s\n} >%s 2>%s </dev/null"):format(command, out, err))
	return what == "signal" and 128 + status or status, take(out), take(err)
end

--- The words before a command that gets SIGINT after so many seconds. In the foreground: else timeout(1) also sends
--- SIGCONT, which takes away the SIGSTOP that LeakSanitizer at the end of the program waits for, without limit.
function lab.interrupting(seconds)
	return ("timeout --foreground -s INT %g"):format(seconds)
end

--- The same, while the test goes on: gives the function that waits for its end.
function lab.start(command)
	local out, err = os.tmpname(), os.tmpname()
	local pipe = assert(io.popen(("{ ( %s\n) >%s 2>%s </dev/null; echo $?; }"):format(command, out, err)))
	return function()
		local status = tonumber((pipe:read "a"))
		pipe:close()
		return status, take(out), take(err)
	end
end

--- The same, and it has to succeed; gives standard output.
function lab.must(command)
	local status, out, err = lab.sh(command)
	if status ~= 0 then
		error(("%s\nended with status %d:\n%s%s"):format(command, status, out, err), 2)
	end
	return out
end

--- Runs a shell command like lab.sh, in a mount namespace of its own, where it may mount.
function lab.mounting(command)
	return lab.sh(("unshare %s sh -c %s"):format(lab.must "id -u" == "0\n" and "-m" or "-rm", lab.quote(command)))
end

--- Is the lab's Samba this version or a newer one?
function lab.samba(major, minor)
	local a, b = os.getenv "LAB_SAMBA_VERSION":match "^(%d+)%.(%d+)"
	a, b = tonumber(a), tonumber(b)
	return a > major or a == major and b >= minor
end

--- busted's it for what needs this Samba: with an older one it is pending and says why.
function lab.since(major, minor, it, pending, why)
	return lab.samba(major, minor) and it or function(name)
		pending(("%s: Samba before %d.%d %s"):format(name, major, minor, why))
	end
end

--- What a user of a domain (default ALPHA) is told that he is: before 4.19, Samba does not answer "Who am I?".
function lab.whoami(user, domain)
	return (lab.samba(4, 19) and (domain or "ALPHA") .. "\\" or "") .. user
end

--- A credential cache with a ticket of this user, by the lab's keytab; gives its name.
function lab.login(user)
	local cache = ("FILE:%s/%s.ccache"):format(dir, user)
	lab.must(("kinit -c %s -k -t %s/%s.keytab %s@%s"):format(cache, lab.keytabs, user, user, lab.realm))
	return cache
end

-- adsh as user (default labadmin) with these words: a command for the shell.
local function command_of(words, user)
	local list = { "KRB5CCNAME=" .. lab.login(user or "labadmin"), lab.quote(lab.program) }
	for _, w in ipairs(words) do
		list[#list + 1] = lab.quote(w)
	end
	return table.concat(list, " ")
end

--- Runs adsh as user (default labadmin) with these words; gives status, standard output, error.
function lab.adsh_as_is(words, user)
	return lab.sh(command_of(words, user))
end

--- The same with --yes: there is no terminal to ask at.
function lab.adsh(words, user)
	return lab.adsh_as_is({ "--yes", table.unpack(words) }, user)
end

--- Functions that run a piece of Lua with adsh --yes as labadmin, with these words and the ones after the code:
--- adsh(code, ...) gives status, standard output, error; ok(code, ...) has to succeed and gives the last two;
--- json(code, ...) gives its value, and what was said besides.
function lab.script(...)
	local words = { ... }
	local function adsh(code, ...)
		local all = table.move({ ... }, 1, select("#", ...), #words + 1, { table.unpack(words) })
		all[#all + 1] = "-e"
		all[#all + 1] = code
		return lab.adsh(all)
	end
	local function ok(code, ...)
		local status, out, err = adsh(code, ...)
		assert.equal(0, status, err)
		return out, err
	end
	local function json(code, ...)
		local out, err = ok(code, "-f", "json", ...)
		return cjson.decode(out), err
	end
	return adsh, ok, json
end

--- As adsh_as_is, on a terminal of its own, where these answers ("y\\n") are typed: standard output holds everything.
function lab.at_terminal(words, answers)
	return lab.sh(("printf %s | script -qec %s /dev/null"):format(lab.quote(answers or ""), lab.quote(command_of(words))))
end

local function unfold(text)
	return (text:gsub("\n ", ""))
end

--- What ldapsearch finds: a list of { dn=, ATTRIBUTE = { values } }; "::" values are kept in base64.
function lab.search(filter, attributes, base)
	local out = lab.must(("KRB5CCNAME=%s ldapsearch -LLL -N -Q -Y GSSAPI -H ldap://%s -E pr=500/noprompt -b %s %s %s")
		:format(lab.login "Administrator", lab.dc, lab.quote(base or lab.base), lab.quote(filter), attributes or ""))
	local list, entry = {}, nil
	for line in unfold(out):gmatch "[^\n]*" do
		local name, value = line:match "^([%w;=%-]+):+ ?(.*)$"
		if line:match "^#" then
			entry = nil -- a referral
		elseif name == "dn" then
			entry = { dn = value }
			list[#list + 1] = entry
		elseif name and entry then
			entry[name] = entry[name] or {}
			table.insert(entry[name], value)
		end
	end
	return list
end

--- One account seen by ldapsearch; name is its sAMAccountName.
function lab.account(name, attributes)
	local list = lab.search(("(sAMAccountName=%s)"):format(name), attributes)
	assert(#list == 1, name .. ": found " .. #list)
	return list[1]
end

--- Applies LDIF as Administrator with ldapmodify: the second admin.
function lab.modify(ldif)
	local path = os.tmpname()
	local f = assert(io.open(path, "w"))
	f:write(ldif)
	f:close()
	lab.must(("KRB5CCNAME=%s ldapmodify -N -Q -Y GSSAPI -H ldap://%s -f %s")
		:format(lab.login "Administrator", lab.dc, path))
	os.remove(path)
end

--- Deletes an object below the domain ("CN=x,OU=Hosts"), as Administrator; it need not be there.
function lab.delete(rdn)
	lab.sh(("KRB5CCNAME=%s ldapdelete -N -Q -Y GSSAPI -H ldap://%s %s"):format(lab.login "Administrator", lab.dc,
		lab.quote(rdn .. "," .. lab.base)))
end

--- Adds values to an attribute of an account, as Administrator.
function lab.add(name, attribute, ...)
	local ldif = { "dn: " .. lab.account(name, "cn").dn, "changetype: modify", "add: " .. attribute }
	for _, v in ipairs { ... } do
		ldif[#ldif + 1] = attribute .. ": " .. v
	end
	lab.modify(table.concat(ldif, "\n") .. "\n")
end

--- Adds or deletes (change) an SPN that another account has: no DC takes it, so behind its back, in the database.
function lab.duplicate(name, change, spn)
	lab.must(("%s/in.sh dc1 ldbmodify -H /var/lib/samba/private/sam.ldb.d/%s.ldb %s"):format(lab.scripts, lab.base:upper(),
		lab.file(("dn: %s\nchangetype: modify\n%s: servicePrincipalName\nservicePrincipalName: %s\n"):format(
			lab.account(name, "cn").dn, change, spn))))
end

local RBCD = "msDS-AllowedToActOnBehalfOfOtherIdentity"

--- Makes this the resource-based descriptor of an account, encoded by Samba.
function lab.put_sources(name, sddl)
	local script = lab.file([[
import base64, sys
from samba.ndr import ndr_pack
from samba.dcerpc import security
sd = security.descriptor.from_sddl(sys.argv[1], security.dom_sid("S-1-5-21-9-9-9"))
print(base64.b64encode(ndr_pack(sd)).decode())
]])
	lab.modify(("dn: %s\nchangetype: modify\nreplace: %s\n%s:: %s\n"):format(lab.account(name, "cn").dn, RBCD, RBCD,
		lab.must(("/usr/bin/python3 %s %s"):format(script, lab.quote(sddl)))))
end

--- Does the KDC give this host ("host01") a ticket for a service, on behalf of user (default user01)? The host needs
--- protocol transition: else Samba's KDC takes no ticket of S4U2Self.
function lab.kdc_gives(host, spn, user)
	local key, cache = ("%s/%s.keytab"):format(lab.keytabs, host), dir .. "/kdc_gives.ccache"
	return 0 == lab.sh(("rm -f %s; export KRB5CCNAME=FILE:%s; kinit -k -t %s %s && kvno -q -k %s -U %s -P %s"):format(
		cache, cache, key, lab.quote(host:upper() .. "$"), key, user or "user01", lab.quote(spn)))
end

--- Logs an account in by the lab's keytab, so that it has a TGT: a host ("host01") or a user.
function lab.log_in(name)
	lab.must(("kinit -c %s/log_in.ccache -k -t %s/%s.keytab %s"):format(dir, lab.keytabs, name,
		lab.quote(name:find "^host" and name:upper() .. "$" or name)))
end

local DELEGATION = { "msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity" }

--- Takes every delegation of an account away again, as Administrator.
function lab.reset(name, uac)
	local a = lab.account(name, table.concat(DELEGATION, " ") .. " userAccountControl")
	local ldif = { "dn: " .. a.dn, "changetype: modify" }
	for _, attribute in ipairs(DELEGATION) do
		if a[attribute] then
			ldif[#ldif + 1] = "delete: " .. attribute .. "\n-"
		end
	end
	uac = tostring(uac or 4096)
	if a.userAccountControl[1] ~= uac then
		ldif[#ldif + 1] = "replace: userAccountControl\nuserAccountControl: " .. uac .. "\n-"
	end
	if #ldif > 2 then
		lab.modify(table.concat(ldif, "\n") .. "\n")
	end
end

--- Calls f(...) with the other forest in place of the first one: lab.beta(lab.account, "host01$").
function lab.beta(f, ...)
	local keep = { base = lab.base, dc = lab.dc, domain = lab.domain, realm = lab.realm, keytabs = lab.keytabs }
	lab.base, lab.dc, lab.domain, lab.realm = "DC=beta,DC=test", "dc1.beta.test", "beta.test", "BETA.TEST"
	lab.keytabs = keep.keytabs:gsub("ALPHA.TEST$", "BETA.TEST")
	local results = table.pack(pcall(f, ...))
	for key, value in pairs(keep) do
		lab[key] = value
	end
	if not results[1] then
		error(results[2], 0)
	end
	return table.unpack(results, 2, results.n)
end

--- Calls f(...) with this DC of the domain to look at.
function lab.on(host, f, ...)
	local before = lab.dc
	lab.dc = host
	local results = table.pack(pcall(f, ...))
	lab.dc = before
	assert(results[1], results[2])
	return table.unpack(results, 2, results.n)
end

--- Brings what the DC called source ("dc1") has to the one called target; without them, both ways.
function lab.replicate(source, target)
	if not source then
		lab.replicate("dc1", "dc2")
		return lab.replicate("dc2", "dc1")
	end
	-- one that was dead is let in again after a while
	local line = ("%s/in.sh %s samba-tool drs replicate %s.%s %s.%s %s -U Administrator%%%s"):format(lab.scripts, target,
		target, lab.domain, source, lab.domain, lab.base, lab.password)
	lab.must(("for i in 1 2 3 4 5 6; do %s && exit; sleep 1; done; exit 1"):format(line))
end

--- Makes alpha's labadmin an administrator of beta: one login for both forests.
function lab.admin_of_both()
	local shown = lab.must(lab.scripts .. "/in.sh dc1 samba-tool user show labadmin --attributes=objectSid")
	local sid = shown:match "S%-1%-5[%d%-]+"
	lab.sh(("%s/in.sh dcb samba-tool group addmembers Administrators %s"):format(lab.scripts, sid))
	return sid
end

--- Sets attributes of the trust on one side ("dc1" or "dcb"): Samba takes them on the DC only.
function lab.set_trust(node, attributes)
	local own, partner = "alpha", "beta"
	if node == "dcb" then
		own, partner = partner, own
	end
	local ldif = { ("dn: CN=%s.test,CN=System,DC=%s,DC=test"):format(partner, own), "changetype: modify" }
	for name, value in pairs(attributes) do
		ldif[#ldif + 1] = ("replace: %s\n%s: %s\n-"):format(name, name, value)
	end
	local path = lab.file(table.concat(ldif, "\n") .. "\n")
	lab.must(("%s/in.sh %s ldbmodify -H /var/lib/samba/private/sam.ldb <%s"):format(lab.scripts, node, path))
	os.remove(path)
end

--- adsh --yes as labadmin, with these words, its journal in a folder, and JSON: a command for the shell.
function lab.journaled(folder, ...)
	local list = { "KRB5CCNAME=" .. lab.login "labadmin", lab.quote(lab.program), "-y --journal", folder, "-f json" }
	for _, w in ipairs { ... } do
		list[#list + 1] = lab.quote(w)
	end
	return table.concat(list, " ")
end

--- A temporary file with this text; gives its path.
function lab.file(text)
	local path = os.tmpname()
	local f = assert(io.open(path, "w"))
	f:write(text)
	f:close()
	return path
end

return lab
