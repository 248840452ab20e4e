-- What is an attribute of a row of readiness, as a change of the plan that is open.
local codec = require "adsh.core.codec"
local etypes = require "adsh.readiness.etypes"
local plan = require "adsh.plan"
local rules = require "adsh.readiness.rules"

local fix = {}

local SET = "msDS-SupportedEncryptionTypes"
local UAC = "userAccountControl"
local DES_ONLY = codec.uac_bit "USE_DES_KEY_ONLY"

local function signed(bits)
	return tostring(bits < 0x80000000 and bits or bits - 0x100000000)
end

local function edits_of(e, mend)
	local edits, set, uac = {}, e:first(SET), tonumber(e:first(UAC) or 0) or 0
	if mend.set and etypes.bits(set) ~= mend.set then
		edits[1] = { attribute = SET, before = set and { set } or {}, after = { signed(mend.set) } }
	end
	if mend.des_only and uac & DES_ONLY ~= 0 then
		edits[#edits + 1] = { attribute = UAC, before = { e:first(UAC) }, after = { signed(uac & ~DES_ONLY) } }
	end
	return edits
end

-- True: a change is in the plan.
local function add(row, d, mend)
	for e in d.dir:search { base = row.dn, scope = "base", filter = "(objectClass=*)",
		attributes = { "objectGUID", "objectSid", SET, UAC } } do
		local edits = edits_of(e, mend)
		if #edits > 0 then
			plan.current():restore(d.dir, { kind = "attributes", dn = e.dn, guid = codec.guid(e:first "objectGUID"),
				sid = codec.sid(e:first "objectSid"), label = row.account, edits = edits })
			return true
		end
	end
	return false
end

local AGAIN = "%s: reset its password, too: it may have no AES key yet"
local LOOK = "%s gets AES tickets from then on: its service needs AES keys, which klist -ekt KEYTAB shows on its host"

--- plan(result, row, f, d, is_named): puts into the plan what mends the row; true when that is all there is to do.
--- result.warnings gets what has to be looked at.
function fix.plan(result, row, f, d, is_named)
	local mend = rules.mend(row)
	if not mend or mend.only_named and not is_named or not add(row, d, mend) then
		return false
	end
	result.warnings = result.warnings or {}
	if row.finding == "des-only" then
		table.insert(result.warnings, AGAIN:format(row.account))
	elseif f.has_spn then
		table.insert(result.warnings, LOOK:format(row.account))
	end
	return true
end

return fix
