-- Names out of the current directory, for completion: bounded, kept for a while, never a connection of its own.
local names = {}

local core = require "adsh.core.directory"
local filter = require "adsh.filter"
local index = require "adsh.completion.index"
local kinds = require "adsh.completion.rows"

local MOST = 60 -- candidates
local READ = 500 -- names in one answer: what is typed next is then known
local KEPT = 60 -- seconds

--- Whether the directory is asked at all; shell.completion(false) turns it off.
names.on = true

local cache = {} -- key -> { time=, rows=, whole= }

-- clause: nil where there need not be one: a name is found by its beginning in an index or by looking at each object,
-- and a second clause makes a Samba DC look at each object twice.
local function ask(dir, clause, prefix)
	local begins = filter.like("sAMAccountName", prefix .. "*")
	local ok, found = pcall(dir.find, dir, {
		filter = clause and filter.all(clause, begins) or begins, attributes = kinds.ATTRIBUTES,
		limit = READ + 1, timeout = 2,
	})
	local rows = {}
	for i, o in ipairs(ok and found or {}) do
		rows[i] = { name = (o.sAMAccountName:gsub("%$$", "")), about = kinds.about(o),
			kind = kinds.letter(o.sAMAccountType) or "" }
	end
	return ok and { time = os.time(), rows = rows, whole = #rows <= READ } or nil
end

-- What an earlier question with a shorter beginning has found already.
local function known(key, prefix)
	for n = #prefix, 0, -1 do
		local entry = cache[key .. "\0" .. prefix:sub(1, n)]
		if entry and os.time() - entry.time < KEPT and (n == #prefix or entry.whole) then
			return entry
		end
	end
end

local function answer(dir, letters, prefix)
	local key = dir:info().domain .. "\0" .. letters
	local entry = known(key, prefix)
	if not entry then
		entry = ask(dir, letters ~= "" and kinds.clause(letters) or nil, prefix)
		cache[key .. "\0" .. prefix] = entry
	end
	return entry or { rows = {} }
end

local function chosen(rows, letters, prefix)
	local list = {}
	for _, row in ipairs(rows) do
		if row.kind ~= "" and letters:find(row.kind, 1, true) and row.name:sub(1, #prefix):lower() == prefix then
			list[#list + 1] = row
		end
	end
	return list
end

local function asked(dir, letters, prefix)
	local all = answer(dir, "", prefix)
	local list = chosen(all.rows, letters, prefix)
	if #list < MOST and not all.whole and #all.rows > 0 then -- others were in the way
		list = chosen(answer(dir, letters, prefix).rows, letters, prefix)
	end
	return list
end

--- find(kind, prefix): accounts, computers or groups whose name begins so: { name=, about= }.
function names.find(kind, prefix)
	local dir = names.on and core.current()
	local info = dir and dir:info()
	if not info then
		return {}
	end
	prefix = prefix:lower()
	local list = info.domain and index.find(info.domain, kinds.KINDS[kind], prefix, MOST + 1)
	list = list or asked(dir, kinds.KINDS[kind], prefix)
	return table.move(list, 1, MOST + 1, 1, {})
end

--- idle(): a piece of what makes the next question quick; the seconds after which to go on, or nil.
function names.idle()
	local dir = names.on and core.current()
	return dir and index.idle(dir) or nil
end

--- The shares of a server that people use: { name=, remark= }.
function names.shares(server)
	local key = "share\0" .. server:lower()
	local entry = cache[key]
	if not names.on or not core.current() then
		return {}
	elseif not entry or os.time() - entry.time >= KEPT then
		local ok, list = pcall(require "adsh.core.share".list, server)
		local rows = {}
		for _, share in ipairs(ok and list or {}) do
			rows[#rows + 1] = share.type == "disk" and not share.special and share or nil
		end
		entry = { time = os.time(), rows = rows }
		cache[key] = ok and list and entry or nil
	end
	return entry.rows
end

--- What is in a folder of a file server: { name=, folder=, link= }.
function names.children(unc)
	local key = "folder\0" .. unc:lower()
	local entry = cache[key]
	if not names.on or not core.current() then
		return {}
	elseif not entry or os.time() - entry.time >= KEPT then
		local ok, list = pcall(require "adsh.core.server_file".list, unc)
		entry = { time = os.time(), rows = ok and list or {} }
		cache[key] = ok and list and entry or nil
	end
	return entry.rows
end

return names
