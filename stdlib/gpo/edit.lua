-- Settings of a policy, new or there already: each file is read, changed, written; the versions of both halves are
-- raised together, the names of the extensions completed.
local draft = require "adsh.gpo.draft"
local extensions = require "adsh.gpo.extensions"
local failure = require "adsh.failure"
local firewall = require "adsh.gpo.firewall"
local files = require "adsh.raising"(require "adsh.core.server_file")
local gpt_ini = require "adsh.gpo.gpt_ini"
local new_policy = require "adsh.gpo.new_policy"
local place = require "adsh.gpo.place"
local raising = require "adsh.raising"

local edit = {}

--- read(unc): what a file holds; nil: there is none.
function edit.read(unc)
	local bytes, err = raising.try(files.read, unc)
	if not bytes and err.kind ~= "notfound" then
		error(err, 0)
	end
	return bytes
end

-- The folders from the policy's to the file, outermost first.
local function folders(top, path)
	local list, unc = {}, top
	for part in path:match "^(.*)\\":gmatch "[^\\]+" do
		unc = unc .. "\\" .. part
		list[#list + 1] = unc
	end
	return list
end

-- The files of the parts: { path=, before=, after=, part= }.
local function rows_of(folder, parts)
	local list, by_path = {}, {}
	for _, p in ipairs(parts) do
		local row = by_path[p.path]
		if not row then
			row = { path = p.path, before = folder and edit.read(folder .. "\\" .. p.path), part = p.part }
			row.after = row.before
			by_path[p.path], list[#list + 1] = row, row
		end
		row.after = p.change(row.after)
	end
	return list
end

local function changed_of(list)
	local changed = {}
	for _, row in ipairs(list) do
		changed[#changed + 1] = row.before ~= row.after and row or nil
	end
	return changed
end

--- changes(folder, parts): what the files hold after the parts: a list of { path=, before=, after=, part= }, those that
--- change only. parts: { path=, part=, change = f(bytes or nil) -> bytes or nil }; those of one path follow each other.
function edit.changes(folder, parts)
	return changed_of(rows_of(folder, parts))
end

local function write(d, folder, list)
	local made = {}
	for _, row in ipairs(list) do
		local unc = folder .. "\\" .. row.path
		if row.after == nil then
			d:does(files.remove, unc)
		else
			for _, one in ipairs(row.before == nil and folders(folder, row.path) or {}) do
				if not made[one] then
					d:does(files.put, one, nil)
					made[one] = true
				end
			end
			d:does(files.put, unc, row.after)
		end
	end
end

-- A part goes with the last of its files. That with firewall rules may have other settings, of another part.
local FILES = { scripts = { [[Machine\Scripts\psscripts.ini]], [[Machine\Scripts\scripts.ini]] } }
local HOLDS = { firewall = firewall.is_in }

-- Whether the part is left; second: or at least something in its file.
local function is_left(folder, part, list)
	local file
	for _, row in ipairs(list) do
		if row.part == part and row.after ~= nil then
			file = true
			if not HOLDS[part] or HOLDS[part](row.after) then
				return true
			end
		end
	end
	for _, path in ipairs(folder and FILES[part] or {}) do
		local changes = false
		for _, row in ipairs(list) do
			changes = changes or row.path == path
		end
		if not changes and edit.read(folder .. "\\" .. path) then
			return true
		end
	end
	return false, file
end

-- The extensions after the changes: with the parts that the policy has, without those that it has not. Where something
-- else is in the file, another tool has to stand for it.
local function names_of(folder, list, names)
	local seen = {}
	names = extensions.with(names)
	for _, row in ipairs(list) do
		if not seen[row.part] then
			seen[row.part] = true
			local left, file = is_left(folder, row.part, list)
			local change = left and extensions.with or file and extensions.without_tool or extensions.without
			names = change(names, row.part)
		end
	end
	return names
end

--- create(dir, host, name, o, parts): a new policy with these settings; a draft and the policy (dn, cn, folder).
--- o.filter: SIDs of those who are to obey it.
function edit.create(dir, host, name, o, parts)
	local list = edit.changes(nil, parts)
	local d, new = new_policy.begin(dir, host, name, { filter = o.filter, version = 1, flags = 1, -- no user part
		extensions = names_of(nil, list) })
	write(d, new.folder, list)
	return d, new
end

-- One more for the computer's part, which is the low half and is never 0 again (MS-GPOL 3.3.5.4).
local function raised(n)
	local low = (n & 0xffff) + 1
	return n & 0xffff0000 | (low > 0xffff and 1 or low)
end

-- The directory keeps it with a sign, the files without.
local function signed(n)
	return n > 0x7fffffff and n - (1 << 32) or n
end

-- Both halves have to have the same version.
local function check_versions(p, ini, unc)
	local sysvol = ini and gpt_ini.version(ini)
	if not ini then
		error(failure("conflict", ("%s: its files in SYSVOL are missing. Nothing was written"):format(p.displayName or p.cn),
			"restore them from a backup, or remove the policy (gpo.remove): " .. unc), 0)
	end
	if not sysvol or sysvol & 0xffffffff ~= p.version then
		error(failure("conflict", ("%s: the object has version %s, the files have %s. Nothing was written"):format(
			p.displayName or p.cn, p.version, sysvol or "none"),
			"someone is editing it, or it has not replicated: check " .. unc), 0)
	end
end

-- The names of the extensions after the changes; complete: also of what stays as it is.
local function names_after(folder, p, rows, complete)
	local names = names_of(folder, changed_of(rows), p.gPCMachineExtensionNames)
	return complete and names_of(folder, rows, names) or names
end

--- update(dir, host, p, parts, complete): the policy p (of place.find) gets these settings; a draft, and whether
--- something changes. complete: the parts are to be there, so the names of their extensions are completed even where no
--- file changes: hosts leave out a part whose extension is not named.
function edit.update(dir, host, p, parts, complete)
	local folder, d = place.folder(dir, host, p.cn), draft(dir)
	local rows = rows_of(folder, parts)
	local list = changed_of(rows)
	if #list == 0 and not complete then
		return d, false
	end
	local unc = folder .. [[\GPT.INI]]
	local ini = edit.read(unc)
	p.version = (math.tointeger(tonumber(p.versionNumber)) or 0) & 0xffffffff
	check_versions(p, ini, unc)
	local names = names_after(folder, p, rows, complete)
	if #list == 0 and names == (p.gPCMachineExtensionNames or ""):upper() then
		return d, false
	end
	write(d, folder, list)
	local version = raised(p.version)
	d:does(files.put, unc, gpt_ini.with(ini, version))
	d:edits(p, p.displayName or p.cn, {
		{ "gPCMachineExtensionNames", p.gPCMachineExtensionNames, names ~= "" and names or nil },
		{ "versionNumber", p.versionNumber, signed(version) },
	})
	return d, true
end

return edit
