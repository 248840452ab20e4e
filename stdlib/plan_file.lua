-- Plans in files: made by --plan-out, looked at by people, carried out later by adsh apply.
local cjson = require "cjson"
local directory = require "adsh.directory"
local carry_out = require "adsh.carry_out"
local core = require "adsh.core.plan"
local failure = require "adsh.failure"
local file = require "adsh.core.file"
local json = require "adsh.format.json"
local options = require "adsh.core.options"
local program = require "adsh.core.program"
local reached = require "adsh.reached"
local saved = require "adsh.saved"
local say = require "adsh.say"
local shape = require "adsh.shape"
local text = require "adsh.core.text"

local plan_file = {}

local FORMAT = "adsh plan 1"
local LARGEST = 256 << 20

-- JSON without white space, keys sorted byte by byte: the same content always has the same digest.
local function canonical(v)
	if type(v) ~= "table" then
		return v == cjson.null and "null" or json.encode(v)
	end
	local items, keys = {}, {}
	for key in pairs(v) do
		keys[#keys + 1] = key
	end
	if #v == #keys then
		local texts = text.quote_all(v, ",")
		for i, one in ipairs(texts and {} or v) do
			items[i] = canonical(one)
		end
		return "[" .. (texts or table.concat(items, ",")) .. "]"
	end
	table.sort(keys)
	for i, key in ipairs(keys) do
		items[i] = json.encode(key) .. ":" .. canonical(v[key])
	end
	return "{" .. table.concat(items, ",") .. "}"
end

local function digest(content)
	return "sha256:" .. text.sha256(canonical(content))
end

-- Older files have the digest of the keys in the order in which they are shown.
local function is_whole(whole)
	return whole.digest == digest(whole.content)
		or whole.digest == "sha256:" .. text.sha256(json.encode(whole.content))
end

--- save(changes, path): writes plan:changes() with everything that is needed to check it later.
function plan_file.save(changes, path)
	local dir = directory.current():info()
	local content = {
		format = FORMAT, created = os.date "!%Y-%m-%dT%H:%M:%SZ", author = dir.principal, user = file.user(),
		domain = dir.domain, server = dir.host, command = program.command(), recipe = carry_out.recipe,
		changes = saved.changes(changes), reached = reached.of(changes),
	}
	local bytes = json.encode({ content = content, digest = digest(content) }, "  ") .. "\n"
	local ok, err = file.replace(path, "the plan", bytes)
	if not ok then
		error(err, 0)
	end
end

-- ---- reading ----

local AGAIN = "make it again with --plan-out"

local function refuse(path, why, hint)
	error(failure("refused", ("the plan %s %s"):format(path, why), hint or AGAIN), 0)
end

-- The bytes of the file, and whose it is. What third parties could have written is refused.
local function read(path)
	local f, facts = file.open(path, "the plan", true)
	if not f then
		error(facts.kind == "refused" and facts or failure("usage", facts.message), 0)
	elseif facts.size > LARGEST then
		f:close()
		refuse(path, ("is larger than %d MiB"):format(LARGEST >> 20))
	end
	local bytes = f:read "a"
	f:close()
	return bytes, facts
end

--- load(path): the content of a plan file, and { owner=, uid=, ours= }. What was cut off, changed by hand or is not of
--- the shape of a plan is refused.
function plan_file.load(path)
	local bytes, facts = read(path)
	local whole = saved.decode(bytes)
	if not whole or type(whole.content) ~= "table" or whole.content.format ~= FORMAT then
		refuse(path, "is not a whole plan file")
	end
	local ok, is_same = pcall(is_whole, whole)
	if not ok or not is_same then
		refuse(path, "was changed after it was made")
	end
	local why = shape.plan(whole.content)
	if why then
		refuse(path, "is not a valid plan: " .. why)
	end
	return whole.content, facts
end

-- ---- whose it is ----

local HEAD = { "author", "user", "created", "domain", "server", "recipe", "command" }

-- Who made it, when, on what. A value is one line, whatever is in it.
local function introduce(path, content, facts)
	local say_line = carry_out.people() and not core.asks() and say.out or say.err
	say_line(("%-10s %s"):format("plan", path))
	say_line(("%-10s %s"):format("owner", facts.owner))
	for _, key in ipairs(HEAD) do
		if content[key] then
			say_line(("%-10s %s"):format(key, text.escape(content[key])))
		end
	end
end

-- Somebody else's plan is carried out when --plan-by said so, or a person does, whom the gate asks.
local function check_owner(path, facts)
	local by = options.plan_by
	if by and by ~= facts.owner and by ~= tostring(facts.uid) then
		refuse(path, ("belongs to %s, not to %s"):format(facts.owner, by), "look at it: adsh --dry-run apply " .. path)
	elseif not (facts.ours or by or options.dry_run or core.asks()) then
		refuse(path, "belongs to " .. facts.owner,
			("look at it with --dry-run; --plan-by %s carries it out"):format(facts.owner))
	end
end

--- apply(path): carries out what the file says, as far as it still fits; gives a table about it.
function plan_file.apply(path)
	local content, facts = plan_file.load(path)
	if not options.quiet and carry_out.people() or not facts.ours then
		introduce(path, content, facts)
	end
	check_owner(path, facts)
	carry_out.made_by(content.recipe)
	local p, result = saved.start(content.changes, { accept = { none = true }, partial = options.partial,
		reached = content.reached })
	require "adsh.new_targets".add_changes(p, content.changes)
	result.plan = path
	return carry_out.plan(p, result)
end

return plan_file
