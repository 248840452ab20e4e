-- Files that run when the prompt opens: /etc/adsh/init.lua, then ~/.config/adsh/init.lua.
local startup = {}

local config_path = require "adsh.config_path"
local file = require "adsh.core.file"
local say = require "adsh.say"

local SYSTEM = "/etc/adsh/init.lua"

-- The code of a file that nobody else could have written; nil when there is no such file.
local function read(path)
	local f <close>, err = file.open(path, "the start-up file")
	if f then
		return f:read "a"
	elseif err.kind ~= "notfound" then
		say.err("adsh: " .. tostring(err))
	end
end

local function run(path, env)
	local code = read(path)
	local chunk, message
	if code then
		chunk, message = load(code, "@" .. path, "t", env)
	end
	local ok = true
	if chunk then
		ok, message = pcall(chunk)
	end
	if code and not (chunk and ok) then
		say.err(("adsh: the start-up file failed: %s"):format(tostring(message)))
	end
end

--- Runs them; what goes wrong in one is said, and the prompt opens all the same.
function startup.run(env)
	for _, path in ipairs { SYSTEM, config_path "init.lua" } do
		run(path, env)
	end
end

return startup
