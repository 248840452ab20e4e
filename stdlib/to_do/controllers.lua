-- Which domain controllers have what was written to one of them, and what they know of logins.
local directory = require "adsh.directory"
local logins = require "adsh.to_do.logins"
local raising = require "adsh.raising"
local reached = require "adsh.reached"
local replication = require "adsh.replication"

local controllers = {}

local PATIENCE = 2 -- seconds for one to be connected
local MOST = 8 -- are asked
local SILENT = 2 -- that do not answer: no more are asked, a person waits

local function look(home, server, update, rows, accounts)
	local dir <close> = directory.at(home, server, PATIENCE)
	local state = reached.lacks(dir, { update }) and "lacks it" or "has it"
	logins.read(dir, rows, accounts)
	return state
end

--- ask(home, rows, accounts): a list of { server=, state= }: "has it", "lacks it", "unreachable", "not queried";
--- first the one of home. Fills accounts as logins.read does.
function controllers.ask(home, rows, accounts)
	local now = reached.now(home)
	local list = { { server = now.server, state = "has it" } }
	logins.read(home, rows, accounts)
	local silent = 0
	for _, server in ipairs(raising.try(replication.hosts, home) or {}) do
		if server:lower() ~= now.server:lower() then
			local state = "not queried"
			if #list < MOST and silent < SILENT then
				state = raising.try(look, home, server, now, rows, accounts) or "unreachable"
			end
			silent = silent + (state == "unreachable" and 1 or 0)
			list[#list + 1] = { server = server, state = state }
		end
	end
	return list
end

return controllers
