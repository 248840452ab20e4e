-- Damaged lists of hosts and policy files: what comes of them is a value of the right form or a clear error. Plan files
-- and journals are damaged by tests/ad/fuzz_files.lua. With the sanitizer build this looks into the C below, too.
local policy = require "adsh.core.policy"
local text_file = require "adsh.text_file"

local ROUNDS = 2000
local path = os.tmpname()

-- A copy with one to eight places overwritten, doubled, cut out or filled from the list of junk.
local function damage(bytes, junk)
	for _ = 1, math.random(8) do
		local at, len, what = math.random(#bytes + 1), math.random(0, 6), math.random(4)
		local middle = what == 1 and "" or what == 2 and bytes:sub(at, at + len):rep(2)
			or what == 3 and string.char(math.random(0, 255)) or junk[math.random(#junk)]
		bytes = bytes:sub(1, at - 1) .. middle .. bytes:sub(at + len)
	end
	return bytes
end

local function write(bytes)
	local f <close> = assert(io.open(path, "wb"))
	f:write(bytes)
end

describe("a damaged file", function()
	setup(function() math.randomseed(4711) end)
	teardown(function() os.remove(path) end)

	it("of hosts gives names, or says that it is not text", function()
		local good = "host01,host02\r\n# all\nCN=\\#1 x,OU=\\, y,DC=alpha,DC=test # c\n\"a,b\";\"c\"\"d\"\tHOST@beta.test\n"
		local junk = { "\u{feff}", "\xff\xfe", "\xfe\xff", "\0", '"', '""', "#", " #", ",", ";", "\r", "\n", "\\", "=" }
		for i = 1, ROUNDS do
			write(damage(i % 3 == 0 and good:gsub(".", "%0\0") or good, junk))
			local ok, names = pcall(function() return text_file.names(text_file.read(path, "the list")) end)
			if not ok then
				assert.are.equal("usage", names.kind)
			end
			for _, name in ipairs(ok and names or {}) do
				assert.matches("^%S", name)
				assert.matches("%S$", name)
				assert.is_nil(name:find "[\r\n%z]")
			end
		end
	end)

	it("of rules gives a table, or an error", function()
		local good = 'return { read_only = true, max_changes = 10, allowed_bases = { "OU=x" }, forbidden_modes = { "any" } }'
		local junk = { "{", "}", "return", "nil", '"', "--", "[[", "]]", ",", "=", "1e999", "os", "\27Lua", "\0", "(", "..." }
		for _ = 1, ROUNDS do
			write(damage(good, junk))
			local rules, err = policy.read(path, false)
			if rules == nil then
				assert.is_not_nil(err)
				assert.is_string(err.message)
			else
				assert.is_table(rules)
			end
		end
	end)
end)
