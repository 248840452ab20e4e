-- What people see of the journal: runs in a list, one run with what it wrote.
local names = require "adsh.format.names"
local printable = require "adsh.format.printable"
local times = require "adsh.format.times"

local run_view = {}

local HEAD = {
	"run", "command", "statement", "started", "finished", "status", "damaged", "user", "host", "principal", "server",
}

--- head(r): the lines about a run, by the clock on the wall.
function run_view.head(r)
	local lines = {}
	for _, key in ipairs(HEAD) do
		lines[#lines + 1] = r[key] and ("%-10s %s"):format(key, times.here(tostring(r[key]))) or nil
	end
	return lines
end

local function without(values, others)
	local there, list = {}, {}
	for _, v in ipairs(others) do
		there[v] = true
	end
	for _, v in ipairs(values) do
		list[#list + 1] = not there[v] and v or nil
	end
	return list
end

--- complete(changes): the journal has the values before and after; now also what comes and goes, as a plan has it.
function run_view.complete(changes)
	for _, c in ipairs(changes) do
		for _, e in ipairs(c.edits) do
			e.add = e.add or without(e.after, e.before)
			e.remove = e.remove or without(e.before, e.after)
		end
	end
	return changes
end

-- The same, of a copy: what the journal gave stays as it is.
local function completed(intents)
	local list = {}
	for i, c in ipairs(intents) do
		local edits = {}
		for k, e in ipairs(c.edits) do
			edits[k] = setmetatable({}, { __index = e })
		end
		list[i] = setmetatable({ edits = edits, kind = c.kind or require "adsh.kinds".of_old(c) }, { __index = c })
	end
	return run_view.complete(list)
end

local function by_state(intents)
	local groups, order = {}, {}
	for _, c in ipairs(intents) do
		local state = c.state or "?"
		if not groups[state] then
			groups[state] = {}
			order[#order + 1] = state
		end
		table.insert(groups[state], names.short(c.label))
	end
	for i, state in ipairs(order) do
		order[i] = ("%-10s %s"):format(state, names.ranges(groups[state]))
	end
	return order
end

--- run(r): one run as text.
function run_view.run(r)
	local lines = run_view.head(r)
	local states = by_state(r.intents)
	table.move(states, 1, #states, #lines + 1, lines)
	if #r.intents > 0 then
		local words = require "adsh.difference"(completed(r.intents))
		table.move(words, 1, #words - 1, #lines + 1, lines) -- but "plan: ..."
	end
	return table.concat(lines, "\n")
end

--- runs(list): a row for each, when it was and what was typed.
function run_view.runs(list)
	local rows = {}
	for i, r in ipairs(list) do
		rows[i] = { run = r.run, started = times.short(r.started), status = r.status, changes = r.changes,
			command = r.command }
	end
	return printable.ordered(rows, { "run", "started", "status", "changes", "command" })
end

return run_view
