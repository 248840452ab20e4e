-- dump.lua SERVER MODE: reads every computer. tables: all values of each as a Lua table; one: one
-- attribute of each.
local server, mode = ...
local dir = connect { server = server }
local attributes = { "cn", "sAMAccountName", "servicePrincipalName", "userAccountControl", "objectSid" }
local n = 0
if mode == "tables" then
	for e in dir:search { filter = "(objectClass=computer)", attributes = attributes } do
		local t = e:attributes()
		if t.sAMAccountName then
			n = n + 1
		end
	end
else
	for e in dir:search { filter = "(objectClass=computer)", attributes = attributes } do
		if e.sAMAccountName then
			n = n + 1
		end
	end
end
print(n)
