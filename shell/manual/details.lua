-- Takes the details of a help text apart (stdlib/help.lua says what they look like), for the manuals and for the tests
-- that hold their form.
local details = {}

local TYPED = "^([^():]-) %(([^()]+)%)"

-- "name, other (type), third (type)": a list of { names =, kind = }; nothing when the line is not of this form.
local function typed(line)
	local list, rest = {}, line
	while true do
		local names, kind = rest:match(TYPED)
		if not names or names == "" then
			return
		end
		list[#list + 1] = { names = names, kind = kind }
		rest = rest:sub(#names + #kind + 4)
		if rest:sub(1, 2) ~= ", " then
			break
		end
		rest = rest:sub(3)
	end
	local text = rest:match "^: ?(.*)$"
	return text and list, text
end

-- A row of arguments, fields or errors; what has no name goes on with the row in front.
local function row(line)
	local indent, rest = line:match "^(%s*)(.*)$"
	local list, text = typed(rest)
	local names = not list and rest:match "^[%w_][%w_, ]*%f[:]"
	return {
		depth = #indent // 2, typed = list, names = names, text = text or names and rest:sub(#names + 3) or rest,
	}
end

local function add(rows, line)
	local one, last = row(line), rows[#rows]
	if not one.typed and last and one.depth > last.depth then
		last.text = last.text .. " " .. one.text
	else
		rows[#rows + 1] = one
	end
end

--- parse(text) -> { arguments = rows, returns = text, fields = rows, errors = rows, examples = { code ... } }.
--- A row is { typed = { { names =, kind = } ... }, names =, text =, depth = 1 or more }: arguments and fields have
--- types, errors have names.
function details.parse(text)
	local parsed, rows = { examples = {} }, nil
	for line in text:gmatch "[^\n]+" do
		local head, rest = line:match "^(%u%l+): ?(.*)$"
		if head == "Example" then
			parsed.examples[#parsed.examples + 1] = rest
		elseif head == "Returns" then
			rows = {}
			parsed.returns, parsed.fields = rest, rows
		elseif head then
			rows = {}
			parsed[head:lower()] = rows
			if rest ~= "" then
				add(rows, " " .. rest)
			end
		elseif rows then
			add(rows, line)
		end
	end
	return parsed
end

return details
