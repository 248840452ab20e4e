-- Whether a policy that is linked is applied by a computer (MS-GPOL 3.2.5.1.6; MS16-072: the computer itself has to be
-- allowed to read it).
local codec = require "adsh.core.codec"

local filter = {}

local APPLY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939" -- the extended right Apply Group Policy
local PATH = "f30e3bc1-9ff0-11d1-b603-0000f80367c1" -- the attribute gPCFileSysPath, which says where the files are
local READ = 0x20010 -- READ_CONTROL and RIGHT_DS_READ_PROPERTY (MS-ADTS 5.1.3.2)
local COMPUTER_OFF = 2 -- of flags
local KNOWN_VERSION = 2 -- gPCFunctionalityVersion

local function number(s)
	return math.tointeger(tonumber(s)) or 0
end

local function may_not(p, token)
	local apply = codec.access(p.descriptor, APPLY, token.apply)
	if apply ~= "granted" then
		return apply == "denied" and "Apply Group Policy is denied to it" or "it does not have Apply Group Policy"
	elseif codec.property_rights(p.descriptor, PATH, token.read) & READ ~= READ then
		return "it has Apply Group Policy, but may not read the policy (MS16-072)"
	end
end

--- filter.why_not(p, token): why a computer that is the SIDs token.apply and, for the domain controller, token.read
--- does not apply the policy p; nil: it applies it.
function filter.why_not(p, token)
	if number(p.gPCFunctionalityVersion) ~= KNOWN_VERSION then
		local version = p.gPCFunctionalityVersion or "missing"
		return ("gPCFunctionalityVersion is %s, clients support %d"):format(version, KNOWN_VERSION)
	elseif number(p.flags) & COMPUTER_OFF ~= 0 then
		return number(p.flags) & 1 ~= 0 and "the policy is off" or "its computer part is off"
	elseif number(p.versionNumber) & 0xffff == 0 then
		return "its computer part is empty (version 0)"
	elseif p.descriptor then
		return may_not(p, token)
	end
end

return filter
