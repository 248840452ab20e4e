"""The jobs of peers.sh as somebody would write them in a script, whatever the library.

run(connect, search, write) does the job of the command line, JOB URI BASE. search yields (dn, {name: [bytes]}); write
adds values to an attribute and sets userAccountControl, in one modify.
"""
import sys

INVENTORY = ["cn", "sAMAccountName", "servicePrincipalName", "userAccountControl", "objectSid"]
SERVICES = ("cifs", "Microsoft Virtual System Migration Service")
TARGETS = "msDS-AllowedToDelegateTo"
ANY_PROTOCOL = 0x1000000  # TRUSTED_TO_AUTH_FOR_DELEGATION


def dump(search, _):
    print(sum(1 for dn, entry in search("(objectClass=computer)", INVENTORY) if entry["sAMAccountName"]))


def lookup(search, _):
    for _, entry in search("(sAMAccountName=host01$)", ["cn"]):
        print(entry["cn"][0].decode())


def duplicates(search, _):
    owners = {}
    for dn, entry in search("(servicePrincipalName=*)", ["servicePrincipalName"]):
        for spn in entry["servicePrincipalName"]:
            owners.setdefault(spn.lower(), set()).add(dn)
    print(sum(1 for dns in owners.values() if len(dns) > 1))


def pairwise(search, write):
    hosts = list(search("(objectClass=computer)", ["dNSHostName", "userAccountControl", TARGETS]))
    names = {dn: entry["dNSHostName"][0].decode() for dn, entry in hosts}
    for dn, entry in hosts:
        there = {value.decode().lower() for value in entry.get(TARGETS, [])}
        values = ["%s/%s" % (service, name) for other, full in names.items() if other != dn
                  for service in SERVICES for name in (full, full.split(".")[0])]
        values = [value for value in values if value.lower() not in there]
        if values:
            write(dn, TARGETS, values, str(int(entry["userAccountControl"][0]) | ANY_PROTOCOL))


def run(connect, search, write):
    job, uri, base = sys.argv[1:]
    con = connect(uri)
    {"dump": dump, "lookup": lookup, "duplicates": duplicates, "pairwise": pairwise}[job](
        lambda text, attributes: search(con, base, text, attributes), lambda *what: write(con, *what))
