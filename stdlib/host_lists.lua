-- hosts.all, hosts.in_group, hosts.without: the Hyper-V hosts of the current directory, and what they lack.
local codec = require "adsh.core.codec"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local filter = require "adsh.filter"
local help = require "adsh.help"
local hosts = require "adsh.hosts"
local printable = require "adsh.format.printable"
local program = require "adsh.core.program"
local searching = require "adsh.searching"
local short_dn = require "adsh.format.short_dn"

local host_lists = {}

-- What only a Hyper-V host registers.
local CLASSES = {
	"Microsoft Virtual System Migration Service", "Hyper-V Replica Service", "Microsoft Virtual Console Service",
}
local JOBS = { "live-migration", "replica" }
local ANY, UNCONSTRAINED = codec.uac_bit "TRUSTED_TO_AUTH_FOR_DELEGATION", codec.uac_bit "TRUSTED_FOR_DELEGATION"

local function hyper_v()
	local list = {}
	for i, class in ipairs(CLASSES) do
		list[i] = filter.like("servicePrincipalName", class .. "/*")
	end
	return filter.any(list)
end

local function mode_of(o)
	local bits = o.userAccountControl and o.userAccountControl.value or 0
	if bits & UNCONSTRAINED ~= 0 then
		return "unconstrained"
	elseif #(o["msDS-AllowedToDelegateTo"] or {}) == 0 then
		return "none"
	end
	return bits & ANY ~= 0 and "any" or "kerberos"
end

local function row_of(o)
	local fqdn, short = hosts.names(o)
	return {
		host = short, dNSHostName = fqdn, location = o.location, system = o.operatingSystem, mode = mode_of(o), dn = o.dn,
	}
end

local function has_any(rows, field)
	for _, row in ipairs(rows) do
		if row[field] ~= nil then
			return true
		end
	end
	return false
end

local function finish(rows, fields, began, of)
	local shown = {}
	for _, field in ipairs(fields) do
		if field == "host" or has_any(rows, field) then
			shown[#shown + 1] = field
		end
	end
	return searching.counted(printable.ordered(rows, shown), "hosts", began, of)
end

-- Where each host is: its location, else its OU, where these are not all in one.
local function set_sites(rows)
	local places, differs = {}, false
	for i, row in ipairs(rows) do
		places[i] = short_dn.place(row.dn)
		differs = differs or places[i] ~= places[1]
	end
	for i, row in ipairs(rows) do
		row.site = row.location or differs and places[i] or nil
	end
end

local function rows_of(objects)
	local rows = {}
	for i, o in ipairs(objects) do
		rows[i] = row_of(o)
	end
	set_sites(rows)
	return rows
end

local function list_of(objects, began)
	return finish(rows_of(objects), { "host", "site", "system", "mode" }, began)
end

local function as_list(value)
	return value and (type(value) == "table" and value or { value })
end

-- Enabled hosts that run Hyper-V, sorted.
local function all()
	return (hosts.resolve(directory.current(), { filter = { hyper_v() } }))
end

help [[hosts.all([names]) - Lists the enabled computers that run Hyper-V, or the named ones: host, system, mode.
Arguments:
  names (host or list): the hosts. Default: all that run Hyper-V, by their SPNs
Returns: a list:
  host, dNSHostName, location, system, dn (string): the computer
  site (string): its location, or its OU if the hosts are in several
  mode (string): none, kerberos, any, unconstrained
Errors:
  <notfound>
Example: hosts.all()
Example: hosts.all{"host01", "host02"}]]
function host_lists.all(names)
	local began = program.clock()
	local objects = names == nil and all() or hosts.resolve(directory.current(), { host = as_list(names) })
	return list_of(objects, began)
end

help [[hosts.in_group(group) - Lists the enabled computers in a group: direct, nested or by primary group.
Arguments:
  group (group or list): the groups
Returns: a list, as hosts.all returns it
Errors:
  notfound: no such group
Example: hosts.in_group "HyperV-Hosts"]]
function host_lists.in_group(group)
	local began = program.clock()
	return list_of((hosts.resolve(directory.current(), { group = as_list(group) })), began)
end

-- ---- what is missing ----

local function services_of(job)
	for _, name in ipairs(JOBS) do
		if name == job or name:gsub("-", "_") == job then
			return require("adsh.recipes." .. name).services
		end
	end
	error(failure("usage", ("hosts.without: unknown job '%s'"):format(tostring(job)),
		"the known ones are: " .. table.concat(JOBS, ", ")), 3)
end

local function set_of(values)
	local set = {}
	for _, value in ipairs(values or {}) do
		set[value:lower()] = true
	end
	return set
end

local function has_all(set, values)
	for _, value in ipairs(values) do
		if not set[value:lower()] then
			return false
		end
	end
	return true
end

-- How many of the others the host may not delegate to.
local function count_missing(o, list, services)
	local set, n = set_of(o["msDS-AllowedToDelegateTo"]), 0
	for _, other in ipairs(list) do
		if other ~= o and not has_all(set, hosts.spns(other, services)) then
			n = n + 1
		end
	end
	return n
end

help [[hosts.without(job[, {group=, host=}]) - Lists hosts that are not set up for a job: "live-migration" or "replica".
Arguments:
  job (string): "live-migration" or "replica"
  group (option, group): the group of the hosts. Default: all that run Hyper-V
  host (option, host or list): the hosts. Default: all that run Hyper-V
Returns: a list, as hosts.all returns it, of hosts that may not delegate to every other one with mode any
  missing (integer): number of targets that are missing
Errors:
  usage: an unknown job
Example: hosts.without "live-migration"
Example: hosts.without("replica", {group = "HyperV-Hosts"})]]
function host_lists.without(job, of)
	local began, services = program.clock(), services_of(job)
	local list = all()
	if of then
		list = hosts.resolve(directory.current(), { group = as_list(of.group), host = as_list(of.host) })
	end
	local rows, all_rows = {}, rows_of(list)
	for i, o in ipairs(list) do
		local missing, row = count_missing(o, list, services), all_rows[i]
		if missing > 0 or row.mode ~= "any" and #list > 1 then
			row.missing = missing > 0 and ("%d of %d targets"):format(missing, #list - 1) or "protocol transition"
			rows[#rows + 1] = row
		end
	end
	return finish(rows, { "host", "site", "mode", "missing" }, began, #list)
end

return host_lists
