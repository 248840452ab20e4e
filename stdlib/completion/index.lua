-- The names of a whole domain, for completion: kept where the directory is slow to find them by their beginning, as a
-- Samba DC is, which looks at each object for that. They are read while the prompt waits for a key, over a connection
-- of their own, and kept in a file; later only what has changed is read.
local index = {}

local core_file = require "adsh.core.file"
local directory = require "adsh.directory"
local filter = require "adsh.filter"
local kinds = require "adsh.completion.rows"
local program = require "adsh.core.program"
local raising = require "adsh.raising"

local file = raising(core_file)

--- Seconds that a directory may take to find names by their beginning before they are kept here.
index.slow = 0.03

--- Seconds after which changes are looked for, when somebody has asked for names since.
index.check = 30

local DAY, WEEK = 86400, 7 * 86400 -- after which all names are read again, or the time is taken again
local SAVE = 600 -- seconds between two writes of the file for changes alone
local AGAIN, SOON = 300, 10 -- seconds after which a failure, or what a key has stopped, is tried again
local PATIENCE = 60 -- seconds without an entry
local PAUSE = 0.03 -- seconds between two looks for entries
local STEP = 200 -- entries taken at a time: a key waits no longer
local PAGE = 500
local ALL = kinds.clause "umg"
local HEAD = "adsh names 1"

-- Of a domain: pieces: texts of lines "LETTER NAME-IN-LOWER-CASE \t NAME \t ABOUT", each with "\n" in front, the newest
-- last; server, usn: where and to which change they were read; filled, saved, checked: times; quick: none are kept.
local kept = {} -- [domain]
local work = {} -- the domain that is read: its coroutine, and its connection
local later = {} -- [domain] = the time before which nothing is tried

local function path_of(domain)
	local folder = domain:find "^[%w._-]+$" and core_file.state "names"
	return folder and folder .. "/" .. domain
end

-- ---- the file ----

local function read(path)
	local f <close>, facts = core_file.open(path, "the names for completion")
	local head = f and facts.ours and f:read "l"
	local server, usn, filled = (head or ""):match("^" .. HEAD .. " (%S+) (%d+) (%d+)$")
	if not server then
		return nil
	end
	return {
		server = server, usn = tonumber(usn), filled = tonumber(filled), saved = tonumber(filled), checked = 0,
		quick = server == "-", pieces = { "\n" .. f:read "a" }, wanted = true,
	}
end

local function load(domain)
	local path = not kept[domain] and path_of(domain)
	if path then
		kept[domain] = read(path)
	end
	return kept[domain]
end

local function save(domain, it)
	local path = path_of(domain)
	it.saved = os.time()
	if path then
		file.replace(path, "the names for completion", function(put)
			put(("%s %s %d %d"):format(HEAD, it.quick and "-" or it.server, it.usn, it.filled))
			for _, piece in ipairs(it.pieces) do
				put(piece)
			end
		end)
	end
end

-- ---- reading ----

-- Calls take for each entry; between them the prompt looks for keys.
local function each(dir, options, take)
	local next_entry, search, _, closing <close> = dir:search(options) -- luacheck: ignore closing
	local heard, n = program.clock(), 0
	while true do
		if search:ready() then
			local e = next_entry()
			if not e then
				return
			end
			take(e)
			heard, n = program.clock(), n + 1
			if n % STEP == 0 then
				coroutine.yield(0)
			end
		elseif program.clock() - heard > PATIENCE then
			error("no answer", 0)
		else
			coroutine.yield(PAUSE)
		end
	end
end

local function highest_usn(dir)
	local usn
	each(dir, { base = "", scope = "base", attributes = { "highestCommittedUSN" } }, function(e)
		usn = tonumber(e:first "highestCommittedUSN")
	end)
	return usn
end

-- The time that the directory takes for a beginning that no name has.
local function measure(dir)
	local began = program.clock()
	each(dir, { filter = filter.like("sAMAccountName", "~adsh~*"), attributes = { "sAMAccountName" }, limit = 1 },
		function() end)
	return program.clock() - began
end

-- Pieces of all names that the filter finds.
local function pieces_of(dir, clause)
	local pieces, lines = {}, {}
	each(dir, { filter = clause, attributes = kinds.ATTRIBUTES, page = PAGE }, function(e)
		lines[#lines + 1] = kinds.line(e)
		if #lines == PAGE then
			pieces[#pieces + 1], lines = table.concat(lines), {}
		end
	end)
	pieces[#pieces + 1] = #lines > 0 and table.concat(lines) or nil
	return pieces
end

local function fill(dir, domain)
	local usn = highest_usn(dir)
	local it = { server = dir:info().host, usn = usn, filled = os.time(), checked = os.time(), pieces = {} }
	it.quick = (not kept[domain] or kept[domain].quick) and measure(dir) < index.slow
	it.pieces = it.quick and {} or pieces_of(dir, ALL)
	kept[domain] = it
	save(domain, it)
end

local function refresh(dir, domain, it)
	local usn = highest_usn(dir)
	local new = pieces_of(dir, filter.all(filter.ge("uSNChanged", it.usn + 1), ALL))
	table.move(new, 1, #new, #it.pieces + 1, it.pieces)
	it.usn, it.checked, it.wanted = usn, os.time(), false
	if #new > 0 and os.time() - it.saved >= SAVE then
		save(domain, it)
	end
end

-- ---- when ----

-- What there is to do for the directory now: a function, or nil.
local function due(dir, domain)
	local it, now = load(domain), os.time()
	if now < (later[domain] or 0) then
		return nil
	elseif not it or now - it.filled >= (it.quick and WEEK or DAY) then
		return fill
	elseif not it.quick and it.wanted and now - it.checked >= index.check then
		return it.server == dir:info().host and refresh or fill
	end
end

local function begin(dir, domain)
	local what = due(dir, domain)
	work = what and { domain = domain, run = coroutine.create(function()
		local own <close> = directory.at(dir, dir:info().host, 10)
		what(own, domain, kept[domain])
	end) } or {}
end

local function is_interrupted(err)
	return type(err) ~= "string" and err.kind == "interrupted"
end

--- idle(dir): a piece of the work for its domain; the seconds after which to go on, nil: there is nothing to do.
function index.idle(dir)
	local info = dir:info()
	if not info or info.snapshot or info.mechanism == "simple" then -- a simple login would ask for its password
		return nil
	end
	local domain = info.domain:lower()
	if work.domain ~= domain then
		begin(dir, domain)
	end
	if not work.run then
		return nil
	end
	local ok, result = coroutine.resume(work.run) -- the seconds to wait, or the error
	if coroutine.status(work.run) == "suspended" then
		return result
	end
	coroutine.close(work.run)
	later[domain] = not ok and os.time() + (is_interrupted(result) and SOON or AGAIN) or nil
	work = {}
end

-- ---- asking ----

-- The rows of a piece whose lines begin with key, behind those that are there.
local function gather(piece, key, most, rows, seen)
	local at = piece:find(key, 1, true)
	while at and #rows < most do
		local name, about = piece:match("\t([^\t\n]*)\t([^\n]*)", at)
		if name and not seen[name] then
			seen[name] = true
			rows[#rows + 1] = { name = name, about = about }
		end
		at = piece:find(key, at + 1, true)
	end
end

--- find(domain, letters, prefix, most): rows { name=, about= } of names that begin so (in lower case) and are of one of
--- the kinds; nil: the names of this domain are not kept, or none of them fits and there may be new ones.
function index.find(domain, letters, prefix, most)
	local it = load(domain:lower())
	if not it or it.quick then
		return nil
	end
	local rows, seen = {}, {}
	it.wanted = true
	for letter in letters:gmatch "." do
		for i = #it.pieces, 1, -1 do
			gather(it.pieces[i], "\n" .. letter .. prefix, most, rows, seen)
		end
	end
	return (rows[1] or os.time() - it.checked < index.check) and rows or nil
end

return index
