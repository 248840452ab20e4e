-- What keeps a job of Hyper-V hosts from working: people call doctor.check.
local help = require "adsh.help"

local doctor = {}

local LISTS = { source = true, target = true, account = true }

help [[doctor.check(job, hosts[, {as=, target=, ...}]) - Every condition: holds, fails, unseen.
Arguments:
  job: "live-migration", "replica", "iso-library", "smb-storage", "cross-forest"
  hosts: names of computers, each of which is source and target; {} with source and target
  as: option, the administrator who does the job
  keytabs: option, a folder with keytabs of the sources, HOST.keytab
  source, target: option, names of hosts, or lists of them; of smb-storage and iso-library target is the file server
  share: option, its share; account: option, names of those who need it besides the hosts
Returns: a list, a row for each condition and subject:
  condition, subject: what is looked at
  state: holds, fails, unseen; reason, in words
  fix: the command that mends it, or shows it on the host
Errors:
  <notfound>
  usage: there is no such job, or not two hosts
Example: doctor.check("live-migration", {"host01", "host02"})]]
function doctor.check(job, hosts, options)
	local jobs, scene = require "adsh.doctor.jobs", require "adsh.doctor.scene"
	local args = { host = type(hosts) == "string" and { hosts } or hosts or {} }
	for key, v in pairs(options or {}) do
		args[key] = LISTS[key] and type(v) == "string" and { v } or v
	end
	local what = jobs.get(job)
	return require "adsh.doctor.examine".run(scene.new(what, args), jobs.conditions(what))
end

help [[doctor.administrator(user[, hosts]) - What stops this administrator from having hosts act for him.
Arguments:
  user: <account>
  hosts: names of the hosts that act for him, a list. Default: none, so what depends on them is not looked at
Returns: a list, a row for each condition, as of doctor.check:
  condition, subject, state, reason, fix
  looked at: disabled, locked, expired, password, logon hours, workstations, sensitive, Protected Users,
  authentication policy and silo, who may read his groups
Errors:
  <notfound>
Example: doctor.administrator("labadmin", {"host01"})]]
function doctor.administrator(user, hosts)
	hosts = type(hosts) == "string" and { hosts } or hosts
	return require "adsh.doctor.administrator".rows(user, hosts)
end

return doctor
