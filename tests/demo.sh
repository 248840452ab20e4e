#!/bin/bash
# demo.sh   the main job on a real AD forest on this machine: before, plan, write, after, proof.
# KEEP=1 leaves the forest running; tests/lab/down.sh stops it.
# shellcheck disable=SC2086  # lists of words
set -euo pipefail
cd "$(dirname "$0")/.."
hosts="host01 host02 host03 host04 host05 host06 host07 host08"

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }
lab() { tests/lab/in.sh cli "$@"; }

say "Starting a Samba AD forest: alpha.test, one domain controller, eight Hyper-V hosts"
tests/lab/up.sh --fresh
eval "$(tests/lab/env.sh)"
trap '[ -n "${KEEP:-}" ] || tests/lab/down.sh' EXIT
# a domain admin's ticket, in a cache of its own
export KRB5CCNAME=$LAB_DIR/demo.ccache XDG_STATE_HOME=$LAB_DIR/demo-state
lab kinit -k -t "$LAB_KEYTABS/labadmin.keytab" labadmin
adsh() { printf '$ adsh %s\n' "$*"; lab ./adsh "$@"; }
expect_status() { local want=$1 rc=0; shift; "$@" || rc=$?; [ "$rc" = "$want" ] || { echo "demo: status $rc, not $want" >&2; exit 1; }; }

say "Who are we, and how is the connection protected?"
adsh -e 'directory.current()'

say "Before: may host A act on behalf of user01 towards host B? Real tickets, asked for with each host's own key"
adsh examples/ticket-grid.lua user01 "$LAB_KEYTABS" $hosts

say "The plan (nothing is written)"
expect_status 4 adsh --dry-run run live-migration --group HyperV-Hosts

say "Written: one modify for each host, read back afterwards"
adsh --yes run live-migration --group HyperV-Hosts

say "In the journal: it could be taken back with adsh undo"
adsh journal

say "Once more: there is nothing to do"
adsh --yes run live-migration --group HyperV-Hosts

say "After: the same tickets again"
adsh examples/ticket-grid.lua user01 "$LAB_KEYTABS" $hosts

say "Seen from outside: samba-tool, and MIT kvno with the key of host01"
run tests/lab/in.sh cli samba-tool delegation show 'host01$' -H "ldap://$LAB_DC" --use-kerberos=required
ccache=$LAB_DIR/demo-host.ccache
KRB5CCNAME=$ccache lab kinit -k -t "$LAB_KEYTABS/host01.keytab" 'HOST01$'
KRB5CCNAME=$ccache run tests/lab/in.sh cli kvno -k "$LAB_KEYTABS/host01.keytab" -U user01 -P cifs/host02.alpha.test
rm -rf "$ccache" "$KRB5CCNAME" "$XDG_STATE_HOME"
say "Done. make lab starts the same forest to try things; make lab-down stops it"
