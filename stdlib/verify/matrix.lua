-- The matrix of hosts twice in one: what the directory says of each pair, and what the KDC gives: a ticket that the
-- source gets with its own key, on behalf of a user, to a service of the target (S4U2Self and S4U2Proxy).
local answers = require "adsh.verify.answers"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local keys = require "adsh.verify.keys"
local matrix = require "adsh.matrix"
local printable = require "adsh.format.printable"
local spn_owners = require "adsh.spn_owners"
local verdict = require "adsh.verify.verdict"

local verified = {}

local FIELDS = { "source", "target", "user", "service", "how", "kdc", "agrees", "reason", "hint" }

local OPTIONS = { user = true, services = true, keytabs = true, each = true }

local function list_of(v)
	return type(v) == "table" and v or { v }
end

local function check(options)
	for name in pairs(options) do
		if not OPTIONS[name] then
			error(failure("usage", ("verify.matrix: unknown option '%s'"):format(tostring(name)),
				"the known ones are user, services, keytabs and each"), 0)
		end
	end
end

-- Users as the KDC knows them: those without a realm are of the directory that is asked.
local function users_of(options)
	local info, list = directory.current():info(), {}
	if not options.user and not info.principal then
		error(failure("usage", "the user on whose behalf to request tickets is not known", "name the user: --user NAME"), 0)
	end
	for i, name in ipairs(list_of(options.user or info.principal)) do
		list[i] = name:find "[@\\]" and name or name .. "@" .. info.domain:upper()
	end
	return list
end

-- ---- which ticket is asked for ----

local function has_dot(spn)
	return spn_owners.host(spn):find(".", 1, true) ~= nil
end

-- The name under which clients ask for a service of this host: its FQDN where it has one.
local function spn_of(h, class)
	local best
	for _, spn in ipairs(h.spns) do
		local its, rest = spn:match "^([^/]+)/(.+)$"
		if its and its:lower() == class:lower() and (not best or has_dot(spn) and not has_dot(best)) then
			best = class .. "/" .. rest
		end
	end
	local name = h.names[2] or h.names[1]
	if best and (has_dot(best) or not name) then
		return best
	end
	return name and class .. "/" .. name or best
end

-- ---- rows ----

local function each_pair(n, f)
	local k = 0
	for i = 1, n do
		for j = 1, n do
			if i ~= j then
				k = k + 1
				f(i, j, k)
			end
		end
	end
end

local plan = {}

-- What of a row is to be asked: "forwarded", "own" or "self"; nil and why not.
local function way_of(p, row, named, i)
	local wanted = verdict.expected(row, named)
	if not row.service then
		return nil, "not asked", row.target .. " has no service principal name"
	elseif wanted == "forwarded" and not p.me[row.user] then
		return nil, "not asked", "unconstrained: only the user's own ticket to the source shows it"
	elseif wanted == "forwarded" then
		return "forwarded"
	elseif not p.keytabs[i] then
		return nil, "no key", p.path and p.path .. " has no key of the source" or "no keytabs were given"
	end
	return wanted == "own" and p.me[row.user] and "own" or "self"
end

local function principal_of(h)
	return h.account .. "@" .. h.domain:upper()
end

-- The list of questions that go with the same evidence.
local function ask_of(p, i, way, user)
	local key = ("%d %s %s"):format(i, way, user)
	local ask = p.by_key[key]
	if not ask then
		ask = { source = principal_of(p.facts[i]), keytab = p.keytabs[i], user = user, targets = {}, entries = {},
			own = way == "own" and p.dir or nil }
		p.by_key[key] = ask
		p.asks[#p.asks + 1] = ask
	end
	return ask
end

local function add_row(p, row, named, i)
	local way, state, why = way_of(p, row, named, i)
	p.rows[#p.rows + 1] = row
	if not way then
		row.kdc, row.reason = state, why
		p.each(row)
	elseif way == "forwarded" then
		table.insert(p.trusted, { row = row, principal = principal_of(p.facts[i]) })
	else
		local ask = ask_of(p, i, way, row.user)
		table.insert(ask.targets, row.service)
		table.insert(ask.entries, { row = row, named = named, transition = p.facts[i].transition, is_own = way == "own" })
	end
end

-- rows: one for each pair, service and user, in order; asks, trusted: what the KDC is to be asked for them.
function plan.of(p, said, users, classes)
	each_pair(#p.facts, function(i, j, k)
		for _, class in ipairs(classes) do
			local how, named = verdict.narrowed(said[k], class)
			for _, user in ipairs(users) do
				add_row(p, { source = said[k].source, target = said[k].target, user = user, how = how,
					service = spn_of(p.facts[j], class) }, named, i)
			end
		end
	end)
	return p
end

-- The DC that a domain's facts came from is asked: another one may not know them yet.
local function kdcs_of(facts)
	local kdcs = {}
	for _, h in ipairs(facts) do
		local info = h.dir:info()
		kdcs[h.domain:upper()] = info.dns_host or info.host
	end
	return kdcs
end

-- ---- the grid ----

local function mark_of(marks, r)
	local mark = ({ given = "+", refused = "x" })[r.kdc] or "?"
	return (not marks or marks == mark) and mark or "~"
end

-- The widest letter of the rows of a pair stands for it.
local function letter_of(before, how)
	local letter = matrix.letter(how)
	return (not before or before == "-") and letter or before
end

local function grid(m, rows)
	local at = {}
	for i, name in ipairs(m.hosts) do
		at[name], m.marks[i], m.cells[i] = i, {}, {}
	end
	for _, r in ipairs(rows) do
		local i, j = at[r.source], at[r.target]
		m.marks[i][j] = mark_of(m.marks[i][j], r)
		m.cells[i][j] = letter_of(m.cells[i][j], r.how)
	end
	for i in ipairs(m.hosts) do
		m.marks[i][i], m.cells[i][i] = " ", "."
	end
end

-- Who is logged in, when that is a Kerberos login: me[user] = true.
local function me_of(dir)
	local info = dir:info()
	local name = not (info.mechanism or ""):find "GSS" and "" or info.principal or ""
	return setmetatable({}, { __index = function(_, user) return user:lower() == name:lower() end })
end

--- of(hosts, options): see verify.matrix. The result has hosts, cells and marks besides, as delegation.matrix has.
function verified.of(hosts, options)
	check(options)
	local dir, facts = directory.current(), matrix.hosts(hosts)
	local said = matrix.of(facts)
	local each = options.each or function() end
	local p = plan.of({
		facts = facts, keytabs = keys.of(options.keytabs, facts), path = options.keytabs, each = each, dir = dir,
		me = me_of(dir), rows = {}, asks = {}, by_key = {}, trusted = {},
	}, said, users_of(options), list_of(options.services or "cifs"))
	answers.trust(p.trusted, each, dir)
	answers.fill(p.asks, each, kdcs_of(facts))
	local m = setmetatable({ hosts = said.hosts, cells = {}, marks = {}, missing = said.missing },
		{ __name = "adsh.matrix" })
	grid(m, p.rows)
	table.move(p.rows, 1, #p.rows, 1, m)
	return printable.ordered(m, FIELDS)
end

return verified
