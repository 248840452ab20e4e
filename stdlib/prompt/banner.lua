-- The line in front of what is typed, and the one at the start.
local banner = {}

local options = require "adsh.core.options"
local plan = require "adsh.core.plan"
local program = require "adsh.core.program"
local text = require "adsh.core.text"
local times = require "adsh.format.times"

--- What the prompt is made of; shell.prompt sets another one. What is empty takes the blank before it with it.
banner.template = "{domain} {user} {mode}> "

local function current()
	local directory = package.loaded["adsh.core.directory"]
	return directory and directory.current()
end

-- "admin" for admin@ALPHA.TEST in alpha.test.
local function user_of(info)
	local name, realm = (info.principal or ""):match "^(.-)@([^@]*)$"
	if name and info.domain and realm:lower() == info.domain:lower() then
		return name
	end
	return info.principal
end

-- "[plan: 2]", "[read-only]", "[snapshot 2026-01-02]", ""
local function mode(info)
	local list, p = {}, plan.current()
	list[1] = info.snapshot and "snapshot " .. (info.taken or "?"):sub(1, 10) or nil
	local rules = plan.gate()
	if rules.read_only then
		list[#list + 1] = "read-only"
	end
	if rules.dry_run then
		list[#list + 1] = "dry-run"
	end
	if p then
		list[#list + 1] = p:count() > 0 and ("plan: %d"):format(p:count()) or "plan"
	end
	return #list > 0 and "[" .. table.concat(list, ", ") .. "]" or ""
end

local function facts()
	local dir = current()
	local ok, info = pcall(function() return dir and dir:info() end)
	info = ok and info or {}
	return {
		domain = info.domain or "adsh", user = not info.snapshot and user_of(info) or "", mode = mode(info),
		server = info.dns_host or info.host or "", time = os.date "%H:%M",
	}
end

-- readline does not count what is between \1 and \2.
local function colored(s, code)
	return s ~= "" and ("\1\27[%sm\2%s\1\27[0m\2"):format(code, s) or s
end

local COLORS = { domain = "1", mode = "33" }

--- "alpha.test admin [plan: 2]> "; before there is a connection "adsh> ".
function banner.prompt(is_colored)
	local values = facts()
	local line = banner.template:gsub("( ?){(%w+)}", function(blank, name)
		local value = text.escape(values[name] or "{" .. name .. "}")
		if value == "" then
			return ""
		end
		return blank .. (is_colored and COLORS[name] and colored(value, COLORS[name]) or value)
	end)
	return line
end

-- In local time; with the day when it is further away than the clock shows.
local function until_when(info)
	if not info.expires then
		return ""
	end
	local at = times.seconds(info.expires)
	return "; ticket until " .. os.date(at - os.time() < 20 * 3600 and "%H:%M" or "%Y-%m-%d %H:%M", at)
end

local function protection(info)
	return info.tls and "TLS" or info.ssf and info.ssf > 1 and "sealed" or "signed"
end

--- "alpha.test via dc1, sealed; ticket until 21:16"
function banner.connection(dir)
	local info = dir:info()
	if info.snapshot then
		return text.escape(("%s in %s"):format(info.domain, info.snapshot))
	end
	local host = (info.dns_host or info.host or "?"):match "^[^.]+"
	return text.escape(("%s via %s, %s%s"):format(info.domain, host, protection(info), until_when(info)))
end

-- Whoever says where or as whom is connected, and asked for the password, before anything else is typed.
local function is_named()
	return options.user or options.keytab or options.domain or options.server or options.ccache or options.from
end

--- Connects where the command line says so, and says what there is.
function banner.greet()
	local line
	if is_named() then
		line = banner.connection(require "adsh.directory".connect())
	end
	if not options.quiet then
		io.stderr:write(line or "adsh " .. program.version, ".   help()  tutorial()  Tab",
			line and "\n" or "; Ctrl-D leaves\n")
	end
end

return banner
