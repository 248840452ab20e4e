-- Profiles: options under a name, believed only when nobody else could have written them.
local home = io.popen("mktemp -d"):read "l"
local path = home .. "/adsh/profiles.lua"

local function write(text, mode)
	os.execute(("mkdir -p -m 700 %s/adsh"):format(home))
	local f = assert(io.open(path, "w"))
	f:write(text)
	f:close()
	os.execute(("chmod %s %s"):format(mode or "600", path))
end

local function adsh(words)
	local pipe = assert(io.popen((
		"HOME=/ KRB5CCNAME=FILE:/nowhere XDG_CONFIG_HOME=%s XDG_STATE_HOME=%s ${ADSH:-./adsh} %s 2>&1"):format(home, home,
		words)))
	local out = pipe:read "a"
	local _, _, status = pipe:close()
	return out, status
end

-- One option after the other, as the directory and the gate get them.
local function seen(words)
	return (adsh(words .. [[ -e '(function()
		local o, r = require "adsh.core.options", require "adsh.core.plan".gate { read_only = false, dry_run = false }
		return table.concat({ o.domain or "-", o.server or "-", o.user or "-", o.keytab or "-", tostring(o.simple),
			tostring(r.read_only), tostring(r.dry_run), r.max_changes }, " ") end)()']]):gsub("\n$", ""))
end

local function refused(words, ...)
	local out, status = adsh(words)
	assert.equal(2, status, out)
	for _, text in ipairs { ... } do
		assert.is_truthy(out:find(text, 1, true), out)
	end
end

describe("a profile", function()
	before_each(function()
		write [[return {
			prod = { domain = "alpha.test", server = "dc1.alpha.test", user = "admin", keytab = "/k", read_only = true,
				max_changes = 5 },
			lab = { domain = "beta.test", format = "json", dry_run = true },
		}]]
	end)
	teardown(function() os.execute("rm -r " .. home) end)

	it("gives options, and rules that a script cannot undo", function()
		assert.equal("alpha.test dc1.alpha.test admin /k nil true false 5", seen "@prod")
		assert.equal("- - - - nil false false 0", seen "")
		assert.equal('"beta.test - - - nil false true 0"', seen "@lab")
	end)

	it("gives way to the command line, which takes all of a login or none", function()
		assert.equal("alpha.test dc1.alpha.test bob - nil true false 5", seen "-u bob @prod")
		assert.equal("alpha.test dc1.alpha.test bob - nil true false 5", seen "@prod -u bob")
		assert.equal("- dc9 admin /k nil true false 5", seen "@prod -s dc9")
		assert.equal("alpha.test dc1.alpha.test admin /k nil true true 2", seen "@prod --dry-run --max-changes 2")
		assert.equal("beta.test - - - nil false true 0", seen "@lab --format table")
	end)

	it("stands before a verb, and is an argument after a chunk", function()
		assert.matches('^%[{"recipe":"audit"', (adsh "@lab run"))
		assert.equal("@lab\n", (adsh "-e 'print(...)' @lab"))
	end)

	it("is what connect takes, with its rules from then on", function()
		local rules = [[pcall(connect, "%s") print(require "adsh.core.plan".gate { read_only = false }.read_only)]]
		assert.equal("true\n", (adsh(("-e '%s'"):format(rules:format "@prod"))))
		assert.equal("false\n", (adsh(("-e '%s'"):format(rules:format "@lab"))))
		assert.matches("did you mean @prod%?", (adsh [[-e 'connect "@prdo"']]))
	end)

	it("that does not exist is the nearest one", function()
		refused("@prdo", "there is no profile 'prdo'", "did you mean @prod?")
		refused("@xxxxxxxxxx run", "the profiles are @lab, @prod")
		os.remove(path)
		refused("@prod", "there is no profile 'prod'", "profiles.lua")
	end)

	it("holds no password, no leave to write, nothing else", function()
		for text, message in pairs {
			['{ password = "x" }'] = "A profile must not hold secrets",
			["{ yes = true }"] = "yes is not allowed in profiles",
			["{ allow_widening = true }"] = "allow_widening is not allowed in profiles",
			['{ execute = "x" }'] = "execute is not allowed in profiles",
			['{ domian = "x" }'] = "did you mean domain?",
			["{ read_only = 1 }"] = "read_only must be a boolean",
			["{ max_changes = 0 }"] = "--max-changes must be a whole number",
			['{ tls = "yes" }'] = "--tls must be one of",
			["3"] = "must be a table",
		} do
			write("return { prod = " .. text .. " }")
			refused("@prod", message, "the profile prod")
		end
		write "return { prod = { user = os.getenv 'USER' } }"
		refused("@prod", "the profiles file failed")
		write "return 7"
		refused("@prod", "must return a table of profiles")
	end)

	it("is not believed when others can write it", function()
		os.execute("chmod 622 " .. path)
		local out, status = adsh "@prod -e 1"
		assert.not_equal(0, status)
		assert.is_truthy(out:find(path, 1, true), out)
		os.execute(("chmod 600 %s && chmod 777 %s/adsh"):format(path, home))
		out, status = adsh "@prod -e 1"
		os.execute(("chmod 700 %s/adsh"):format(home))
		assert.not_equal(0, status)
		assert.matches("adsh: ", out)
		assert.equal("1\n", (adsh "-e 1"))
	end)

	it("is completed", function()
		assert.equal("lab:beta.test\nprod:alpha.test, dc1.alpha.test, admin, read-only\n",
			(adsh [[-e 'require "adsh.completion.known" "profiles"']]))
		local out = adsh [[-e 'for _, r in ipairs(require "adsh.completion.strings".candidates(
			{ call = "connect", argument = 1 }, "@")) do print(r.name) end']]
		assert.equal("@lab\n@prod\n", out)
	end)
end)
