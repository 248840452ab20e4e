-- lookup.lua: one attribute of one account of the current directory
for e in directory.current():search { filter = "(sAMAccountName=host01$)", attributes = { "cn" } } do
	print(e.cn[1])
end
