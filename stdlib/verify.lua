-- Proof: what the directory says, and what the KDC gives.
local help = require "adsh.help"

local verify = {}

help [[verify.matrix(hosts[, options]) - Who of these may act towards whom: by the directory, and by the KDC.
Arguments:
  hosts: a list of accounts
  options: a table, all optional:
    user: on behalf of whom, a name or a list of names. Default: who is logged in
    services: service classes, {"cifs"} by default
    keytabs: a folder with keytabs of the hosts, or one keytab
    each: a function that gets each row as soon as it is known
Returns: a list, a row for each pair, service and user; it prints as a grid:
  source, target, user, service: who, to whom, on whose behalf, the SPN that was asked for
  how: what the directory says, as delegation.matrix
  kdc: given, refused, "no key", "not asked"
  agrees: whether that is what the directory says; nothing where it cannot be told
  reason, hint: why, in words
Errors:
  <notfound>
Example: verify.matrix({"host01", "host02"}, {keytabs = "/root/keytabs", user = "user01"})]]
function verify.matrix(hosts, options)
	return require "adsh.verify.matrix".of(hosts, options or {})
end

return verify
