-- What a token of the directory is worth on a host, by what policies make of its local groups: no server.
local local_groups = require "adsh.doctor.local_groups"

local ADMINS, HYPERV, USERS, GUESTS = "S-1-5-32-544", "S-1-5-32-578", "S-1-5-32-545", "S-1-5-32-546"
local DOMAIN = "S-1-5-21-1-2-3"
local ME = DOMAIN .. "-1105"

local function host(...)
	return { object = { objectSid = DOMAIN .. "-1000", userAccountControl = { flags = { ... } } } }
end

local function result(...)
	return { groups = { ... } }
end

local function row(action, sids, more)
	local r = { sid = ADMINS, action = action, sids = sids }
	for key, v in pairs(more or {}) do
		r[key] = v
	end
	return r
end

local function is_member(r, group)
	return local_groups.member(local_groups.members(r, group or ADMINS, DOMAIN .. "-1000"), { [ME] = true })
end

describe("a token of the directory", function()
	it("has the groups of the host, not those of the domain controller, unless it is one", function()
		local sids = { ME, ADMINS, USERS, "S-1-1-0" }
		assert.same({ [ME] = true, [USERS] = true, ["S-1-1-0"] = true }, (local_groups.token(sids, host())))
		assert.is_true(local_groups.token(sids, host "SERVER_TRUST_ACCOUNT")[ADMINS])
	end)
end)

describe("members of a local group", function()
	it("are the host's own business until a policy replaces them", function()
		assert.is_nil(is_member(result()))
		assert.is_nil(is_member(result(row("adds", { "S-1-5-21-9-9-9-1" }))))
		assert.is_true(is_member(result(row("adds", { ME }))))
		assert.is_false(is_member(result(row("replaces", {}))))
		assert.is_false(is_member(result(row("adds", { ME }), row("replaces", {}))))
		assert.is_true(is_member(result(row("replaces", {}), row("adds", { ME }))))
		assert.is_nil(is_member(result(row("adds", { ME }), row("removes", { ME }))))
	end)

	it("may be some that a policy names in a way that nobody knows here", function()
		assert.is_nil(is_member(result(row("replaces", { false }))))
		assert.is_nil(is_member(result(row("adds", { false }))))
	end)

	it("do not come from other groups, nor from preferences for some computers", function()
		assert.is_nil(is_member(result(row("adds", { ME })), HYPERV))
		assert.is_nil(is_member(result(row("adds", { ME }, { targeted = true }))))
	end)

	it("have Domain Admins among Administrators", function()
		local m = local_groups.members(result(), ADMINS, DOMAIN .. "-1000")
		assert.is_true(local_groups.member(m, { [DOMAIN .. "-512"] = true }))
		m = local_groups.members(result(), HYPERV, DOMAIN .. "-1000")
		assert.is_nil(local_groups.member(m, { [DOMAIN .. "-512"] = true }))
	end)
end)

describe("who has a user right", function()
	local function has(sids, r, is_controller)
		local names = {}
		for i, sid in ipairs(sids) do
			names[i] = sid or "a name"
		end
		return local_groups.has(r or result(), { sids = sids, who = names }, { [ME] = true }, host(), is_controller)
	end

	it("is told by SIDs, and through local groups as far as policies say who is in them", function()
		assert.same({ true, ME }, { has { "S-1-5-21-9-9-9-1", ME } })
		assert.is_false((has { "S-1-5-21-9-9-9-1", USERS, GUESTS }))
		assert.is_nil((has { ADMINS }))
		assert.is_false((has({ ADMINS }, result(row("replaces", {})))))
		assert.same({ true, ADMINS }, { has({ ADMINS }, result(row("adds", { ME }))) })
	end)

	it("is told on a domain controller by its own groups, and not by names that nobody knows", function()
		assert.is_false((has({ ADMINS }, nil, true)))
		assert.is_nil((has { false, "S-1-5-21-9-9-9-1" }))
		assert.is_true((has { false, ME }))
		assert.is_false((has {}))
	end)
end)
