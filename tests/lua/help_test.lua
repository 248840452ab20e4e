-- help(): every public name has a line, and what it says is found under its name.
local globals = require "adsh.globals"
local help = require "adsh.help"

package.path = "shell/manual/?.lua;" .. package.path
local details = require "details"

local at_prompt = { edit = true, tutorial = true } -- their examples would need a person

-- The types that adsh-lua(3) explains.
local TYPES = {}
for kind in ([[any, string, number, integer, boolean, function, table, list, account, group, host, SPN, DN, SDDL,
	UNC path, directory, plan, identity, object, report, time]]):gmatch "%a[%a ]*" do
	TYPES[kind] = true
	TYPES["list of " .. kind .. "s"] = true
end

-- f(entry, complain) for each function; all complaints are one failure.
local function each_entry(f)
	local bad = {}
	for _, entry in ipairs(help.entries()) do
		f(entry, function(...) bad[#bad + 1] = string.format(...) end)
	end
	assert.equal("", table.concat(bad, "\n"))
end

-- The rows of its arguments and options, by their names.
local function names_of(entry)
	local names = {}
	for _, row in ipairs(details.parse(entry.details).arguments or {}) do
		for _, one in ipairs(row.typed or {}) do
			for name in one.names:gmatch "[%w_]+" do
				names[name] = row
			end
		end
	end
	return names
end

local function entries_by_name()
	local byname = {}
	for _, entry in ipairs(help.entries(true)) do
		byname[entry.name] = entry
	end
	return byname
end

describe("help", function()
	it("covers every public function", function()
		local byname = entries_by_name()
		for _, noun in ipairs(globals.names()) do
			local module = globals.load(noun)
			if type(module) == "function" then
				assert.is_truthy(byname[noun], "no help line for " .. noun)
			end
			for name, f in pairs(type(module) == "table" and module or {}) do
				if type(f) == "function" and not byname[help.name_of(f)] then
					assert.is_truthy(byname[noun .. "." .. name], "no help line for " .. noun .. "." .. name)
				end
			end
		end
	end)

	it("is one sentence for each", function()
		for _, entry in ipairs(help.entries()) do
			assert.is_truthy(entry.usage:find "^[%w_.:]+[({].*[)}]$", entry.name .. ": arguments in parentheses")
			assert.is_truthy(entry.sentence:find "%.$", entry.name .. ": a sentence with a full stop")
		end
	end)

	it("has details of one form", function()
		local common = require "adsh.help.common"
		for _, entry in ipairs(help.entries()) do
			local d = "\n" .. entry.details
			assert.is_nil(d:find "<[%l_]+>", entry.name)
			local args, returns, errs, example = d:find "\nArguments:\n", d:find "\nReturns: ", d:find "\nErrors:",
				d:find "\nExample: "
			example = example or at_prompt[entry.name] and #d
			assert.is_truthy(returns and errs and example, entry.name .. ": Returns:, Errors: and Example:")
			assert.is_true((args or 0) < returns and returns < errs and errs < example, entry.name)
			assert.equal(args ~= nil, entry.usage:find "[({]%s*[^)%s]" ~= nil, entry.name .. ": Arguments:")
			for _, code in ipairs(common.examples(entry.details)) do
				assert.is_truthy(load(code) or load("return " .. code), code)
				assert.is_true(#code <= 110, code)
			end
		end
	end)

	it("has a type for each argument and each field, and a default for each option", function()
		local function check_kind(kind, what, complain)
			for one in kind:gsub("^option, ", ""):gsub(" or ", ", "):gmatch "[^,]+" do
				if not TYPES[one:match "^%s*(.-)$"] then
					complain("%s: %s is not a type", what, one)
				end
			end
		end
		local function check_row(row, what, complain)
			if not row.typed then
				complain("%s: not of the form NAME (TYPE): text", what)
			end
			for _, one in ipairs(row.typed or {}) do
				check_kind(one.kind, what, complain)
				local is_said = row.text:find "Default: " or row.text:find "Required" or row.text:find "^as "
				if one.kind:find "^option" and not is_said then
					complain("%s: an option without Default:", what)
				end
			end
		end
		each_entry(function(entry, complain)
			local parsed = details.parse(entry.details)
			for _, rows in ipairs { parsed.arguments or {}, parsed.fields } do
				for _, row in ipairs(rows) do
					check_row(row, ("%s: %s"):format(entry.name, row.text), complain)
				end
			end
		end)
	end)

	it("tells about each argument and option of the call", function()
		each_entry(function(entry, complain)
			local names, words = names_of(entry), entry.usage:match "^[%w_.:]+(.*)$"
			for name in words:gsub('"[^"]*"', ""):gmatch "[%a_][%w_]*" do
				if not names[name] and entry.noun ~= "run" then
					complain("%s: nothing about %s", entry.name, name)
				end
			end
			local optional = words:match "^%([^%[({]*%[,? ?([%a_][%w_]*)%]?%)$"
			local row = names[optional]
			if row and row.typed[1].kind ~= "table" and not row.text:find "Default: " then
				complain("%s: %s without Default:", entry.name, optional)
			end
		end)
	end)

	it("says what each function returns", function()
		each_entry(function(entry, complain)
			local parsed = details.parse(entry.details)
			local kind = parsed.returns:match "^an? (%l+ ?%a*)" or ""
			if not (parsed.returns:find "^nothing" or parsed.returns:find "^what [%w_.:]+ " or parsed.returns:find "^true"
				or TYPES[kind] or TYPES[kind:match "^%l*"] or kind:find "^iterator" or kind:find "^list of") then
				complain("%s: Returns: begins with a type, not '%s'", entry.name, parsed.returns)
			elseif parsed.returns:find ":$" and #parsed.fields == 0 then
				complain("%s: no field of what it returns", entry.name)
			end
		end)
	end)

	it("finds a function by name, by last part, by value", function()
		assert.is_truthy(help.text("show"):find("show(value[, format])", 1, true))
		assert.equal(help.text "show.ordered", help.text "ordered")
		assert.equal(help.text "show", help.text(require "adsh.show"))
		assert.equal(help.text "show.ordered", help.text(require "adsh.show".ordered))
	end)

	it("knows an object by what it is", function()
		assert.equal(help.text "plan", help.text(require "adsh.core.plan".new()))
	end)

	it("suggests names for a wrong one", function()
		assert.is_truthy(help.text("sohw"):find "did you mean show")
		assert.is_truthy(help.text("zzzzzzzz"):find "help%(%) lists")
		assert.is_false(select(2, help.text "zzzzzzzz"))
		local message, known, best = help.text "delegation.alow"
		assert.is_truthy(message:find "did you mean delegation.allow")
		assert.same({ false, "delegation.allow" }, { known, best })
		assert.same({ "delegation" }, help.suggest("delgation", { "on", "delegation" }))
		assert.same({ "delegation" }, help.suggest("delgation", { "spn", "delegation", "connect" }))
	end)

	it("stays inside 80 columns", function()
		for _, topic in ipairs { "all", "plan", "delegation.get", "0x80070005", "c0000022", "12700", "5" } do
			for line in help.text(topic):gmatch "[^\n]+" do
				assert.is_true(#line <= 79, line)
			end
		end
	end)

	it("lists no internals, and tells about them when they are named", function()
		for _, entry in ipairs(help.entries()) do
			assert.is_nil(entry.sentence:find "Internal", entry.name)
		end
		assert.is_nil(help.text("all"):find("plan.continue_run", 1, true))
		assert.is_nil(help.text("journal reached"):find("journal.reached", 1, true))
		assert.is_truthy(help.text("plan.continue_run"):find("Internal: ", 1, true))
	end)
end)

describe("help()", function()
	local screen = require "adsh.help.screen"

	it("is one screen", function()
		local n = 0
		for line in help.text():gmatch "[^\n]+" do
			n = n + 1
			assert.is_true(#line <= 79, line)
		end
		assert.is_true(n <= 22, n .. " lines, and the prompt's")
	end)

	it("calls what there is", function()
		local byname = entries_by_name()
		for _, calls in ipairs(screen.calls()) do
			assert.is_truthy(load(calls:gsub("%.%.%.", "")), calls)
			for call in ("; " .. calls):gmatch "; ([%w_.]+)" do
				assert.is_truthy(byname[call], call)
			end
		end
	end)
end)

-- The names at the beginning of the rows that help on words gives.
local function found(topic)
	local list = {}
	for name in ("\n" .. help.text(topic)):gmatch "\n  ([%w_.:]+)" do
		list[#list + 1] = name
	end
	return list
end

describe("help by words", function()
	it("has the best first", function()
		for topic, wanted in pairs {
			["who may delegate to"] = "delegation.inbound", ["take a run back"] = "undo",
			["duplicate service principal names"] = "spn.duplicates", ["let hosts migrate"] = "run.live_migration",
			["export to csv"] = "csv.write", ["save a result"] = "save", ["read csv"] = "csv.read",
			["add a member"] = "group.add", ["delete a computer"] = "account.delete",
			["revert"] = "undo", ["permissions of a folder"] = "folder.acl", ["iso images"] = "run.iso_library",
		} do
			assert.equal(wanted, found(topic)[1], topic .. "\n" .. help.text(topic))
		end
	end)

	it("wants all words, or says so", function()
		assert.is_nil(help.text("delegate computers"):find "no topic has all")
		assert.is_truthy(help.text("delegation xylophone"):find "no topic has all")
	end)

	it("takes words of a family for the same", function()
		local words = require "adsh.help.words"
		for _, word in ipairs { "delegate", "delegates", "delegated", "delegating", "delegations" } do
			assert.equal(words.stem "delegation", words.stem(word))
		end
		assert.equal(words.stem "library", words.stem "libraries")
		assert.equal(words.stem "grant", words.stem "grants")
	end)
end)

describe("help on a code", function()
	it("has words of its own for what stops live migration", function() -- names: MS-ERREF 2.1 and 2.2
		for code, wanted in pairs {
			["0x8009030E"] = "SEC_E_NO_CREDENTIALS", ["8009030d"] = "SEC_E_UNKNOWN_CREDENTIALS",
			["-2146893042"] = "SEC_E_NO_CREDENTIALS", ["SEC_E_TARGET_UNKNOWN"] = "0x80090303", ["0x80070005"] = "E_ACCESSDENIED",
			["12700"] = "VMM", ["14050"] = "spn.register",
		} do
			assert.is_truthy(help.text(code):find(wanted, 1, true), code .. "\n" .. help.text(code))
		end
	end)

	it("knows Windows, NTSTATUS, Kerberos and LDAP", function() -- MS-ERREF 2.2 and 2.3, RFC 4120 7.5.9, RFC 4511 4.1.9
		for code, wanted in pairs {
			["c0000022"] = "STATUS_ACCESS_DENIED", ["0xC000006D"] = "STATUS_LOGON_FAILURE", ["13"] = "KDC_ERR_BADOPTION",
			["49"] = "invalidCredentials", ["1326"] = "ERROR_LOGON_FAILURE", ["KDC_ERR_S_PRINCIPAL_UNKNOWN"] = "Kerberos 7",
			["data 775"] = "locked out", ["0x80070035"] = "ERROR_BAD_NETPATH", ["-1765328371"] = "KDC_ERR_BADOPTION",
			["STATUS_ACCESS_DENIED"] = "0xC0000022", ["noSuchObject"] = "32",
		} do
			assert.is_truthy(help.text(code):find(wanted, 1, true), code .. "\n" .. help.text(code))
		end
	end)

	it("says the family of another one", function()
		assert.is_truthy(help.text("0x8009FFFF"):find("HRESULT, facility 9 (security packages", 1, true))
		assert.is_truthy(help.text("0x80071234"):find("Windows error 4660", 1, true))
		assert.is_truthy(help.text("0xC0990001"):find("an NTSTATUS", 1, true))
		assert.is_truthy(help.text("4711"):find("unknown", 1, true))
		assert.is_truthy(help.text("99999999999"):find "no help for")
	end)
end)
