-- random_changes.lua SEED SECONDS: changes as a plan file or a journal could hold them, well formed and not, through
-- all that is done with changes in a dry run. Nothing may crash; what is refused must be refused with an error.
local core = require "adsh.core.plan"
local inverse = require "adsh.inverse"
local plan = require "adsh.plan"
local saved = require "adsh.saved"
local unbase64 = require "adsh.core.text".unbase64

math.randomseed(tonumber(arg[1]))
local stop = os.time() + tonumber(arg[2])
local dir = require "adsh.directory".current()

local DESCRIPTOR = unbase64( -- one entry that allows S-1-5-21-1-2-3-1105, as Windows writes it (MS-DTYP 2.4.6)
	"AQAEgBQAAAAAAAAAAAAAADAAAAACACgAAQAAAAAAJAD/AQ8AAQUAAAAAAAUVAAAAAQAAAAIAAAADAAAAUQQAAAECAAAAAAAFIAAAACACAAA=")
local ATTRIBUTES = {
	attributes = {
		"userAccountControl", "msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity", "member",
		"servicePrincipalName", "description",
	},
	group = { "group", "member" }, share = { "share", "shareSecurityDescriptor" }, folder = { "fileSecurityDescriptor" },
	account = { "account" },
}
local KINDS = { "attributes", "group", "share", "folder", "account" }
local WORDS = {
	"", "CN=HOST01,OU=Hosts,DC=alpha,DC=test", "CN=,", "alpha.test", [[\\fs1.alpha.test\data]], [[\\fs1.alpha.test\none]],
	[[\\]], [[\\x]], "4096", "528384", "-1", "99999999999999999999", "0x10", "name=X", "scope=global", [[path=C:\x]],
	"users=5", "S-1-1-0", "S-1-5-21-1-2-3-1105", "S-1-5-21-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16", "cifs/host02",
	"f0ad2b08-d0a0-48d3-883d-7c742dbe0124", "no-guid", ("x"):rep(5000), "a\0b", "\xff\xfe", "\27[2J", DESCRIPTOR,
}

local function pick(list)
	return list[math.random(#list)]
end

local function once_in(n)
	return math.random(n) == 1
end

local function bend(s)
	local at = math.random(#s + 1)
	local ways = {
		function() return s:sub(1, at) end,
		function() return s:sub(1, at - 1) .. string.char(math.random(0, 255)) .. s:sub(at + 1) end,
		function() return s .. s:sub(at) end,
	}
	return pick(ways)()
end

local function word()
	local s = pick(WORDS)
	return once_in(3) and bend(s) or s
end

local function anything(depth)
	local kind = math.random(10)
	if kind < 6 then
		return word()
	elseif kind == 6 then
		return pick { -5, 0, 3, 0.5, 1 / 0, math.maxinteger, math.mininteger }
	elseif kind == 7 then
		return once_in(2)
	elseif kind == 8 or depth > 2 then
		return nil
	end
	local t = {}
	for i = 1, math.random(0, 3) do
		t[i] = anything(depth + 1)
	end
	return t
end

local function values()
	local list = {}
	for i = 1, math.random(0, 3) do
		list[i] = once_in(8) and anything(1) or word()
	end
	return list
end

local function edit(kind)
	local e = {
		attribute = once_in(12) and anything(0) or pick(ATTRIBUTES[kind]),
		syntax = once_in(12) and anything(0) or pick { "exact", "set", "bits", "sd" },
		before = once_in(12) and anything(0) or values(), after = once_in(12) and anything(0) or values(),
	}
	if once_in(3) then
		e.before, e.after = { DESCRIPTOR }, { bend(DESCRIPTOR) }
	end
	return e
end

local function change()
	local kind = pick(KINDS)
	local c = {
		n = once_in(6) and anything(0) or math.random(5), dn = once_in(10) and anything(0) or pick(WORDS),
		label = once_in(10) and anything(0) or pick(WORDS), guid = once_in(3) and anything(0) or nil,
		sid = once_in(4) and anything(0) or nil, why = anything(0), kind = once_in(12) and anything(0) or kind,
		widens = anything(0), protected = anything(0), domain = "alpha.test", edits = {},
	}
	for i = 1, math.random(0, 4) do
		c.edits[i] = once_in(20) and anything(0) or edit(kind)
	end
	return c
end

local function restore(list)
	local p, taken = core.new(), 0
	for _, c in ipairs(list) do
		taken = taken + (pcall(p.restore, p, dir, c) and 1 or 0)
	end
	for _ = 1, math.random(0, 3) do
		pcall(p.wait, p, math.random(0, #list + 1), math.random(0, #list + 1))
	end
	return p, taken
end

core.gate { dry_run = true }
local rounds, taken, rare = 0, 0, 40
while os.time() < stop do
	local list = {}
	for i = 1, math.random(4) do
		list[i] = change()
	end
	local p, n = restore(list)
	pcall(function() plan.describe(p:changes(), once_in(2)) end)
	pcall(saved.changes, p:all())
	pcall(p.strangers, p)
	pcall(p.check, p)
	local ok, back = pcall(inverse, list)
	if ok then
		restore(back)
	end
	if once_in(rare) then
		pcall(p.drift, p)
		pcall(p.keep, p, { true, false, true })
	end
	if once_in(10) then
		pcall(p.apply, p)
		core.collected():keep {}
	end
	rounds, taken = rounds + 1, taken + n
end
core.collected():keep {}
print(("%d rounds, %d changes taken"):format(rounds, taken))
