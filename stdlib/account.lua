-- Computer accounts that are prepared, or no longer needed: account.create, account.delete.
local core = require "adsh.core.whole"
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local help = require "adsh.help"
local raising = require "adsh.raising"

local account = {}

local verbs = raising(core)

-- GUID_COMPUTERS_CONTAINER_W: where a domain keeps new computers (MS-ADTS 6.1.1.4)
local COMPUTERS = "AA312825768811D1ADED00C04FD8D5CD"

local function refuse(message, hint)
	error(failure("usage", message, hint), 0)
end

-- A NetBIOS name that is a label of a DNS name, too (RFC 1123 2.1).
local function check_name(name)
	if not name:match "^[%w][%w-]*$" or #name > 15 or name:match "^%d+$" or name:sub(-1) == "-" then
		refuse(("'%s' is not a valid computer name"):format(name),
			"use 1 to 15 letters, digits and hyphens, not only digits")
	end
end

local function is_free(dir, name)
	local o = raising.try(dir.get, dir, name .. "$", { attributes = { "sAMAccountName" } })
	if o and o.sAMAccountName:lower() == name:lower() .. "$" then
		error(failure("conflict", ("an account called %s already exists: %s"):format(o.sAMAccountName, o.dn)), 0)
	end
end

local OPTIONS = { container = true, description = true }

-- It has no password that anybody knows: the machine that joins sets it.
help [[account.create(name[, {container=, description=}]) - Creates a disabled computer account for a machine to join.
Arguments:
  name (string): of the computer, also DOMAIN\name: letters, digits and hyphens, 15 at most
  container (option, DN): the parent. Default: the domain's container for computers
  description (option, string): text. Default: none
Returns: a report, and:
  dn (DN): of the new account<fields>
Errors:
  conflict: an account of this name already exists
  <refused>
Example: account.create("host09", {description = "for the next rack"})]]
function account.create(name, options)
	local dir, plain = directory.place_of(name)
	options = options or {}
	for key in pairs(options) do
		if not OPTIONS[key] then
			refuse(("account.create has no option '%s'"):format(tostring(key)), "the options are container and description")
		end
	end
	plain = plain:gsub("%$$", "")
	check_name(plain)
	is_free(dir, plain)
	local values = { "name=" .. plain .. "$" }
	if options.description and options.description ~= "" then
		values[2] = "description=" .. options.description
	end
	local container = verbs.container(dir, options.container, COMPUTERS)
	local result = verbs.make("account", dir, container, plain, values)
	result.dn = ("CN=%s,%s"):format(plain, container)
	return result
end

-- Whether something is lost that taking it back does not bring again.
local function check_unused(o)
	local disabled = false
	for _, flag in ipairs(o.userAccountControl and o.userAccountControl.flags or {}) do
		disabled = disabled or flag == "ACCOUNTDISABLE"
	end
	if not disabled then
		error(failure("refused", ("%s is not disabled. Nothing was written"):format(o.sAMAccountName),
			"adsh deletes only disabled computer accounts: disable it first, and check that nothing uses it"), 0)
	end
	if o["msDS-AllowedToDelegateTo"] or o["msDS-AllowedToActOnBehalfOfOtherIdentity"] then
		error(failure("refused", ("%s has delegation. Nothing was written"):format(o.sAMAccountName),
			"remove the delegation first: delegation.set_mode, delegation.revoke_from"), 0)
	end
end

-- Taken back, it is another account of that name: with what it was described by, and without password, SID, groups.
help [[account.delete(account) - Deletes a computer account that is disabled and in no group.
Arguments:
  account (account): <account>
Returns: <report>
Errors:
  <notfound>
  refused: it is not disabled, has delegation, or a guard forbids it
Example: account.delete "host99"]]
function account.delete(x)
	local dir = type(x) == "table" and directory.for_name(x.dn) or directory.for_name(x)
	local o = dir:get(type(x) == "table" and x.dn or x, { want = "computer", attributes = { "sAMAccountName",
		"userAccountControl", "msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity" } })
	check_unused(o)
	return verbs.remove("account", dir, o.dn)
end

return account
