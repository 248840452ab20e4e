-- One pair, any service class: what a click in the Delegation tab does.
local directory = require "adsh.directory"
local delegation = require "adsh.delegation"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local target_services = require "adsh.target_services"

local recipe = {
	name = "kcd",
	summary = "add, remove or show constrained delegation of one pair, for any service class",
	writes = { "delegation" },
	description = "Adds services of the target to the source's msDS-AllowedToDelegateTo, removes\n"
		.. "them, or shows the list. A class stands for the SPNs of that class that the\n"
		.. "target has, with their ports and instances, and for those that its HOST/\n"
		.. "covers, in the forms that are registered: FQDN, short name, or both. Source and\n"
		.. "target are in one domain, the current one or another (NAME@DOMAIN).",
	epilog = "Examples:\n  adsh run kcd --source host01 --target host02 --service cifs --both --add\n"
		.. "  adsh run kcd --source web01 --target svc-sql --service MSSQLSvc:1433 --add\n"
		.. "  adsh run kcd --source web01 --target svc-sql --service MSSQLSvc/db.alpha.test:INST --add",
}

function recipe.options(parser)
	parser:option("--source", "The account that acts on behalf of users."):argname("ACCOUNT"):count(1)
	parser:option("--target", "The host, or the account of the service, that it may delegate "
		.. "to."):argname("ACCOUNT"):count(1)
	parser:option("--service", "Service class, such as cifs; with a port or instance, such as MSSQLSvc:1433; or a whole"
		.. " name. May be given several times."):argname("CLASS"):count("*")
	parser:option("--as", "The user on whose behalf it acts: checks that this account can be delegated."):argname("USER")
	parser:flag("--both", "Also in the other direction.")
	parser:option("--protocol", "any: with protocol transition. kerberos: Kerberos only. keep: unchanged.")
		:choices({ "any", "kerberos", "keep" }):default("keep")
	parser:mutex(
		parser:flag("--add", "Add the services."),
		parser:flag("--remove", "Remove the services."),
		parser:flag("--show", "Show what the source may delegate to (the default)."))
end

local function edit(source, target, args, dir)
	if args.add then
		delegation.allow(source, target_services.of(target, args.service, dir),
			{ mode = args.protocol ~= "keep" and args.protocol or nil })
	else
		delegation.revoke(source, target_services.among(source["msDS-AllowedToDelegateTo"] or {}, target, args.service))
	end
end

-- The account, its domain, and that directory.
local function find(name)
	local dir = directory.for_name(name)
	return dir:get(name, { want = "account" }), dir:info().domain, dir
end

local function check(args, source_domain, target_domain, target)
	if #args.service == 0 then
		local classes = target_services.classes(target)
		error(failure("usage", "--add and --remove require at least one --service", #classes > 0
			and ("%s has the classes %s"):format(target.sAMAccountName, table.concat(classes, ", "))
			or "adsh run kcd --help"), 0)
	elseif source_domain ~= target_domain then
		error(failure("usage", ("constrained delegation does not cross domains: %s is in %s, %s in %s")
			:format(args.source, source_domain, args.target, target_domain),
			"adsh run cross-forest writes resource-based delegation, on the target"), 0)
	end
end

-- ---- what would keep it from working ----

local function warn_account(o, warnings)
	local function add(text)
		warnings[#warnings + 1] = o.sAMAccountName .. " " .. text
	end
	if hosts.has_flag(o, "ACCOUNTDISABLE") then
		add "is disabled: a KDC issues no ticket to it or for it"
	end
	if #(o.servicePrincipalName or {}) == 0 then
		add "has no service principal name: a KDC issues no ticket for it, so it can neither act for users nor be a target"
	end
	local d = delegation.get(o)
	if d.protected_user then
		add "is a member of Protected Users, which is for people: services in that group lose delegation"
	elseif d.sensitive then
		add "is marked sensitive: nobody may act on its behalf, although it may act for others"
	end
end

local function warn(source, target, args)
	local warnings = {}
	if not args.add then
		return warnings
	end
	warn_account(source, warnings)
	if source.dn == target.dn then
		warnings[#warnings + 1] = source.sAMAccountName .. " is both source and target: no service needs delegation to itself"
	else
		warn_account(target, warnings)
	end
	if args.as then
		local user = find(args.as)
		warnings[#warnings + 1] = require "adsh.topology".user_blocked(user.sAMAccountName, delegation.get(user))
	end
	return warnings
end

function recipe.prepare(args)
	local source, source_domain, dir = find(args.source)
	local target, target_domain = find(args.target)
	if not args.add and not args.remove then
		local shown = { delegation.get(source) }
		if args.both then
			shown[2] = delegation.get(target)
		end
		return { shown = shown, unchanged = #shown }
	end
	check(args, source_domain, target_domain, target)
	local warnings, both = warn(source, target, args), args.both and source.dn ~= target.dn
	edit(source, target, args, dir)
	if both then
		edit(target, source, args, dir)
	end
	return { warnings = warnings, unchanged = (both and 2 or 1) - require "adsh.plan".current():count() }
end

function recipe.report(result)
	for _, one in ipairs(result.shown or {}) do
		require "adsh.show"(one)
	end
	if not result.dry_run and #result.changes > 0 then
		require "adsh.to_do".say(result.changes, result.run)
	end
end

return recipe
