-- Runs a document of the cookbook in the lab, as its reader would, and compares what it shows with what comes.
--	```console     $ commands, each followed by its output. A line "..." stands for any lines, ... in a line for any
--	               text; times, ids of runs, SIDs and GUIDs may differ. A status other than 0 is shown by echo $?.
--	```lua NAME    a file of that name, also of other languages; without a name it is only looked at
--	<!-- lab: CODE -->      Lua that prepares the lab before what follows, with the functions of lab.lua, and adsh(...)
--	<!-- finally: CODE -->  Lua that cleans up, however the document ends
local lab = require "lab"

local cookbook = {}

-- ---- the document ----

local function add_line(step, line)
	local last = step.commands and step.commands[#step.commands]
	if not step.commands then
		step.lines[#step.lines + 1] = line
	elseif line:find "^%$ " then
		step.commands[#step.commands + 1] = { words = line:sub(3), output = {} }
	elseif line:find "^> " and #last.output == 0 then
		last.words = last.words .. "\n" .. line:sub(3)
	else
		last.output[#last.output + 1] = line
	end
end

local function begin(info)
	local language, name = info:match "^(%S*)%s*(%S*)"
	return language == "console" and { kind = "console", commands = {} } or { kind = "file", name = name, lines = {} }
end

--- parse(path): the steps of a document: { kind = "console", commands = { { words=, output= } } }, { kind = "file",
--- name=, lines= }, { kind = "lab" or "finally", code= }.
function cookbook.parse(path)
	local steps, step = {}, nil
	for line in io.lines(path) do
		local info = line:match "^```(.*)$"
		local kind, code = line:match "^<!%-%- (%l+): (.*) %-%->$"
		if step and info then
			step = nil
		elseif step then
			add_line(step, line)
		elseif info then
			step = begin(info)
			steps[#steps + 1] = step
		elseif kind then
			steps[#steps + 1] = { kind = kind, code = code }
		end
	end
	assert(not step, path .. ": a block does not end")
	return steps
end

-- ---- comparing ----

cookbook.RUN = "%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d%.%d+%-%d+"
local MASKS = {
	{ cookbook.RUN, "RUN" },
	{ "%d%d%d%d%-%d%d%-%d%d[T ]%d%d:%d%d[%d:.]*Z?", "TIME" }, { "%d%d%d%d%-%d%d%-%d%d", "DATE" }, { "%d%d:%d%d", "CLOCK" },
	{ "S%-1%-5%-21%-[%d-]+", "SID" }, { "%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x+", "GUID" },
}

-- Columns are as wide as what is in them.
local function masked(line)
	for _, mask in ipairs(MASKS) do
		line = line:gsub(mask[1], mask[2])
	end
	return (line:gsub("%s+$", ""):gsub("(%S) +", "%1 "):gsub("%-%-%-+", "---"))
end

--- is_like(shown, line): whether a line is as the document has it.
function cookbook.is_like(shown, line)
	local pattern = masked(shown):gsub("%p", "%%%0"):gsub("%%%.%%%.%%%.", ".*")
	return masked(line):find("^" .. pattern .. "$") ~= nil
end

-- The first shown line that does not fit, from these places on; nil: all fit.
local function misfit(shown, lines, i, k)
	while i <= #shown and shown[i] ~= "..." do
		if not lines[k] or not cookbook.is_like(shown[i], lines[k]) then
			return i
		end
		i, k = i + 1, k + 1
	end
	if i > #shown then
		return lines[k] and i or nil
	end
	local best = 0
	for start = k, #lines + 1 do
		local at = misfit(shown, lines, i + 1, start)
		if not at then
			return nil
		end
		best = math.max(best, at)
	end
	return best
end

--- difference(command, lines): nil when the lines that came fit the command's output, else both in words.
function cookbook.difference(command, lines)
	local at = misfit(command.output, lines, 1, 1)
	return at and ("$ %s\nline %d of its output is not as shown: %s\nwhat came:\n%s"):format(command.words, at,
		command.output[at] or "there is more", table.concat(lines, "\n"))
end

local function ids_in(lines)
	local ids = {}
	for id in table.concat(lines, "\n"):gmatch(cookbook.RUN) do
		ids[#ids + 1] = id
	end
	return ids
end

--- learn(names, command, lines): the ids of runs that the document shows stand for those that came: names[shown] = id.
function cookbook.learn(names, command, lines)
	local shown, came = ids_in(command.output), ids_in(lines)
	for i, id in ipairs(#shown == #came and shown or {}) do
		names[id] = came[i]
	end
end

-- ---- running ----

local MARK = "=== next command ==="

-- One shell for all commands of a block, so that $? and variables are as in the reader's.
local function script_of(step, names)
	local parts = { "rc=0" }
	for _, command in ipairs(step.commands) do
		parts[#parts + 1] = ("echo; echo %q $rc\n(exit $rc)\n%s\nrc=$?"):format(MARK, command.words:gsub(cookbook.RUN, names))
	end
	parts[#parts + 1] = ("echo; echo %q $rc"):format(MARK)
	return table.concat(parts, "\n")
end

local function lines_of(text)
	local lines = {}
	for line in (text:gsub("\n$", "") .. "\n"):gmatch "(.-)\n" do
		lines[#lines + 1] = line
	end
	while lines[#lines] == "" do
		lines[#lines] = nil
	end
	return lines
end

-- What each command wrote, as lines, and the status of the one before it.
local function outputs(text)
	local list, at = {}, nil
	repeat
		local begins, ends = text:find("\n" .. MARK .. " %d+\n", at or 1)
		if at then
			list[#list].lines = lines_of(text:sub(at, (begins or 0) - 1))
		end
		list[#list + 1] = begins and { status = tonumber(text:sub(begins, ends):match "(%d+)\n$") }
		at = ends and ends + 1
	until not begins
	return list
end

-- The environment of the reader: the program in the path, and a journal and files of his own.
local function prelude(folder)
	return ("cd FOLDER && export PATH=FOLDER/bin:$PATH HOME=FOLDER XDG_STATE_HOME=FOLDER/state "
		.. "XDG_CONFIG_HOME=FOLDER/config TZ=UTC KRB5CCNAME="):gsub("FOLDER", folder) .. lab.login "labadmin" .. "\n"
end

local function run_console(step, before, names, problems, record)
	local script = lab.file(script_of(step, names))
	local _, out = lab.sh(before .. "bash " .. script .. " 2>&1")
	os.remove(script)
	local found = outputs(out)
	for i, command in ipairs(step.commands) do
		local one, after = found[i], found[i + 1]
		local next_command = step.commands[i + 1]
		local is_told = next_command and next_command.words == "echo $?"
		if not one or not after then
			problems[#problems + 1] = "$ " .. command.words .. "\ndid not run:\n" .. out
			return
		end
		record(command, one.lines)
		problems[#problems + 1] = cookbook.difference(command, one.lines)
		cookbook.learn(names, command, one.lines)
		if after.status ~= 0 and not is_told then
			problems[#problems + 1] = ("$ %s\nended with status %d, and the document does not show it\n%s"):format(
				command.words, after.status, table.concat(one.lines, "\n"))
		end
	end
end

local function adsh(...)
	local status, out, err = lab.adsh { "-q", ... }
	assert(status == 0, out .. err)
end

local function call(code, folder)
	local env = setmetatable({ lab = lab, folder = folder, adsh = adsh }, { __index = _G })
	assert(load(code, "=lab", "t", env))()
end

local function put(step, folder)
	local f <close> = assert(io.open(folder .. "/" .. step.name, "w"))
	f:write(table.concat(step.lines, "\n"), "\n")
end

--- run(path[, record]): runs a document; gives a list of what was not as it says. record(command, lines) is told what
--- each command wrote, before it is compared with command.output.
function cookbook.run(path, record)
	local folder = lab.must "mktemp -d":gsub("%s", "")
	local program = lab.must("realpath " .. lab.quote(lab.program)):gsub("%s", "")
	lab.must(("chmod 711 %s && mkdir %s/bin && ln -s %s %s/bin/adsh"):format(folder, folder, program, folder))
	local problems, names, steps = {}, {}, cookbook.parse(path)
	local before = prelude(folder)
	local ok, err = pcall(function()
		for _, step in ipairs(steps) do
			if step.kind == "lab" then
				call(step.code, folder)
			elseif step.kind == "file" and step.name ~= "" then
				put(step, folder)
			elseif step.kind == "console" and #problems == 0 then
				run_console(step, before, names, problems, record or function() end)
			end
		end
	end)
	for _, step in ipairs(steps) do
		if step.kind == "finally" then -- each of them
			local cleaned, why = pcall(call, step.code, folder)
			ok, err = ok and cleaned, err or why
		end
	end
	lab.must("rm -rf " .. folder)
	assert(ok, err)
	return problems
end

return cookbook
