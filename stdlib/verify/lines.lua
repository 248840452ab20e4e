-- What of verify.matrix is not as the directory says, or not proven, in lines: like pairs together. Pure.
local lines = {}

local NAMES = 4 -- named in a line, unless all are asked for

local function named(list, verbose)
	if verbose or #list <= NAMES then
		return table.concat(list, ", ")
	end
	return ("%s and %d more"):format(table.concat(list, ", ", 1, NAMES - 1), #list - NAMES + 1)
end

local function text_of(r)
	return ("%s: %s%s"):format(r.kdc, r.reason or "", r.hint and "\n    " .. r.hint or "")
end

-- The targets of each source and text, in order.
local function by_source(m)
	local list, at = {}, {}
	for _, r in ipairs(m) do
		local text = not r.agrees and text_of(r)
		local key = text and r.source .. "\0" .. text
		if key and not at[key] then
			at[key] = { sources = { r.source }, targets = {}, seen = {}, text = text }
			list[#list + 1] = at[key]
		end
		if key and not at[key].seen[r.target] then
			at[key].seen[r.target] = true
			table.insert(at[key].targets, r.target)
		end
	end
	return list
end

-- Sources with the same text towards all others are one line.
local function united(list, n)
	local result, at = {}, {}
	for _, line in ipairs(list) do
		line.is_all = #line.targets == n - 1 and n > 2
		local same = line.is_all and at[line.text]
		if same then
			table.insert(same.sources, line.sources[1])
		else
			result[#result + 1] = line
			at[line.text] = line.is_all and line or at[line.text]
		end
	end
	return result
end

--- of(m, verbose): a list of texts in the order of the rows; verbose: with every name.
function lines.of(m, verbose)
	local list = united(by_source(m), #m.hosts)
	for i, line in ipairs(list) do
		list[i] = ("%s to %s: %s"):format(named(line.sources, verbose),
			line.is_all and "all others" or named(line.targets, verbose), line.text)
	end
	return list
end

return lines
