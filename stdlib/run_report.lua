-- What an unattended run did, in one record: for the machine's log (--log) and for programs (--report).
local directory = require "adsh.core.directory"
local carry_out = require "adsh.carry_out"
local file = require "adsh.core.file"
local json = require "adsh.format.json"
local options = require "adsh.core.options"
local program = require "adsh.core.program"

local run_report = {}

--- make(status, total, run, started): the record. status: the exit status; total: plan.total().
function run_report.make(status, total, run, started)
	local dir = directory.current()
	local info = dir and dir:info() or {}
	local r = {
		run = run, command = program.command(), recipe = carry_out.recipe, domain = info.domain, server = info.host,
		principal = info.principal, status = status, started = os.date("!%Y-%m-%dT%H:%M:%SZ", started),
		duration = os.time() - started, changed = total.changed, unchanged = carry_out.unchanged,
		failed = total.failed, unknown = total.unknown, not_tried = total.not_tried,
	}
	if run then
		r.changes = {}
		for i, c in ipairs(require "adsh.journal".read(run).intents) do
			r.changes[i] = { account = c.label, dn = c.dn, state = c.state, message = c.message }
		end
	end
	return r
end

local function message_of(r)
	return ("%s: %d changed, %d unchanged, %d failed"):format(r.recipe or "adsh", r.changed, r.unchanged, r.failed)
end

local FIELDS = {
	"run", "recipe", "domain", "server", "principal", "changed", "unchanged", "failed", "unknown", "not_tried",
	"duration", "status",
}

local function append(path, r)
	local line = { time = os.date "!%Y-%m-%dT%H:%M:%SZ", message = message_of(r) }
	for _, name in ipairs(FIELDS) do
		line[name] = r[name]
	end
	local ok, err = file.append(path, "the log", json.encode(line) .. "\n")
	return ok, err and err.message
end

--- log(r, where): where is "syslog", "journal" or a file that gets a line of JSON. true | nil, message.
function run_report.log(r, where)
	if where ~= "syslog" and where ~= "journal" then
		return append(where, r)
	end
	local fields = {}
	for _, name in ipairs(FIELDS) do
		if r[name] ~= nil then
			fields[name:upper()] = tostring(r[name])
		end
	end
	local ok, err = program.log(where, r.status ~= 0, message_of(r), fields)
	return ok, err and err.message
end

--- report(r, path): the whole record as one JSON document, in place of what was there. true | nil, message.
function run_report.report(r, path)
	local ok, err = file.replace(path, "the report", json.encode(r, "  ") .. "\n")
	return ok, err and err.message
end

--- Does what --log and --report ask for; gives the exit status.
function run_report.finish(status, total, run, started)
	local r = run_report.make(status, total, run, started)
	for _, option in ipairs { "log", "report" } do
		if options[option] then
			local ok, message = run_report[option](r, options[option])
			if not ok then
				require "adsh.say".err(("adsh: --%s: %s"):format(option, message))
				status = status == 0 and 1 or status
			end
		end
	end
	return status
end

return run_report
