-- Proof: what the directory says, and what the KDC gives.
local help = require "adsh.help"

local verify = {}

help [[verify.matrix(hosts[, options]) - Who of these may act towards whom: by the directory, and by the KDC.
Arguments:
  hosts (list of accounts): sources and targets
  options (table):
    user (option, account or list): on behalf of whom. Default: who is logged in
    services (option, list of strings): service classes. Default: {"cifs"}
    keytabs (option, string): a folder with keytabs of the hosts, or one keytab. Default: no KDC is asked
    each (option, function): gets each row as soon as it is known. Default: none
Returns: a list, a row for each pair, service and user; it prints as a grid:
  source, target, user (string), service (SPN): who, to whom, on whose behalf, the name that was asked for
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

help [[verify.why(source, target[, options]) - Why a source may act for a user towards a target, or may not.
Arguments:
  source (account): who acts
  target (account or SPN): towards whom, or one service: "cifs/host02.alpha.test"
  options (table):
    user (option, account): on behalf of whom. Default: who is logged in
    services (option, list of strings): service classes of the target. Default: {"cifs"}
Returns: a list, a row for each service, by a model of the KDC's rules; no ticket is asked for:
  source, user (string), service (SPN): who, on whose behalf, to which service
  works (boolean): with the source's own key alone
  came_with_kerberos (boolean): the same for a user who came with Kerberos
  rule, object (string), attributes (list of strings): what decides, and whose it is
  reason (string), section (string): in words, and of MS-SFU or MS-KILE
  notes (list of strings), fix (string): what else there is to say, and what fixes it
Errors:
  <notfound>
Example: verify.why("host01", "host02", {user = "user01"})]]
function verify.why(source, target, options)
	return require "adsh.verify.why".of(source, target, options or {})
end

help [[verify.after(plan[, options]) - What a plan changes: who may act towards whom after it, and not any more.
Arguments:
  plan (string or plan): the path of a plan file, or a plan
  options (table):
    user (option, account): on behalf of whom. Default: any user who is not sensitive and not in Protected Users
Returns: a list, by a model of the KDC's rules; nothing is written and no ticket asked for:
  change (string): gains, loses, or fails for what the plan lists and will not work
  source, target (string), services (list of SPNs): who, to whom, to which services
  before, after (string): no, Kerberos only (for users who came with Kerberos), any protocol
  outside (boolean): true for sources that the plan does not name, such as members of a group
  rule, why (string): what decides, in words
  lacks (list of strings): a field of the list: objects of the plan that were not found
Errors:
  usage: the file is not a plan
  <refused>
Example: verify.after(plan(function() delegation.allow("host01", "cifs/host02") end))]]
function verify.after(plan, options)
	local changes = type(plan) == "string" and require "adsh.plan_file".load(plan).changes
		or require "adsh.verify.state".changes(plan)
	return require "adsh.verify.after".of(changes, options or {})
end

help [[verify.differences() - What Samba's KDC does in another way than Windows', as far as delegation is concerned.
Returns: a list:
  name, windows, samba (string): what each does
  source (string): where that is known from
Errors: none of its own
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
