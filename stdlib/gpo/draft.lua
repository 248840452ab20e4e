-- Changes that belong to one group policy, over two protocols, each written after the one before it: so a run that is
-- cut off has done the first part of it, and nothing is linked before all of it is there. Undo goes the other way.
local plan = require "adsh.core.plan"

local draft = {}
draft.__index = draft

--- draft(dir): within a plan that is being collected (plan.as_one).
local function new(_, dir)
	return setmetatable({ dir = dir, plan = plan.current(), last = nil }, draft)
end

local function chain(d, first)
	for i = first, d.plan:count() do
		if d.last and d.last ~= i then
			d.plan:wait(i, d.last)
		end
		d.last = i
	end
end

--- after(first): the changes of the plan from this number on come one after the other, behind what the draft has.
draft.after = chain

--- does(f, ...): calls a verb that puts changes into the plan.
function draft:does(f, ...)
	local first = self.plan:count() + 1
	local result = f(...)
	chain(self, first)
	return result
end

local function values(v)
	return v ~= nil and { tostring(v) } or {}
end

--- edits(o, label, list): attributes of a policy, or of what it is linked to. o: as read; list: { attribute, before,
--- after }, texts or nil.
function draft:edits(o, label, list)
	local edits = {}
	for _, e in ipairs(list) do
		if tostring(e[2] or "") ~= tostring(e[3] or "") then
			edits[#edits + 1] = { attribute = e[1], before = values(e[2]), after = values(e[3]) }
		end
	end
	if #edits > 0 then
		self:does(self.plan.restore, self.plan, self.dir, { kind = "policy-attributes", dn = o.dn, guid = o.objectGUID,
			label = label, edits = edits })
	end
end

return setmetatable(draft, { __call = new })
