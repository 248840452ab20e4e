-- Searching a real directory; ldapsearch over the same connection type says what is expected.
local connect = require "adsh.core.directory".connect

local base = os.getenv "LAB_BASE"
local lab = os.getenv "LAB_HERE"

local function run(command)
	local pipe = assert(io.popen(command .. " 2>&1"))
	local out = pipe:read "a"
	assert(pipe:close(), out)
	return out
end

local password_file = os.tmpname()

local function open(options)
	options = options or {}
	options.server = os.getenv "LAB_DC"
	options.user = "Administrator@" .. os.getenv "LAB_REALM"
	options.password_file = password_file
	return assert(connect(options))
end

-- the DNs, or the first values of an attribute, in lower case and sorted
local function ldapsearch(filter, what, options)
	local out = run(("ldapsearch -LLL -o ldif-wrap=no -Q -Y GSSAPI -H ldap://%s -b '%s' %s '%s' %s"):format(
		os.getenv "LAB_DC", base, options or "", filter, what == "dn" and "1.1" or what))
	local list = {}
	for value in out:gmatch("\n?" .. what .. ": ([^\n]+)") do
		list[#list + 1] = value:lower()
	end
	table.sort(list)
	return list
end

local function dns(iterate)
	local list = {}
	for e in table.unpack(iterate) do
		list[#list + 1] = e.dn:lower()
	end
	table.sort(list)
	return list
end

describe("dir:search", function()
	local dir

	setup(function()
		local file = assert(io.open(password_file, "w"))
		file:write(os.getenv "LAB_PASS", "\n")
		file:close()
		run("kinit Administrator < " .. password_file)
		dir = open()
	end)
	teardown(function()
		dir:close()
		os.remove(password_file)
	end)

	it("finds over all pages what ldapsearch finds", function()
		local expected = ldapsearch("(objectClass=user)", "dn")
		assert.is_true(#expected > 10)
		for _, page in ipairs { 1, 3, #expected, 1000, -1 } do
			assert.are.same(expected, dns { dir:search { filter = "(objectClass=user)", page = page } })
		end
	end)

	it("sends one request for each page", function()
		local n = #ldapsearch("(objectClass=user)", "dn")
		local page = 4
		while n % page == 0 do -- after a full last page Samba announces one more
			page = page + 1
		end
		local next_entry, search = dir:search { filter = "(objectClass=user)", page = page }
		while next_entry() do end
		assert.are.equal(n, search:count())
		assert.are.equal(math.ceil(n / page), search:requests())
	end)

	it("knows scopes and bases", function()
		local hosts = "OU=Hosts," .. base
		assert.are.same({ hosts:lower() }, dns { dir:search { base = hosts, scope = "base" } })
		assert.are.same(ldapsearch("(objectClass=*)", "dn", "-s one"), dns { dir:search { scope = "one" } })
	end)

	it("gives values of any byte, whatever case the name has", function()
		local expected = run(("ldapsearch -LLL -o ldif-wrap=no -Q -Y GSSAPI -H ldap://%s -b '%s' " ..
			"'(sAMAccountName=host01$)' objectGUID servicePrincipalName"):format(os.getenv "LAB_DC", base))
		local found = 0
		for e in dir:search { filter = "(sAMAccountName=host01$)" } do
			found = found + 1
			local pipe = io.popen("base64 -d | od -An -tx1 -v | tr -d ' \n' > " .. password_file .. ".hex", "w")
			pipe:write(expected:match "objectGUID:: ([^\n]+)")
			pipe:close()
			local hex = io.open(password_file .. ".hex"):read "a"
			os.remove(password_file .. ".hex")
			assert.are.equal(hex, (e.objectguid[1]:gsub(".", function(c)
				return ("%02x"):format(c:byte())
			end)))
			local names = {}
			for name in expected:gmatch "servicePrincipalName: ([^\n]+)" do
				names[#names + 1] = name
			end
			assert.is_true(#names > 1)
			assert.are.same(names, e.SERVICEPRINCIPALNAME)
			assert.are.same(names, e:attributes().servicePrincipalName)
			assert.are.equal(names[1], e:first "servicePrincipalName")
			assert.is_nil(e.noSuchAttribute)
			assert.is_nil(e:first "noSuchAttribute")
			for name, values in pairs(e) do
				assert.are.same(e[name], values)
			end
		end
		assert.are.equal(1, found)
	end)

	it("keeps entries after the search and the directory are gone", function()
		local other, kept = open(), {}
		for e in other:search { filter = "(objectClass=computer)", page = 3, attributes = { "cn" } } do
			kept[#kept + 1] = e
		end
		other:close()
		collectgarbage()
		for _, e in ipairs(kept) do
			assert.are.equal("cn=" .. e.cn[1]:lower(), e.dn:match("^[^,]+"):lower())
		end
	end)

	it("stops at a limit, which is no error", function()
		for _, limit in ipairs { 1, 3, 4, 5 } do
			assert.are.equal(limit, #dns { dir:search { limit = limit, page = 4 } })
		end
	end)

	it("abandons on break, and the connection goes on", function()
		for i = 1, 50 do
			for _ in dir:search { page = 2 } do
				if i then
					break
				end
			end
			assert.are.equal(1, #dns { dir:search { base = base, scope = "base" } }, i)
		end
	end)

	it("runs inside another search", function()
		local n = 0
		for e in dir:search { filter = "(objectClass=computer)", page = 2 } do
			for same in dir:search { base = e.dn, scope = "base" } do
				assert.are.equal(e.dn, same.dn)
				n = n + 1
			end
		end
		assert.are.equal(#ldapsearch("(objectClass=computer)", "dn"), n)
	end)

	-- Samba keeps the paged searches of one connection that were used last, and refuses the older ones
	-- (53); Windows does the same (12, MaxResultSetsPerConn).
	it("goes on where the server has lost its place", function()
		local expected = ldapsearch("(objectClass=user)", "dn")
		local other, lists, searches = open(), {}, {}
		for i = 1, 12 do
			searches[i], lists[i] = other:search { filter = "(objectClass=user)", page = 3 }, {}
		end
		for i = 1, #searches do
			local limited = i == 1 and other:search { filter = "(objectClass=user)", page = 3, limit = 7 }
			for n = 1, #expected + 1 do
				local e = searches[i]()
				lists[i][n] = e and e.dn:lower()
				if limited then
					assert.are.equal(n <= 7, limited() ~= nil)
				end
			end
			table.sort(lists[i])
			assert.are.same(expected, lists[i])
		end
		other:close()
	end)

	it("goes on while its own connection writes", function()
		local spn = require "adsh.spn"
		local filter, seen = "(sAMAccountName=host0*)", 0
		for e in dir:search { filter = filter, page = 2 } do
			local name = "search-test/" .. e.cn[1]
			assert.are.equal(1, spn.add(e, name).changed)
			assert.are.equal(1, spn.remove(e.dn, name).changed)
			seen = seen + 1
		end
		assert.are.equal(#ldapsearch(filter, "dn"), seen)
		assert.are.same({}, ldapsearch("(servicePrincipalName=search-test/*)", "dn"))
	end)

	it("lists references that it did not follow", function()
		for _ in dir:search { filter = "(cn=nobody at all)" } do end
		local urls = dir:referrals()
		assert.is_true(#urls > 0)
		for _, url in ipairs(urls) do
			assert.is_truthy(url:match "^ldap://")
		end
	end)

	it("reads descriptors without the audit part, and deleted objects when asked", function()
		for e in dir:search { base = base, scope = "base", attributes = { "nTSecurityDescriptor" } } do
			local control, sacl = ("<I2"):unpack(e.nTSecurityDescriptor[1], 3), ("<I4"):unpack(e.nTSecurityDescriptor[1], 13)
			assert.are.equal(0, sacl) -- MS-DTYP 2.4.6
			assert.are.equal(4, control & 4) -- DACL present
		end
		local deleted = "cn=deleted objects," .. base:lower()
		assert.are.same({}, dns { dir:search { filter = "(isDeleted=TRUE)" } })
		local found = dns { dir:search { filter = "(isDeleted=TRUE)", deleted = true } }
		assert.is_truthy(table.concat(found, "\n"):find(deleted, 1, true))
	end)

	it("says what is wrong", function()
		local function failure(options)
			local _, err = pcall(function()
				for _ in dir:search(options) do end
			end)
			return err
		end
		local err = failure { base = "CN=nobody," .. base }
		assert.are.equal("notfound", err.kind)
		assert.are.equal(32, err.code)
		assert.are.equal("usage", failure { filter = "(cn=" }.kind)
		assert.is_truthy(tostring(failure { fliter = "x" }):match "unknown option 'fliter'.*filter")
		assert.is_truthy(tostring(failure { scope = "tree" }):match "base, one or subtree")
		local gone = open()
		gone:close()
		assert.has_error(function() gone:search {} end)
	end)

	it("is an error when the directory is closed meanwhile", function()
		local other = open()
		local _, err = pcall(function()
			for _ in other:search { page = 2 } do
				other:close()
			end
		end)
		assert.are.equal("connect", err.kind)
		assert.is_truthy(err.message:match "closed, after 1 entry")
	end)

	it("is an error when time is up", function()
		local other = open()
		run(lab .. "/fault.sh dc1 freeze-ldap")
		local _, err = pcall(function()
			for _ in other:search { timeout = 1 } do end
		end)
		run(lab .. "/fault.sh dc1 thaw-ldap")
		other:close()
		assert.are.equal(-5, err.code) -- LDAP_TIMEOUT
		assert.is_nil(err.message:find "entries")
	end)

	it("does not leak over many rounds", function()
		if os.getenv "ADSH_SANITIZED" == "1" then
			pending "AddressSanitizer holds back freed memory; LeakSanitizer looks instead"
			return
		end
		local function resident()
			for line in io.lines "/proc/self/status" do
				local kib = line:match "VmRSS:%s+(%d+)"
				if kib then return tonumber(kib) end
			end
		end
		local function round()
			for _ = 1, 100 do
				for e in dir:search { filter = "(objectClass=user)", page = 5 } do
					e:attributes()
				end
			end
			collectgarbage()
			collectgarbage()
		end
		round()
		local before = resident()
		round()
		assert.is_true(resident() - before < 2000)
	end)
end)
