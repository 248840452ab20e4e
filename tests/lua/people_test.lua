-- What people see of names, times and flags; programs see them whole.
local flag_words = require "adsh.format.flag_words"
local output = require "adsh.output"
local printable = require "adsh.format.printable"
local short_dn = require "adsh.format.short_dn"
local tables = require "adsh.format.table"
local times = require "adsh.format.times"
local view = require "adsh.format.delegation_view"

local function written(v, terminal)
	local parts = {}
	tables.write(v, function(...)
		parts[#parts + 1] = table.concat { ... }
	end, terminal or {})
	return table.concat(parts)
end

local function told(format, v)
	local parts = {}
	output.write(v, format, function(...)
		parts[#parts + 1] = table.concat { ... }
	end)
	return table.concat(parts)
end

local function date(words)
	local pipe <close> = io.popen("date " .. words)
	return pipe:read "l"
end

local BERLIN, MUNICH = "CN=HOST04,OU=Berlin,DC=alpha,DC=test", "CN=HOST04,OU=Munich,OU=Sites,DC=alpha,DC=test"

describe("a distinguished name", function()
	it("is short in a table, and whole for programs", function()
		local rows = { { dn = BERLIN, member = { MUNICH, "no DN" } } }
		assert.equal("dn             member\n-------------  -------------------\n"
			.. "Berlin/HOST04  Sites/Munich/HOST04\n               no DN\n", written(rows))
		assert.matches(BERLIN, told("json", rows), 1, true)
		assert.matches(BERLIN, told("csv", rows), 1, true)
		assert.matches("dn: " .. BERLIN, told("ldif", rows), 1, true)
	end)

	it("is whole in blocks and alone", function()
		assert.equal("dn: " .. BERLIN .. "\n", written { dn = BERLIN })
		assert.equal(BERLIN .. "\n", written { BERLIN })
		tables.vertical = "on"
		local text = written { { dn = BERLIN } }
		tables.vertical = "auto"
		assert.equal("dn: " .. BERLIN .. "\n", text)
	end)

	it("has its domain in front where there are several", function()
		local other = "CN=HOST04,OU=Berlin,DC=beta,DC=test"
		assert.same({ [BERLIN] = "alpha.test/Berlin/HOST04", [other] = "beta.test/Berlin/HOST04" },
			short_dn.all { BERLIN, other })
	end)

	it("is whole where two would be alike, or its parts are not clear", function()
		local container = "CN=HOST04,CN=Berlin,DC=alpha,DC=test"
		local forms = short_dn.all { BERLIN, container, MUNICH }
		assert.same({ false, false, "Sites/Munich/HOST04" }, { forms[BERLIN], forms[container], forms[MUNICH] })
		for _, dn in ipairs { "CN=a/b,DC=alpha,DC=test", "DC=alpha,DC=test", "CN=Schema", "CN=x,DC=alpha,CN=y", "" } do
			assert.is_falsy(short_dn.all { dn }[dn], dn)
		end
	end)

	it("is read with what is escaped in it", function()
		assert.equal("Staff/Doe, John", short_dn.all { "CN=Doe\\, John,OU=Staff,DC=a,DC=b" }
			["CN=Doe\\, John,OU=Staff,DC=a,DC=b"])
		assert.equal("Staff/Doe, John", short_dn.all { "CN=Doe\\2C John,OU=Staff,DC=a,DC=b" }
			["CN=Doe\\2C John,OU=Staff,DC=a,DC=b"])
		assert.equal("Sites/Munich", short_dn.place(MUNICH))
		assert.equal("/", short_dn.place "CN=x,DC=alpha,DC=test")
	end)
end)

describe("a time", function()
	it("is what date says", function()
		for _, stamp in ipairs { "2026-11-26T17:00:55Z", "2024-02-29T23:59:59Z", "1970-01-01T00:00:00Z",
			"1601-01-01T00:00:00Z", "2100-03-01T00:00:00Z", "2026-07-01T12:00:00.1234567Z" } do
			assert.equal(tonumber(date("-u -d " .. stamp .. " +%s")), times.seconds(stamp), stamp)
			assert.equal(date("-d " .. stamp .. " '+%F %T'"), times.here(stamp):sub(1, 19))
			assert.equal(date("-d " .. stamp .. " '+%F %T %Z'"), times.here(stamp, true))
		end
		for _, text in ipairs { "", "2026-11-26", "2026-11-26T17:00:55", "x2026-11-26T17:00:55Z", "never" } do
			assert.equal(text, times.here(text, true))
		end
	end)

	it("is of the clock on the wall, with its zone where that is another one than today's", function()
		local zone = "TZ=CET-1CEST,M3.5.0,M10.5.0/3 "
		local code = "local t = require 'adsh.format.times'.here print(t '2026-07-01T12:00:00Z', t '2026-01-01T12:00:00Z')"
		local pipe <close> = io.popen(("%s%s -e %q; %sdate +%%Z"):format(zone, os.getenv "ADSH" or "./adsh", code, zone))
		local summer, winter = pipe:read "l":match "^(.-)\t(.*)$"
		local is_summer = pipe:read "l" == "CEST"
		assert.equal("2026-07-01 14:00:00" .. (is_summer and "" or " CEST"), summer)
		assert.equal("2026-01-01 13:00:00" .. (is_summer and " CET" or ""), winter)
	end)

	it("is UTC for programs", function()
		local rows = { { at = "2026-11-26T17:00:55Z" } }
		assert.matches("2026-11-26T17:00:55Z", told("json", rows), 1, true)
		assert.matches("2026-11-26T17:00:55Z", told("csv", rows), 1, true)
		assert.equal("at: " .. times.here("2026-11-26T17:00:55Z", true) .. "\n", written(rows[1]))
		assert.equal("at: " .. times.here "2026-11-26T17:00:55Z" .. "\n", written(rows[1], { stdout = true }))
	end)
end)

describe("flags", function()
	local UAC = { value = 528384, flags = { "WORKSTATION_TRUST_ACCOUNT", "TRUSTED_FOR_DELEGATION" } }

	it("are words for people, and names for programs", function()
		assert.equal("uac: computer account, unconstrained delegation (528384)\n", written { uac = UAC })
		assert.matches('"WORKSTATION_TRUST_ACCOUNT"', told("json", { uac = UAC }), 1, true)
		assert.matches("528384 (WORKSTATION_TRUST_ACCOUNT, TRUSTED_FOR_DELEGATION)", told("csv", { { uac = UAC } }), 1, true)
	end)

	it("that nobody named stay as they are", function()
		assert.equal("0x40000000, computer account (7)", flag_words.text { value = 7,
			flags = { "0x40000000", "WORKSTATION_TRUST_ACCOUNT" } })
		assert.equal("0", flag_words.text { value = 0, flags = {} })
	end)
end)

describe("who may delegate to an account", function()
	it("is a line for each kind and set of services", function()
		local rows = {}
		local function add(source, kind, more)
			rows[#rows + 1] = { source = source, kind = kind, services = more and { more[1], more[2] } or {},
				domain_controller = kind == "unconstrained" or nil }
		end
		for _, n in ipairs { 2, 3, 5, 6, 8 } do
			add(("HOST%02d$"):format(n), "any", { "cifs/HOST01", "Microsoft Virtual System Migration Service/HOST01" })
		end
		add("DC1$", "unconstrained")
		assert.equal("any protocol   HOST02 HOST03 HOST05 HOST06 HOST08  cifs, migration\n"
			.. "unconstrained  DC1                                 domain controller\n6 accounts\n",
			written(view.inbound(rows), { stdout = true, columns = 80 }))
	end)

	it("names ranges of many, and breaks lines that are too long", function()
		local rows = {}
		for i = 1, 60, 1 do
			rows[i] = { source = ("HOST%02d$"):format(i), kind = "any", services = { "cifs/X" } }
		end
		assert.equal("any protocol  HOST01-HOST60  cifs\n", written(view.inbound(rows)))
		for i = 1, 60 do
			rows[i].source = ("HOST%02d$"):format(i * 2 % 61 * 3)
		end
		for line in written(view.inbound(rows), { columns = 60 }):gmatch "[^\n]+" do
			assert.is_true(#line <= 60, line)
		end
		assert.is_nil(printable.foot(rows))
	end)
end)
