-- Inbound rules of Windows Firewall in a policy (MS-GPFAS 2.2.2): texts in Registry.pol, one value for each rule.
local registry = require "adsh.gpo.registry"

local firewall = {}

firewall.KEY = [[SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules]]
local PREFIX = "adsh-" -- of the names of our rules
local TCP = 6

--- The ports of each job: { name=, port = as rules have it, number = as people do, why=, needed = what for }.
firewall.jobs = {
	migration = {
		{ name = "migration", port = "6600", number = "6600", why = "live migration",
			needed = "memory and state of the machines that move" },
		{ name = "smb", port = "445", number = "445", why = "SMB",
			needed = "disks and ISO files on shares, and moves over SMB" },
		{ name = "winrm", port = "5985", number = "5985", why = "WinRM",
			needed = "moves that are started from another computer" },
		{ name = "rpc-mapper", port = "RPC-EPMap", number = "135", why = "RPC endpoint mapper",
			needed = "says where WMI listens" },
		{ name = "rpc", port = "RPC", number = "49152-65535", why = "RPC",
			needed = "WMI, which hosts and managers use to query each other" },
	},
	replica = { { name = "replica", port = "80", number = "80", why = "Hyper-V Replica",
		needed = "changes of disks, over HTTP with Kerberos" } },
}

local NUMBERS = {} -- [port as rules have it]
for _, job in pairs(firewall.jobs) do
	for _, r in ipairs(job) do
		NUMBERS[r.port] = r.number
	end
end

--- rule(r, from): the text of a rule; from: addresses and networks, nil: any.
function firewall.rule(r, from)
	local parts = { "v2.10", "Action=Allow", "Active=TRUE", "Dir=In", "Protocol=" .. TCP, "LPort=" .. r.port }
	for _, address in ipairs(from or {}) do
		parts[#parts + 1] = (address:find(":", 1, true) and "RA6=" or "RA4=") .. address
	end
	parts[#parts + 1] = ("Name=adsh: %s"):format(r.why)
	parts[#parts + 1] = "EmbedCtxt=adsh"
	return table.concat(parts, "|") .. "|"
end

local function is_ours(e)
	return e.key:lower() == firewall.KEY:lower() and e.name:sub(1, #PREFIX) == PREFIX
end

--- change(rules, from): for gpo.edit: the rules are there, and no others of ours.
function firewall.change(rules, from)
	return function(bytes)
		local list = registry.decode(bytes or "")
		local wanted, before = {}, #list
		for _, r in ipairs(rules) do
			wanted[PREFIX .. r.name] = firewall.rule(r, from)
		end
		local n = registry.take(list, function(e)
			return is_ours(e) and not wanted[e.name]
		end)
		for _, r in ipairs(rules) do
			n = n + (registry.put(list, registry.of_text(firewall.KEY, PREFIX .. r.name, wanted[PREFIX .. r.name])) and 1 or 0)
		end
		if n == 0 and #list == before then
			return bytes
		end
		return #list > 0 and registry.encode(list) or nil
	end
end

local AREA = [[software\policies\microsoft\windowsfirewall]]

--- is_in(bytes): whether Registry.pol says something about the firewall.
function firewall.is_in(bytes)
	for _, e in ipairs(registry.decode(bytes)) do
		if e.key:lower():sub(1, #AREA) == AREA then
			return true
		end
	end
	return false
end

local function parts_of(rule)
	local row = { from = {} }
	for key, value in rule:gmatch "|([%w]+)=([^|]*)" do
		if key == "RA4" or key == "RA6" then
			row.from[#row.from + 1] = value
		else
			row[key:lower()] = value
		end
	end
	return row
end

--- words(e): an entry of Registry.pol that is a rule as adsh writes them; nil: it is another.
function firewall.words(e)
	local rule = e.key:lower() == firewall.KEY:lower() and registry.text(e)
	local row = type(rule) == "string" and parts_of(rule)
	local why = row and (row.name or ""):match "^adsh: (.*)$"
	if why and row.lport and firewall.rule({ port = row.lport, why = why }, row.from) == rule then
		return ("allow TCP %s from %s: %s"):format(NUMBERS[row.lport] or row.lport,
			#row.from > 0 and table.concat(row.from, ", ") or "anywhere", why)
	end
end

--- list(bytes): the rules of a policy: { name=, text = its parts by name }.
function firewall.list(bytes)
	local rows = {}
	for _, e in ipairs(registry.decode(bytes or "")) do
		local rule = e.key:lower() == firewall.KEY:lower() and registry.text(e)
		if rule then
			local row = parts_of(rule)
			row.value = e.name
			rows[#rows + 1] = row
		end
	end
	return rows
end

return firewall
