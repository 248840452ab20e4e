-- Which computers a recipe is about: named one by one, by OU, by group, by filter, or in a file; found
-- with as few searches as possible.
local failure = require "adsh.failure"
local filter = require "adsh.filter"
local codec = require "adsh.core.codec"

local hosts = {}

--- The options that choose hosts, for a recipe's parser.
function hosts.options(parser)
	parser:argument("host", "Computers, by any name: host01, host01.alpha.test, a DN, SID or GUID."):args("*")
	parser:option("--ou", "All enabled computers in this container or below."):argname("DN"):count("*")
	parser:option("--group", "All computers in this group, also through other groups."):argname("NAME"):count("*")
	parser:option("--filter", "All computers that this LDAP filter finds."):argname("FILTER"):count("*")
	parser:option("--hosts-from", "A file with one name in a line, - is standard input."):argname("FILE"):count("*")
end

local function read_names(path, names)
	local f, message = io.stdin, nil
	if path ~= "-" then
		f, message = io.open(path)
	end
	if not f then
		error(failure("usage", "cannot read the list of hosts: " .. message), 0)
	end
	for line in f:lines() do
		local name = line:gsub("#.*", ""):match("^%s*(.-)%s*$")
		if name ~= "" then
			names[#names + 1] = name
		end
	end
	if f ~= io.stdin then
		f:close()
	end
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

local function by_filter(dir, base, condition, add, skipped)
	for _, o in ipairs(dir:find { base = base, filter = filter.all("(objectClass=computer)", condition) }) do
		if has_flag(o, "ACCOUNTDISABLE") then
			skipped[#skipped + 1] = o.sAMAccountName .. " is disabled and left out"
		else
			add(o)
		end
	end
end

--- resolve(dir, args): the computers that the options of hosts.options name, each once, sorted by
--- name, and a list of warnings about those left out.
function hosts.resolve(dir, args)
	local list, seen, warnings, names = {}, {}, {}, { table.unpack(args.host or {}) }
	local function add(o)
		if not seen[o.dn:lower()] then
			seen[o.dn:lower()] = true
			list[#list + 1] = o
		end
	end
	for _, path in ipairs(args.hosts_from or {}) do
		read_names(path, names)
	end
	for _, o in ipairs(dir:get(names, { want = "computer" })) do
		add(o)
	end
	for _, dn in ipairs(args.ou or {}) do
		by_filter(dir, dn, "(objectClass=*)", add, warnings)
	end
	for _, group in ipairs(args.group or {}) do
		local g = dir:get(group, { want = "group" })
		by_filter(dir, nil, filter.member_of(g.dn), add, warnings)
	end
	for _, text in ipairs(args.filter or {}) do
		local ok, err = codec.check_filter(text)
		if not ok then
			error(err, 0)
		end
		by_filter(dir, nil, text, add, warnings)
	end
	table.sort(list, function(a, b) return a.sAMAccountName:lower() < b.sAMAccountName:lower() end)
	return list, warnings
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
