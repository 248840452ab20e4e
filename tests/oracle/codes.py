#!/usr/bin/python3
"""Samba's tables of NTSTATUS, Windows errors and HRESULTs as the judge of our names of codes.

    codes.py

Samba made its tables from MS-ERREF; ours come from elsewhere. Each number that both have must have the same
name, and those of the ranges below must have one. Ends with status 77 where Samba's Python bindings are not installed.
"""
import os
import subprocess
import sys

try:
    import samba.hresult
    import samba.ntstatus
    import samba.werror
except ImportError:
    print("skipped: no Python bindings of Samba (package python3-samba)")
    sys.exit(77)

ADSH = os.environ.get("ADSH", "./adsh")
LIST = """
local names = require "adsh.doctor.code_names"
for _, kind in ipairs { "win32", "hresult", "ntstatus" } do
    for n, name in pairs(names.all(kind)) do print(kind, n, name) end
end
"""
# Samba writes names of lmerr.h and one typing mistake of the specification otherwise.
OTHERWISE = {"win32": {0xC2, 0xC7, 0x89A, 0x8CA, 0x961, 0x962, 0x964, 0x2B10}}
PREFIXES = {"win32": ("WERR_", "ERROR_"), "hresult": ("HRES_", ""), "ntstatus": ("NT_STATUS_", "STATUS_")}
MODULES = {"win32": samba.werror, "hresult": samba.hresult, "ntstatus": samba.ntstatus}
# What has to be there: what hosts, domain controllers and file servers say. Which part of it is missing, at most.
RANGES = {"win32": [(1, 531), (1300, 1399), (1700, 1999), (5000, 5999), (8200, 8999)],
          "hresult": [(0x80090300, 0x80090363), (0x80090001, 0x8009002F), (0xC0350000, 0xC0350100)],
          "ntstatus": [(0xC0000001, 0xC0000480)]}


def ours():
    out = subprocess.run([ADSH, "-e", LIST], capture_output=True, text=True, check=True).stdout
    tables = {kind: {} for kind in MODULES}
    for line in out.splitlines():
        kind, n, name = line.split("\t")
        tables[kind][int(n)] = name
    return tables


def theirs(kind):
    prefix, names = PREFIXES[kind][0], {}
    for name, value in vars(MODULES[kind]).items():
        if name.startswith(prefix) and isinstance(value, int):
            names.setdefault(value & 0xFFFFFFFF, set()).add(name[len(prefix):])
    return names


def plain(kind, name):
    prefix = PREFIXES[kind][1]
    return name[len(prefix):] if prefix and name.startswith(prefix) else name


def main():
    bad = 0
    for kind, table in ours().items():
        judge, same = theirs(kind), 0
        for n, name in table.items():
            if n in judge and n not in OTHERWISE.get(kind, ()):
                same += 1
                if not {name, plain(kind, name)} & judge[n]:
                    bad += 1
                    print("%s 0x%X: %s, Samba: %s" % (kind, n, name, ", ".join(judge[n])))
        for first, last in RANGES[kind]:
            for n in sorted(judge):
                if first <= n <= last and n not in table:
                    bad += 1
                    print("%s 0x%X: no name, Samba: %s" % (kind, n, ", ".join(judge[n])))
        if same < 600:
            bad += 1
        print("%s: %d names, %d of them Samba's" % (kind, len(table), same))
    return bad != 0


sys.exit(main())
