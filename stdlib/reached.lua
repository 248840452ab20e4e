-- Which update of which domain controller something was written or read with, and whether another one has it: a list of
-- { domain=, server=, invocation=, usn= }. Undo, resume and apply start from what is there, so it has to be all there.
local core = require "adsh.core.replication"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local options = require "adsh.core.options"
local raising = require "adsh.raising"
local say = require "adsh.say"

local reached = {}

local LONGEST = 30 -- seconds to wait for it
local STEP = 500 -- ms
local PATIENCE = 5 -- seconds for another domain controller to be connected

local update, vector, pause = raising(core).update, raising(core).vector, raising(core).pause

--- now(dir): how far the domain controller of dir has come.
function reached.now(dir)
	local info, one = dir:info(), update(dir)
	one.domain, one.server = info.domain, info.dns_host or info.host
	return one
end

--- of(changes): how far the domain controllers have come that plan:changes() were read from; nil: none can tell.
function reached.of(changes)
	local list, seen = {}, {}
	for _, c in ipairs(changes) do
		if not seen[c.domain] then
			seen[c.domain] = true
			local dir = raising.try(directory.of, c.domain)
			list[#list + 1] = dir and raising.try(reached.now, dir)
		end
	end
	return #list > 0 and list or nil
end

--- known(r): what the run that journal.read gave reached. Of one that was cut off only the servers may be known that it
--- wrote to: a list of { domain=, server= }, with invocation= and usn= where it says them.
function reached.known(r)
	local list, seen = {}, {}
	for i, one in ipairs(r.reached) do
		list[i] = one
		seen[one.domain:lower()] = true
	end
	for _, intent in ipairs(r.status == "interrupted" and r.intents or {}) do
		local domain = intent.domain:lower()
		if intent.server and intent.dn:sub(1, 2) ~= "\\\\" and not seen[domain] then
			seen[domain] = true
			list[#list + 1] = { domain = intent.domain, server = intent.server }
		end
	end
	return list
end

--- cursors(dir): what the domain controller of dir has of others, { [invocation] = { usn=, time= } }.
function reached.cursors(dir)
	local value = dir:get(dir:info().base, { attributes = { "replUpToDateVector" } }).replUpToDateVector
	return value and vector(type(value) == "table" and value[1] or value) or {}
end

--- lacks(dir, list): the first of the updates that the domain controller of dir does not have yet, or nil.
function reached.lacks(dir, list)
	local own = update(dir).invocation
	local cursors
	for _, one in ipairs(list) do
		if one.invocation ~= own then
			cursors = cursors or reached.cursors(dir)
			local cursor = cursors[one.invocation]
			if not cursor or cursor.usn < one.usn then
				return one
			end
		end
	end
end

local function refuse(host, one)
	error(failure("refused", ("%s does not have the changes of %s up to its update %d yet. Nothing was written"):format(
		host, one.server, one.usn),
		("use --server %s, or wait until they have replicated and try again"):format(one.server)), 0)
end

-- What is to be waited for of a server of which only the name is known: how far it has come by now; nil: nothing.
local function settle(dir, host, one)
	if one.invocation then
		return one
	elseif one.server:lower() == host:lower() then
		return nil
	end
	local now = raising.try(function()
		local other <close> = directory.at(dir, one.server, PATIENCE)
		return reached.now(other)
	end)
	if not now and not options.server then
		error(failure("refused", ("the run was interrupted, and %s, which it wrote to, cannot be queried. Nothing was "
			.. "written"):format(one.server),
			("wait until it answers, or use --server %s to go by the data of that domain controller"):format(host)), 0)
	elseif not now then
		say.err(("note: %s cannot be queried: the changes of the run there count only as far as %s has "
			.. "them"):format(one.server, host))
	end
	return now
end

--- wait(dir, list[, longest]): waits until the domain controller of dir has all updates of its domain in the list, with
--- a word about it; one that does not get them in so many seconds is refused.
function reached.wait(dir, list, longest)
	longest = longest or LONGEST
	local info, mine = dir:info(), {}
	local host, waited = info.dns_host or info.host, 0
	for _, one in ipairs(list) do
		if one.domain:lower() == info.domain:lower() then
			mine[#mine + 1] = settle(dir, host, one)
		end
	end
	local one = #mine > 0 and reached.lacks(dir, mine)
	if one then
		say.err(("note: %s does not have the changes of %s yet; waiting for up to %d seconds"):format(host, one.server,
			longest))
	end
	while one do
		if waited >= longest * 1000 then
			refuse(host, one)
		end
		pause(STEP)
		waited = waited + STEP
		one = reached.lacks(dir, mine)
	end
end

return reached
