-- What is expected of a pair by its row of delegation.matrix, and what an answer then means.
local verdict = require "adsh.verify.verdict"

local function row(how, ...)
	return { how = how, services = { ... } }
end

local CIFS = "cifs/host02.alpha.test"

local function expected(how, ...)
	local kinds, named = verdict.narrowed(row(how, ...), "cifs")
	return verdict.expected({ how = kinds, service = CIFS }, named)
end

-- The row after an answer; more: fields of the entry.
local function judged(how, services, answer, more)
	local kinds, named = verdict.narrowed(row(how, table.unpack(services)), "cifs")
	local entry = { row = { source = "HOST01", target = "HOST02", how = kinds, service = CIFS }, named = named }
	for key, value in pairs(more or {}) do
		entry[key] = value
	end
	verdict.judge(entry, answer)
	return entry.row
end

local GIVEN = { ok = true, step = "done" }
local REFUSED = { ok = false, step = "proxy", reason = "no rule", name = "KDC_ERR_BADOPTION", forwardable = true }
local KEPT = { ok = false, step = "proxy", reason = "may not be passed on", name = "KDC_ERR_BADOPTION",
	forwardable = false }

describe("what the directory lets expect", function()
	it("is of one service class, without regard to case", function()
		assert.same({ "any", { "CIFS/host02" } },
			{ verdict.narrowed(row("any", "CIFS/host02", "HTTP/host02"), "cifs") })
		assert.same({ "missing", {} }, { verdict.narrowed(row("any", "HTTP/host02"), "cifs") })
		assert.same({ "resource-based", {} }, { verdict.narrowed(row("any, resource-based", "HTTP/host02"), "cifs") })
	end)

	it("needs the whole name in the list", function()
		assert.equal("yes", expected("any", "CIFS/HOST02.alpha.test"))
		assert.equal("form", expected("any", "cifs/host02"))
		assert.equal("no", expected("any", "HTTP/host02.alpha.test"))
		assert.equal("own", expected("kerberos", CIFS))
		assert.equal("form", expected("kerberos", "cifs/host02"))
		assert.equal("no", expected("unregistered", "cifs/gone"))
	end)

	it("takes the kind that lets most through", function()
		assert.equal("yes", expected("kerberos, resource-based by group", CIFS))
		assert.equal("forwarded", expected("unconstrained, kerberos", CIFS))
		assert.equal("yes", expected("unconstrained, resource-based"))
		assert.equal("condition", expected "conditional")
		assert.equal("no", expected "missing")
	end)
end)

describe("an answer", function()
	local function state(...)
		local r = judged(...)
		return { r.kdc, r.agrees }
	end

	it("agrees or does not", function()
		assert.same({ "given", true }, state("any", { CIFS }, GIVEN))
		assert.same({ "refused", false }, state("any", { CIFS }, REFUSED))
		assert.same({ "refused", true }, state("missing", {}, REFUSED))
		assert.same({ "given", false }, state("missing", {}, GIVEN))
		assert.same({ "given", true }, state("conditional", {}, GIVEN))
		assert.same({ "refused", true }, state("conditional", {}, REFUSED))
		assert.same({ "given", false }, state("kerberos", { CIFS }, GIVEN))
	end)

	it("does not prove Kerberos only but by the user's own ticket", function()
		assert.same({ "refused" }, state("kerberos", { CIFS }, KEPT))
		assert.same({ "given", true }, state("kerberos", { CIFS }, GIVEN, { is_own = true }))
		assert.same({ "refused", false }, state("kerberos", { CIFS }, REFUSED, { is_own = true }))
		assert.matches("not forwardable", judged("kerberos", { CIFS }, KEPT, { is_own = true }).reason)
	end)

	it("has the reason that the directory knows", function()
		assert.matches("the list has cifs/host02, but not", judged("any", { "cifs/host02" }, REFUSED).reason)
		assert.equal("no rule", judged("any", { CIFS }, REFUSED).reason)
		assert.equal("U is sensitive",
			judged("any", { CIFS }, KEPT, { transition = true, blocked = "U is sensitive" }).reason)
		assert.matches("no protocol transition", judged("resource-based", {}, KEPT).reason)
		assert.equal("may not be passed on", judged("any", { CIFS }, KEPT, { transition = true }).reason)
		local r = judged("any", { CIFS }, { ok = false, step = "login", reason = "the account is disabled" })
		assert.same({ "refused", false, "the source cannot log in: the account is disabled" }, { r.kdc, r.agrees, r.reason })
	end)

	it("is none when nobody could be asked", function()
		local function unasked(step, name)
			return judged("any", { CIFS }, { ok = false, asked = false, step = step, name = name, reason = "why" })
		end
		assert.same({ "no key", nil, "why" }, { unasked("login", "KRB5_KT_NOTFOUND").kdc,
			unasked("login", "KRB5_KT_NOTFOUND").agrees, unasked("login", "KRB5_KT_NOTFOUND").reason })
		assert.equal("no key", unasked("login").kdc)
		assert.equal("not asked", unasked("login", "KRB5_KDC_UNREACH").kdc)
		assert.equal("not asked", unasked("proxy", "KRB5_KDC_UNREACH").kdc)
	end)
end)

describe("trust in an unconstrained source", function()
	it("is the KDC's", function()
		local function judge(ticket, err)
			local r = {}
			verdict.judge_trust(r, ticket, err)
			return { r.kdc, r.agrees }
		end
		assert.same({ "given", true }, judge { trusted = true, forwardable = true })
		assert.same({ "refused", false }, judge { trusted = false, forwardable = true })
		assert.same({ "refused", false }, judge { trusted = true, forwardable = false })
		assert.same({ "refused", false }, judge(nil, { message = "no" }))
	end)
end)

describe("what differs", function()
	local lines = require "adsh.verify.lines"

	local function matrix(...)
		local m = { hosts = { "A", "B", "C", "D", "E", "F", "G" } }
		for _, line in ipairs { ... } do
			local source, targets, kdc, reason, hint = table.unpack(line)
			for target in targets:gmatch "." do
				m[#m + 1] = { source = source, target = target, kdc = kdc, reason = reason, hint = hint,
					agrees = kdc == "fine" or nil }
			end
		end
		return m
	end

	it("is a line for each source and reason", function()
		assert.same({ "A to B, C: refused: no rule\n    allow it", "A to D: refused: gone", "B to A: refused: no rule" },
			lines.of(matrix({ "A", "BC", "refused", "no rule", "allow it" }, { "A", "D", "refused", "gone" },
				{ "A", "E", "fine" }, { "B", "A", "refused", "no rule" })))
	end)

	it("names some of many, and unites sources that are alike towards all", function()
		local m = matrix({ "A", "BCDEFG", "no key", "none" }, { "B", "ACDEFG", "no key", "none" },
			{ "C", "ABDEFG", "no key", "none" }, { "D", "ABCEFG", "no key", "none" }, { "E", "ABCDFG", "no key", "none" },
			{ "F", "ABCDE", "refused", "no rule" })
		assert.same({ "A, B, C and 2 more to all others: no key: none", "F to A, B, C and 2 more: refused: no rule" },
			lines.of(m))
		assert.same({ "A, B, C, D, E to all others: no key: none", "F to A, B, C, D, E: refused: no rule" },
			lines.of(m, true))
	end)
end)

describe("the grid", function()
	local crosstab = require "adsh.format.crosstab"
	local m = {
		hosts = { "A", "B", "C" },
		cells = { { ".", "A", "A" }, { "-", ".", "K" }, { "U", "-", "." } },
		marks = { { " ", "+", "x" }, { "x", " ", "+" }, { "?", "x", " " } },
		{ kdc = "given", agrees = true }, { kdc = "refused", agrees = false }, { kdc = "refused", agrees = true },
		{ kdc = "given", agrees = true }, { kdc = "not asked" }, { kdc = "refused", agrees = true },
	}

	local function written(terminal)
		local parts = {}
		crosstab.write(m, function(...)
			for _, s in ipairs { ... } do
				parts[#parts + 1] = s
			end
		end, terminal)
		return table.concat(parts)
	end

	it("has both marks of each pair", function()
		local text = written { columns = 80 }
		assert.matches("\n1 A %.  A%+ Ax\n2 B %-x %.  K%+\n3 C U%? %-x %.\n", text)
		assert.matches("\n2 tickets issued, 3 refused, 1 not requested, 1 not as the directory says, 1 not proven\n$", text)
	end)

	it("is read out as sentences", function()
		assert.same("A, any protocol, the KDC gives the ticket: B\nA, any protocol, the KDC refuses: C\n"
			.. "B, Kerberos only, the KDC gives the ticket: C\nB, missing, the KDC refuses: A\n"
			.. "C, unconstrained, not asked: A\nC, missing, the KDC refuses: B\n"
			.. "2 tickets issued, 3 refused, 1 not requested, 1 not as the directory says, 1 not proven\n",
			written { plain = true })
	end)
end)
