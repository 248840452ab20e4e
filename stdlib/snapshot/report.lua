-- What snapshot.diff found, for readers: sections of rows for people and for a page, one list for spreadsheets.
local page = require "adsh.audit.page"
local printable = require "adsh.format.printable"
local program = require "adsh.core.program"
local say = require "adsh.say"

local report = {}

local TITLES = {
	{ "widened", "Widened", "These actions are possible now, and were not then." },
	{ "narrowed", "Narrowed", "These actions were possible then, and no longer are." },
	{ "moved", "Service principal names that another account has now",
		"A source that may act towards such a name now reaches another account." },
}

-- The object that the change is in, when it is not the account itself.
local function place_of(r)
	local name = (r.object or ""):match "^%a+=([^,]+)"
	if not r.attribute then
		return nil
	elseif not name or name:lower() == r.account:gsub("%$$", ""):lower() then
		return r.attribute
	end
	return ("%s of %s"):format(r.attribute, name)
end

local function time_of(r)
	local time = r.written and r.written:gsub("T", " "):gsub(":%d%dZ$", " UTC")
	return time and (r.latest and "by " or "") .. time .. (r.server and " on " .. r.server or "")
end

local function row_of(r)
	local what = { r.what .. (#r.towards > 0 and " " .. table.concat(r.towards, ", ") or "") }
	what[2] = r.remark and "(" .. r.remark .. ")"
	return { account = r.account:gsub("%$$", ""):gsub("%$@", "@"), domain = r.domain, what = what, attribute = place_of(r),
		written = time_of(r) }
end

--- sections(result): a list of { id=, title=, about=, fields=, rows= }.
function report.sections(result)
	local list, fields = {}, { "account", "what", "attribute", "written" }
	if #result.to.domains > 1 then
		table.insert(fields, 2, "domain")
	end
	for i, t in ipairs(TITLES) do
		local rows = {}
		for k, r in ipairs(result[t[1]]) do
			rows[k] = row_of(r)
		end
		list[i] = { id = t[1], title = t[2], about = t[3], fields = fields, rows = rows }
	end
	return list
end

local function side_words(s)
	return ("%s of %s"):format(s.file or "the directory", s.taken:gsub("T", " "):gsub(":%d%dZ$", " UTC"))
end

--- summary(result): one line: what was compared.
function report.summary(result)
	return ("From %s to %s"):format(side_words(result.from), side_words(result.to))
end

--- show(result[, quiet]): for a person. quiet: only what there is.
function report.show(result, quiet)
	local across = program.terminal().columns
	if not quiet then
		say.out(report.summary(result))
	end
	for _, s in ipairs(report.sections(result)) do
		if not quiet or #s.rows > 0 then
			say.out(("\n%s: %d"):format(s.title, #s.rows))
		end
		if #s.rows > 0 then
			local rows = across and require "adsh.audit.sections".fit(s, across) or s.rows
			require "adsh.show"(printable.ordered(rows, s.fields))
		end
	end
	if #result.missing > 0 then
		say.out("\nThis answer is incomplete. Not compared:\n  " .. table.concat(result.missing, "\n  "))
	end
end

--- rows(result): one flat list.
function report.rows(result)
	local rows = {}
	for _, t in ipairs(TITLES) do
		for _, r in ipairs(result[t[1]]) do
			for _, towards in ipairs(#r.towards > 0 and r.towards or { "" }) do
				rows[#rows + 1] = { change = r.change, domain = r.domain, account = r.account, what = r.what,
					towards = towards, attribute = r.attribute, object = r.object, written = r.written, server = r.server,
					remark = r.remark }
			end
		end
	end
	for _, line in ipairs(result.missing) do
		rows[#rows + 1] = { change = "not compared", remark = line }
	end
	return printable.ordered(rows, { "change", "domain", "account", "what", "towards", "attribute", "object", "written",
		"server", "remark" })
end

local URGENCY = { widened = "grave", narrowed = "fine", moved = "heed" }

--- save(path, result): one page.
function report.save(path, result)
	local list = report.sections(result)
	for _, s in ipairs(list) do
		s.urgency = #s.rows > 0 and URGENCY[s.id] or "fine"
	end
	page.write(path, page.text {
		title = ("Who may act as whom since %s in %s"):format(result.from.taken:sub(1, 10),
			table.concat(result.to.domains, ", ")),
		servers = { result.to.server or "nobody" }, principal = result.to.principal,
		missing = result.missing, sections = list,
		summary = report.summary(result), footer = "Created by adsh diff, which writes nothing to the directory.",
	})
end

return report
