-- Service classes by the name of the job they are for. A bundle of your own is one line in a script:
--	require "adsh.service_classes".bundles["print"] = { "HOST", "RPC" }
local failure = require "adsh.failure"
local hosts = require "adsh.hosts"

local service_classes = {}

-- What a Hyper-V host registers for itself, each class with its short name and its FQDN.
service_classes.bundles = {
	["live-migration"] = { "Microsoft Virtual System Migration Service" },
	["replica"] = { "Hyper-V Replica Service" },
	["console"] = { "Microsoft Virtual Console Service" },
}

--- The names of the bundles, sorted.
function service_classes.names()
	local names = {}
	for name in pairs(service_classes.bundles) do
		names[#names + 1] = name
	end
	table.sort(names)
	return names
end

--- The service classes of a bundle.
function service_classes.classes(name)
	return service_classes.bundles[name] or error(failure("usage", ("there is no bundle '%s'"):format(name),
		"the bundles are " .. table.concat(service_classes.names(), ", ") .. "; a class ends in a slash: \"HTTP/\""), 0)
end

local function append(list, more)
	table.move(more, 1, #more, #list + 1, list)
end

--- The SPNs that `what` means on the host o: a bundle's name, a class ("HTTP/"), a whole SPN, or a list
--- of these.
function service_classes.spns(what, o)
	local list = {}
	for _, word in ipairs(type(what) == "table" and what or { what }) do
		if word:find "/." then
			list[#list + 1] = word
		elseif word:sub(-1) == "/" then
			append(list, hosts.spns(o, { word:sub(1, -2) }))
		else
			append(list, hosts.spns(o, service_classes.classes(word)))
		end
	end
	return list
end

return service_classes
