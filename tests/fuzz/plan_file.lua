-- A plan file: every shape of a content has a digest or is refused; what has the right digest and shape becomes a plan,
-- or is refused in words.
local plan_file = require "adsh.plan_file"
local saved = require "adsh.saved"

local directory = ...
local dir = directory()
local dirs = setmetatable({}, { __index = function() return dir end })

-- What plan_file.decode needs of a file.
local function open(bytes)
	local f, at = {}, 1
	function f.read(_, n)
		local part = bytes:sub(at, n ~= "a" and at + n - 1 or nil)
		at = at + #part
		return (part ~= "" or n == "a") and part or nil
	end
	function f.seek()
		at = 1
	end
	return f
end

return function(bytes)
	local whole = plan_file.decode(open(bytes))
	if whole and type(whole.content) == "table" then
		local ok, digest = pcall(plan_file.digest, whole.content)
		whole.digest = ok and digest or whole.digest
	end
	local content = plan_file.check(whole, "the file")
	local p = saved.restore(content.changes, dirs)
	assert(p:count() <= #content.changes)
	assert(#saved.changes(p:all()) <= #content.changes)
end
