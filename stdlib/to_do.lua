-- After a run that changed delegation: what has to happen on each host before it works there, by what was measured:
-- which domain controllers have it, which one a host uses, how old its tickets can be. Like hosts are one line.
local affected = require "adsh.to_do.affected"
local controllers = require "adsh.to_do.controllers"
local directory = require "adsh.directory"
local names = require "adsh.format.names"
local raising = require "adsh.raising"
local sid_names = require "adsh.sid_names"
local times = require "adsh.format.times"

local to_do = {}

local MOST = 1000 -- accounts that are looked at
local RENEWED = 7 * 24 * 3600 -- seconds that a ticket can be renewed: MS-KILE 3.1.5.4, the default of a domain
local PURGE = "klist purge -li 0x3e7"

-- ---- groups that a target names ----

-- The computers in the group of a row, each as a row that knows the group and when that was changed last.
local function members_of(row, list)
	local dir = raising.try(sid_names.home, row.sid)
	local group = type(dir) == "userdata" and raising.try(dir.get, dir, row.sid, { want = "group",
		attributes = { "sAMAccountName", "whenChanged" } })
	for _, dn in ipairs(group and require "adsh.members".dns(require "adsh.members".expand(dir, { row.sid })) or {}) do
		list[#list + 1] = { what = row.what, domain = row.domain, dn = dn, through = group.sAMAccountName,
			changed = group.whenChanged }
	end
end

-- A group that is named on a target counts by its members.
local function expanded(rows)
	local list = {}
	for _, row in ipairs(rows) do
		if row.sid and not row.group and sid_names.find(row.sid) and sid_names.is_group(row.sid) then
			raising.try(members_of, row, list)
		else
			list[#list + 1] = row
		end
	end
	return list
end

-- ---- what was measured ----

local function home_of(row)
	return row.sid and raising.try(sid_names.home, row.sid) or raising.try(directory.of, row.dn
		and sid_names.domain_of(row.dn) or row.domain)
end

-- The rows by the domain of their account: { dir, rows... }, and by that of the change.
local function by_home(rows)
	local list, known = {}, {}
	for _, row in ipairs(rows) do
		local dir = home_of(row)
		dir = type(dir) == "userdata" and dir or nil
		local key = dir and dir:info().domain:lower()
		if key and not known[key] then
			known[key] = { dir = dir }
			list[#list + 1] = known[key]
		end
		row.home = key
		table.insert(key and known[key] or {}, row)
	end
	return list, known
end

-- Asks each domain once: m.accounts, m.states = { [domain] = list of { server, state } }.
local function measure(rows)
	local m = { accounts = {}, states = {} }
	for _, part in ipairs(by_home(rows)) do
		m.states[part.dir:info().domain:lower()] = raising.try(controllers.ask, part.dir, part, m.accounts)
	end
	for _, row in ipairs(rows) do
		local domain = row.domain:lower()
		local dir = not m.states[domain] and raising.try(directory.of, domain)
		m.states[domain] = m.states[domain] or dir and raising.try(controllers.ask, dir, {}, m.accounts) or {}
	end
	return m
end

local function state_of(list, server)
	for _, c in ipairs(list) do
		if c.server:lower() == server:lower() then
			return c.state
		end
	end
end

-- The domain controllers for which has to be waited: that which the account uses, or, where nobody knows that, all.
local function waiting(m, row, a)
	local list, missing = m.states[row.domain:lower()], {}
	if a.server and row.home == row.domain:lower() then
		return state_of(list, a.server) ~= "has it" and { a.server } or {}
	end
	for _, c in ipairs(list) do
		missing[#missing + 1] = c.state ~= "has it" and c.server or nil
	end
	return missing
end

local function seconds_since(time)
	return os.time() - times.seconds(time)
end

-- Whether it can have tickets; true where nobody knows.
local function has_tickets(m, row, a)
	for _, c in ipairs(m.states[row.home or ""] or {}) do
		if c.state == "unreachable" or c.state == "not queried" then
			return true
		end
	end
	return a.last ~= nil and seconds_since(a.last) < RENEWED
end

-- ---- in words; %s stands for the names ----

local function wait_for(servers, run)
	if #servers == 0 then
		return nil
	end
	return ("wait until %s has it (adsh replication %s--wait 60)"):format(table.concat(servers, ", "),
		run and run .. " " or "")
end

-- What makes the account forget what it was told before.
local function afresh(a)
	return a.class == "computer" and PURGE or "restart the services that run as " .. a.label
end

local function gains(row, a, wait, tickets)
	if not tickets then
		return wait and "to do on %s: " .. wait or "works now on %s (no older tickets there)"
	elseif row.through and not (a.last and row.changed and a.last > row.changed) then
		return ("to do on %%s: %s%s, its tickets are older than the last change of %s"):format(wait and wait .. ", then "
			or "", afresh(a), names.short(row.through))
	elseif wait then
		return "to do on %s: " .. wait .. "; after a refusal before that: " .. afresh(a)
	end
	return "works now on %s; after a refusal in the last 15 minutes: " .. afresh(a)
end

local function loses(_, a, wait, tickets)
	if wait then
		return "to do on %s: " .. wait .. "; until then it may continue"
	elseif not tickets then
		return "no longer allowed on %s (no older tickets there)"
	end
	return "no longer allowed on %s; a ticket that is there lasts up to 15 minutes, unless: " .. afresh(a)
end

local function joins(row, a, wait, tickets)
	local first, group = wait and wait .. ", then " or "", names.short(row.group)
	if a.class ~= "computer" then
		return ("to do for %%s: %slog on again, tickets from before do not name %s"):format(first, group)
	elseif tickets then
		return ("to do on %%s: %s%s, its tickets do not name %s yet"):format(first, PURGE, group)
	end
	return wait and "to do on %s: " .. wait or ("%s is valid now on %%s (no older tickets there)"):format(group)
end

local function leaves(row, a, wait, tickets)
	if a.class == "computer" and not tickets and not wait then
		return nil
	end
	return ("to do on %%s: %s%s, tickets from before name %s until they end"):format(wait and wait .. ", then " or "",
		a.class == "computer" and PURGE or "log off", names.short(row.group))
end

local WORDS = { gains = gains, loses = loses, joins = joins, leaves = leaves }

local function words(m, row, a, run)
	if a.class == "group" then -- in a group: its members are as they were
		return nil
	end
	return WORDS[row.what](row, a, wait_for(waiting(m, row, a), run), has_tickets(m, row, a))
end

local function account_of(m, row)
	return m.accounts[(row.dn or row.sid):lower()]
end

-- The lines with the names of those that they are about, in the order in which the first came.
local function group(m, rows, run)
	local lines, known = {}, {}
	for _, row in ipairs(rows) do
		local a = account_of(m, row)
		local line = a and words(m, row, a, run)
		if line and not known[line] then
			known[line] = {}
			lines[#lines + 1] = line
		end
		if line and not known[line][a] then
			known[line][a] = true
			table.insert(known[line], a.label)
		end
	end
	for i, line in ipairs(lines) do
		table.sort(known[line], names.before)
		lines[i] = line:gsub("%%s", function() return (names.ranges(known[line])) end)
	end
	return lines
end

--- lines(changes[, run]): what is left to do, a list of lines; empty when nothing of it is about delegation or groups.
function to_do.lines(changes, run)
	local rows = expanded(affected.of(changes))
	if #rows == 0 then
		return {}
	end
	local rest = #rows - MOST
	for i = MOST + 1, #rows do
		rows[i] = nil
	end
	local lines = group(measure(rows), rows, run)
	lines[#lines + 1] = rest > 0 and ("%d more accounts were not checked"):format(rest) or nil
	return lines
end

local told = {} -- [run] = true: a person knows; what is shown again at the prompt is not told again

local function tell(changes, run, write)
	told[run or ""] = true
	for _, line in ipairs(raising.try(to_do.lines, changes, run) or {}) do
		write(line)
	end
end

--- say(changes, run): tells a person; nothing when the looking fails, as the run itself has not.
function to_do.say(changes, run)
	tell(changes, run, require "adsh.say".out)
end

--- once(changes, run, write): the same, unless this run has been told.
function to_do.once(changes, run, write)
	if not told[run or ""] then
		tell(changes, run, write)
	end
end

--- note(run, n): the same about the n objects that the journal of a run has. A long journal is not read again for it.
function to_do.note(run, n)
	if not told[run or ""] and n <= MOST then
		local r = raising.try(require "adsh.journal".read, run)
		tell(r and r.intents or {}, run, require "adsh.say".err)
	end
end

return to_do
