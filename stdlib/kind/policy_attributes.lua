-- The kind of change "policy-attributes", for people: which policies are linked where, and what one says of itself.
local attributes = require "adsh.kind.attributes"
local extensions = require "adsh.gpo.extensions"
local links = require "adsh.gpo.links"
local names = require "adsh.gpo.names"

local policy_attributes = {}

local function described(l)
	if not l.guid then
		return l.text
	end
	return names.shown(l.guid, l.dn) .. (l.enforced and ", enforced" or "") .. (l.disabled and ", disabled" or "")
end

-- The links, the one that wins first, as link order has it.
local function by_order(text)
	local list = links.parse(text)
	local ordered = {}
	for i = #list, 1, -1 do
		ordered[#ordered + 1] = list[i]
	end
	return ordered
end

local function add_missing(lines, sign, list, others)
	local there = {}
	for _, l in ipairs(others) do
		there[l.text:lower()] = true
	end
	for _, l in ipairs(list) do
		if not there[l.text:lower()] then
			lines[#lines + 1] = ("    %s %s"):format(sign, described(l))
		end
	end
end

local function link_lines(lines, e)
	local before, after = by_order(e.before[1]), by_order(e.after[1])
	lines[#lines + 1] = "  links to policies"
	add_missing(lines, "+", after, before)
	add_missing(lines, "-", before, after)
	if #after > 1 then
		local order = {}
		for i, l in ipairs(after) do
			order[i] = ("%d %s"):format(i, described(l))
		end
		lines[#lines + 1] = "    order, 1 wins: " .. table.concat(order, "; ")
	end
end

local function version_line(lines, e)
	local old, new = math.tointeger(tonumber(e.before[1])) or 0, math.tointeger(tonumber(e.after[1])) or 0
	for _, part in ipairs { { "computer", 0 }, { "user", 16 } } do
		local a, b = old >> part[2] & 0xffff, new >> part[2] & 0xffff
		lines[#lines + 1] = a ~= b and ("  version of the %s part: %d -> %d"):format(part[1], a, b) or nil
	end
end

local WORDS = {
	gplink = link_lines,
	versionnumber = version_line,
	gpcmachineextensionnames = function(lines, e)
		lines[#lines + 1] = ("  settings: %s -> %s"):format(extensions.words(e.before[1]), extensions.words(e.after[1]))
	end,
}

--- lines(lines, e, c, verbose): as kind/attributes has it.
function policy_attributes.lines(lines, e, c, verbose)
	local words = not verbose and #e.before < 2 and #e.after < 2 and WORDS[e.attribute:lower()]
	if words then
		return words(lines, e)
	end
	return attributes.lines(lines, e, c, verbose)
end

policy_attributes.count = attributes.count

return policy_attributes
