-- One pair, any service class: what a click in the Delegation tab does.
local directory = require "adsh.directory"
local delegation = require "adsh.delegation"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"

local recipe = {
	name = "kcd",
	summary = "constrained delegation of one pair: add, remove or show any service class",
	description = "Lists services of the target (FQDN and short name) in the source's\n"
		.. "msDS-AllowedToDelegateTo, or takes them out, or shows what is there.",
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

function recipe.prepare(args)
	local dir = directory.current()
	local source, target = dir:get(args.source, { want = "account" }), dir:get(args.target, { want = "account" })
	if not args.add and not args.remove then
		local shown = { delegation.get(source) }
		if args.both then
			shown[2] = delegation.get(target)
		end
		return { shown = shown, unchanged = #shown }
	end
	if #args.service == 0 then
		error(failure("usage", "--add and --remove need at least one --service", "adsh run kcd --help"), 0)
	end
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
