-- duplicates.lua: how many service principal names more than one account of the current directory has
local seen, n = {}, 0
for _, found in ipairs(spn.duplicates()) do
	local name = found.spn:lower()
	if not seen[name] then
		seen[name], n = true, n + 1
	end
end
print(n)
