-- Who is somebody on a host, as far as group policies decide: what a token from the directory is worth there.
local hosts = require "adsh.hosts"

local local_groups = {}

local_groups.ADMINISTRATORS, local_groups.HYPERV_ADMINISTRATORS = "S-1-5-32-544", "S-1-5-32-578"
local USERS, GUESTS = "S-1-5-32-545", "S-1-5-32-546"
local DOMAIN_ADMINS = 512
local LOCAL = "^S%-1%-5%-32%-"

local function set_of(list)
	local set = {}
	for _, sid in ipairs(list) do
		set[sid] = true
	end
	return set
end

local function domain_admins(sid)
	return sid:match "^(S%-1%-5%-21%-.*)%-%d+$" .. "-" .. DOMAIN_ADMINS
end

local function replace(m, row)
	m.set, m.is_known, m.replaced_by = set_of(row.sids), true, row
	for _, sid in ipairs(row.sids) do
		m.is_known = m.is_known and sid ~= false
	end
end

--- members(r, group, host_sid): the members of a local group that policies put there, r being what gpo.result gives:
--- set = their SIDs; is_known: there are no others; replaced_by = the row that says so.
function local_groups.members(r, group, host_sid)
	local m = { set = {}, is_known = false }
	m.set[domain_admins(host_sid)] = group == local_groups.ADMINISTRATORS or nil
	for _, row in ipairs(r.groups) do
		local is_it = row.sid == group and not row.targeted
		if is_it and (row.action == "replaces" or row.action == "deletes") then
			replace(m, row)
		else
			for _, sid in ipairs(is_it and row.sids or {}) do
				m.set[sid or ""] = row.action == "adds" or nil
			end
		end
	end
	return m
end

--- member(m, token): true, false, or nil: only the host knows. token: a set.
function local_groups.member(m, token)
	for sid in pairs(token) do
		if m.set[sid] then
			return true
		end
	end
	if m.is_known then
		return false
	end
end

--- token(sids, h): those of the SIDs with which an account is judged on the host h, as a set: groups under BUILTIN are
--- the domain controllers' own.
function local_groups.token(sids, h)
	local set, is_controller = {}, hosts.has_flag(h.object, "SERVER_TRUST_ACCOUNT")
	for _, sid in ipairs(sids) do
		set[sid] = is_controller or not sid:find(LOCAL) or sid == USERS or nil
	end
	return set, is_controller
end

--- has(r, right, token, h): whether one who is this token is among those of a row of gpo.result's rights: true, false;
--- nil: only the host knows. The second: by which of its names.
function local_groups.has(r, right, token, h, is_controller)
	local answer = false
	for i, sid in ipairs(right.sids) do
		local is_local = sid and sid:find(LOCAL) and sid ~= USERS and sid ~= GUESTS and not is_controller
		local is_in = sid and token[sid] or false
		if not is_in and is_local then
			is_in = local_groups.member(local_groups.members(r, sid, h.object.objectSid), token)
		elseif not sid then
			is_in = nil
		end
		if is_in then
			return true, right.who[i]
		elseif is_in == nil then
			answer = nil
		end
	end
	return answer
end

return local_groups
