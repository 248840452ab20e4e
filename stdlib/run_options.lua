-- The options of recipes, as Lua names them: from the parser of the command line, so that both are one.
local run_options = {}

local command_line = require "adsh.command_line"
local recipe = require "adsh.recipe"

--- of(name): the options of the recipe that is live_migration in Lua and live-migration on the command line:
--- { group = { word = "--group", takes_value =, value =, choices =, about =, is_common = }, ... }
function run_options.of(name)
	local by_name = {}
	for _, option in ipairs(recipe.parser(recipe.load((name:gsub("_", "-"))))._options) do
		for _, alias in ipairs(option._aliases) do
			local word = alias:match "^%-%-(.+)$"
			if word then
				by_name[word:gsub("-", "_")] = {
					word = alias, takes_value = option._maxargs ~= 0, choices = option._choices, about = option._description,
					value = option._argname, is_common = option._target and command_line.is_ours(option._target) or word == "help",
				}
			end
		end
	end
	return by_name
end

return run_options
