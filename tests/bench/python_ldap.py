#!/usr/bin/python3
"""jobs.py with python-ldap, as its manual does it: python_ldap.py JOB URI BASE"""
import jobs
import ldap
import ldap.sasl
from ldap.controls import SimplePagedResultsControl as Paged


def connect(uri):
    con = ldap.initialize(uri)
    con.set_option(ldap.OPT_REFERRALS, 0)
    if uri.startswith("ldapi:"):
        con.simple_bind_s("", "")
    else:
        con.set_option(ldap.OPT_X_SASL_NOCANON, True)
        con.sasl_gssapi_bind_s()
    return con


def search(con, base, text, attributes):
    page = Paged(True, size=1000, cookie="")
    while True:
        sent = con.search_ext(base, ldap.SCOPE_SUBTREE, text, attributes, serverctrls=[page])
        _, data, _, controls = con.result3(sent)
        yield from ((dn, entry) for dn, entry in data if dn)
        page.cookie = next((c.cookie for c in controls if c.controlType == Paged.controlType), b"")
        if not page.cookie:
            return


def write(con, dn, name, values, flags):
    con.modify_s(dn, [(ldap.MOD_ADD, name, [value.encode() for value in values]),
                      (ldap.MOD_REPLACE, "userAccountControl", [flags.encode()])])


jobs.run(connect, search, write)
