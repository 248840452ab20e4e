#!/bin/bash
# seed.sh [--node dc1|dcb] [--hosts N] [--users N] [--missing-spn] [--no-keys]
#
# Adds what is missing, so that there are at least N (8) Hyper-V hosts host01.. and N (5) users.
#   OU=Hosts     the hosts, and the group HyperV-Hosts with all of them
#   OU=Staff     user01.., plain, sensitive (must not be delegated), protected (in Protected
#                Users), labadmin (a Domain Admin)
#   OU=Services  svc-web, svc-file with HTTP/ names
# Password of all: LAB_PASS. Keytabs: $LAB_DIR/keytabs/REALM/NAME.keytab.
#   --missing-spn   the last of N hosts, when it is made now, gets no Hyper-V names
#   --no-keys       new hosts have no password and no keytab: for very many
. "$(dirname "$0")/lib.sh"
as_root "$0" "$@"
lock
node=dc1
[ "${1:-}" != --node ] || { node=$2; shift 2; }
seed_node "$node" "$@"
