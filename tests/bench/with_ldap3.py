#!/usr/bin/python3
"""jobs.py with ldap3, as its manual does it: with_ldap3.py JOB URI BASE

Version 2.9.1 neither signs nor seals with Kerberos, which a domain controller asks for: hence a simple bind
over TLS, as LDAP3_USER with the password in PASSWORD_FILE.
"""
import os
import ssl
import sys

import jobs
import ldap3


def connect(uri):
    if uri.startswith("ldapi:"):
        return ldap3.Connection(ldap3.Server(uri, get_info=ldap3.NONE), auto_bind=True)
    tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=os.environ["LAB_CA"])
    with open(os.environ["PASSWORD_FILE"], encoding="utf-8") as file:
        password = file.read().strip()
    server = ldap3.Server(uri, get_info=ldap3.NONE, tls=tls)
    return ldap3.Connection(server, os.environ["LDAP3_USER"], password, auto_bind=True)


def search(con, base, text, attributes):
    for entry in con.extend.standard.paged_search(base, text, attributes=attributes, paged_size=1000, generator=True):
        if entry["type"] == "searchResEntry":
            yield entry["dn"], entry["raw_attributes"]


def write(con, dn, name, values, flags):
    changes = {name: [(ldap3.MODIFY_ADD, values)], "userAccountControl": [(ldap3.MODIFY_REPLACE, [flags])]}
    if not con.modify(dn, changes):
        sys.exit("with_ldap3: %s" % con.result)


jobs.run(connect, search, write)
