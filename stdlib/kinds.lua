-- The kinds of change, as Lua needs them: how people are told about one, and how it is taken back. The other half of
-- the table is shell/plan/kind.c: a kind has a row in both.
--
--   noun       what a change of it is about, in "3 accounts"
--   tells      the module that has lines(), count(); see kind/attributes.lua
--   existence  the attribute that has values while the object is there, for those that come or go
--   title      what is made or deleted, in words; behind a comma what only a new one is
--   many       there may be thousands alike: a few stand for all
local kinds = {}

local ROWS = {
	attributes = { noun = "account", tells = "adsh.kind.attributes" },
	account = { noun = "object", tells = "adsh.kind.whole", existence = "account", title = "computer account, disabled" },
	group = { noun = "object", tells = "adsh.kind.whole", existence = "group", title = "group" },
	share = { noun = "object", tells = "adsh.kind.shared", existence = "share", many = true },
	folder = { noun = "object", tells = "adsh.kind.shared", many = true },
	policy = { noun = "object", tells = "adsh.kind.policy", existence = "policy", title = "group policy object" },
	container = { noun = "object", tells = "adsh.kind.whole", existence = "container", title = "container" },
	["policy-attributes"] = { noun = "object", tells = "adsh.kind.policy_attributes" },
	file = { noun = "object", tells = "adsh.kind.file", existence = "file", title = "file", many = true },
}

--- of(c): the row of a change.
function kinds.of(c)
	return ROWS[c.kind] or error(require "adsh.failure"("refused",
		("this adsh does not support changes of the kind '%s'"):format(tostring(c.kind)), "use a newer adsh"), 0)
end

--- lines(lines, c, verbose): appends what the change does, in words.
function kinds.lines(lines, c, verbose)
	local row = kinds.of(c)
	for _, e in ipairs(c.edits) do
		require(row.tells).lines(lines, e, c, verbose, row)
	end
end

--- count(c): the number of values and of sources that come, and of both that go.
function kinds.count(c)
	local row, values, sources, removed = kinds.of(c), 0, 0, 0
	for _, e in ipairs(c.edits) do
		local v, s, r = require(row.tells).count(e, row)
		values, sources, removed = values + v, sources + s, removed + r
	end
	return values, sources, removed
end

-- ---- taking back ----

--- edit(c): the edit by which the object comes or goes, or nil.
local function existence(c)
	for _, e in ipairs(c.edits) do
		if e.attribute == kinds.of(c).existence then
			return e
		end
	end
end

--- makes(c): did the object come by it?
function kinds.makes(c)
	local e = existence(c)
	return e ~= nil and #e.before == 0 and #e.after > 0
end

--- invert(c): turns the change round.
function kinds.invert(c)
	for _, e in ipairs(c.edits) do
		e.before, e.after = e.after, e.before
	end
end

--- of_old(c): the kind of a change in a plan file or journal that does not name it: until 2026 there were no accounts.
function kinds.of_old(c)
	for _, e in ipairs(c.edits) do
		if e.attribute == "group" then
			return "group"
		end
	end
	if c.dn:sub(1, 2) ~= "\\\\" then
		return "attributes"
	end
	return c.dn:match "^\\\\[^\\]+\\[^\\]+$" and "share" or "folder"
end

return kinds
