-- Which computers a recipe is about: named one by one, by OU, by group, by filter, or in a file; found
-- with as few searches as possible.
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local filter = require "adsh.filter"
local codec = require "adsh.core.codec"
local members = require "adsh.members"
local raising = require "adsh.raising"
local text_file = require "adsh.text_file"

local hosts = {}

--- The options that name hosts of any domain, for a recipe's parser.
function hosts.options_by_name(parser)
	parser:argument("host", "Computers, by any identity: host01, host01.alpha.test, a DN, SID or GUID; HOST@DOMAIN "
		.. "in another domain."):args("*")
	parser:option("--ou", "All enabled computers in or below this container."):argname("DN"):count("*")
	parser:option("--hosts-from", "A file of names, separated by line breaks or commas; - reads standard input.")
		:argname("FILE"):count("*")
end

--- All options that choose hosts.
function hosts.options(parser)
	hosts.options_by_name(parser)
	parser:option("--group", "All computers in this group: direct, nested or by primary group, including those of "
		.. "other domains that can be queried."):argname("NAME"):count("*")
	parser:option("--filter", "All computers that match this LDAP filter."):argname("FILTER"):count("*")
end

local function has_flag(o, flag)
	for _, f in ipairs(o.userAccountControl and o.userAccountControl.flags or {}) do
		if f == flag then
			return true
		end
	end
	return false
end
hosts.has_flag = has_flag

local function by_filter(dir, base, condition, add)
	for _, o in ipairs(dir:find { base = base, filter = filter.all("(objectClass=computer)", condition) }) do
		add(o, has_flag(o, "ACCOUNTDISABLE"))
	end
end

-- What members.expand could not find out about the group called name.
local function tell_lacks(x, name, warnings, lacking)
	for _, l in ipairs(x.missing) do
		lacking[#lacking + 1] = { host = ("the members of %s in %s"):format(l.domain, name), error = l.error }
	end
	for _, sid in ipairs(x.crowds) do
		warnings[#warnings + 1] = ("%s is in %s and is skipped: it is not a list of computers"):format(
			codec.wellknown(sid), name)
	end
	for _, sid in ipairs(x.strangers) do
		warnings[#warnings + 1] = ("%s is in %s and is skipped: its domain is not known"):format(sid, name)
	end
end

local function by_group(home, g, adder, warnings, lacking)
	local x = members.expand(home, { g.dn })
	for _, s in ipairs(members.searches(x)) do
		by_filter(s.dir, nil, s.filter, adder(s.dir))
	end
	tell_lacks(x, g.sAMAccountName, warnings, lacking)
end

local homes = setmetatable({}, { __mode = "k" })
local disabled = setmetatable({}, { __mode = "k" })

--- The directory that a host of hosts.resolve came from.
function hosts.home(o)
	return homes[o]
end

--- The computers that hosts.resolve left out of this list because they are disabled.
function hosts.disabled(list)
	return disabled[list] or {}
end

--- Whether these hosts belong to more than one domain.
function hosts.spans(list)
	for _, o in ipairs(list) do
		if homes[o]:info().domain ~= homes[list[1]]:info().domain then
			return true
		end
	end
	return false
end

--- "HOST01@alpha.test", for sets that span domains.
function hosts.label(o)
	return o.sAMAccountName:gsub("%$$", "") .. "@" .. homes[o]:info().domain
end

-- Names by the directory that they are in; those of domains that cannot be reached are noted.
local function by_directory(dir, names, lacking)
	local groups, order = {}, {}
	for _, name in ipairs(names) do
		local home, err = raising.try(directory.for_name, name, dir)
		if not home and err.kind ~= "connect" then
			error(err, 0)
		elseif not home then
			lacking[#lacking + 1] = { host = name, error = err.message }
		else
			if not groups[home] then
				groups[home] = {}
				order[#order + 1] = home
			end
			table.insert(groups[home], name)
		end
	end
	return groups, order
end

local function each_directory(dir, names, lacking, f)
	local groups, order = by_directory(dir, names, lacking)
	for _, home in ipairs(order) do
		f(home, groups[home])
	end
end

local function note_lacking(warnings, lacking)
	for _, l in ipairs(lacking) do
		warnings[#warnings + 1] = ("skipping %s: %s"):format(l.host, l.error)
	end
end

--- resolve(dir, args): the computers that the options of hosts.options name, each once, sorted by
--- domain and name, a list of warnings about those left out, and a list of those whose domain could not be reached.
function hosts.resolve(dir, args)
	local list, seen, warnings, lacking, names = {}, {}, {}, {}, { table.unpack(args.host or {}) }
	disabled[list] = {}
	local function adder(home)
		return function(o, is_disabled)
			if seen[o.dn:lower()] then
				return
			end
			seen[o.dn:lower()] = true
			homes[o] = home
			table.insert(is_disabled and disabled[list] or list, o)
			warnings[#warnings + 1] = is_disabled and o.sAMAccountName .. " is disabled and is skipped" or nil
		end
	end
	for _, path in ipairs(args.hosts_from or {}) do
		for _, name in ipairs(text_file.names(text_file.read(path, "the list of hosts"))) do
			names[#names + 1] = name
		end
	end
	each_directory(dir, names, lacking, function(home, some)
		for _, o in ipairs(home:get(some, { want = "computer" })) do
			adder(home)(o)
		end
	end)
	each_directory(dir, args.ou or {}, lacking, function(home, dns)
		for _, dn in ipairs(dns) do
			by_filter(home, dn, "(objectClass=*)", adder(home))
		end
	end)
	each_directory(dir, args.group or {}, lacking, function(home, groups)
		for _, g in ipairs(home:get(groups, { want = "group" })) do
			by_group(home, g, adder, warnings, lacking)
		end
	end)
	for _, text in ipairs(args.filter or {}) do
		local ok, err = codec.check_filter(text)
		if not ok then
			error(err, 0)
		end
		by_filter(dir, nil, text, adder(dir))
	end
	note_lacking(warnings, lacking)
	local key = {}
	for _, o in ipairs(list) do
		key[o] = homes[o]:info().domain .. "\0" .. o.sAMAccountName:lower()
	end
	table.sort(list, function(a, b) return key[a] < key[b] end)
	return list, warnings, lacking
end

--- check_reached(list, lacking, least): an error when there are fewer hosts than that because domains, those of
--- hosts.resolve, could not be reached.
function hosts.check_reached(list, lacking, least)
	if #list < least and lacking[1] then
		error(failure("connect", ("%s: %s. This leaves %s"):format(lacking[1].host, lacking[1].error,
			#list == 0 and "no host" or #list == 1 and "one host" or #list .. " hosts")), 0)
	end
end

--- names(o): FQDN (nil when it has no dNSHostName) and short name of a computer.
function hosts.names(o)
	return o.dNSHostName, (o.sAMAccountName:gsub("%$$", ""))
end

--- spns(o, services): each service class with both names: those under which Windows asks for them.
function hosts.spns(o, services)
	local list = {}
	local fqdn, short = hosts.names(o)
	for _, service in ipairs(services) do
		list[#list + 1] = service .. "/" .. short
		if fqdn then
			list[#list + 1] = service .. "/" .. fqdn
		end
	end
	return list
end

return hosts
