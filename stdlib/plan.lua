-- Plans: collecting writes instead of making them, showing, applying.
local core = require "adsh.core.plan"
local help = require "adsh.help"
local raising = require "adsh.raising"
local say = require "adsh.say"

local plan = {}

help "plan.name_of(sid[, domain]) - Internal: The name to show for a SID, from the point of view of that domain."
function plan.name_of(sid, domain)
	return require "adsh.sid_names".shown(sid, domain)
end

help "plan.describe(changes[, verbose]) - Internal: The difference in words: a list of lines, and '8 accounts'."
function plan.describe(changes, verbose)
	return require "adsh.difference"(changes, verbose)
end

help "plan.print(changes[, verbose[, file]]) - Internal: Prints the difference, on io.stdout or io.stderr."
function plan.print(changes, verbose, file)
	local terminal = require "adsh.core.program".terminal()
	local is_out = file ~= io.stderr
	local is_terminal = is_out and terminal.stdout or not is_out and terminal.stderr
	local colored = require "adsh.output".is_colored { stdout = is_terminal }
	require "adsh.format.colors".each(plan.describe(changes, verbose), colored, function(line)
		(is_out and io.stdout or io.stderr):write(line, "\n")
	end, is_terminal and terminal.columns)
end

-- ---- collecting, applying ----

local methods = raising.methods(getmetatable(core.new()).__index)

help [[plan(f) - Runs f and collects its writes instead of sending them; returns the plan.
Arguments:
  f (function): the function that writes
Returns: a plan object: plan:show(), plan:apply(), plan:save(path), plan:count(), plan:changes(), plan:check()
Errors:
  the errors of f
Example: plan(function() delegation.allow("host01", "cifs/host02") end):show()]]
local function collect(_, f, ...)
	-- in a coroutine, since f may yield: p is the current plan while f runs, and not while it waits
	local p, co = core.new(), coroutine.create(function(...)
		f(...)
	end)
	local function close()
		core.within(p, coroutine.close, co)
	end
	local _ <close> = setmetatable({}, { __close = close })
	local results = table.pack(core.within(p, coroutine.resume, co, ...))
	while coroutine.status(co) == "suspended" do
		results = table.pack(core.within(p, coroutine.resume, co, coroutine.yield(table.unpack(results, 2, results.n))))
	end
	if not results[1] then
		close() -- now: a coroutine that fails closes nothing
		error(results[2], 0)
	end
	return p
end

-- Where accounts of other domains are looked up is found out before a plan is judged.
local function ask_domains(p)
	local sid_names = require "adsh.sid_names"
	for _, who in ipairs(p:strangers()) do
		local sid = who:match "^S%-1%-" and who or sid_names.of_domain(who)
		local home, silent = sid_names.home(sid or "")
		if sid then
			core.know(sid, home, silent and ("%s could not be queried (%s)"):format(silent.domain, silent.error))
		end
	end
end

help "plan.doubts(p) - Internal: lines about targets that were added to the plan since the last call."
function plan.doubts(p)
	local new_targets = package.loaded["adsh.new_targets"]
	return new_targets and new_targets.lines(p) or {}
end

-- People see the difference that changes make.
local function viewed(changes)
	return require "adsh.format.printable".viewed(changes, function(list)
		return #list > 0 and table.concat((plan.describe(list)), "\n") or list
	end)
end

-- Before somebody looks at a plan, or writes it, that is said.
for _, name in ipairs { "changes", "check", "apply", "finish" } do
	local method = methods[name]
	methods[name] = function(p, ...)
		ask_domains(p)
		local doubts = plan.doubts(p)
		for _, line in ipairs(doubts) do
			say.err("warning: " .. line)
		end
		local result = method(p, ...)
		if #doubts > 0 and (name == "apply" or name == "finish") and not result.planned then
			result.warnings = doubts
		end
		if type(result) == "table" then
			viewed(name == "changes" and result or result.changes or {})
		end
		return result
	end
end

help "plan.as_one(f, ...) - Internal: Runs f and writes what it changes together, as one verb: one plan, one result."
function plan.as_one(f, ...)
	if core.current() then
		return f(...)
	end
	return collect(nil, f, ...):finish()
end

-- A change as plan:changes() listed it before there were kinds has none; it is judged like any other.
local restore = methods.restore
function methods.restore(p, dir, change)
	if type(change) == "table" and change.kind == nil then
		local is_known, kind = pcall(require "adsh.kinds".of_old, change)
		if is_known then
			change = { kind = kind, n = change.n, dn = change.dn, guid = change.guid, sid = change.sid, label = change.label,
				edits = change.edits }
		end
	end
	return restore(p, dir, change)
end

help [[plan:show([details]) - Prints the difference in words; combines similar objects, as a grid or in one line.
Arguments:
  details (boolean or string): true or "details" shows each object with every value. Default: false
Returns: nothing; it prints
Errors: none
Example: plan(function() spn.register("host01", "console") end):show(true)]]
function methods.show(p, details)
	plan.print(p:changes(), details)
end

help [[plan:save(path) - Writes the plan to a file for adsh apply.
Arguments:
  path (string): of the file
Returns: nothing
Errors:
  failed: the file cannot be written
Example: plan(function() spn.add("host01", "HTTP/host01") end):save(os.tmpname())]]
function methods.save(p, path)
	require "adsh.plan_file".save(p:changes(), path)
end

-- ---- the plan of the prompt ----

local typed = {} -- statements while a plan is open: { text =, count = changes before it }

help "plan.note(statement) - Internal: Records what is typed while a plan is open; nil: it may hold a secret."
function plan.note(statement)
	if core.current() then
		typed[#typed + 1] = { text = statement or "...", count = core.current():count() }
	end
end

-- The statements that made the open plan; nil: none did.
local function made_by()
	local list = {}
	for i = 1, #typed - 1 do
		list[#list + 1] = typed[i].count ~= typed[i + 1].count and typed[i].text or nil
	end
	return list[1] and table.concat(list, "; ")
end

help [[plan.on() - Opens a plan: verbs and recipes collect their writes. See plan.show(), apply(), plan.drop().
Returns: nothing; the prompt shows [plan]
Errors:
  refused: a plan is already open
Example: plan.on(); delegation.allow("host01", "cifs/host02"); plan.drop()]]
function plan.on()
	if not core.current() then
		core.current(core.new())
		typed = {}
	end
end

local function open_plan()
	return core.current() or error(require "adsh.failure"("usage", "no plan is open", "plan.on() opens one"), 0)
end

help [[plan.show([details]) - Prints what the open plan would write; similar objects as a grid.
Arguments:
  details (boolean or string): true or "details" shows each object with every value. Default: false
Returns: nothing; it prints
Errors:
  notfound: no plan is open
Example: plan.on(); delegation.allow("host01", "cifs/host02"); plan.show(); plan.drop()]]
function plan.show(details)
	open_plan():show(details)
end

help [[plan.verify([options]) - Shows the effect of the open plan on delegation, as verify.after; writes nothing.
Arguments:
  options (table):
    user (option, account): the user to act for. Default: any user who can be delegated
Returns: a list, as verify.after
Errors:
  notfound: no plan is open
Example: plan.on(); delegation.allow("host01", "cifs/host02"); plan.verify(); plan.drop()]]
function plan.verify(options)
	return require "adsh.verify".after(open_plan(), options)
end

help [[plan.drop() - Discards the open plan; verbs write again.
Returns: nothing
Errors:
  notfound: no plan is open
Example: plan.on(); plan.drop()]]
function plan.drop()
	open_plan()
	core.current(false)
end

help [[apply() - Shows the open plan, asks and writes it; verbs write again. Without confirmation the plan stays open.
Returns: nothing; it prints the report
Errors:
  notfound: no plan is open
  <refused>
Example: plan.on(); spn.add("host01", "HTTP/host01"); apply()]]
function plan.apply()
	local p, statement = open_plan(), made_by()
	core.current(false)
	if statement then
		core.statement(statement)
	end
	local ok, result = pcall(require "adsh.carry_out".alone, p, {})
	if not ok then
		if type(result) ~= "table" or result.kind ~= "partial" then
			core.current(p) -- nothing was written
		end
		error(result, 0)
	end
end

help [[plan.policy() - Lists the policy files in effect: { file=, rules= }.
Returns: a list:
  file (string): its path
  rules (table): its rules
Errors: none
Example: plan.policy()]]
function plan.policy()
	return require "adsh.policy".files
end

help "plan.new() - Internal: An empty plan, to be set with plan.current."
plan.new = core.new
plan.current = core.current
plan.gate = core.gate
plan.total = core.total
plan.run = core.run
plan.end_run = core.end_run
plan.continue_run = raising(core).continue_run
plan.collected = core.collected

return setmetatable(plan, { __call = collect })
