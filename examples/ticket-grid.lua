-- What:   who may act on behalf of a user towards whom: a real S4U ticket for each pair of hosts.
-- Usage:  adsh examples/ticket-grid.lua USER KEYTAB-DIRECTORY HOST HOST...
--         KEYTAB-DIRECTORY holds HOST.keytab, the key of each host's account.
-- Output: source \ target  host01 host02
--         host01               . ticket
--         host02               -      .
--         1 of 2 pairs have a ticket
local user, keytabs = arg[1], arg[2]
local names = table.move(arg, 3, #arg, 1, {})
if #names < 2 then
	error("usage: ticket-grid.lua USER KEYTAB-DIRECTORY HOST HOST...", 0)
end

local hosts = {}
for i, name in ipairs(names) do
	hosts[i] = directory.current():get(name, { want = "account" })
end

-- One list of questions, so that each host logs in once.
local questions = {}
for _, source in ipairs(hosts) do
	for _, target in ipairs(hosts) do
		if source ~= target then
			local short = source.sAMAccountName:gsub("%$$", ""):lower()
			questions[#questions + 1] = {
				source = source.sAMAccountName, keytab = ("%s/%s.keytab"):format(keytabs, short),
				user = user, target = "cifs/" .. target.dNSHostName,
			}
		end
	end
end
local answers = krb5.verify_many(questions)

local function cell(text)
	return ("%7s"):format(text)
end

local good, k = 0, 0
local line = { ("%-16s"):format("source \\ target") }
for _, name in ipairs(names) do
	line[#line + 1] = cell(name)
end
print(table.concat(line))
for i, source in ipairs(hosts) do
	line = { ("%-16s"):format(names[i]) }
	for _, target in ipairs(hosts) do
		local text = "."
		if source ~= target then
			k = k + 1
			text = answers[k].ok and "ticket" or "-"
			good = good + (answers[k].ok and 1 or 0)
		end
		line[#line + 1] = cell(text)
	end
	print(table.concat(line))
end
print(("%d of %d pairs have a ticket"):format(good, k))
