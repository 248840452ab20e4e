-- Many names in little room: ranges, endings, places.
local width = require "adsh.core.text".width

local names = {}

--- short(account): without the $ of a computer.
function names.short(account)
	return (account:gsub("%$$", ""))
end

-- "host" and 7 of "host07"; nil: it does not end with a number.
local function split(name)
	local head, digits = name:match "^(.-)(%d+)$"
	return head, digits
end

local function key_of(name)
	return (name:lower():gsub("%d+", function(digits) return ("0"):rep(12 - #digits) .. digits end))
end

--- sorted(list): another list, HOST2 before HOST10. of(item): its name, where the items are not the names.
function names.sorted(list, of)
	local rows, result = {}, {}
	for i, item in ipairs(list) do
		rows[i] = { item, key_of(of and of(item) or item), i }
	end
	table.sort(rows, function(a, b) return a[2] < b[2] or a[2] == b[2] and a[3] < b[3] end)
	for i, row in ipairs(rows) do
		result[i] = row[1]
	end
	return result
end

--- follows(a, b): is b the next name after a: HOST08 after HOST07?
function names.follows(a, b)
	local head, digits = split(a)
	local next_head, next_digits = split(b)
	return head ~= nil and next_head == head and (#next_digits == #digits or digits:sub(1, 1) ~= "0")
		and tonumber(next_digits) == tonumber(digits) + 1
end

-- How many names from the i-th on count up by one.
local function run_of(list, i)
	local n = 1
	while list[i + n] and names.follows(list[i + n - 1], list[i + n]) do
		n = n + 1
	end
	return n
end

local FEW = 3 -- so many in a row are a range

--- ranges(list): "HOST01-HOST58, HOST60", sorted.
function names.ranges(list)
	local parts, i = {}, 1
	list = names.sorted(list)
	while i <= #list do
		local n = run_of(list, i)
		if n < FEW then
			n = 1
		end
		parts[#parts + 1] = n > 1 and list[i] .. "-" .. list[i + n - 1] or list[i]
		i = i + n
	end
	return table.concat(parts, ", ")
end

local function common(a, b)
	local n = 0
	while n < #a and a:byte(n + 1) == b:byte(n + 1) do
		n = n + 1
	end
	return a:sub(1, n)
end

--- endings(list): what the names differ by, without cutting a number, and the beginning that all share.
function names.endings(list)
	local prefix = list[1] or ""
	for _, name in ipairs(list) do
		prefix = common(prefix, name)
	end
	prefix = prefix:gsub("%d+$", "")
	local endings, widest = {}, 0
	for i, name in ipairs(list) do
		endings[i] = name:sub(#prefix + 1)
		if endings[i] == "" or not endings[i]:find "^[%w-]+$" then
			return nil
		end
		widest = math.max(widest, width(endings[i]))
	end
	return endings, prefix, widest
end

return names
