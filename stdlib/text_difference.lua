-- The difference of two texts, line by line, as diff(1) tells it: the longest common subsequence stays.
local text_difference = {}

local MOST = 250000 -- cells of the table; larger texts only lose what they share at both ends

--- split(text): its lines, without what ends them.
function text_difference.split(text)
	local lines = {}
	for line in (text:gsub("\r\n", "\n") .. "\n"):gmatch "(.-)\n" do
		lines[#lines + 1] = line
	end
	if lines[#lines] == "" then
		lines[#lines] = nil
	end
	return lines
end

-- lengths[i][k]: how many lines a[i..] and b[k..] have in common; both only up to their ends.
local function table_of(a, b, start, a_end, b_end)
	local lengths = {}
	for i = a_end + 1, start, -1 do
		local row, below = {}, lengths[i + 1]
		for k = b_end + 1, start, -1 do
			if i > a_end or k > b_end then
				row[k] = 0
			elseif a[i] == b[k] then
				row[k] = below[k + 1] + 1
			else
				row[k] = math.max(below[k], row[k + 1])
			end
		end
		lengths[i] = row
	end
	return lengths
end

-- Where the texts begin and end to differ.
local function middle(a, b)
	local start, a_end, b_end = 1, #a, #b
	while start <= a_end and start <= b_end and a[start] == b[start] do
		start = start + 1
	end
	while a_end >= start and b_end >= start and a[a_end] == b[b_end] do
		a_end, b_end = a_end - 1, b_end - 1
	end
	return start, a_end, b_end
end

local function walk(rows, a, b, start, a_end, b_end)
	local small = (a_end - start + 2) * (b_end - start + 2) <= MOST
	local lengths = small and table_of(a, b, start, a_end, b_end)
	local i, k = start, start
	while i <= a_end or k <= b_end do
		if small and i <= a_end and k <= b_end and a[i] == b[k] then
			i, k = i + 1, k + 1
		elseif i <= a_end and (k > b_end or not small or lengths[i + 1][k] >= lengths[i][k + 1]) then
			rows[#rows + 1] = { sign = "-", line = a[i] }
			i = i + 1
		else
			rows[#rows + 1] = { sign = "+", line = b[k] }
			k = k + 1
		end
	end
end

--- of(before, after): the lines that go and come, in order: { sign = "+" or "-", line = }.
function text_difference.of(before, after)
	local a, b, rows = text_difference.split(before), text_difference.split(after), {}
	walk(rows, a, b, middle(a, b))
	return rows
end

return text_difference
