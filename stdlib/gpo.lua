-- Group policies: gpo.list, gpo.get, gpo.create, gpo.link, gpo.unlink, gpo.remove. A policy is an object of the
-- directory and a folder in SYSVOL (MS-GPOL 2.2, MS-GPOD 2.1.3); both are written on the PDC emulator, in one plan.
local directory = require "adsh.directory"
local draft = require "adsh.gpo.draft"
local extensions = require "adsh.gpo.extensions"
local failure = require "adsh.failure"
local files = require "adsh.raising"(require "adsh.core.server_file")
local gpt_ini = require "adsh.gpo.gpt_ini"
local help = require "adsh.help"
local known_options = require "adsh.known_options"
local links = require "adsh.gpo.links"
local new_policy = require "adsh.gpo.new_policy"
local place = require "adsh.gpo.place"
local plan = require "adsh.plan"
local printable = require "adsh.format.printable"
local raising = require "adsh.raising"

local whole = raising(require "adsh.core.whole")

local gpo = {}

local function directory_of(o)
	return o.domain and directory.of(o.domain) or directory.current()
end

-- ---- reading ----

local STATES = { [0] = "enabled", "user part off", "computer part off", "off" }

-- The version as two numbers: of the computer's part and of the user's.
local function versions(n)
	n = math.tointeger(tonumber(n)) or 0
	return n & 0xffff, n >> 16
end

local function row_of(o)
	local computer, user = versions(o.versionNumber)
	return { name = o.displayName or o.cn, guid = o.cn, state = STATES[math.tointeger(tonumber(o.flags)) or 0] or "off",
		computer = computer, user = user, changed = o.whenChanged }
end

help [[gpo.list([{domain=}]) - Lists the group policies of a domain: name, GUID, state, versions of both parts.
Arguments:
  domain (option, string): its DNS or NetBIOS name. Default: the current directory's
Returns: a list:
  name, guid (string): the policy
  state (string): enabled, user part off, computer part off, off
  computer, user (integer): versions of both parts
  changed (time): when it was last changed
Errors:
  <server_error>
Example: gpo.list()]]
function gpo.list(options)
	local rows = {}
	for i, o in ipairs(place.all(directory_of(known_options(options, { "domain" })))) do
		rows[i] = row_of(o)
	end
	return printable.ordered(rows, { "name", "state", "computer", "user", "guid", "changed" })
end

local function links_of(dir, o)
	local rows = {}
	for _, c in ipairs(place.linked(dir, o.cn)) do
		local list = links.parse(c.gPLink)
		for i, l in ipairs(list) do
			if l.guid and l.guid:upper() == o.cn:upper() then
				rows[#rows + 1] = { container = c.dn, order = #list + 1 - i, enforced = l.enforced, enabled = not l.disabled }
			end
		end
	end
	return printable.ordered(rows, { "container", "order", "enforced", "enabled" })
end

help [[gpo.get(policy[, {domain=}]) - Shows a policy: as gpo.list, and its folder, extensions and links.
Arguments:
  policy (string): its name or GUID
  domain (option, string): its DNS or NetBIOS name. Default: the current directory's
Returns: a table:
  name, guid, state (string), computer, user (integer), changed (time): as in gpo.list
  dn (DN), folder (UNC path): the object and its files
  sysvol (integer): the version of the files
  extensions (list of strings): GUIDs of the extensions that it has settings for
  links (list): for each link container, order (1 wins), enforced, enabled
Errors:
  notfound: no such policy
  <server_error>
Example: gpo.get "Default Domain Policy"]]
function gpo.get(policy, options)
	local dir, host = place.writer(directory_of(known_options(options, { "domain" })))
	local o = place.find(dir, policy)
	local row = row_of(o)
	row.dn, row.folder = o.dn, place.folder(dir, host, o.cn)
	local ini = raising.try(files.read, row.folder .. [[\GPT.INI]])
	row.sysvol = ini and gpt_ini.version(ini)
	row.extensions = {}
	for extension in pairs(extensions.list(o.gPCMachineExtensionNames)) do
		row.extensions[#row.extensions + 1] = extension
	end
	table.sort(row.extensions)
	row.links = links_of(dir, o)
	return row
end

help [[gpo.settings(policy[, {domain=}]) - Shows the computer settings of a policy, and what adsh does not read.
Arguments:
  policy (string): its name or GUID
  domain (option, string): its DNS or NetBIOS name. Default: the current directory's
Returns: a table:
  restricted_groups (list): for each group, memberof, members (these and no others)
  preference_groups (list): for each group, sid, action, members, empties
  rights (table): user right = its holders
  firewall (list), registry (list), scripts (list): rules, other values, scripts at start-up
  other (list of strings): files and sections that adsh keeps and does not read
Errors:
  notfound: no such policy
  <server_error>
Example: gpo.settings "Default Domain Policy"]]
function gpo.settings(policy, options)
	local dir, host = place.writer(directory_of(known_options(options, { "domain" })))
	local p = place.find(dir, policy)
	local found = require "adsh.gpo.settings".read(place.folder(dir, host, p.cn))
	return printable.viewed(found, function(s)
		return require "adsh.format.policy_settings".shown(s, p.displayName or p.cn, dir:info().domain)
	end)
end

help [[gpo.result(host[, {site=, domain=}]) - Shows the policies that a computer applies, last wins, and their settings.
Arguments:
  host (host): any identity of a computer
  site (option, string): the name of its site. Default: that of its server object, or of the subnet of its address
  domain (option, string): the computer's domain. Default: from its name
Returns: a table:
  host, dn, site, site_known_by (string): the computer, its site, and the source of the site
  policies (list): that apply: name, guid, kind (site, domain, OU), container, order (1 wins there), enforced,
    wmi_filter
  left_out (list): linked policies that do not apply: the same, and why
  groups (list): members of local groups: group, sid, action (replaces, adds, removes, deletes), members, by, policy
  rights (list): user rights: right, who, policy
  firewall (list), scripts (list): rules, and scripts at start-up
  overrules, sids (list of strings): in these rows, policies that are overruled; SIDs that are known
  partial (boolean): true when something could not be read
  notes, unseen (list of strings): parts that no client carries out; parts that adsh cannot see.
    The local policy of the computer, policies of users and loopback are not examined
Errors:
  notfound: no such computer or site
  <server_error>
Example: gpo.result "host01"
Example: gpo.result("host01", {site = "Default-First-Site-Name"}).rights]]
function gpo.result(host, options)
	local o = known_options(options, { "site", "domain" })
	local result = require "adsh.gpo.result"
	return printable.viewed(result.of(result.reader(), host, o), require "adsh.format.policy_result".shown)
end

-- ---- making ----

local function is_free(dir, name)
	local found, err = raising.try(place.find, dir, name)
	if found or err.kind ~= "notfound" then -- also when several have this name
		error(failure("conflict", ("a group policy '%s' already exists"):format(name), "gpo.get shows it"), 0)
	end
end

help [[gpo.create(name[, {link=, filter=, domain=}]) - Creates a group policy without settings, and links it.
Arguments:
  name (string): its display name
  link (option, DN or list): OUs or domains. Default: not linked
  filter (option, account, group or list): groups or computers that it applies to. Default: all
  domain (option, string): its DNS or NetBIOS name. Default: the current directory's
Returns: a report, and:
  guid (string): of the new policy<fields>
Errors:
  conflict: a policy of this name exists
  <server_error>
  <refused>
Example: gpo.create("Hyper-V hosts", {link = "OU=Hosts,DC=alpha,DC=test"})]]
function gpo.create(name, options)
	local o = known_options(options, { "link", "filter", "domain" })
	if type(name) ~= "string" or not name:find "%S" then
		error(failure("usage", "the name of the policy is missing"), 0)
	end
	local dir, host = place.writer(directory_of(o))
	is_free(dir, name)
	local filter_sids = o.filter and place.sids(dir, o.filter)
	local guid
	local report = plan.as_one(function()
		local d, new = new_policy.begin(dir, host, name, { filter = filter_sids })
		guid = new.cn
		for _, container in ipairs(type(o.link) == "table" and o.link or { o.link }) do
			new_policy.link(d, dir, new, container, {})
		end
	end)
	report.guid = guid
	return report
end

help [[gpo.link(policy, container[, {enforced=, enabled=, order=, domain=}]) - Links a policy to an OU, domain or site.
Arguments:
  policy (string): its name or GUID
  container (DN): an OU, domain or site
  enforced (option, boolean): true: policies below cannot override it. Default: false
  enabled (option, boolean): false: the link exists but has no effect. Default: true
  order (option, integer): 1 has precedence over all others. Default: last; an existing link keeps its place
  domain (option, string): of the policy. Default: the current directory's
Returns: <report>
Errors:
  notfound: no such policy or container
  <server_error>
  <refused>
Example: gpo.link("Default Domain Policy", "OU=Hosts,DC=alpha,DC=test", {enforced = true})]]
function gpo.link(policy, container, options)
	local o = known_options(options, { "enforced", "enabled", "order", "domain" })
	if o.order ~= nil and (math.type(o.order) ~= "integer" or o.order < 1) then
		error(failure("usage", "order is a number from 1, which wins"), 0)
	end
	local dir = place.writer(directory_of(o))
	local p = place.find(dir, policy)
	return plan.as_one(function()
		new_policy.link(draft(dir), dir, p, container, o)
	end)
end

local function unlink_at(d, c, p)
	local text, found = links.without(c.gPLink, p.cn)
	if not found then
		error(failure("notfound", ("'%s' is not linked to %s"):format(p.displayName or p.cn, c.dn),
			"gpo.get shows where it is linked"), 0)
	end
	d:edits(c, c.dn, { { "gPLink", c.gPLink, text ~= "" and text or nil } })
end

help [[gpo.unlink(policy, container[, {domain=}]) - Removes the link to a policy; the policy stays.
Arguments:
  policy (string): its name or GUID
  container (DN): an OU, domain or site
  domain (option, string): of the policy. Default: the current directory's
Returns: <report>
Errors:
  notfound: no such policy, or no such link
  <server_error>
  <refused>
Example: gpo.unlink("Default Domain Policy", "DC=alpha,DC=test")]]
function gpo.unlink(policy, container, options)
	local dir = place.writer(directory_of(known_options(options, { "domain" })))
	local p = place.find(dir, policy)
	local c = place.container_at(dir, container)
	return plan.as_one(function()
		unlink_at(draft(dir), c, p)
	end)
end

-- ---- removing ----

-- What is in the folder, outermost first: { unc=, folder= }.
local function all_in(folder, list)
	list[#list + 1] = folder
	for _, child in ipairs(files.list(folder)) do
		local unc = folder .. "\\" .. child.name
		if child.folder and not child.link then
			all_in(unc, list)
		else
			list[#list + 1] = unc
		end
	end
	return list
end

-- The objects below the policy's, innermost first.
local function parts_of(dir, dn)
	local list = {}
	for e in dir:search { base = dn, filter = "(objectClass=*)", attributes = { "objectClass" } } do
		list[#list + 1] = e.dn
	end
	table.sort(list, function(a, b)
		return #a > #b
	end)
	return list
end

local BUILT_IN = { -- MS-GPOD 1.1.5: the default policies of the domain and of its domain controllers
	["{31B2F340-016D-11D2-945F-00C04FB984F9}"] = true, ["{6AC1786C-016F-11D2-945F-00C04FB984F9}"] = true,
}

help [[gpo.remove(policy[, {domain=}]) - Removes a policy: links, object and files; undo restores them.
Arguments:
  policy (string): its name or GUID
  domain (option, string): its DNS or NetBIOS name. Default: the current directory's
Returns: <report>
Errors:
  notfound: no such policy
  refused: it is a default policy of the domain, or a guard forbids it
  <server_error>
Example: gpo.remove "old policy"]]
function gpo.remove(policy, options)
	local dir, host = place.writer(directory_of(known_options(options, { "domain" })))
	local p = place.find(dir, policy)
	if BUILT_IN[p.cn:upper()] then
		error(failure("refused", ("'%s' is a default policy of the domain. Nothing was "
			.. "written"):format(p.displayName or p.cn),
			"edit or unlink it instead"), 0)
	end
	local folder = place.folder(dir, host, p.cn)
	return plan.as_one(function()
		local d = draft(dir)
		for _, c in ipairs(place.linked(dir, p.cn)) do
			unlink_at(d, c, p)
		end
		local list = raising.try(all_in, folder, {}) or {}
		for i = #list, 1, -1 do
			d:does(files.remove, list[i])
		end
		for _, dn in ipairs(parts_of(dir, p.dn)) do
			local is_top = dn:upper() == p.dn:upper()
			d:does(whole.remove, is_top and "policy" or "container", dir, dn,
				is_top and p.displayName or dn:match "^CN=([^,]+)" .. " of " .. (p.displayName or p.cn))
		end
	end)
end

return gpo
