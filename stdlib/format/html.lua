-- HTML put together from values: everything is escaped here, nowhere else.
local text = require "adsh.core.text"

local html = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local markup = { __name = "adsh.html" }

function markup.__tostring(m)
	return m[1]
end

--- html.text(s): text as it must stand in a page. What would act on a terminal or turn the direction of the
--- line is shown by number.
function html.text(s)
	return (text.escape(tostring(s)):gsub("[&<>\"']", ENTITIES))
end

local function content_of(v)
	if getmetatable(v) == markup then
		return v[1]
	elseif type(v) ~= "table" then
		return html.text(v)
	end
	local parts = {}
	for i, item in ipairs(v) do
		parts[i] = content_of(item)
	end
	return table.concat(parts)
end

--- html.tag(name, content[, attributes]): content is text, what html.tag gave, or a list of these; nil: the element
--- has no end.
function html.tag(name, content, attributes)
	local names, parts = {}, { "<", name }
	for key in pairs(attributes or {}) do
		names[#names + 1] = key
	end
	table.sort(names)
	for _, key in ipairs(names) do
		parts[#parts + 1] = (' %s="%s"'):format(key, html.text(attributes[key]))
	end
	parts[#parts + 1] = ">"
	if content ~= nil then
		parts[#parts + 1] = content_of(content) .. "</" .. name .. ">"
	end
	return setmetatable({ table.concat(parts) }, markup)
end

--- html.style(css): a style sheet of the program's own; nothing of it may come from elsewhere.
function html.style(css)
	return setmetatable({ "<style>" .. css .. "</style>" }, markup)
end

--- html.page(title, css, body): a whole page, which loads nothing and runs nothing.
function html.page(title, css, body)
	local tag = html.tag
	local head = tag("head", {
		tag("meta", nil, { charset = "utf-8" }),
		tag("meta", nil, { ["http-equiv"] = "Content-Security-Policy",
			content = "default-src 'none'; style-src 'unsafe-inline'" }),
		tag("meta", nil, { name = "viewport", content = "width=device-width" }),
		tag("meta", nil, { name = "referrer", content = "no-referrer" }),
		tag("title", title), html.style(css),
	})
	return "<!DOCTYPE html>\n" .. tostring(tag("html", { head, tag("body", body) }, { lang = "en" })) .. "\n"
end

return html
