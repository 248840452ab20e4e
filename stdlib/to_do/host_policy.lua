-- The command that gives the hosts of a run, by one group policy, what they need on themselves.
local host_policy = {}

local sid_names = require "adsh.sid_names"

local MOST = 8 -- so many hosts are named; more are a group's

local function quoted(word)
	return word:find "[^%w=,.@_-]" and "'" .. word:gsub("'", "'\\''") .. "'" or word
end

local function add(words, seen, option, value)
	if not seen[value:lower()] then
		seen[value:lower()] = true
		words[#words + 1] = option .. " " .. quoted(value)
	end
end

--- command(changes, words, with_hosts): changes: of a run, as in its result; words: what the policy is to say;
--- with_hosts: the hosts become local administrators of each other. nil: none of them is in an OU.
function host_policy.command(changes, words, with_hosts)
	local ous, hosts, seen = {}, {}, {}
	for _, c in ipairs(changes) do
		local ou = c.dn:match "^[Cc][Nn]=.-[^\\],([Oo][Uu]=.*)$"
		if ou then
			add(ous, seen, "--ou", ou)
			add(hosts, seen, "--for", ("%s@%s"):format(c.dn:match "^..=(.-),", sid_names.domain_of(ou)))
		end
	end
	if #ous == 0 then
		return nil
	elseif #hosts > MOST then
		hosts = { "--for GROUP@DOMAIN" }
	end
	return ("adsh run host-policy %s%s %s --allow-protected"):format(table.concat(ous, " "),
		with_hosts and " " .. table.concat(hosts, " ") or "", words)
end

return host_policy
