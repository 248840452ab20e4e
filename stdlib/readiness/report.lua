-- What readiness.accounts gives, for readers: sections of rows with short cells, of which each keeps so many.
local etypes = require "adsh.readiness.etypes"
local printable = require "adsh.format.printable"
local rules = require "adsh.readiness.rules"

local report = {}

local TITLES = {
	["no-aes-keys"] = "No AES keys", ["des-only"] = "DES only", ["rc4-only"] = "RC4 by their own attribute",
	["no-types"] = "Attribute without an encryption type", ["old-system"] = "Windows versions without AES",
	trust = "Trusts without AES", ["unseen-keys"] = "Perhaps without AES keys",
	cluster = "Names of clusters without the attribute",
	["not-windows"] = "Services that are not Windows, without the attribute", ready = "Ready",
}

local ABOUT = {
	["no-aes-keys"] = "The KDC has only RC4 keys for these: without RC4 they get no tickets, and nobody gets a "
		.. "ticket for them.",
	["des-only"] = "No KDC issues DES tickets any longer.",
	["rc4-only"] = "Their tickets use RC4 because their own attribute says so; a client with AES only is refused.",
	["not-windows"] = "Since 2026 the KDC issues AES tickets for these. Only the host can tell whether the service "
		.. "can read them.",
	cluster = "Since 2026 the KDC issues AES tickets for these.",
}

--- The fields of rows, for programs.
report.fields = { "domain", "account", "kind", "state", "finding", "set", "types", "ticket", "session", "rule",
	"reason", "certainty", "fix", "proof", "password_set", "dn" }

--- new(limit): an empty report that keeps so many rows of each section.
function report.new(limit)
	return { limit = limit, counts = { holds = 0, fails = 0, unseen = 0 }, all = 0, read = {}, kept = {}, of = {},
		domains = {}, servers = {}, notes = {}, lacks = {} }
end

-- What decides on a domain controller and cannot be read from outside.
local WINDOWS = {
	"On each domain controller of %s: Get-ItemProperty HKLM:\\SYSTEM\\CurrentControlSet\\Services\\KDC"
		.. " -Name DefaultDomainSupportedEncTypes, KdcUseRequestedEtypesForTickets (KB5073381 and some measurements "
		.. "say that it keeps RC4 for accounts without the attribute; others found the opposite)",
	"Requests for RC4: Get-WinEvent -FilterHashtable @{LogName='System'; Id=201,202,203,204,205,206,207,208,209}"
		.. " (no events does not mean that nobody uses RC4)",
}
local FILTER = "A policy limits the domain controllers of %s to these types: %s (%s%s)"
local NO_FILTER = "No policy of the domain controllers filters the types in %s%s. A local policy may:"
	.. " Get-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos\\Parameters"
	.. " -Name SupportedEncryptionTypes"
local SAMBA = "On each domain controller of %s: testparm -sv 2>/dev/null | grep 'kdc.*enctypes'"

--- about(result, d): notes what is known of a domain.
function report.about(result, d)
	table.insert(result.read, d)
	table.insert(result.domains, d.domain)
	table.insert(result.servers, d.server)
	for _, line in ipairs(d.windows and WINDOWS or {}) do
		table.insert(result.notes, (line:gsub("%%s", d.domain)))
	end
	if d.filter then
		table.insert(result.notes, FILTER:format(d.domain, etypes.words(d.filter), d.filter_of or "?",
			d.filter_lacks and "; " .. d.filter_lacks or ""))
	elseif d.windows then
		local lacks = d.filter_lacks and (", as far as could be read: %s"):format(d.filter_lacks) or ""
		table.insert(result.notes, NO_FILTER:format(d.domain, lacks))
	end
	if d.samba then
		table.insert(result.notes, (SAMBA:gsub("%%s", d.domain)))
	end
end

--- asked(result): what the KDCs said of accounts without the attribute, a line for each domain.
function report.asked(result)
	local lines = {}
	for _, d in ipairs(result.read) do
		lines[#lines + 1] = d.gives_rc4 == true and ("The KDC of %s issues RC4 tickets to a client that offers nothing "
			.. "else, for %s, which has no attribute: RC4 is still in use there"):format(d.domain, d.asked_for)
			or d.gives_rc4 == false and ("The KDC of %s refuses RC4 for accounts without the attribute (asked for %s)")
			:format(d.domain, d.asked_for) or nil
	end
	return lines
end

--- add(result, row): counts it, and keeps it while there is room.
function report.add(result, row)
	local id = row.finding or "ready"
	local kept = result.kept[id] or {}
	result.kept[id], result.of[id] = kept, (result.of[id] or 0) + 1
	result.counts[row.state], result.all = result.counts[row.state] + 1, result.all + 1
	if #kept < result.limit then
		kept[#kept + 1] = row
	end
end

local function shown(row)
	return { account = row.account, domain = row.domain, kind = row.kind, attribute = etypes.words(row.set),
		ticket = row.ticket, why = row.reason, proof = row.proof }
end

local FIELDS = { "account", "domain", "kind", "attribute", "ticket", "why", "proof" }
local NAMES = 4 -- accounts named in a remedy

-- Each remedy once, with those that it is for where there are several.
local function remedies(kept)
	local names, order, lines = {}, {}, {}
	for _, row in ipairs(kept) do
		if row.fix and not names[row.fix] then
			names[row.fix] = {}
			order[#order + 1] = row.fix
		end
		table.insert(names[row.fix] or {}, row.account)
	end
	for i, fix in ipairs(order) do
		local who = names[fix]
		local some = table.concat(who, ", ", 1, math.min(#who, NAMES)) .. (#who > NAMES and ", ..." or "")
		lines[i] = ("Remedy%s: %s"):format(#order > 1 and " for " .. some or "", fix)
	end
	return lines
end

local function fields_of(result, rows)
	local list = {}
	for _, name in ipairs(FIELDS) do
		local used = false
		for _, row in ipairs(rows) do
			used = used or row[name] ~= nil
		end
		list[#list + 1] = used and (name ~= "domain" or #result.domains > 1) and name or nil
	end
	return list
end

--- sections(result, with_ready): a list of { id=, title=, about=, fields=, rows=, count=, remedies= lines }; those
--- without rows, too.
function report.sections(result, with_ready)
	local list, ids = {}, { table.unpack(rules.findings) }
	ids[#ids + 1] = with_ready and "ready" or nil
	for i, id in ipairs(ids) do
		local kept, rows = result.kept[id] or {}, {}
		for k, row in ipairs(kept) do
			rows[k] = shown(row)
		end
		list[i] = { id = id, title = TITLES[id], about = ABOUT[id], rows = rows, fields = fields_of(result, rows),
			count = result.of[id] or 0, remedies = id ~= "ready" and remedies(kept) or {} }
	end
	return list
end

--- summary(result): one line.
function report.summary(result)
	local c = result.counts
	local planned = (result.mended or 0) > 0 and (", %d in the plan"):format(result.mended) or ""
	return ("%d accounts and trusts: %d ready, %d %s without RC4, %d cannot be judged by adsh%s"):format(
		result.all + (result.mended or 0), c.holds, c.fails, c.fails == 1 and "fails" or "fail", c.unseen, planned)
end

--- lacking(missing): rows about domains that could not be asked, for programs.
function report.lacking(missing)
	local rows = {}
	for i, m in ipairs(missing) do
		rows[i] = { domain = m.domain, account = m.domain, kind = "domain", state = "unseen", finding = "incomplete",
			reason = m.error }
	end
	return rows
end

--- document(result): all that is kept, for programs.
function report.document(result)
	local rows = {}
	for _, id in ipairs { "ready", table.unpack(rules.findings) } do
		table.move(result.kept[id] or {}, 1, #(result.kept[id] or {}), #rows + 1, rows)
	end
	return { domains = result.domains, counts = result.counts, missing = result.lacks, unseen = result.notes,
		accounts = printable.ordered(rows, report.fields) }
end

return report
