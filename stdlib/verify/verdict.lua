-- What the directory lets expect of a pair, and what an answer of the KDC then means. Pure.
local verdict = {}

-- ---- what the directory says of one service ----

local LISTED = { any = true, kerberos = true, unregistered = true }

local function of_class(services, class)
	local list = {}
	for _, v in ipairs(services) do
		list[#list + 1] = v:lower():match "^[^/]+" == class:lower() and v or nil
	end
	return list
end

--- narrowed(row, class): of a row of delegation.matrix how the pair may delegate to services of that class, and
--- which names of it are listed.
function verdict.narrowed(row, class)
	local named, kinds = of_class(row.services, class), {}
	for kind in row.how:gmatch "[^,]+" do
		kind = kind:match "^ *(.-)$"
		if not LISTED[kind] or #named > 0 then
			kinds[#kinds + 1] = kind
		end
	end
	return #kinds > 0 and table.concat(kinds, ", ") or "missing", named
end

local function has(list, spn)
	for _, v in ipairs(list) do
		if v:lower() == spn:lower() then
			return true
		end
	end
	return false
end

local function is_kind(row, kind)
	return (", " .. row.how .. ","):find(", " .. kind .. ",", 1, true) ~= nil
end

--- expected(row, named): "yes"; "form": the list has another name of the same service; "own": with the user's own
--- ticket to the source; "forwarded": the source gets the user's own tickets; "condition"; "no". row: with how and
--- service.
function verdict.expected(row, named)
	if is_kind(row, "resource-based") or is_kind(row, "resource-based by group")
		or is_kind(row, "any") and has(named, row.service) then
		return "yes"
	elseif is_kind(row, "any") then
		return "form"
	elseif is_kind(row, "unconstrained") then
		return "forwarded"
	elseif is_kind(row, "kerberos") then
		return has(named, row.service) and "own" or "form"
	end
	return is_kind(row, "conditional") and "condition" or "no"
end

-- ---- answers ----

local STALE = "the KDC issues it, although nothing that adsh read allows it: the KDC may see another state of "
	.. "the directory, or the source's ticket is older than its removal from a group"

local given = {
	form = "the KDC issues it, although the list has other names of that service",
	no = STALE, forwarded = STALE,
}

local refused = {}

function refused.form(entry)
	local row = entry.row
	return ("the list has %s, but not %s, and the KDC compares whole names"):format(table.concat(entry.named, ", "),
		row.service), ('delegation.allow("%s", "%s")'):format(row.source, row.service)
end

function refused.own(entry, answer)
	if not entry.is_own then
		return "Kerberos only: it requires the user's own ticket to the source, which only the user has"
	elseif not answer.forwardable then
		return "Kerberos only, and your own ticket is not forwardable", "kinit -f, or forwardable = true in krb5.conf;"
			.. " a sensitive user or a member of Protected Users never gets such a ticket"
	end
	return answer.reason, answer.hint
end

function refused.forwarded()
	return "unconstrained: the source gets the user's own tickets, and needs no others"
end

function refused.condition()
	return "the condition of the entry is not met"
end

-- The KDC says "bad option" for a ticket that may not be passed on; which of its reasons it is, the directory tells.
function refused.yes(entry, answer)
	local is_kept = answer.step == "proxy" and answer.name == "KDC_ERR_BADOPTION" and not answer.forwardable
	if is_kept and entry.blocked then
		return entry.blocked, "use another user: this one cannot be delegated"
	elseif is_kept and not entry.transition then
		return "the source has no protocol transition, so its ticket for the user may not be passed on: Samba's KDC"
			.. " refuses that for resource-based delegation, Windows' does not",
			('delegation.set_mode("%s", "any")'):format(entry.row.source)
	end
	return answer.reason, answer.hint
end

function refused.no() end

local AGREES = { form = false, yes = false, no = true, condition = true } -- a refusal with what the directory says

-- Who could not be asked is no refusal.
local function unasked(row, answer)
	local name = answer.name or ""
	local is_key = answer.step == "login" and not name:find "^KRB5_KDC" and not name:find "^KRB5_REALM"
	row.kdc = is_key and "no key" or "not asked"
	row.reason, row.hint = answer.reason, answer.hint
end

local function judge_refusal(entry, answer, wanted)
	local row = entry.row
	row.kdc, row.agrees = "refused", AGREES[wanted]
	if wanted == "own" and entry.is_own then
		row.agrees = false
	end
	if answer.step == "proxy" then
		row.reason, row.hint = refused[wanted](entry, answer)
	else
		row.reason, row.hint = (answer.step == "login" and "the source cannot log in: " or "") .. answer.reason, answer.hint
	end
end

--- judge(entry, answer): fills in kdc, agrees, reason and hint of entry.row. entry: row, named, transition = of the
--- source, is_own = by the user's own ticket, blocked = why nobody may act for the user, in words.
function verdict.judge(entry, answer)
	local row, wanted = entry.row, verdict.expected(entry.row, entry.named)
	if answer.asked == false then
		unasked(row, answer)
	elseif not answer.ok then
		judge_refusal(entry, answer, wanted)
	else
		row.kdc, row.agrees = "given", wanted == "yes" or wanted == "condition" or wanted == "own" and entry.is_own or false
		row.reason = not row.agrees and (given[wanted] or "the KDC issues it without the user's own ticket") or nil
	end
end

--- judge_trust(row, ticket, err): an unconstrained source, by the user's own ticket to it; nil: err says why not.
function verdict.judge_trust(row, ticket, err)
	if not ticket then
		row.kdc, row.reason, row.hint = "refused", err.message, err.hint
	elseif ticket.trusted and ticket.forwardable then
		row.kdc, row.reason = "given", "unconstrained: the source gets the user's own tickets"
	elseif ticket.trusted then
		row.kdc, row.reason = "refused", "unconstrained, but your own ticket is not forwardable"
		row.hint = "kinit -f, or forwardable = true in krb5.conf"
	else
		row.kdc, row.reason = "refused", "the KDC does not trust the source with the user's own tickets (ok-as-delegate)"
		row.hint = "over a trust it does so only when the trust allows TGT delegation"
	end
	row.agrees = row.kdc == "given"
end

return verdict
