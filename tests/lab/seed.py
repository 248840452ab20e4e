#!/usr/bin/python3
"""Adds the accounts of the lab that are missing, straight to this DC's database.

Run as the node: seed.sh does. Uses ldb's batch mode: without it every operation copies the index
cache, and time grows with the square of the number of hosts.
"""
import argparse
import os
import time

import ldb
from samba import dsdb, enable_net_export_keytab
from samba.auth import system_session
from samba.net import Net
from samba.param import LoadParm
from samba.samdb import SamDB

# what a Hyper-V host registers
HYPERV = ["Microsoft Virtual System Migration Service", "Hyper-V Replica Service",
          "Microsoft Virtual Console Service"]
PER_TRANSACTION = 5000


class Seed:
    def __init__(self, args):
        self.args = args
        self.lp = LoadParm()
        self.lp.load_default()
        self.db = SamDB(lp=self.lp, session_info=system_session(), options=["batch_mode:1"])
        self.base = str(self.db.domain_dn())
        self.password = ('"%s"' % os.environ["LAB_PASS"]).encode("utf-16-le")
        self.there = {str(m.dn).lower() for m in self.db.search(
            self.base, expression="(|(objectClass=user)(objectClass=group)"
            "(objectClass=organizationalUnit))", attrs=["dn"])}
        self.added = 0
        self.keys = []

    def add(self, dn, **attrs):
        """Adds the entry; its whole DN, or None when it is there already."""
        dn = "%s,%s" % (dn, self.base)
        if dn.lower() in self.there:  # a failed add would end a batch mode transaction
            return None
        self.db.add({"dn": dn, **attrs})
        self.added += 1
        if self.added % PER_TRANSACTION == 0:
            self.db.transaction_commit()
            self.db.transaction_start()
        return dn

    def user(self, name, ou="OU=Staff", flags=0, **attrs):
        new = self.add("CN=%s,%s" % (name, ou), objectClass="user", sAMAccountName=name,
                       userPrincipalName="%s@%s" % (name, self.args.domain),
                       userAccountControl=str(dsdb.UF_NORMAL_ACCOUNT |
                                              dsdb.UF_DONT_EXPIRE_PASSWD | flags),
                       unicodePwd=self.password, **attrs)
        self.key(name, name, new)
        return new

    def host(self, i, classes):
        name = "host%02d" % i
        short, full = name.upper(), "%s.%s" % (name, self.args.domain)
        attrs = {} if self.args.no_keys else {"unicodePwd": self.password}
        new = self.add("CN=%s,OU=Hosts" % short, objectClass="computer",
                       sAMAccountName=short + "$", dNSHostName=full,
                       userAccountControl=str(dsdb.UF_WORKSTATION_TRUST_ACCOUNT),
                       operatingSystem="Windows Server 2022 Datacenter",
                       servicePrincipalName=["%s/%s" % (c, h) for c in classes
                                             for h in (short, full)], **attrs)
        if not self.args.no_keys:
            self.key(name, short + "$", new)
        return new

    def key(self, name, account, new):
        if new or not os.path.exists(self.keytab(name)):
            self.keys.append((name, account))

    def keytab(self, name):
        return os.path.join(self.args.keytabs, name + ".keytab")

    def member(self, group, dns):
        """Makes the new entries, those not None, members of the group."""
        dns = [d for d in dns if d]
        if not dns:
            return
        dn = self.db.search(self.base, expression="(sAMAccountName=%s)" % group, attrs=[])[0].dn
        msg = ldb.Message(dn)
        msg["member"] = ldb.MessageElement(dns, ldb.FLAG_MOD_ADD, "member")
        self.db.modify(msg)

    def directory(self):
        for ou in ("Hosts", "Staff", "Services"):
            self.add("OU=" + ou, objectClass="organizationalUnit")
        for name in ("web", "file"):
            self.user("svc-" + name, "OU=Services",
                      servicePrincipalName="HTTP/svc-%s.%s" % (name, self.args.domain),
                      **{"msDS-SupportedEncryptionTypes": "24"})  # AES, else RC4 tickets
        for i in range(1, self.args.users + 1):
            self.user("user%02d" % i)
        self.user("plain")
        self.user("sensitive", flags=dsdb.UF_NOT_DELEGATED)
        self.member("Protected Users", [self.user("protected")])
        self.member("Domain Admins", [self.user("labadmin")])
        self.key("Administrator", "Administrator", False)
        self.add("CN=HyperV-Hosts,OU=Hosts", objectClass="group", sAMAccountName="HyperV-Hosts")
        plain = ["HOST", "RestrictedKrbHost"]
        self.member("HyperV-Hosts", [
            self.host(i, plain if self.args.missing_spn and i == self.args.hosts
                      else plain + HYPERV) for i in range(1, self.args.hosts + 1)])

    def export(self):
        """Keytabs of the new accounts: all in this process, samba-tool needs 0.3 s for each."""
        enable_net_export_keytab()
        net = Net(None, self.lp)
        for name, account in self.keys:
            if os.path.exists(self.keytab(name)):
                os.unlink(self.keytab(name))
            # not with samdb=: Samba 4.22 frees it
            net.export_keytab(keytab=self.keytab(name), principal=account)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--domain", required=True)
    p.add_argument("--keytabs", required=True)
    p.add_argument("--hosts", type=int, default=8)
    p.add_argument("--users", type=int, default=5)
    p.add_argument("--missing-spn", action="store_true")
    p.add_argument("--no-keys", action="store_true")
    seed = Seed(p.parse_args())
    start = time.time()
    seed.db.transaction_start()
    seed.directory()
    seed.db.transaction_commit()
    middle = time.time()
    seed.export()
    print("%d objects added in %.1f s, %d keytabs in %.1f s" %
          (seed.added, middle - start, len(seed.keys), time.time() - middle))


main()
