-- What adsh can mend by itself: the verbs, and what they are called with. They make changes in the plan that is open.
local delegation = require "adsh.delegation"
local examine = require "adsh.doctor.examine"
local folder = require "adsh.folder"
local raising = require "adsh.raising"
local share = require "adsh.share"
local spn = require "adsh.spn"

local mend = {}

local verbs = {}

function verbs.register(h, spns)
	spn.add(h.object, spns)
end

function verbs.take_spn(dn, name)
	spn.remove(dn, name)
end

function verbs.move_spn(h, name)
	spn.move(name, h.object)
end

function verbs.mode(h, mode)
	delegation.set_mode(h.object, mode)
end

function verbs.allow(source, spns)
	delegation.allow(source.object, spns, { mode = "any" })
end

function verbs.allow_from(target, source)
	delegation.allow_from(target.object, source.object)
end

function verbs.share(server, name, who, rights)
	share.grant(server, name, { who.object }, rights)
end

function verbs.folder(unc, who, rights)
	folder.grant(unc, { who.object }, rights, { children = true })
end

--- mend.all(rows, warnings): makes a change for every row that adsh can mend; gives the number of those that it cannot.
--- Why it cannot do one goes into warnings.
function mend.all(rows, warnings)
	local rest = 0
	for _, row in ipairs(rows) do
		local what = examine.mend_of(row)
		local _, err = nil, nil
		if what then
			_, err = raising.try(verbs[what[1]], table.unpack(what, 2))
		end
		if err then
			warnings[#warnings + 1] = ("%s of %s cannot be mended: %s"):format(row.condition, row.subject, err.message)
		end
		rest = rest + (row.state == "fails" and (err or not what) and 1 or 0)
	end
	return rest
end

return mend
