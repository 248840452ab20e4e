-- What the KDC says to the questions of a matrix, beside what the directory says.
local krb5 = require "adsh.krb5"

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
	return answer.reason, answer.hint
end

function words.no() end

local function judge(entry, answer)
	local row, named = entry.row, entry.named
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

--- fill(asks, each): asks the KDC all of that, and fills in the rows.
function answers.fill(asks, each)
	for _, ask in ipairs(asks) do
		local list = {}
		for i, target in ipairs(ask.targets) do
			list[i] = { source = ask.source, keytab = ask.keytab, user = ask.user, target = target }
		end
		for i, answer in ipairs(krb5.verify_many(list)) do
			judge(ask.rows[i], answer)
			each(ask.rows[i].row)
		end
	end
end

return answers
