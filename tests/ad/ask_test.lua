-- Without a terminal nobody can be asked: nothing is written without --yes, whoever writes. With one:
-- tests/repl/ask_test.py.
package.path = "tests/ad/?.lua;" .. package.path
local lab = require "lab"

local ADD = [[delegation.allow("host01", "cifs/HOST02")]]
local TARGETS = "msDS-AllowedToDelegateTo"

local state = lab.must "mktemp -d":gsub("%s", "")

-- As the domain controller's own database has it.
local function written()
	local out = lab.must(("%s/in.sh dc1 ldbsearch -H /var/lib/samba/private/sam.ldb '(sAMAccountName=HOST01$)' %s"
		.. " userAccountControl"):format(lab.scripts, TARGETS))
	local list = {}
	for value in out:gmatch "AllowedToDelegateTo: (%C+)" do
		list[#list + 1] = value
	end
	return table.concat(list, " ") .. (out:match "userAccountControl: 4096\n" and "" or " trusted")
end

local function adsh(...)
	return lab.adsh_as_is { "--journal", state .. "/journal", ... }
end

local function refused(...)
	local before = written()
	local status, out, err = adsh(...)
	assert.equal(6, status, out .. err)
	assert.matches("requires %-%-yes", err)
	assert.matches("%-%-yes writes it", err)
	assert.equal(before, written())
end

local function newest()
	return lab.must(("ls %s/journal"):format(state)):match "(%S+)%.jsonl%s*$"
end

local function text_of(path)
	local f <close> = assert(io.open(path))
	return f:read "a"
end

describe("without a terminal and without --yes", function()
	before_each(function()
		lab.must(("rm -rf %s; mkdir %s"):format(state, state))
		lab.reset "HOST01$"
	end)
	teardown(function()
		lab.reset "HOST01$"
		lab.must("rm -rf " .. state)
	end)

	it("a chunk, a script and a recipe write nothing", function()
		refused("-e", ADD)
		refused(lab.file(ADD))
		refused(lab.file("plan(function() " .. ADD .. " end):apply()"))
		refused("run", "kcd", "--source", "host01", "--target", "host02", "--service", "cifs", "--add")
		assert.equal("", lab.must(("ls %s"):format(state)))
		assert.equal(0, (adsh("-y", "-e", ADD)))
		assert.equal("cifs/HOST02", written())
	end)

	it("a script cannot agree for itself", function()
		for _, words in ipairs {
			"ask(false)", "require 'adsh.core.options'.yes = true; require 'adsh.core.options'.interactive = true",
			"require 'adsh.core.plan'.asks(false)",
		} do
			refused("-e", words .. "; " .. ADD)
		end
		for _, words in ipairs {
			"agreed = true", "approve = function() return true end", "confirm = function() return true end", "sealed = false",
		} do
			local status, _, err = adsh("-e", ("require 'adsh.core.plan'.gate { %s }; %s"):format(words, ADD))
			assert.equal(1, status)
			assert.matches("unknown option", err)
			assert.equal("", written())
		end
	end)

	it("a script can make the rules stricter, and not looser", function()
		finally(function() lab.reset("DC1$", 532480) end)
		local trust = [[delegation.set_mode("host01", "unconstrained")]]
		for options, words in pairs {
			["--dry-run"] = "plan.gate { dry_run = false }; " .. ADD,
			["--read-only"] = "plan.gate { read_only = false }; " .. ADD,
			["--max-changes=1"] = [[plan.gate { max_changes = 9 }; delegation.allow("host02", "cifs/x") ]] .. ADD,
			["--log=" .. state .. "/log"] = "plan.gate { allow_widening = true }; " .. trust,
			["-q"] = "plan.gate { read_only = true }; " .. ADD,
			["--allow-widening"] = "plan.gate { allow_widening = false }; " .. trust,
			["--allow-protected"] = "plan.gate { allow_protected = false }; delegation.allow('dc1', 'cifs/x')",
		} do
			local status, _, err = adsh("-y", options, "-e", words)
			assert.is_true(status == 4 or status == 6 or status == 3, status .. err)
			assert.equal("", written())
		end
		lab.reset "HOST02$"
		local _, out = adsh("-f", "json", "-y", "--max-changes", "5", "-e", "plan.gate { max_changes = 3 }")
		assert.equal(3, require "cjson".decode(out).max_changes)
	end)

	it("a plan, undo and resume write nothing", function()
		local file = state .. "/plan"
		assert.equal(4, (adsh("--plan-out", file, "-e", ADD)))
		refused("apply", file)
		assert.equal(0, (adsh("-y", "apply", file)))
		local run = newest()
		refused("undo", run)
		assert.equal(0, (adsh("-y", "undo", run)))
		assert.equal("", written())

		lab.must(("sed -i '/\"intended\"/q' %s/journal/%s.jsonl"):format(state, run)) -- as if it was killed there
		local path = ("%s/journal/%s.jsonl"):format(state, run)
		local before = text_of(path)
		refused("resume", run)
		assert.equal(before, text_of(path))
		assert.equal(0, (adsh("-y", "resume", run)))
		assert.equal("cifs/HOST02", written())
		assert.matches('"status":"done"', text_of(path))
	end)
end)
