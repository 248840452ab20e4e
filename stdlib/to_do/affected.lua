-- Whom changes of delegation and of groups affect: the accounts that act for users, and members.
local codec = require "adsh.core.codec"
local core = require "adsh.raising"(require "adsh.core.delegation")
local text = require "adsh.core.text"

local affected = {}

local TARGETS, SOURCES = "msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity"
local DELEGATION = codec.uac_bit "TRUSTED_FOR_DELEGATION" | codec.uac_bit "TRUSTED_TO_AUTH_FOR_DELEGATION"

-- The value, be it of a plan or of a journal, which keeps bytes in base64.
local function bytes(v)
	return type(v) == "table" and text.unbase64(v.base64) or v
end

local function set_of(list, key_of)
	local set = {}
	for _, v in ipairs(list) do
		set[key_of(v)] = v
	end
	return set
end

-- What of b is not in a.
local function more(a, b, key_of)
	local list, known = {}, set_of(a, key_of)
	for _, v in ipairs(b) do
		list[#list + 1] = known[key_of(v)] == nil and v or nil
	end
	return list
end

local function sids_in(list)
	return list[1] and core.sources(bytes(list[1])) or {}
end

local function number(list)
	return math.tointeger(tonumber(list[1] or 0)) or 0
end

local function same(v)
	return v
end

-- What an edit adds and takes away. A plan says it, a journal has the values before and after.
local function difference(e)
	return e.add or more(e.before, e.after, string.lower), e.remove or more(e.after, e.before, string.lower)
end

-- One of another forest is an object here that has nothing but its SID.
local function member(dn, group)
	local sid = dn:match "^[Cc][Nn]=(S%-1%-[%d-]+),[Cc][Nn]=ForeignSecurityPrincipals,"
	return { dn = not sid and dn or nil, sid = sid, group = group }
end

-- Each of these: f(add, edit, change) calls add(what, who) for whoever gains or loses something by the edit.
local READERS = {
	[TARGETS] = function(add, e)
		local plus, minus = difference(e)
		if #plus > 0 then
			add "gains"
		end
		if #minus > 0 then
			add "loses"
		end
	end,
	userAccountControl = function(add, e)
		local a, b = number(e.before) & DELEGATION, number(e.after) & DELEGATION
		if b & ~a ~= 0 then
			add "gains"
		end
		if a & ~b ~= 0 then
			add "loses"
		end
	end,
	[SOURCES] = function(add, e)
		local a, b = sids_in(e.before), sids_in(e.after)
		for _, sid in ipairs(more(a, b, same)) do
			add("gains", { sid = sid })
		end
		for _, sid in ipairs(more(b, a, same)) do
			add("loses", { sid = sid })
		end
	end,
	member = function(add, e, c)
		local plus, minus = difference(e)
		for _, dn in ipairs(plus) do
			add("joins", member(dn, c.label))
		end
		for _, dn in ipairs(minus) do
			add("leaves", member(dn, c.label))
		end
	end,
}

local function of_change(c, add)
	for _, e in ipairs(c.edits or {}) do
		local read = READERS[e.attribute]
		if read then
			read(function(what, who)
				add(what, who or { dn = c.dn }, c)
			end, e, c)
		end
	end
end

--- of(changes): a list of { what=, domain=, dn= or sid=, group= }. what: gains, loses (delegation), joins, leaves (the
--- group); domain: where it was written. changes: plan:changes(), or the intents of a run: what was written of them.
function affected.of(changes)
	local list, seen = {}, {}
	for _, c in ipairs(changes) do
		if c.state == nil or c.state == "done" then
			of_change(c, function(what, who)
				local key = table.concat({ what, c.domain, (who.dn or who.sid):lower(), who.group or "" }, "\0")
				if not seen[key] then
					seen[key] = true
					list[#list + 1] = { what = what, domain = c.domain, dn = who.dn, sid = who.sid, group = who.group }
				end
			end)
		end
	end
	return list
end

return affected
