-- What "adsh --help" says. The options come from the one table in shell/args.c, as they do in the
-- manual (shell/manual/parts.lua).
local usage = {}

local columns = require "adsh.format.columns"
local program = require "adsh.core.program"

local AT, LIMIT = 30, 79

usage.forms = {
	{ "adsh [OPTIONS]", "start the interactive prompt" },
	{ "adsh [OPTIONS] FILE.lua [ARG...]", "run a script; - is standard input" },
	{ "adsh [OPTIONS] -e CHUNK [ARG...]", "run one chunk of Lua and print its value" },
	{ "adsh [OPTIONS] run [RECIPE [ARG...]]", "run a recipe; without RECIPE, list the recipes" },
	{ "adsh [OPTIONS] @PROFILE ...", "any of these, with the options of a profile" },
	{ "adsh [OPTIONS] apply PLANFILE", "write a plan that --plan-out saved" },
	{ "adsh [OPTIONS] journal [RUN]", "list the runs, or show one run" },
	{ "adsh [OPTIONS] undo [RUN]", "take back a run (default: the last)" },
	{ "adsh [OPTIONS] resume [RUN]", "finish an interrupted run" },
	{ "adsh [OPTIONS] replication [RUN]", "check that the changes of a run have replicated" },
	{ "adsh [OPTIONS] snapshot FILE", "save the data that audits read, for --from FILE" },
	{ "adsh [OPTIONS] diff FILE [FILE]", "show how delegation changed since a snapshot" },
	{ "adsh help [NAME | WORDS | CODE]", "describe a function or an error code" },
}

usage.statuses = {
	{ "0", "done, or nothing to do" },
	{ "1", "failed, nothing written" },
	{ "2", "usage" },
	{ "3", "partly written, or a part could not be reached" },
	{ "4", "dry run or check: changes pending" },
	{ "5", "no connection or authentication" },
	{ "6", "refused by a guard or because of drift" },
	{ "7", "another run holds the lock" },
}

--- The options as they are written: "-d, --domain NAME".
function usage.option(o)
	local long = "--" .. o.name .. (o.value and " " .. o.value or "")
	return (o.letter and "-" .. o.letter .. ", " or "    ") .. long
end

--- The options in groups: a list of { title=, options= }.
function usage.groups()
	local list, by_title = {}, {}
	for _, o in ipairs(program.options()) do
		local group = by_title[o.group]
		if not group then
			group = { title = o.group, options = {} }
			by_title[o.group] = group
			list[#list + 1] = group
		end
		group.options[#group.options + 1] = o
	end
	return list
end

--- Recipes: a list of { recipe=, summary= }.
function usage.recipes()
	return package.preload["adsh.recipe"] and require "adsh.recipe".list() or {}
end

local function section(title, rows, at)
	return title .. ":\n" .. columns.pairs(rows, at, LIMIT) .. "\n"
end

--- The text of --help.
function usage.text()
	local parts = { "adsh: an admin shell for Active Directory\n" }
	parts[#parts + 1] = section("Usage", usage.forms, 40)
	for _, group in ipairs(usage.groups()) do
		local rows = {}
		for i, o in ipairs(group.options) do
			rows[i] = { usage.option(o), o.help }
		end
		parts[#parts + 1] = section(group.title, rows, AT)
	end
	local rows = {}
	for i, r in ipairs(usage.recipes()) do
		rows[i] = { r.recipe, r.summary }
	end
	if #rows > 0 then
		parts[#parts + 1] = section("Recipes (adsh run RECIPE --help)", rows, 20)
	end
	parts[#parts + 1] = section("Exit status", usage.statuses, 6)
	parts[#parts + 1] = "See adsh(1) for details."
	return table.concat(parts, "\n")
end

--- The text of --version.
function usage.version()
	local lines = { "adsh " .. program.version }
	for line in require "adsh.core.versions":gmatch "[^\n]+" do
		lines[#lines + 1] = "  " .. line
	end
	lines[#lines + 1] = "  readline " .. program.readline()
	return table.concat(lines, "\n")
end

return usage
