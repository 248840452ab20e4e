-- The model of a KDC's rules against a KDC: random states of a small domain, written into the database, then asked of
-- both. ADSH_ROUNDS: half as many states; ADSH_SEED: those of a run that failed.
package.path = "tests/ad/?.lua;" .. package.path
local domain = require "model_domain"
local lab = require "lab"
local model = require "adsh.verify.model"
local reading = require "adsh.verify.reading"
local json = require "adsh.format.json"
local krb5 = require "adsh.krb5"

local STATES = (tonumber(os.getenv "ADSH_ROUNDS" or "") or 50) // 2

local function pick_some(list, n)
	local all, chosen = table.move(list, 1, #list, 1, {}), {}
	for i = 1, math.min(n, #all) do
		chosen[i] = table.remove(all, math.random(#all))
	end
	return chosen
end

-- Every service for some users of some sources.
local function questions()
	local list = {}
	for _, source in ipairs(pick_some(domain.sources, 2)) do
		for _, user in ipairs(pick_some(domain.users, 2)) do
			for _, target in ipairs(domain.services) do
				list[#list + 1] = { source = source .. "@" .. lab.realm, keytab = domain.keytab, user = user .. "@" .. lab.realm,
					target = target }
			end
		end
	end
	return list
end

local function plain(principal)
	return principal:match "^[^@]+"
end

local function disagreement(q, said, kdc)
	return ("%s for %s to %s: the model says %s (%s: %s), the KDC %s (%s: %s)"):format(plain(q.source), plain(q.user),
		q.target, said.works, said.rule, said.reason, kdc.ok, kdc.step, kdc.reason)
end

local function compare(seed, counts)
	math.randomseed(seed)
	local written = domain.random()
	domain.write(written)
	local list = questions()
	local s = reading.read { accounts = table.move(domain.users, 1, #domain.users, #domain.sources + 1,
		table.move(domain.sources, 1, #domain.sources, 1, {})), spns = domain.services }
	local wrong = {}
	for i, kdc in ipairs(krb5.verify_many(list)) do
		local q = list[i]
		local said = model.ask(s, plain(q.user), plain(q.source), q.target)
		counts[said.rule] = (counts[said.rule] or 0) + 1
		wrong[#wrong + 1] = said.works ~= kdc.ok and disagreement(q, said, kdc) .. "\n  "
			.. json.encode(written) or nil
	end
	return wrong
end

describe("the model of a KDC's rules", function()
	setup(domain.make)
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
