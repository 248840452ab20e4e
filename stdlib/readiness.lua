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
			error(("readiness.accounts has no option '%s'; it knows: accounts, dir, disabled, forest, jobs, missing, proof")
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
	error(failure("partial", "the answer lacks " .. table.concat(parts, "; ")), 0)
end

help [[readiness.accounts([options]) - What breaks when RC4 goes: each account and trust, what its KDC decides, and why.
Arguments:
  options: a table:
    accounts: names; default: all that are enabled, the krbtgts, the trusts; first those of this program's jobs
    forest: false asks the domain of dir only; dir: a directory. Default: the current one
    jobs: true leaves out what has to do with no job; disabled: true takes disabled accounts, too
    proof: true asks the KDC for keys and tickets of those that fail, cannot be judged, or belong to jobs
    missing: a table that gets the domains that could not be asked; without it that is an error at the end
Returns: an iterator of rows:
  account, domain, kind, dn
  state: holds, fails, unseen; finding: no-aes-keys, des-only, rc4-only, no-types, old-system, trust,
    unseen-keys, cluster, not-windows
  set: the bits of its attribute; types: those it has keys of; ticket, session: what a client gets; rule: what decided
  reason, certainty (certain, proved, estimate, suspicion, disputed), fix, proof
Errors:
  partial: a domain could not be asked
Example: for row in readiness.accounts{jobs = true, forest = false} do print(row.account, row.state, row.reason) end]]
function readiness.accounts(options)
	local o = check(options or {})
	local dir, missing = o.dir or directory.current(), o.missing or {}
	if o.proof and dir:info().snapshot then
		error(failure("usage", "a snapshot has no KDC that could be asked", "ask the directory itself, without --from"), 0)
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
