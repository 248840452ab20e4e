-- What keeps a job of Hyper-V hosts from working: people call doctor.check.
local help = require "adsh.help"

local doctor = {}

local LISTS = { source = true, target = true, account = true }

help [[doctor.check(job, hosts[, {as=, target=, ...}]) - Checks every condition of a job: holds, fails, unseen.
Arguments:
  job (string): "live-migration", "replica", "iso-library", "smb-storage", "cross-forest"
  hosts (list of hosts): each is source and target; {} with source and target
  as (option, account): the administrator who performs the job. Default: not checked
  keytabs (option, string): a folder with keytabs of the sources, HOST.keytab. Default: no tickets are requested
  source, target (option, host or list): for smb-storage and iso-library the target is the file server. Default: hosts
  share (option, string): its share. Default: not checked
  account (option, account or list): other accounts that need it. Default: none
Returns: a list, a row for each condition and subject:
  condition, subject (string): what is checked
  state (string): holds, fails, unseen
  reason (string): why, in words
  fix (string): the command that fixes it, or shows it on the host
Errors:
  <notfound>
  usage: an unknown job, or fewer than two hosts
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

help [[doctor.administrator(user[, hosts]) - Checks what prevents hosts from acting on behalf of this administrator.
Arguments:
  user (account): <account>
  hosts (list of hosts): the hosts that act for the user. Default: none; conditions that depend on them are not checked
Returns: a list, a row for each condition, as of doctor.check:
  condition, subject, state, reason, fix (string): disabled, locked, expired, password, logon hours, workstations,
    sensitive, Protected Users, authentication policy and silo, who may read the groups of the user
Errors:
  <notfound>
Example: doctor.administrator("labadmin", {"host01"})]]
function doctor.administrator(user, hosts)
	hosts = type(hosts) == "string" and { hosts } or hosts
	return require "adsh.doctor.administrator".rows(user, hosts)
end

return doctor
