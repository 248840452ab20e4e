-- One run of adsh, seen from Lua: its globals at the start, its output, its exit status in the end.
local session = {}

local globals = require "adsh.globals"
local options = require "adsh.core.options"
local plan = require "adsh.core.plan"
local strict = require "adsh.strict"

local EXIT_FAILED, EXIT_PARTIAL, EXIT_PENDING = 1, 3, 4

-- The rules for every write of this process, before anything can write.
local function set_gate()
	plan.gate {
		dry_run = options.dry_run, read_only = options.read_only, max_changes = options.max_changes,
		allow_protected = options.allow_protected, allow_widening = options.allow_widening,
		keep_going = options.keep_going, value_budget = options.value_budget,
		confirm = options.interactive and function(what)
			return require "adsh.ask"(what .. ". Do it?")
		end or false,
	}
end

--- Called once, before anything else; returns the environment of scripts and of the prompt.
function session.start()
	set_gate()
	globals.install(_G)
	session.environment = strict.environment(_G)
	return session.environment
end

local function is_error(value)
	local mt = getmetatable(value)
	return type(mt) == "table" and mt.__name == "adsh.error"
end

-- Several values are shown as one list, in which nil keeps its place.
local function list(...)
	local values = { ... }
	for i = 1, select("#", ...) do
		if values[i] == nil then
			values[i] = require "adsh.value".null
		end
	end
	return values
end

--- Shows what a chunk returned, in the format of the command line. nil, err is a failure.
function session.output(...)
	local n = select("#", ...)
	local first, second = ...
	if n == 0 then
		return
	elseif first == nil and is_error(second) then
		error(second, 0)
	elseif type(first) == "function" and n > 1 then
		first = require "adsh.value".stream(...) -- what a for would take: dir:search{...}
	elseif n > 1 then
		first = list(...)
	end
	require "adsh.show"(first)
end

--- adsh run RECIPE ARG...
function session.recipe(...)
	return require "adsh.recipe".main(...)
end

--- From the status of what ran to that of the process: what was written counts.
function session.finish(status)
	local total = plan.total()
	local written = total.changed + total.unknown
	if status == 0 and plan.collected():count() > 0 then
		return EXIT_PENDING
	elseif status ~= 0 and written > 0 or written > 0 and total.failed > 0 then
		return EXIT_PARTIAL
	elseif status == 0 and total.failed > 0 then
		return EXIT_FAILED
	end
	return status
end

return session
