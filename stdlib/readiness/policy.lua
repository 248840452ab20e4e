-- The encryption types that a group policy leaves the domain controllers: a filter that no account gets round. Read
-- from SYSVOL, which every user may; policies of sites and filters by group are not looked at.
local etypes = require "adsh.readiness.etypes"
local raising = require "adsh.raising"

local policy = {}

local VALUE = "Policies\\System\\Kerberos\\Parameters\\SupportedEncryptionTypes"
local TEMPLATE = "\\MACHINE\\Microsoft\\Windows NT\\SecEdit\\GptTmpl.inf"
local DISABLED, ENFORCED = 1, 2 -- of a link
local BLOCKS = "1" -- gPOptions: links from above do not count
local NO_COMPUTER = 2 -- flags of a policy: its part for computers is off

--- links(text): those of a gPLink, the strongest last: { dn=, enforced= }; disabled ones are left out.
function policy.links(text)
	local list = {}
	for dn, options in (text or ""):gmatch "%[LDAP://([^;%]]+);(%d+)%]" do
		local bits = tonumber(options)
		if bits & DISABLED == 0 then
			list[#list + 1] = { dn = dn, enforced = bits & ENFORCED ~= 0 }
		end
	end
	return list
end

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

local function links_of(dir, dn)
	local o = raising.try(dir.get, dir, dn, { attributes = { "gPLink", "gPOptions" } })
	return policy.links(o and o.gPLink), o and tostring(o.gPOptions) == BLOCKS
end

-- From the weakest to the strongest: enforced ones of the domain are stronger than any of the container.
local function in_order(dir)
	local base = dir:info().base
	local above = links_of(dir, base)
	local own, blocks = links_of(dir, "OU=Domain Controllers," .. base)
	local list, enforced = {}, {}
	for i, links in ipairs { above, own } do
		for _, link in ipairs(links) do
			if link.enforced then
				table.insert(enforced, i == 1 and #enforced + 1 or 1, link)
			elseif i == 2 or not blocks then
				list[#list + 1] = link
			end
		end
	end
	return table.move(enforced, 1, #enforced, #list + 1, list)
end

local function of_link(dir, link)
	local o = dir:get(link.dn, { attributes = { "gPCFileSysPath", "displayName", "flags" } })
	if not o.gPCFileSysPath or (tonumber(o.flags) or 0) & NO_COMPUTER ~= 0 then
		return nil
	end
	-- the copy of the domain controller that is asked: no way through DFS
	local path = o.gPCFileSysPath:gsub("^\\\\[^\\]+", "\\\\" .. (dir:info().dns_host or dir:info().host))
	local bytes, err = raising.try(require "adsh.file".read, path .. TEMPLATE)
	if not bytes and err.kind ~= "notfound" then
		error(err, 0)
	end
	return bytes and policy.value(bytes), o.displayName
end

--- read(dir): what the policies of dir's domain controllers set: bits and the name of the policy; nil: nothing. The
--- third: why it could not be read.
function policy.read(dir)
	local bits, name
	local ok, err = raising.try(function()
		for _, link in ipairs(in_order(dir)) do
			local value, of = of_link(dir, link)
			if value then
				bits, name = value, of
			end
		end
		return true
	end)
	return ok and bits, name, not ok and err.message or nil
end

return policy
