#!/usr/bin/env python3
"""What lies in the policy of this display name, read on its DC with Samba's own library: JSON, or null."""
import glob
import json
import os
import sys
import xml.etree.ElementTree as xml

from samba.auth import system_session
from samba.dcerpc import preg
from samba.gp_parse.gp_inf import GptTmplInfParser
from samba.gp_parse.gp_ini import GPScriptsIniParser
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as f:
        return f.read()


def inf(data):
    if data is None:
        return None
    parser = GptTmplInfParser()
    parser.parse(data)
    return {"__".join(key): sids for key, sids in parser.sections["Group Membership"].param_list}


def scripts(data):
    if data is None:
        return None
    parser = GPScriptsIniParser()
    parser.parse(data)
    return {s: dict(parser.ini_conf[s]) for s in parser.ini_conf.sections()}


def main():
    lp = LoadParm()
    lp.load_default()
    db = SamDB(lp=lp, session_info=system_session(lp))
    found = db.search(db.domain_dn(), expression="(&(objectClass=groupPolicyContainer)(displayName=%s))" % sys.argv[1],
                      attrs=["cn", "versionNumber", "gPCMachineExtensionNames", "flags"])
    if not found:
        print("null")
        return
    o = found[0]
    folder = glob.glob("/var/lib/samba/sysvol/*/Policies/%s" % o["cn"])[0]
    machine = folder + "/Machine/"
    groups = read(machine + "Preferences/Groups/Groups.xml")
    pol = read(machine + "Registry.pol")
    template = read(machine + "Microsoft/Windows NT/SecEdit/GptTmpl.inf")
    script = read(machine + "Scripts/Startup/adsh-host-policy.ps1")
    print(json.dumps({
        "guid": str(o["cn"]), "version": str(o["versionNumber"]), "ini": read(folder + "/GPT.INI").decode("latin-1"),
        "extensions": str(o.get("gPCMachineExtensionNames", "")), "flags": str(o["flags"]),
        "groups": groups and [{"uid": g.get("uid"), "action": g.find("Properties").get("action"),
                               "sid": g.find("Properties").get("groupSid"),
                               "members": [dict(m.attrib) for m in g.iter("Member")]}
                              for g in xml.fromstring(groups)],
        "groups_text": groups and groups.decode(),
        "values": pol and {e.valuename: str(e.data) for e in ndr_unpack(preg.file, pol).entries},
        "inf": inf(template), "inf_text": template and template.decode("utf-16"),
        "scripts": scripts(read(machine + "Scripts/psscripts.ini")),
        "script": script and script.decode(),
    }))


main()
