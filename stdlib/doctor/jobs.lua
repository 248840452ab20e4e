-- The jobs, and the conditions of each in the order in which they are looked at: those first that others need.
local failure = require "adsh.failure"

local jobs = {}

local MIGRATION = "Microsoft Virtual System Migration Service"

-- themes: modules with lists of conditions
local KNOWN = {
	["live-migration"] = { services = { MIGRATION, "cifs" }, registered = { MIGRATION }, bundle = "live-migration",
		themes = { "accounts", "spns", "delegations" } },
}

--- The names of the jobs, sorted.
function jobs.names()
	local names = {}
	for name in pairs(KNOWN) do
		names[#names + 1] = name
	end
	table.sort(names)
	return names
end

--- jobs.get(name): services = classes that are delegated to, registered = those that a host registers, bundle.
function jobs.get(name)
	return KNOWN[name] or error(failure("usage", ("there is no job '%s'"):format(tostring(name)),
		"the jobs are " .. table.concat(jobs.names(), ", ")), 0)
end

--- jobs.conditions(job): its conditions.
function jobs.conditions(job)
	local list = {}
	for _, theme in ipairs(job.themes) do
		local more = require("adsh.doctor." .. theme)
		table.move(more, 1, #more, #list + 1, list)
	end
	return list
end

return jobs
