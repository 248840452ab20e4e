-- The ways in which a change reaches the gate, each taken from outside as a user takes it: by the program. A row says
-- what is changed: see guards_test.lua.
local cjson = require "cjson"
local json = require "adsh.format.json"
local lab = require "lab"
local text = require "adsh.core.text"

local ways = {}

local place = lab.must "mktemp -d":gsub("%s", "")
local ticket = lab.login "labadmin"

local function write(name, content)
	local path = place .. "/" .. name
	lab.must("mkdir -p " .. path:match "^(.*)/")
	local f <close> = assert(io.open(path, "w"))
	f:write(content)
	return path
end

local function read(path)
	local f <close> = assert(io.open(path))
	return f:read "a"
end

-- ---- running adsh ----

local ALLOW = { widens = "--allow-widening", protected = "--allow-protected" }
local FORBID = { widens = "allow_widening", protected = "allow_protected" }

--- The three modes: words of the command line, and whether a policy forbids it.
ways.modes = {
	none = function() return {}, false end,
	policy = function(row) return { ALLOW[row.sort] or "--allow-protected" }, true end,
	option = function(row) return { ALLOW[row.sort] }, false end,
}
local BOTH = { ALLOW.widens, ALLOW.protected }

for sort, key in pairs(FORBID) do
	write(sort .. "/adsh/policy.lua", ("return { %s = false }\n"):format(key))
end
write("bases/adsh/policy.lua", ("return { allowed_bases = { 'OU=Forged,%s' } }\n"):format(lab.base))

local function command(options, policy, words)
	local list = { "HOME=" .. place, "KRB5CCNAME=" .. ticket }
	if policy then
		list[#list + 1] = ("XDG_CONFIG_HOME=%s/%s"):format(place, policy)
	end
	list[#list + 1] = ("%s --journal %s/runs"):format(lab.quote(lab.program), place)
	for _, some in ipairs { options, words } do
		for _, w in ipairs(some) do
			list[#list + 1] = lab.quote(w)
		end
	end
	return table.concat(list, " ")
end

-- Status and what was said.
local function adsh(words, row, mode)
	local options, forbidden = BOTH, false
	if mode then
		options, forbidden = ways.modes[mode](row)
	end
	local status, out, err = lab.sh(command({ "-y", table.unpack(options) }, forbidden and row.sort, words))
	return status, out .. err
end

--- With both options: what the way needs to have been done before.
local function must(words)
	local status, said = adsh(words)
	assert(status == 0, said)
	return said
end
ways.must = must

-- ---- changes out of files ----

--- change_of(row, from, to): the change as a plan file or plan:restore takes it.
function ways.change_of(row, from, to)
	local o = row.object
	return {
		kind = row.kind or "attributes", dn = o.dn, guid = o.guid, label = o.label, domain = lab.domain,
		edits = { { attribute = row.attribute, syntax = "set", before = from, after = to } },
	}
end
local change_of = ways.change_of

local RESTORE = [[
local cjson, text = require "cjson", require "adsh.core.text"
local function bytes(list)
	for i, v in ipairs(list) do
		list[i] = type(v) == "table" and text.unbase64(v.base64) or v
	end
end
local p = plan(function() end)
for _, c in ipairs(cjson.decode(io.open(arg[1]):read "a")) do
	for _, e in ipairs(c.edits) do
		bytes(e.before)
		bytes(e.after)
	end
	p:restore(directory.current(), c)
end
p:apply()
]]
local restore = write("restore.lua", RESTORE)

local function as_script(change)
	return { restore, write("change.json", json.encode { change }) }
end

--- must_restore(row, from, to): writes it, with both options.
function ways.must_restore(row, from, to)
	must(as_script(change_of(row, from, to)))
end

--- read(verb): the values that adsh finds where this verb would change them.
function ways.read(verb)
	local path = place .. "/read.plan"
	local status, said = adsh { "--plan-out", path, "-e", verb }
	assert(status == 4, said)
	local list = cjson.decode(read(path)).content.changes[1].edits[1].before
	for i, v in ipairs(list) do
		list[i] = type(v) == "table" and text.unbase64(v.base64) or v
	end
	return list
end

--- forge(changes): a plan file with these changes and a digest that is right.
function ways.forge(changes)
	local content = { format = "adsh plan 1", created = "2026-01-01T00:00:00Z", command = "adsh", changes = changes }
	return write("forged.plan", json.encode {
		content = content, digest = "sha256:" .. text.sha256(json.encode(content)),
	})
end

--- restore(changes, row, mode): status, what was said.
function ways.restore(changes, row, mode)
	return adsh({ restore, write("change.json", json.encode(changes)) }, row, mode)
end

function ways.apply(path, row, mode)
	return adsh({ "apply", path }, row, mode)
end

local function newest()
	return lab.must(("ls %s/runs"):format(place)):match "(%S+)%.jsonl%s*$"
end

-- ---- the ways ----

-- Each has a name and make(row, set), which does what has to be there before and gives a function that goes the way
-- once, in a mode: status, and what was said. spoken: it needs a verb; written: the change has been written before.
ways.list, ways.by_name = {}, {}

local function way(name, kind, make)
	local one = { name = name, make = make, spoken = kind == "spoken", written = kind == "written" }
	ways.list[#ways.list + 1] = one
	ways.by_name[name] = one
end

local function plain(words)
	return function(row, mode)
		return adsh(words, row, mode)
	end
end

way("verb", "spoken", function(row)
	return plain { "-e", row.verb }
end)

way("script", "spoken", function(row)
	return plain { write("script.lua", ("plan(function() %s end):apply()"):format(row.verb)) }
end)

way("recipe", "recipe", function(row)
	return plain { "run", table.unpack(row.recipe) }
end)

way("dry run, then apply", "spoken", function(row)
	local path = place .. "/saved.plan"
	local status, said = adsh { "--plan-out", path, "-e", row.verb }
	assert(status == 4, said)
	return plain { "apply", path }
end)

way("forged plan", "forged", function(row)
	return plain { "apply", ways.forge { change_of(row, row.narrow, row.wide) } }
end)

way("restore", "forged", function(row)
	return plain(as_script(change_of(row, row.narrow, row.wide)))
end)

way("undo", "written", function(row, set)
	set(row, row.wide)
	must(as_script(change_of(row, row.wide, row.narrow)))
	return plain { "undo", newest() }
end)

way("undo of undo", "written", function(row)
	must(as_script(change_of(row, row.narrow, row.wide)))
	must { "undo", newest() }
	return plain { "undo", newest() }
end)

-- Cut off as if it was killed after its intent was on the disk.
way("resume", "written", function(row, set)
	must(as_script(change_of(row, row.narrow, row.wide)))
	local run = newest()
	local cut = read(("%s/runs/%s.jsonl"):format(place, run)):match '^(.-"intended"[^\n]*\n)'
	set(row, row.narrow)
	return function(r, mode)
		write("runs/" .. run .. ".jsonl", cut)
		return adsh({ "resume", run }, r, mode)
	end
end)

function ways.clear()
	lab.sh("rm -rf " .. place)
end

return ways
