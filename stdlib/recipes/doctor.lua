-- Why does it not work: every condition of a job that can be seen from here, and the command that mends what fails.
local carry_out = require "adsh.carry_out"
local examine = require "adsh.doctor.examine"
local file_servers = require "adsh.file_servers"
local hosts = require "adsh.hosts"
local jobs = require "adsh.doctor.jobs"
local options = require "adsh.core.options"
local page = require "adsh.doctor.page"
local scene = require "adsh.doctor.scene"

local DEFAULT = "live-migration"

local recipe = {
	name = "doctor",
	summary = "diagnose a job or an error code: conditions that hold, fail or cannot be checked",
	writes = { "delegation", "spn", "storage" },
	description = "For a code, an event or the text of a message in any language: explains it, and\n"
		.. "lists the causes in order of likelihood and the commands to run. With --job:\n"
		.. "checks every condition of a job of Hyper-V hosts that is visible from this\n"
		.. "machine. Failures come with the command that fixes them, conditions that only\n"
		.. "the host shows with the PowerShell line for it. Hosts named without --source\n"
		.. "and --target are both. Writes nothing without --fix.\n"
		.. "Exit status: 0 all holds, 4 something fails, 3 something could not be checked.",
	epilog = "Examples:\n"
		.. "  adsh run doctor 0x8009030E\n"
		.. "  adsh run doctor \"$(cat message.txt)\"\n"
		.. "  adsh run doctor --job live-migration --source host01 --target host02 --as admin\n"
		.. "  adsh run doctor --job live-migration --group HyperV-Hosts --fix --dry-run\n"
		.. "  adsh run doctor --job smb-storage --target fs01 --share vms host01 host02",
}

function recipe.options(parser)
	hosts.options(parser)
	parser:option("--job", "The job to check (default: " .. DEFAULT .. ")."):choices(jobs.names()):argname("JOB")
	file_servers.names(parser, "--source", "The hosts that act for users."):argname("HOST"):count("*")
	file_servers.names(parser, "--target", "The hosts that they access."):argname("HOST"):count("*")
	parser:option("--share", "The share on the targets, for smb-storage and iso-library."):argname("NAME")
	file_servers.names(parser, "--account", "Other accounts that need it: VMM's service account, administrators.")
		:argname("NAME"):count("*")
	parser:option("--as", "The administrator who does it: checks that others may act for this account."):argname("ADMIN")
	parser:option("--keytabs", "A folder with keytabs of the sources, HOST.keytab: requests the tickets from the KDC.")
		:argname("DIR")
	parser:flag("--fix", "Plan everything that adsh can fix, show the plan and ask.")
end

-- Words without a job or hosts of an option are a code, an event or the text of a message.
local function is_text(args)
	for _, key in ipairs { "ou", "group", "filter", "hosts_from", "source", "target" } do
		if #(args[key] or {}) > 0 then
			return false
		end
	end
	return #args.host > 0 and not (args.job or args.as or args.fix)
end

local function note_status(rows, rest)
	for _, row in ipairs(rows) do
		carry_out.lacking = carry_out.lacking or examine.matters(row) or false
	end
	carry_out.pending = carry_out.pending or rest > 0
end

function recipe.prepare(args)
	if is_text(args) then
		return require "adsh.doctor.code_answer"(table.concat(args.host, " "))
	end
	local job = jobs.get(args.job or DEFAULT)
	local s = scene.new(job, args)
	local rows = examine.run(s, jobs.conditions(job))
	local n = page.count(rows)
	if carry_out.people() and not options.quiet then
		page.print(rows)
	end
	note_status(rows, args.fix and require "adsh.doctor.mend".all(rows, s.warnings) or n.fails)
	return { job = args.job or DEFAULT, shown = rows, holds = n.holds, fails = n.fails, unseen = n.unseen,
		warnings = s.warnings }
end

--- CSV has one list.
function recipe.rows(result)
	return result.shown
end

return recipe
