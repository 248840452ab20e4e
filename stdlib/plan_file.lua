-- Plans in files: made by --plan-out, looked at by people, carried out later by adsh apply.
local directory = require "adsh.directory"
local carry_out = require "adsh.carry_out"
local failure = require "adsh.failure"
local json = require "adsh.format.json"
local options = require "adsh.core.options"
local program = require "adsh.core.program"
local saved = require "adsh.saved"
local text = require "adsh.core.text"

local plan_file = {}

local FORMAT = "adsh plan 1"

-- Keys are sorted, so the same content always has the same digest.
local function digest(content)
	return "sha256:" .. text.sha256(json.encode(content))
end

--- save(changes, path): writes plan:changes() with everything that is needed to check it later.
function plan_file.save(changes, path)
	local dir = directory.current():info()
	local content = {
		format = FORMAT, created = os.date "!%Y-%m-%dT%H:%M:%SZ", author = dir.principal, domain = dir.domain,
		server = dir.host, command = program.command(), changes = saved.changes(changes),
	}
	local f, message = io.open(path, "w")
	if not f then
		error(failure("failed", "the plan could not be written: " .. message), 0)
	end
	local ok, why = f:write(json.encode({ content = content, digest = digest(content) }, "  "), "\n")
	local closed, why_not = f:close()
	if not ok or not closed then
		error(failure("failed", ("the plan could not be written: %s: %s"):format(path, why or why_not)), 0)
	end
end

--- load(path): the content of a plan file. What was cut off or changed by hand is refused.
function plan_file.load(path)
	local f, message = io.open(path)
	if not f then
		error(failure("usage", "cannot read the plan: " .. message), 0)
	end
	local file = saved.decode(f:read "a")
	f:close()
	if not file or type(file.content) ~= "table" or file.content.format ~= FORMAT then
		error(failure("refused", path .. " is not a whole plan file", "make it again with --plan-out"), 0)
	end
	if file.digest ~= digest(file.content) then
		error(failure("refused", path .. " was changed after it was made", "make it again with --plan-out"), 0)
	end
	return file.content
end

--- apply(path): carries out what the file says, as far as it still fits; gives a table about it.
function plan_file.apply(path)
	local content = plan_file.load(path)
	local p, result = saved.start(content.changes, { accept = { none = true }, partial = options.partial })
	result.plan = path
	return carry_out.plan(p, result, "adsh apply " .. path)
end

return plan_file
