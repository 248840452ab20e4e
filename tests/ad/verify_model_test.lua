-- The model of a KDC's rules against a KDC: random states of a small domain, written into the database, then asked of
-- both. ADSH_ROUNDS: half as many states; ADSH_SEED: those of a run that failed.
package.path = "tests/ad/?.lua;" .. package.path
local domain = require "model_domain"
local lab = require "lab"
local model = require "adsh.verify.model"
local reading = require "adsh.verify.reading"
local core = require "adsh.core.directory"
local json = require "adsh.format.json"
local krb5 = require "adsh.krb5"
local raising = require "adsh.raising"
local state = require "adsh.verify.state"

local STATES = (tonumber(os.getenv "ADSH_ROUNDS" or "") or 50) // 2

local function pick_some(list, n)
	local all, chosen = table.move(list, 1, #list, 1, {}), {}
	for i = 1, math.min(n, #all) do
		chosen[i] = table.remove(all, math.random(#all))
	end
	return chosen
end

-- A login of the user's own, where he may log in; not the current directory.
local function own_login(user)
	local identity = raising.try(krb5.login, { user = user .. "@" .. lab.realm, keytab = domain.keytab })
	return identity and assert(core.connect { domain = lab.domain, server = lab.dc, krb5 = identity })
end

-- Every service for some users of some sources, by the source's key and by the user's own ticket.
local function questions()
	local list = {}
	for _, user in ipairs(pick_some(domain.users, 2)) do
		local login = own_login(user)
		for _, source in ipairs(pick_some(domain.sources, 2)) do
			for _, own in ipairs { false, login } do
				list[#list + 1] = { source = source .. "@" .. lab.realm, keytab = domain.keytab, own = own or nil,
					user = user .. "@" .. lab.realm, targets = domain.services }
			end
		end
	end
	return list
end

local function plain(principal)
	return principal:match "^[^@]+"
end

local function disagreement(q, spn, said, kdc)
	return ("%s for %s%s to %s: the model says %s (%s: %s), the KDC %s (%s: %s)"):format(plain(q.source), plain(q.user),
		q.own and ", who came with Kerberos," or "", spn, said.works, said.rule, said.reason, kdc.ok, kdc.step, kdc.reason)
end

local function read_state()
	local accounts = {}
	for _, list in ipairs { domain.sources, domain.users } do
		table.move(list, 1, #list, #accounts + 1, accounts)
	end
	local groups = {}
	for i, dn in ipairs(domain.group_dns()) do
		groups[i] = { dn = dn }
	end
	return (reading.read { accounts = accounts, spns = domain.services, objects = groups })
end

-- Trust for any service is not a matter of S4U2Proxy: what the model says of the other rules.
local function said_of(s, q, spn)
	local said = model.ask(s, plain(q.user), plain(q.source), spn)
	said = q.own and said.own_ticket or said
	return said.rule == "unconstrained" and { works = false, rule = said.rule, reason = said.reason } or said
end

local function each_answer(list)
	local run <close> = krb5.s4u(list, {})
	local all = {}
	while true do
		local i, j, answer = run:next()
		if not i then
			assert(not j, j)
			return all
		end
		all[#all + 1] = { q = list[i], spn = list[i].targets[j], answer = answer }
	end
end

local function close_logins(list)
	for _, q in ipairs(list) do
		if q.own then
			q.own:close()
		end
	end
end

local before -- the last state: written, and as it was read

-- What a plan from the last state to this one was said to make.
local function foreseen(written)
	return before and state.with(before.read, domain.changes(before.written, written))
end

local function compare(seed, counts)
	math.randomseed(seed)
	local written = domain.random()
	local planned = foreseen(written)
	domain.write(written)
	local list = questions()
	local all = each_answer(list)
	close_logins(list) -- else the state may be read as one of them
	local s, wrong = read_state(), {}
	before = { written = written, read = s }
	for _, one in ipairs(all) do
		local said = said_of(s, one.q, one.spn)
		local foretold = planned and said_of(planned, one.q, one.spn) or said
		wrong[#wrong + 1] = foretold.works ~= said.works and "with a plan: " .. disagreement(one.q, one.spn, foretold,
			one.answer) or nil
		local key = said.rule .. (one.q.own and ", own ticket" or "")
		counts[key] = (counts[key] or 0) + 1
		wrong[#wrong + 1] = said.works ~= one.answer.ok and disagreement(one.q, one.spn, said, one.answer) .. "\n  "
			.. json.encode(written) or nil
	end
	return wrong
end

describe("the model of a KDC's rules", function()
	setup(function()
		require "adsh.directory".connect { domain = lab.domain, server = lab.dc, ccache = lab.login "labadmin" }
		domain.make()
	end)
	teardown(domain.remove)

	it(("agrees with Samba's in %d random states"):format(STATES), function()
		local first, counts, wrong = tonumber(os.getenv "ADSH_SEED" or "") or os.time(), {}, {}
		io.write(("# ADSH_SEED=%d\n"):format(first))
		for seed = first, first + STATES - 1 do
			for _, line in ipairs(compare(seed, counts)) do
				wrong[#wrong + 1] = ("ADSH_SEED=%d: %s"):format(seed, line)
			end
		end
		for rule, n in pairs(counts) do
			io.write(("# %s: %d\n"):format(rule, n))
		end
		assert.equal("", table.concat(wrong, "\n"))
	end)
end)
