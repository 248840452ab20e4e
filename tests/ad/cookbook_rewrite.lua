-- Brings the outputs in documents of the cookbook up to date: what adsh says today, in the places that they show. As a
-- client in the lab:
--	tests/lab/in.sh cli ./adsh -y tests/ad/cookbook_rewrite.lua FILE...
-- Look at the difference (git diff): a test compares with what stands there afterwards.
package.path = "tests/ad/?.lua;" .. package.path
local cookbook = require "cookbook"

-- From 0, the same, to 1, no word in common.
local function distance(shown, line)
	if cookbook.is_like(shown, line) then
		return 0
	end
	local words, same, all = {}, 0, 0
	for word in shown:gmatch "%S+" do
		words[word], all = true, all + 1
	end
	for word in line:gmatch "%S+" do
		same, all = same + (words[word] and 2 or 0), all + 1
	end
	return 1 - (all > 0 and same / all or 0)
end

-- The cheapest way from the lines that are shown to those that came: at[i][k], from shown line i and line k on, is a
-- cost and the step: "keep" both, "drop" the shown one, "add" the other one, "skip" it under "...", or end it: "rest".
local function ways(shown, lines)
	local at = {}
	for i = #shown + 1, 1, -1 do
		at[i] = {}
		for k = #lines + 1, 1, -1 do
			local best = { i > #shown and k > #lines and 0 or math.huge }
			local function try(cost, step, next_i, next_k)
				local from = at[next_i] and at[next_i][next_k]
				if from and cost + from[1] < best[1] then
					best = { cost + from[1], step }
				end
			end
			if shown[i] == "..." then
				try(0, "rest", i + 1, k)
				try(0, "skip", i, k + 1)
			else
				try(shown[i] and lines[k] and distance(shown[i], lines[k]) or math.huge, "keep", i + 1, k + 1)
				try(shown[i] and 1 or math.huge, "drop", i + 1, k)
				try(lines[k] and 1 or math.huge, "add", i, k + 1)
			end
			at[i][k] = best
		end
	end
	return at
end

local merged

local function words_of(line)
	local words = {}
	for word in line:gmatch "%S+" do
		words[#words + 1] = word
	end
	return words
end

-- A line that came, with what the document leaves out in it, and the id of the run that it has: commands name it.
local function renewed(shown, line)
	if cookbook.is_like(shown, line) then
		return shown
	elseif (" " .. shown .. " "):find(" ... ", 1, true) then
		return line:match "^%s*" .. table.concat(merged(words_of(shown), words_of(line)), " ")
	end
	local id = shown:match(cookbook.RUN)
	return id and line:gsub(cookbook.RUN, id) or line
end

-- What the document is to show of these lines.
function merged(shown, lines)
	local at, out, i, k = ways(shown, lines), {}, 1, 1
	while at[i][k][2] do
		local step = at[i][k][2]
		if step == "keep" then
			out[#out + 1] = renewed(shown[i], lines[k])
		elseif step == "rest" then
			out[#out + 1] = "..."
		elseif step == "add" then
			out[#out + 1] = lines[k]
		end
		i = i + ((step == "keep" or step == "drop" or step == "rest") and 1 or 0)
		k = k + ((step == "keep" or step == "add" or step == "skip") and 1 or 0)
	end
	return out
end

-- The document's lines with the outputs of these commands, in their order.
local function rewrite(path, commands)
	local out, n, in_console = {}, 0, false
	for line in io.lines(path) do
		local begins = line:find "^```" ~= nil
		in_console = begins and not in_console and line == "```console" or in_console and not begins
		local is_command = in_console and line:find "^%$ " ~= nil
		n = n + (is_command and 1 or 0)
		local command = in_console and not begins and commands[n]
		if not command or is_command or line:find "^> " then
			out[#out + 1] = line
		end
		if command and not command.rest then
			command.rest = select(2, command.words:gsub("\n", "")) + 1
		end
		if command and (is_command or line:find "^> ") then
			command.rest = command.rest - 1
			table.move(command.rest == 0 and command.output or {}, 1, #command.output, #out + 1, out)
		end
	end
	local f <close> = assert(io.open(path, "w"))
	f:write(table.concat(out, "\n"), "\n")
end

for _, path in ipairs(arg) do
	local commands = {}
	local problems = cookbook.run(path, function(command, lines)
		command.output = merged(command.output, lines)
		commands[#commands + 1] = command
	end)
	if #problems == 0 then
		rewrite(path, commands)
	end
	print(path, table.concat(problems, "\n"))
end
os.exit(0, true)
