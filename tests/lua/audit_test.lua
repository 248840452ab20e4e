-- The page and the tables of an audit, without a server: what is escaped, what fits.
local page = require "adsh.audit.page"
local sections = require "adsh.audit.sections"
local html = require "adsh.format.html"

-- The result of an audit of n hosts, each of which may delegate to the next one.
local function result(n)
	local r = { accounts = {}, inbound = {}, stale = {}, unresolved = {}, administrators = {}, missing = {},
		domains = { "alpha.test" }, servers = { "dc1.alpha.test" }, matrix = { hosts = {}, cells = {} } }
	for i = 1, n do
		r.matrix.hosts[i], r.matrix.cells[i] = ("HOST%03d"):format(i), {}
		for j = 1, n do
			r.matrix.cells[i][j] = i == j and "." or j == i % n + 1 and "A" or "-"
		end
	end
	return r
end

local function page_of(r)
	return page.html(r, { host = "dc1.alpha.test" })
end

describe("html", function()
	it("escapes text and attributes", function()
		assert.equal('<a title="&quot;&#39;&lt;&gt;&amp;">&lt;b&gt;&amp;amp;</a>',
			tostring(html.tag("a", "<b>&amp;", { title = "\"'<>&" })))
	end)

	it("keeps markup that it made itself, in lists of lists", function()
		assert.equal("<p><b>x</b>&lt;y</p>", tostring(html.tag("p", { html.tag("b", "x"), { "<y" } })))
	end)

	it("shows what could turn a line round or is no text by number", function()
		assert.is_nil(html.text("a\u{202e}b"):find "\u{202e}")
		assert.is_nil(html.text("a\0b\xffc"):find "[\0\xff]")
	end)
end)

describe("page of an audit", function()
	it("escapes every field of every row", function()
		local r, bad = result(2), "<img src=x onerror=alert(1)>"
		r.domains, r.missing, r.matrix.hosts[1] = { bad, bad }, { bad }, bad
		r.accounts = { { finding = "unconstrained", account = bad, domain = bad, dn = bad, targets = {},
			remarks = { bad } } }
		r.inbound = { { target = bad, domain = bad, sources = { { account = bad, how = "any", services = { bad } } } } }
		r.stale = { { account = bad, domain = bad, value = bad, why = bad } }
		r.unresolved = { { target = bad, domain = bad, sid = bad, why = bad } }
		r.administrators = { { account = bad, domain = bad, why = { bad } } }
		r.trusts = { { domain = bad, partner = bad, kind = bad, direction = bad, tgt_delegation = true, remark = bad } }
		local text = page_of(r)
		assert.is_nil(text:find("<img", 1, true))
		assert.is_true(select(2, text:gsub("&lt;img src=x onerror=alert%(1%)&gt;", "")) >= 24)
	end)

	it("has the colours of the terminal, and says in words what a colour says", function()
		local r, crosstab = result(2), require "adsh.format.crosstab"
		r.accounts = { { finding = "unconstrained", account = "A$", domain = "alpha.test", targets = {}, remarks = {} } }
		local text = page_of(r)
		for letter, color in pairs(crosstab.colors) do
			assert.is_truthy(text:find("\n." .. color .. " {", 1, true), letter)
		end
		assert.matches('<td class="green" title="HOST001 to HOST002: any protocol">A</td>', text, 1, true)
		local codes = { A = "32", ["."] = "2" }
		crosstab.write(r.matrix, function(...)
			for _, part in ipairs { ... } do
				local code, letter = part:match "\27%[([%d;]+)m(.)"
				assert.is_true(not code or not codes[letter] or codes[letter] == code)
			end
		end, { colored = true })
		assert.matches('<tr class="grave"><td>1</td><td><a href="#unconstrained">[^<]*</a></td>'
			.. "<td>check this first</td>", text)
	end)

	it("names the columns in each cell, for a screen without room for columns", function()
		local r = result(2)
		r.stale = { { account = "A$", domain = "alpha.test", value = "cifs/x", why = "nobody" } }
		local text = page_of(r)
		assert.matches('<td data-name="value">cifs/x</td>', text, 1, true)
		assert.matches('<section class="empty" id="inbound">', text, 1, true)
	end)

	it("has every cell of a large matrix, in blocks that fit on paper", function()
		local text = page_of(result(90))
		assert.equal(3, select(2, text:gsub('<table class="matrix">', "")))
		assert.equal(90 * 90, select(2, text:gsub('<td class="%a+" title=', "")))
	end)
end)

describe("tables of an audit", function()
	it("fit in the width of the screen", function()
		local section = { fields = { "account", "towards", "remarks" }, rows = {
			{ account = "HV01-DATACENTER$", towards = { ("SERVER%d, "):rep(30):format(table.unpack {
				1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
				30 }) }, remarks = { "towards a domain controller: DC1$" } },
			{ account = "B$", towards = {}, remarks = { "no targets" } },
		} }
		local widths, rows = {}, sections.fit(section, 80)
		for _, row in ipairs(rows) do
			for name, v in pairs(row) do
				for _, line in ipairs(type(v) == "table" and v or { v }) do
					widths[name] = math.max(widths[name] or 0, #line)
				end
			end
		end
		assert.is_true(widths.account + widths.towards + widths.remarks + 4 <= 80)
		assert.equal(30, select(2, table.concat(rows[1].towards, " "):gsub("SERVER%d+", "")))
	end)
end)
