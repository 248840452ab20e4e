#!/usr/bin/env python3
"""Looks at a server of the lab from outside, and edits it, for a test that asks hundreds of times: run as the node by
outside.lua. Reads requests as lines of JSON, writes an answer for each to the file named on the command line; values
of attributes are in base64.

On a DC that is its database, through Samba's own ldb; on a member its extended attributes and share_info.tdb."""
import base64
import json
import os
import shutil
import sys

import ldb
import tdb
from samba.auth import system_session
from samba.dcerpc import security, xattr
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

LIB = "/var/lib/samba/"


def plain(value):
    return base64.b64decode(value)


def coded(value):
    return base64.b64encode(bytes(value)).decode()


class Outside:
    def __init__(self):
        lp = LoadParm()
        lp.load_default()
        if os.path.exists(LIB + "private/sam.ldb"):
            self.db = SamDB(lp=lp, session_info=system_session(lp))

    # ---- the directory ----

    def base(self, _):
        return {"dn": str(self.db.domain_dn()), "sid": self.db.get_domain_sid()}

    def get(self, r):
        found = self.db.search(r["dn"], scope=ldb.SCOPE_BASE, attrs=r["attrs"])[0]
        return {"dn": str(found.dn), "values": {a: [coded(v) for v in found[a]] if a in found else []
                                                for a in r["attrs"]}}

    def exists(self, r):
        try:
            self.db.search(r["dn"], scope=ldb.SCOPE_BASE, attrs=["cn"])
            return {"exists": True}
        except ldb.LdbError:
            return {"exists": False}

    def guid(self, r):
        found = self.db.search(r["dn"], scope=ldb.SCOPE_BASE, attrs=["objectGUID"])[0]
        return {"guid": str(self.db.schema_format_value("objectGUID", found["objectGUID"][0]).decode())}

    def sid(self, r):
        found = self.db.search(r["dn"], scope=ldb.SCOPE_BASE, attrs=["objectSid"])[0]
        return {"sid": str(ndr_unpack(security.dom_sid, found["objectSid"][0]))}

    def replace(self, r):
        msg = ldb.Message(ldb.Dn(self.db, r["dn"]))
        values = [plain(v) for v in r["values"]]
        msg[r["attr"]] = ldb.MessageElement(values, ldb.FLAG_MOD_REPLACE, r["attr"])
        self.db.modify(msg, controls=["relax:0"])
        return {}

    def add(self, r):
        self.db.add(dict(r["attrs"], dn=r["dn"]))
        return {}

    def delete(self, r):
        try:
            self.db.delete(r["dn"], controls=["tree_delete:0"])
        except ldb.LdbError as e:
            if e.args[0] != ldb.ERR_NO_SUCH_OBJECT:
                raise
        return {}

    # ---- descriptors ----

    def pack(self, r):
        sd = security.descriptor.from_sddl(r["sddl"], security.dom_sid(r["sid"]))
        return {"bytes": coded(ndr_pack(sd))}

    def entries(self, sd):
        """What the access list says, each entry by itself; None: there is no list."""
        if sd.dacl is None:
            return None
        return ["%d/%#x/%#x/%s" % (a.type, a.flags, a.access_mask, a.trustee) for a in sd.dacl.aces]

    def list(self, r):
        return {"entries": self.entries(ndr_unpack(security.descriptor, plain(r["bytes"])))}

    # ---- a file server ----

    def make(self, r):
        os.makedirs(LIB + r["path"], exist_ok=True)
        os.chmod(LIB + r["path"], 0o777)
        return {}

    def remove(self, r):
        shutil.rmtree(LIB + r["path"], ignore_errors=True)
        return {}

    def folder(self, r):
        raw = os.getxattr(LIB + r["path"], "security.NTACL")
        return {"raw": coded(raw), "entries": self.entries(ndr_unpack(xattr.NTACL, raw).info.sd)}

    def share(self, r):
        db = tdb.open(LIB + "share_info.tdb", 0, 0, os.O_RDONLY)
        raw = db.get(b"SECDESC/" + r["name"].encode() + b"\0")
        raw = raw if raw is not None else db.get(b"SECDESC/" + r["name"].encode())
        db.close()
        if raw is None:
            return {"raw": "", "entries": ["none"]}
        return {"raw": coded(raw), "entries": self.entries(ndr_unpack(security.descriptor, raw))}


def main():
    outside = Outside()
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer = getattr(outside, request["op"])(request)
            except Exception as e:  # the test says what was asked
                answer = {"error": "%s: %s" % (type(e).__name__, e)}
            out.write(json.dumps(answer) + "\n")
            out.flush()


main()
