-- What a value is when it is shown: every format asks here, so that all agree.
local printable = {}

local text = require "adsh.core.text"

--- The name of a value's class ("adsh.object"), or nil.
function printable.class(v)
	local mt = getmetatable(v)
	return type(mt) == "table" and mt.__name or nil
end

--- nil inside a list.
printable.null = setmetatable({}, {
	__name = "adsh.null",
	__tostring = function()
		return "nil"
	end,
})

--- Directory entries become plain tables.
function printable.plain(v)
	if printable.class(v) == "adsh.entry" then
		return v:attributes()
	end
	return v
end

--- What a generic for takes, as one value: dir:search{...} can be shown without being stored.
function printable.stream(...)
	return setmetatable(table.pack(...), { __name = "adsh.stream" })
end

local MAP = { __name = "adsh.map" }

--- map(t): t, which is a map even while it is empty.
function printable.map(t)
	return setmetatable(t, MAP)
end

local MAPS = { ["adsh.map"] = true, ["adsh.object"] = true }

--- "stream", "list" (also the empty table), "map" or "scalar".
function printable.kind(v)
	if printable.class(v) == "adsh.stream" then
		return "stream"
	elseif type(v) ~= "table" or printable.class(v) == "adsh.error" or v == printable.null then
		return "scalar"
	elseif not MAPS[printable.class(v)] and (#v > 0 or next(v) == nil) then
		return "list"
	end
	return "map"
end

-- What names an object comes first, the rest by the alphabet.
local FIRST = {}
for i, name in ipairs {
	"dn", "name", "account", "sAMAccountName", "cn", "source", "target", "dNSHostName", "domain", "kind",
	"mode", "state", "run", "started", "finished", "status",
} do
	FIRST[name] = i
end

local function before(a, b)
	local ra, rb = FIRST[a] or math.huge, FIRST[b] or math.huge
	if ra ~= rb then
		return ra < rb
	end
	local la, lb = tostring(a):lower(), tostring(b):lower()
	return la < lb or la == lb and tostring(a) < tostring(b)
end

-- Fields whose order somebody chose: printable.ordered.
local orders = setmetatable({}, { __mode = "k" })

--- Gives the list of maps (or the map) an order of its fields, for people and for CSV.
function printable.ordered(v, fields)
	orders[v] = fields
	return v
end

--- present(v, fields): v with the order of those fields that it has.
function printable.present(v, fields)
	local order = {}
	for _, key in ipairs(fields) do
		order[#order + 1] = v[key] ~= nil and key or nil
	end
	return printable.ordered(v, order)
end

--- The order given by printable.ordered, or nil.
function printable.order(v)
	return orders[v]
end

-- What a person sees in place of a value.
local views = setmetatable({}, { __mode = "k" })

--- Gives a value a view: f(v) is what people see, where every field would be too much for them; nil: nothing.
function printable.viewed(v, f)
	views[v] = f
	return v
end

--- Somebody asks for it by its name: what said all there is to say when it came is shown as it is.
function printable.ask_for(v)
	if type(v) == "table" and views[v] and views[v](v) == nil then
		views[v] = nil
	end
end

--- What people see of a value.
function printable.view(v)
	local f = type(v) == "table" and views[v]
	if f then
		return f(v)
	end
	return v
end

-- What is said below a list, for people.
local feet = setmetatable({}, { __mode = "k" })

--- Gives a list a line that people see below it.
function printable.footed(v, line)
	feet[v] = line
	return v
end

--- The line given by printable.footed, or nil.
function printable.foot(v)
	return feet[v]
end

-- Lists that speak for themselves.
local bare = setmetatable({}, { __mode = "k" })

--- Gives a list no heading, for people.
function printable.untitled(v)
	bare[v] = true
	return v
end

--- Whether it has none.
function printable.is_untitled(v)
	return bare[v] or false
end

-- The sorted fields of maps, by the fields as they come: rows of one list have the same ones. Those that hold the
-- separator are not remembered, so that one text stands for one list.
local MOST, SEPARATOR = 100, "\0"
local sorted, n_sorted = {}, 0

local function remember(fields, keys)
	if n_sorted == MOST then
		sorted, n_sorted = {}, 0
	end
	sorted[fields], n_sorted = keys, n_sorted + 1
end

--- The keys of a map in the order of showing: a list that is only looked at.
function printable.keys(map)
	local keys, is_text = {}, true
	for key in pairs(map) do
		keys[#keys + 1] = key
		is_text = is_text and type(key) == "string"
	end
	local fields = is_text and table.concat(keys, SEPARATOR)
	local known = sorted[fields]
	if known and #known == #keys then
		return known
	end
	table.sort(keys, before)
	if fields and select(2, fields:gsub(SEPARATOR, "")) == #keys - 1 then
		remember(fields, keys)
	end
	return keys
end

--- The fields of all rows, for a heading.
function printable.fields(rows, order)
	if order then
		return order
	end
	local seen, all = {}, {}
	for _, row in ipairs(rows) do
		for key in pairs(row) do
			if not seen[key] then
				seen[key] = true
				all[#all + 1] = key
			end
		end
	end
	table.sort(all, before)
	return all
end

--- Calls f with each item of a list or stream; with v itself when it is neither. Then calls last, if given,
--- also when a stream breaks off: what came is not lost, and the error follows.
function printable.each(v, f, last)
	local kind, ok, err = printable.kind(v), true, nil
	if kind == "stream" then
		ok, err = pcall(function()
			for item in table.unpack(v, 1, v.n) do
				f(printable.plain(item))
			end
		end)
	elseif kind == "list" then
		for _, item in ipairs(v) do
			f(printable.plain(item))
		end
	else
		f(printable.plain(v))
	end
	if last then
		last()
	end
	if not ok then
		error(err, 0)
	end
end

--- The list of a stream's items; other values as they are.
function printable.collect(v)
	if printable.kind(v) ~= "stream" then
		return v
	end
	local list = {}
	printable.each(v, function(item)
		list[#list + 1] = item
	end)
	return list
end

local function number(n)
	if math.type(n) == "integer" then
		return tostring(n)
	end
	local short = ("%.14g"):format(n)
	return tonumber(short) == n and short or ("%.17g"):format(n)
end

--- One line of text for a scalar; what is not text becomes "0x...".
function printable.text(v)
	if type(v) == "number" then
		return number(v)
	elseif type(v) == "string" and not text.valid(v) then
		return "0x" .. v:gsub(".", function(c)
			return ("%02x"):format(c:byte())
		end)
	end
	return tostring(v)
end

local DEEPEST = 100 -- so many tables in one another are shown

--- One line of text for any value: lists with commas, maps as key=value. level: for itself.
function printable.compact(v, level)
	level = level or 0
	if level > DEEPEST then
		error(require "adsh.failure"("usage",
			("a table that contains itself, or is nested more than %d deep, cannot be shown"):format(DEEPEST)), 0)
	end
	v = printable.plain(v)
	local kind, parts = printable.kind(v), {}
	if kind == "scalar" then
		return printable.text(v)
	elseif kind == "list" then
		for i, item in ipairs(v) do
			parts[i] = printable.compact(item, level + 1)
		end
		return table.concat(parts, ", ")
	elseif v.value ~= nil and type(v.flags) == "table" then
		return ("%s (%s)"):format(printable.text(v.value), table.concat(v.flags, ", "))
	end
	for i, key in ipairs(printable.keys(v)) do
		local item = v[key]
		local inner = printable.compact(item, level + 1)
		parts[i] = key .. "=" .. (type(item) == "table" and "{" .. inner .. "}" or inner)
	end
	return table.concat(parts, " ")
end

return printable
