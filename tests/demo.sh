#!/bin/bash
# demo.sh   the main job on a real AD forest on this machine: before, plan, write, after, what others see, undo.
# KEEP=1 leaves the forest running, with the job done; tests/lab/down.sh stops it. Ends with an error when anything
# it shows is not so.
set -euo pipefail
cd "$(dirname "$0")/.."
bold='' plain=''
[ ! -t 1 ] || bold=$'\033[1m' plain=$'\033[0m'

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
lab() { tests/lab/in.sh cli "$@"; }
adsh() { lab ./adsh "$@"; }
shown() { printf '$ %s\n' "$*"; } # a command as a person types it
fail() { echo "demo: $*" >&2; exit 1; }
expect() { grep -q "$1" "$2" || { cat "$2" >&2; fail "expected: $1"; }; } # expect PATTERN FILE
where() {
	if [ -e "$LAB_DIR/loopback" ]; then
		echo "Samba $LAB_SAMBA_VERSION on $(. tests/lab/lib.sh; node_ip dc1), an address of this machine only: it lets nobody make namespaces."
		echo "Left out here: a second domain controller, a second forest, a file server; \"make check\" needs them."
	else
		echo "Samba $LAB_SAMBA_VERSION in network namespaces of its own; nothing else on this machine is touched."
	fi
}
verify() { # verify FILE   the matrix: what the directory says, and what the KDC says
	adsh run verify --group HyperV-Hosts --user user01 --keytabs "$LAB_KEYTABS" > "$1" || [ $? = 4 ]
}
rows() { grep -E '^ +1 |HOST' "$1"; }
marks() { # what the marks in the rows mean, each once
	grep -h ' itself' "$@" | sed 's/   */\n/g' | awk '!seen[$0]++' | paste -sd '@' | sed 's/@/   /g'
}
picture() { # the two matrices side by side
	printf '%-37s%s\n' "         before" "after"
	paste -d '|' <(rows "$1") <(rows "$2" | cut -c 9-) | awk -F '|' '{ printf "%-36s %s\n", $1, $2 }'
	marks "$1" "$2"
}

echo "Live migration between all Hyper-V hosts of a domain: each may act for users towards every other one."
say "1. A real AD forest starts: one domain controller, eight Hyper-V hosts (the first start takes ten seconds)"
LAB_QUIET=1 tests/lab/up.sh --fresh
eval "$(tests/lab/env.sh)"
t=$(mktemp -d "${TMPDIR:-/tmp}/adsh-demo.XXXXXX")
trap '[ -n "${KEEP:-}" ] || tests/lab/down.sh; rm -rf "$t"' EXIT
chmod 755 "$t"
# a domain admin's ticket, and a journal, in places of their own
export KRB5CCNAME=$LAB_DIR/demo.ccache XDG_STATE_HOME=$LAB_DIR/demo-state
lab kinit -k -t "$LAB_KEYTABS/labadmin.keytab" labadmin

where

say "2. Before: may host A act for user01 towards host B? The KDC is asked, with each host's own key"
shown "adsh run verify --group HyperV-Hosts --user user01 --keytabs DIR"
verify "$t/before"
expect '^0 tickets issued, 56 refused' "$t/before"
tail -n 1 "$t/before"

say "3. The plan; nothing is written"
shown "adsh --dry-run run live-migration --group HyperV-Hosts"
adsh --dry-run run live-migration --group HyperV-Hosts && fail "nothing to do" || [ $? = 4 ]

say "4. Written: each host in one modify, in the journal before, read back afterwards"
shown "adsh --yes run live-migration --group HyperV-Hosts | tail -n 4"
adsh --yes run live-migration --group HyperV-Hosts > "$t/written"
expect '^8/8 written and read back' "$t/written"
tail -n 4 "$t/written"

say "5. After: the KDC is asked again"
verify "$t/after"
expect '^56 tickets issued, 0 refused' "$t/after"
picture "$t/before" "$t/after"

say "6. What others see: samba-tool the values of host01 (7 hosts, 2 services, 2 names), MIT kvno a ticket"
shown "samba-tool delegation show 'HOST01\$' | grep -c AllowedToDelegateTo:"
lab samba-tool delegation show 'HOST01$' -H "ldap://$LAB_DC" --use-kerberos=required > "$t/samba"
grep -c AllowedToDelegateTo: "$t/samba"
shown "kvno -k host01.keytab -U user01 -P cifs/host02.alpha.test"
export HOST_CCACHE=$LAB_DIR/demo-host.ccache
KRB5CCNAME=$HOST_CCACHE lab kinit -k -t "$LAB_KEYTABS/host01.keytab" 'HOST01$'
KRB5CCNAME=$HOST_CCACHE lab kvno -k "$LAB_KEYTABS/host01.keytab" -U user01 -P cifs/host02.alpha.test

if [ -z "${KEEP:-}" ]; then
	say "7. And back: the journal knows the values from before"
	shown "adsh --yes undo | tail -n 2"
	adsh --yes undo > "$t/undone"
	tail -n 2 "$t/undone"
	verify "$t/again"
	cmp "$t/before" "$t/again" || fail "undo left something"
fi
rm -rf "$HOST_CCACHE" "$KRB5CCNAME" "$XDG_STATE_HOME"
say "Try it: make lab, then tests/lab/in.sh cli ./adsh -u Administrator (password $LAB_PASS), and tutorial(). The end: make lab-down"
