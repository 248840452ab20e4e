-- An audit for readers: sections of rows with short cells, for people; one flat list, for spreadsheets.
local audit = require "adsh.audit.run"
local columns = require "adsh.format.columns"
local text = require "adsh.core.text"

local sections = {}

local TITLES = {
	unconstrained = "Unconstrained delegation, not domain controllers",
	everybody = "Resource-based delegation open to everyone",
	transition = "Constrained delegation with protocol transition",
	constrained = "Constrained delegation, Kerberos only",
	["resource-based"] = "Resource-based delegation",
	conditional = "Resource-based delegation under a condition",
	controllers = "Unconstrained delegation of domain controllers (their default)",
}

local ABOUT = {
	unconstrained = "An attacker who controls one of these can act as any user who signs in to it, towards any service.",
	everybody = "Every account in these groups may act as any user towards these targets.",
	transition = "These may act as any user towards the listed services, without any action by that user.",
	constrained = "These may act as users who signed in to them with Kerberos, towards the listed services.",
	["resource-based"] = "These may act as any user towards every service of these targets.",
	conditional = "These may when the condition is met: domain controllers evaluate it for each ticket, adsh does not.",
}

-- Their accounts may be of any domain.
local BY_TARGET = { ["resource-based"] = true, conditional = true, everybody = true }

-- The first `most` of a list of accounts, without the $ of computers, and how many more there are.
local function some(accounts, most)
	local names = {}
	for i, name in ipairs(accounts) do
		names[i] = name:gsub("%$$", "")
	end
	if not most or #names <= most then
		return table.concat(names, ", ")
	end
	return ("%s and %d more"):format(table.concat(names, ", ", 1, most), #names - most)
end

local function account_rows(result, finding, most)
	local rows = {}
	for _, r in ipairs(result.accounts) do
		if r.finding == finding then
			local towards = {}
			for i, group in ipairs(audit.towards(r)) do
				towards[i] = group.services .. ": " .. some(group.hosts, most)
			end
			rows[#rows + 1] = { account = r.account, domain = r.domain, targets_in = r.domain, towards = towards,
				remarks = r.remarks }
		end
	end
	return rows
end

local function inbound_rows(result, most)
	local rows = {}
	for _, r in ipairs(result.inbound) do
		local by_how, lines = {}, {}
		for _, s in ipairs(r.sources) do
			by_how[s.how] = by_how[s.how] or {}
			table.insert(by_how[s.how], s.account)
		end
		for _, how in ipairs { "any", "kerberos", "resource-based", "conditional" } do
			lines[#lines + 1] = by_how[how] and how .. ": " .. some(by_how[how], most)
		end
		rows[#rows + 1] = { target = r.target, domain = r.domain, sources = lines }
	end
	return rows
end

-- Fields that no row fills are left out, and the domain when there is only one.
local function filled(result, fields, rows)
	local list = {}
	for _, name in ipairs(fields) do
		local used = false
		for _, row in ipairs(rows) do
			used = used or row[name] ~= nil and (type(row[name]) ~= "table" or #row[name] > 0)
		end
		if used and (name ~= "domain" and name ~= "targets_in" or #result.domains > 1) then
			list[#list + 1] = name
		end
	end
	return list
end

--- of(result, most): what audit.run found as a list of { id=, title=, about=, fields=, rows= }; of names
--- beyond `most` (nil: no limit) in a cell only the count is given.
function sections.of(result, most)
	local list = {}
	local function add(id, title, about, fields, rows)
		list[#list + 1] = { id = id, title = title, about = about, fields = filled(result, fields, rows), rows = rows }
	end
	for _, finding in ipairs(audit.findings) do
		local where = BY_TARGET[finding] and "targets_in" or "domain"
		add(finding, TITLES[finding], ABOUT[finding], { "account", where, "towards", "remarks" },
			account_rows(result, finding, most))
	end
	add("stale", "Stale entries: listed services that the KDC does not find", nil,
		{ "account", "domain", "value", "why" }, result.stale)
	add("unresolved", "Descriptors with SIDs that have no name, or with unusual entries", nil,
		{ "target", "domain", "sid", "why" }, result.unresolved)
	add("administrators", "Administrators who cannot be delegated",
		"A live migration that one of these starts from another machine fails.",
		{ "account", "domain", "why" }, result.administrators)
	if result.encryption then
		add("encryption", "Without RC4: what fails, or cannot be judged from here",
			"The key of a source encrypts a user's ticket to it, the key of a target the ticket that it accepts. adsh run "
				.. "readiness covers all accounts.",
			{ "account", "domain", "kind", "attribute", "why", "fix" }, result.encryption)
	end
	if result.trusts then
		add("trusts", "Trusts, those with TGT delegation first",
			"With TGT delegation, unconstrained accounts of the partner get tickets of this domain's users.",
			{ "domain", "partner", "kind", "direction", "tgt_delegation", "remark" }, result.trusts)
	end
	add("inbound", "Inbound: accounts that may act on behalf of users towards each target",
		"Unconstrained accounts may act towards every target and are not repeated here.",
		{ "target", "domain", "sources" }, inbound_rows(result, most))
	return list
end

--- without_matrix(result): why there is no matrix, in words.
function sections.without_matrix(result)
	return ("a matrix of %d hosts is too large to show by default: name the hosts to include"):format(
		result.without_matrix)
end

-- ---- for a screen ----

local FLEXIBLE = { towards = true, remarks = true, sources = true, why = true, remark = true, fix = true,
	proof = true, what = true }
local NARROWEST = 16

local function text_of(v)
	return type(v) == "table" and table.concat(v, "\n") or tostring(v == nil and "" or v)
end

local function widest(rows, name)
	local most = text.width(name)
	for _, row in ipairs(rows) do
		for line in text_of(row[name]):gmatch "[^\n]+" do
			most = math.max(most, text.width(text.escape(line)))
		end
	end
	return most
end

local function wrapped(v, limit)
	local lines = {}
	for line in text_of(v):gmatch "[^\n]+" do
		local pieces = text.width(text.escape(line)) <= limit and { line } or columns.wrap(line, limit - 2)
		for i, piece in ipairs(pieces) do
			lines[#lines + 1] = (i > 1 and "  " or "") .. piece
		end
	end
	return lines
end

--- fit(section, limit): its rows with cells wrapped so that they fit side by side in limit columns.
function sections.fit(section, limit)
	local rows, flexible, left = {}, {}, limit
	for _, name in ipairs(section.fields) do
		flexible[#flexible + 1] = FLEXIBLE[name] and name or nil
		left = left - 2 - (FLEXIBLE[name] and 0 or widest(section.rows, name))
	end
	table.sort(flexible, function(a, b) return widest(section.rows, a) < widest(section.rows, b) end)
	local limits = {}
	for i, name in ipairs(flexible) do -- the narrow ones take what they need, the others share the rest
		limits[name] = math.max(NARROWEST, math.min(widest(section.rows, name), left // (#flexible - i + 1)))
		left = left - limits[name]
	end
	for i, row in ipairs(section.rows) do
		rows[i] = {}
		for _, name in ipairs(section.fields) do
			rows[i][name] = limits[name] and wrapped(row[name], limits[name]) or row[name]
		end
	end
	return rows
end

-- ---- for programs ----

local function lines_of(r)
	return #r.targets > 0 and r.targets or { "" }
end

--- rows(result): one flat list, a row for each account, kind and target.
function sections.rows(result)
	local rows = {}
	local function add(section, r, how, target, remark)
		rows[#rows + 1] = { section = section, domain = r.domain, account = r.account, how = how, target = target,
			remark = remark, dn = r.dn }
	end
	for _, r in ipairs(result.accounts) do
		for _, target in ipairs(lines_of(r)) do
			add(r.finding, r, r.how, target, table.concat(r.remarks, "; "))
		end
	end
	for _, r in ipairs(result.stale) do
		add("stale", r, nil, r.value, r.why)
	end
	for _, r in ipairs(result.unresolved) do
		add("unresolved", { domain = r.domain, account = r.sid, dn = r.dn }, nil, r.target, r.why)
	end
	for _, r in ipairs(result.administrators) do
		add("administrators", r, nil, nil, table.concat(r.why, "; "))
	end
	for _, r in ipairs(result.encryption or {}) do
		add("encryption", r, r.finding, nil, r.why)
	end
	for _, r in ipairs(result.trusts or {}) do
		add("trusts", r, r.tgt_delegation and "tgt delegation" or r.direction, r.partner, r.remark)
	end
	for _, what in ipairs(result.missing) do
		add("incomplete", {}, nil, nil, what)
	end
	local fields = { "section", "domain", "account", "how", "target", "remark", "dn" }
	return require "adsh.format.printable".ordered(rows, fields)
end

--- document(result): what JSON has of it.
function sections.document(result)
	local d = { domains = result.domains, missing = result.missing, accounts = result.accounts, inbound = result.inbound,
		stale = result.stale, unresolved = result.unresolved, administrators = result.administrators,
		encryption = result.encryption, trusts = result.trusts }
	if result.matrix then
		d.matrix = { hosts = result.matrix.hosts, cells = {}, letters = require "adsh.matrix".words }
		for i, line in ipairs(result.matrix.cells) do
			d.matrix.cells[i] = table.concat(line)
		end
		for _, pair in ipairs(result.matrix) do
			if pair.via then
				d.matrix.groups = d.matrix.groups or {}
				table.insert(d.matrix.groups, { source = pair.source, target = pair.target, via = pair.via })
			end
		end
	end
	return d
end

return sections
