-- What the KDC says to the questions of a matrix, beside what the directory says.
local delegation = require "adsh.delegation"
local krb5 = require "adsh.krb5"
local raising = require "adsh.raising"
local topology = require "adsh.topology"

local answers = {}

-- ---- what was to be expected ----

local function has(list, spn)
	for _, v in ipairs(list) do
		if v:lower() == spn:lower() then
			return true
		end
	end
	return false
end

-- "yes", "no", "other form" (the list has another name of the same service), "own ticket" or "condition".
local function expected(row, named)
	local how = ", " .. row.how .. ","
	local function is(kind)
		return how:find(", " .. kind .. ",", 1, true) ~= nil
	end
	if is "resource-based" or is "resource-based by group" or is "any" and has(named, row.service) then
		return "yes"
	elseif is "any" then
		return "other form"
	elseif is "kerberos" or is "unconstrained" then
		return "own ticket"
	end
	return is "conditional" and "condition" or "no"
end

-- Why nobody may act for a user, in words; false where nothing is known against it.
local function blocked(user)
	local facts = raising.try(delegation.get, user)
	return facts and topology.user_blocked(user, facts) or false
end

-- ---- a difference in words ----

local function form(named, row)
	return ("the list has %s, but not %s: the KDC compares the whole name"):format(table.concat(named, ", "), row.service),
		('delegation.allow("%s", "%s")'):format(row.source, row.service)
end

local OWN = {
	kerberos = "Kerberos only: it works with the user's own ticket to the source, not on the source's word alone",
	unconstrained = "unconstrained: the source gets the user's own tickets; there is nothing to ask for",
}

local words = {}

words["own ticket"] = function(row)
	return row.how:find "kerberos" and OWN.kerberos or OWN.unconstrained
end

words["other form"] = function(row, named)
	return form(named, row)
end

function words.condition()
	return "the condition of the entry is not met"
end

-- For a refusal where the directory allows it; the KDC's words are in the answer.
function words.yes(row, _, answer, entry)
	if answer.step == "proxy" and not entry.from.transition and row.how:find "resource%-based" then
		return "the user's ticket may not be passed on, since the source has no protocol transition: Samba's KDC then"
			.. " refuses resource-based delegation, Windows' does not", ('delegation.set_mode("%s", "any")'):format(row.source)
	end
	if answer.step == "proxy" and entry.from.transition and answer.name == "KDC_ERR_BADOPTION" and entry.blocked() then
		return entry.blocked(), "name another user: this one cannot do such a job"
	end
	return answer.reason, answer.hint
end

function words.no() end

-- Who could not be asked is no refusal.
local function unasked(row, answer)
	local name = answer.name or ""
	local is_key = answer.step == "login" and not name:find "^KRB5_KDC" and not name:find "^KRB5_REALM"
	row.kdc = is_key and "no key" or "not asked"
	row.reason, row.hint = answer.reason, answer.hint
end

local function judge(entry, answer)
	local row, named = entry.row, entry.named
	if answer.asked == false then
		return unasked(row, answer)
	end
	local wanted = expected(row, named)
	row.kdc = answer.ok and "given" or "refused"
	if answer.ok then
		row.agrees = wanted == "yes" or wanted == "condition"
		if not row.agrees then
			row.reason = wanted == "no" and "the KDC gives it, though nothing that was read here allows it: it may have"
				.. " another state of the directory" or "the KDC gives it all the same"
		end
		return
	end
	row.agrees = wanted ~= "yes" and wanted ~= "other form"
	row.reason, row.hint = words[wanted](row, named, answer, entry)
	if answer.step ~= "proxy" then
		row.reason, row.hint = (answer.step == "login" and "the source cannot log in: " or "") .. answer.reason, answer.hint
	end
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
	local list = {}
	for i, ask in ipairs(asks) do
		list[i] = { source = ask.source, keytab = ask.keytab, user = ask.user, targets = ask.targets }
	end
	local known = {}
	local run <close> = krb5.s4u(list, { kdcs = kdcs })
	for i, j, answer in each_answer(run) do
		local entry, user = asks[i].rows[j], asks[i].user
		function entry.blocked()
			if known[user] == nil then
				known[user] = blocked(user)
			end
			return known[user]
		end
		judge(entry, answer)
		each(entry.row)
	end
end

return answers
