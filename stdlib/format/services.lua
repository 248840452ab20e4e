-- Many service principal names in few words: the hosts behind each service class.
local services = {}

-- Class and short host of a value; nil: it is not a valid service principal name.
local function parts_of(v)
	local class, host = v:match "^([^/]+)/([^/]+)"
	local short = host and host:match "^[^.:]+"
	if short and not host:find "%s" and not class:find "^%s" and v:find "[^/:]$" then
		return class, short:lower()
	end
end

--- visible(value): with the blanks that it begins or ends with to be seen.
function services.visible(v)
	return (v == "" or v:find "^%s" or v:find "%s$") and '"' .. v .. '"' or v
end

--- by_class(values): for each class in the order they come { class=, names= (how many values), hosts= (short names) };
--- and a list of what is not a valid service principal name: that is shown as it is.
function services.by_class(values)
	local groups, list, odd = {}, {}, {}
	for _, v in ipairs(values) do
		local class, short = parts_of(v)
		local g = groups[class or ""]
		if class and not g then
			g = { class = class, names = 0, hosts = {}, seen = {} }
			groups[class] = g
			list[#list + 1] = g
		end
		if not class then
			odd[#odd + 1] = services.visible(v)
		else
			g.names = g.names + 1
			g.hosts[#g.hosts + 1] = not g.seen[short] and short or nil
			g.seen[short] = true
		end
	end
	return list, odd
end

--- by_hosts(values): the classes that reach the same hosts together: { classes=, hosts= }; and as by_class the rest.
function services.by_hosts(values)
	local groups, list = {}, {}
	local by_class, odd = services.by_class(values)
	for _, g in ipairs(by_class) do
		table.sort(g.hosts)
		local key = table.concat(g.hosts, " ")
		if not groups[key] then
			groups[key] = { classes = {}, hosts = g.hosts }
			list[#list + 1] = groups[key]
		end
		table.insert(groups[key].classes, g.class)
	end
	return list, odd
end

return services
