-- AD's forced limits, which Samba does not have: 1000 entries without paging, pages of 1000,
-- 1500 values of an attribute, referrals. A proxy in front of the DC (tests/lab/limits.sh)
-- enforces them as Windows does.
local connect = require "adsh.core.directory".connect

local base = os.getenv "LAB_BASE"
local lab = os.getenv "LAB_HERE"
local ou = "OU=Limits," .. base
local N = 1600 -- more than a page, and more than a range
local VALUES = 3100 -- three ranges

local function run(command)
	local pipe = assert(io.popen(command .. " 2>&1"))
	local out = pipe:read "a"
	assert(pipe:close(), out)
	return out
end

local password_file = os.tmpname()

local function proxied()
	return assert(connect {
		server = os.getenv "LAB_DC" .. ":3389", tls = "starttls", cacert = os.getenv "LAB_CA", simple = true,
		user = "Administrator@" .. os.getenv "LAB_REALM", password_file = password_file,
	})
end

local function count(...)
	local n = 0
	for _ in ... do
		n = n + 1
	end
	return n
end

local function failure(dir, options)
	local n = 0
	local _, err = pcall(function()
		for _ in dir:search(options) do
			n = n + 1
		end
	end)
	return err, n
end

-- N contacts, a group with them as members, and a contact with VALUES numbers
local function ldif(write)
	write(("dn: %s\nobjectClass: organizationalUnit\n\n"):format(ou))
	for i = 1, N do
		write(("dn: CN=contact%04d,%s\nobjectClass: contact\n\n"):format(i, ou))
	end
	write(("dn: CN=many,%s\nobjectClass: group\n"):format(ou))
	for i = 1, N do
		write(("member: CN=contact%04d,%s\n"):format(i, ou))
	end
	write(("\ndn: CN=numbers,%s\nobjectClass: contact\n"):format(ou))
	for i = 1, VALUES do
		write(("otherHomePhone: %05d\n"):format(i))
	end
	write("\n")
end

describe("AD's limits", function()
	local ldap = ("-Q -Y GSSAPI -H ldap://%s "):format(os.getenv "LAB_DC")
	local dir

	setup(function()
		local file = assert(io.open(password_file, "w"))
		file:write(os.getenv "LAB_PASS", "\n")
		file:close()
		run("kinit Administrator < " .. password_file)
		-- stays there for the next run in this lab: to delete it takes half a minute
		if not os.execute("ldapsearch " .. ldap .. ("-b '%s' -s base dn >/dev/null 2>&1"):format(ou)) then
			local pipe = assert(io.popen("ldapadd " .. ldap .. " >/dev/null", "w"))
			ldif(function(text) pipe:write(text) end)
			assert(pipe:close())
		end
		run(lab .. "/limits.sh start --referral DC=beta,DC=test=ldap://dc1.beta.test")
		dir = proxied()
	end)
	teardown(function()
		dir:close()
		run(lab .. "/limits.sh stop")
		os.remove(password_file)
	end)

	it("pages on past 1000 entries, whatever page is asked for", function()
		for _, page in ipairs { 1000, 300, 5000 } do
			local next_entry, search = dir:search { base = ou, filter = "(cn=contact*)", page = page }
			assert.are.equal(N, count(next_entry))
			assert.are.equal(math.ceil(N / math.min(page, 1000)), search:requests())
		end
	end)

	it("takes the size limit for an error that says how many came", function()
		local err, n = failure(dir, { base = ou, filter = "(cn=contact*)", page = -1 })
		assert.are.equal(1000, n)
		assert.are.equal(4, err.code) -- sizeLimitExceeded
		assert.is_truthy(err.message:match "after 1000 entries")
	end)

	it("completes values that come in ranges", function()
		local expected = {}
		for i = 1, VALUES do
			expected[i] = ("%05d"):format(i)
		end
		for e in dir:search { base = ou, filter = "(cn=numbers)" } do
			local values = e.otherHomePhone
			table.sort(values)
			assert.are.same(expected, values)
		end
		assert.are.equal(1, count(dir:search { base = ou, filter = "(cn=numbers)" }))
	end)

	it("shows nothing of ranges", function()
		for e in dir:search { base = ou, filter = "(cn=many)" } do
			local names, members = {}, {}
			for name, values in pairs(e) do
				assert.is_nil(name:find(";", 1, true))
				assert.is_true(#values > 0, name)
				assert.is_nil(names[name:lower()])
				names[name:lower()] = true
			end
			for _, dn in ipairs(e.member) do
				members[dn:lower()] = true
			end
			assert.are.equal(N, #e.member)
			for i = 1, N do
				assert.is_true(members[("cn=contact%04d,%s"):format(i, ou):lower()])
			end
		end
	end)

	it("completes ranges in the middle of pages", function()
		local full = 0
		for e in dir:search { base = ou, page = 7, attributes = { "cn", "member" } } do
			full = full + #(e.member or {})
		end
		assert.are.equal(N, full)
	end)

	it("leaves ranges alone that were asked for", function()
		for e in dir:search { base = ou, filter = "(cn=many)", attributes = { "member;range=10-19" } } do
			assert.are.equal(10, #e["member;range=10-19"])
		end
	end)

	it("takes a referral for an error that names the other server", function()
		local err, n = failure(dir, { base = "CN=Users,DC=beta,DC=test" })
		assert.are.equal(0, n)
		assert.are.equal(10, err.code) -- referral
		assert.is_truthy(err.message:find("ldap://dc1.beta.test/CN=Users,DC=beta,DC=test", 1, true))
		assert.are.same({ "ldap://dc1.beta.test/CN=Users,DC=beta,DC=test" }, dir:referrals())
	end)

	it("takes a lost connection for an error that says how many came", function()
		local other, n = proxied(), 0
		local _, err = pcall(function()
			for _ in other:search { base = ou, filter = "(cn=contact*)", page = 10 } do
				n = n + 1
				if n == 500 then
					run(lab .. "/limits.sh stop")
				end
			end
		end)
		assert.is_true(n >= 500 and n <= 520, n)
		assert.are.equal("connect", err.kind)
		assert.is_truthy(err.message:match("after " .. n .. " entries"))
		other:close()
		run(lab .. "/limits.sh start --referral DC=beta,DC=test=ldap://dc1.beta.test")
		dir = proxied()
	end)
end)
