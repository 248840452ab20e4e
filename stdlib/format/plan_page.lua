-- What changes, or what a run has changed, as one HTML page for those who decide about it: nothing is loaded from
-- anywhere, nothing runs, and it can be printed.
local difference = require "adsh.difference"
local file = require "adsh.core.file"
local html = require "adsh.format.html"
local kinds = require "adsh.kinds"
local program = require "adsh.core.program"
local run_view = require "adsh.format.run_view"

local plan_page = {}

local tag = html.tag

local STYLE = [[
:root { color-scheme: light }
* { box-sizing: border-box }
body { font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1c2430; background: #fff;
	max-width: 60rem; margin: 0 auto; padding: 1.5rem; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; margin: 0 0 .3rem }
h2 { font-size: 1.05rem; margin: 0 }
p { margin: .2rem 0 }
.about, .dn, footer { color: #55606e }
.dn { font-size: .85rem }
.total { font-weight: 600; font-size: 1.05rem; margin: 1rem 0 }
section { border: 1px solid #d5dbe3; border-left: .4rem solid #8a94a1; padding: .6rem .9rem; margin: .9rem 0 }
section.widens { border-left-color: #c62828 }
section.protected { border-left-color: #e09a00 }
.alarm { background: #c62828; color: #fff; font-weight: 700; padding: .2rem .5rem; margin: .4rem 0 }
.heed { background: #ffe0a3; font-weight: 700; padding: .2rem .5rem; margin: .4rem 0 }
.lines { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85rem;
	white-space: pre-wrap; margin: .4rem 0 0 }
.lines div { padding-left: 2.5rem; text-indent: -2.5rem }
.added { background: #e4f4e5; color: #12501a }
.removed { background: #fdecea; color: #8c1d18 }
footer { margin-top: 2rem; font-size: .85rem }
@media screen and (max-width: 46rem) { body { padding: .8rem } h1 { font-size: 1.3rem } }
@page { size: A4; margin: 14mm }
@media print {
	body { font-size: 10pt; max-width: none; padding: 0 }
	* { -webkit-print-color-adjust: exact; print-color-adjust: exact }
	h2, .dn { break-after: avoid }
	.lines div { break-inside: avoid }
}
]]

-- The sign stands there as well: colour alone says nothing.
local function line_of(line)
	local sign = line:match "^%s*([+-]) "
	return tag("div", line, sign and { class = sign == "+" and "added" or "removed" } or nil)
end

local function warning(c)
	local list = {}
	if c.widens then
		list[1] = tag("p", "WIDENS TRUST: " .. (c.why or ""), { class = "alarm" })
	end
	if c.protected and (c.touches or not c.widens) then
		list[#list + 1] = tag("p", "PROTECTED: " .. (c.touches or c.why or ""), { class = "heed" })
	end
	return list
end

local function section(c)
	local lines, words = {}, {}
	kinds.lines(words, c, true)
	for i, line in ipairs(words) do
		lines[i] = line_of(line)
	end
	return tag("section", {
		tag("h2", { c.label, c.state and ": " .. c.state or "" }), tag("p", c.dn, { class = "dn" }), warning(c),
		tag("div", lines, { class = "lines" }),
	}, { class = c.widens and "widens" or c.protected and "protected" or "plain" })
end

-- Those that widen trust come first, then those about what is protected.
local function in_order(changes)
	local list = {}
	for rank = 1, 3 do
		for _, c in ipairs(changes) do
			if rank == (c.widens and 1 or c.protected and 2 or 3) then
				list[#list + 1] = c
			end
		end
	end
	return list
end

--- html(changes, about): the text of the page. about: { title =, run =, lines = (more to say) }
function plan_page.html(changes, about)
	local lines = difference(run_view.complete(changes), true)
	local body = { tag("h1", about.title) }
	for _, line in ipairs(about.lines) do
		body[#body + 1] = tag("p", line, { class = "about" })
	end
	local total = #changes > 0 and lines[#lines]:gsub("^%l", string.upper) or "Nothing to do."
	body[#body + 1] = tag("p", total, { class = "total" })
	for _, c in ipairs(in_order(changes)) do
		body[#body + 1] = section(c)
	end
	body[#body + 1] = tag("footer", "+: added, -: removed. Created by adsh " .. program.version .. ".")
	return html.page(about.title, STYLE, body)
end

-- Who made the page, and when.
local function maker()
	return ("Created at %s by %s with: %s"):format(os.date "!%Y-%m-%d %H:%M UTC", file.user() or "?", program.command())
end

--- save(path, changes, run): the page of a plan, or of what the run wrote; only its owner may read the file.
function plan_page.save(path, changes, run)
	local title = run and "Changes that were written" or "Planned changes"
	local lines = { run and "Run " .. run .. "; adsh undo " .. run .. " takes it back."
		or "Nothing has been written yet.", maker() }
	local ok, err = file.replace(path, "the page", plan_page.html(changes, { title = title, lines = lines }))
	if not ok then
		error(err, 0)
	end
end

local HEAD = { "command", "statement", "user", "host", "principal", "server", "started", "finished", "status" }

--- save_run(path, r): the page of a run of the journal.
function plan_page.save_run(path, r)
	local lines = {}
	for _, key in ipairs(HEAD) do
		lines[#lines + 1] = r[key] and ("%s: %s"):format(key, r[key]) or nil
	end
	local ok, err = file.replace(path, "the page", plan_page.html(r.intents, { title = "Run " .. r.run, lines = lines }))
	if not ok then
		error(err, 0)
	end
end

return plan_page
