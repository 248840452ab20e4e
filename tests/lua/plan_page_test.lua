-- The page of a plan or a run: everything is there, escaped, what widens trust first and in words.
local page = require "adsh.format.plan_page"

local BAD = "<img src=x onerror=alert(1)>"

local function change(label, more)
	local c = { kind = "attributes", label = label, dn = "CN=" .. label .. ",DC=alpha,DC=test", edits = {
		{ attribute = "servicePrincipalName", before = { "HTTP/old" }, after = { "HTTP/new", "HTTP/newer" } },
	} }
	for key, value in pairs(more or {}) do
		c[key] = value
	end
	return c
end

local function html(changes)
	return page.html(changes, { title = "Planned changes", lines = { "Made by <admin>" } })
end

describe("the page of a plan", function()
	it("has each value with its sign", function()
		local text = html { change "HOST01" }
		assert.matches('<div class="added">    + HTTP/new</div>', text, 1, true)
		assert.matches('<div class="added">    + HTTP/newer</div>', text, 1, true)
		assert.matches('<div class="removed">    - HTTP/old</div>', text, 1, true)
		assert.matches("Plan: 1 account, 2 values added, 1 removed", text, 1, true)
	end)

	it("says first and in words what widens trust, then what is protected", function()
		local text = html { change "PLAIN", change("KRBTGT", { protected = true, why = "krbtgt" }),
			change("WIDE", { widens = true, why = "unconstrained delegation" }) }
		local wide, protected, plain = text:find("WIDE", 1, true), text:find("KRBTGT", 1, true), text:find("PLAIN", 1, true)
		assert.is_true(wide < protected and protected < plain)
		assert.matches('<p class="alarm">WIDENS TRUST: unconstrained delegation</p>', text, 1, true)
		assert.matches('<p class="heed">PROTECTED: krbtgt</p>', text, 1, true)
		assert.matches("trust widened on 1", text, 1, true)
		text = html { change("OU", { widens = true, protected = true, why = "a policy", touches = "DCs below" }) }
		assert.matches('<p class="alarm">WIDENS TRUST: a policy</p>', text, 1, true)
		assert.matches('<p class="heed">PROTECTED: DCs below</p>', text, 1, true)
	end)

	it("shows every value, not how many there are of a class", function()
		local c, values = change "HOST01", {}
		for i = 1, 30 do
			values[i] = ("cifs/host%02d.alpha.test"):format(i)
		end
		c.edits = { { attribute = "msDS-AllowedToDelegateTo", before = {}, after = values } }
		assert.equal(30, select(2, html { c }:gsub("%+ cifs/host%d%d%.alpha%.test</div>", "")))
	end)

	it("shows all of a long plan", function()
		local changes = {}
		for i = 1, 40 do
			changes[i] = change(("HOST%02d"):format(i))
		end
		assert.equal(40, select(2, html(changes):gsub("<section", "")))
	end)

	it("escapes every text, loads nothing and runs nothing", function()
		local c = change(BAD, { widens = true, why = BAD, state = BAD })
		c.dn, c.edits[1].after = BAD, { BAD, "a\27[31m\u{202e}" }
		local text = page.html({ c }, { title = BAD, lines = { BAD } })
		assert.is_nil(text:find("<img", 1, true))
		assert.is_nil(text:find("\27", 1, true))
		assert.is_nil(text:find("\u{202e}", 1, true))
		assert.is_true(select(2, text:gsub("&lt;img src=x", "")) >= 7)
		assert.matches("default%-src &#39;none&#39;", text)
		for _, word in ipairs { "<script", "http:", "https:", "url(", "@import" } do
			assert.is_nil(text:find(word, 1, true), word)
		end
	end)

	it("is its owner's alone, and says that nothing is written", function()
		local path = os.tmpname()
		page.save(path, { change "HOST01" })
		local f <close> = assert(io.open(path))
		assert.matches("Nothing has been written yet", f:read "a")
		local pipe <close> = io.popen("stat -c %a " .. path)
		assert.equal("600", pipe:read "l")
		page.save(path, {})
		local g <close> = assert(io.open(path))
		assert.matches("Nothing to do", g:read "a")
		os.remove(path)
	end)
end)
