-- adsh run doctor CODE, adsh help CODE: numbers are found in any text, and what is said about them is right.
local codes = require "adsh.doctor.codes"

-- All rows as one line of text.
local function told(text)
	local rows = codes.explain(text)
	return rows and require "adsh.doctor.code_text"(rows):gsub("%s+", " ") or ""
end

local function has(text, wanted)
	assert.is_truthy(told(text):find(wanted, 1, true), ("%s\nlacks '%s':\n%s"):format(text, wanted, told(text)))
end

local function lacks(text, unwanted)
	assert.is_nil(told(text):find(unwanted, 1, true), text .. "\n" .. told(text))
end

local E = "SEC_E_NO_CREDENTIALS" -- 0x8009030E: [MS-ERREF] 2.1.1

describe("a code", function()
	it("is read in every way in which it is written", function()
		for _, text in ipairs {
			"0x8009030E", "0X8009030e", "8009030E", "8009030e", "-2146893042", "2148074254", "(0x8009030E)", "0x8009030E.",
			"&H8009030E", "8009030Eh",
			"0xFFFFFFFF8009030E", "0x000000008009030E", "0x8009030EL", "HRESULT:0x8009030E",
			"\u{FF10}\u{FF58}\u{FF18}\u{FF10}\u{FF10}\u{FF19}\u{FF10}\u{FF13}\u{FF10}\u{FF25}", -- full width
			"0\u{445}8009030\u{415}", -- Cyrillic x and E
			"\u{2212}2146893042", "\u{2013}2146893042", "\u{200E}0x8009030E\u{200F}", "\u{FF08}0x8009030E\u{FF09}",
			"\u{662}\u{661}\u{664}\u{668}\u{660}\u{667}\u{664}\u{662}\u{665}\u{664}", -- Arabic digits
			"SEC_E_NO_CREDENTIALS", "%%2148074254",
		} do
			has(text, E)
		end
	end)

	it("is found in messages of all languages", function()
		for text, wanted in pairs {
			["Fehler: keine Anmeldeinformationen im Sicherheitspaket verf\u{FC}gbar (0x8009030E)."] = E,
			["\u{5B89}\u{5168}\u{5305}\u{4E2D}\u{6CA1}\u{6709}\u{53EF}\u{7528}\u{7684}\u{51ED}\u{8BC1} (0x8009030E)"] = E,
			["\u{8A8D}\u{8A3C}0x8009030E\u{30A8}\u{30E9}\u{30FC}"] = E,
			["Ereignis-ID 14050"] = "service principal name", ["Ereignis-ID: 14050 Quelle: Hyper-V-VMMS"] = "service principal",
			["\u{4E8B}\u{4EF6} ID\u{FF1A}\u{FF11}\u{FF14}\u{FF10}\u{FF15}\u{FF10}"] = "service principal name",
			["<EventID Qualifiers=\"0\">14050</EventID>"] = "service principal name",
			["\u{41A}\u{43E}\u{434} \u{441}\u{43E}\u{431}\u{44B}\u{442}\u{438}\u{44F}: 14050"] = "service principal name",
			["Error (12700) VMM cannot complete the host operation on host01"] = "VMM",
			["Verbindung unerwartet beendet (0x00002EFE)"] = "ERROR_WINHTTP_CONNECTION_ERROR",
			["Unbekannter Fehler (0x8001)"] = "access is denied",
			["80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 775, v4563"] = "locked out",
			["0000052E: LdapErr: DSID-0C090420, v4563"] = "ERROR_LOGON_FAILURE",
			["Fehler 5: Zugriff verweigert"] = "ERROR_ACCESS_DENIED",
		} do
			has(text, wanted)
		end
	end)

	it("is not a GUID, a SID, an address, a date or a version", function()
		for _, text in ipairs {
			"8009030e-1234-4321-8000-0123456789ab", "S-1-5-21-3333333333-2222222222-1111111111", "2026-11-26 14:05:50",
			"26.11.2026", "11/26/2026", "10.0.26100.1", "klist -li 0x3e7", "host14050", "KB5073381", "100%", "",
			"no number at all", "\xff\xfe\x80", "0x", "99999999999999999999", "v4563",
		} do
			assert.is_nil(codes.explain(text), text .. "\n" .. told(text))
		end
	end)

	it("leaves out the small numbers beside it", function()
		local text = "Host 17, try 3 of 5: 0x80070005 at port 445"
		has(text, "E_ACCESSDENIED")
		assert.equal(1, #codes.explain(text))
		has("Ticket Options: 0x40810000 Failure Code: 0x1B", "USER2USER")
		lacks("Ticket Options: 0x40810000 Failure Code: 0x1B", "0x40810000")
	end)

	it("is taken with the event that stands beside it, small as that is", function()
		has("Event ID 4: 0x80090322", "KRB_AP_ERR_MODIFIED")
		has("Event ID 4: 0x80090322", "SEC_E_WRONG_PRINCIPAL")
		lacks("Error (12700) at 3 hosts", "Windows error 3")
		lacks("0000052E: LdapErr: DSID-0C090420", "event")
		assert.equal(1, #codes.explain "00000005: SecErr: DSID-03152D2C, problem 4003")
		has("0\u{445}2EFE", "ERROR_WINHTTP_CONNECTION_ERROR") -- Cyrillic x
	end)

	it("is not looked for behind 64 KiB", function()
		assert.is_nil(codes.explain(("lorem "):rep(11000) .. "0x8009030E"))
		has(("lorem "):rep(10000) .. "0x8009030E", E)
	end)
end)

-- Names: [MS-ERREF] 2.1 to 2.3, RFC 4120 7.5.9, RFC 4511 4.1.9; what helps: Microsoft's articles about each.
local KNOWN = {
	["0x8009030D"] = { "SEC_E_UNKNOWN_CREDENTIALS", "adsh run live-migration", "klist purge -li 0x3e7" },
	["0x80090303"] = { "SEC_E_TARGET_UNKNOWN", "adsh run spn register", "Enable-VMReplication" },
	["0x80090322"] = { "SEC_E_WRONG_PRINCIPAL", "spn.duplicates", "(not confirmed)" },
	["0x80090324"] = { "SEC_E_TIME_SKEW", "w32tm /resync" }, ["0x80090325"] = { "SEC_E_UNTRUSTED_ROOT" },
	["0x8009030C"] = { "SEC_E_LOGON_DENIED", "Access this computer from the network", "selective" },
	["0x80090342"] = { "SEC_E_KDC_UNKNOWN_ETYPE", "adsh run readiness" },
	["0x80090350"] = { "SEC_E_DOWNGRADE_DETECTED", "(not confirmed)" }, ["0x80090346"] = { "SEC_E_BAD_BINDINGS" },
	["0x800704F1"] = { "ERROR_DOWNGRADE_DETECTED" }, ["0xC0000388"] = { "STATUS_DOWNGRADE_DETECTED" },
	["0x80070005"] = { "E_ACCESSDENIED", "adsh run smb-storage", "icacls" },
	["0x8007052E"] = { "ERROR_LOGON_FAILURE", "Broker" },
	["0x80070569"] = { "ERROR_LOGON_TYPE_NOT_GRANTED", "S-1-5-83-0" }, ["0x80070534"] = { "ERROR_NONE_MAPPED" },
	["0x8007274D"] = { "WSAECONNREFUSED", "6600" }, ["0x8007274C"] = { "WSAETIMEDOUT" },
	["0x80072746"] = { "WSAECONNRESET" },
	["0x8007271D"] = { "WSAEACCES" }, ["0x80071398"] = { "ERROR_HOST_NODE_NOT_GROUP_OWNER", "not the directory" },
	["0x8007000E"] = { "E_OUTOFMEMORY" }, ["0x800705AA"] = { "ERROR_NO_SYSTEM_RESOURCES" },
	["0x80070032"] = { "CredSSP" },
	["0xC03A0014"] = { "VIRTDISK_PROVIDER_NOT_FOUND" }, ["0x80041003"] = { "WBEM_E_ACCESS_DENIED" },
	["0x80041002"] = { "WBEM_E_NOT_FOUND", "(not confirmed)" }, ["0x80041010"] = { "WBEM_E_INVALID_CLASS" },
	["14050"] = { "adsh run spn register", "dynamicportrange" }, ["20306"] = { "0x8009030E" },
	["21502"] = { "cluster" },
	["22038"] = { "(not confirmed)" }, ["22042"] = { "(not confirmed)" }, ["21026"] = { "(not confirmed)" },
	["32026"] = { "(not confirmed)" }, ["60001"] = { "(not confirmed)" },
	["13233"] = { "(not confirmed)", "iso-library" },
	["12700"] = { "iso-library", "read access" }, ["32022"] = { "backup" }, ["33680"] = { "0x8009030C" },
	["29210"] = { "Replica" },
	["1193"] = { "cluster" }, ["1207"] = { "Repair Active Directory Object" }, ["13000"] = { "0x80070005" },
	["205"] = { "RC4" },
	["4"] = { "KRB_AP_ERR_MODIFIED" }, ["16"] = { "adsh run readiness" }, ["304"] = { "Protected Users" },
	["0x6"] = { "KDC_ERR_C_PRINCIPAL_UNKNOWN", "S-1-5-32-560" },
	["0x7"] = { "KDC_ERR_S_PRINCIPAL_UNKNOWN", "15 minutes" },
	["0xC"] = { "KDC_ERR_POLICY", "--as ADMIN" }, ["0xD"] = { "KDC_ERR_BADOPTION", "0xC0000225" },
	["0xE"] = { "KDC_ERR_ETYPE_NOSUPP", "adsh run readiness" },
	["0x14"] = { "KDC_ERR_TGT_REVOKED", "(not confirmed)" },
	["0x19"] = { "KDC_ERR_PREAUTH_REQUIRED", "not a failure" }, ["0x1B"] = { "KDC_ERR_MUST_USE_USER2USER" },
	["0x25"] = { "KRB_AP_ERR_SKEW" }, ["0x29"] = { "KRB_AP_ERR_MODIFIED" }, ["0x34"] = { "KRB_ERR_RESPONSE_TOO_BIG" },
	["KRB_AP_ERR_SKEW"] = { "Kerberos 37" }, ["NT_STATUS_NO_LOGON_SERVERS"] = { "0xC000005E" },
	["0xC0000022"] = { "STATUS_ACCESS_DENIED" }, ["0xC0000133"] = { "STATUS_TIME_DIFFERENCE_AT_DC" },
	["0xC000015B"] = { "STATUS_LOGON_TYPE_NOT_GRANTED" }, ["0xC00002FD"] = { "STATUS_KDC_UNKNOWN_ETYPE" },
	["0xC000018B"] = { "STATUS_NO_TRUST_SAM_ACCOUNT" }, ["0x2EF1"] = { "cancelled" },
	["ERROR_BAD_NETPATH"] = { "53" },
	["0x8000FFFF"] = { "E_UNEXPECTED" }, ["0x80092012"] = { "CRYPT_E_NO_REVOCATION_CHECK" },
	["0x800B0109"] = { "CERT_E_UNTRUSTEDROOT" },
	["0xC0350005"] = { "ERROR_HV_INVALID_PARAMETER" }, ["0x80070035"] = { "ERROR_BAD_NETPATH" },
	["8453"] = { "ERROR_DS_DRA_ACCESS_DENIED" },
	["0xC00000E5"] = { "STATUS_INTERNAL_ERROR" }, ["0xD0000022"] = { "STATUS_ACCESS_DENIED" },
	["5908"] = { "CLUSTER_GROUP_MOVING" },
}

describe("what is said about a code", function()
	it("is its name, what it comes from and what helps", function()
		for code, wanted in pairs(KNOWN) do
			for _, words in ipairs(wanted) do
				has(code, words)
			end
		end
	end)

	it("is each reading of a number that has several", function() -- 37: RFC 4120 7.5.9, and KDC's event
		has("37", "KRB_AP_ERR_SKEW")
		has("37", "event or error of a KDC")
		has("5", "ERROR_ACCESS_DENIED")
		has("49", "invalidCredentials")
		lacks("Ereignis-ID 37", "SKEW")
		lacks("0x25", "event")
	end)

	it("is the family of one that is not known", function() -- [MS-ERREF] 2.1, 2.1.2, 2.3
		for code, wanted in pairs {
			["0x8009FFFF"] = "HRESULT, facility 9 (security packages", ["0x8037FFFE"] = "facility 55 (Hyper-V",
			["0x80071234"] = "Windows error 4660", ["0xC0990001"] = "NTSTATUS, facility 153",
			["0x800FFFFF"] = "facility 15 (setup)",
			["0xA0040952"] = "from a vendor other than Microsoft", ["0x8033FFFF"] = "Windows Remote Management",
			["0x80508001"] = "facility 80 (Windows Defender)",
			["0xD0999999"] = "holds the NTSTATUS 0xC0999999", ["0x00040000"] = "severity success", ["4711"] = "unknown",
			["Ereignis-ID 4711"] = "event is unknown", ["-1765328256"] = "unknown",
		} do
			has(code, wanted)
		end
	end)

	it("names recipes, jobs and functions that there are", function()
		local recipe, jobs, help = require "adsh.recipe", require "adsh.doctor.jobs", require "adsh.help"
		local public = {}
		for _, entry in ipairs(help.entries()) do
			public[entry.name] = true
		end
		for _, rows in ipairs { require "adsh.doctor.code_windows", require "adsh.doctor.code_events",
			require "adsh.doctor.code_kerberos", require "adsh.doctor.code_win32" } do
			for n in pairs(rows) do
				for _, row in ipairs(math.type(n) and codes.explain(tostring(n)) or {}) do
					local all = "; " .. table.concat(row.run, "; ")
					for one in all:gmatch "adsh run ([%l-]+)" do
						assert.is_truthy(recipe.summary(one), one)
					end
					for job in all:gmatch "%-%-job ([%l-]+)" do
						assert.is_truthy(jobs.get(job), job)
					end
					for call in all:gmatch "; ([%l_]+%.[%l_]+)" do
						assert.is_true(public[call], call)
					end
				end
			end
		end
	end)

	it("has every field", function()
		for code in pairs(KNOWN) do
			for _, row in ipairs(codes.explain(code)) do
				assert.is_truthy(row.code and row.family and row.meaning:find "[.:)]$", code)
				assert.equal("table", type(row.causes))
				assert.equal("table", type(row.run))
			end
		end
	end)
end)

describe("adsh run doctor CODE", function()
	local function run(line)
		local pipe <close> = assert(io.popen(("HOME=/ KRB5CCNAME=/none ${ADSH:-./adsh} %s 2>&1"):format(line)))
		local out = pipe:read "a"
		return out, select(3, pipe:close())
	end

	it("needs no domain, and says the same as help", function()
		for _, code in ipairs { "0x8009030E", "-2146893042", "14050", "'Ereignis-ID 14050: Hyper-V'" } do
			local out, status = run("run doctor " .. code)
			assert.equal(0, status, out)
			assert.equal(out, (run("help " .. code)))
		end
		assert.is_truthy(run("--format json run doctor 0x8009030E"):find('"name":"' .. E, 1, true))
		assert.is_truthy(run("run doctor -2146893042 --format csv"):find("name", 1, true))
	end)

	it("says what can be given where there is no code", function()
		local out, status = run "run doctor 'es geht nicht'"
		assert.equal(2, status)
		assert.is_truthy(out:find("0x8009030E", 1, true) and out:find("14050", 1, true), out)
	end)
end)
