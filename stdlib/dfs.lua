-- Where paths through DFS lead: namespaces of domains, links in shares. One step is core.step (shell/ad/dfs.h);
-- here targets are tried in turn, steps are counted, and what came of it is told.
local core_directory = require "adsh.core.directory"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local filter = require "adsh.filter"
local options = require "adsh.core.options"
local raising = require "adsh.raising"
local say = require "adsh.say"

local dfs = {}

local try = raising.try
local core = raising(require "adsh.core.share")

local HOPS = 8 -- links, one behind the other
local QUESTIONS = 64 -- about one path, however many targets its links have
local LONGEST = 3600 -- seconds for which an answer is kept, at most

-- ---- telling ----

local told = {}

local function tell(what, line)
	if not told[line] and (what ~= "note" or not options.quiet) then
		say.err(what .. ": " .. line)
	end
	told[line] = true
end

-- ---- domains ----

local domains = {} -- [home's domain] = { [name in lower case] = DNS name }

-- By DNS and NetBIOS name, the domains that the current directory knows.
local function known_domains()
	local home = directory.current()
	local own = home:info().domain or ""
	if not domains[own] then
		domains[own] = { [own:lower()] = own }
		for _, d in ipairs(try(directory.known_domains, home) or {}) do
			domains[own][d.domain:lower()] = d.domain
			domains[own][(d.netbios or d.domain):lower()] = d.domain
		end
	end
	return domains[own]
end

-- The known domain that a host's name ends with.
local function domain_around(host)
	local best
	for _, domain in pairs(known_domains()) do
		local tail = "." .. domain:lower()
		if host:lower():sub(-#tail) == tail and not (best and #best > #domain) then
			best = domain
		end
	end
	return best
end

local function name_of(dir)
	local info = dir:info()
	return info.dns_host or info.host
end

-- The DCs that can be asked about a domain: the one that is connected; else those that our own DC tells.
local function dcs_of(domain)
	local dir = core_directory.named(domain)
	if dir then
		return { name_of(dir) }
	end
	local names = try(core.dcs, name_of(directory.current()), domain) or {}
	return names[1] and names or { name_of(directory.of(domain)) }
end

local IS_DC = "(&(objectCategory=computer)(userAccountControl:1.2.840.113556.1.4.803:=8192))"

-- When none of those answers: the others that the directory has.
local function more_dcs(domain, tried)
	local list, seen = {}, {}
	for _, name in ipairs(tried) do
		seen[name:lower()] = true
	end
	for e in directory.of(domain):search { filter = IS_DC, attributes = { "dNSHostName" } } do
		local name = e:first "dNSHostName"
		list[#list + 1] = name and not seen[name:lower()] and name or nil
	end
	return list
end

-- ---- paths ----

local function host_of(unc)
	return ((unc:match "^\\\\([^\\:]+)" or ""):gsub("%.$", ""))
end

-- With single backslashes, and two in front; one at the end stays.
local function plain(unc)
	return [[\\]] .. unc:gsub("[/\\]+", "\\"):gsub("^\\", "")
end

local function without(path, rest)
	path = path:gsub("\\+$", "")
	return (path:sub(1, #path - #rest):gsub("\\+$", ""))
end

-- A target by a NetBIOS name is that computer of the domain that the link is in.
local function full_name(target, link)
	local host = host_of(target)
	local known = known_domains()
	if known[host:lower()] then
		return [[\\]] .. known[host:lower()] .. target:sub(#host + 3)
	elseif host:find(".", 1, true) then
		return target
	end
	local around = domain_around(host_of(link))
	local dir = around and try(directory.of, around) or directory.current()
	local found = dir:search { filter = filter.eq("sAMAccountName", host .. "$"), attributes = { "dNSHostName" } } ()
	local name = found and found:first "dNSHostName"
	return name and [[\\]] .. name .. target:sub(#host + 3) or target
end

-- ---- one step ----

local answers = {} -- [link in lower case] = { link=, targets=, good=, ends= }

-- What is known of the longest part of the path that is a link.
local function recall(unc)
	local link, rest = unc:gsub("\\+$", ""), ""
	while link do
		local answer = answers[link:lower()]
		if answer and answer.ends > os.time() then
			return { answer = answer, rest = rest }
		end
		local last
		link, last = link:match "^(\\\\[^\\]+\\.+)\\([^\\]+)$"
		rest = link and last .. (rest ~= "" and "\\" .. rest or "")
	end
end

-- What the first of these DCs says that answers; nil, err: none does.
local function ask_first(dcs, unc)
	local step, err
	for _, dc in ipairs(dcs) do
		step, err = try(core.step, unc, dc)
		if step or err.kind ~= "connect" then
			break
		end
	end
	return step, err
end

local function ask_domain(unc, domain)
	local where, dcs = [[\\]] .. domain .. unc:sub(#host_of(unc) + 3), dcs_of(domain)
	local step, err = ask_first(dcs, where)
	if not step and err.kind == "connect" then
		step = ask_first(more_dcs(domain, dcs), where)
	end
	return step or error(err, 0)
end

-- All of a piece of work is done on one DC, also in a folder that each of them has; else it begins with the first.
local function begin_with(targets, domain)
	local dir = domain and core_directory.named(domain)
	for i, target in ipairs(dir and targets or {}) do
		if host_of(target):lower() == name_of(dir):lower() then
			return i
		end
	end
	return 1
end

-- nil: the path is what it says.
local function ask(unc, walk)
	local known = recall(unc)
	if known then
		return known
	end
	walk.asked = walk.asked + 1
	local domain = known_domains()[host_of(unc):lower()]
	local step = domain and ask_domain(unc, domain) or not domain and core.step(unc)
	if not step then
		return nil
	end
	for i, target in ipairs(step.targets) do
		step.targets[i] = full_name(target, step.link)
	end
	local answer = { link = step.link, targets = step.targets, good = begin_with(step.targets, domain),
		ends = os.time() + math.min(step.ttl, LONGEST) }
	answers[without(plain(unc), step.rest):lower()] = answer
	return { answer = answer, rest = step.rest }
end

-- ---- the whole way ----

local function key_of(unc)
	return (unc:lower():gsub("\\+$", ""))
end

local function step_back(walk, to)
	for i = #walk.way, to + 1, -1 do
		walk.seen[key_of(walk.way[i])] = nil
		walk.way[i] = nil
	end
end

local function check_way(unc, walk)
	local hint = "name the server and its share instead, and correct the links"
	local way = table.concat(walk.way, " -> ")
	if walk.seen[key_of(unc)] then
		error(failure("failed", ("the DFS links form a loop: %s -> %s"):format(way, unc), hint), 0)
	elseif #walk.way > HOPS then
		error(failure("failed", ("more than %d DFS links lead to each other: %s"):format(HOPS, way), hint), 0)
	elseif walk.asked >= QUESTIONS then
		error(failure("failed", ("after %d requests the target of the DFS link is still unknown: %s"):format(QUESTIONS,
			walk.way[1]), hint), 0)
	end
end

local follow

-- The target that answered last time, then those behind it, then those before it.
local function in_turn(answer)
	local list, n = {}, #answer.targets
	for i = 0, n - 1 do
		list[i + 1] = (answer.good - 1 + i) % n + 1
	end
	return list
end

local function others(answer, taken)
	local list = {}
	for i, target in ipairs(answer.targets) do
		list[#list + 1] = i ~= taken and target or nil
	end
	return list
end

local function none_left(answer, err)
	if not err then
		return failure("failed", ("the DFS link %s has no target"):format(answer.link))
	end
	return failure(err.kind, ("no target of the DFS link %s can be used; the last target: %s"):format(answer.link,
		tostring(err)))
end

-- What stands behind the link, or the slash that says "its top folder".
local function behind(step, unc)
	return step.rest ~= "" and "\\" .. step.rest or unc:match "\\$" or ""
end

-- Before anything is sent there.
local function check_host(answer, target)
	local host = host_of(target)
	if not known_domains()[host:lower()] and not domain_around(host) then
		tell("warning", ("the DFS link %s leads to %s, which is outside the domains that %s knows"):format(answer.link,
			target, directory.current():info().domain))
	end
end

local function take_target(step, unc, walk)
	local here, last = #walk.way, nil
	for _, i in ipairs(in_turn(step.answer)) do
		check_host(step.answer, step.answer.targets[i])
		local found, err = try(follow, step.answer.targets[i] .. behind(step, unc), walk)
		if found then
			step.answer.good = i
			found.others = found.others or others(step.answer, i)
			found.rest = #found.rest < #step.rest and found.rest or step.rest
			return found
		elseif err.kind ~= "connect" and err.kind ~= "notfound" then
			error(err, 0)
		end
		step_back(walk, here)
		walk.failed[#walk.failed + 1] = { target = step.answer.targets[i], error = err }
		last = err
	end
	error(none_left(step.answer, last), 0)
end

--- { unc=, rest=, others= }: where it is, what of it is behind the last link, the other targets of that.
function follow(unc, walk)
	check_way(unc, walk)
	walk.way[#walk.way + 1] = without(unc, "")
	walk.seen[key_of(unc)] = true
	local step = ask(unc, walk)
	return step and take_target(step, unc, walk) or { unc = unc, rest = unc }
end

-- ---- what people call ----

local OTHERS = "%s has other targets, which change only by replication (DFSR), if at all: %s"

local function tell_way(found, writes)
	for _, f in ipairs(found.failed) do
		tell("warning", ("%s cannot be used; using the next target of the DFS link: %s"):format(f.target, f.error.message))
	end
	tell("note", ("%s is %s"):format(found.link, found.target))
	if writes and #found.others > 0 then
		tell("note", OTHERS:format(found.link, table.concat(found.others, ", ")))
	end
end

--- resolve(unc): { unc=, link=, target=, others=, failed= }: where the path is. Without a link in it, only unc.
function dfs.resolve(unc)
	local path = plain(unc)
	local walk = { asked = 0, way = {}, seen = {}, failed = {} }
	local found = follow(path, walk)
	if not found.others then
		return { unc = path }
	end
	return { unc = found.unc, link = without(path, found.rest), target = without(found.unc, found.rest),
		others = found.others, failed = walk.failed }
end

--- path(unc[, writes]): where the path is, and that is told. writes: what other targets there are, too.
function dfs.path(unc, writes)
	local found = dfs.resolve(unc)
	if found.link then
		tell_way(found, writes)
	end
	return found.unc
end

return dfs
