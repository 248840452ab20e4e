-- Directories that are snapshots: all domains of a file are opened together, and nothing beside them is asked.
local failure = require "adsh.failure"
local core = require "adsh.raising"(require "adsh.core.snapshot")

local open = {}

local opened = {} -- [file] = { snapshot=, directories = list, by_domain = { [name in lower case] = place } }

local function read(path)
	local snapshot = core.open(path)
	local it = { snapshot = snapshot, directories = {}, by_domain = {} }
	local head, domains, objects = snapshot:head()
	it.head, it.objects = head, objects
	for i = 1, domains do
		it.directories[i] = open.domain(snapshot, i, "named")
		it.by_domain[it.directories[i]:info().domain:lower()] = i
	end
	return it
end

--- domain(snapshot, i, how): the directory of the i-th domain.
function open.domain(snapshot, i, how)
	local dir, err = snapshot:directory(i, how)
	return dir or error(err, 0)
end

local function lacks(path, domain)
	return failure("connect", ("the snapshot %s does not hold %s"):format(path, domain),
		("adsh snapshot --also %s FILE creates one that does"):format(domain))
end

-- Whoever reads on a screen what was true once is told so.
local function note(it, path)
	local options = require "adsh.core.options"
	if options.format == "table" and not options.quiet then
		local info = it.directories[1]:info()
		require "adsh.say".err(("note: data of %s at %s, from %s"):format(info.host,
			it.head.taken[1]:gsub("T", " "):gsub(":%d%dZ$", " UTC"), path))
	end
end

--- open(path[, domain]): the directory of that domain, or of the first one. The file is read once.
function open.open(path, domain)
	local it = opened[path]
	if not it then
		it = read(path)
		opened[path] = it
		note(it, path)
	end
	local i = domain and it.by_domain[domain:lower()] or not domain and 1
	return it.directories[i] or error(lacks(path, domain), 0)
end

--- other(home, domain, gc): for directory.of and directory.catalog, where home is a snapshot.
function open.other(home, domain, gc)
	local info = home:info()
	local it = opened[info.snapshot]
	if it and gc then
		return open.domain(it.snapshot, it.by_domain[info.domain:lower()], "gc")
	end
	return it and it.directories[it.by_domain[domain:lower()]] or error(lacks(info.snapshot, domain), 0)
end

--- file(path): what it says of itself: { taken=, principal=, domains = list of the info of each, objects= }, and the
--- directories, which nothing else finds.
function open.file(path)
	local snapshot = core.open(path)
	local head, domains, objects = snapshot:head()
	local it = { file = path, taken = head.taken[1], principal = (head.principal or {})[1], domains = {},
		objects = objects, directories = {} }
	for i = 1, domains do
		it.directories[i] = open.domain(snapshot, i, "alone")
		it.domains[i] = it.directories[i]:info()
	end
	return it
end

return open
