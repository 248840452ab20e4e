-- What the details of many functions say: "<account>" in them stands for the words here.
local common = {}

local REPORT = [[

  changed, failed, not_tried (integer): numbers of objects
  planned (boolean): true when a plan collected the changes
  run (string): its id in the journal
  changes (list): for each object dn, label, state, edits]]

local WORDS = {
	account = [[its name, DNS name, UPN, SPN, DN, SID, GUID or DOMAIN\name]],
	report = "a report:" .. REPORT,
	fields = REPORT,
	when = [[a time in one of these forms:
    2026-01-02T03:04:05Z, 2026-01-02T03:04+01:00 (ISO 8601), as get and search show it;
    2026-01-02, 2026-01-02 03:04, 03:04: local time, as the prompt shows it; the zone's name may follow;
    20260102030405.0Z (GeneralizedTime), 134118110450000000 (FILETIME), as the directory stores them;
    "now"; "today", "yesterday", "tomorrow": at 00:00; "30 days ago", "in 2 hours";
    a number: seconds since 1970, as os.time has them]],
	server = "the DNS name of the file server",
	unc = [=[\\server\share\folder, best written in [[ ]]]=],
	notfound = "notfound: no such account or group",
	refused = "refused: a guard, the policy or the answer to a question refused it. Nothing was written",
	server_error = "connect, failed: the server does not answer, or refuses",
}

--- Details with all their words; tabs in front of them become blanks.
function common.expand(details)
	return (details:gsub("<([%l_]+)>", WORDS):gsub("\t", "  "))
end

--- The examples in details: a list of code.
function common.examples(details)
	local list = {}
	for code in ("\n" .. details):gmatch "\nExample: ([^\n]+)" do
		list[#list + 1] = code
	end
	return list
end

return common
