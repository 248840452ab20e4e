-- The kind of change "attributes", for people: edits of what an object of the directory has.
local codec = require "adsh.core.codec"
local delegation = require "adsh.core.delegation"
local etypes = require "adsh.readiness.etypes"
local services = require "adsh.format.services"
local sid_names = require "adsh.sid_names"

local attributes = {}

local MANY = 4 -- values of one attribute shown one by one; more are grouped
local NAMES = 8 -- hosts named in a group

local function grouped(lines, sign, values)
	local groups, odd = services.by_class(values)
	for _, v in ipairs(odd) do
		lines[#lines + 1] = ("    %s %s"):format(sign, v)
	end
	for _, g in ipairs(groups) do
		local hosts = table.concat(g.hosts, " ", 1, math.min(#g.hosts, NAMES))
		if #g.hosts > NAMES then
			hosts = hosts .. (" and %d more"):format(#g.hosts - NAMES)
		end
		lines[#lines + 1] = ("    %s %s/ of %s (%d value%s)"):format(sign, g.class, hosts, g.names,
			g.names == 1 and "" or "s")
	end
end

-- A member of another forest is a SID to the directory: "BETA\HOST01$ (S-1-5-21-...)".
local function named(v, domain)
	local sid = v:match "^CN=(S%-1%-[%d-]+),CN=ForeignSecurityPrincipals,"
	if not sid then
		return services.visible(v)
	end
	local name = sid_names.shown(sid, domain)
	return name:find(sid, 1, true) and name or ("%s (%s)"):format(name, sid)
end

local function value_lines(lines, sign, values, verbose, domain)
	if #values > MANY and not verbose then
		return grouped(lines, sign, values)
	end
	for _, v in ipairs(values) do
		lines[#lines + 1] = ("    %s %s"):format(sign, named(v, domain))
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
	TRUSTED_FOR_DELEGATION = { "may delegate to any service (unconstrained)", "may no longer delegate to any service" },
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

-- Those of list that other lacks.
local function missing(list, other)
	local has, left = {}, {}
	for _, row in ipairs(other) do
		has[row.sid .. row.how] = true
	end
	for _, row in ipairs(list) do
		left[#left + 1] = not has[row.sid .. row.how] and row or nil
	end
	return left
end

local function condition_words(text)
	if text == "" then
		return ", under a condition"
	end
	return (text:find "^unless" and ", " or ", under the condition ") .. text
end

-- Whom a descriptor lets act, and whom under a condition; one that is not valid lets nobody: { sid=, how= }.
local function sources(value)
	local list, _, more = nil, nil, nil
	if value then
		list, _, more = delegation.sources(value)
	end
	local rows = {}
	for _, sid in ipairs(list or {}) do
		rows[#rows + 1] = { sid = sid, how = "" }
	end
	for _, sid in ipairs(list and more.conditional or {}) do
		rows[#rows + 1] = { sid = sid, how = condition_words(more.conditions[sid]) }
	end
	return rows
end

-- Who comes (+) and who goes (-): { sign=, sid=, how= }.
local function source_difference(e)
	local before, after = sources(e.before[1]), sources(e.after[1])
	local rows = {}
	local function add(sign, list)
		for _, row in ipairs(list) do
			rows[#rows + 1] = { sign = sign, sid = row.sid, how = row.how }
		end
	end
	add("+", missing(after, before))
	add("-", missing(before, after))
	return rows
end

local function source_lines(lines, e, domain)
	local rows = source_difference(e)
	for _, r in ipairs(rows) do
		lines[#lines + 1] = ("    %s %s%s"):format(r.sign, sid_names.shown(r.sid, domain), r.how)
	end
	if #rows == 0 then
		lines[#lines + 1] = "    nobody gains or loses access: only entries that allow nobody to act change"
	end
end

--- sources(e): who comes and goes by an edit of a descriptor, { sign=, sid= }, and the SIDs that stay. Nil where one of
--- them may act under a condition, or nobody comes or goes.
function attributes.sources(e)
	local rows, stay = source_difference(e), {}
	for _, r in ipairs(rows) do
		if r.how ~= "" then
			return nil
		end
	end
	for _, r in ipairs(missing(sources(e.after[1]), rows)) do
		if r.how ~= "" then
			return nil
		end
		stay[#stay + 1] = r.sid
	end
	return #rows > 0 and rows or nil, stay
end

local TITLES = {
	["msDS-AllowedToDelegateTo"] = "msDS-AllowedToDelegateTo (source may delegate to)",
	servicePrincipalName = "servicePrincipalName",
	member = "members",
	["msDS-AllowedToActOnBehalfOfOtherIdentity"] =
		"msDS-AllowedToActOnBehalfOfOtherIdentity (target accepts delegation by)",
}

--- counted(e): how much an edit of a list is, in words.
function attributes.counted(e)
	return count_line(TITLES[e.attribute] or e.attribute, e)
end

--- lines(lines, e, c, verbose): appends what the edit e of the change c does.
function attributes.lines(lines, e, c, verbose)
	local title = TITLES[e.attribute] or e.attribute
	if e.attribute == "msDS-SupportedEncryptionTypes" then
		local before, after = etypes.bits(e.before[1]), etypes.bits(e.after[1])
		lines[#lines + 1] = ("  %s: %s -> %s"):format(title, etypes.words(before), etypes.words(after))
	elseif e.syntax == "bits" then
		local numbers = verbose and (": %s -> %s"):format(e.before[1] or "none", e.after[1] or "none") or ""
		lines[#lines + 1] = "  " .. title .. numbers
		flag_lines(lines, "+", 1, bits(e, "after"), bits(e, "before"))
		flag_lines(lines, "-", 2, bits(e, "before"), bits(e, "after"))
	elseif e.syntax == "sd" then
		lines[#lines + 1] = "  " .. title
		source_lines(lines, e, c.domain)
	else
		lines[#lines + 1] = attributes.counted(e)
		verbose = verbose or e.attribute == "member" -- no services to group by
		value_lines(lines, "+", e.add, verbose, c.domain)
		value_lines(lines, "-", e.remove, verbose, c.domain)
	end
end

--- count(e): how many values the edit adds, how many sources, and how many of both it removes.
function attributes.count(e)
	if e.syntax == "sd" then
		local rows, came = source_difference(e), 0
		for _, r in ipairs(rows) do
			came = came + (r.sign == "+" and 1 or 0)
		end
		return 0, came, #rows - came
	elseif e.syntax == "bits" then
		return 0, 0, 0
	end
	return #e.add, 0, #e.remove
end

return attributes
