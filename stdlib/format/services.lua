-- Many service principal names in few words: the hosts behind each service class.
local services = {}

--- by_class(values): for each class in the order they come { class=, names= (how many values), hosts= (short names) }.
--- What has no class comes under "".
function services.by_class(values)
	local groups, list = {}, {}
	for _, v in ipairs(values) do
		local class, host = v:match "^([^/]+)/(.*)$"
		class, host = class or "", host or v
		local g = groups[class]
		if not g then
			g = { class = class, names = 0, hosts = {}, seen = {} }
			groups[class] = g
			list[#list + 1] = g
		end
		local short = (host:match "^[^.:/]+" or host):lower()
		g.names = g.names + 1
		if not g.seen[short] then
			g.seen[short] = true
			g.hosts[#g.hosts + 1] = short
		end
	end
	return list
end

--- by_hosts(values): the classes that reach the same hosts together: { classes=, hosts= }.
function services.by_hosts(values)
	local groups, list = {}, {}
	for _, g in ipairs(services.by_class(values)) do
		table.sort(g.hosts)
		local key = table.concat(g.hosts, " ")
		if not groups[key] then
			groups[key] = { classes = {}, hosts = g.hosts }
			list[#list + 1] = groups[key]
		end
		table.insert(groups[key].classes, g.class)
	end
	return list
end

return services
