-- What help() shows: tasks, each with a call that does it. A screen of 24 lines, with the prompt.
local screen = {}

local TASKS = {
	{ "Look around" },
	{ "find by name or filter", 'search "host0"' },
	{ "one object, typed", 'get "host01"' },
	{ "Hyper-V hosts without rights", 'hosts.without "live-migration"' },
	{ "the trusts between two hosts", 'trust.path("host01", "BETA\\\\host05")' },
	{ "Delegation, SPNs" },
	{ "what an account may delegate to", 'delegation.get "host01"' },
	{ "who may delegate to it", 'delegation.inbound "host01"' },
	{ "let it delegate", 'delegation.allow("host01", "cifs/host02")' },
	{ "who has an SPN; duplicates", 'spn.find "cifs/host01"; spn.duplicates()' },
	{ "Shares, folders, groups" },
	{ "who may do what", 'share.list "fs1"; folder.acl [[\\\\fs1\\data]]' },
	{ "give rights; add members", 'folder.grant(...); group.add(...)' },
	{ "Recipes, plans" },
	{ "do a whole job", 'run.live_migration{group = "HyperV-Hosts"}' },
	{ "collect, look, write", "plan.on(); plan.show(); apply(); plan.drop()" },
	{ "the journal; undo a run", "journal.runs(); undo()" },
	{ "This prompt" },
	{ "the last result, into a file", 'save(_, "friday.csv")' },
	{ "why it failed; a lesson", "why(); tutorial()" },
}

--- The text of help().
function screen.text()
	local lines = { 'What would you like to do?       Tab completes, F1 shows help for the line' }
	for _, task in ipairs(TASKS) do
		lines[#lines + 1] = task[2] and ("  %-32s %s"):format(task[1], task[2]) or task[1]
	end
	lines[#lines + 1] = 'help "delegation"  help "who may delegate to"  help "0x8009030E"  help "all"'
	return table.concat(lines, "\n")
end

--- The calls that it shows.
function screen.calls()
	local list = {}
	for _, task in ipairs(TASKS) do
		list[#list + 1] = task[2]
	end
	return list
end

return screen
