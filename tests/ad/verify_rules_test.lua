-- verify --why, verify --after and plan.verify in the lab: what they say comes true, by tickets of the KDC.
package.path = "tests/ad/?.lua;" .. package.path
local cjson = require "cjson"
local lab = require "lab"

local SOURCE, TARGET = "host06", "host07"
local SPN = "cifs/host07.alpha.test"

local function json(status, out)
	return cjson.decode(out).shown, status
end

local function why(...)
	return json(lab.adsh { "-f", "json", "run", "verify", "--why", SOURCE, ... })
end

local function plan_of(code)
	local path = os.tmpname()
	lab.must(("rm -f %s"):format(path))
	local status, _, err = lab.adsh { "-q", "-n", "--plan-out", path, "-e", code }
	assert.equal("4 ", status .. " " .. err)
	return path
end

local function after(path)
	local rows, status = json(lab.adsh { "-f", "json", "run", "verify", "--after", path })
	local list = {}
	for i, r in ipairs(rows) do
		list[i] = ("%s%s %s %s [%s] %s -> %s"):format(r.change, r.outside and "+" or "", r.source, r.target,
			table.concat(r.services, " "), r.before, r.after)
	end
	return list, status
end

local function clean()
	for _, name in ipairs { SOURCE, TARGET, "host08" } do
		lab.reset(name:upper() .. "$")
	end
end

describe("verify by rules", function()
	before_each(clean)
	teardown(clean)

	it("says why a pair does not work, by rule and object, until it does", function()
		local r, status = why(SPN, "--as", "user01")
		r = r[1]
		assert.same({ 4, false, "not allowed", "HOST06$, HOST07$", false },
			{ status, r.works, r.rule, r.object, r.came_with_kerberos.works })
		assert.is_false(lab.kdc_gives(SOURCE, SPN))
		lab.add("HOST06$", "msDS-AllowedToDelegateTo", SPN)
		r, status = why(SPN, "--as", "user01")
		r = r[1]
		assert.same({ 0, false, "not forwardable", "HOST06$", true },
			{ status, r.works, r.rule, r.object, r.came_with_kerberos.works })
		assert.is_false(lab.kdc_gives(SOURCE, SPN))
		assert.equal(0, (lab.adsh { "-e", r.fix }))
		r, status = why(SPN, "--as", "user01")
		assert.same({ 0, true, "constrained" }, { status, r[1].works, r[1].rule })
		assert.is_true(lab.kdc_gives(SOURCE, SPN))
		r = why(SPN, "--as", "sensitive")
		assert.same({ "not forwardable", "sensitive" }, { r[1].rule, r[1].object })
		assert.equal(2, #why(TARGET, "--as", "user01")) -- both names of the host
	end)

	it("says it in words", function()
		local _, out = lab.adsh { "run", "verify", "--why", SOURCE, SPN, "--as", "protected" }
		assert.truthy(out:find("HOST06$ to " .. SPN .. " for protected", 1, true), out)
		assert.truthy(out:find("decided by HOST06$, HOST07$: msDS-AllowedToDelegateTo", 1, true), out)
		assert.truthy(out:find('to fix it: delegation.allow("HOST06$", "' .. SPN .. '")', 1, true), out)
	end)

	it("says what a plan changes, and that comes true", function()
		local path = plan_of(("delegation.allow(%q, %q, {mode = 'any'})"):format(SOURCE, SPN))
		local list, status = after(path)
		assert.same({ 0, { "gains HOST06$ HOST07$ [" .. SPN .. "] no -> any protocol" } }, { status, list })
		assert.is_false(lab.kdc_gives(SOURCE, SPN))
		assert.equal(0, (lab.adsh { "apply", path }))
		assert.is_true(lab.kdc_gives(SOURCE, SPN))
		list, status = after(plan_of(("delegation.set_mode(%q, 'none')"):format(SOURCE)))
		assert.same({ 4, { "loses HOST06$ HOST07$ [" .. SPN .. "] any protocol -> no" } }, { status, list })
	end)

	it("says who else gains: members of a group, with new tickets", function()
		lab.reset("HOST08$", 16781312) -- protocol transition: else Samba's KDC takes no ticket of its own
		local path = plan_of(("delegation.allow_from(%q, 'HyperV-Hosts')"):format(TARGET))
		local list, status = after(path)
		assert.equal(4, status)
		assert.truthy(table.concat(list, "\n"):find("gains+ HOST08$ HOST07$ [every service] no -> any protocol", 1, true))
		assert.equal(0, (lab.adsh { "apply", path }))
		assert.is_true(lab.kdc_gives("host08", SPN))
	end)

	it("answers from a snapshot", function()
		local path = os.tmpname()
		lab.must("rm -f " .. path)
		lab.add("HOST06$", "msDS-AllowedToDelegateTo", SPN)
		assert.equal(0, (lab.adsh { "-q", "snapshot", path }))
		clean()
		local status, out = lab.sh(("%s --from %s run verify --why %s %s --as user01"):format(lab.quote(lab.program),
			path, SOURCE, SPN))
		assert.equal(0, status)
		assert.truthy(out:find("when the user came with Kerberos: yes, HOST06$ lists " .. SPN, 1, true), out)
	end)

	it("answers for the open plan", function()
		local _, out = lab.adsh { "-e", ("plan.on(); delegation.allow(%q, %q); show(plan.verify()); plan.drop()"):format(
			SOURCE, SPN) }
		assert.truthy(out:find("HOST06$ to HOST07$, cifs/: no -> Kerberos only", 1, true), out)
		local status, _, err = lab.adsh { "-e", "plan.verify()" }
		assert.truthy(status ~= 0 and err:find("no plan is open", 1, true), err)
	end)
end)
