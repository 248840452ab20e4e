-- Proof: what the directory says, and what the KDC gives.
local help = require "adsh.help"

local verify = {}

help [[verify.matrix(hosts[, options]) - Shows which hosts may act towards which: by the directory, and by the KDC.
Arguments:
  hosts (list of accounts): sources and targets
  options (table):
    user (option, account or list): the user to act for. Default: the current login
    services (option, list of strings): service classes. Default: {"cifs"}
    keytabs (option, string): a folder with keytabs of the hosts, or one keytab. Default: requests no tickets
    each (option, function): gets each row as soon as it is known. Default: none
Returns: a list, a row for each pair, service and user; it prints as a grid:
  source, target, user (string), service (SPN): the hosts, the user acted for, the requested SPN
  how (string): what the directory says, as in delegation.matrix
  kdc (string): given, refused, no key, not asked
  agrees (boolean): whether that is what the directory says; nil when it is unknown
  reason, hint (string): why, in words
Errors:
  <notfound>
Example: verify.matrix({"host01", "host02"}, {keytabs = "host01.keytab", user = "user01"})]]
function verify.matrix(hosts, options)
	return require "adsh.verify.matrix".of(hosts, options or {})
end

help [[verify.why(source, target[, options]) - Explains why a source may act for a user towards a target, or may not.
Arguments:
  source (account): the account that acts
  target (account or SPN): the account acted towards, or one service: "cifs/host02.alpha.test"
  options (table):
    user (option, account): the user to act for. Default: the current login
    services (option, list of strings): service classes of the target. Default: {"cifs"}
Returns: a list, a row for each service, by a model of the KDC's rules; requests no ticket:
  source, user (string), service (SPN): the source, the user acted for, the service
  works (boolean): whether it works with the source's own key alone
  came_with_kerberos (boolean): the same for a user who came with Kerberos
  rule, object (string), attributes (list of strings): the rule, object and attributes that decide
  reason (string), section (string): in words, and of MS-SFU or MS-KILE
  notes (list of strings), fix (string): more about it, and the command that fixes it
Errors:
  <notfound>
Example: verify.why("host01", "host02", {user = "user01"})]]
function verify.why(source, target, options)
	return require "adsh.verify.why".of(source, target, options or {})
end

help [[verify.after(plan[, options]) - Shows the effect of a plan: which hosts may act towards which, or no longer.
Arguments:
  plan (string or plan): the path of a plan file, or a plan
  options (table):
    user (option, account): the user to act for. Default: any user who is not sensitive and not in Protected Users
Returns: a list, by a model of the KDC's rules; writes nothing and requests no ticket:
  change (string): gains, loses, or fails for what the plan lists and will not work
  source, target (string), services (list of SPNs): the accounts and services
  before, after (string): no, Kerberos only (for users who came with Kerberos), any protocol
  outside (boolean): true for sources that the plan does not name, such as members of a group
  rule, why (string): the rule that decides, and why
  missing (list of strings): a field of the list: objects of the plan that were not found
Errors:
  usage: the file is not a plan
  <refused>
Example: verify.after(plan(function() delegation.allow("host01", "cifs/host02") end))]]
function verify.after(plan, options)
	local changes = type(plan) == "string" and require "adsh.plan_file".load(plan).changes
		or require "adsh.verify.state".changes(plan)
	return require "adsh.verify.after".of(changes, options or {})
end

help [[verify.differences() - Lists the differences between the KDCs of Samba and Windows in delegation.
Returns: a list:
  name, windows, samba (string): what each does
  source (string): the source of this information
Errors: none
Example: verify.differences()]]
function verify.differences()
	local printable, rows = require "adsh.format.printable", {}
	for name, d in pairs(require "adsh.verify.differences") do
		rows[#rows + 1] = { name = name, windows = d.windows, samba = d.samba, source = d.source }
	end
	table.sort(rows, function(a, b) return a.name < b.name end)
	return printable.ordered(rows, { "name", "windows", "samba", "source" })
end

return verify
