-- Service principal names: what people call as spn.list, spn.add, ...
local core = require "adsh.core.spn"
local account = require "adsh.core.lookup".account
local help = require "adsh.help"
local plan = require "adsh.plan"
local raising = require "adsh.raising"
local service_classes = require "adsh.service_classes"

local spn = raising(core)

local NO_CATALOG = "no global catalog answered: only this domain was searched"

-- Only what is missing is said: a list without a warning is of the whole forest.
local function warn(list)
	list.warning, list.forest = not list.forest and NO_CATALOG or nil, nil
	return list
end

local find, duplicates, lookup = spn.find, spn.duplicates, raising { account = account }.account

function spn.find(spns, options)
	return warn(find(spns, options))
end

function spn.duplicates()
	return warn(duplicates())
end

local add = spn.add

function spn.add(who, spns, options)
	local result = add(who, spns, options)
	if plan.current() then -- what delegates to it in the same plan will find it
		require "adsh.new_targets".give(plan.current(), type(spns) == "string" and { spns } or spns)
	end
	return result
end

-- lower-case SPN -> rows of its owners
local function owners_of(spns)
	local rows, by_spn = spn.find(spns), {}
	for _, row in ipairs(rows) do
		local key = row.asked:lower()
		by_spn[key] = by_spn[key] or {}
		table.insert(by_spn[key], row)
	end
	return by_spn, rows.warning
end

-- Where one SPN stands with the host o: which of the lists of a check it belongs to, and the owner
-- when that is somebody else. A KDC takes who has the name itself before who covers it.
local function state(name, o, own, owners)
	local covers, covered
	for _, row in ipairs(owners or {}) do
		local is_own = row.dn:lower() == o.dn:lower()
		if not is_own and not row.alias then
			return "taken", row
		end
		covered = covered or is_own
		covers = covers or not is_own and row or nil
	end
	if own[name:lower()] then
		return "present"
	elseif covers then
		return "taken", covers
	end
	return covered and "covered" or "missing"
end

help [[spn.check(account, what) - Shows which SPNs of a bundle or list the account has, and which are missing or taken.
Arguments:
  account (account): <account>
  what (string or list of SPNs): a bundle: "live-migration", "replica", "console"; or names
Returns: a table:
  present, missing, covered, taken (list of SPNs): covered by HOST; taken by another account
  owners (list): rows of spn.find about those taken
Errors:
  <notfound>
Example: spn.check("host01", "live-migration")]]
function spn.check(who, what)
	local o = lookup(who, "account")
	local wanted, own = service_classes.spns(what, o), {}
	for _, name in ipairs(o.servicePrincipalName or {}) do
		own[name:lower()] = true
	end
	local by_spn, warning = owners_of(wanted)
	local result = {
		account = o.sAMAccountName, present = {}, missing = {}, covered = {}, taken = {}, owners = {},
		warning = warning,
	}
	for _, name in ipairs(wanted) do
		local where, row = state(name, o, own, by_spn[name:lower()])
		table.insert(result[where], row and ("%s (%s)"):format(name, row.account) or name)
		table.insert(result.owners, row)
	end
	return result
end

help [[spn.register(account, what[, {covered=}]) - Adds the missing SPNs of a bundle: live-migration, replica, console.
Arguments:
  account (account): <account>
  what (string or list of SPNs): a bundle: "live-migration", "replica", "console"; or names
  covered (option, boolean): true also adds SPNs that others cover by HOST. Default: false
Returns: <report>
Errors:
  <notfound>
  <refused>
Example: spn.register("host01", "live-migration")]]
function spn.register(who, what, options)
	local o = lookup(who, "account")
	return spn.add(o, service_classes.spns(what, o), options)
end

-- owner's DN -> the SPNs to be taken from it
local function by_owner(spns, target)
	local owners = {}
	for _, row in ipairs(find(spns, { aliases = false })) do
		if row.dn:lower() ~= target.dn:lower() then
			owners[row.dn] = owners[row.dn] or {}
			table.insert(owners[row.dn], row.spn)
		end
	end
	return owners
end

help [[spn.move(spns, target) - Moves service principal names from their owners to the target.
Arguments:
  spns (SPN or list): the names
  target (account): <account>
Returns: <report>
Errors:
  <notfound>
  <refused>
Example: spn.move("Hyper-V Replica Service/HOST01", "host02")]]
function spn.move(spns, target)
	local o = lookup(target, "account")
	local owners, added = by_owner(spns, o), nil
	local result = plan.as_one(function()
		for dn, names in pairs(owners) do
			spn.remove(dn, names)
		end
		added = spn.add(o, spns, { covered = true }) -- waits for those in the plan
		return added
	end)
	result.warnings = result.warnings or added.warnings
	return result
end

return spn
