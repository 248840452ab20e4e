-- The client-side extensions that a policy has settings for (gPCMachineExtensionNames, MS-GPOL 2.2.4): groups of
-- GUIDs, "[{extension}{tool}...]", sorted ascending, in capitals: clients look for them in this order (3.2.1.24).
local extensions = {}

local EMPTY = "{00000000-0000-0000-0000-000000000000}"

--- What each part of a policy is registered by: extension = its tool.
extensions.known = {
	security = { ["{827D319E-6EAC-11D2-A4EA-00C04F79F83A}"] = "{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}" },
	groups = { [EMPTY] = "{79F92669-4224-476C-9C5C-6EFB4D87DF4A}",
		["{17D89FEC-5C44-4972-B12D-241CAEF74509}"] = "{79F92669-4224-476C-9C5C-6EFB4D87DF4A}" },
	firewall = { ["{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"] = "{B05566AC-FE9C-4368-BE01-7A4CBB6CBA11}" }, -- MS-GPFAS 1.9
	scripts = { ["{42B5FAAE-6536-11D2-AE5A-0000F87571E3}"] = "{40B6664F-4972-11D1-A7CA-0000F87571E3}" },
}

local function parse(text)
	local order, tools = {}, {}
	for group in (text or ""):gmatch "%b[]" do
		local first
		for guid in group:upper():gmatch "{[%x-]+}" do
			if not first then
				first = guid
				order[#order + 1] = not tools[first] and first or nil
				tools[first] = tools[first] or {}
			else
				tools[first][guid] = true
			end
		end
	end
	return order, tools
end

local function format(order, tools)
	table.sort(order)
	local parts = {}
	for _, extension in ipairs(order) do
		local list = {}
		for tool in pairs(tools[extension]) do
			list[#list + 1] = tool
		end
		table.sort(list)
		parts[#parts + 1] = ("[%s%s]"):format(extension, table.concat(list))
	end
	return table.concat(parts)
end

--- with(text, ...): the text with these parts, by name ("security", "groups", "firewall", "scripts").
function extensions.with(text, ...)
	local order, tools = parse(text)
	for _, name in ipairs { ... } do
		for extension, tool in pairs(extensions.known[name]) do
			if not tools[extension] then
				order[#order + 1], tools[extension] = extension, {}
			end
			tools[extension][tool] = true
		end
	end
	return format(order, tools)
end

--- without(text, ...): the text without these parts. The empty extension lists the tools of preferences: it goes
--- with the last of them.
function extensions.without(text, ...)
	local taken, order, tools = {}, parse(text)
	for _, name in ipairs { ... } do
		for extension, tool in pairs(extensions.known[name]) do
			if tools[extension] then
				tools[extension][tool], taken[extension] = nil, true
			end
		end
	end
	local kept = {}
	for _, extension in ipairs(order) do
		kept[#kept + 1] = (next(tools[extension]) or not taken[extension]) and extension or nil
	end
	return format(kept, tools)
end

--- without_tool(text, part): the text without the part's tools, but none loses its last one.
function extensions.without_tool(text, part)
	local order, tools = parse(text)
	for extension, tool in pairs(extensions.known[part]) do
		local of = tools[extension] or {}
		of[tool] = next(of, next(of)) == nil and of[tool] or nil
	end
	return format(order, tools)
end

--- list(text): extension = { tools }.
function extensions.list(text)
	local _, tools = parse(text)
	return tools
end

-- What people call an extension, MS-GPOL 1.9 and the documents about each one.
local WORDS = {
	["{827D319E-6EAC-11D2-A4EA-00C04F79F83A}"] = "security",
	["{17D89FEC-5C44-4972-B12D-241CAEF74509}"] = "preference groups",
	["{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"] = "registry",
	["{42B5FAAE-6536-11D2-AE5A-0000F87571E3}"] = "scripts",
}

--- words(text): "registry, scripts"; those without a name by GUID.
function extensions.words(text)
	local order = parse(text)
	local words = {}
	for _, extension in ipairs(order) do
		words[#words + 1] = extension ~= EMPTY and (WORDS[extension] or extension) or nil
	end
	return #words > 0 and table.concat(words, ", ") or "none"
end

return extensions
