-- Names out of the current directory, for completion: bounded, kept for a while, never a connection of its own.
local names = {}

local core = require "adsh.core.directory"
local filter = require "adsh.filter"

local MOST = 60 -- candidates
local KEPT = 30 -- seconds

--- Whether the directory is asked at all; shell.completion(false) turns it off.
names.on = true

local KINDS = {
	account = "(|(objectClass=user)(objectClass=computer))",
	computer = "(objectClass=computer)", group = "(objectClass=group)",
	any = "(|(objectClass=user)(objectClass=group))",
}
local ATTRIBUTES = { "sAMAccountName", "operatingSystem", "location", "displayName", "description" }

local cache = {} -- key -> { time=, rows=, whole= }

local function about(o)
	local system = o.operatingSystem and o.operatingSystem:gsub("^Windows ", ""):gsub(" %a+$", "")
	local parts = {}
	parts[1] = system or o.displayName or o.description
	parts[#parts + 1] = o.location
	return table.concat(parts, ", ")
end

local function ask(dir, kind, prefix)
	local ok, found = pcall(dir.find, dir, {
		filter = filter.all(KINDS[kind], filter.like("sAMAccountName", prefix .. "*")), attributes = ATTRIBUTES,
		limit = MOST + 1, timeout = 1,
	})
	local rows = {}
	for _, o in ipairs(ok and found or {}) do
		rows[#rows + 1] = { name = (o.sAMAccountName:gsub("%$$", "")), about = about(o) }
	end
	return rows, ok
end

-- What an earlier question with a shorter beginning has found already.
local function known(domain, kind, prefix)
	for n = #prefix, 0, -1 do
		local entry = cache[domain .. "\0" .. kind .. "\0" .. prefix:sub(1, n)]
		if entry and os.time() - entry.time < KEPT and (n == #prefix or entry.whole) then
			return entry.rows
		end
	end
end

--- find(kind, prefix): accounts, computers or groups whose name begins so: { name=, about= }.
function names.find(kind, prefix)
	local dir = names.on and core.current()
	local info = dir and dir:info()
	if not info then
		return {}
	end
	prefix = prefix:lower()
	local rows = known(info.domain, kind, prefix)
	if not rows then
		local is_answered
		rows, is_answered = ask(dir, kind, prefix)
		if is_answered then
			cache[info.domain .. "\0" .. kind .. "\0" .. prefix] = { time = os.time(), rows = rows, whole = #rows <= MOST }
		end
	end
	local list = {}
	for _, row in ipairs(rows) do
		if row.name:sub(1, #prefix):lower() == prefix then
			list[#list + 1] = row
		end
	end
	return list
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

return names
