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

-- All that one source lacks, at once: { allow, source, names }.
local function together(list)
	local by_source, rest = {}, {}
	for _, what in ipairs(list) do
		local known = what[1] == "allow" and by_source[what[2]]
		if known then
			table.move(what[3], 1, #what[3], #known[3] + 1, known[3])
		else
			local own = what[1] == "allow" and { "allow", what[2], { table.unpack(what[3]) } } or what
			by_source[what[2]] = what[1] == "allow" and own or by_source[what[2]]
			rest[#rest + 1] = own
		end
	end
	return rest
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

--- mend.all(rows, warnings): makes the changes that mend what adsh can mend; gives the number of failed rows that it
--- cannot. Why it cannot do one goes into warnings.
function mend.all(rows, warnings)
	local list, rest = {}, 0
	for _, row in ipairs(rows) do
		local what = examine.mend_of(row)
		list[#list + 1] = what
		rest = rest + (row.state == "fails" and not what and 1 or 0)
	end
	for _, what in ipairs(together(list)) do
		local _, err = raising.try(verbs[what[1]], table.unpack(what, 2))
		rest = rest + (err and 1 or 0)
		warnings[#warnings + 1] = err and "it cannot be fixed: " .. err.message
	end
	return rest
end

return mend
