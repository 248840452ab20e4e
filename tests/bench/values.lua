-- LDIF of hosts with dNSHostName -> the values that delegate each host to every other one for live migration, one list
-- for each host: what a script does at least that wants to look at them. Prints how many they are.
local short, fqdn = {}, {}
for line in io.lines() do
	local name = line:match "^dNSHostName: (.*)"
	if name then
		fqdn[#fqdn + 1], short[#short + 1] = name, name:match "^[^.]*"
	end
end
local n = 0
for i = 1, #fqdn do
	local values = {}
	for j = 1, #fqdn do
		if i ~= j then
			for _, class in ipairs { "cifs/", "Microsoft Virtual System Migration Service/" } do
				values[#values + 1] = class .. short[j]
				values[#values + 1] = class .. fqdn[j]
			end
		end
	end
	n = n + #values
end
print(n)
