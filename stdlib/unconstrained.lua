-- Trust for delegation to any service: what it opens, what would stop it, and the exact way back.
local delegation = require "adsh.delegation"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local options = require "adsh.core.options"
local plan = require "adsh.plan"

local unconstrained = {}

local BIT, TRANSITION = 0x80000, 0x1000000 -- TRUSTED_FOR_DELEGATION, TRUSTED_TO_AUTH_FOR_DELEGATION

--- Lines that say what it means for these hosts.
function unconstrained.opens(list)
	return {
		("Trust for any service: each of these %d hosts gets the tickets of every user who signs in to it, and may act"
			.. " as him"):format(#list),
		"towards any service of every domain that accepts his. Who controls one host controls what its administrators may.",
	}
end

--- What stands against it, pair by pair, alike ones together.
function unconstrained.stops(rows)
	local count, order = {}, {}
	for _, row in ipairs(rows) do
		local why = row.any_service_blocked
			or row.any_service_limit and "it works " .. row.any_service_limit
		if why and not count[why] then
			count[why] = 0
			order[#order + 1] = why
		end
		if why then
			count[why] = count[why] + 1
		end
	end
	for i, why in ipairs(order) do
		order[i] = ("%s (%d of %d pairs)"):format(why, count[why], #rows)
	end
	return order
end

--- Plans it for every host of the list; replace: constrained leftovers go.
function unconstrained.allow(list, replace, warnings)
	for _, o in ipairs(list) do
		local targets = o["msDS-AllowedToDelegateTo"] or {}
		if #targets > 0 and replace then
			delegation.revoke(o, targets)
		elseif #targets > 0 then
			warnings[#warnings + 1] = ("%s keeps %d values in msDS-AllowedToDelegateTo; --replace removes them")
				:format(hosts.label(o), #targets)
		end
		delegation.set_mode(o, "unconstrained")
	end
end

--- Asks once for all that are not trusted so far, or takes the option for it; a refusal is an error.
function unconstrained.consent(list, allowed)
	local n = 0
	for _, o in ipairs(list) do
		n = n + (hosts.has_flag(o, "TRUSTED_FOR_DELEGATION") and 0 or 1)
	end
	if n == 0 then
		return
	end
	allowed = allowed or options.allow_widening
	if not allowed and options.interactive and not options.yes then
		allowed = require "adsh.ask"(("Trust %d hosts for delegation to any service?"):format(n))
	end
	if not allowed then
		error(failure("refused", ("%d hosts would be trusted for delegation to any service. Nothing was written")
			:format(n), "if that is really meant, say so with --allow-any-service"), 0)
	end
	plan.gate { allow_widening = true }
end

-- ---- the way back ----

local function edit_of(change, attribute)
	for _, e in ipairs(change.edits) do
		if e.attribute:lower() == attribute:lower() then
			return e
		end
	end
end

-- Does a change out of a journal turn the bit on?
local function gives(change)
	local e = change.state ~= "failed" and edit_of(change, "userAccountControl")
	local before, after = e and tonumber(e.before[1]), e and tonumber(e.after[1])
	return before and after and before & BIT == 0 and after & BIT ~= 0
end

-- What --replace took away.
local function removed(change)
	local e, has, list = edit_of(change, "msDS-AllowedToDelegateTo"), {}, {}
	for _, v in ipairs(e and e.after or {}) do
		has[v:lower()] = true
	end
	for _, v in ipairs(e and e.before or {}) do
		if not has[v:lower()] then
			list[#list + 1] = v
		end
	end
	return list
end

-- What newer runs say of each account, back to the one that gave it the bit: { before = bits, removed = values }.
local function history(list)
	local journal = require "adsh.journal"
	local of, open = {}, #list
	for _, o in ipairs(list) do
		of[o.objectGUID] = { removed = {} }
	end
	local runs = journal.runs()
	for i = #runs, 1, -1 do
		local run = open > 0 and journal.read(runs[i].run) or { intents = {} }
		for _, c in ipairs(run.intents) do
			local h = of[c.guid]
			if h and not h.before and c.state ~= "failed" then
				local ours = (run.command or ""):find("cross-forest", 1, true) or gives(c)
				table.move(ours and removed(c) or {}, 1, #removed(c), #h.removed + 1, h.removed)
				h.before = gives(c) and tonumber(edit_of(c, "userAccountControl").before[1]) or nil
				open = open - (h.before and 1 or 0)
			end
		end
	end
	return of
end

--- Plans the way back for every host that is trusted for any service: what the journal says it was before.
function unconstrained.revert(list, warnings)
	local trusted = {}
	for _, o in ipairs(list) do
		trusted[#trusted + 1] = hosts.has_flag(o, "TRUSTED_FOR_DELEGATION") and o or nil
	end
	local of = history(trusted)
	for _, o in ipairs(trusted) do
		local h = of[o.objectGUID]
		delegation.set_mode(o, (h.before or 0) & TRANSITION ~= 0 and "any" or "kerberos")
		if h.before and #h.removed > 0 then
			delegation.allow(o, h.removed)
		elseif not h.before then
			warnings[#warnings + 1] = hosts.label(o) .. ": no run in this journal gave it that trust; only that is taken away"
		end
	end
end

return unconstrained
