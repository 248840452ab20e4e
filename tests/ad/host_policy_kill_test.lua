-- kill -9 in host-policy for two forests, between every two of its steps, on the way there and on the way back: a run
-- that is resumed is whole, one that is undone has never been. Looked at from outside, in the database and in the
-- file system of both domain controllers. One of the steps, another each time; all of them with ADSH_ROUNDS.
package.path = "tests/ad/?.lua;" .. package.path
local killer = require "killer"
local lab = require "lab"

local NAME = "adsh host policy"
local NODES = { dc1 = "DC=alpha,DC=test", dcb = "DC=beta,DC=test" }
local WORDS = { "run", "host-policy", "--ou", "OU=Hosts,DC=alpha,DC=test", "OU=Hosts,DC=beta,DC=test", "--for",
	"HyperV-Hosts@alpha.test", "HyperV-Hosts@beta.test", "--firewall", "--networks", "10.1.0.0/16", "--migration",
	"kerberos", "--replica", "--restricted", "--hosts-group", "HyperV-Hosts" }

local LOOK = [[
cd /var/lib/samba/sysvol/*/Policies && find . | sort
find . -type f ! -name GptTmpl.inf -exec sha256sum {} + | sort -k2
for f in ./*/Machine/Microsoft/Windows?NT/SecEdit/GptTmpl.inf; do [ ! -e "$f" ] || iconv -f UTF-16 -t UTF-8 "$f"; done
echo
q() { ldbsearch -H /var/lib/samba/private/sam.ldb "$@"; }
q -b "CN=Policies,CN=System,$1" '(objectClass=*)' displayName versionNumber flags gPCMachineExtensionNames
q -b "OU=Hosts,$1" -s base gPLink
q '(sAMAccountName=HyperV-Peers)' member groupType
]]

local function sorted(text)
	local lines = {}
	for line in text:gmatch "[^\n]+" do
		lines[#lines + 1] = line
	end
	table.sort(lines)
	return table.concat(lines, "\n")
end

-- All that the recipe touches there, in paragraphs; a policy has another GUID each time, and its group another SID.
local function look(node)
	local text = lab.must(("%s/in.sh %s sh -c %s look %s"):format(lab.scripts, node, lab.quote(LOOK), NODES[node]))
	text = text:gsub("\n ", ""):gsub("\n# [^\n]*", "")
	local policy = text:match("CN=({[%x-]+}),CN=Policies[^\n]*\ndisplayName: " .. NAME)
	text = policy and text:gsub(policy:gsub("%p", "%%%0"), "{GUID}") or text
	local list = {}
	for paragraph in (text:gsub("%*S%-1%-5%-21%-[%d-]+", "*SID") .. "\n\n"):gmatch "(.-)\n\n+" do
		list[#list + 1] = sorted(paragraph)
	end
	table.sort(list)
	return list
end

local function state()
	return { dc1 = look "dc1", dcb = look "dcb" }
end

describe("host-policy", function()
	local k, before, wanted, steps
	setup(function()
		lab.admin_of_both()
		k = killer.new { "-d", "alpha.test", "--allow-protected", "--allow-widening" }
		k.cache, before = lab.login "labadmin", state()
		local id, changes = k:through(WORDS, {})
		wanted, steps = state(), math.tointeger(changes)
		k:through({ "undo", id }, {})
	end)
	teardown(function()
		k:close()
	end)

	it("leaves nothing behind when it is undone", function()
		assert.not_same(before, wanted)
		assert.same(before, state())
	end)

	-- In the journal are a line for the run, one for each change, one when all are on the disk, then the results.
	local function point(step)
		return 2 + steps + step
	end

	local function check(step)
		local id = k:through(WORDS, { point(step) })
		assert.same(wanted, state())
		k:through({ "undo", id }, { point(step) })
		assert.same(before, state())
		k:forget()
	end

	it("is whole or gone, wherever it is killed", function()
		local one = not os.getenv "ADSH_ROUNDS" and math.random(0, steps)
		for step = one or 0, one or steps do
			check(step)
		end
		k:tell(("%d steps"):format(steps))
	end)
end)
