-- Whether what a run wrote is on every domain controller of its domains.
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local filter = require "adsh.filter"
local help = require "adsh.help"
local journal = require "adsh.journal"
local raising = require "adsh.raising"
local reached = require "adsh.reached"
local times = require "adsh.format.times"

local opened = require "adsh.core.directory".named
local pause = raising(require "adsh.core.replication").pause

local replication = {}

local PATIENCE = 5 -- seconds for a domain controller to be connected
local STEP = 1000 -- ms between two looks

help "replication.hosts(dir) - Internal: The names of all domain controllers of dir's domain, read-only ones included."
function replication.hosts(dir)
	local info, list = dir:info(), {}
	local eq = filter.eq
	local settings = filter.all(eq("objectClass", "nTDSDSA"), filter.any(eq("msDS-HasDomainNCs", info.base),
		eq("hasMasterNCs", info.base), eq("msDS-hasFullReplicaNCs", info.base)))
	for e in dir:search { base = "CN=Sites," .. info.config_base, filter = settings, attributes = { "objectClass" } } do
		local server = raising.try(dir.get, dir, e.dn:match "^[^,]+,(.*)$", { attributes = { "dNSHostName" } })
		list[#list + 1] = server and server.dNSHostName
	end
	table.sort(list)
	return list
end

-- Since when something is not there, in seconds: it was written when the run ended, at the latest.
local function age_of(r)
	local at = times.seconds(r.finished or r.started or "")
	return at and math.max(0, os.time() - at)
end

-- One row about a domain controller.
local function look(row, home, list, r)
	local ok, err = raising.try(function()
		local dir <close> = directory.at(home, row.server, PATIENCE)
		row.state = reached.lacks(dir, list) and "not yet" or "arrived"
		return true
	end)
	if not ok then
		row.state, row.error = "unreachable", err.message
	end
	row.behind = row.state == "not yet" and age_of(r) or nil
end

-- The updates by domain: a list of { domain, updates... }.
local function by_domain(updates)
	local list, known = {}, {}
	for _, one in ipairs(updates) do
		local key = one.domain:lower()
		if not known[key] then
			known[key] = { domain = one.domain }
			list[#list + 1] = known[key]
		end
		table.insert(known[key], one)
	end
	return list
end

local function rows_of(r)
	local rows = {}
	directory.prefer(r.reached)
	for _, updates in ipairs(by_domain(r.reached)) do
		local home = directory.of(updates.domain)
		for _, host in ipairs(replication.hosts(home)) do
			rows[#rows + 1] = { domain = updates.domain, server = host, home = home, updates = updates }
		end
	end
	return rows
end

local function is_everywhere(rows)
	for _, row in ipairs(rows) do
		if row.state ~= "arrived" then
			return false
		end
	end
	return true
end

help [=[replication.status([run[, seconds]]) - Shows which domain controllers have the changes of a run; can wait.
Arguments:
	run (string): its id. Default: the last one
	seconds (number): how long to wait for it. Default: 0
Returns: a list:
	server, domain (string): the domain controller
	state (string): arrived, waiting, unknown
	behind (number): seconds since it heard of the writer
	error (string): why it could not be queried
Errors:
	notfound: no such run, or it wrote nothing
Example: replication.status()]=]
function replication.status(run, seconds)
	local r = journal.read(run or "last")
	if #r.reached == 0 then
		error(failure("notfound", ("the journal of the run %s does not record which updates it reached"):format(r.run),
			"it wrote to no directory, was interrupted, or is from an older adsh"), 0)
	end
	local rows, waited = rows_of(r), 0
	repeat
		for _, row in ipairs(rows) do
			if row.state ~= "arrived" then
				look(row, row.home, row.updates, r)
			end
		end
		local again = not is_everywhere(rows) and waited < (seconds or 0) * 1000
		waited = waited + (again and pause(STEP) and STEP or 0)
	until not again
	for _, row in ipairs(rows) do
		row.home, row.updates = nil, nil
	end
	return rows, is_everywhere(rows)
end

help "replication.note(run) - Internal: A line about the domain controllers that get what the run wrote later, or nil."
function replication.note(run)
	local parts = {}
	for _, updates in ipairs(by_domain(journal.reached(run))) do
		local dir = opened(updates.domain) -- none is opened for this
		local others = dir and #(raising.try(replication.hosts, dir) or {}) - 1 or 0
		if others > 0 then
			local noun = others == 1 and "domain controller" or "domain controllers"
			parts[#parts + 1] = ("%d other %s of %s"):format(others, noun, updates.domain)
		end
	end
	return #parts > 0 and ("note: %s will get the changes by replication; check with adsh replication %s"):format(
		table.concat(parts, ", "), run) or nil
end

return replication
