-- What verify.matrix found, as one HTML page in the form of an audit's.
local audit_page = require "adsh.audit.page"

local page = {}

local FIELDS = { "source", "target", "user", "service", "how", "kdc", "reason", "hint" }

-- Those that are not as the directory says (false), or not proven (nil).
local function section(m, agrees, id, title, urgency)
	local rows = {}
	for _, r in ipairs(m) do
		rows[#rows + 1] = r.agrees == agrees and r or nil
	end
	return { id = id, title = title, fields = FIELDS, rows = rows, urgency = #rows > 0 and urgency or "fine" }
end

-- What is told of a pair when one points at it: notes[i][j].
local function notes_of(m)
	local notes, at = {}, {}
	for i, name in ipairs(m.hosts) do
		notes[i], at[name] = {}, i
	end
	for _, r in ipairs(m) do
		local line, j = notes[at[r.source]], at[r.target]
		line[j] = ("%s; %s: %s%s"):format(line[j] or "", r.service or "no service", r.kdc,
			r.reason and ", " .. r.reason or "")
	end
	return notes
end

--- save(path, m, dir): the page into a file that only its owner may read; whole or not at all.
function page.save(path, m, dir)
	local info = dir:info()
	m.notes = notes_of(m)
	audit_page.write(path, audit_page.text {
		title = "Delegation and tickets", servers = { info.dns_host or info.host }, principal = info.principal,
		missing = m.missing, matrix = m, footer = "Created by adsh run verify, which writes nothing to the directory.",
		sections = {
			section(m, false, "differences", "Not as the directory says", "grave"),
			section(m, nil, "unproven", "Not proven", "heed"),
		},
	})
end

return page
