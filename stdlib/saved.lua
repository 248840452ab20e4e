-- Changes as they are kept in plan files and journals, and the way back to a plan.
local cjson = require "cjson"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local plan = require "adsh.plan"
local kinds = require "adsh.kinds"
local raising = require "adsh.raising"
local reached = require "adsh.reached"
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

--- JSON text as a table, or nil when it is none. null becomes nil, unless it is kept.
function saved.decode(line, keeps_null)
	local ok, value = pcall(cjson.decode, line)
	if not ok or type(value) ~= "table" then
		return nil
	end
	for key, v in pairs(keeps_null and {} or value) do
		if v == cjson.null then
			value[key] = nil
		end
	end
	return value
end

local function share_list(list, texts)
	for i, v in ipairs(type(list) == "table" and list or {}) do
		if type(v) == "string" then
			texts[v] = texts[v] or v
			list[i] = texts[v]
		end
	end
end

--- share(change, texts): the values of a change out of a file become those of texts, which gets new ones: Lua makes
--- a long string anew each time it is read, and a plan has one in a thousand lists. The change need not be one.
function saved.share(change, texts)
	for _, e in ipairs(type(change.edits) == "table" and change.edits or {}) do
		if type(e) == "table" then
			share_list(e.before, texts)
			share_list(e.after, texts)
		end
	end
end

-- ---- from a file to a plan ----

-- The directories of the domains that the changes are in, each asked just now, and those that do not answer: a list
-- of { domain=, error=, hint=, accounts = labels of the changes }.
local function reach(list, updates)
	local dirs, lacking, labels, order = {}, {}, {}, {}
	for _, c in ipairs(list) do
		if not labels[c.domain] then
			labels[c.domain] = {}
			order[#order + 1] = c.domain
		end
		table.insert(labels[c.domain], c.label)
	end
	directory.prefer(updates)
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
		if dirs[domain] then
			reached.wait(dir, updates)
		end
	end
	return dirs, lacking
end

-- Nothing can be written, or not all of it may be left out.
local function refuse(lacking, partial, rest)
	local first = lacking[1]
	local others = #lacking > 1 and (" (and %d more)"):format(#lacking - 1) or ""
	local message = ("%s could not be queried%s: %s. Nothing was written"):format(first.domain, others, first.error)
	error(failure("connect", message, rest > 0 and not partial
		and ("--partial writes the %d changes elsewhere; run the same command later for the rest"):format(rest)
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

-- Which of list is left out, each with the place of what leaves it out: those that are out by themselves, and what
-- needs one of them, directly or not. number(c, i): what others call it in their field after. is_out(c, i): true, it
-- is out; false, it is not, whatever it needs.
local function left_out(list, number, is_out)
	local at, out = {}, {}
	for i, c in ipairs(list) do
		at[number(c, i)] = i
	end
	local function why(i)
		if out[i] == nil then
			local own = is_out(list[i], i)
			out[i] = own and i or false -- before the others: the gate refuses circles
			for _, n in ipairs(own == nil and list[i].after or {}) do
				out[i] = out[i] or at[n] and why(at[n]) and at[n] or false
			end
		end
		return out[i]
	end
	for i = 1, #list do
		why(i)
	end
	return out
end

local function refuse_change(c, why)
	error(failure("refused", ("the change of %s is not valid: %s. Nothing was written"):format(c.label, tostring(why))), 0)
end

local function number_of(c, i)
	return c.n or i
end

local function needs(c, other)
	return ("%s requires %s, which is skipped"):format(c.label, other.label)
end

--- restore(list, dirs, numbered): a plan of those changes whose directory could be reached, dirs has it by the name of
--- its domain; numbered: they keep their numbers in the journal. And a list of those that need one that could not, in
--- words.
function saved.restore(list, dirs, numbered)
	local p, place, waiting = plan.new(), {}, {}
	local out = left_out(list, number_of, function(c)
		return not dirs[c.domain] or nil
	end)
	for i, c in ipairs(list) do
		if not out[i] then
			local ok, at = pcall(p.restore, p, dirs[c.domain], plain(c, numbered and c.n or nil))
			if not ok then
				refuse_change(c, at)
			end
			place[number_of(c, i)] = at
		elseif dirs[c.domain] then
			waiting[#waiting + 1] = needs(c, list[out[i]])
		end
	end
	for i, c in ipairs(list) do
		for _, n in ipairs(c.after or {}) do
			if place[number_of(c, i)] and place[n] then
				p:wait(place[number_of(c, i)], place[n])
			end
		end
	end
	return p, waiting
end

local WORDS = {
	other = "has been edited since",
	clash = "has been edited since, in the values that the plan changes",
	gone = "no longer exists",
	whole = "has been edited since: its members, its attributes, or the groups that it is in",
}

local function by_place(_, i)
	return i
end

-- Reads the objects again and drops what is done already, what has drifted, and what needs that; waiting: what is left
-- out already, in words.
local function fit(p, o, waiting)
	local drift, list, keep, done, drifted, warnings = p:drift(), p:all(), {}, 0, {}, {}
	if o.fresh then
		require "adsh.gpo.changes".check_versions(list, drift)
	end
	local out = left_out(list, by_place, function(_, i)
		return drift[i] ~= "done" and (not o.accept[drift[i]] or nil)
	end)
	for i, c in ipairs(list) do
		keep[i] = drift[i] ~= "done" and not out[i]
		if drift[i] == "done" then
			done = done + 1
		elseif out[i] == i then
			local word = WORDS[drift[i] == "clash" and kinds.of(c).existence and c.sid and "whole" or drift[i]]
			drifted[#drifted + 1] = ("%s %s"):format(c.label, word)
			warnings[#drifted] = drifted[#drifted] .. ": skipped"
		elseif out[i] then
			waiting[#waiting + 1] = needs(c, list[out[i]])
		end
	end
	if #drifted > 0 and not o.partial then
		error(failure("refused", table.concat(drifted, "; ") .. ". Nothing was written",
			"check them; --partial writes the others"), 0)
	end
	table.move(waiting, 1, #waiting, #drifted + 1, drifted)
	table.move(waiting, 1, #waiting, #warnings + 1, warnings)
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
		warnings[#warnings + 1] = ("%s could not be queried: %s. Not done: %s"):format(l.domain, l.error, names)
	end
end

--- start(list, o): a plan of changes out of a file, as they fit today, and what carry_out.plan starts from:
--- unchanged = the number that is done already, drifted = the names of what somebody else edited, lacking = the
--- domains that could not be asked (nil: none), and warnings that say so. o.accept: the kinds of drift (see
--- plan:drift) that may be written; without o.partial, drifted and lacking ones are an error and nothing is
--- written. o.fresh: what is written of it already was written in its order. o.numbered: the changes are of a journal
--- that goes on. o.reached: the updates that have to be on the domain controllers which are used, see adsh.reached.
function saved.start(list, o)
	local dirs, lacking = reach(list, o.reached or {})
	local left = #list
	for _, l in ipairs(lacking) do
		left = left - #l.accounts
	end
	if #lacking > 0 and (left == 0 or not o.partial) then
		refuse(lacking, o.partial, left)
	end
	local p, waiting = saved.restore(list, dirs, o.numbered)
	local result = fit(p, o, waiting)
	note_lacking(result.warnings, lacking)
	result.lacking = #lacking > 0 and lacking or nil
	return p, result
end

return saved
