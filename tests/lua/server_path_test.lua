-- Paths of folders as servers have them: MS-FSCC 2.1.5 says which names there can be.
local server_path = require "adsh.server_path"

local function why(path)
	local ok, err = pcall(server_path.parse, path)
	assert.is_false(ok, tostring(path))
	assert.equal("usage", err.kind)
	return err.message
end

describe("a folder's path on a server", function()
	it("is a drive and names, however the slashes are", function()
		for path, wanted in pairs {
			[ [[D:\VMs]] ] = { "D", "VMs" },
			[ [[d:/VMs/]] ] = { "D", "VMs" },
			[ [[C:\ClusterStorage\\Volume 1\VMs\]] ] = { "C", "ClusterStorage", "Volume 1", "VMs" },
			["/srv/vms"] = { false, "srv", "vms" },
			[ [[D:\Bücher 書\con1\COM10\.hidden]] ] = { "D", "Bücher 書", "con1", "COM10", ".hidden" },
		} do
			local drive, names = server_path.parse(path)
			assert.same(wanted, { drive or false, table.unpack(names) }, path)
		end
	end)

	it("is a whole one", function()
		for _, path in ipairs { "VMs", [[\VMs]], "D:VMs", "1:\\x", ".", [[DD:\x]] } do
			assert.matches("it is relative", why(path), 1, true)
		end
		for _, path in ipairs { [[\\fs1\d$\x]], "//fs1/d/x", [[\\?\D:\x]], [[/\fs1\x]] } do
			assert.matches("UNC", why(path), 1, true)
		end
		assert.matches("missing", why "", 1, true)
		assert.matches("missing", why(nil), 1, true)
		for _, path in ipairs { "D:\\", "D:/", "/", [[C:\\]] } do
			assert.matches("the root of a drive", why(path), 1, true)
		end
	end)

	it("has no steps in it, and no names that Windows does not take", function()
		for _, path in ipairs { [[D:\a\..\b]], [[D:\..]], "/srv/./x", [[D:\a\.]] } do
			assert.matches("contains . or ..", why(path), 1, true)
		end
		for _, name in ipairs { "a*", "a?", 'a"', "a<", "a>", "a|b", "a:b", "a\nb", "a\0b", "a\127" } do
			assert.matches("contains a character that Windows does not allow", why("D:\\x\\" .. name), 1, true)
		end
		assert.matches("ends with a dot", why [[D:\a.\b]], 1, true)
		assert.matches("ends with a space", why [[D:\a \b]], 1, true)
		for _, name in ipairs { "CON", "nul", "Prn.txt", "AUX", "com1", "LPT9.a.b", "COM¹", "CONIN$", "com0", "nul .x" } do
			assert.matches("a device name on Windows", why("D:\\x\\" .. name .. "\\y"), 1, true)
		end
		assert.matches("not UTF-8", why "D:\\a\xff", 1, true)
	end)

	it("is at most as long as programs on Windows take", function()
		local name = ("x"):rep(61)
		local path = ("D:\\%s\\%s\\%s"):format(name, name, name)
		assert.equal(188, #path)
		assert.equal(4, #select(2, server_path.parse(path .. "\\" .. ("y"):rep(58)))) -- 247
		assert.matches("more than 247", why(path .. "\\" .. ("y"):rep(59)), 1, true)
		assert.equal(1, #select(2, server_path.parse("D:\\" .. ("書"):rep(244))))
		assert.matches("more than 247", why("D:\\" .. ("𝄞"):rep(123)), 1, true) -- two each
		assert.matches("a name of more than 255", why("D:\\" .. ("x"):rep(256)), 1, true)
	end)

	it("is told apart from another one, and found in a folder, whatever the letters", function()
		assert.same({ "d", "VMs" }, server_path.below([[C:\srv]], [[C:\Srv\d\VMs]]))
		assert.same({ "VMs" }, server_path.below([[C:\]], [[c:\VMs]]))
		assert.is_nil(server_path.below([[C:\srv]], [[C:\srv2\x]]))
		assert.is_nil(server_path.below([[C:\srv\]], [[C:\srv]]))
		assert.is_nil(server_path.below([[D:\]], [[C:\srv]]))
		assert.is_true(server_path.is_same([[D:\VMs\]], "d:/vms"))
		assert.is_false(server_path.is_same([[D:\VMs]], [[D:\VMs2]]))
		assert.equal([[D:\a\b]], server_path.join([[D:\]], { "a", "b" }))
		assert.equal([[C:\srv\d\a]], server_path.join([[C:\srv\d]], { "a" }))
	end)
end)
