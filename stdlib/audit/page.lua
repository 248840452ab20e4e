-- An audit as one HTML page: nothing is loaded from anywhere, nothing runs, and it can be printed.
local sections = require "adsh.audit.sections"
local crosstab = require "adsh.format.crosstab"
local file = require "adsh.core.file"
local html = require "adsh.format.html"
local matrix = require "adsh.matrix"

local page = {}

local tag = html.tag

local ACROSS = 40 -- hosts side by side in a matrix; more go on below, so that it fits on paper
local ALONE = 16 -- a matrix of more hosts is printed on paper of its own, across
local GRAVE = { unconstrained = true, everybody = true }
local USUAL = { controllers = true, inbound = true, trusts = true }
local CLASSES = crosstab.colors

local STYLE = [[
:root { color-scheme: light }
* { box-sizing: border-box }
body { font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1c2430; background: #fff;
	max-width: 76rem; margin: 0 auto; padding: 1.5rem }
h1 { font-size: 1.7rem; margin: 0 0 .2rem }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .3rem; padding-bottom: .2rem; border-bottom: 2px solid #d5dbe3 }
p { margin: .3rem 0 .7rem; max-width: 60rem }
.about, footer { color: #55606e }
.incomplete { border-left: .4rem solid #c62828; background: #fdecea; padding: .6rem 1rem; margin: 1rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .88rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #e3e7ec;
	overflow-wrap: anywhere; min-width: 7rem }
th:first-child, td:first-child { min-width: 11rem }
th { background: #f2f4f7; font-weight: 600 }
td div + div { margin-top: .2rem }
.summary { width: auto; margin-top: 1rem }
.summary td, .summary th { min-width: 0 }
.summary th { white-space: nowrap }
.summary td:first-child, .summary th:first-child { min-width: 3.4rem; text-align: right;
	font-variant-numeric: tabular-nums }
.summary td:last-child { white-space: nowrap; font-weight: 600 }
.empty h2 { font-size: .95rem; font-weight: 400; margin: .5rem 0 0; padding: 0; border: 0; color: #55606e }
.summary a { color: inherit }
.grave td:first-child { background: #c62828; color: #fff; font-weight: 700 }
.heed td:first-child { background: #ffe0a3; font-weight: 700 }
.scroll { overflow-x: auto }
.matrix tbody th, .matrix th.corner { position: sticky; left: 0 }
.matrix { width: auto; margin: .8rem 0; font-size: .8rem }
.matrix th, .matrix td, .matrix th:first-child { min-width: 0; padding: .15rem .2rem; border: 1px solid #d5dbe3 }
.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; font-weight: 400;
	white-space: nowrap; line-height: 1.1 }
.matrix thead th.corner { writing-mode: horizontal-tb; transform: none; vertical-align: bottom }
.matrix tbody th { font-weight: 400; white-space: nowrap }
.matrix td { text-align: center; min-width: 1.4rem; font-weight: 700; white-space: nowrap }
.green { background: #cdeccf; color: #12501a }
.yellow { background: #fff1bf; color: #5c4500 }
.cyan { background: #c8f0f0; color: #0a4c50 }
.blue { background: #d6e0fb; color: #1d3780 }
.orange { background: #fbe3d0; color: #7a3d0b }
.alarm { background: #c62828; color: #fff }
.magenta { background: #f2d5ee; color: #6b1563 }
.red { background: #fff; color: #b3261e }
.faint { background: #eceff3; color: #5f6875 }
.matrix td b { margin-left: .15rem; padding: 0 .15rem; border-radius: .2rem }
.legend span { display: inline-block; margin-right: 1rem; white-space: nowrap }
.legend b { display: inline-block; min-width: 1.5rem; text-align: center; padding: 0 .3rem; margin-right: .3rem;
	border: 1px solid #d5dbe3 }
footer { margin-top: 2.5rem; font-size: .85rem }
@media screen and (max-width: 46rem) {
	body { padding: .8rem }
	h1 { font-size: 1.35rem }
	.list, .list tbody, .list tr, .list td { display: block; width: auto }
	.list thead { display: none }
	.list tr { border-bottom: 2px solid #d5dbe3; padding: .3rem 0 }
	.list td { border: 0; padding: .1rem 0 .1rem 6.5rem; min-width: 0; position: relative; min-height: 1.4rem }
	.list td::before { content: attr(data-name); position: absolute; left: 0; width: 6rem; color: #55606e }
	.list td:empty { display: none }
	.summary td { padding: .3rem .35rem }
	.summary td:last-child { white-space: normal }
}
@page { size: A4; margin: 14mm }
@page wide { size: A4 landscape; margin: 10mm }
@media print {
	body { font-size: 10pt; max-width: none; padding: 0 }
	* { -webkit-print-color-adjust: exact; print-color-adjust: exact }
	h2 { break-after: avoid }
	.about { break-after: avoid }
	thead { display: table-header-group }
	tr { break-inside: avoid }
	.scroll { overflow: visible }
	.matrix tbody th, .matrix th.corner { position: static }
	.grid { page: wide; break-before: page; break-after: page }
	.empty { break-inside: avoid }
	.matrix { font-size: 7pt; line-height: 1.1 }
	.matrix th, .matrix td { padding: 0 .15rem }
	.matrix td { min-width: 0 }
}
]]

-- ---- parts ----

local function cell(v, name)
	local named = { ["data-name"] = name:gsub("_", " ") } -- shown where there is no room for columns
	if type(v) ~= "table" then
		return tag("td", v == nil and "" or type(v) == "boolean" and (v and "yes" or "no") or v, named)
	end
	local lines = {}
	for i, line in ipairs(v) do
		lines[i] = tag("div", line)
	end
	return tag("td", lines, named)
end

local function head_row(fields)
	local cells = {}
	for i, name in ipairs(fields) do
		cells[i] = tag("th", (name:gsub("_", " ")), { scope = "col" })
	end
	return tag("thead", tag("tr", cells))
end

local function section(s)
	local parts = { tag("h2", ("%s: %d"):format(s.title, s.count or #s.rows)) }
	if s.about and #s.rows > 0 then
		parts[#parts + 1] = tag("p", s.about, { class = "about" })
	end
	if #s.rows > 0 then
		local rows = {}
		for i, row in ipairs(s.rows) do
			local cells = {}
			for k, name in ipairs(s.fields) do
				cells[k] = cell(row[name], name)
			end
			rows[i] = tag("tr", cells)
		end
		parts[#parts + 1] = tag("table", { head_row(s.fields), tag("tbody", rows) }, { class = "list" })
	end
	for _, line in ipairs(s.after or {}) do
		parts[#parts + 1] = tag("p", line)
	end
	return tag("section", parts, { id = s.id, class = #s.rows == 0 and "empty" or "full" })
end

local OTHERS = { forest = true, external = true }

-- Is there something in the section that has to be looked at, and how soon?
local function urgency(s)
	if s.urgency then
		return s.urgency
	end
	local grave = GRAVE[s.id] and #s.rows > 0
	for _, row in ipairs(s.id == "trusts" and s.rows or {}) do
		grave = grave or row.tgt_delegation and OTHERS[row.kind]
	end
	return grave and "grave" or (#s.rows == 0 or USUAL[s.id]) and "fine" or "heed"
end

local WORDS = { grave = "check this first", heed = "to check", fine = "" } -- a colour is never all that says it

local function summary(list, has_matrix)
	local rows = {}
	if has_matrix then
		rows[1] = tag("tr", { tag("td", ""), tag("td", tag("a", "Matrix of hosts", { href = "#matrix" })), tag("td", "") })
	end
	for _, s in ipairs(list) do
		local how = urgency(s)
		rows[#rows + 1] = tag("tr", { tag("td", s.count or #s.rows), tag("td", tag("a", s.title, { href = "#" .. s.id })),
			tag("td", WORDS[how]) }, { class = how })
	end
	return tag("table", { head_row { "count", "what", "" }, tag("tbody", rows) }, { class = "summary" })
end

-- ---- the matrix ----

-- What is to be known of a pair besides the letter.
local function note_of(m, i, j)
	if m.marks then
		return m.notes[i][j] or ""
	end
	local pair = i ~= j and m[(i - 1) * (#m.hosts - 1) + (j < i and j or j - 1)]
	local more = pair and (pair.via or pair.conditions)
	return more and " (" .. table.concat(more, ", ") .. ")" or ""
end

local function block(m, first, last)
	local heads, rows = { tag("th", "source \\ target", { class = "corner" }) }, {}
	for j = first, last do
		heads[#heads + 1] = tag("th", m.hosts[j], { scope = "col" })
	end
	for i, name in ipairs(m.hosts) do
		local cells = { tag("th", name, { scope = "row" }) }
		for j = first, last do
			local letter = m.cells[i][j]
			local mark = m.marks and i ~= j and tag("b", m.marks[i][j], { class = crosstab.mark_colors[m.marks[i][j]] })
			cells[#cells + 1] = tag("td", { letter, mark or "" }, { class = CLASSES[letter],
				title = ("%s to %s: %s%s"):format(name, m.hosts[j], matrix.words[letter], note_of(m, i, j)) })
		end
		rows[i] = tag("tr", cells)
	end
	return tag("div", tag("table", { tag("thead", tag("tr", heads)), tag("tbody", rows) }, { class = "matrix" }),
		{ class = "scroll" })
end

-- The grid of delegation.matrix or verify.matrix.
local function matrix_section(m)
	local legend, parts = {}, { tag("h2", "Matrix of hosts") }
	for i, entry in ipairs(crosstab.legend(m)) do
		legend[i] = tag("span", { tag("b", entry[1], { class = entry[3] }), entry[2] })
	end
	local about = m.marks and "Rows act towards columns: by the directory, and by the KDC"
		or "Rows may delegate to columns"
	parts[#parts + 1] = tag("p", ("%s; %s."):format(about, crosstab.summary(m)), { class = "about" })
	parts[#parts + 1] = tag("p", legend, { class = "legend" })
	for first = 1, #m.hosts, ACROSS do
		parts[#parts + 1] = block(m, first, math.min(first + ACROSS - 1, #m.hosts))
	end
	return tag("section", parts, { id = "matrix", class = #m.hosts > ALONE and "grid" or "full" })
end

-- ---- the page ----

local function incomplete_of(lacks)
	local lines = {}
	for i, what in ipairs(lacks) do
		lines[i] = tag("div", "This answer is incomplete: " .. what)
	end
	return #lines > 0 and tag("div", lines, { class = "incomplete" }) or {}
end

local function notes_of(notes)
	local parts = { tag("h2", notes.title) }
	for _, line in ipairs(notes.lines) do
		parts[#parts + 1] = tag("p", line)
	end
	return #notes.lines > 0 and tag("section", parts, { id = "notes" }) or {}
end

--- text(o): a page of sections, as sections.of gives them. o: title, servers, principal, missing, sections, matrix,
--- without_matrix = why there is none, taken = when, if not now, summary (a line), notes = { title=, lines= }, footer.
function page.text(o)
	local body = { tag("h1", o.title) }
	body[2] = tag("p", ("Read at %s from %s by %s."):format(o.taken or os.date "!%Y-%m-%d %H:%M UTC",
		table.concat(o.servers, ", "), o.principal or "nobody"), { class = "about" })
	body[3] = incomplete_of(o.missing)
	body[4] = o.summary and tag("p", o.summary) or {}
	body[5] = summary(o.sections, o.matrix)
	body[6] = o.matrix and matrix_section(o.matrix)
		or o.without_matrix and tag("p", "No matrix: " .. o.without_matrix .. ".") or {}
	for _, s in ipairs(o.sections) do
		body[#body + 1] = section(s)
	end
	body[#body + 1] = o.notes and notes_of(o.notes) or {}
	body[#body + 1] = tag("footer", o.footer)
	return html.page(o.title, STYLE, body)
end

--- html(result, info): the text of the page; result: of audit.run, info: dir:info() of the directory that was asked.
function page.html(result, info)
	return page.text {
		title = "Delegation in " .. table.concat(result.domains, ", "), servers = result.servers,
		principal = info.principal, taken = info.taken, missing = result.missing,
		sections = sections.of(result), matrix = result.matrix,
		without_matrix = result.without_matrix and sections.without_matrix(result),
		footer = "Created by adsh run audit, which writes nothing to the directory.",
	}
end

--- write(path, text): a page into a file that only its owner may read; whole or not at all.
function page.write(path, text)
	local ok, err = file.replace(path, "the page", text)
	if not ok then
		error(err, 0)
	end
end

--- save(path, result, dir): that of an audit.
function page.save(path, result, dir)
	page.write(path, page.html(result, dir:info()))
end

return page
