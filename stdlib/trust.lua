-- Trusts between domains, in words, and the way that a ticket takes from one host to another.
local core = require "adsh.core.trust"
local directory = require "adsh.directory"
local flag_words = require "adsh.format.flag_words"
local help = require "adsh.help"
local lookup = require "adsh.core.lookup"
local raising = require "adsh.raising"
local printable = require "adsh.format.printable"

local try = raising.try
local read = raising(core)
local account = raising(lookup).account

local trust = {}

-- ---- one by one ----

local function direction(t)
	return t.inbound and t.outbound and "two-way" or t.inbound and "inbound" or t.outbound and "outbound" or "disabled"
end

local WORDS = {
	["two-way"] = "%s and %s trust each other",
	inbound = "%s is trusted by %s: accounts of the former may use services of the latter",
	outbound = "%s trusts %s: accounts of the latter may use services of the former",
	disabled = "between %s and %s the trust is disabled",
}

-- What people see of trusts: what each of them lets through, in words.
local function seen(rows)
	local list = {}
	for i, t in ipairs(rows) do
		list[i] = {
			partner = t.partner, kind = t.kind .. (t.transitive and "" or ", not transitive"), direction = t.direction,
			authentication = t.selective_authentication and "selective" or "whole domain",
			["SID filtering"] = t.sid_filtering .. (t.quarantined and ", quarantined" or ""),
			["TGT delegation"] = t.tgt_words, encryption = table.concat(flag_words.list(t.enctypes), ", "),
		}
	end
	return printable.ordered(list, { "partner", "kind", "direction", "authentication", "SID filtering", "TGT delegation",
		"encryption" })
end

help [[trust.list([dir]) - Lists the trusts of a domain: partner, kind, direction, and what each allows.
Arguments:
  dir (directory): of the domain. Default: the current directory
Returns: a list:
  partner, netbios, sid (string): the other domain
  kind (string): forest, external, parent ...
  direction (string): two-way, inbound, outbound
  transitive, selective_authentication, quarantined, tgt_delegation (boolean): properties of the trust
  sid_filtering, tgt_words, words (string): the same in words
  attributes (integer), enctypes (list of strings): as they are stored
Errors:
  connect: no domain controller answers
Example: trust.list()]]
function trust.list(dir)
	dir = dir or directory.current()
	local rows, own = {}, dir:info().domain
	for i, t in ipairs(read.list(dir)) do
		local way = direction(t)
		rows[i] = {
			partner = t.partner, netbios = t.netbios, sid = t.sid, kind = t.kind, direction = way,
			words = WORDS[way]:format(own, t.partner), transitive = t.transitive,
			selective_authentication = t.selective_authentication, quarantined = t.quarantined,
			sid_filtering = t.sid_filtering, tgt_delegation = t.tgt_delegation, tgt_words = t.tgt_words,
			attributes = t.attributes, enctypes = t.enctypes or { "not set: the domain's default" },
		}
	end
	printable.ordered(rows, { "partner", "kind", "direction", "transitive", "selective_authentication",
		"quarantined", "sid_filtering", "tgt_delegation", "tgt_words", "words", "enctypes", "attributes",
		"netbios", "sid" })
	return printable.viewed(rows, seen)
end

-- ---- what is known of the domains, read once for a whole set of paths ----

help "trust.view() - Internal: Caches answers of domains, for trust.between and trust.facts."
function trust.view()
	return {}
end

-- dir is nil when the domain could not be queried; err says why.
local function facts(view, domain)
	local key = domain:lower()
	if not view[key] then
		local f = { domain = domain, trusts = {}, domains = {} }
		view[key] = f
		f.dir, f.err = try(directory.of, domain)
		if f.dir then
			f.info = f.dir:info()
			f.domain = f.info.domain
			f.domains = read.domains(f.dir)
			f.root = f.domains[1].domain
			for _, t in ipairs(read.list(f.dir)) do
				f.trusts[t.partner:lower()] = t
			end
		end
	end
	return view[key]
end
help "trust.facts(view, domain) - Internal: The trusts and the forest of a domain; queried once for each view."
trust.facts = facts

-- ---- hops ----

local INVERSE = { parent = "child", child = "parent" }

local function forbidden(hop, a, b)
	local s, t, list = hop.source, hop.target, {}
	local function add(condition, words)
		list[#list + 1] = condition and words or nil
	end
	add(not hop.open, ("everything: %s does not trust %s"):format(t, s))
	add(not hop.two_way, ("resource-based delegation and protocol transition: the trust is one-way"))
	add(hop.selective_authentication, ("accounts of %s that have no 'Allowed to authenticate' on the host in %s: "
		.. "selective authentication"):format(s, t))
	add(hop.quarantined, ("SIDs of other domains than %s: the trust is quarantined"):format(s))
	add(a and not a.tgt_delegation and hop.open, ("delegation to any service for users of %s in %s: TGT delegation is %s")
		:format(s, t, a and a.tgt_words))
	add(not a, ("(%s could not be queried for its side of the trust)"):format(s))
	add(not b, ("(%s could not be queried for its side of the trust)"):format(t))
	return list
end

-- From domain s to domain t, which are directly joined; both sides are read where both can be asked. Nil: no trust.
local function hop_between(view, s, t)
	local from, to = facts(view, s), facts(view, t)
	local a, b = from.trusts[t:lower()], to.trusts[s:lower()]
	if not a and not b then
		return nil
	end
	local hop = {
		source = s, target = t, kind = a and a.kind or INVERSE[b.kind] or b.kind,
		open = (not a or a.inbound) and (not b or b.outbound),
		selective_authentication = b and b.selective_authentication or false,
		quarantined = b and b.quarantined or false,
		tgt_delegation = a and a.tgt_delegation or false,
		tgt_words = a and a.tgt_words or "unknown: " .. s .. " could not be queried",
	}
	hop.two_way = hop.open and (not a or a.outbound) and (not b or b.inbound)
	hop.forbids = forbidden(hop, from.dir and a, to.dir and b)
	return printable.ordered(hop, { "source", "target", "kind", "open", "two_way", "selective_authentication",
		"quarantined", "tgt_delegation", "tgt_words", "forbids" })
end

-- The domains from one up to the root of its forest.
local function upwards(f, domain)
	local parent, list = {}, {}
	for _, d in ipairs(f.domains) do
		parent[d.domain:lower()] = d.parent or (d.domain ~= f.root and f.root) or nil
	end
	while domain do
		list[#list + 1] = domain
		domain = parent[domain:lower()]
	end
	return list
end

-- Up from one, down to the other, without the part that both have in common.
local function through(up, down)
	while #up > 1 and #down > 1 and up[#up - 1]:lower() == down[#down - 1]:lower() do
		up[#up], down[#down] = nil, nil
	end
	local list = table.move(up, 1, #up, 1, {})
	for i = #down, 1, -1 do
		if list[#list]:lower() ~= down[i]:lower() then
			list[#list + 1] = down[i]
		end
	end
	return list
end

-- The root of the forest of a domain that cannot be asked: who is trusted and ends its name.
local function guessed_root(f, domain)
	for partner, t in pairs(f.trusts) do
		if t.kind == "forest" and ("." .. domain:lower()):sub(-#partner - 1) == "." .. partner then
			return t.partner
		end
	end
end

local function domains_between(view, s, t)
	local from, to = facts(view, s), facts(view, t)
	if from.trusts[to.domain:lower()] or to.trusts[from.domain:lower()] then
		return { from.domain, to.domain }
	end
	local up = from.dir and upwards(from, from.domain) or { s }
	if from.root and to.root == from.root then
		return through(up, upwards(to, to.domain))
	end
	local down = to.dir and upwards(to, to.domain) or { t, guessed_root(facts(view, up[#up]), t) }
	for i = #down, 1, -1 do
		up[#up + 1] = down[i]
	end
	return up
end

help "trust.between(source, target[, view]) - Internal: The hops from a domain to another one, as in trust.path."
function trust.between(source, target, view)
	view = view or trust.view()
	local path = { source_domain = source, target_domain = target, hops = {}, open = true, two_way = true }
	if source:lower() == target:lower() then
		path.words = "the same domain"
		return path
	end
	local domains = domains_between(view, source, target)
	for i = 2, #domains do
		local hop = hop_between(view, domains[i - 1], domains[i])
		if not hop then
			path.open, path.two_way = false, false
			path.words = ("there is no trust between %s and %s"):format(domains[i - 1], domains[i])
			return path
		end
		path.hops[#path.hops + 1] = hop
		path.open, path.two_way = path.open and hop.open, path.two_way and hop.two_way
	end
	path.words = table.concat(domains, " -> ") .. (path.two_way and ", two-way all along" or path.open
		and ", one-way" or ", closed in this direction")
	return path
end

-- A host as object, and its directory.
local function host_of(x)
	if type(x) ~= "string" then
		return account(x, "account")
	end
	local dir = directory.for_name(x)
	return dir:get(x, { want = "computer" }), dir
end

-- Does selective authentication let source in to target? Nil and nil where the trusts do not ask for it.
local function let_in(path, source, source_dir, target, target_dir)
	for _, hop in ipairs(path.hops) do
		if hop.selective_authentication then
			local selective_authentication = require "adsh.selective_authentication"
			local who = selective_authentication.host(source, source_dir)
			local why, remedy = selective_authentication.blocked({}, who, target, target_dir, "target")
			return why or "the access list of the target has 'Allowed to authenticate'", remedy
		end
	end
end

help [[trust.path(source, target) - Shows the trusts between two hosts, hop by hop, and what each hop forbids.
Arguments:
  source, target (account): also DOMAIN\name
Returns: a table:
  open, two_way (boolean): whether it allows this direction, and both
  words (string): the same in words
  hops (list): for each source, target, kind, open, two_way, forbids: lines about what does not pass
  source_domain, target_domain (string): DNS names
Errors:
  <notfound>
Example: trust.path("host01", "host02")]]
function trust.path(source, target)
	local s, s_dir = host_of(source)
	local t, t_dir = host_of(target)
	local path = trust.between(s_dir:info().domain, t_dir:info().domain)
	local order = { "source", "source_domain", "target", "target_domain", "words", "open", "two_way", "hops" }
	path.source, path.target = s.sAMAccountName, t.sAMAccountName
	path.authentication, path.remedy = let_in(path, s, s_dir, t, t_dir)
	order[#order + 1] = path.authentication and "authentication"
	order[#order + 1] = path.remedy and "remedy"
	return printable.ordered(path, order)
end

return trust
