-- Resource-based delegation for the pairs of hosts that topology found fit, and taking it back.
local core = require "adsh.core.delegation"
local delegation = require "adsh.delegation"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local lookup = require "adsh.core.lookup"
local members = require "adsh.members"
local raising = require "adsh.raising"
local topology = require "adsh.topology"

local resource_based = {}

local SOURCES = "msDS-AllowedToActOnBehalfOfOtherIdentity"

-- ---- groups in place of their members ----

-- A group that other domains see, and its directory.
local function group_of_name(name)
	local dir = directory.for_name(name)
	local g = dir:get(name, { want = "group" })
	for _, flag in ipairs(g.groupType and g.groupType.flags or {}) do
		if flag == "DOMAIN_LOCAL" or flag == "BUILTIN_LOCAL" then
			error(failure("usage", g.sAMAccountName .. " is a domain local group, which other domains do not see",
				"use a global or universal group"), 0)
		end
	end
	return g, dir
end

--- groups(names, list, lacking): for each host of list that is in one of the groups, that group's SID; and what there
--- is to say. lacking gets those whose domain could not be asked, as that of hosts.resolve.
function resource_based.groups(names, list, lacking)
	local sid_of, words, home_of = {}, {}, {}
	for _, o in ipairs(list) do
		home_of[o.dn:lower()] = o
	end
	for _, name in ipairs(names) do
		local g, dir = raising.try(group_of_name, name)
		if not g and dir.kind ~= "connect" then
			error(dir, 0)
		elseif not g then
			lacking[#lacking + 1] = { host = name, error = dir.message }
		else
			local n = 0
			local x = members.expand(dir, { g.dn }, true)
			for _, dn in ipairs(members.dns(x)) do
				local o = home_of[dn:lower()]
				if o then
					sid_of[o], n = g.objectSid, n + 1
				end
			end
			for _, l in ipairs(x.missing) do
				lacking[#lacking + 1] = { host = ("the members of %s in %s"):format(l.domain, g.sAMAccountName), error = l.error }
			end
			words[#words + 1] = ("%s@%s covers %d of the hosts, and future members: membership comes from the ticket, so "
				.. "each new member needs a new ticket (restart, or klist purge -li 0x3e7)"):format(
				g.sAMAccountName, dir:info().domain, n)
		end
	end
	return sid_of, words
end

-- ---- writing ----

-- The SIDs to put on each target, in the order of the rows.
local function by_target(rows, group_of)
	local order, sids, rest = {}, {}, {}
	for _, row in ipairs(rows) do
		local source, target = topology.objects(row)
		if row.verdict == "rbcd" then
			local sid = group_of[source] or source.objectSid
			if not sids[target] then
				sids[target] = {}
				order[#order + 1] = target
			end
			if not sids[target][sid] then
				sids[target][sid] = true
				table.insert(sids[target], sid)
			end
		else
			rest[#rest + 1] = row
		end
	end
	return order, sids, rest
end

-- The set of the SIDs that may act towards a target already.
local function sources_of(target)
	local set, bytes = {}, lookup.entry(target):first(SOURCES)
	for _, sid in ipairs(bytes and core.sources(bytes) or {}) do
		set[sid] = true
	end
	return set
end

-- The entries that targets have for single members of the groups: target -> SIDs, and how many.
local function single_entries(rows, group_of)
	local singles, n, known = {}, 0, {}
	for _, row in ipairs(rows) do
		local source, target = topology.objects(row)
		known[target] = known[target] or sources_of(target)
		if row.verdict == "rbcd" and group_of[source] and known[target][source.objectSid] then
			singles[target] = singles[target] or {}
			table.insert(singles[target], source.objectSid)
			n = n + 1
		end
	end
	return singles, n
end

--- allow(rows[, group_of[, replace]]): each target accepts delegation by the sources of its "rbcd" rows, or by the
--- groups that stand for them; replace: the entries of the groups' members go. Returns the rows that are left, and how
--- many entries of members stay.
function resource_based.allow(rows, group_of, replace)
	local order, sids, rest = by_target(rows, group_of or {})
	local singles, kept = single_entries(rows, group_of or {})
	for _, target in ipairs(order) do
		delegation.allow_from(target, sids[target])
		if replace and singles[target] then
			delegation.revoke_from(target, singles[target])
		end
	end
	return rest, replace and 0 or kept
end

--- revoke(rows, group_of): no target accepts delegation by the sources of its rows any more.
function resource_based.revoke(rows, group_of)
	local order, all = {}, {}
	for _, row in ipairs(rows) do
		local source, target = topology.objects(row)
		if not all[target] then
			all[target] = {}
			order[#order + 1] = target
		end
		table.insert(all[target], source.objectSid)
		table.insert(all[target], group_of[source])
	end
	for _, target in ipairs(order) do
		delegation.revoke_from(target, all[target])
	end
end

return resource_based
