-- The options of adsh after a verb or the name of a recipe: "adsh run audit --format json" means the same as
-- "adsh --format json run audit".
local command_line = { NOTE = "The options of adsh are also accepted here; adsh --help lists them." }

local failure = require "adsh.failure"
local options = require "adsh.core.options"
local program = require "adsh.core.program"

local TARGET = "adsh_" -- in front of their names among what a parser returns
local ELSEWHERE = { execute = true, help = true, version = true }

local function key_of(name)
	return (name:gsub("-", "_"))
end

-- Those that may come after a verb. What a policy or a gate needs to know is in the group of writing.
local function each()
	local list = {}
	for _, o in ipairs(program.options()) do
		if not ELSEWHERE[o.name] then
			o.is_rule = o.group == "Writing" or o.name == "journal"
			list[#list + 1] = o
		end
	end
	return list
end

--- Whether a parser's target is one of adsh's options.
function command_line.is_ours(target)
	return target:sub(1, #TARGET) == TARGET
end

local function checked(name)
	return function(text)
		local value, err = program.option(name, text)
		if err then
			return nil, err.message
		end
		return value
	end
end

local function is_taken(parser, alias)
	for _, option in ipairs(parser._options) do
		for _, one in ipairs(option._aliases) do
			if one == alias then
				return true
			end
		end
	end
	return false
end

--- flag(parser, "-n --dry-run", text): one of adsh's flags, shown in the parser's help; names that are taken stay.
function command_line.flag(parser, names, text)
	local free = {}
	for alias in names:gmatch "%S+" do
		free[#free + 1] = not is_taken(parser, alias) and alias or nil
	end
	if #free > 0 then
		parser:flag(table.concat(free, " "), text):target(TARGET .. key_of(names:match "%-%-(.+)$"))
	end
end

--- names(parser, option, text): an option that takes all words up to the next option, and may come again.
function command_line.names(parser, option, text)
	return parser:option(option, text):args("+"):action(function(args, target, words)
		args[target] = args[target] or {}
		table.move(words, 1, #words, #args[target] + 1, args[target])
	end)
end

local function add(parser, o, alias)
	local target = TARGET .. key_of(o.name)
	if o.kind == "flag" then
		return parser:flag(alias):target(target):hidden(true)
	end
	return parser:option(alias):argname(o.value):target(target):convert(checked(o.name)):hidden(true)
end

--- Adds the options of adsh to a parser; where it has one of that name, its own one stays.
function command_line.add(parser)
	for _, o in ipairs(each()) do
		for _, alias in ipairs { "--" .. o.name, o.letter and "-" .. o.letter } do
			if not is_taken(parser, alias) then
				add(parser, o, alias)
			end
		end
	end
	return parser
end

-- argparse knows names that are one letter away; ours are found farther off.
local function complain(parser, message, hint)
	local wrong = message:match "^unknown option '(.-)'"
	if wrong then
		local names = {}
		for _, option in ipairs(parser._options) do
			for _, alias in ipairs(option._aliases) do
				names[#names + 1] = #alias > 2 and alias or nil
			end
		end
		local best = require "adsh.help".suggest(wrong, names)
		message = ("unknown option '%s'"):format(wrong)
		hint = #best > 0 and "did you mean " .. table.concat(best, ", ") .. "?" or hint
	end
	error(failure("usage", message, hint), 0)
end

-- "-2146893042" is a code, no option: such words go behind the others, where nothing is taken for one.
local function with_numbers(argv)
	local words, behind = {}, {}
	for _, word in ipairs(argv) do
		if word == "--" then
			return argv
		elseif word:find "^%-%d%d+$" then
			behind[#behind + 1] = word
		else
			words[#words + 1] = word
		end
	end
	if #behind == 0 then
		return argv
	end
	words[#words + 1] = "--"
	return table.move(behind, 1, #behind, #words + 1, words)
end

--- parse(parser, argv, hint): what argv says to the parser, and the options of adsh among it, apart.
function command_line.parse(parser, argv, hint)
	local ok, all = parser:pparse(with_numbers(argv))
	if not ok then
		complain(parser, all, hint)
	end
	local args, ours = {}, {}
	for key, value in pairs(all) do
		if type(key) == "string" and command_line.is_ours(key) then
			ours[key:sub(#TARGET + 1)] = value
		else
			args[key] = value
		end
	end
	return args, ours
end

--- rules(argv): the rules for writing in argv, whatever else the words mean: no code of a recipe takes part.
--- A word with a dash in front is never the value of an option.
function command_line.rules(argv)
	local known, found = {}, {}
	for _, o in ipairs(each()) do
		if o.is_rule then
			known["--" .. o.name] = o
			known["-" .. (o.letter or "-")] = o
		end
	end
	for i, word in ipairs(argv) do
		if word == "--" then
			break
		end
		local name, value = word:match "^(%-%-[^=]+)=(.*)$"
		local o = known[name or word]
		if o and word ~= "--" then
			local text = o.kind ~= "flag" and (value or argv[i + 1] or "") or nil
			local result, err = program.option(o.name, text)
			if err then
				error(err, 0)
			end
			found[key_of(o.name)] = result
		end
	end
	return found
end

--- clash(parser): the first rule for writing that the parser has an option for.
function command_line.clash(parser)
	for _, o in ipairs(each()) do
		if o.is_rule and (is_taken(parser, "--" .. o.name) or o.letter and is_taken(parser, "-" .. o.letter)) then
			return "--" .. o.name
		end
	end
end

--- take(ours): what the command line says holds from now on. Rules that are sealed stay as they are.
function command_line.take(ours, is_sealed)
	local rules = false
	for _, o in ipairs(each()) do
		local key = key_of(o.name)
		local value = ours[key]
		if value ~= nil and not (is_sealed and o.is_rule) then
			options[key] = value
			rules = rules or o.is_rule
		elseif value ~= nil and options[key] ~= value then
			error(failure("usage", ("--%s must be a separate word"):format(o.name),
				"an option of the recipe precedes it"), 0)
		end
	end
	for _, key in ipairs { "lock", "timeout" } do
		if ours[key] then
			program[key](ours[key])
		end
	end
	if rules then
		require "adsh.session".rules()
	end
end

return command_line
