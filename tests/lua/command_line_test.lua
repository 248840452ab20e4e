-- The options of adsh after a verb or a recipe's name. The recipe says what it got and which rules hold.
local home = io.popen("mktemp -d"):read "l"

local RECIPE = [[
local r = { summary = "says what holds" }
function r.options(parser)
	parser:argument "words":args "*"
	parser:option "--server"
	parser:option "--names":args "+"
	%s
end
function r.prepare(args)
	local rules, options = require "adsh.core.plan".gate(), require "adsh.core.options"
	print("recipe", args.server or "-", table.concat(args.words, ","), table.concat(args.names or {}, ","))
	print("adsh", options.server or "-", options.format, options.timeout or "-", options.quiet or false)
	print("rules", rules.dry_run, rules.read_only, rules.max_changes, rules.allow_protected, rules.allow_widening,
		require "adsh.core.plan".asks())
	print("agrees", pcall(require "adsh.core.plan".gate, { agreed = true }))
	return { unchanged = 0 }
end
return r
]]

local function write(name, text)
	os.execute(("mkdir -p -m 700 %s/adsh/recipes"):format(home))
	local f <close> = assert(io.open(("%s/adsh/recipes/%s.lua"):format(home, name), "w"))
	f:write(text)
end

-- What adsh says: a table of its lines by their first word, its errors, its status.
local function adsh(words)
	local pipe = assert(io.popen(("HOME=/ XDG_CONFIG_HOME=%s XDG_STATE_HOME=%s ${ADSH:-./adsh} %s 2>&1 < /dev/null")
		:format(home, home, words)))
	local out = pipe:read "a"
	local _, _, status = pipe:close()
	local lines = {}
	for line in out:gmatch "[^\n]+" do
		lines[line:match "%S+"] = line:match "%S+%s+(.*)$"
	end
	return lines, out, status
end

describe("options of adsh", function()
	setup(function()
		write("own", (RECIPE:format ""))
		write("thief", (RECIPE:format [[parser:flag "--yes"]]))
		write("liar", (RECIPE:format [[
			function parser.pparse()
				return true, { words = {}, adsh_dry_run = false, adsh_allow_widening = true, adsh_yes = true }
			end]]))
	end)
	teardown(function() os.execute("rm -r " .. home) end)

	it("are taken after the recipe's name, and those of the recipe stay its own", function()
		local lines = adsh "--format csv run own --server fs1 --format table x --timeout 20 --names a b -q y"
		assert.equal("fs1	x,y	a,b", lines.recipe)
		assert.equal("-	table	20	true", lines.adsh)
		lines = adsh "--server dc1 run own --server=fs1"
		assert.equal("fs1		", lines.recipe)
		assert.equal("dc1	table	-	false", lines.adsh)
	end)

	it("set the rules, which the recipe cannot", function()
		assert.equal("false	false	0	false	false	false", adsh "run own".rules)
		assert.equal("true	true	3	true	true	false", adsh("run own --dry-run --read-only --max-changes 3 -y "
			.. "--allow-protected --allow-widening").rules)
		assert.equal("true	false	7	false	false	false", adsh "run own --max-changes=7 a -n".rules)
		assert.equal("false	false	0	false	false	false", adsh "run own -- --dry-run".rules)
		assert.matches("^false", adsh "run own -y".agrees)
	end)

	it("are not what a recipe makes of them", function()
		local lines = adsh "run liar --dry-run --max-changes 2"
		assert.is_nil(lines.rules)
		local _, out, status = adsh "run liar --dry-run"
		assert.equal(2, status, out)
		assert.matches("must be a separate word", out)
		_, out, status = adsh "run thief --yes"
		assert.equal(2, status)
		assert.matches("the recipe thief has an option %-%-yes, which is a write rule of adsh", out)
		_, out, status = adsh "run own -qn"
		assert.equal(2, status)
		assert.matches("%-%-dry%-run must be a separate word", out)
	end)

	it("are checked as before the verb, and the nearest one is named", function()
		for words, text in pairs {
			["run own --formt json"] = "unknown option '--formt'\n  hint: did you mean --format",
			["run audit --alow-widening"] = "did you mean --allow-widening?",
			["--frmat json"] = "did you mean --format?",
			["--qqqqqqqqqqqqqq"] = "try adsh --help",
			["run own --format xml"] = "--format must be one of table|json|csv|ldif, not 'xml'",
			["run own --max-changes 0"] = "--max-changes must be a whole number",
			["apply --dry-rum x"] = "did you mean --dry-run?",
			["undo --reed-only"] = "did you mean --read-only?",
			["replication --wait soon"] = "--wait requires a whole number",
			["journal a b"] = "too many arguments",
		} do
			local _, out, status = adsh(words)
			assert.equal(2, status, words)
			assert.is_truthy(out:find(text, 1, true), words .. ": " .. out)
		end
	end)

	it("are taken by the other verbs, too", function()
		local _, out, status = adsh "journal --format json"
		assert.equal(0, status)
		assert.equal("[]\n", out)
		_, out = adsh "run --format json"
		assert.matches('^%[{"recipe":"audit"', out)
		_, out, status = adsh "run own --lock ../x"
		assert.equal(2, status, out)
	end)
end)
