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

--- save(path, m, dir): the page into a file that only its owner may read; whole or not at all.
function page.save(path, m, dir)
	local info = dir:info()
	audit_page.write(path, audit_page.text {
		title = "Delegation and tickets", servers = { info.dns_host or info.host }, principal = info.principal,
		lacks = m.lacks, matrix = m, footer = "Made by adsh run verify, which writes nothing to the directory.",
		sections = {
			section(m, false, "differences", "Not as the directory says", "grave"),
			section(m, nil, "unproven", "Not proven", "heed"),
		},
	})
end

return page
