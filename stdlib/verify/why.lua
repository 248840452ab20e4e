-- Why a source may act for a user towards a service, or may not: what the model of the KDC's rules says, in words.
local codec = require "adsh.core.codec"
local differences = require "adsh.verify.differences"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local model = require "adsh.verify.model"
local printable = require "adsh.format.printable"
local reading = require "adsh.verify.reading"
local raising = require "adsh.raising"
local say = require "adsh.say"

local why = {}

local FIELDS = { "source", "service", "user", "works", "rule", "object", "attributes", "reason", "section",
	"came_with_kerberos", "notes", "fix" }
local OPTIONS = { user = true, services = true }

local function check(options)
	for name in pairs(options) do
		if not OPTIONS[name] then
			error(failure("usage", ("verify.why: unknown option '%s'"):format(tostring(name)),
				"the known ones are user and services"), 0)
		end
	end
end

local function is_spn(name)
	return type(name) == "string" and name:find "^[^/]+/." ~= nil
end

-- ---- which names are asked for ----

-- Both names of a host; the long one first: clients ask for that, and in other domains it is the only one.
local function services_of(source, target, classes)
	local list, last = {}, #target.names > 1 and target.domain ~= source.domain and 2 or 1
	for _, class in ipairs(classes) do
		for i = #target.names, last, -1 do
			list[#list + 1] = class:match "^(.-)/?$" .. "/" .. target.names[i]
		end
	end
	return list
end

-- A user with names of services has those and no others.
local function names_of(source, target, classes)
	return #target.names > 0 and services_of(source, target, classes or { "cifs" }) or target.spns
end

-- ---- what else there is to say ----

-- "host02" and "host02.alpha.test".
local function same_host(a, b)
	local x, y = a:lower():match "^[^/]+/([^/:]+)", b:lower():match "^[^/]+/([^/:]+)"
	return x and y and (x == y or x == y:match "^[^.]+" or y == x:match "^[^.]+")
end

-- A value of the list that means the same service by another name of the host.
local function other_form(source, spn)
	for _, v in ipairs(source.targets) do
		if v:lower() ~= spn:lower() and same_host(v, spn) and v:lower():match "^[^/]+" == spn:lower():match "^[^/]+" then
			return v
		end
	end
end

-- A name as the account has it.
local function as_written(a, spn)
	for _, v in ipairs(a.spns) do
		spn = v:lower() == spn:lower() and v or spn
	end
	return spn
end

local function service_notes(notes, s, source, spn)
	local owners, name = model.owners(s, spn, source.domain)
	if #owners == 1 and name ~= spn then
		notes[#notes + 1] = ("%s is not registered; %s covers it (sPNMappings)"):format(spn, as_written(owners[1], name))
	end
	if #owners == 1 and owners[1].uac & codec.uac_bit "ACCOUNTDISABLE" ~= 0 then
		notes[#notes + 1] = owners[1].account .. " is disabled: a domain controller may still give tickets for it"
	end
	local form = other_form(source, spn)
	if form then
		notes[#notes + 1] = ("%s lists %s, which is a different name to a domain controller"):format(source.account, form)
	end
end

local function rule_notes(notes, r)
	if r.besides then
		notes[#notes + 1] = "besides, " .. r.besides
	end
	if r.via then
		notes[#notes + 1] = ("for members of %s it works once they have logged in again (klist purge -li 0x3e7, or a "
			.. "restart)")
			:format(table.concat(r.via, ", "))
	elseif r.rule == "unconstrained" then
		notes[#notes + 1] = "Credential Guard on the user's machine stops delegation to any service"
	end
end

local SIDES = { windows = "Windows", samba = "Samba" }

local function difference_notes(notes, s, r)
	local other = s.dialect == "samba" and "windows" or "samba"
	for _, name in ipairs(r.differs) do
		local d = differences[name]
		notes[#notes + 1] = ("a KDC of %s decides differently: it %s; a KDC of %s %s (%s)"):format(SIDES[other], d[other],
			SIDES[s.dialect], d[s.dialect], d.source)
	end
end

-- What stops this user besides the rules of tickets: hours, machines, a policy, who may read his groups.
local OTHERS = { "administrator's logon hours", "administrator's workstations", "administrator's policy",
	"administrator's groups" }

local function user_notes(name, source)
	local notes = {}
	for _, row in ipairs(raising.try(require "adsh.doctor".administrator, name, { source }) or {}) do
		for _, condition in ipairs(OTHERS) do
			notes[#notes + 1] = row.condition == condition and row.state == "fails"
				and ("%s: %s"):format(row.subject, row.reason) or nil
		end
	end
	return notes
end

local function unite(list)
	local seen, all = {}, {}
	for _, v in ipairs(list) do
		all[#all + 1] = not seen[v] and v or nil
		seen[v] = true
	end
	return all
end

local function notes_of(s, source, spn, r, more)
	local notes = table.move(more, 1, #more, 1, {})
	service_notes(notes, s, source, spn)
	for _, one in ipairs { r, r.own_ticket } do
		rule_notes(notes, one)
		difference_notes(notes, s, one)
	end
	return unite(notes)
end

-- ---- what mends it ----

-- A line of Lua, or nil.
local function fix_of(s, source, spn, r)
	local owner = model.owners(s, spn, source.domain)[1]
	if owner and owner.domain ~= source.domain and (r.rule == "not allowed" or r.rule == "other domain") then
		return ("delegation.allow_from(%q, %q)"):format(owner.dn, source.dn)
	elseif r.rule == "not forwardable" and r.section == "MS-SFU 3.2.5.1.2" then
		return ("delegation.set_mode(%q, \"any\")"):format(source.account)
	elseif r.rule == "not allowed" then
		return ("delegation.allow(%q, %q)"):format(source.account, spn)
	elseif r.rule == "no such service" then
		return ("spn.find(%q); adsh run spn register HOST"):format(spn)
	elseif r.rule == "service not unique" then
		return ("spn.find(%q), then spn.remove"):format(spn)
	end
end

-- ---- rows ----

local function row_of(s, user, source, spn, more)
	local r = model.ask(s, user, source, spn)
	local row = { source = source.account, service = spn, user = user.account, works = r.works, rule = r.rule,
		object = r.object, attributes = r.attributes, reason = r.reason, section = r.section,
		notes = notes_of(s, source, spn, r, more), fix = fix_of(s, source, spn, r) }
	local t = r.own_ticket
	row.came_with_kerberos = printable.ordered({ works = t.works, rule = t.rule, object = t.object,
		attributes = t.attributes, reason = t.reason, section = t.section },
		{ "works", "rule", "object", "attributes", "reason", "section" })
	return printable.ordered(row, FIELDS)
end

local function say_verdict(how, v, same)
	say.out(("  %s: %s%s"):format(how, v.works and "yes" or "no", same and ", for the same reason" or ", " .. v.reason))
	if not same then
		say.out(("    decided by %s: %s (%s)"):format(v.object, table.concat(v.attributes, "; "), v.section))
	end
end

local function say_row(row)
	local t = row.came_with_kerberos
	say.out(("%s to %s for %s"):format(row.source, row.service, row.user))
	say_verdict("with its own key alone", row)
	say_verdict("when the user came with Kerberos", t, t.works == row.works and t.reason == row.reason)
	for _, note in ipairs(row.notes) do
		say.out("  note: " .. note)
	end
	if row.fix then
		say.out("  to fix it: " .. row.fix)
	end
end

--- print(rows): for people.
function why.print(rows)
	for i, row in ipairs(rows) do
		if i > 1 then
			say.out ""
		end
		say_row(row)
	end
end

--- of(source, target, options): see verify.why.
function why.of(source, target, options)
	check(options)
	local user = options.user or directory.current():info().principal
	local accounts, wanted = { source, user }, {}
	accounts[3] = not is_spn(target) and target or nil
	local s, found = reading.read { accounts = accounts, spns = function(_, at)
		wanted = is_spn(target) and { target } or names_of(at[source], at[target], options.services)
		return wanted
	end }
	local rows = {}
	local more = options.user and not directory.current():info().snapshot and user_notes(options.user, source) or {}
	for i, spn in ipairs(wanted) do
		rows[i] = row_of(s, found[user], found[source], spn, more)
	end
	return printable.viewed(printable.ordered(rows, FIELDS), why.print)
end

return why
