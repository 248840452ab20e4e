-- The report of readiness as one HTML page.
local report = require "adsh.readiness.report"
local page = require "adsh.audit.page"

local readiness_page = {}

local GRAVE = { ["no-aes-keys"] = true, ["des-only"] = true, ["rc4-only"] = true, ["old-system"] = true, trust = true }

--- save(path, result, dir): into a file that only its owner may read; whole or not at all.
function readiness_page.save(path, result, dir)
	local list = report.sections(result, true)
	for _, s in ipairs(list) do
		s.urgency = s.count == 0 and "fine" or GRAVE[s.id] and "grave" or s.id ~= "ready" and "heed" or "fine"
		if s.count > #s.rows then
			s.about = ("%s The first %d are here; CSV and JSON have all."):format(s.about or "", #s.rows)
		end
		s.after = s.remedies
	end
	page.write(path, page.text {
		title = "Without RC4 in " .. table.concat(result.domains, ", "), servers = result.servers,
		principal = dir:info().principal, missing = result.lacks, sections = list,
		summary = table.concat({ report.summary(result), table.unpack(report.asked(result)) }, ". ") .. ".",
		notes = { title = "What adsh cannot see", lines = result.notes },
		footer = "Created by adsh run readiness.",
	})
end

return readiness_page
