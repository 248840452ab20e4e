-- Names out of the current directory, for completion: bounded, kept for a while, never a connection of its own.
local names = {}

local core = require "adsh.core.directory"
local filter = require "adsh.filter"

local MOST = 60 -- candidates
local READ = 500 -- names in one answer: what is typed next is then known
local KEPT = 60 -- seconds

--- Whether the directory is asked at all; shell.completion(false) turns it off.
names.on = true

-- By sAMAccountType (MS-SAMR 2.2.1.9). Not part of the filter: the beginning of a name is looked up in an index or by
-- looking at each object, and a second clause makes a Samba DC look at each object twice.
local USER, MACHINE = { [805306368] = true }, { [805306369] = true }
local GROUP = { [268435456] = true, [268435457] = true, [536870912] = true, [536870913] = true }
local KINDS = {
	account = { USER, MACHINE }, computer = { MACHINE }, group = { GROUP }, any = { USER, MACHINE, GROUP },
}
local FILTERS = {
	account = "(|(sAMAccountType=805306368)(sAMAccountType=805306369))", computer = "(sAMAccountType=805306369)",
	group = "(objectClass=group)", any = "(|(objectClass=user)(objectClass=group))",
}
local ATTRIBUTES = { "sAMAccountName", "sAMAccountType", "operatingSystem", "location", "displayName", "description" }

local cache = {} -- key -> { time=, rows=, whole= }

local function about(o)
	local system = o.operatingSystem and o.operatingSystem:gsub("^Windows ", ""):gsub(" %a+$", "")
	local parts = {}
	parts[1] = system or o.displayName or o.description
	parts[#parts + 1] = o.location
	for i, part in ipairs(parts) do
		parts[i] = type(part) == "table" and part[1] or part -- descriptions may be several
	end
	return table.concat(parts, ", ")
end

local function ask(dir, clause, prefix)
	local begins = filter.like("sAMAccountName", prefix .. "*")
	local ok, found = pcall(dir.find, dir, {
		filter = clause and filter.all(clause, begins) or begins, attributes = ATTRIBUTES,
		limit = READ + 1, timeout = 2,
	})
	local rows = {}
	for i, o in ipairs(ok and found or {}) do
		rows[i] = { name = (o.sAMAccountName:gsub("%$$", "")), about = about(o), type = tonumber(o.sAMAccountType) }
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

local function answer(dir, kind, prefix)
	local key = dir:info().domain .. "\0" .. kind
	local entry = known(key, prefix)
	if not entry then
		entry = ask(dir, FILTERS[kind], prefix)
		cache[key .. "\0" .. prefix] = entry
	end
	return entry or { rows = {} }
end

local function chosen(rows, kind, prefix)
	local list = {}
	for _, row in ipairs(rows) do
		local fits = false
		for _, types in ipairs(KINDS[kind]) do
			fits = fits or types[row.type]
		end
		if fits and row.name:sub(1, #prefix):lower() == prefix then
			list[#list + 1] = row
		end
	end
	return list
end

--- find(kind, prefix): accounts, computers or groups whose name begins so: { name=, about= }.
function names.find(kind, prefix)
	local dir = names.on and core.current()
	if not dir or not dir:info() then
		return {}
	end
	prefix = prefix:lower()
	local all = answer(dir, "", prefix)
	local list = chosen(all.rows, kind, prefix)
	if #list < MOST and not all.whole and #all.rows > 0 then -- others were in the way
		list = chosen(answer(dir, kind, prefix).rows, kind, prefix)
	end
	return table.move(list, 1, MOST + 1, 1, {})
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
