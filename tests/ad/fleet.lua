-- Many hosts of a test's own: made and removed over LDAP, compared from outside attribute by attribute.
local lab = require "lab"

local fleet = {}
fleet.__index = fleet

local ANY = 4096 + 0x1000000

--- n hosts whose names begin with prefix. They are made by f:seed() and removed by f:remove().
function fleet.new(prefix, n)
	local f = setmetatable({ prefix = prefix, n = n, names = {} }, fleet)
	for i = 1, n do
		f.names[i] = ("%s%03d"):format(prefix, i)
	end
	return f
end

local function dn_of(name)
	return ("CN=%s,OU=Hosts,%s"):format(name, lab.base)
end

function fleet:seed()
	local ldif = {}
	for _, name in ipairs(self.names) do
		ldif[#ldif + 1] = ("dn: %s\nchangetype: add\nobjectClass: computer\nsAMAccountName: %s$\n"
			.. "dNSHostName: %s.alpha.test\nuserAccountControl: 4096\n"):format(dn_of(name), name:upper(), name)
	end
	lab.modify(table.concat(ldif, "\n"))
end

function fleet:remove()
	local ldif = {}
	for _, e in ipairs(lab.search(("(sAMAccountName=%s*)"):format(self.prefix), "cn")) do
		ldif[#ldif + 1] = ("dn: %s\nchangetype: delete\n"):format(e.dn)
	end
	if #ldif > 0 then
		lab.modify(table.concat(ldif, "\n"))
	end
end

local MOVING = { uSNChanged = true, whenChanged = true, dSCorePropagationData = true }

--- Everything ldapsearch shows of the hosts: host name -> attribute -> sorted values.
function fleet:snapshot()
	local all = {}
	for _, e in ipairs(lab.search(("(sAMAccountName=%s*)"):format(self.prefix), "'*'")) do
		local one = { dn = e.dn }
		for attribute, values in pairs(e) do
			if attribute ~= "dn" and not MOVING[attribute] then
				table.sort(values)
				one[attribute] = values
			end
		end
		all[e.cn[1]] = one
	end
	return all
end

local function text_of(list)
	return list and table.concat(list, ", ") or "nothing"
end

--- Compares what is there with a snapshot: an error names the first differences, in short.
function fleet:check(wanted)
	local all, bad = self:snapshot(), {}
	local function compare(name, is, should)
		local attributes = {}
		for attribute in pairs(is) do attributes[attribute] = true end
		for attribute in pairs(should) do attributes[attribute] = true end
		for attribute in pairs(attributes) do
			if attribute ~= "dn" and text_of(is[attribute]) ~= text_of(should[attribute]) then
				bad[#bad + 1] = ("%s %s: %s, not %s"):format(name, attribute, text_of(is[attribute]),
					text_of(should[attribute]))
			end
		end
	end
	for _, name in ipairs(self.names) do
		compare(name, all[name] or {}, wanted[name] or {})
	end
	if #bad > 0 then
		error(("%d differences:\n%s"):format(#bad, table.concat(bad, "\n", 1, math.min(#bad, 6))), 2)
	end
end

--- Four targets that differ for every host.
function fleet:targets(i)
	local a, b = self.names[i % self.n + 1], self.names[(i + 1) % self.n + 1]
	local list = {}
	for _, name in ipairs { a:upper(), a .. ".alpha.test", b:upper(), b .. ".alpha.test" } do
		list[#list + 1] = "cifs/" .. name
	end
	table.sort(list)
	return list
end

--- What a snapshot has to become by the run of f:script().
function fleet:wanted(before)
	local all = {}
	for i, name in ipairs(self.names) do
		local one = {}
		for attribute, values in pairs(before[name]) do
			one[attribute] = values
		end
		one["msDS-AllowedToDelegateTo"], one.userAccountControl = self:targets(i), { tostring(ANY) }
		all[name] = one
	end
	return all
end

--- A script that gives every host its targets with protocol transition, as one plan. between: Lua that runs
--- when the plan is made and nothing is written yet.
function fleet:script(between)
	local lines = { "local w = {}" }
	for i, name in ipairs(self.names) do
		lines[#lines + 1] = ("w[%d] = { %q, { %q, %q, %q, %q } }"):format(i, name, table.unpack(self:targets(i)))
	end
	lines[#lines + 1] = [[
		local names = {}
		for i, one in ipairs(w) do names[i] = one[1] end
		local hosts = directory.current():get(names)
		local p = plan(function()
			for i, o in ipairs(hosts) do delegation.allow(o, w[i][2], { mode = "any" }) end
		end)
	]]
	lines[#lines + 1] = between or ""
	lines[#lines + 1] = "return p:apply()"
	return lab.file(table.concat(lines, "\n"))
end

--- How many hosts are changed: each wholly or not at all.
function fleet:written()
	local n = 0
	for name, e in pairs(self:snapshot()) do
		local values, uac = #(e["msDS-AllowedToDelegateTo"] or {}), tonumber(e.userAccountControl[1])
		assert((values > 0) == (uac & 0x1000000 ~= 0), name .. " is half written")
		n = n + (values > 0 and 1 or 0)
	end
	return n
end

return fleet
