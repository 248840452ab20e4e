-- Who may do what with a new group policy, as SDDL: of the object (the class default of Active Directory's schema,
-- groupPolicyContainer) and of its folder in SYSVOL, which Windows and Samba derive from the former (Samba's
-- dsacl2fsacl): the same trustees, files' rights for the object's, no entries for single rights.
local acl = {}

local EDIT, SYSTEM, READ = "CCDCLCSWRPWPDTLOSDRCWDWO", "CCDCLCSWRPWPDTLOSDRCWDWO", "LCRPLORC"
local APPLY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939" -- the extended right Apply Group Policy
local FULL_FILE, READ_FILE = "0x1f01ff", "0x1200a9"

-- Trustees in the order of the class default. sids: domain_admins, enterprise_admins, owner.
local function trustees(sids, filter)
	local list = { { sid = sids.domain_admins, rights = EDIT, file = FULL_FILE },
		{ sid = sids.enterprise_admins, rights = EDIT, file = FULL_FILE } }
	if sids.owner ~= sids.domain_admins then
		list[#list + 1] = { sid = sids.owner, rights = EDIT, file = FULL_FILE }
	end
	list[#list + 1] = { sid = "SY", rights = SYSTEM, file = FULL_FILE }
	list[#list + 1] = { sid = "AU", rights = READ, file = READ_FILE, apply = not filter }
	for _, sid in ipairs(filter or {}) do
		list[#list + 1] = { sid = sid, rights = READ, file = READ_FILE, apply = true }
	end
	list[#list + 1] = { sid = "ED", rights = READ, file = READ_FILE }
	return list
end

--- of(sids, filter, with_apply): SDDL of the object, SDDL of the folder. filter: SIDs of those who are to obey it;
--- nil: all. with_apply: the folder has the entries for Apply Group Policy too, without rights, as those of
--- Samba before 4.25 have.
function acl.of(sids, filter, with_apply)
	local head = ("O:%sG:%sD:P"):format(sids.owner, sids.domain_admins)
	local object, folder = { head }, { head }
	for _, t in ipairs(trustees(sids, filter)) do
		object[#object + 1] = ("(A;CI;%s;;;%s)"):format(t.rights, t.sid)
		folder[#folder + 1] = ("(A;OICI;%s;;;%s)"):format(t.file, t.sid)
		if t.apply then
			object[#object + 1] = ("(OA;CI;CR;%s;;%s)"):format(APPLY, t.sid)
			folder[#folder + 1] = with_apply and ("(OA;OICI;;%s;;%s)"):format(APPLY, t.sid) or nil
		end
	end
	return table.concat(object), table.concat(folder)
end

--- appliers(sddl): the SIDs of those who obey a policy with this descriptor: they have Apply Group Policy.
function acl.appliers(sddl)
	local list = {}
	for sid in sddl:gmatch("%(OA;[^;]*;[^;]*;" .. APPLY:gsub("%-", "%%-") .. ";[^;]*;([^;)]+)%)") do
		list[#list + 1] = sid == "AU" and "S-1-5-11" or sid
	end
	return list
end

return acl
