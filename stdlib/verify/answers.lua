-- The questions of a matrix, put to the KDC.
local delegation = require "adsh.delegation"
local krb5 = require "adsh.krb5"
local raising = require "adsh.raising"
local topology = require "adsh.topology"
local verdict = require "adsh.verify.verdict"

local answers = {}

-- Why nobody may act for a user, in words; false where nothing is known against it.
local function blocked(user)
	local facts = raising.try(delegation.get, user)
	return facts and topology.user_blocked(user, facts) or false
end

local function each_answer(run)
	return function()
		local i, j, answer = run:next()
		if not i and j then
			error(j, 0)
		end
		return i, j, answer
	end
end

--- fill(asks, each, kdcs): asks the KDC all of that, and fills in the rows. kdcs[REALM] = the host that is asked.
function answers.fill(asks, each, kdcs)
	local known = {}
	local run <close> = krb5.s4u(asks, { kdcs = kdcs })
	for i, j, answer in each_answer(run) do
		local entry = asks[i].entries[j]
		if not answer.ok then
			local user = entry.row.user
			known[user] = known[user] == nil and blocked(user) or known[user] or false
			entry.blocked = known[user] or nil
		end
		verdict.judge(entry, answer)
		each(entry.row)
	end
end

--- trust(entries, each, dir): whether the KDC trusts unconstrained sources with the tickets of who is logged in.
function answers.trust(entries, each, dir)
	local known = {}
	for _, entry in ipairs(entries) do
		local name = entry.principal
		known[name] = known[name] or table.pack(krb5.own_ticket(dir, name))
		verdict.judge_trust(entry.row, known[name][1], known[name][2])
		each(entry.row)
	end
end

return answers
