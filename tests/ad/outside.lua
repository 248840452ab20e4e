-- Looking at servers of the lab from outside many times: one process of Samba's own library for each, see outside.py.
local cjson = require "cjson"
local json = require "adsh.format.json"
local lab = require "lab"
local text = require "adsh.core.text"

local outside = {}
outside.__index = outside

--- open(node): a node of the lab (dc1, fs1) to look at.
function outside.open(node)
	local pipe = lab.must "mktemp -u":gsub("%s", "")
	lab.must("mkfifo " .. pipe)
	local to = assert(io.popen(("exec %s/in.sh %s python3 tests/ad/outside.py %s"):format(lab.scripts, node, pipe), "w"))
	local o = setmetatable({ to = to, from = assert(io.open(pipe)) }, outside)
	os.remove(pipe)
	return o
end

--- ask(op, request): the answer.
function outside:ask(op, request)
	local all = { op = op }
	for key, v in pairs(request or {}) do
		all[key] = v
	end
	assert(self.to:write(json.encode(all), "\n"))
	self.to:flush()
	local answer = cjson.decode((assert(self.from:read(), op .. ": no answer")))
	if answer.error then
		error(("%s: %s"):format(op, answer.error), 2)
	end
	return answer
end

function outside:close()
	self.to:close()
	self.from:close()
end

local function each(list, f)
	local out = {}
	for i, v in ipairs(list) do
		out[i] = f(v)
	end
	return out
end

--- get(dn, attribute): its values.
function outside:get(dn, attribute)
	return each(self:ask("get", { dn = dn, attrs = { attribute } }).values[attribute], text.unbase64)
end

function outside:replace(dn, attribute, values)
	self:ask("replace", { dn = dn, attr = attribute, values = each(values, text.base64) })
end

--- add(dn, attributes): an object.
function outside:add(dn, attributes)
	self:ask("add", { dn = dn, attrs = attributes })
end

function outside:delete(dn)
	self:ask("delete", { dn = dn })
end

function outside:guid(dn)
	return self:ask("guid", { dn = dn }).guid
end

--- bytes(sddl, sid): the descriptor in the form of the wire; sid: of the domain.
function outside:bytes(sddl, sid)
	return text.unbase64(self:ask("pack", { sddl = sddl, sid = sid }).bytes)
end

--- entries(bytes): those of a descriptor's access list, one text each; nil: it has none.
function outside:entries(bytes)
	local list = self:ask("list", { bytes = text.base64(bytes) }).entries
	return list ~= cjson.null and list or nil
end

return outside
