-- Trust for delegation to any service: what it opens, what would stop it, and the exact way back.
local codec = require "adsh.core.codec"
local core = require "adsh.core.plan"
local delegation = require "adsh.delegation"
local edit_of = require "adsh.edit_of"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local options = require "adsh.core.options"
local plan = require "adsh.plan"

local unconstrained = {}

local NAMED = 4 -- hosts in one warning
local BIT = codec.uac_bit "TRUSTED_FOR_DELEGATION"
local TRANSITION = codec.uac_bit "TRUSTED_TO_AUTH_FOR_DELEGATION"

--- Lines that say what it means for these hosts.
function unconstrained.opens(list)
	return {
		("Trust for any service: each of these %d hosts gets the tickets of every user who signs in to it, and may act "
			.. "as that user"):format(#list),
		"towards any service of every domain that accepts them. Control of one host gives the rights of its administrators.",
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

-- What an account has of constrained delegation, in words; nil: nothing.
local function leftovers(o)
	local n, list = #(o["msDS-AllowedToDelegateTo"] or {}), {}
	list[1] = n > 0 and ("%d values in msDS-AllowedToDelegateTo"):format(n) or nil
	list[#list + 1] = hosts.has_flag(o, "TRUSTED_TO_AUTH_FOR_DELEGATION") and "protocol transition" or nil
	return list[1] and table.concat(list, " and ")
end

--- Plans it for every host of the list; replace: constrained leftovers go.
function unconstrained.allow(list, replace, warnings)
	local kept = {}
	for _, o in ipairs(list) do
		local rest = leftovers(o)
		if rest and replace then
			delegation.set_mode(o, "none")
		elseif rest then
			kept[#kept + 1] = ("%s keeps %s"):format(hosts.label(o), rest)
		end
		delegation.set_mode(o, "unconstrained")
	end
	if #kept > NAMED then
		kept = table.move(kept, 1, NAMED, 1, { [NAMED + 1] = ("%d more such hosts"):format(#kept - NAMED) })
	end
	if #kept > 0 then
		warnings[#warnings + 1] = table.concat(kept, "; ") .. ": --replace takes that away"
	end
end

--- Takes the option for all that are not trusted so far; where somebody is asked, the gate does that.
function unconstrained.consent(list, allowed)
	local n = 0
	for _, o in ipairs(list) do
		n = n + (hosts.has_flag(o, "TRUSTED_FOR_DELEGATION") and 0 or 1)
	end
	allowed = allowed or options.allow_widening
	if n == 0 or not allowed and core.asks() then
		return
	elseif not allowed then
		error(failure("refused", ("%d hosts would be trusted for delegation to any service. Nothing was written")
			:format(n), "if this is intended, use --allow-any-service"), 0)
	end
	plan.gate { allow_widening = true }
end

-- ---- the way back ----

-- The bits that a change out of a journal turns on, and those that it turns off.
local function bits_of(change)
	local e = edit_of(change, "userAccountControl")
	local before, after = e and tonumber(e.before[1]) or 0, e and tonumber(e.after[1]) or 0
	return after & ~before, before & ~after
end

local function gives(change)
	return bits_of(change) & BIT ~= 0
end

-- What --replace took away: values of the list, and whether protocol transition.
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
	local _, off = bits_of(change)
	return list, off & TRANSITION ~= 0
end

local function take(h, change)
	local values, transition = removed(change)
	table.move(values, 1, #values, #h.removed + 1, h.removed)
	h.transition = h.transition or transition
end

-- What the runs of this journal did to each account, back to the one that gave it the bit: { given = was there one,
-- removed = values, transition = was it taken }.
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
			if h and not h.given and c.state ~= "failed" then
				if gives(c) or (run.command or ""):find("cross-forest", 1, true) then
					take(h, c)
				end
				h.given = gives(c)
				open = open - (h.given and 1 or 0)
			end
		end
	end
	return of
end

--- Plans the way back for every host that is trusted for any service: what the journal says was taken comes back.
function unconstrained.revert(list, warnings)
	local trusted = {}
	for _, o in ipairs(list) do
		trusted[#trusted + 1] = hosts.has_flag(o, "TRUSTED_FOR_DELEGATION") and o or nil
	end
	local of = history(trusted)
	for _, o in ipairs(trusted) do
		local h = of[o.objectGUID]
		local transition = h.given and h.transition or hosts.has_flag(o, "TRUSTED_TO_AUTH_FOR_DELEGATION")
		delegation.set_mode(o, transition and "any" or "kerberos")
		if h.given and #h.removed > 0 then
			delegation.allow(o, h.removed)
		elseif not h.given then
			warnings[#warnings + 1] = hosts.label(o) .. ": no run in this journal gave it that trust; only the trust is removed"
		end
	end
end

return unconstrained
