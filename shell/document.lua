-- Build-time: writes the manual. Run by the program itself, so that options,
-- functions, recipes and statuses are said in one place only.
--	adsh shell/document.lua shell/adsh.1.in > adsh.1
local help = require "adsh.help"
local program = require "adsh.core.program"
local usage = require "adsh.usage"

-- ---- the manual ----

local WIDTH = 79

local function roff(s)
	s = s:gsub("\\", "\\(rs"):gsub("%-", "\\-"):gsub("'", "\\(aq"):gsub('"', "\\(dq")
	return (s:gsub("^%.", "\\&."))
end

-- Lines as long as mandoc likes them.
local function fold(s)
	local lines, line = {}, nil
	for word in roff(s):gmatch "%S+" do
		if line and #line + #word < WIDTH then
			line = line .. " " .. word
		else
			lines[#lines + 1] = line
			line = word:gsub("^%.", "\\&.")
		end
	end
	lines[#lines + 1] = line
	return table.concat(lines, "\n")
end

local function item(term, text)
	return ".TP\n.B " .. roff(term) .. "\n" .. fold(text)
end

local function items(rows, term, text)
	local list = {}
	for i, row in ipairs(rows) do
		list[i] = item(row[term], row[text])
	end
	return table.concat(list, "\n")
end

local parts = {}

function parts.VERSION()
	return program.version
end

function parts.SYNOPSIS()
	local list = {}
	for i, form in ipairs(usage.forms) do
		list[i] = roff(form[1])
	end
	return table.concat(list, "\n.br\n")
end

function parts.OPTIONS()
	local list = {}
	for _, group in ipairs(usage.groups()) do
		list[#list + 1] = ".SS " .. group.title
		for _, o in ipairs(group.options) do
			list[#list + 1] = item(usage.option(o):match "^%s*(.*)$", o.help)
		end
	end
	return table.concat(list, "\n")
end

function parts.FUNCTIONS()
	local list, noun = {}, nil
	for _, entry in ipairs(help.entries()) do
		if entry.noun ~= noun then
			noun = entry.noun
			list[#list + 1] = ".SS " .. noun
		end
		list[#list + 1] = item(entry.usage, entry.sentence)
		for line in entry.details:gmatch "[^\n]+" do
			list[#list + 1] = ".br\n" .. fold(line)
		end
	end
	return table.concat(list, "\n")
end

function parts.RECIPES()
	return items(usage.recipes(), "recipe", "summary")
end

function parts.STATUSES()
	return items(usage.statuses, 1, 2)
end

local function manual(path)
	local template = assert(io.open(path)):read "a"
	return (template:gsub("@(%u+)@", function(name)
		return parts[name]()
	end))
end

print(manual(...))
