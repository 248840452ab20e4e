-- Takes the details of a help text apart (stdlib/help.lua says what they look like). Used when the manuals are
-- made, and by the tests that hold their form.
local details = {}

-- "  name, other (type): text", with the lines that go on with it; deeper ones belong to the one above.
local function row(line)
	local indent, names, kind, text = line:match "^( +)([%w_.:*@\"'{}, -]-) %(([^()]+)%): (.+)$"
	if not names then
		indent, names, text = line:match "^( +)([%w_][%w_., -]*): (.+)$"
	end
	return names and { names = names, kind = kind, text = text, depth = #indent // 2 }
		or { text = line:match "^%s*(.*)$", depth = #line:match "^ *" // 2 }
end

--- parse(text) -> { arguments = rows, returns = text, fields = rows, errors = rows, examples = { code ... } }.
--- A row is { names =, kind = its type, text =, depth = 1 or more }.
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
			rows = rest ~= "" and { { text = rest, depth = 1 } } or {}
			parsed[head:lower()] = rows
		elseif rows then
			rows[#rows + 1] = row(line)
		end
	end
	return parsed
end

return details
