-- Conditions about the trusts between the domains of a pair, and that of the administrator.
local hosts = require "adsh.hosts"
local selective_authentication = require "adsh.selective_authentication"
local trust = require "adsh.trust"
local verdict = require "adsh.doctor.verdict"

local holds, fails = verdict.holds, verdict.fails

local function between(s, from, to)
	return s:once(("trust %s %s"):format(from, to), function()
		return trust.between(from, to, s:once("view", trust.view))
	end)
end

-- The path of a pair of different domains; nil: both are in one.
local function path_of(s, p)
	return p.source.domain ~= p.target.domain and between(s, p.source.domain.name, p.target.domain.name) or nil
end

local function netdom(hop)
	return ("netdom trust %s /domain:%s"):format(hop.target, hop.source)
end

local function leads(s, p)
	local path = path_of(s, p)
	if not path then
		return nil
	elseif not path.open then
		for _, hop in ipairs(path.hops) do
			if not hop.open then
				return fails(("%s does not trust %s"):format(hop.target, hop.source), netdom(hop) .. " /add")
			end
		end
		return fails(path.words, ("netdom trust %s /domain:%s /add /twoway"):format(p.target.domain.name,
			p.source.domain.name))
	end
	return holds(path.words)
end

local function two_way(s, p)
	local path = path_of(s, p)
	for _, hop in ipairs(path and path.hops or {}) do
		if not hop.two_way then
			return fails(("the trust is one-way: %s does not trust %s, which protocol transition and resource-based"
				.. " delegation need"):format(hop.source, hop.target), netdom(hop) .. " /twoway")
		end
	end
	return path and holds "both ways" or nil
end

-- Who comes in over a trust that authenticates selectively; nil where none does.
local function let_in(s, path, who, h, role)
	for _, hop in ipairs(path.hops) do
		if hop.selective_authentication then
			local memory = s:once("selective", function() return {} end)
			local why, remedy = selective_authentication.blocked(memory, who, h.object, h.dir, role)
			if why then
				return fails(("%s authenticates accounts of %s selectively: %s"):format(hop.target, hop.source, why), remedy)
			end
		end
	end
end

local function selective(s, p)
	local path = path_of(s, p)
	if not path then
		return nil
	end
	local who = s:once("who " .. p.source.object.dn, selective_authentication.host, p.source.object, p.source.dir)
	return let_in(s, path, who, p.target, "target") or holds "the source is admitted"
end

local function filtered(s, p)
	local path = path_of(s, p)
	for _, hop in ipairs(path and path.hops or {}) do
		if hop.quarantined and hop.source:lower() ~= path.source_domain:lower() then
			return fails(("%s accepts only SIDs of %s: the trust is quarantined"):format(hop.target, hop.source),
				netdom(hop) .. " /quarantine:No")
		end
	end
	return path and holds "SIDs of the source's domain pass" or nil
end

local function enctypes(s, p)
	local path = path_of(s, p)
	local view = path and s:once("view", trust.view)
	for _, hop in ipairs(path and path.hops or {}) do
		local t = trust.facts(view, hop.target).trusts[hop.source:lower()]
		local words = t and table.concat(t.enctypes or {}, " ") or ""
		if words ~= "" and not words:upper():find "AES" then
			return fails(("the trust of %s to %s does not allow AES: %s"):format(hop.target, hop.source, words),
				("ksetup /setenctypeattr %s AES128-CTS-HMAC-SHA1-96 AES256-CTS-HMAC-SHA1-96"):format(hop.source))
		end
	end
	return path and holds "AES, or not set" or nil
end

local function tgt_delegation(s, p)
	if not s.job.any_service or not hosts.has_flag(p.source.object, "TRUSTED_FOR_DELEGATION") then
		return nil
	end
	local home = p.administrator and p.administrator.domain and p.administrator.domain.name or p.target.domain.name
	local path = between(s, home, p.source.domain.name)
	for _, hop in ipairs(path.hops) do
		if not hop.tgt_delegation then
			return fails(("TGT delegation from %s to %s is %s"):format(hop.source, hop.target, hop.tgt_words),
				("netdom trust %s /domain:%s /EnableTGTDelegation:Yes"):format(hop.source, hop.target))
		end
	end
	return holds(("tickets of users of %s are forwarded"):format(home))
end

-- The administrator acts in both domains.
local function of_administrator(s, p)
	local a = p.administrator
	if not a or not a.object then
		return nil
	end
	for _, h in ipairs { p.source, p.target } do
		local path = between(s, a.domain.name, h.domain.name)
		if not path.two_way then
			return fails(("for %s of %s: %s"):format(a.label, a.domain.name, path.words),
				("netdom trust %s /domain:%s /add /twoway"):format(h.domain.name, a.domain.name))
		end
		local who = s:once("who " .. a.object.dn, selective_authentication.user, a.object, a.domain.dir)
		local no = let_in(s, path, who, h, h == p.source and "source" or "target")
		if no then
			return no
		end
	end
	return (a.domain ~= p.source.domain or a.domain ~= p.target.domain) and holds "both domains admit the user" or nil
end

return {
	{ name = "trust", of = "pair", check = leads },
	{ name = "two-way trust", of = "pair", needs = { "trust" }, check = two_way },
	{ name = "selective authentication", of = "pair", needs = { "trust" }, check = selective },
	{ name = "SID filtering", of = "pair", needs = { "trust" }, check = filtered },
	{ name = "encryption types of the trust", of = "pair", needs = { "trust" }, check = enctypes },
	{ name = "TGT delegation", of = "pair", needs = { "trust" }, check = tgt_delegation },
	{ name = "administrator's domain", of = "pair",
		needs = { "administrator found", "trust", "two-way trust", "selective authentication" }, check = of_administrator },
}
