-- What breaks when RC4 goes: every account, trust and managed account with what its KDC decides.
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local help = require "adsh.help"
local stream = require "adsh.readiness.stream"

local readiness = {}

local KNOWN = { accounts = true, forest = true, jobs = true, disabled = true, proof = true, missing = true, dir = true,
	about = true }

local function check(o)
	for key in pairs(o) do
		if not KNOWN[key] then
			error(("readiness.accounts has no option '%s'; the options are: accounts, dir, disabled, forest, jobs, "
				.. "missing, proof")
				:format(tostring(key)), 4)
		end
	end
	return o
end

local function complain(missing)
	local parts = {}
	for i, m in ipairs(missing) do
		parts[i] = ("%s (%s)"):format(m.domain, m.error)
	end
	error(failure("partial", "the answer is incomplete: " .. table.concat(parts, "; ")), 0)
end

help [[readiness.accounts([options]) - Shows what fails without RC4: each account and trust, what its KDC decides, why.
Arguments:
  options (table):
    accounts (option, list of accounts): names. Default: all enabled accounts, krbtgts and trusts; those of jobs first
    forest (option, boolean): false reads only the domain of dir. Default: true
    dir (option, directory): the directory. Default: the current one
    jobs (option, boolean): true leaves out accounts that no job of adsh uses. Default: false
    disabled (option, boolean): true includes disabled accounts. Default: false
    proof (option, boolean): true queries the KDC for accounts that fail, are unseen, or belong to jobs. Default: false
    missing (option, table): gets the domains that could not be queried. Default: they are an error at the end
Returns: an iterator of rows:
  account, domain, kind, dn (string): the account
  state (string): holds, fails, unseen
  finding (string): no-aes-keys, des-only, rc4-only, no-types, old-system, trust, unseen-keys, cluster, not-windows
  set (integer), types (list of strings): the bits of its attribute, and the types of its keys
  ticket, session (string): what a client gets
  rule (string): the rule that decided
  reason, fix, proof (string): in words
  certainty (string): certain, proved, estimate, suspicion, disputed
Errors:
  partial: a domain could not be queried
Example: for row in readiness.accounts{jobs = true, forest = false} do print(row.account, row.state, row.reason) end]]
function readiness.accounts(options)
	local o = check(options or {})
	local dir, missing = o.dir or directory.current(), o.missing or {}
	if o.proof and dir:info().snapshot then
		error(failure("usage", "a snapshot has no KDC", "use the directory itself, without --from"), 0)
	end
	local rows = coroutine.create(function()
		local s = { forest = o.forest, jobs = o.jobs, disabled = o.disabled, proof = o.proof, about = o.about,
			missing = missing, put = coroutine.yield }
		if o.accounts then
			stream.named(dir, type(o.accounts) == "string" and { o.accounts } or o.accounts, s)
		else
			stream.all(dir, s)
		end
	end)
	local function next_row()
		local ok, row, f, d = coroutine.resume(rows)
		if not ok then
			error(row, 0)
		elseif row == nil and #missing > 0 and not o.missing then
			complain(missing)
		end
		return row, f, d
	end
	return next_row, nil, nil, setmetatable({}, { __close = function() coroutine.close(rows) end })
end

return readiness
