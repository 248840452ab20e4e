#!/usr/bin/env python3
"""Group policies for tests, made behind adsh's back with Samba's own library on their domain controller.
policies.py make FILE (JSON: objects, policies, links, blocks) | remove FILE | order ACCOUNT (as samba-gpupdate has
it) | path NAME PART (where the file of the policy is)."""
import json
import os
import shutil
import sys
import uuid

import ldb
from samba.auth import system_session
from samba.credentials import Credentials
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

lp = LoadParm()
lp.load_default()
db = SamDB(url=lp.samdb_url(), lp=lp, session_info=system_session(lp))
DOMAIN = lp.get("realm").lower()
POLICIES = "CN=Policies,CN=System," + str(db.domain_dn())
FILES = {
    "template": "MACHINE/Microsoft/Windows NT/SecEdit/GptTmpl.inf",
    "groups": "MACHINE/Preferences/Groups/Groups.xml",
    "psscripts": "MACHINE/Scripts/psscripts.ini",
    "registry": "MACHINE/Registry.pol",
}


def read(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def folder(guid):
    return "/var/lib/samba/sysvol/%s/Policies/%s/" % (DOMAIN, guid)


def replace(dn, name, value):
    m = ldb.Message(ldb.Dn(db, dn))
    m[name] = ldb.MessageElement([] if value is None else value, ldb.FLAG_MOD_REPLACE, name)
    db.modify(m)


def find(name):
    found = db.search(POLICIES, expression="(&(objectClass=groupPolicyContainer)(displayName=%s))" % name, attrs=["cn"])
    return found[0] if found else None


def descriptor(sddl):
    """{NAME} in it stands for the SID of an account."""
    while "{" in sddl:
        name = sddl[sddl.index("{") + 1:sddl.index("}")]
        o = db.search(db.domain_dn(), expression="(sAMAccountName=%s)" % name, attrs=["objectSid"])[0]
        sddl = sddl.replace("{%s}" % name, str(ndr_unpack(security.dom_sid, o["objectSid"][0])))
    return ndr_pack(security.descriptor.from_sddl(sddl, security.dom_sid(db.get_domain_sid())))


def place(name, part):
    path = folder(find(name)["cn"]) + FILES[part]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def put(name, part, data):
    with open(place(name, part), "wb") as f:
        f.write(data.encode("utf-16") if part != "groups" else data.encode())


def make_policy(spec):
    guid = "{%s}" % str(uuid.uuid4()).upper()
    dn = "CN=%s,%s" % (guid, POLICIES)
    values = dict({"versionNumber": "1", "flags": "0", "gPCFunctionalityVersion": "2"}, **spec.get("attributes", {}))
    db.add(dict(values, dn=dn, objectClass="groupPolicyContainer", displayName=spec["name"],
                gPCFileSysPath="\\\\%s\\sysvol\\%s\\Policies\\%s" % (DOMAIN, DOMAIN, guid)))
    if "acl" in spec:
        replace(dn, "nTSecurityDescriptor", descriptor(spec["acl"]))
    os.makedirs(folder(guid) + "MACHINE", exist_ok=True)
    for part, text in spec.get("files", {}).items():
        put(spec["name"], part, text)


def link(dn, links):
    """Lists of name and number, in the order of the text; the links that are there stay in front."""
    old = db.search(dn, ldb.SCOPE_BASE, attrs=["gPLink"])[0].get("gPLink", [b""])[0].decode()
    new = ["[LDAP://%s;%d]" % (find(name).dn, number) for name, number in links]
    replace(dn, "gPLink", old + "".join(new))


def make(path):
    spec = read(path)
    for dn, attributes in spec.get("objects", []):
        db.add(dict(attributes, dn=dn))
    for p in spec["policies"]:
        make_policy(p)
    for dn, links in spec["links"]:
        link(dn, links)
    for dn in spec.get("blocks", []):
        replace(dn, "gPOptions", "1")


def unlink(dn):
    for base in db.domain_dn(), "CN=Sites," + str(db.get_config_basedn()):
        for o in db.search(base, expression="(gPLink=*)", attrs=["gPLink"]):
            text = str(o["gPLink"])
            kept = "".join("[" + part for part in text.split("[")[1:] if dn.lower() not in part.lower())
            if kept != text:
                replace(str(o.dn), "gPLink", kept or None)


def remove(path):
    """What make has made, as far as it is there."""
    spec = read(path)
    for p in filter(None, (find(p["name"]) for p in spec["policies"])):
        unlink(str(p.dn))
        db.delete(p.dn)
        shutil.rmtree(folder(p["cn"]))
    for dn in spec.get("blocks", []):
        replace(dn, "gPOptions", None)
    for dn, _ in reversed(spec.get("objects", [])):
        try:
            db.delete(dn)
        except ldb.LdbError as e:
            if e.args[0] != ldb.ERR_NO_SUCH_OBJECT:
                raise


def order(account):
    from samba.gp.gpclass import get_gpo_list
    creds = Credentials()
    creds.guess(lp)
    creds.set_username("Administrator")
    creds.set_password(os.environ["LAB_PASS"])
    host = "%s.%s" % (lp.get("netbios name").lower(), DOMAIN)
    print(json.dumps([g.display_name.strip() for g in get_gpo_list(host, creds, lp, account)]))


def main(command, *words):
    if command == "make":
        make(*words)
    elif command == "remove":
        remove(*words)
    elif command == "order":
        order(*words)
    else:
        print(place(*words))


if __name__ == "__main__":
    main(*sys.argv[1:])
