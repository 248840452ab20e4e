-- One plan with every kind of change in it, and what depends on what: made ready over LDAP and SMB, looked at from
-- outside with ldapsearch, rpcclient and smbcacls.
local fleet = require "fleet"
local lab = require "lab"

local mixture = {}

local FS, FOLDER, SHARE, GROUP, OLD = "fs1.alpha.test", "mixt", "mixtshare", "mixtgroup", "mixtold"
local hosts = fleet.new("mixt", 6)
local TREE = { "", "/a", "/a/x.iso", "/b" }

-- ---- what there is to begin with ----

local function on(node, command)
	return lab.must(("%s/in.sh %s sh -c %s"):format(lab.scripts, node, lab.quote(command)))
end

local function client(tool, words)
	return lab.must(("KRB5CCNAME=%s %s --use-kerberos=required //%s/data %s"):format(lab.login "labadmin", tool, FS,
		words))
end

local function dn_of(name)
	return ("CN=%s,OU=Hosts,%s"):format(name, lab.base)
end

local function service(i)
	return ("HTTP/mixt%d.alpha.test"):format(i)
end

-- mixtspare: an account that nobody uses, in a group; mixt001 has two names that others are to get.
local function ldif()
	return table.concat({
		"dn: " .. dn_of "mixtspare", "changetype: add", "objectClass: computer", "sAMAccountName: MIXTSPARE$",
		"userAccountControl: 4098", "description: rack 7", "",
		"dn: " .. dn_of(OLD), "changetype: add", "objectClass: group", "sAMAccountName: " .. OLD,
		"member: " .. dn_of "mixtspare", "member: " .. dn_of "mixt006", "",
		"dn: " .. dn_of "mixt001", "changetype: modify", "add: servicePrincipalName",
		"servicePrincipalName: " .. service(1), "servicePrincipalName: " .. service(2), "",
	}, "\n")
end

local function make_folder()
	on("fs1", "sharesec data --replace S-1-1-0:ALLOWED/0x0/FULL; mkdir -p /srv/mixt")
	client("smbclient", ("-c 'mkdir %s'"):format(FOLDER))
	client("smbcacls", FOLDER .. " -S REVISION:1,ACL:ALPHA\\\\labadmin:0/0x3/0x1f01ff,"
		.. "ACL:BUILTIN\\\\Administrators:0/0x3/0x1f01ff")
	client("smbclient", ("-c 'mkdir %s/a;mkdir %s/b;put /etc/hostname %s/a/x.iso'"):format(FOLDER, FOLDER, FOLDER))
end

function mixture.remove()
	hosts:remove() -- and everything else whose name begins so
	-- not behind smbd's back: its workers would go on showing it
	lab.adsh { "-e", ("share.remove(%q, %q)"):format(FS, SHARE) }
	on("fs1", "rm -rf /srv/mixt /var/lib/samba/data/" .. FOLDER)
end

function mixture.seed()
	mixture.remove()
	hosts:seed()
	lab.modify(ldif())
	make_folder()
end

-- ---- the run ----

--- The script: a plan of every kind of change.
function mixture.script()
	return lab.file(([[
		local FS, FOLDER, SHARE, GROUP, OLD = %q, %q, %q, %q, %q
		local function host(i) return ("mixt%%03d"):format(i) end
		return plan(function()
			share.grant(FS, "data", host(2), "read")
			account.create("MIXTNEW", { container = %q, description = "rack 8" })
			group.remove(OLD, "MIXTSPARE$")
			account.delete "MIXTSPARE$"
			local made = group.create(GROUP, { container = %q, members = { host(1), host(2), host(3) } })
			for i = 1, 3 do
				delegation.allow(host(i), { "cifs/" .. host(i + 1), "cifs/" .. host(i + 1) .. ".alpha.test" }, { mode = "any" })
			end
			delegation.allow_from(host(4), { host(5), host(6) })
			delegation.allow_from(host(5), made.sid)
			spn.move({ %q, %q }, host(2))
			share.add(FS, SHARE, { path = "/srv/mixt", remark = "mixed", acl = "D:(A;;FA;;;BA)" })
			share.grant(FS, "data", GROUP, "change")
			folder.grant("//" .. FS .. "/data/" .. FOLDER, { GROUP, host(6) }, "change", { children = true })
		end):apply()
	]]):format(FS, FOLDER, SHARE, GROUP, OLD, "OU=Hosts," .. lab.base, "OU=Hosts," .. lab.base, service(1), service(2)))
end

-- ---- looking ----

local BASE64 = {}
for i, c in ipairs { ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"):byte(1, -1) } do
	BASE64[c] = i - 1
end

local function unbase64(text)
	local bytes, bits, n = {}, 0, 0
	for c in text:gmatch "[%w+/]" do
		bits, n = (bits << 6 | BASE64[c:byte()]) & 0xffff, n + 6
		if n >= 8 then
			n = n - 8
			bytes[#bytes + 1] = string.char(bits >> n & 0xff)
		end
	end
	return table.concat(bytes)
end

-- [MS-DTYP] 2.4.2.2 and 2.4.2.1
local function sid_text(bytes)
	local parts = { "S", tostring(bytes:byte(1)), tostring((">I6"):unpack(bytes, 3)) }
	for i = 1, bytes:byte(2) do
		parts[#parts + 1] = tostring(("<I4"):unpack(bytes, 5 + 4 * i))
	end
	return table.concat(parts, "-")
end

local MOVING = { uSNChanged = true, whenChanged = true, dSCorePropagationData = true }
-- of what comes again as another object
local OWN = { objectGUID = true, objectSid = true, uSNCreated = true, whenCreated = true, logonCount = true,
	pwdLastSet = true, badPasswordTime = true, lastLogon = true }
local AGAIN = { [GROUP] = true, mixtspare = true, MIXTSPARE = true, MIXTNEW = true }

-- The group's SID as in descriptors, and as text.
local function group_sids()
	local found = lab.search(("(sAMAccountName=%s)"):format(GROUP), "objectSid")[1]
	local bytes = found and unbase64(found.objectSid[1])
	return bytes, bytes and sid_text(bytes)
end

local function plainly(text, old, new)
	return (text:gsub(old and old:gsub("%p", "%%%0"):gsub("%z", "%%z") or "^$", (new:gsub("%%", "%%%%"))))
end

local function put_objects(all, bytes)
	for _, e in ipairs(lab.search("(|(sAMAccountName=mixt*)(name=*mixt*))", "'*'")) do
		for attribute, values in pairs(e) do
			if attribute ~= "dn" and not MOVING[attribute] and not (AGAIN[e.cn[1]] and OWN[attribute]) then
				table.sort(values)
				local text = table.concat(values, ", ")
				if attribute == "msDS-AllowedToActOnBehalfOfOtherIdentity" then
					text = plainly(unbase64(text), bytes, "<" .. GROUP .. ">"):gsub("[^%g]", function(c)
						return ("\\%02x"):format(c:byte())
					end)
				end
				all[e.dn:lower() .. " " .. attribute] = text
			end
		end
	end
end

local function rpcclient(command)
	return select(2, lab.sh(("KRB5CCNAME=%s rpcclient --use-kerberos=required %s -c %s"):format(lab.login "labadmin", FS,
		lab.quote(command))))
end

-- The access list of a share, its entries in their order. smbd's workers learn of a new share one after the other.
local function share_acl(name, text)
	local out
	for _ = 1, 20 do
		out = rpcclient(("netsharegetinfo %s 502"):format(name))
		if out:find "netname:" then
			break
		end
		lab.must "sleep 0.2"
	end
	local entries = {}
	for flags, mask, sid in out:gmatch "type: (ACCESS.-)%s*\n.-Permissions: (0x%x+).-SID: (S%-[%d-]+)" do
		entries[#entries + 1] = ("%s %s %s"):format(flags, mask, plainly(sid, text, GROUP))
	end
	return table.concat(entries, ", ")
end

-- Shares by name, in the order of the server's list: where one is listed twice, both are seen.
local function put_shares(all, text)
	local out, names = rpcclient "netshareenumall", {}
	for name, remark, path in out:gmatch "netname: (%S+)%s*remark:\t([^\n]*)%s*path:\t([^\n]*)" do
		names[#names + 1] = ("%s %s %s"):format(name, remark, path)
		if name == "data" or name == SHARE then
			all["share " .. name] = share_acl(name, text)
		end
	end
	table.sort(names)
	all["shares"] = table.concat(names, "; ")
end

local function put_folders(all, text)
	for _, path in ipairs(TREE) do
		local out = client("smbcacls", lab.quote(FOLDER .. path) .. " --sddl")
		all["folder " .. path] = plainly(out:match "[^\n]*", text, GROUP)
	end
end

--- Everything that the run can touch, as text: name -> value. The SID of the group that comes and goes is its name.
function mixture.snapshot()
	local all, bytes, text = {}, group_sids()
	put_objects(all, bytes)
	put_shares(all, text)
	put_folders(all, text)
	return all
end

-- What the script has to make of it, as far as it can be said in a few words; the rest is in the verbs' own tests.
local WANTED = {
	["cn=mixt001 msDS-AllowedToDelegateTo"] = "^cifs/mixt002, cifs/mixt002.alpha.test$",
	["cn=mixt001 userAccountControl"] = "^16781312$", -- 0x1000000, 0x1000
	["cn=mixt002 servicePrincipalName"] = "^HTTP/mixt1.alpha.test, HTTP/mixt2.alpha.test$",
	["cn=mixt005 msDS-AllowedToActOnBehalfOfOtherIdentity"] = "<mixtgroup>$",
	["cn=mixtgroup member"] = "^CN=mixt001,.*, CN=mixt002,.*, CN=mixt003,[^ ]*$",
	["cn=mixtnew userAccountControl"] = "^4098$",
	["cn=mixtnew description"] = "^rack 8$",
	["cn=mixtold member"] = "^CN=mixt006,[^ ]*$",
	shares = "; mixtshare mixed C:\\srv\\mixt$",
	["share data"] = "0x1200a9 S.*, ACCESS ALLOWED %(0%) flags: 0x00 0x1301bf mixtgroup$",
	["share mixtshare"] = "^ACCESS ALLOWED %(0%) flags: 0x00 0x1f01ff S%-1%-5%-32%-544$",
	["folder "] = "%(A;OICI;0x1301bf;;;mixtgroup%)",
	["folder /b"] = "%(A;OICIID;0x1301bf;;;mixtgroup%)",
	["folder /a/x.iso"] = "%(A;ID;0x1301bf;;;mixtgroup%)",
}

--- Is this snapshot, taken after the script, what it should be?
function mixture.prove(all)
	for name, pattern in pairs(WANTED) do
		local found = all[name] or all[name:gsub(" ", ",ou=hosts," .. lab.base:lower() .. " ", 1)] or "nothing"
		assert(found:find(pattern), name .. ": " .. found)
	end
	for name in pairs(all) do
		assert(not name:find("mixtspare", 1, true) and not name:find "^cn=mixt001.*servicePrincipalName", name)
	end
end

--- The differences between two snapshots, in lines; "" when there are none.
function mixture.difference(is, wanted)
	local lines, names = {}, {}
	for _, all in ipairs { is, wanted } do
		for name in pairs(all) do
			names[name] = true
		end
	end
	for name in pairs(names) do
		if is[name] ~= wanted[name] then
			lines[#lines + 1] = ("%s: %s, not %s"):format(name, is[name] or "nothing", wanted[name] or "nothing")
		end
	end
	table.sort(lines)
	return table.concat(lines, "\n")
end

return mixture
