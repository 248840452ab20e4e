-- Values for people: aligned columns, or "attribute: value" blocks where columns do not fit.
-- Whatever comes out of a directory is escaped, so that it cannot act on the terminal.
local tables = { vertical = "auto" } -- "on": blocks, "off": columns, "auto": columns where they fit

local flag_words = require "adsh.format.flag_words"
local options = require "adsh.core.options"
local program = require "adsh.core.program"
local short_dn = require "adsh.format.short_dn"
local text = require "adsh.core.text"
local times = require "adsh.format.times"
local printable = require "adsh.format.printable"

local GAP = "  "
local COLUMNS = 80 -- where nobody knows better
local MOST = 8 -- so many columns are narrowed; more are blocks

local function bold(s, colored)
	return colored and "\27[1m" .. s .. "\27[0m" or s
end

-- How values are told: dns[name] is the short form of a distinguished name, is_elsewhere: not at a terminal.
local style = { dns = {}, is_elsewhere = false }

-- One value for people: times by their clock, flags in words.
local function told(v)
	v = printable.plain(v)
	if type(v) == "string" then
		v = style.dns[v] or times.here(v, style.is_elsewhere)
	elseif printable.kind(v) == "map" and v.value ~= nil and type(v.flags) == "table" then
		v = flag_words.text(v)
	end
	return text.escape(printable.compact(v))
end

-- The lines of a cell: one for each value of a list.
local function lines_of(v)
	local lines = {}
	v = printable.plain(v)
	if v == nil then
		return { "" }
	elseif printable.kind(v) ~= "list" then
		return { told(v) }
	end
	for i, item in ipairs(v) do
		lines[i] = told(item)
	end
	return #lines > 0 and lines or { "" }
end

-- The short forms of all distinguished names in these rows.
local function short_names(rows)
	local list = {}
	local function look(v)
		if type(v) == "string" and v:find "^%a[%w-]*=.*,[Dd][Cc]=" then
			list[#list + 1] = v
		end
	end
	for _, row in ipairs(rows) do
		for _, v in pairs(row) do
			for _, item in ipairs(printable.kind(v) == "list" and v or { v }) do
				look(item)
			end
		end
	end
	return short_dn.all(list)
end

local function pad(s, columns)
	return s .. (" "):rep(columns - text.width(s))
end

local function is_numeric(rows, name)
	for _, row in ipairs(rows) do
		if row[name] ~= nil and type(row[name]) ~= "number" then
			return false
		end
	end
	return true
end

local function measure(rows, fields, is_untitled)
	local cells, widths, total = {}, {}, -#GAP
	for i, name in ipairs(fields) do
		widths[i] = is_untitled and 0 or text.width(text.escape(tostring(name)))
	end
	for r, row in ipairs(rows) do
		cells[r] = {}
		for i, name in ipairs(fields) do
			cells[r][i] = lines_of(row[name])
			for _, line in ipairs(cells[r][i]) do
				widths[i] = math.max(widths[i], text.width(line))
			end
		end
	end
	for _, w in ipairs(widths) do
		total = total + w + #GAP
	end
	return cells, widths, total
end

local function trim(s)
	return (s:gsub("%s+$", ""))
end

-- ---- columns that are too wide ----

local NARROWEST = 16 -- no column gets narrower than this

-- The widest word of each column.
local function words_of(cells, n)
	local widest = {}
	for i = 1, n do
		widest[i] = NARROWEST
		for _, row in ipairs(cells) do
			for _, line in ipairs(row[i]) do
				for word in line:gmatch "[^%s/,]*[/,]?" do
					widest[i] = math.max(widest[i], text.width(word))
				end
			end
		end
	end
	return widest
end

-- The widest column that can gives way until all fit; nil: they do not.
local function shrink(widths, least, excess)
	local narrow = table.move(widths, 1, #widths, 1, {})
	while excess > 0 do
		local at
		for i, w in ipairs(narrow) do
			at = w > least[i] and (not at or w > narrow[at]) and i or at
		end
		if not at then
			return nil
		end
		narrow[at] = narrow[at] - 1
		excess = excess - 1
	end
	return narrow
end

-- At blanks, and behind the slashes and commas of paths and DNs.
local function wrap(line, limit)
	local list, current = {}, ""
	for piece in line:gmatch "[^%s/,]*[/,]?%s*" do
		if current ~= "" and text.width(trim(current .. piece)) > limit then
			list[#list + 1] = trim(current)
			current = ""
		end
		current = current .. piece
	end
	list[#list + 1] = trim(current)
	return list
end

local function wrap_cell(lines, limit)
	local wrapped = {}
	for _, line in ipairs(lines) do
		local parts = text.width(line) <= limit and { line } or wrap(line, limit)
		table.move(parts, 1, #parts, #wrapped + 1, wrapped)
	end
	return wrapped
end

-- The cells with their lines broken at words, and the new widths, when that makes the table fit.
local function fit(cells, widths, total, room)
	local narrow = shrink(widths, words_of(cells, #widths), total - room)
	for _, row in ipairs(narrow and cells or {}) do
		for i, lines in ipairs(row) do
			row[i] = widths[i] > narrow[i] and wrap_cell(lines, narrow[i]) or lines
		end
	end
	return narrow
end

local function write_columns(write, rows, fields, cells, widths, colored, is_untitled)
	local right, heading, rule = {}, {}, {}
	for i, name in ipairs(fields) do
		right[i] = is_numeric(rows, name)
		local title = text.escape(tostring(name))
		local space = (" "):rep(widths[i] - text.width(title))
		heading[i] = right[i] and space .. bold(title, colored) or bold(title, colored) .. space
		rule[i] = ("-"):rep(widths[i])
	end
	if not is_untitled then
		write(trim(table.concat(heading, GAP)), "\n")
	end
	if not colored and not is_untitled then
		write(table.concat(rule, GAP), "\n")
	end
	for _, row in ipairs(cells) do
		local height = 0
		for _, lines in ipairs(row) do
			height = math.max(height, #lines)
		end
		for n = 1, height do
			local line = {}
			for i, lines in ipairs(row) do
				local s = lines[n] or ""
				line[i] = right[i] and (" "):rep(widths[i] - #s) .. s or pad(s, widths[i])
			end
			write(trim(table.concat(line, GAP)), "\n")
		end
	end
end

local block_lines

-- The lines behind a title: those of a cell, and maps that are too long for one line as blocks of their own.
local function lines_behind(v, room, colored)
	local lines = {}
	v = printable.plain(v)
	if printable.kind(v) ~= "list" then
		return lines_of(v)
	end
	for _, item in ipairs(v) do
		local line = told(item)
		local is_block = printable.kind(item) == "map" and text.width(line) > room
		if is_block and #lines > 0 then
			lines[#lines + 1] = ""
		end
		local more = is_block and block_lines(item, printable.order(item), room, colored) or { line }
		table.move(more, 1, #more, #lines + 1, lines)
	end
	return #lines > 0 and lines or { "" }
end

function block_lines(map, order, room, colored)
	local keys, widest, all = {}, 0, {}
	for _, key in ipairs(order or printable.keys(map)) do
		keys[#keys + 1] = map[key] ~= nil and key or nil
	end
	for _, key in ipairs(keys) do
		widest = math.max(widest, text.width(text.escape(tostring(key))))
	end
	for _, key in ipairs(keys) do
		local lines = lines_behind(map[key], room - widest - 2, colored)
		local title = text.escape(tostring(key))
		local space = (" "):rep(widest - text.width(title) + 1)
		all[#all + 1] = trim(bold(title .. ":", colored) .. space .. lines[1])
		for n = 2, #lines do
			all[#all + 1] = trim((" "):rep(widest + 2) .. lines[n])
		end
	end
	return all
end

local function write_block(write, map, order, terminal)
	for _, line in ipairs(block_lines(map, order, terminal.columns or COLUMNS, terminal.colored)) do
		write(line, "\n")
	end
end

local function all_maps(list)
	for _, item in ipairs(list) do
		if printable.kind(item) ~= "map" then
			return false
		end
	end
	return true
end

local function write_list(write, list, order, terminal)
	if #list == 0 then
		write "(none)\n"
	elseif not all_maps(list) then
		for _, item in ipairs(list) do
			write(told(item), "\n")
		end
	else
		local fields = printable.fields(list, order)
		style.dns = short_names(list)
		local cells, widths, total = measure(list, fields, terminal.is_untitled)
		style.dns = {}
		local is_wide = terminal.columns and total > terminal.columns
		local narrow = is_wide and tables.vertical ~= "on" and #fields <= MOST
			and fit(cells, widths, total, terminal.columns)
		local is_vertical = tables.vertical == "on"
			or tables.vertical == "auto" and (terminal.plain or is_wide and not narrow)
		if is_vertical then
			for i, row in ipairs(list) do
				write(i > 1 and "\n" or "", terminal.plain and ("row %d of %d\n"):format(i, #list) or "")
				write_block(write, row, order, terminal)
			end
		else
			write_columns(write, list, fields, cells, narrow or widths, terminal.colored, terminal.is_untitled)
		end
	end
end

-- Who may do what: what it is about as a block, a line for each entry behind it. Where there is no room for
-- the SIDs, the SDDL has them.
local function write_permissions(write, o, terminal)
	local order, rows, has_condition = {}, {}, nil
	for _, key in ipairs { "unc", "path", "remark", "users", "folder", "protected", "sddl" } do
		order[#order + 1] = o[key] and key or nil
	end
	for i, e in ipairs(o.entries or {}) do
		rows[i] = { trustee = e.trustee, rights = e.rights, inherit = e.inherit, sid = e.sid,
			type = e.type, condition = e.condition, inherited = e.inherited and "yes" or "" }
		has_condition = has_condition or e.condition
	end
	local fields = { "trustee", "rights", "type", "inherit", "inherited", "sid" }
	if o.folder == nil then
		fields = { "trustee", "rights", "type", "sid" }
	end
	if has_condition then
		table.insert(fields, #fields, "condition")
	end
	write_block(write, o, order, terminal)
	if #rows > 0 then
		write "\n"
		local cells, widths, total = measure(rows, fields)
		if terminal.columns and total > terminal.columns then
			fields[#fields] = nil
			cells, widths = measure(rows, fields)
		end
		write_columns(write, rows, fields, cells, widths, terminal.colored)
	end
end

-- What a write verb returns, in words.
local function write_result(write, r, terminal)
	local lines = r.changes and #r.changes > 0 and require "adsh.plan".describe(r.changes) or {}
	local is_short = program.at_prompt() and not options.verbose -- _.changes has the rest
	if not r.planned and (is_short or require "adsh.question".has_shown(lines)) then
		lines = {}
	elseif not r.planned then
		lines[#lines] = nil -- "plan: ...": it is no plan any more
	end
	require "adsh.format.colors".each(lines, terminal.colored, function(line)
		write(line, "\n")
	end, terminal.stdout and terminal.columns)
	if r.planned and #lines > 0 then
		return
	elseif r.planned then
		write(("planned: %d %s so far\n"):format(r.changed, r.changed == 1 and "change" or "changes"))
	elseif r.changed == 0 then
		write "nothing to do: already as requested\n"
	else
		write(require "adsh.format.written" { changed = r.changed, run = r.run, changes = is_short and r.changes }, "\n")
		require "adsh.to_do".once(r.changes, r.run, function(line) write(line, "\n") end)
	end
end

--- Writes any value. terminal: { columns = (nil: as wide as needed), colored = }.
function tables.write(v, write, terminal)
	local kind = printable.kind(v)
	style.is_elsewhere = not terminal.stdout
	if printable.class(v) == "adsh.result" then
		write_result(write, v, terminal)
	elseif printable.class(v) == "adsh.permissions" then
		write_permissions(write, v, terminal)
	elseif printable.class(v) == "adsh.matrix" then
		require "adsh.format.crosstab".write(v, write, terminal)
	elseif kind == "scalar" then
		write(text.escape(printable.text(v), true), "\n")
	elseif kind == "map" then
		write_block(write, v, printable.order(v), terminal)
	else
		local list = {}
		printable.each(v, function(item)
			list[#list + 1] = item
		end, function()
			write_list(write, list, printable.order(v), setmetatable({ is_untitled = printable.is_untitled(v) },
				{ __index = terminal }))
		end)
		if terminal.stdout and printable.foot(v) then
			write(text.escape(printable.foot(v)), "\n")
		end
	end
end

return tables
