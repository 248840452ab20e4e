-- Policy files: what the machine forbids, no option and no script allows.
package.path = "tests/ad/?.lua;" .. package.path
local fleet = require "fleet"
local lab = require "lab"

local place = lab.must "mktemp -d":gsub("%s", "")
local ADD = [[delegation.allow("host01", "cifs/HOST02")]]
local DELEGATE_TO = "msDS-AllowedToDelegateTo"
local TWO = [[plan(function()
	delegation.allow("host01", "cifs/HOST02")
	delegation.allow("host02", "cifs/HOST01")
end):apply()]]

local function write(path, text)
	lab.must(("mkdir -p $(dirname %s)"):format(path))
	local f <close> = assert(io.open(path, "w"))
	f:write(text)
end

-- Runs adsh where /etc/adsh/policy.lua is system and the user's own policy is user; before: commands of the
-- shell that runs there first.
local function adsh(system, user, words, before)
	local list = {}
	for i, w in ipairs(words) do
		list[i] = lab.quote(w)
	end
	lab.must(("rm -rf %s/etc/adsh %s/config"):format(place, place))
	if system then
		write(place .. "/etc/adsh/policy.lua", system)
	end
	if user then
		write(place .. "/config/adsh/policy.lua", user)
	end
	local line = ("mount --bind %s/etc /etc && { %s; XDG_CONFIG_HOME=%s/config KRB5CCNAME=%s exec %s -y --journal %s/runs"
		.. " %s; }"):format(place, before or ":", place, lab.login "labadmin", lab.quote(lab.program), place,
		table.concat(list, " "))
	return lab.sh(("unshare %s sh -c %s"):format(lab.must "id -u" == "0\n" and "-m" or "-rm", lab.quote(line)))
end

local function refused(pattern, status, out, err)
	assert.equal(6, status, out .. err)
	assert.matches(pattern, err)
	for i = 1, 2 do
		local a = lab.account(("HOST%02d$"):format(i), "msDS-AllowedToDelegateTo userAccountControl")
		assert.is_nil(a["msDS-AllowedToDelegateTo"])
		assert.equal("4096", a.userAccountControl[1])
	end
end

local function reset()
	lab.reset "HOST01$"
	lab.reset "HOST02$"
end

describe("a policy", function()
	setup(function()
		lab.sh(("cp -a /etc %s/etc"):format(place))
	end)
	before_each(reset)
	teardown(function()
		reset()
		lab.sh("rm -rf " .. place)
	end)

	it("allows what it does not forbid, and can be looked at", function()
		assert.equal(0, (adsh(nil, nil, { "-e", ADD })))
		reset()
		local system = "return { max_changes = 1, allowed_bases = { 'OU=Hosts," .. lab.base .. "' } }"
		local status, _, err = adsh(system, "return { read_only = false }", { "-e", ADD })
		assert.equal(0, status, err)
		local _, out = adsh(system, nil, { "-f", "json", "-e", "plan.policy()" })
		assert.matches('"file":"/etc/adsh/policy.lua"', out)
		assert.matches('"max_changes":1', out)
	end)

	it("is not got round by options and scripts", function()
		refused("policy of this machine is read_only", adsh("return { read_only = true }", nil,
			{ "-e", "plan.gate { read_only = false }; require 'adsh.core.policy'.tighten { read_only = false }; " .. ADD }))
		refused("max_changes in the policy of this machine allows 1", adsh("return { max_changes = 1 }", nil,
			{ "--max-changes", "5", "-e", TWO }))
		refused("HOST01%$ is outside the allowed bases", adsh(
			"return { allowed_bases = { 'CN=Computers," .. lab.base .. "' } }", nil, { "-e", ADD }))
		refused("HOST01%$ would get a forbidden", adsh("return { forbidden_modes = { 'unconstrained' } }", nil,
			{ "--allow-widening", "-e", [[delegation.set_mode("host01", "unconstrained")]] }))
		refused("HOST01%$ would get a forbidden", adsh("return { forbidden_modes = { 'any' } }", nil,
			{ "-e", [[delegation.allow("host01", "cifs/HOST02", { mode = "any" })]] }))
		refused("does not allow widening trust", adsh("return { allow_widening = false }", nil,
			{ "--allow-widening", "-e", [[delegation.set_mode("host01", "unconstrained")]] }))
		refused("does not allow this", adsh("return { allow_protected = false }", nil,
			{ "--allow-protected", "-e", [[delegation.allow("dc1", "cifs/HOST02")]] }))
	end)

	it("holds for recipes, apply and undo", function()
		refused("does not allow the recipe live%-migration", adsh("return { allowed_recipes = { 'spn', 'audit' } }", nil,
			{ "-y", "run", "live-migration", "host01", "host02" }))
		assert.equal(4, (adsh(nil, nil, { "--plan-out", place .. "/plan", "-e", ADD })))
		refused("is read_only", adsh("return { read_only = true }", nil, { "-y", "apply", place .. "/plan" }))
		lab.must(("rm -rf %s/runs"):format(place))
		assert.equal(0, (adsh(nil, nil, { "-e", ADD })))
		local run = lab.must(("ls %s/runs"):format(place)):match "(%S+)%.jsonl"
		local status, _, err = adsh("return { read_only = true }", nil, { "-y", "undo", run })
		assert.equal(6, status)
		assert.matches("is read_only", err)
	end)

	-- What a run of these words writes, with this policy.
	local function allows(rules, ...)
		local status, out, err = adsh("return { " .. rules .. " }", nil, { ... })
		assert.equal(0, status, out .. err)
	end

	local KCD = { "run", "kcd", "--source", "host01", "--target", "host02", "--service", "cifs", "--add" }
	local ONLY_KCD = "allowed_recipes = { 'kcd' }, allow_verbs = false"
	local NOT_KCD = "return { allowed_recipes = { 'spn', 'audit' } }"
	local NO_VERBS = "return { allow_verbs = false }"
	local ONLY = "only recipes write"

	local function newest()
		return lab.must(("ls %s/runs"):format(place)):match "(%S+)%.jsonl%s*$"
	end

	it("with allowed_recipes holds for the plans and the runs of a recipe", function()
		local file = place .. "/kcd.plan"
		assert.equal(4, (adsh(nil, nil, { "--plan-out", file, table.unpack(KCD) })))
		refused("allow the recipe kcd", adsh(NOT_KCD, nil, KCD))
		local status, out, err = adsh(NOT_KCD, nil, { "apply", file })
		refused("does not allow the recipe kcd", status, out, err)
		assert.matches("it allows: spn, audit", err)
		refused("allow the recipe kcd", adsh("return {}", NOT_KCD, { "apply", file }))
		refused("allow the recipe kcd", adsh("return { allowed_recipes = {} }", "return { allowed_recipes = { 'kcd' } }",
			{ "apply", file }))
		refused("allow the recipe kcd", adsh("return { allowed_recipes = { 'kcd' } }", NOT_KCD, { "apply", file }))
		allows(ONLY_KCD, "apply", file)
		assert.truthy(lab.account("HOST01$", DELEGATE_TO)[DELEGATE_TO])
		local run = newest()
		assert.matches('"recipe":"kcd"', lab.must(("head -n 1 %s/runs/%s.jsonl"):format(place, run)))
		for _, verb in ipairs { "undo", "resume" } do
			lab.must(("sed -i '/\"intended\"/q' %s/runs/%s.jsonl"):format(place, run)) -- as if it was killed there
			if verb == "resume" then
				reset()
			end
			local before = lab.account("HOST01$", DELEGATE_TO)[DELEGATE_TO]
			status, out, err = adsh(NOT_KCD, nil, { verb, run })
			assert.equal(6, status, out .. err)
			assert.matches("does not allow the recipe kcd", err)
			assert.same(before, lab.account("HOST01$", DELEGATE_TO)[DELEGATE_TO])
			allows(ONLY_KCD, verb, run)
			assert.equal(verb == "resume", lab.account("HOST01$", DELEGATE_TO)[DELEGATE_TO] ~= nil)
		end
		allows("allowed_recipes = {}", "-e", ADD) -- no recipe, and verbs are allowed
	end)

	it("with allow_verbs = false lets recipes write, and nothing else", function()
		local file = place .. "/verb.plan"
		refused(ONLY, adsh(NO_VERBS, nil, { "-e", ADD }))
		refused(ONLY, adsh("return {}", NO_VERBS, { lab.file(ADD) }))
		refused(ONLY, adsh("return {}", NO_VERBS, { "-n", "-e", ADD }))
		refused(ONLY, adsh(NO_VERBS, "return { allow_verbs = true }", { "-e", TWO }))
		assert.equal(4, (adsh(nil, nil, { "--plan-out", file, "-e", ADD })))
		refused(ONLY, adsh(NO_VERBS, nil, { "apply", file }))
		for _, words in ipairs { -- a script says that it is a recipe
			"core.made_by 'kcd'", "require 'adsh.carry_out'.made_by 'kcd'", "core.gate { recipe = 'kcd' }",
			"require 'adsh.core.policy'.tighten { no_verbs = false }",
			"require 'adsh.core.program'.verb = 'run'", "require 'adsh.core.options'.yes = true",
		} do
			refused(ONLY, adsh(NO_VERBS, nil, { "-e", ("local core = require 'adsh.core.plan' pcall(function() %s end) %s")
				:format(words, ADD) }))
		end
		refused(ONLY, adsh(NO_VERBS, nil, { "-e", [[require "adsh.recipes.kcd".prepare = function()
			]] .. ADD .. [[ return {} end require "adsh.recipe".main("kcd", "--source", "host01", "--target", "host02")]] }))
		allows("allow_verbs = false", table.unpack(KCD))
		local run = newest()
		local status, out, err = adsh(NO_VERBS, nil, { "-e", ("journal.undo %q"):format(run) })
		assert.equal(6, status, out .. err)
		assert.matches(ONLY, err)
		allows("allow_verbs = false", "undo", run)
		assert.is_nil(lab.account("HOST01$", DELEGATE_TO)[DELEGATE_TO])
		allows("", "-e", ADD)
		status, out, err = adsh(NO_VERBS, nil, { "undo", newest() })
		assert.equal(6, status, out)
		assert.matches(ONLY, err)
	end)

	it("does not take a plan for one of a recipe that never writes such a thing", function()
		local file = place .. "/forged.plan"
		lab.sh(lab.scripts .. "/in.sh dc1 samba-tool group removemembers HyperV-Hosts user01")
		assert.equal(4, (adsh(nil, nil, { "--plan-out", file, "-e", [[group.add("HyperV-Hosts", "user01")]] })))
		local plan = require "adsh.format.json"
		local content = require "cjson".decode(lab.must("cat " .. file)).content
		content.recipe = "kcd"
		local sum = lab.must(("printf %%s %s | sha256sum"):format(lab.quote(plan.encode(content)))):match "%x+"
		write(file, plan.encode { content = content, digest = "sha256:" .. sum })
		local status, out, err = adsh("return { " .. ONLY_KCD .. " }", nil, { "apply", file })
		assert.equal(6, status, out .. err)
		assert.matches("HyperV%-Hosts: member is not an attribute that recipe kcd writes", err)
		local group = lab.search("(cn=HyperV-Hosts)", "member")[1]
		assert.not_matches("user01", table.concat(group.member, " "))
	end)

	-- Stopped when its intents are on the disk, one request in flight at a time.
	-- A run over 150 hosts, while which somebody does that (LDIF with the last one's DN in place of %s): status, what
	-- was said.
	local function while_it_runs(ldif, policy)
		local many = fleet.new("moved", 150)
		many:seed()
		local edit = lab.file((ldif:gsub("%%s", ("CN=%s,OU=Hosts,%s"):format(many.names[#many.names], lab.base))))
		local script = lab.file [[
			plan.gate { window = 1 }
			plan(function()
				for i = 1, 150 do delegation.allow(("moved%03d"):format(i), "cifs/moved") end
			end):apply()
		]]
		finally(function()
			many:remove()
			lab.must(("rm -rf %s %s %s/moved"):format(edit, script, place))
		end)
		write(place .. "/moved/adsh/policy.lua", policy)
		local status, out, err = lab.sh(([[
			XDG_CONFIG_HOME=%s/moved KRB5CCNAME=%s %s -y --journal %s/moved/runs %s & pid=$!
			until grep -qs '"intended"' %s/moved/runs/*.jsonl; do :; done
			kill -STOP $pid
			KRB5CCNAME=%s ldapmodify -N -Q -Y GSSAPI -H ldap://%s -f %s
			kill -CONT $pid
			wait $pid
		]]):format(place, lab.login "labadmin", lab.quote(lab.program), place, script, place, lab.login "Administrator",
			lab.dc, edit))
		assert.same({ "cifs/moved" }, lab.account("MOVED149$", DELEGATE_TO)[DELEGATE_TO])
		return status, out .. err
	end

	it("holds for what somebody moves while the run goes on", function()
		local status, said = while_it_runs(
			"dn: %s\nchangetype: modrdn\nnewrdn: CN=moved150\ndeleteoldrdn: 1\nnewsuperior: OU=Staff," .. lab.base .. "\n",
			("return { allowed_bases = { 'OU=Hosts,%s' } }"):format(lab.base))
		assert.equal(3, status, said)
		assert.matches("MOVED150%$ is outside the allowed bases", said)
		assert.is_nil(lab.account("MOVED150$", DELEGATE_TO)[DELEGATE_TO])
	end)

	it("is judged again where somebody else writes while the run goes on", function()
		-- the value that is to be added is there then: the change is computed again
		local status, said = while_it_runs(("dn: CN=Domain Admins,CN=Users,%s\nchangetype: modify\nadd: member\n"
			.. "member: %%s\n\ndn: %%s\nchangetype: modify\nadd: %s\n%s: cifs/moved\n%s: HTTP/theirs\n"):format(
			lab.base, DELEGATE_TO, DELEGATE_TO, DELEGATE_TO), "return {}")
		assert.equal(3, status, said)
		assert.matches("a member of Domain Admins", said)
	end)

	it("of the user can only be stricter", function()
		refused("is read_only", adsh("return { read_only = true }", "return { read_only = false }", { "-e", ADD }))
		refused("is read_only", adsh("return {}", "return { read_only = true }", { "-e", ADD }))
		refused("allows 1", adsh("return { max_changes = 1 }", "return { max_changes = 9 }", { "-e", TWO }))
		refused("allows 1", adsh("return { max_changes = 9 }", "return { max_changes = 1 }", { "-e", TWO }))
		local hosts, all = "{ 'OU=Hosts," .. lab.base .. "' }", "{ '" .. lab.base .. "' }"
		local nowhere = "{ 'OU=Staff," .. lab.base .. "' }"
		refused("allowed bases", adsh("return { allowed_bases = " .. nowhere .. " }",
			"return { allowed_bases = " .. all .. " }", { "-e", ADD }))
		refused("allowed bases", adsh("return { allowed_bases = " .. hosts .. " }", nil,
			{ "-e", "group.create 'policy-test'" }))
		assert.equal(0, (adsh("return { allowed_bases = " .. all .. " }", "return { allowed_bases = " .. hosts .. " }",
			{ "-e", ADD })))
		reset()
		for _, mode in ipairs { "any", "unconstrained" } do
			refused("would get a forbidden", adsh("return { forbidden_modes = { 'unconstrained' } }",
				"return { forbidden_modes = { 'any' } }", { "--allow-widening", "-e",
					("delegation.set_mode('host01', %q)"):format(mode) }))
		end
	end)

	it("that is wrong stops everything, by file and key", function()
		for text, pattern in pairs {
			["return { max_change = 5 }"] = "/etc/adsh/policy%.lua: unknown key max_change; the known ones are: allow_protected",
			["return { max_changes = '5' }"] = "max_changes must be a whole number above zero",
			["return { max_changes = 0 }"] = "max_changes must be a whole number above zero",
			["return { allow_verbs = 'no' }"] = "allow_verbs must be true or false",
			["return { allowed_recipes = 'kcd' }"] = "allowed_recipes must be a list of strings",
			["return { read_only = 'no' }"] = "read_only must be true or false",
			["return { allowed_bases = 'OU=x' }"] = "allowed_bases must be a list of strings",
			["return { allowed_bases = { 'nonsense' } }"] = "'nonsense' is not a distinguished name",
			["return { allowed_bases = { {} } }"] = "allowed_bases must be a list of strings",
			["return { forbidden_modes = { 'all' } }"] = "forbidden_modes must be a list of modes",
			["return { 'read_only' }"] = "unknown key",
			["read_only = true"] = "it must return a table",
			["return {"] = "policy:1:",
			["return { read_only = os.getenv 'HOME' }"] = "policy:1: attempt to index a nil value",
			["return { read_only = ('x'):rep(9) == 'x' }"] = "policy:1: attempt to index a string value",
			["while true do end"] = "takes too long",
			["local s = 'x' for i = 1, 60 do s = s .. s end return {}"] = "not enough memory",
			["\27Lua"] = "attempt to load a binary chunk",
		} do
			local status, out, err = adsh(text, nil, { "-e", ADD })
			assert.equal(2, status, text .. out .. err)
			assert.matches(pattern, err)
		end
		local status, _, err = adsh(nil, "return { color = 1 }", { "-e", "1" })
		assert.equal(2, status)
		assert.matches("config/adsh/policy%.lua: unknown key color", err)
	end)

	it("that others could have written is not believed", function()
		local file = "/etc/adsh/policy.lua"
		for _, mode in ipairs { "666", "664", "646" } do
			refused("can be written by others", adsh("return {}", nil, { "-e", ADD }, ("chmod %s %s"):format(mode, file)))
		end
		refused("is larger than 64 KiB", adsh("return {}" .. (" "):rep(65536), nil, { "-e", ADD }))
		refused("is not a plain file", adsh("return {}", nil, { "-e", ADD }, ("rm %s; mkdir %s"):format(file, file)))
		if lab.must "id -u" == "0\n" then
			refused("does not belong to root", adsh("return {}", nil, { "-e", ADD }, "chown 1000 " .. file))
		end
		refused("is a symbolic link", adsh("return {}", nil, { "-e", ADD },
			("mv %s /etc/p; ln -s /etc/p %s"):format(file, file)))
	end)

	it("in a directory where others could have removed it stops everything, also when it is not there", function()
		for _, text in ipairs { "return {}", false } do
			local make = "mkdir -p /etc/adsh; "
			local function refuses(pattern, before)
				refused(pattern, adsh(text or nil, nil, { "-e", ADD }, make .. before))
			end
			refuses("policy directory /etc/adsh can be written by others %(mode 775%)", "chmod 775 /etc/adsh")
			refuses("policy directory /etc/adsh can be written by others %(mode 777%)", "chmod 777 /etc/adsh")
			refuses("its directory /etc can be written by others", "chmod 777 /etc")
			lab.must(("chmod 755 %s/etc"):format(place))
			if lab.must "id -u" == "0\n" then
				refuses("policy directory /etc/adsh belongs to", "chown 1000 /etc/adsh")
			end
		end
		assert.equal(0, (adsh(nil, nil, { "-e", "1" })))
		assert.equal(0, (adsh("return {}", nil, { "-e", "1" }, "mv /etc/adsh /etc/other; ln -s other /etc/adsh")))
		lab.must(("rm -rf %s/etc/other %s/etc/adsh %s/etc/p"):format(place, place, place))
	end)
end)
