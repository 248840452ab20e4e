-- The encryption types that a group policy leaves the domain controllers: a filter that no account gets round. Read
-- from SYSVOL, which every user may, of the policies that the domain controller itself applies.
local edit = require "adsh.gpo.edit"
local etypes = require "adsh.readiness.etypes"
local raising = require "adsh.raising"
local result = require "adsh.gpo.result"
local settings = require "adsh.gpo.settings"

local policy = {}

local VALUE = "Policies\\System\\Kerberos\\Parameters\\SupportedEncryptionTypes"

--- value(bytes): the bits that a GptTmpl.inf sets, or nil.
function policy.value(bytes)
	local text = bytes:find "^\xff\xfe" and bytes:sub(3):gsub("%z", "") or bytes
	for line in text:gmatch "[^\r\n]+" do
		local name, value = line:match "^%s*([^=]-)%s*=%s*4%s*,%s*(%-?%d+)"
		if name and name:lower():sub(-#VALUE) == VALUE:lower() then
			return etypes.bits(value)
		end
	end
	return nil
end

local function of_policy(p)
	local bytes = edit.read(p.folder .. "\\" .. settings.paths.template)
	return bytes and policy.value(bytes)
end

--- read(dir): what the policies of dir's domain controllers set: bits and the name of the policy; nil: nothing. The
--- third: why it could not be read, or not all of it.
function policy.read(dir)
	local bits, name, lacks
	local ok, err = raising.try(function()
		local list, found = result.applied(result.reader(), result.controller(dir), { domain = dir:info().domain })
		for _, p in ipairs(list) do
			local value = of_policy(p)
			if value then
				bits, name = value, p.name
			end
		end
		lacks = #found.unseen > 0 and table.concat(found.unseen, "; ") or nil
		return true
	end)
	return ok and bits, name, not ok and err.message or lacks
end

return policy
