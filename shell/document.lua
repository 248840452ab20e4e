-- Build-time: writes what is installed beside the program. Run by the program itself, so that options,
-- functions, recipes and statuses are said in one place only.
--	adsh shell/document.lua manual shell/adsh.1.in > adsh.1
--	adsh shell/document.lua completion > adsh.bash
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

-- ---- completion of the command line ----

local COMPLETION = [[
# bash completion of adsh; made from the program's own tables
_adsh() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	COMPREPLY=()
	case $prev in
@CHOICES@
	@FILES@) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return;;
	@VALUES@) return;;
	run) mapfile -t COMPREPLY < <(compgen -W '@RECIPES@' -- "$cur"); return;;
	esac
	case $cur in
	-*) mapfile -t COMPREPLY < <(compgen -W '@OPTIONS@' -- "$cur");;
	*) compopt -o filenames
	   mapfile -t COMPREPLY < <(compgen -W 'run apply journal undo resume replication help' -- "$cur"
	     compgen -f -X '!*.lua' -- "$cur"; compgen -d -- "$cur");;
	esac
}
complete -F _adsh adsh]]

local function forms(o)
	return "--" .. o.name .. (o.letter and "|-" .. o.letter or "")
end

local function completion()
	local w = { CHOICES = {}, FILES = {}, VALUES = {}, OPTIONS = {}, RECIPES = {} }
	for _, o in ipairs(program.options()) do
		table.insert(w.OPTIONS, "--" .. o.name)
		if o.kind == "choice" then
			table.insert(w.CHOICES, ("\t%s) mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\"); return;;"):format(
				forms(o), o.value:gsub("|", " ")))
		elseif o.kind ~= "flag" then
			table.insert(o.value == "FILE" and w.FILES or w.VALUES, forms(o))
		end
	end
	for _, r in ipairs(usage.recipes()) do
		table.insert(w.RECIPES, r.recipe)
	end
	local separators = { CHOICES = "\n", FILES = "|", VALUES = "|", OPTIONS = " ", RECIPES = " " }
	return (COMPLETION:gsub("@(%u+)@", function(name)
		return table.concat(w[name], separators[name])
	end))
end

local what, path = ...
print(what == "manual" and manual(path) or completion())
