-- Paths through DFS: links in a share of fs1 and the namespaces of both domains, against rpcclient, smbcacls
-- and sharesec.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local FS, DC = "fs1.alpha.test", lab.dc
local ROOT = "//" .. FS .. "/dfs/"

local function on(node, command)
	return lab.must(("%s/in.sh %s sh -c %s"):format(lab.scripts, node, lab.quote(command)))
end

local function fault(node, ...)
	return lab.must(table.concat({ lab.scripts .. "/fault.sh", node, ... }, " "))
end

local function as_admin(command)
	return lab.must(("KRB5CCNAME=%s %s"):format(lab.login "labadmin", command))
end

local adsh, ok, json = lab.script()

-- f(path) of each of these paths, in one process.
local function each(f, ...)
	local calls = {}
	for i, path in ipairs { ... } do
		calls[i] = ("%s(%q)"):format(f, path)
	end
	local list, err = json("return { " .. table.concat(calls, ", ") .. " }")
	list[#list + 1] = err
	return table.unpack(list)
end

-- Of each link, its targets in order.
local LINKS = {
	one = { DC .. [[\data]] },
	two = { DC .. [[\data]], FS .. [[\data]] },
	inner = { DC .. [[\data\deep]] },
	between = { FS .. [[\dfs\one]] },
	below = { FS .. [[\dfs\one\deep]] },
	again = { FS .. [[\dfs]] },
	["Bücher 書"] = { FS .. [[\data]] },
	nowhere = { [[fs9.alpha.test\data]], DC .. [[\data]], FS .. [[\data]] },
	silent = { [[dc1.beta.test\data]], FS .. [[\data]] },
	unshared = { FS .. [[\nosuch]], DC .. [[\data]] },
	short = { [[DC1\data]] },
	outside = { [[fs.example.com\data]], DC .. [[\data]] },
	circle = { FS .. [[\dfs\circle2]] },
	circle2 = { FS .. [[\dfs\circle]] },
	dead = { [[fs8.alpha.test\data]], [[fs9.alpha.test\data]] },
}
for i = 1, 9 do
	LINKS["step" .. i] = { ([[%s\dfs\step%d]]):format(FS, i + 1) }
end
LINKS.step10 = { DC .. [[\data]] }
LINKS.many = {}
for i = 1, 70 do
	LINKS.many[i] = ([[no%d.alpha.test\data]]):format(i)
end

local function lay_out()
	local lines = { "mkdir -p /var/lib/samba/dfs/plain; chmod 0777 /var/lib/samba/dfs/plain; cd /var/lib/samba/dfs" }
	for name, targets in pairs(LINKS) do
		lines[#lines + 1] = ("ln -sfn %s %s"):format(lab.quote("msdfs:" .. table.concat(targets, ",")), lab.quote(name))
	end
	lines[#lines + 1] = "printf '[dfs]\\n path = /var/lib/samba/dfs\\n msdfs root = yes\\n read only = no\\n"
		.. "[proxy]\\n path = /var/lib/samba/dfs\\n msdfs root = yes\\n msdfs proxy = \\\\" .. DC
		.. "\\\\data\\n' > /etc/samba/shares.conf"
	lines[#lines + 1] = "smbcontrol all reload-config; smbcontrol smbd ping"
	on("fs1", table.concat(lines, "\n"))
	fault("fs1", "kill-rpc") -- these read the shares once, when they start
	on("dc1", "mkdir -p /var/lib/samba/data/deep/folder; chmod 0777 /var/lib/samba/data/deep /var/lib/samba/data/deep/*")
	on("fs1", "mkdir -p /var/lib/samba/data/deep/folder; chmod 0777 /var/lib/samba/data/deep /var/lib/samba/data/deep/*")
end

local function smbcacls(path)
	local share, rest = path:match "^\\\\([^\\]+\\[^\\]+)\\?(.*)$"
	return as_admin(("smbcacls --use-kerberos=required %s %s --sddl"):format(lab.quote("//" .. share:gsub("\\", "/")),
		lab.quote(rest))):gsub("0x0+(%x)", "0x%1")
end

local function entries(sddl)
	return sddl:match "D:%w*(%(.*%))" or sddl
end

setup(lay_out)
teardown(function()
	on("fs1", [[: > /etc/samba/shares.conf; smbcontrol all reload-config
		rm -rf /var/lib/samba/dfs /var/lib/samba/data/deep]])
	on("dc1", "rm -rf /var/lib/samba/data/deep")
	fault("dcb", "unblock")
end)

describe("a path through DFS", function()
	it("leads where rpcclient's enumeration says", function()
		local out
		for _ = 1, 50 do -- a worker reads new shares when it lists them
			out = as_admin(("rpcclient --use-kerberos=required %s -c 'netshareenum; dfsenum 3'"):format(FS))
			if out:find([[\dfs\two]], 1, true) then
				break
			end
			lab.sh "sleep 0.2"
		end
		local checked = 0
		for name, rest in out:gsub("path: ", "\0"):gmatch "%z\\\\FS1\\dfs\\([^\n]+)\n([^%z]*)" do
			local targets = {}
			for server, share in rest:gmatch "server: ([^\n]+)\n[^\n]*share: ([^\n]+)" do
				targets[#targets + 1] = ([[\\%s\%s]]):format(server, share)
			end
			if name == "one" or name == "two" then
				local r = each("folder.resolve", ROOT .. name .. "/deep/folder")
				assert.equal(targets[1], r.target)
				assert.same({ table.unpack(targets, 2) }, r.others)
				assert.equal(targets[1] .. [[\deep\folder]], r.unc)
				assert.equal(([[\\%s\dfs\%s]]):format(FS, name), r.link)
				checked = checked + 1
			end
		end
		assert.equal(2, checked)
		local plain, other = each("folder.resolve", ROOT .. "plain/x", "//" .. FS .. "/data/deep")
		assert.same({ unc = ([[\\%s\dfs\plain\x]]):format(FS) }, plain)
		assert.same({ unc = ([[\\%s\data\deep]]):format(FS) }, other)
	end)

	it("shows the permissions of the target, which it names", function()
		on("dc1", [[samba-tool ntacl set 'O:BAG:BAD:P(A;OICI;FA;;;WD)(A;OICI;0x1200a9;;;BU)' \
			/var/lib/samba/data/deep/folder]])
		local theirs = smbcacls(([[\\%s\data\deep\folder]]):format(DC))
		local one, inner, between, err = each("folder.acl", ROOT .. "one/deep/folder", ROOT .. "inner/folder",
			ROOT .. "between/deep/folder")
		for _, o in ipairs { one, inner, between } do
			assert.equal(([[\\%s\data\deep\folder]]):format(DC), o.unc)
			assert.equal(entries(theirs), entries(o.sddl))
		end
		assert.equal(("note: \\\\F\\dfs\\one is \\\\D\\data\nnote: \\\\F\\dfs\\inner is \\\\D\\data\\deep\n"
			.. "note: \\\\F\\dfs\\between is \\\\D\\data\n"):gsub("%f[%w][FD]%f[%W]", { F = FS, D = DC }), err)
		assert.matches("BU%)", smbcacls(([[\\%s\dfs\one\deep\folder]]):format(FS))) -- smbcacls follows it, too
	end)

	it("knows links by any case and any letters, by NetBIOS names, and passes shares that stand for others", function()
		local case, letters, both, short, proxy, top, below, again = each("folder.resolve", ROOT .. "ONE/deep",
			ROOT .. "Bücher 書/deep", ROOT .. "bÜCHER 書/deep", ROOT .. "short/deep", "//" .. FS .. "/proxy/deep/folder",
			ROOT .. "between/", ROOT .. "below/folder", ROOT .. "again/one/deep")
		assert.equal(([[\\%s\data\deep]]):format(DC), case.unc)
		assert.equal(([[\\%s\dfs\ONE]]):format(FS), case.link)
		assert.equal(([[\\%s\data\deep]]):format(FS), letters.unc)
		assert.equal(([[\\%s\data\deep]]):format(FS), both.unc)
		assert.equal(([[\\%s\dfs\bÜCHER 書]]):format(FS), both.link)
		assert.equal(([[\\%s\data]]):format(DC), short.target)
		assert.equal(([[\\%s\data\deep\folder]]):format(DC), proxy.unc)
		assert.equal(([[\\%s\data\]]):format(DC), top.unc)
		assert.equal(([[\\%s\dfs\below]]):format(FS), below.link)
		assert.equal(([[\\%s\data\deep]]):format(DC), below.target)
		assert.equal(([[\\%s\dfs\again\one]]):format(FS), again.link)
		assert.equal(([[\\%s\data]]):format(DC), again.target)
		local of_letters, of_proxy = each("folder.acl", ROOT .. "Bücher 書/deep", "//" .. FS .. "/proxy")
		assert.equal(([[\\%s\data\deep]]):format(FS), of_letters.unc)
		assert.equal(([[\\%s\data\]]):format(DC), of_proxy.unc)
	end)

	it("is asked once for all that is below a link", function()
		local code = ([[folder.resolve(%q); assert(os.execute(%q)); print(folder.resolve(%q).unc)]]):format(
			ROOT .. "one/deep", lab.scripts .. "/in.sh fs1 rm /var/lib/samba/dfs/one", ROOT .. "one/deep/folder")
		finally(lay_out)
		assert.equal(([[\\%s\data\deep\folder]]):format(DC) .. "\n", (ok(code)))
		assert.equal(0, (adsh(("assert(not folder.resolve(%q).link)"):format(ROOT .. "one/deep"))))
	end)
end)

describe("a target", function()
	it("that cannot be used is passed over, in the order of the link", function()
		local r, unshared, err = each("folder.resolve", ROOT .. "nowhere/deep", ROOT .. "unshared/deep")
		assert.equal(([[\\%s\data]]):format(DC), r.target)
		assert.same({ [[\\fs9.alpha.test\data]], ([[\\%s\data]]):format(FS) }, r.others)
		assert.equal(([[\\%s\data]]):format(DC), unshared.target)
		assert.equal("", err)
		fault("dcb", "reject", 445)
		local out
		out, err = json(("folder.acl(%q)"):format(ROOT .. "silent/deep"))
		assert.equal(([[\\%s\data\deep]]):format(FS), out.unc)
		assert.matches([[warning: \\dc1.beta.test\data cannot be used; using the next target of the DFS link]], err, 1,
			true)
		fault("dcb", "unblock")
	end)

	it("is not left for another one because of what is in it", function()
		local status, _, err = adsh(("folder.acl(%q)"):format(ROOT .. "two/nosuch"))
		assert.equal(1, status)
		assert.matches(([[\\%s\data\nosuch: no such file]]):format(DC), err, 1, true)
		assert.not_matches("cannot be used", err)
	end)

	it("lacks: the last reason is told", function()
		local status, _, err = adsh(("folder.acl(%q)"):format(ROOT .. "dead/x"))
		assert.equal(5, status)
		assert.matches(([[no target of the DFS link \\%s\dfs\dead can be used; the last target: ]]):format(FS), err, 1, true)
		assert.matches("fs9.alpha.test has no address", err, 1, true)
	end)

	it("outside the known domains is told before it is asked", function()
		local r, err = json(("folder.acl(%q)"):format(ROOT .. "outside/deep"))
		assert.equal(([[\\%s\data\deep]]):format(DC), r.unc)
		assert.matches(([[warning: the DFS link \\%s\dfs\outside leads to \\fs.example.com\data, which is outside]]):format(
			FS), err, 1, true)
		r, err = json(("folder.acl(%q)"):format(ROOT .. "silent"))
		assert.equal([[\\dc1.beta.test\data\]], r.unc)
		assert.not_matches("outside", err) -- beta.test is trusted
	end)
end)

describe("links without an end", function()
	it("are a clear error", function()
		local status, _, err = adsh(("folder.acl(%q)"):format(ROOT .. "circle/x"))
		assert.equal(1, status)
		assert.matches(([[form a loop: \\F\dfs\circle\x -> \\F\dfs\circle2\x -> \\F\dfs\circle\x]]
			):gsub("F", FS), err, 1, true)
		status, _, err = adsh(("folder.acl(%q)"):format(ROOT .. "step2/x"))
		assert.equal(1, status)
		assert.matches("more than 8 DFS links", err)
		assert.equal(([[\\%s\data\deep]]):format(DC), each("folder.resolve", ROOT .. "step3/deep").unc)
		status, _, err = adsh(("folder.acl(%q)"):format(ROOT .. "many/x"))
		assert.equal(1, status)
		assert.matches("after 64 requests", err)
	end)
end)

describe("a namespace of a domain", function()
	it("is on the servers that a DC names", function()
		local top, below, other, err = each("folder.acl", "//alpha.test/sysvol", "//ALPHA/sysvol/alpha.test",
			"//Alpha.Test./netlogon")
		assert.equal(([[\\%s\sysvol\]]):format(DC), top.unc)
		assert.equal(([[\\%s\sysvol\alpha.test]]):format(DC), below.unc)
		assert.equal(([[\\%s\netlogon\]]):format(DC), other.unc)
		assert.matches(([[note: \\ALPHA\sysvol is \\%s\sysvol]]):format(DC), err, 1, true)
		local theirs = entries(smbcacls [[\\dc1.beta.test\sysvol\beta.test]])
		local dns, netbios = each("folder.acl", "//beta.test/sysvol/beta.test", "//BETA/sysvol/beta.test")
		for _, o in ipairs { dns, netbios } do -- both domains have a DC1
			assert.equal([[\\dc1.beta.test\sysvol\beta.test]], o.unc)
			assert.equal(theirs, entries(o.sddl))
		end
	end)

	it("has shares, too", function()
		local o = json "share.acl('alpha.test', 'sysvol')"
		assert.equal(([[\\%s\sysvol]]):format(DC), o.unc)
		assert.equal(json(("share.acl(%q, 'sysvol')"):format(DC)).sddl, o.sddl)
		for _, code in ipairs { "share.remove('alpha.test', 'sysvol')", "share.add('alpha.test', 'new', '/tmp')",
			"share.list 'alpha.test'" } do
			local status, _, err = adsh(code)
			assert.equal(2, status)
			assert.matches("alpha.test is a domain, not a file server", err)
		end
	end)

	it("that is not there is told", function()
		local status, _, err = adsh "folder.acl '//alpha.test/nosuch/x'"
		assert.equal(1, status)
		assert.matches("the domain alpha.test has no namespace nosuch", err)
	end)
end)

describe("a change through DFS", function()
	local PATH = ([[\\%s\data\deep\folder]]):format(DC)
	local grant = ("folder.grant(%q, 'host01', 'read')"):format(ROOT .. "two/deep/folder")

	it("is planned, written and undone where the target is", function()
		local before = smbcacls(PATH)
		local status, out, err = adsh(grant, "-n")
		assert.equal(4, status)
		assert.matches(PATH, out .. err, 1, true)
		assert.matches(([[note: \\%s\dfs\two is \\%s\data]]):format(FS, DC), err, 1, true)
		assert.matches(([[note: \\%s\dfs\two has other targets, which change only by replication (DFSR), if at all: \\%s]]
			):format(FS, FS), err, 1, true)
		assert.equal(before, smbcacls(PATH))
		local other = smbcacls(([[\\%s\data\deep\folder]]):format(FS))
		local result = json(grant)
		assert.equal(1, result.changed)
		assert.equal(PATH, result.changes[1].dn)
		assert.not_equal(before, smbcacls(PATH))
		assert.equal(other, smbcacls(([[\\%s\data\deep\folder]]):format(FS)))
		finally(lay_out)
		on("fs1", "rm /var/lib/samba/dfs/two") -- the journal names the server, not the link
		ok(("journal.undo %q"):format(result.run))
		assert.equal(entries(before), entries(smbcacls(PATH)))
	end)

	it("does not tell of other targets when there are none", function()
		local _, _, err = adsh(("folder.grant(%q, 'host01', 'read')"):format(ROOT .. "one/deep/folder"), "-n")
		assert.not_matches("other targets", err)
		_, _, err = adsh(("folder.acl(%q)"):format(ROOT .. "two/deep"))
		assert.not_matches("other targets", err)
	end)
end)
