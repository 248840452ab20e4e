-- What a directory says now, kept in a file: for reading later (connect{from=}), and for finding out what changed.
local core = require "adsh.raising"(require "adsh.core.snapshot")
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local help = require "adsh.help"
local kept = require "adsh.snapshot.kept"
local printable = require "adsh.format.printable"
local raising = require "adsh.raising"

local replace = raising(require "adsh.core.file").replace

local snapshot = {}

local OFTEN = 500 -- objects between two writes to the file

-- ---- which domains ----

-- A list of { domain=, dir= }, each once; what cannot be asked is told in lacks.
local function domains_of(home, o, lacks)
	local list, seen = {}, {}
	local function add(domain, dir)
		local err
		if seen[domain:lower()] then
			return
		elseif not dir then
			dir, err = raising.try(directory.of, domain)
		end
		seen[domain:lower()] = true
		if dir then
			list[#list + 1] = { domain = dir:info().domain, dir = dir }
		else
			lacks[#lacks + 1] = ("%s: %s"):format(domain, err.message)
		end
	end
	add(home:info().domain, home)
	for _, d in ipairs(o.forest and home:forest() or {}) do
		add(d.domain)
	end
	for _, domain in ipairs(type(o.also) == "string" and { o.also } or o.also or {}) do
		add(domain)
	end
	return list
end

-- The roots of the forests of which every domain is in the list.
local function whole_forests(list)
	local has, roots, seen = {}, {}, {}
	for _, d in ipairs(list) do
		has[d.domain:lower()] = true
	end
	for _, d in ipairs(list) do
		local root, whole = d.dir:info().root_base, true
		for _, one in ipairs(not seen[root] and d.dir:forest() or {}) do
			whole = whole and has[one.domain:lower()]
		end
		roots[#roots + 1] = not seen[root] and whole and root or nil
		seen[root] = true
	end
	return roots
end

-- ---- writing ----

-- Those of the kept attributes that the schema has.
local function known_attributes(dir)
	local has, list = {}, {}
	for e in dir:search { base = dir:info().schema_base, scope = "one", filter = "(objectClass=attributeSchema)",
		attributes = { "lDAPDisplayName" } } do
		has[(e:first "lDAPDisplayName" or ""):lower()] = true
	end
	for _, name in ipairs(kept.attributes) do
		list[#list + 1] = has[name:lower()] and name or nil
	end
	return list
end

local function write_context(w, put, dir, base, attributes)
	local n = 0
	w:fields("N", base, {})
	for e in dir:search { base = base, attributes = attributes } do
		w:put("E", e)
		n = n + 1
		if n % OFTEN == 0 then
			put(w:take())
		end
	end
end

local function write_head(w, home, list, taken)
	local fields = { "taken", taken, "program", require "adsh.core.program".version }
	local function add(name, value)
		fields[#fields + 1], fields[#fields + 2] = name, value
	end
	add("principal", home:info().principal or "nobody")
	for _, root in ipairs(whole_forests(list)) do
		add("forests", root)
	end
	for _, name in ipairs(kept.attributes) do
		add("attributes", name)
	end
	w:fields("H", "", fields)
end

local function write_domain(w, put, d, forests)
	local info = d.dir:info()
	for e in d.dir:search { base = "", scope = "base", attributes = kept.root } do
		d.usn = tonumber(e:first "highestCommittedUSN" or nil)
		w:put("D", e)
	end
	local attributes = known_attributes(d.dir)
	write_context(w, put, d.dir, info.base, attributes)
	if not forests[info.root_base] then
		forests[info.root_base] = true
		write_context(w, put, d.dir, info.config_base, attributes)
		write_context(w, put, d.dir, info.schema_base, attributes)
	end
end

local function write(put, home, list, taken)
	local w, forests = core.writer(), {}
	write_head(w, home, list, taken)
	for _, d in ipairs(list) do
		write_domain(w, put, d, forests)
	end
	w:finish()
	put(w:take())
	return w:count()
end

local function about(list)
	local rows = {}
	for i, d in ipairs(list) do
		local info = d.dir:info()
		rows[i] = printable.ordered({ domain = d.domain, server = info.dns_host or info.host, usn = d.usn },
			{ "domain", "server", "usn" })
	end
	return rows
end

help [[snapshot.take(file[, {forest=, also=}]) - Saves the data that adsh reads from the directory to a file.
Arguments:
  file (string): its name; an existing file is replaced once the new one is complete. Its mode is 0600
  forest (option, boolean): true saves every domain of the forest. Default: false
  also (option, list of strings): other domains. Default: none
Returns: a table:
  file (string), taken (time), objects (integer): the file, when it was made, and how many objects it has
  domains (list): for each its domain, server and usn
  missing (list of strings): parts that could not be queried
Errors:
  connect: no server answers
Example: snapshot.take(os.tmpname())]]
function snapshot.take(file, o)
	o = o or {}
	local home, lacks, taken, objects = directory.current(), {}, os.date "!%Y-%m-%dT%H:%M:%SZ", nil
	if home:info().snapshot then
		error(failure("usage", "a snapshot can be taken of a directory only, not of another snapshot",
			"omit --from, or copy the file"), 0)
	end
	local list = domains_of(home, o, lacks)
	replace(file, "the snapshot", function(put) objects = write(put, home, list, taken) end)
	return printable.ordered({ file = file, taken = taken, objects = objects, domains = about(list), missing = lacks },
		{ "file", "taken", "objects", "domains", #lacks > 0 and "missing" or nil })
end

help [[snapshot.info(file) - Describes a snapshot.
Arguments:
  file (string): what snapshot.take made
Returns: a table:
  file, principal (string), taken (time), objects (integer): the file, by whom and when it was made, how many objects
  domains (list): for each its domain, server and usn
Errors:
  refused: another user could have written it
  failed: it is not a snapshot, or is damaged
Example: snapshot.info(snapshot.take(os.tmpname()).file).taken]]
function snapshot.info(file)
	local it = require "adsh.snapshot.open".file(file)
	local list = {}
	for i, dir in ipairs(it.directories) do
		list[i] = { domain = dir:info().domain, dir = dir }
		for e in dir:search { base = "", scope = "base", attributes = { "highestCommittedUSN" } } do
			list[i].usn = tonumber(e:first "highestCommittedUSN" or nil)
		end
	end
	return printable.ordered({ file = file, taken = it.taken, principal = it.principal, objects = it.objects,
		domains = about(list) }, { "file", "taken", "principal", "objects", "domains" })
end

-- Tables of people: the changes, a section for each kind.
local function show(result)
	require "adsh.snapshot.report".show(result)
end

help [[snapshot.diff(old[, new]) - Compares delegation in two snapshots: who gained or lost what, where and when.
Arguments:
  old (string): a file that snapshot.take made
  new (string): a later one. Default: the directory as it is now
Returns: a table:
  from, to (table): file, taken, server, domains of both
  widened, narrowed (list): for each change domain, account, what, towards, attribute, object (which says so), written,
    server, remark
  moved (list): the same for service principal names that moved to another account
  missing (list of strings): parts that could not be compared
Errors:
  refused: another user could have written the file
  failed: it is not a snapshot, or is damaged
Example: snapshot.diff(snapshot.take(os.tmpname()).file).widened]]
function snapshot.diff(old, new)
	local side = require "adsh.snapshot.side"
	local before, domains = side.of_file(old), {}
	for i, d in ipairs(before.domains) do
		domains[i] = d.domain
	end
	local now = new and side.of_file(new) or side.of_now(domains)
	return printable.viewed(require "adsh.snapshot.diff".between(before, now), show)
end

return snapshot
