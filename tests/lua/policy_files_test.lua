-- The files of group policies against other implementations: samba's parsers of GptTmpl.inf and Registry.pol, Python's
-- of XML and INI files.
local preferences = require "adsh.gpo.preferences"
local registry = require "adsh.gpo.registry"
local scripts = require "adsh.gpo.scripts"
local template = require "adsh.gpo.template"
local utf16 = require "adsh.gpo.utf16"

-- What a Python program prints about the bytes, which it finds in the file sys.argv[1].
local function python(program, bytes)
	local names = { os.tmpname(), os.tmpname() }
	for i, content in ipairs { program, bytes } do
		local f <close> = assert(io.open(names[i], "wb"))
		f:write(content)
	end
	local p = assert(io.popen(("/usr/bin/python3 %s %s 2>&1"):format(names[1], names[2])))
	local out = p:read "a"
	p:close()
	os.remove(names[1])
	os.remove(names[2])
	return out
end

local has_samba = python("import samba.gp_parse", "") == ""

local function with_samba(name, f)
	it(name, function()
		if not has_samba then
			return pending "samba's Python modules are not installed"
		end
		f()
	end)
end

local SID, ADMINS, HYPERV = "S-1-5-21-1-2-3-1105", "S-1-5-32-544", "S-1-5-32-578"

describe("UTF-16", function()
	it("is what Python makes of it", function()
		local s = "K\u{fc}che \u{1F600} \u{3042}"
		assert.equal(s, python("import sys; print(open(sys.argv[1],'rb').read().decode('utf-16le'), end='')",
			utf16.encode(s)))
		assert.equal(s, utf16.decode("\xff\xfe" .. utf16.encode(s)))
	end)
end)

local INF = [[
import sys, samba.gp_parse.gp_inf as g
p = g.GptTmplInfParser(); p.parse(open(sys.argv[1],'rb').read())
for name, section in p.sections.items():
    for row in section.param_list: print(name, row)
]]

describe("GptTmpl.inf", function()
	with_samba("is read by samba as it was written", function()
		local t = template.new()
		assert.is_true(template.add_memberof(t, SID, ADMINS))
		assert.is_false(template.add_memberof(t, SID, ADMINS))
		assert.is_true(template.set_members(t, HYPERV, { SID, "S-1-5-21-1-2-3-512" }))
		local bytes = template.encode(t)
		assert.equal("\xff\xfe", bytes:sub(1, 2))
		local out = python(INF, bytes)
		assert.matches("Group Membership", out, 1, true)
		assert.matches(("*%s"):format(SID), out, 1, true)
		assert.matches(("*%s"):format(ADMINS), out, 1, true)
		assert.equal(('[Unicode]\r\nUnicode=yes\r\n[Version]\r\nsignature="$CHICAGO$"\r\nRevision=1\r\n'
			.. "[Group Membership]\r\n*%s__Memberof = *%s\r\n*%s__Members = *%s,*S-1-5-21-1-2-3-512\r\n"):format(SID,
			ADMINS, HYPERV, SID), utf16.decode(bytes))
	end)

	it("keeps what others wrote, byte for byte, and gives ours back", function()
		local theirs = '[Unicode]\r\nUnicode=yes\r\n[Registry Keys]\r\n"MACHINE\\X",0,"D:(A;;KA;;;BA)"\r\n'
			.. "[Group Membership]\r\n*S-1-5-21-1-2-3-9__Memberof = *S-1-5-32-555\r\n*S-1-5-21-1-2-3-9__Members =\r\n"
			.. "\r\n[Privilege Rights]\r\n"
			.. "SeDenyNetworkLogonRight = *S-1-5-32-546,Guest\r\n; a remark\r\n"
		local before = "\xff\xfe" .. utf16.encode(theirs)
		local t = template.decode(before)
		assert.equal(before, template.encode(t))
		assert.same({ { group = "S-1-5-21-1-2-3-9", memberof = { "S-1-5-32-555" }, members = {} } }, template.groups(t))
		assert.same({ SeDenyNetworkLogonRight = { "S-1-5-32-546", "Guest" } }, template.rights(t))
		template.add_memberof(t, "S-1-5-21-1-2-3-9", ADMINS)
		template.add_memberof(t, SID, ADMINS)
		local now = utf16.decode(template.encode(t))
		assert.matches("*S-1-5-21-1-2-3-9__Memberof = *S-1-5-32-555,*S-1-5-32-544\r\n", now, 1, true)
		assert.matches(("*S-1-5-21-1-2-3-9__Members =\r\n*%s__Memberof = *%s\r\n\r\n[Privilege"):format(SID, ADMINS), now,
			1, true)
		template.remove_memberof(t, "S-1-5-21-1-2-3-9", ADMINS)
		template.remove_memberof(t, SID, ADMINS)
		assert.equal(before, template.encode(t))
	end)

	it("in another encoding stays in it", function()
		local t = template.decode "[Group Membership]\nAdministrators__Members = x"
		template.add_memberof(t, SID, ADMINS)
		assert.equal(("[Group Membership]\nAdministrators__Members = x\r\n*%s__Memberof = *%s\r\n"):format(SID, ADMINS),
			template.encode(t))
	end)
end)

local XML = [[
import sys, xml.etree.ElementTree as E
for g in E.parse(sys.argv[1]).getroot():
    p = g.find('Properties')
    print(g.get('uid'), p.get('action'), p.get('groupSid'), p.get('groupName'))
    for m in p.find('Members'): print(' ', m.get('action'), m.get('sid'), m.get('name'))
]]

describe("Groups.xml", function()
	local OURS = { uid = "{11111111-2222-3333-4444-555555555555}", group = "Administrators (built-in)", sid = ADMINS,
		changed = "2026-11-26 12:00:00", members = { { name = "BETA\\H&V <x>", sid = SID, action = "ADD" } } }
	local SEEN = "{11111111-2222-3333-4444-555555555555} U S-1-5-32-544 Administrators (built-in)\n"
		.. "  ADD S-1-5-21-1-2-3-1105 BETA\\H&V <x>\n"

	it("is read by Python as it was written, and by us", function()
		local xml = preferences.put(nil, OURS)
		assert.equal(SEEN, python(XML, xml))
		local row = preferences.groups(xml)[1]
		assert.same({ name = "BETA\\H&V <x>", sid = SID, action = "ADD" }, row.members[1])
		assert.equal(ADMINS, row.sid)
		assert.is_false(row.empties)
		assert.is_nil(preferences.take(xml, OURS.uid))
	end)

	it("keeps what others wrote, byte for byte", function()
		local theirs = '<?xml version="1.0" encoding="utf-8"?>\n<!-- <Group uid="x"> -->\n'
			.. '<Groups clsid="{3125E937-EB16-4b4c-9934-544FC6D24D26}">'
			.. '<Group uid="{AA}" name="g"><Properties action="R" groupSid="" groupName="g" deleteAllUsers="1"><Members>'
			.. "</Members></Properties></Group>\n</Groups>"
		local xml = preferences.put(theirs, OURS)
		assert.equal("{AA} R  g\n" .. SEEN, python(XML, xml))
		assert.equal(theirs, preferences.take(xml, OURS.uid))
		assert.is_true(preferences.groups(xml)[1].empties)
		local again = { uid = OURS.uid, group = "g", sid = HYPERV, changed = "2026-11-26 13:00:00",
			members = { { name = "X", sid = SID, action = "REMOVE" } } }
		assert.equal("{AA} R  g\n" .. OURS.uid .. " U S-1-5-32-578 g\n  REMOVE S-1-5-21-1-2-3-1105 X\n",
			python(XML, preferences.put(xml, again)))
		assert.equal('<Groups clsid="x"><Group uid="a"></Group></Groups>\r\n',
			(preferences.put('<Groups clsid="x"/>', OURS):gsub("<Group .*</Group>", '<Group uid="a"></Group>')))
	end)
end)

local POL = [[
import sys
from samba.ndr import ndr_unpack
from samba.dcerpc import preg
for e in ndr_unpack(preg.file, open(sys.argv[1],'rb').read()).entries:
    print(e.keyname, e.valuename, e.type, e.data)
]]
local POL_WRITE = [[
import sys
from samba.ndr import ndr_pack
from samba.dcerpc import preg
f = preg.file(); f.header.signature = 'PReg'; f.header.version = 1
a = preg.entry(); a.keyname = 'Software\\A'; a.valuename = 'n'; a.type = 4; a.data = 7
b = preg.entry(); b.keyname = 'Software\\B'; b.valuename = 'bin'; b.type = 3; b.data = b'\x00[;]\x01'
f.entries = [a, b]; f.num_entries = 2
sys.stdout.buffer.write(ndr_pack(f))
]]

describe("Registry.pol", function()
	local KEY = [[SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules]]

	with_samba("is read by samba as it was written", function()
		local list = {}
		assert.is_true(registry.put(list, registry.of_text(KEY, "adsh-1", "v2.10|Action=Allow|Name=K\u{fc}che|")))
		assert.is_false(registry.put(list, registry.of_text(KEY:upper(), "ADSH-1", "v2.10|Action=Allow|Name=K\u{fc}che|")))
		assert.equal(KEY:upper() .. " ADSH-1 1 v2.10|Action=Allow|Name=K\u{fc}che|\n", python(POL, registry.encode(list)))
	end)

	with_samba("keeps what others wrote, byte for byte", function()
		local theirs = python(POL_WRITE, "")
		local list = registry.decode(theirs)
		assert.equal(2, #list)
		assert.equal(7, registry.text(list[1]))
		assert.equal("\0[;]\1", list[2].data)
		registry.put(list, registry.of_text(KEY, "adsh-1", "x"))
		local now = registry.encode(list)
		assert.equal(theirs, now:sub(1, #theirs))
		list = registry.decode(now)
		assert.equal(1, registry.take(list, function(e) return e.name:find "^adsh%-" ~= nil end))
		assert.equal(theirs, registry.encode(list))
	end)

	it("that is cut off or not one at all is refused", function()
		local bytes = registry.encode { registry.of_text(KEY, "a", "b") }
		for n = 1, #bytes - 1 do
			if n ~= 8 then
				local is_fine, err = pcall(registry.decode, bytes:sub(1, n))
				assert.is_false(is_fine, n)
				assert.matches("malformed", tostring(err), 1, true)
			end
		end
		assert.same({}, registry.decode "")
	end)
end)

local INI = [[
import sys, configparser
c = configparser.ConfigParser(interpolation=None, strict=True)
c.read_string(open(sys.argv[1], encoding='utf-16').read())
for s in c.sections():
    for k, v in c[s].items(): print(s, k, v)
]]

describe("psscripts.ini", function()
	it("is read by Python as it was written, and keeps what is there", function()
		local one = scripts.with(nil, "adsh.ps1", "-Quiet")
		assert.equal("Startup 0cmdline adsh.ps1\nStartup 0parameters -Quiet\n", python(INI, one))
		assert.equal(one, scripts.with(one, "ADSH.ps1", "-Quiet"))
		local theirs = "\xff\xfe" .. utf16.encode("\r\n[Shutdown]\r\n0CmdLine=bye.ps1\r\n0Parameters=\r\n"
			.. "[Startup]\r\n0CmdLine=a.ps1\r\n0Parameters=1\r\n")
		local both = scripts.with(theirs, "adsh.ps1", "")
		assert.equal("Shutdown 0cmdline bye.ps1\nShutdown 0parameters \nStartup 0cmdline a.ps1\nStartup 0parameters 1\n"
			.. "Startup 1cmdline adsh.ps1\nStartup 1parameters \n", python(INI, both))
		assert.equal(theirs, scripts.without(both, "adsh.ps1"))
		assert.same({ { command = "a.ps1", parameters = "1" } }, scripts.list(theirs))
		assert.equal("Startup 0cmdline adsh.ps1\nStartup 0parameters \n",
			python(INI, scripts.without(scripts.with(scripts.with(nil, "z.ps1", ""), "adsh.ps1", ""), "z.ps1")))
		assert.is_nil(scripts.without(one, "adsh.ps1"))
	end)
end)
