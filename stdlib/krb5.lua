-- Kerberos identities and tickets: the functions of lua/krb5.c, raising; what people see of tickets.
local printable = require "adsh.format.printable"

local krb5 = require "adsh.raising"(require "adsh.core.krb5")

local FLAGS = {
	F = "forwardable", f = "forwarded", P = "proxiable", p = "proxy", D = "may be postdated", d = "postdated",
	i = "invalid", R = "renewable", I = "initial", H = "hardware", A = "pre-authenticated", O = "service may delegate",
	a = "anonymous",
}

local function seen(rows)
	local list = {}
	for i, t in ipairs(rows) do
		local words = {}
		for letter in (t.flags or ""):gmatch "." do
			words[#words + 1] = FLAGS[letter]
		end
		list[i] = { server = t.server, client = t.client, expires = t.expires, enctype = t.enctype,
			flags = table.concat(words, ", ") }
	end
	return printable.ordered(list, { "server", "client", "expires", "enctype", "flags" })
end

local tickets = krb5.tickets

function krb5.tickets(...)
	local rows = tickets(...)
	return printable.viewed(rows, seen)
end

return krb5
