-- The rules of a machine for every write: /etc/adsh/policy.lua, then the user's own, which can only make
-- them stricter. A file returns one table; its keys are those of KEYS. The gate, in C, keeps to them.
local config_path = require "adsh.config_path"
local codec = require "adsh.core.codec"
local core = require "adsh.core.policy"

local policy = {}

local SYSTEM = "/etc/adsh/policy.lua"
local MODES = {
	unconstrained = codec.uac_bit "TRUSTED_FOR_DELEGATION",
	any = codec.uac_bit "TRUSTED_TO_AUTH_FOR_DELEGATION",
}

--- What holds: a list of { file=, rules= }.
policy.files = {}

local function is_list(value)
	if type(value) ~= "table" then
		return false
	end
	for _, v in ipairs(value) do
		if type(v) ~= "string" or v:find("\0", 1, true) then
			return false
		end
	end
	return true
end

local TYPES = {
	["true or false"] = function(v) return type(v) == "boolean" end,
	["a whole number above zero"] = function(v) return math.type(v) == "integer" and v > 0 end,
	["a list of strings"] = is_list,
	["a list of modes: any, unconstrained"] = function(v)
		for _, mode in ipairs(is_list(v) and v or { "" }) do
			if not MODES[mode] then
				return false
			end
		end
		return true
	end,
}

local KEYS = {
	read_only = "true or false", allow_protected = "true or false", allow_widening = "true or false",
	max_changes = "a whole number above zero", allowed_bases = "a list of strings",
	allowed_recipes = "a list of strings", allow_verbs = "true or false",
	forbidden_modes = "a list of modes: any, unconstrained",
}

local function fail(message)
	error(require "adsh.failure"("usage", message), 0)
end

local function check(file, rules)
	for key, value in pairs(rules) do
		if not KEYS[key] then
			local known = {}
			for name in pairs(KEYS) do
				known[#known + 1] = name
			end
			table.sort(known)
			fail(("the policy file %s: unknown key %s; the known ones are: %s"):format(file, key, table.concat(known, ", ")))
		elseif not TYPES[KEYS[key]](value) then
			fail(("the policy file %s: %s must be %s"):format(file, key, KEYS[key]))
		end
	end
end

local function hold(file, rules)
	local forbidden = 0
	for _, mode in ipairs(rules.forbidden_modes or {}) do
		forbidden = forbidden | MODES[mode]
	end
	local ok, err = core.tighten {
		read_only = rules.read_only,
		no_protected = rules.allow_protected == false,
		no_widening = rules.allow_widening == false,
		max_changes = rules.max_changes,
		forbidden = forbidden,
		bases = rules.allowed_bases,
		recipes = rules.allowed_recipes,
		no_verbs = rules.allow_verbs == false,
	}
	if not ok then
		fail(("the policy file %s: %s"):format(file, err.message))
	end
	policy.files[#policy.files + 1] = { file = file, rules = rules }
end

--- add(file, rules): what a file says holds from now on, too. Raises when it is not a policy.
function policy.add(file, rules)
	check(file, rules)
	hold(file, rules)
end

--- Reads the files, before anything can write. What is wrong with one of them ends the program.
function policy.load()
	for _, file in ipairs { SYSTEM, config_path "policy.lua" } do
		local rules, err = core.read(file, file == SYSTEM)
		if err then
			error(err, 0)
		elseif rules then
			policy.add(file, rules)
		end
	end
end

return policy
