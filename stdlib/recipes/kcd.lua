-- One pair, any service class: what a click in the Delegation tab does.
local directory = require "adsh.directory"
local delegation = require "adsh.delegation"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"

local recipe = {
	name = "kcd",
	summary = "constrained delegation of one pair: add, remove or show any service class",
	writes = { "delegation" },
	description = "Lists services of the target (FQDN and short name) in the source's\n"
		.. "msDS-AllowedToDelegateTo, or takes them out, or shows what is there. Both are of\n"
		.. "one domain, this one or another (NAME@DOMAIN).",
	epilog = "Example:\n  adsh run kcd --source host01 --target host02 --service cifs --both --add",
}

function recipe.options(parser)
	parser:option("--source", "The account that acts on behalf of users."):argname("ACCOUNT"):count(1)
	parser:option("--target", "The host whose services it may use."):argname("HOST"):count(1)
	parser:option("--service", "Service class, such as cifs; may be given several times."):argname("CLASS"):count("*")
	parser:flag("--both", "The same in the other direction too.")
	parser:option("--protocol", "any: with protocol transition. kerberos: Kerberos only. keep: as it is.")
		:choices({ "any", "kerberos", "keep" }):default("keep")
	parser:mutex(
		parser:flag("--add", "Add the services."),
		parser:flag("--remove", "Remove the services."),
		parser:flag("--show", "Show what the source may delegate to (the default)."))
end

local function edit(source, target, args)
	local targets = hosts.spns(target, args.service)
	if args.add then
		delegation.allow(source, targets, { mode = args.protocol ~= "keep" and args.protocol or nil })
	else
		delegation.revoke(source, targets)
	end
end

-- The account, and its domain.
local function find(name)
	local dir = directory.for_name(name)
	return dir:get(name, { want = "account" }), dir:info().domain
end

local function check(args, source_domain, target_domain)
	if #args.service == 0 then
		error(failure("usage", "--add and --remove need at least one --service", "adsh run kcd --help"), 0)
	elseif source_domain ~= target_domain then
		error(failure("usage", ("constrained delegation ends at the border of a domain: %s is in %s, %s in %s")
			:format(args.source, source_domain, args.target, target_domain),
			"adsh run cross-forest writes resource-based delegation, on the target"), 0)
	end
end

function recipe.prepare(args)
	local source, source_domain = find(args.source)
	local target, target_domain = find(args.target)
	if not args.add and not args.remove then
		local shown = { delegation.get(source) }
		if args.both then
			shown[2] = delegation.get(target)
		end
		return { shown = shown, unchanged = #shown }
	end
	check(args, source_domain, target_domain)
	edit(source, target, args)
	if args.both then
		edit(target, source, args)
	end
	return { unchanged = (args.both and 2 or 1) - require "adsh.plan".current():count() }
end

function recipe.report(result)
	for _, one in ipairs(result.shown or {}) do
		require "adsh.show"(one)
	end
end

return recipe
