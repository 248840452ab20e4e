-- Conditions about a share and its top folder: whether hosts, and who else needs it, may do there what the job does.
local codec = require "adsh.core.codec"
local folder = require "adsh.folder"
local peer = require "adsh.core.peer"
local raising = require "adsh.raising"
local share = require "adsh.share"
local verdict = require "adsh.doctor.verdict"

local holds, fails, blocking = verdict.holds, verdict.fails, verdict.blocking

local MASKS = { read = 0x1200a9, full = 0x1f01ff } -- as Windows gives them (MS-DTYP 2.4.3)

local function unc(x)
	return ("//%s/%s"):format(x.target.fqdn, x.share)
end

-- ---- the share and the folder ----

-- Remembers the descriptor. A DC or server that does not show it is no answer.
local function look(s, x, what, read)
	local o, err = raising.try(read)
	if err and err.kind == "notfound" then
		return fails(err.message, ("Invoke-Command -ComputerName %s { Get-SmbShare }"):format(x.target.fqdn))
	elseif not o or not o.sddl then
		return blocking(err and err.message or "the server does not show its permissions", err and err.hint)
	end
	s:once(what .. x.label, function() return codec.sd(o.sddl) end)
	return holds(("%d entries"):format(#(o.entries or {})))
end

local function of_share(s, x)
	return look(s, x, "share ", function() return share.acl(x.target.fqdn, x.share) end)
end

local function of_folder(s, x)
	return look(s, x, "folder ", function() return folder.acl(unc(x)) end)
end

-- ---- who may do what there ----

local function has_all(s, x, what)
	local bytes = s:once(what .. x.place.label)
	local wanted = MASKS[s.job.rights]
	return codec.rights(bytes, s:token(x.who, x.target)) & wanted == wanted
end

local function permitted(s, x)
	if has_all(s, x, "share ") then
		return holds(s.job.rights .. " through the share")
	end
	return fails(("%s does not have %s through the share (0x80070005)"):format(x.who.label, s.job.rights),
		verdict.call("share.grant", x.target.fqdn, x.share, x.who.account, s.job.rights),
		{ "share", x.target.fqdn, x.share, x.who, s.job.rights })
end

local function permitted_in_folder(s, x)
	if has_all(s, x, "folder ") then
		return holds(s.job.rights .. " in the folder")
	end
	return fails(("%s does not have %s in the folder (0x80070005)"):format(x.who.label, s.job.rights),
		verdict.call("folder.grant", unc(x), x.who.account, s.job.rights, { children = true }),
		{ "folder", unc(x), x.who, s.job.rights })
end

-- ---- the server ----

local PATIENCE = 5000 -- ms

local function speaks(s, h)
	local _, err = s:once("smb " .. h.fqdn, peer.clock, h.fqdn, PATIENCE)
	if err and err.domain == "smb" then
		return fails(err.message, "a server with SMB 3: at least Windows Server 2016 or Samba 4.3")
	end
	return err and verdict.unseen(err.message, err.hint) or holds "SMB 3.1.1"
end

local function not_itself(s, h)
	if s.job.loopback then
		return nil
	end
	for _, source in ipairs(s:subjects "source") do
		if source == h then
			return fails("the file server is one of the hosts: Hyper-V does not support machines on a share of the host"
				.. " itself (loopback)", "use another server, or a local path for these machines")
		end
	end
	return holds "none of the hosts"
end

return {
	{ name = "server apart from the hosts", of = "target", check = not_itself },
	{ name = "SMB 3", of = "target", needs = { "ports" }, check = speaks },
	{ name = "share", of = "place", needs = { "DNS", "machine", "ports" }, check = of_share },
	{ name = "folder", of = "place", needs = { "share" }, check = of_folder },
	{ name = "share permission", of = "access", needs = { "share" }, check = permitted },
	{ name = "folder permission", of = "access", needs = { "folder" }, check = permitted_in_folder },
}
