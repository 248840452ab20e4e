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
local times = require "adsh.format.times"

local plan_file = {}

local FORMAT = "adsh plan 1"
local LARGEST = 1 << 30

-- JSON without white space, keys sorted byte by byte: the same content always has the same digest.
local canonical

local function canonical_list(v, put)
	put "["
	if text.is_list(v) then
		put(v, ",")
	else
		for i, one in ipairs(v) do
			put(i > 1 and "," or "")
			canonical(one, put)
		end
	end
	put "]"
end

local function canonical_map(v, put)
	local keys = {}
	for key in pairs(v) do
		keys[#keys + 1] = key
	end
	table.sort(keys)
	put "{"
	for i, key in ipairs(keys) do
		put((i > 1 and "," or "") .. json.encode(key) .. ":")
		canonical(v[key], put)
	end
	put "}"
end

function canonical(v, put)
	if type(v) ~= "table" then
		return put(v == cjson.null and "null" or json.encode(v))
	end
	(#v == 0 and next(v) ~= nil and canonical_map or canonical_list)(v, put)
end

--- digest(content): what a file with this content says, so that one sees when it was changed.
function plan_file.digest(content)
	return "sha256:" .. text.sha256(function(put)
		canonical(content, put)
	end)
end

-- Older files have the digest of the keys in the order in which they are shown.
local function is_whole(whole)
	return whole.digest == plan_file.digest(whole.content) or whole.digest == "sha256:" .. text.sha256(function(put)
		json.each(whole.content, put)
	end)
end

--- write(content, path): a file around the content of a plan. Even with a million values the text never is in memory.
function plan_file.write(content, path)
	local whole = { content = content, digest = plan_file.digest(content) }
	local ok, err = file.replace(path, "the plan", function(put)
		json.each(whole, put, "  ")
		put "\n"
	end)
	if not ok then
		error(err, 0)
	end
end

--- save(changes, path): writes plan:changes() with everything that is needed to check it later.
function plan_file.save(changes, path)
	local dir = directory.current():info()
	plan_file.write({
		format = FORMAT, created = os.date "!%Y-%m-%dT%H:%M:%SZ", author = dir.principal, user = file.user(),
		domain = dir.domain, server = dir.host, command = program.command(), recipe = carry_out.recipe,
		changes = saved.changes(changes), reached = reached.of(changes),
	}, path)
end

-- ---- reading ----

local AGAIN = "create it again with --plan-out"

local function refuse(path, why, hint)
	error(failure("refused", ("the plan %s %s"):format(path, why), hint or AGAIN), 0)
end

local PART = 1 << 20 -- bytes read at a time

-- upto(mark): the text of f before the next mark, which is passed over; nil: there is none. rest(n): the next n bytes,
-- all without n. The first part is there already.
local function parts_of(f, first)
	local held, at = first, 1
	local function more(n)
		local part = f:read(n)
		held, at = held:sub(at) .. (part or ""), 1
		return part
	end
	local function upto(mark)
		local from = at
		while true do
			local begins, ends = held:find(mark, from, true)
			if begins then
				local before = held:sub(at, begins - 1)
				at = ends + 1
				return before
			end
			from = math.max(1, #held - at + 3 - #mark) -- in what is held then
			if not more(PART) then
				return nil
			end
		end
	end
	local function rest(n)
		if not n or #held - at + 1 < n then
			more(n and PART or "a")
		end
		local taken = held:sub(at, n and at + n - 1)
		at = at + #taken
		return taken
	end
	return upto, rest
end

-- Lines of what save writes. A string cannot look like them: it has no line break.
local CHANGES, CHANGE_END, NEXT, CHANGES_END = '\n    "changes": [\n', "\n      }", ",\n", "\n    ]"

--- read_changes(f): what save wrote into f, a change at a time: the text of a plan is several times what it means.
--- nil: it was written by something else.
function plan_file.read_changes(f)
	local first, changes, texts = f:read(PART) or "", {}, {}
	if not first:find(CHANGES, 1, true) then
		return nil
	end
	local upto, rest = parts_of(f, first)
	local head, follows = upto(CHANGES), NEXT
	while follows == NEXT do
		local change = saved.decode((upto(CHANGE_END) or "") .. "}", true)
		if not change then
			return nil
		end
		saved.share(change, texts)
		changes[#changes + 1] = change
		follows = rest(#NEXT)
	end
	local tail = follows .. rest()
	local whole = tail:find(CHANGES_END, 1, true) == 1 and saved.decode(head .. CHANGES .. tail:sub(2))
	local content = whole and type(whole.content) == "table" and whole.content
	if not content or type(content.changes) ~= "table" or next(content.changes) ~= nil then
		return nil
	end
	content.changes = changes
	return whole
end

--- decode(f): what the JSON in f says; nil: it is not JSON.
function plan_file.decode(f)
	local whole = plan_file.read_changes(f)
	if not whole then
		f:seek "set"
		whole = saved.decode(f:read "a")
	end
	return whole
end

-- What the file holds, and whose it is. What third parties could have written is refused.
local function read(path)
	local f <close>, facts = file.open(path, "the plan", true)
	if not f then
		error(facts.kind == "refused" and facts or failure("usage", facts.message), 0)
	elseif facts.size > LARGEST then
		refuse(path, ("is larger than %d MiB"):format(LARGEST >> 20))
	end
	return plan_file.decode(f), facts
end

--- check(whole, path): the content of what plan_file.decode gave. What was cut off, changed by hand or is not of the
--- shape of a plan is refused.
function plan_file.check(whole, path)
	if not whole or type(whole.content) ~= "table" or whole.content.format ~= FORMAT then
		refuse(path, "is not a whole plan file")
	end
	local ok, is_same = pcall(is_whole, whole)
	if not ok or not is_same then
		refuse(path, "was changed after it was created")
	end
	local why = shape.plan(whole.content)
	if why then
		refuse(path, "is not a valid plan: " .. why)
	end
	return whole.content
end

--- load(path): the content of a plan file, checked, and { owner=, uid=, ours= }.
function plan_file.load(path)
	local whole, facts = read(path)
	return plan_file.check(whole, path), facts
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
			say_line(("%-10s %s"):format(key, text.escape(times.here(content[key], true))))
		end
	end
end

-- Somebody else's plan is carried out when --plan-by said so, or a person does, whom the gate asks.
local function check_owner(path, facts)
	local by = options.plan_by
	if by and by ~= facts.owner and by ~= tostring(facts.uid) then
		refuse(path, ("belongs to %s, not to %s"):format(facts.owner, by), "check it: adsh --dry-run apply " .. path)
	elseif not (facts.ours or by or options.dry_run or core.asks()) then
		refuse(path, "belongs to " .. facts.owner,
			("check it with --dry-run; --plan-by %s applies it"):format(facts.owner))
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
	local p, result = saved.start(content.changes, { accept = { none = true }, partial = options.partial, fresh = true,
		reached = content.reached })
	require "adsh.new_targets".add_changes(p, content.changes)
	result.plan, content.changes = path, nil
	collectgarbage() -- the plan has them: of a long one that is much
	return carry_out.alone(p, result)
end

return plan_file
