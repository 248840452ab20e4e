-- The rows of a check for people: what fails first, then what nobody sees from here, then what holds, in short.
local examine = require "adsh.doctor.examine"
local options = require "adsh.core.options"
local say = require "adsh.say"

local page = {}

local NAMED = 4 -- subjects in one line; -v names all
local ALIKE = 12 -- rows of one condition; -v shows all

local SECTIONS = {
	{ name = "fails", title = "Fails" },
	{ name = "unknown", title = "Could not be checked" },
	{ name = "skipped", title = "Not checked, because of the failures" },
	{ name = "hidden", title = "Cannot be checked from here; these lines show it on the host (PowerShell)" },
	{ name = "holds", title = "Holds" },
}

local function section_of(row)
	return row.state == "unseen" and (examine.is_skipped(row) and "skipped" or examine.matters(row) and "unknown"
		or "hidden") or row.state
end

local APART = { fails = true, unknown = true } -- where each reason is told

-- Rows that say the same of several subjects: { row, subjects... }.
local function grouped(rows, apart)
	local groups, by_key = {}, {}
	for _, row in ipairs(rows) do
		local key = table.concat({ row.condition, apart and row.reason or "", apart and row.fix or "" }, "\0")
		if not by_key[key] then
			by_key[key] = { row = row }
			groups[#groups + 1] = by_key[key]
		end
		table.insert(by_key[key], row.subject)
	end
	return groups
end

local function subjects_of(g)
	if #g <= NAMED or options.verbose then
		return table.concat(g, ", ")
	end
	return ("%s and %d more"):format(table.concat(g, ", ", 1, NAMED - 1), #g - NAMED + 1)
end

local function say_group(name, g)
	local row = g.row
	local reason = name ~= "holds" and name ~= "skipped" and row.reason and ": " .. row.reason or ""
	say.out(("  %-32s %s%s"):format(row.condition, subjects_of(g), reason))
	if row.fix and name ~= "holds" then
		say.out("      " .. row.fix .. (#g > 1 and name == "hidden" and "   # and so on" or ""))
	end
end

-- Of very many that fail in the same way only the first ones.
local function say_section(name, groups)
	local n, last = {}, {}
	for _, g in ipairs(groups) do
		local condition = g.row.condition
		n[condition] = (n[condition] or 0) + 1
		last[condition] = g
	end
	local at = {}
	for _, g in ipairs(groups) do
		local condition = g.row.condition
		at[condition] = (at[condition] or 0) + 1
		if at[condition] <= ALIKE or options.verbose then
			say_group(name, g)
		elseif g == last[condition] then
			local how = examine.mend_of(g.row) and "; --fix plans all of them" or ""
			say.out(("  %-32s %d more; -v shows all%s"):format(condition, n[condition] - ALIKE, how))
		end
	end
end

--- page.count(rows): how many there are of each state.
function page.count(rows)
	local n = { holds = 0, fails = 0, unseen = 0 }
	for _, row in ipairs(rows) do
		n[row.state] = n[row.state] + 1
	end
	return n
end

--- page.print(rows)
function page.print(rows)
	local of = {}
	for _, row in ipairs(rows) do
		local name = section_of(row)
		of[name] = of[name] or {}
		table.insert(of[name], row)
	end
	for _, s in ipairs(SECTIONS) do
		if of[s.name] then
			say.out(("%s:"):format(s.title))
			say_section(s.name, grouped(of[s.name], APART[s.name]))
		end
	end
	local n = page.count(rows)
	say.out(("%d conditions: %d hold, %d fail, %d cannot be checked"):format(#rows, n.holds, n.fails, n.unseen))
end

return page
