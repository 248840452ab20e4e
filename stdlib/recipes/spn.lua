-- Service principal names that Hyper-V failed to register (event 14050, error 0x80090303).
local directory = require "adsh.directory"
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"
local service_classes = require "adsh.service_classes"
local spn = require "adsh.spn"

local recipe = {
	name = "spn",
	summary = "register, check, list or remove service principal names of hosts",
	writes = { "spn" },
	description = "Repairs what Hyper-V failed to register (event 14050, error 0x80090303): each\n"
		.. "class of the bundle, with short name and FQDN. Before anything is added the\n"
		.. "whole forest is searched for duplicates.",
	epilog = "Example:\n  adsh run spn register host03 --bundle live-migration",
}

function recipe.options(parser)
	parser:argument("verb", "register, check, list or remove."):choices({ "register", "check", "list", "remove" })
	hosts.options(parser)
	parser:option("--bundle", "Classes by name: " .. table.concat(service_classes.names(), ", ")
		.. " (default: live-migration).")
		:choices(service_classes.names()):count("*")
	parser:option("--service", "A further service class, such as HTTP."):argname("CLASS"):count("*")
	parser:option("--spn", "A whole SPN; for one host only."):argname("SPN"):count("*")
	parser:flag("--covered", "register: also names that another account covers by its HOST/ name (HTTP/host02, while"
		.. " HOST02$ has HOST/host02): from then on clients get tickets for the host that is named here.")
end

-- What the options ask for, in the words of service_classes.spns.
local function wanted(o, args)
	local words = { table.unpack(args.spn) }
	for _, class in ipairs(args.service) do
		words[#words + 1] = class:gsub("/*$", "") .. "/"
	end
	table.move(args.bundle, 1, #args.bundle, #words + 1, words)
	return service_classes.spns(#words > 0 and words or "live-migration", o)
end

local verbs = {}

function verbs.list(o)
	return { host = o.sAMAccountName, spn = spn.list(o) }
end

function verbs.check(o, args)
	local c = spn.check(o, wanted(o, args))
	return { host = o.sAMAccountName, present = c.present, missing = c.missing, taken = c.taken }
end

function verbs.register(o, args)
	return nil, spn.add(o, wanted(o, args), { covered = args.covered }).warnings
end

function verbs.remove(o, args)
	spn.remove(o, wanted(o, args))
end

function recipe.prepare(args)
	local list, warnings, lacking = hosts.resolve(directory.current(), args)
	hosts.check_reached(list, lacking, 1)
	if #list == 0 then
		error(failure("usage", "no host was named", "adsh run spn --help"), 0)
	end
	if #args.spn > 0 and #list > 1 then
		error(failure("usage", "--spn is for one host, and " .. #list .. " were named"), 0)
	end
	local shown = {}
	for _, o in ipairs(list) do
		local row, lines = verbs[args.verb](o, args)
		shown[#shown + 1] = row
		table.move(lines or {}, 1, #(lines or {}), #warnings + 1, warnings)
	end
	return {
		shown = shown, warnings = warnings, verb = args.verb, lacking = #lacking > 0 and lacking or nil,
		unchanged = #list - require "adsh.plan".current():count(),
	}
end

function recipe.report(result)
	if result.verb == "list" or result.verb == "check" then
		require "adsh.show"(result.shown)
	end
end

return recipe
