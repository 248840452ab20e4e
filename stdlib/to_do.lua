-- What is left to do where no directory reaches, after a run: sources of delegation keep their old tickets.
local names = require "adsh.format.names"
local say = require "adsh.say"

local to_do = {}

-- Attributes of which a source's own tickets know.
local IN_TICKETS = { ["msDS-AllowedToDelegateTo"] = true, userAccountControl = true }

local function is_source(c)
	for _, e in ipairs(c.edits) do
		if c.kind == "attributes" and IN_TICKETS[e.attribute] then
			return true
		end
	end
	return false
end

--- hosts(list): the line about computers of these names.
function to_do.hosts(list)
	return ("to do on %s: klist purge -li 0x3e7"):format(names.ranges(list))
end

--- lines(changes): lines about the sources that the changes are about; none where there are no such.
function to_do.lines(changes)
	local computers, others, lines = {}, {}, {}
	for _, c in ipairs(changes) do
		local name, dollar = c.label:match "^(.-)(%$?)$"
		local list = dollar == "$" and computers or others
		list[#list + 1] = is_source(c) and name or nil
	end
	lines[#lines + 1] = computers[1] and to_do.hosts(computers)
	lines[#lines + 1] = others[1] and ("to do for %s: restart the services that run as %s, so that they get new tickets")
		:format(names.ranges(others), #others == 1 and "it" or "these")
	return lines
end

--- say(changes): tells a person.
function to_do.say(changes)
	for _, line in ipairs(to_do.lines(changes)) do
		say.out(line)
	end
end

return to_do
