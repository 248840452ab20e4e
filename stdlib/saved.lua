-- Changes as they are kept in plan files and journals, and the way back to a plan.
local cjson = require "cjson"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local plan = require "adsh.plan"
local kinds = require "adsh.kinds"
local raising = require "adsh.raising"
local text = require "adsh.core.text"

local saved = {}

local KEPT = require "adsh.core.plan".fields "file"

--- The fields of a list of changes (plan:changes()) that are worth keeping.
function saved.changes(changes)
	local list = {}
	for i, c in ipairs(changes) do
		local one = { edits = {}, after = c.after }
		for key in pairs(KEPT) do
			one[key] = c[key]
		end
		for k, e in ipairs(c.edits) do
			one.edits[k] = { attribute = e.attribute, syntax = e.syntax, before = e.before, after = e.after }
		end
		list[i] = one
	end
	return list
end

-- {"base64":"..."} is bytes.
local function values(list)
	local out = {}
	for i, v in ipairs(list) do
		out[i] = type(v) == "table" and text.unbase64(v.base64) or v
	end
	return out
end

--- JSON text as a table, or nil when it is none. null becomes nil.
function saved.decode(line)
	local ok, value = pcall(cjson.decode, line)
	if not ok or type(value) ~= "table" then
		return nil
	end
	for key, v in pairs(value) do
		if v == cjson.null then
			value[key] = nil
		end
	end
	return value
end

-- ---- from a file to a plan ----

-- The directories of the domains that the changes are in, each asked just now, and those that do not answer: a list
-- of { domain=, error=, hint=, accounts = labels of the changes }.
local function reach(list)
	local dirs, lacking, labels, order = {}, {}, {}, {}
	for _, c in ipairs(list) do
		if not labels[c.domain] then
			labels[c.domain] = {}
			order[#order + 1] = c.domain
		end
		table.insert(labels[c.domain], c.label)
	end
	for _, domain in ipairs(order) do
		local dir, err = raising.try(directory.of, domain)
		if dir and #order > 1 then -- it may have been opened a while ago
			err = select(2, raising.try(dir.get, dir, dir:info().base, { attributes = { "objectGUID" } }))
		end
		if err and err.kind ~= "connect" then
			error(err, 0)
		elseif err then
			lacking[#lacking + 1] = { domain = domain, error = err.message, hint = err.hint, accounts = labels[domain] }
		end
		dirs[domain] = not err and dir or nil
	end
	return dirs, lacking
end

-- Nothing can be written, or not all of it may be left out.
local function refuse(lacking, partial, rest)
	local first = lacking[1]
	local others = #lacking > 1 and (" (nor could %d more)"):format(#lacking - 1) or ""
	local message = ("%s could not be asked%s: %s. Nothing was written"):format(first.domain, others, first.error)
	error(failure("connect", message, rest > 0 and not partial
		and ("--partial does the %d changes elsewhere; the same command does the rest later"):format(rest)
		or first.hint), 0)
end

-- What a change is; nothing that it says about itself besides.
local function plain(c, n)
	local one = { n = n, kind = c.kind or kinds.of_old(c), dn = c.dn, guid = c.guid, sid = c.sid, label = c.label,
		edits = {} }
	for i, e in ipairs(c.edits) do
		one.edits[i] = { attribute = e.attribute, before = values(e.before), after = values(e.after) }
	end
	return one
end

local function refuse_change(c, why)
	error(failure("refused", ("the change of %s is not valid: %s. Nothing was written"):format(c.label, tostring(why))), 0)
end

-- A plan of those changes whose directory could be reached; numbered: they keep their numbers in the journal.
local function restore(list, dirs, numbered)
	local p, place = plan.new(), {}
	for i, c in ipairs(list) do
		if dirs[c.domain] then
			local ok, at = pcall(p.restore, p, dirs[c.domain], plain(c, numbered and c.n or nil))
			if not ok then
				refuse_change(c, at)
			end
			place[c.n or i] = at
		end
	end
	for i, c in ipairs(list) do
		for _, n in ipairs(c.after or {}) do
			if place[c.n or i] and place[n] then
				p:wait(place[c.n or i], place[n])
			end
		end
	end
	return p
end

local WORDS = {
	other = "has been edited since",
	clash = "has been edited since, in the very values that the plan is about",
	gone = "is gone",
	whole = "has been edited since: its members, what is said of it, or the groups that it is in",
}

-- Reads the objects again and drops what is done already and what has drifted.
local function fit(p, accept, partial)
	local drift, keep, done, drifted, warnings = p:drift(), {}, 0, {}, {}
	for i, c in ipairs(p:all()) do
		keep[i] = accept[drift[i]] or false
		if drift[i] == "done" then
			done = done + 1
		elseif not keep[i] then
			local word = WORDS[drift[i] == "clash" and kinds.of(c).existence and c.sid and "whole" or drift[i]]
			drifted[#drifted + 1] = ("%s %s"):format(c.label, word)
			warnings[#drifted] = drifted[#drifted] .. ": left out"
		end
	end
	if #drifted > 0 and not partial then
		error(failure("refused", table.concat(drifted, "; ") .. ". Nothing was written",
			"look at them; --partial does the others"), 0)
	end
	p:keep(keep)
	return { unchanged = done, drifted = drifted, warnings = warnings }
end

local NAMES = 8 -- accounts named in a warning

local function note_lacking(warnings, lacking)
	for _, l in ipairs(lacking) do
		local names = table.concat(l.accounts, ", ", 1, math.min(#l.accounts, NAMES))
		if #l.accounts > NAMES then
			names = names .. (" and %d more"):format(#l.accounts - NAMES)
		end
		warnings[#warnings + 1] = ("%s could not be asked: %s. Not done: %s"):format(l.domain, l.error, names)
	end
end

--- start(list, o): a plan of changes out of a file, as they fit today, and what carry_out.plan starts from:
--- unchanged = the number that is done already, drifted = the names of what somebody else edited, lacking = the
--- domains that could not be asked (nil: none), and warnings that say so. o.accept: the kinds of drift (see
--- plan:drift) that may be written; without o.partial, drifted and lacking ones are an error and nothing is
--- written. o.numbered: the changes are of a journal that goes on.
function saved.start(list, o)
	local dirs, lacking = reach(list)
	local left = #list
	for _, l in ipairs(lacking) do
		left = left - #l.accounts
	end
	if #lacking > 0 and (left == 0 or not o.partial) then
		refuse(lacking, o.partial, left)
	end
	local p = restore(list, dirs, o.numbered)
	local result = fit(p, o.accept, o.partial)
	note_lacking(result.warnings, lacking)
	result.lacking = #lacking > 0 and lacking or nil
	return p, result
end

return saved
