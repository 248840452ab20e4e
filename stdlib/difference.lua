-- The difference that a plan makes, in words.
local codec = require "adsh.core.codec"
local sid_names = require "adsh.sid_names"
local text = require "adsh.core.text"

local MANY = 4 -- values of one attribute shown one by one; more are grouped
local NAMES = 8 -- hosts named in a group
local FULL = 12 -- objects shown in full; more only with -v
local FILES = 3 -- files among them: in one folder all are alike

-- "cifs/" -> the names behind it, for lists that are too long to be shown value by value.
local function by_service(values)
	local groups, order = {}, {}
	for _, v in ipairs(values) do
		local service, host = v:match("^([^/]+)/(.*)$")
		service, host = service or "", host or v
		if not groups[service] then
			groups[service] = { names = 0, hosts = {}, seen = {} }
			order[#order + 1] = service
		end
		local g = groups[service]
		local short = host:match("^[^.:/]+"):lower()
		g.names = g.names + 1
		if not g.seen[short] then
			g.seen[short] = true
			g.hosts[#g.hosts + 1] = short
		end
	end
	return groups, order
end

local function grouped(lines, sign, values)
	local groups, order = by_service(values)
	for _, service in ipairs(order) do
		local g = groups[service]
		local hosts = table.concat(g.hosts, " ", 1, math.min(#g.hosts, NAMES))
		if #g.hosts > NAMES then
			hosts = hosts .. (" and %d more"):format(#g.hosts - NAMES)
		end
		lines[#lines + 1] = ("    %s %s/ of %s (%d values)"):format(sign, service, hosts, g.names)
	end
end

-- A member of another forest is a SID to the directory.
local function named(v)
	local sid = v:match "^CN=(S%-1%-[%d-]+),CN=ForeignSecurityPrincipals,"
	return sid and ("%s (%s)"):format(v, sid_names.shown(sid)) or v
end

local function value_lines(lines, sign, values, verbose)
	if #values > MANY and not verbose then
		return grouped(lines, sign, values)
	end
	for _, v in ipairs(values) do
		lines[#lines + 1] = ("    %s %s"):format(sign, named(v))
	end
end

local function count_line(what, e)
	local parts = {}
	if #e.add > 0 then
		parts[#parts + 1] = ("gains %d"):format(#e.add)
	end
	if #e.remove > 0 then
		parts[#parts + 1] = ("loses %d"):format(#e.remove)
	end
	return ("  %s: %s"):format(what, table.concat(parts, ", "))
end

local FLAG_WORDS = {
	TRUSTED_FOR_DELEGATION = { "may delegate to any service (unconstrained)", "no longer may delegate to any service" },
	TRUSTED_TO_AUTH_FOR_DELEGATION = { "with any authentication protocol (protocol transition)",
		"Kerberos only (no protocol transition)" },
	NOT_DELEGATED = { "sensitive: cannot be delegated", "no longer sensitive" },
}

local function flag_lines(lines, sign, index, names, others)
	local has = {}
	for _, n in ipairs(others) do
		has[n] = true
	end
	for _, n in ipairs(names) do
		if not has[n] then
			local words = FLAG_WORDS[n]
			lines[#lines + 1] = ("    %s %s%s"):format(sign, n, words and "  - " .. words[index] or "")
		end
	end
end

local function bits(e, which)
	return codec.uac(math.tointeger(tonumber(e[which][1])) or 0)
end

local function trustees(value)
	return value and codec.trustees(value) or {}
end

-- Those of list that other lacks.
local function missing(list, other)
	local has, left = {}, {}
	for _, sid in ipairs(other) do
		has[sid] = true
	end
	for _, sid in ipairs(list) do
		left[#left + 1] = not has[sid] and sid or nil
	end
	return left
end

-- The SIDs that came and those that went.
local function trustee_difference(e)
	local before, after = trustees(e.before[1]), trustees(e.after[1])
	return missing(after, before), missing(before, after)
end

local function trustee_lines(lines, e, domain)
	local came, went = trustee_difference(e)
	for _, sid in ipairs(came) do
		lines[#lines + 1] = "    + " .. sid_names.shown(sid, domain)
	end
	for _, sid in ipairs(went) do
		lines[#lines + 1] = "    - " .. sid_names.shown(sid, domain)
	end
end

local TITLES = {
	["msDS-AllowedToDelegateTo"] = "msDS-AllowedToDelegateTo (source may delegate to)",
	servicePrincipalName = "servicePrincipalName",
	member = "members",
	["msDS-AllowedToActOnBehalfOfOtherIdentity"] =
		"msDS-AllowedToActOnBehalfOfOtherIdentity (target accepts delegation by)",
	share = "what is shared",
	shareSecurityDescriptor = "permissions of the share",
	fileSecurityDescriptor = "permissions",
}

-- Descriptors in which the rights matter, not only the names.
local PERMISSIONS = { shareSecurityDescriptor = "share", fileSecurityDescriptor = "folder" }

local function permission_lines(lines, e, c)
	local kind = c.label:match "^file" or PERMISSIONS[e.attribute]
	local difference = require "adsh.permissions".difference(e.before[1], e.after[1], kind, c.dn)
	for _, line in ipairs(difference) do
		lines[#lines + 1] = "    " .. line
	end
end

-- A group that comes or goes: "name=...", "scope=...".
local function group_lines(lines, e)
	local comes = #e.before == 0
	lines[#lines + 1] = comes and "  new group" or "  the group is deleted"
	for _, v in ipairs(comes and e.after or e.before) do
		local key, value = v:match "^(.-)=(.*)$"
		if key ~= "name" then
			lines[#lines + 1] = ("    %s %s: %s"):format(comes and "+" or "-", key, value)
		end
	end
end

local function edit_lines(lines, e, verbose, c)
	local title = TITLES[e.attribute] or e.attribute
	if e.attribute == "group" then
		group_lines(lines, e)
	elseif e.syntax == "bits" then
		lines[#lines + 1] = ("  %s: %s -> %s"):format(title, e.before[1] or "none", e.after[1] or "none")
		flag_lines(lines, "+", 1, bits(e, "after"), bits(e, "before"))
		flag_lines(lines, "-", 2, bits(e, "before"), bits(e, "after"))
	elseif e.syntax == "sd" then
		lines[#lines + 1] = "  " .. title
		if PERMISSIONS[e.attribute] then
			permission_lines(lines, e, c)
		else
			trustee_lines(lines, e, c.domain)
		end
	else
		lines[#lines + 1] = count_line(title, e)
		verbose = verbose or e.attribute == "member" -- no services to group by
		value_lines(lines, "+", e.add, verbose)
		value_lines(lines, "-", e.remove, verbose)
	end
end

local function change_lines(lines, c, verbose)
	lines[#lines + 1] = ("%s  %s"):format(c.label, c.dn)
	if c.widens then
		lines[#lines + 1] = "  ! WIDENS TRUST: " .. (c.why or "")
	elseif c.protected then
		lines[#lines + 1] = "  ! PROTECTED: " .. (c.why or "")
	end
	for _, e in ipairs(c.edits) do
		edit_lines(lines, e, verbose, c)
	end
end

-- "16 values and 8 sources added, 0 removed": values of lists, and entries of resource-based descriptors.
local function totals(changes)
	local values, sources, removed = 0, 0, 0
	for _, c in ipairs(changes) do
		for _, e in ipairs(c.edits) do
			if (e.syntax == "set" or e.syntax == "exact") and e.attribute ~= "group" then
				values, removed = values + #e.add, removed + #e.remove
			elseif e.syntax == "sd" and not PERMISSIONS[e.attribute] then
				local came, went = trustee_difference(e)
				sources, removed = sources + #came, removed + #went
			end
		end
	end
	local what = (values > 0 or sources == 0) and values .. " values" or nil
	if sources > 0 then
		what = (what and what .. " and " or "") .. sources .. " sources"
	end
	return ("%s added, %d removed"):format(what, removed)
end

-- Which changes are shown in full: some, and what has to be confirmed; of files and folders that widen the same
-- a few.
local function chosen(changes, verbose)
	local list, seen = {}, {}
	local function is_one_of_many(what)
		seen[what] = (seen[what] or 0) + 1
		return seen[what] > FILES
	end
	for _, c in ipairs(changes) do
		local many = c.label:match "^file " and is_one_of_many "file"
		local widens = c.widens and not (c.dn:sub(1, 2) == "\\\\" and is_one_of_many(c.why or ""))
		if verbose or widens or c.protected or c.sid or #list < FULL and not many then
			list[#list + 1] = c
		end
	end
	return list
end

-- Permissions name groups that are still to come by SIDs that stand for them.
local function expect(changes)
	for _, c in ipairs(changes) do
		if c.sid then
			sid_names.expect(c.sid, c.label)
		end
	end
end

local function counted(n, noun)
	return ("%d %s"):format(n, n == 1 and noun or noun .. "s")
end

--- What changes (plan:changes()) would do, as a list of lines; a long plan is cut short unless verbose. And how many
--- objects it is about, in words.
return function(changes, verbose)
	local lines, widens, noun = {}, 0, "account"
	expect(changes)
	for _, c in ipairs(changes) do
		noun = (c.sid or c.dn:sub(1, 2) == "\\\\") and "object" or noun
		widens = widens + (c.widens and 1 or 0)
	end
	local shown = chosen(changes, verbose)
	for _, c in ipairs(shown) do
		change_lines(lines, c, verbose)
	end
	if #changes > #shown then
		lines[#lines + 1] = ("... and %s (-v shows all)"):format(counted(#changes - #shown, "more " .. noun))
	end
	lines[#lines + 1] = ("Plan: %s, %s%s"):format(counted(#changes, noun), totals(changes),
		widens > 0 and (", trust widened on %d"):format(widens) or "")
	for i, line in ipairs(lines) do
		lines[i] = text.escape(line) -- names come from the directory: no control characters
	end
	return lines, counted(#changes, noun)
end
