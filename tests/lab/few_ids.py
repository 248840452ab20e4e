#!/usr/bin/python3
"""few_ids.py samba-tool ARG...: samba-tool in a container that has 65,536 user ids, as those of users have.

Samba gives ids from 3,000,000 on to SIDs that are no Unix users; a new domain made with this takes smaller ones.
"""
import runpy
import shutil
import sys

from samba import provision

SMALLER = """dn: CN=CONFIG
changetype: modify
replace: lowerBound
lowerBound: 40000
-
replace: upperBound
upperBound: 60000
"""
whole = provision.setup_idmapdb


def with_few(*args, **named):
    database = whole(*args, **named)
    database.modify_ldif(SMALLER)
    return database


provision.setup_idmapdb = with_few
sys.argv = [shutil.which(sys.argv[1])] + sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
