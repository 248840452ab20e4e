-- The jobs, and the conditions of each in the order in which they are looked at: those first that others need.
local failure = require "adsh.failure"

local jobs = {}

local MIGRATION = "Microsoft Virtual System Migration Service"

local REPLICA = "Hyper-V Replica Service"
local WINRM, SMB, MIGRATE, HTTP = 5985, 445, 6600, 80

-- What every job begins and ends with: modules with lists of conditions.
local BEGIN = { "accounts", "keys", "names", "spns", "machines", "ports", "records", "clocks", "replications", "people",
	"trusts", "delegations", "group_policies" }
local END = { "tickets" }

-- files: the targets are servers with a share, where sources need these rights; any_service: trust for any service
-- does, too; local_accounts, local_hosts: accounts of the share, hosts of other domains have to be administrators of
-- the hosts, where policies replace these; ports: those that the hosts of each side take; own: modules of the job;
-- only: its list of adsh.doctor.hidden
local KNOWN = {
	["live-migration"] = { services = { MIGRATION, "cifs" }, registered = { MIGRATION }, bundle = "live-migration",
		ports = { source = { SMB, WINRM }, target = { SMB, WINRM, MIGRATE } }, own = {}, only = "migration" },
	replica = { services = { REPLICA }, registered = { REPLICA }, bundle = "replica",
		ports = { source = { WINRM }, target = { HTTP, WINRM } }, own = {}, only = "replica" },
	["iso-library"] = { services = { "cifs" }, registered = {}, files = true, share = "MSSCVMMLibrary", rights = "read",
		ports = { source = { WINRM }, target = { SMB } }, own = { "permissions" }, loopback = true, only = "library",
		local_accounts = true },
	["smb-storage"] = { services = { "cifs" }, registered = {}, files = true, rights = "full",
		ports = { source = { WINRM }, target = { SMB } }, own = { "permissions", "clusters" }, only = "storage" },
	["cross-forest"] = { services = { MIGRATION, "cifs" }, registered = { MIGRATION }, bundle = "live-migration",
		ports = { source = { SMB, WINRM }, target = { SMB, WINRM, MIGRATE } }, own = {}, any_service = true,
		only = "migration", local_hosts = true },
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

--- jobs.get(name): services = classes that are delegated to, registered = those that a host registers, bundle; files,
--- rights, share = its default, any_service, ports.
function jobs.get(name)
	return KNOWN[name] or error(failure("usage", ("unknown job '%s'"):format(tostring(name)),
		"the jobs are " .. table.concat(jobs.names(), ", ")), 0)
end

--- jobs.conditions(job): its conditions.
function jobs.conditions(job)
	local list = {}
	for _, themes in ipairs { BEGIN, job.own, END } do
		for _, theme in ipairs(themes) do
			local more = require("adsh.doctor." .. theme)
			table.move(more, 1, #more, #list + 1, list)
		end
	end
	local more = require "adsh.doctor.hidden"[job.only]
	return table.move(more, 1, #more, #list + 1, list)
end

return jobs
