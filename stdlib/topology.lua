-- How one host may act on behalf of users towards another: by where the two are, and by what lies between.
local selective_authentication = require "adsh.selective_authentication"
local codec = require "adsh.core.codec"
local delegation = require "adsh.delegation"
local directory = require "adsh.directory"
local help = require "adsh.help"
local hosts = require "adsh.hosts"
local options = require "adsh.core.options"
local trust = require "adsh.trust"
local printable = require "adsh.format.printable"

local topology = {}

local LEVEL_2012 = 5 -- functional level (MS-ADTS 6.1.4.3)
local GUARDED = 2025 -- since this Windows Server Credential Guard is on by default

-- ---- what speaks against a way ----

help "topology.user_blocked(name, d) - Internal: why nobody may act for the user, by d of delegation.get; nil: allowed."
function topology.user_blocked(name, d)
	if d.sensitive then
		return name .. " is marked sensitive: nobody may act on behalf of this user"
	elseif d.protected_user then
		return name .. " is a member of Protected Users: nobody may act on behalf of this user"
	end
end

-- The administrator who starts the move: nil when nothing is known of him.
local function user_of(name)
	if not name then
		return nil
	end
	local dir = directory.for_name(name)
	local o = dir:get(name, { want = "account" })
	local d = delegation.get(o)
	return { name = o.sAMAccountName, domain = dir:info().domain, who = selective_authentication.user(o, dir),
		blocked = topology.user_blocked(o.sAMAccountName, d) }
end

local function level_blocked(view, ...)
	for _, domain in ipairs { ... } do
		local f = trust.facts(view, domain)
		if f.info and f.info.domain_level < LEVEL_2012 then
			return ("%s has functional level %d; resource-based delegation requires domain controllers of Windows Server "
				.. "2012 (level %d)"):format(domain, f.info.domain_level, LEVEL_2012)
		end
	end
end

-- A hop that lets nobody of source through, or only whom the access list of a host names. who: for
-- adsh.authentication; at: { object=, domain=, role= } of that host. Why, and the command that mends it.
local function way_blocked(view, path, who, at)
	if not path.open and not path.hops[1] then
		return path.words
	end
	for _, hop in ipairs(path.hops) do
		if not hop.open then
			return ("%s does not trust %s"):format(hop.target, hop.source)
		end
	end
	for _, hop in ipairs(path.hops) do
		if hop.selective_authentication then
			local why, remedy = selective_authentication.blocked(view[selective_authentication], who, at.object,
				hosts.home(at.object), at.role)
			if why then
				return ("%s authenticates accounts of %s selectively: %s"):format(hop.target, hop.source, why), remedy
			end
		end
		if hop.quarantined and hop.source:lower() ~= path.source_domain:lower() then
			return ("%s accepts only SIDs of %s: the trust is quarantined"):format(hop.target, hop.source)
		end
	end
end

local function two_way_blocked(view, source, who, at)
	local path = trust.between(source, at.domain, view)
	for _, hop in ipairs(path.open and path.hops or {}) do
		if not hop.two_way then
			return ("the trust is one-way: %s trusts %s, which does not trust it"):format(hop.target, hop.source)
		end
	end
	return way_blocked(view, path, who, at)
end

local function rbcd_blocked(view, s, t, user)
	local why, remedy = user and user.blocked or level_blocked(view, s.domain, t.domain), nil
	if not why then
		why, remedy = two_way_blocked(view, s.domain, s.who, t.as_target)
	end
	for _, at in ipairs(user and { s.as_source, t.as_target } or {}) do
		if not why then
			why, remedy = two_way_blocked(view, user.domain, user.who, at)
		end
	end
	return why, remedy
end

-- Whoever administers a domain: for adsh.authentication, once for each.
local function administrators(view, domain)
	local f = trust.facts(view, domain)
	f.administrators = f.administrators or selective_authentication.administrators(f.domain, f.dir)
	return f.administrators
end

-- Trust for any service, used by an administrator of this domain.
local function forwarding_blocked(view, admin, who, s, t)
	local path = trust.between(admin, s.domain, view)
	local why = way_blocked(view, path, who, s.as_source)
	for _, hop in ipairs(why and {} or path.hops) do
		if not hop.tgt_delegation then
			return ("TGT delegation from %s to %s is %s"):format(hop.source, hop.target, hop.tgt_words)
		end
	end
	return why or (way_blocked(view, trust.between(admin, t.domain, view), who, t.as_target))
end

local function guarded(o)
	local year = tonumber((o.operatingSystem or ""):match "Windows Server (%d%d%d%d)")
	if year and year >= GUARDED then
		return ("%s runs %s: Credential Guard, on by default, blocks it"):format(hosts.label(o), o.operatingSystem)
	end
end

-- nil and for whom it works, or why it does not.
local function any_service_blocked(view, s, t, user)
	local why = user and user.blocked or guarded(s.object)
	if why then
		return why
	elseif user then
		return forwarding_blocked(view, user.domain, user.who, s, t), "for " .. user.name
	end
	local function of(domain)
		return (forwarding_blocked(view, domain, administrators(view, domain), s, t))
	end
	local home, away = of(s.domain), s.domain ~= t.domain and of(t.domain) or nil
	if home and (away or s.domain == t.domain) then
		return home
	elseif home then
		return nil, ("only for administrators of %s (%s)"):format(t.domain, home)
	elseif away then
		return nil, ("only for administrators of %s (%s)"):format(s.domain, away)
	end
	return nil, "for administrators of either domain"
end

-- ---- one verdict for each pair ----

local function over_budget(s, n)
	local info, limit = hosts.home(s.object):info(), options.value_budget
	if not limit and info.samba then
		return nil
	end
	local have = #(s.object.servicePrincipalName or {}) + #(s.object["msDS-AllowedToDelegateTo"] or {})
	if have + n > (limit or codec.VALUE_BUDGET) then
		return ("%s would have %d values; its object holds about %d"):format(hosts.label(s.object), have + n,
			limit or codec.VALUE_BUDGET)
	end
end

local function open_words(path)
	for _, hop in ipairs(path.hops) do
		if hop.selective_authentication then
			return path.words .. "; the target's access list has 'Allowed to authenticate'"
		end
	end
	return path.words
end

-- full: why constrained delegation is out of the question, or nil
local function judge(view, s, t, user, full)
	local row = { source = hosts.label(s.object), target = hosts.label(t.object) }
	local same = s.domain:lower() == t.domain:lower()
	row.rbcd_blocked, row.remedy = rbcd_blocked(view, s, t, user)
	local whom
	row.any_service_blocked, whom = any_service_blocked(view, s, t, user)
	row.any_service_limit = whom and whom:match "^only.*"
	if user and user.blocked then
		row.verdict, row.why = "impossible", user.blocked
	elseif same and not full then
		row.verdict, row.why = "kcd", "both are in " .. s.domain
	elseif not row.rbcd_blocked then
		row.verdict = "rbcd"
		row.why = same and full or open_words(trust.between(s.domain, t.domain, view))
	elseif not row.any_service_blocked then
		row.verdict, row.why = "any-service", ("%s, %s"):format(row.rbcd_blocked, whom)
	else
		row.verdict = "impossible"
		row.why = row.rbcd_blocked == row.any_service_blocked and row.rbcd_blocked
			or ("resource-based: %s; any service: %s"):format(row.rbcd_blocked, row.any_service_blocked)
	end
	return row
end

local ORDER = { "source", "target", "verdict", "why" }
local objects = setmetatable({}, { __mode = "k" })

help "topology.objects(row) - Internal: The two objects that a row of topology.matrix is about."
function topology.objects(row)
	return objects[row].source, objects[row].target
end

local function with_domains(list)
	local all, counts = {}, {}
	for i, o in ipairs(list) do
		local domain = hosts.home(o):info().domain
		all[i] = {
			object = o, domain = domain, who = selective_authentication.host(o, hosts.home(o)),
			as_source = { object = o, domain = domain, role = "source" },
			as_target = { object = o, domain = domain, role = "target" },
		}
		counts[domain] = (counts[domain] or 0) + 1
	end
	return all, counts
end

--- matrix(list[, opts]): a verdict for each ordered pair of hosts (objects of hosts.resolve): source,
--- target, verdict ("kcd", "rbcd", "any-service" or "impossible"), why, what blocks the two ways that leave a
--- domain, and remedy = the command that lets the first of these through selective authentication. opts: as = who
--- starts the move; values = how many each target takes on a source (4); constrained = false: resource-based
--- delegation also within a domain.
help "topology.matrix(list[, {as=, values=, constrained=}]) - Internal: topology.verdicts for hosts that were found."
function topology.matrix(list, opts)
	opts = opts or {}
	local view, user, rows = trust.view(), user_of(opts.as), {}
	view[selective_authentication] = {}
	local all, counts = with_domains(list)
	for _, s in ipairs(all) do
		local full = opts.constrained == false and "both are in " .. s.domain
			or over_budget(s, (opts.values or 4) * (counts[s.domain] - 1))
		for _, t in ipairs(all) do
			if s ~= t then
				local row = judge(view, s, t, user, full)
				objects[row] = { source = s.object, target = t.object }
				rows[#rows + 1] = row
			end
		end
	end
	return printable.ordered(rows, ORDER)
end

help [[topology.verdicts(hosts[, {as=}]) - Shows the delegation that fits each pair: kcd, rbcd, any-service, impossible.
Arguments:
  hosts (list of accounts): also of other forests
  as (option, account): the user on whose behalf. Default: not checked
Returns: a list, a row for each pair:
  source, target (string): names
  verdict (string): kcd, rbcd, any-service, impossible
  why (string): in words
Errors:
  <notfound>
Example: topology.verdicts{"host01", "host02"}]]
function topology.verdicts(names, opts)
	local list, _, lacking = hosts.resolve(directory.current(), { host = names })
	hosts.check_reached(list, lacking, #names)
	return topology.matrix(list, opts)
end

-- ---- in words ----

local function domain_of(label)
	return label:match "@(.*)$"
end

-- Rows of the same domains, verdict and reason: { row = one of them, n = how many }.
local function grouped(rows, skip)
	local groups, order = {}, {}
	for _, row in ipairs(rows) do
		local key = table.concat({ domain_of(row.source), domain_of(row.target), row.verdict, row.why }, "\0")
		local g = groups[key] or { row = row, n = 0 }
		if g.n == 0 and not skip[row.verdict] then
			groups[key] = g
			order[#order + 1] = g
		end
		g.n = g.n + 1
	end
	return order
end

help "topology.describe(rows[, skip]) - Internal: lines about the rows, alike ones together, but verdicts in skip."
function topology.describe(rows, skip)
	local order = grouped(rows, skip or {})
	local lines = {}
	for i, g in ipairs(order) do
		local where = g.n == 1 and g.row.source .. " -> " .. g.row.target
			or ("%s -> %s (%d pairs)"):format(domain_of(g.row.source), domain_of(g.row.target), g.n)
		lines[i] = ("%s: %s - %s"):format(where, g.row.verdict, g.row.why)
	end
	return lines
end

local SHOWN = 4 -- remedies

help "topology.remedies(rows) - Internal: Lines with the commands that let the rows through selective authentication."
function topology.remedies(rows)
	local seen, lines = {}, {}
	for _, row in ipairs(rows) do
		if row.remedy and not seen[row.remedy] then
			seen[row.remedy] = true
			lines[#lines + 1] = "  " .. row.remedy
		end
	end
	local n = #lines
	if n > SHOWN then
		lines = table.move(lines, 1, SHOWN, 1, {})
		lines[SHOWN + 1] = ("  and %d more like these (--format json lists all; a group instead of the source needs fewer)")
			:format(n - SHOWN)
	end
	if n > 0 then
		table.insert(lines, 1, "To admit the sources (on Windows, as administrator of the targets):")
	end
	return lines
end

return topology
