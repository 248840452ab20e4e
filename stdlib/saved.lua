-- Changes as they are kept in plan files and journals, and the way back to a plan.
local cjson = require "cjson"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local plan = require "adsh.plan"
local text = require "adsh.core.text"

local saved = {}

local KEPT = { "dn", "guid", "label", "domain", "server", "why", "widens", "protected" }

--- The fields of a list of changes (plan:changes()) that are worth keeping.
function saved.changes(changes)
	local list = {}
	for i, c in ipairs(changes) do
		local one = { edits = {} }
		for _, key in ipairs(KEPT) do
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

--- restore(list[, inverse]): a plan of changes out of a file; inverse: each edit the other way round.
function saved.restore(list, inverse)
	local p = plan.new()
	for _, c in ipairs(list) do
		local one = { n = c.n, dn = c.dn, guid = c.guid, label = c.label, why = c.why, edits = {} }
		one.widens, one.protected = c.widens or nil, c.protected or nil
		for i, e in ipairs(c.edits) do
			local before, after = values(e.before), values(e.after)
			if inverse then
				before, after = after, before
			end
			one.edits[i] = { attribute = e.attribute, syntax = e.syntax, before = before, after = after }
		end
		p:restore(directory.of(c.domain), one)
	end
	return p
end

local WORDS = {
	other = "has been edited since",
	clash = "has been edited since, in the very values that the plan is about",
	gone = "is gone",
}

--- fit(p, accept, partial): reads the objects again and drops what is done already and what has drifted.
--- accept: the kinds of drift (see plan:drift) that may be written. Returns what execute.plan starts from:
--- unchanged = the number that is done already, drifted = the others' names, and warnings that say so;
--- without partial, drifted ones are an error and nothing is written.
function saved.fit(p, accept, partial)
	local drift, keep, done, drifted, warnings = p:drift(), {}, 0, {}, {}
	for i, c in ipairs(p:all()) do
		keep[i] = accept[drift[i]] or false
		if drift[i] == "done" then
			done = done + 1
		elseif not keep[i] then
			drifted[#drifted + 1] = ("%s %s"):format(c.label, WORDS[drift[i]])
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

return saved
