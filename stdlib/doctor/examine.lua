-- Goes through conditions: each about its subjects, those first that others need. A condition of which one that it
-- needs fails is not checked, so that one fault is one failed row.
--
-- A condition is a table: name; of = "host", "source", "target", "pair", "domain", "controller",
-- "administrator", "place" (a share), "access" (of somebody to a share) or "once"; check(scene, subject) gives a
-- verdict (adsh.doctor.verdict), nil: it says nothing about this subject; needs, needs_source, needs_target = names of
-- conditions about the subject or its parts, all of them or those of one side.
local printable = require "adsh.format.printable"
local raising = require "adsh.raising"
local verdict = require "adsh.doctor.verdict"

local examine = {}

local SHOWN = { "condition", "subject", "state", "reason", "fix" }
local EVERY = { "account found" } -- what all conditions need
local details = setmetatable({}, { __mode = "k" }) -- row -> the verdict

--- mend_of(row), matters(row), is_skipped(row): what the verdict says besides; see adsh.doctor.verdict.
function examine.mend_of(row)
	return details[row].mend
end

function examine.matters(row)
	return details[row].matters
end

function examine.is_skipped(row)
	return details[row].skipped
end

-- The things that a subject is about, itself first.
local function parts_of(x, side)
	local list = { x }
	for _, key in ipairs(side and { side } or { "source", "target" }) do
		list[#list + 1] = x[key]
	end
	for i = 1, #list do
		list[#list + 1] = list[i].domain
	end
	list[#list + 1] = x.place
	list[#list + 1] = x.administrator
	return list
end

-- What keeps a subject from being checked: the row that failed.
local function blocked(bad, x, names, side)
	for _, name in ipairs(names or {}) do
		for _, part in ipairs(bad[name] and parts_of(x, side) or {}) do
			if bad[name][part] then
				return bad[name][part]
			end
		end
	end
end

local function why_not(bad, c, x)
	return blocked(bad, x, EVERY) or blocked(bad, x, c.needs) or blocked(bad, x, c.needs_source, "source")
		or blocked(bad, x, c.needs_target, "target")
end

local function skipped(row)
	return { state = "unseen", skipped = true,
		reason = ("not checked, because %s of %s fails"):format(row.condition, row.subject) }
end

-- A question that could not be asked is no answer.
local function ask(c, scene, x)
	local v, err = raising.try(c.check, scene, x)
	if err and (err.kind == "interrupted" or err.kind == "usage") then
		error(err, 0)
	end
	return err and verdict.unseen(tostring(err.message), err.hint) or v
end

local function row_of(c, x, v)
	local row = printable.ordered({ condition = c.name, subject = x.label, state = v.state, reason = v.reason,
		fix = v.fix }, SHOWN)
	details[row] = v
	return row
end

--- examine(scene, conditions): the rows: condition, subject, state, reason, fix.
function examine.run(scene, conditions)
	local rows, bad = {}, {}
	for _, c in ipairs(conditions) do
		bad[c.name] = bad[c.name] or {}
		for _, x in ipairs(scene:subjects(c.of)) do
			local cause = why_not(bad, c, x)
			local v = cause and skipped(cause) or ask(c, scene, x)
			if v then
				local row = row_of(c, x, v)
				rows[#rows + 1] = row
				bad[c.name][x] = cause or (v.state == "fails" or v.blocks) and row or bad[c.name][x]
			end
		end
	end
	return printable.ordered(rows, SHOWN)
end

return examine
