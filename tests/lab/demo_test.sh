#!/bin/bash
# make demo shows what README.md says it shows, and fits on one screen of a large terminal.
cd "$(dirname "$0")/../.." || exit 1
if [ "$(id -u)" != 0 ]; then
	echo "needs root, for a lab of its own"
	exit 77
fi
LAB_CACHE=$(. tests/lab/lib.sh; echo "$LAB_CACHE")
LAB_NS=dm$$- LAB_DIR=$(mktemp -d /var/tmp/adsh-demo-test.XXXXXX) || exit 1
export LAB_NS LAB_DIR LAB_CACHE
trap 'rm -rf "$LAB_DIR"' EXIT
out=$LAB_DIR/out

tests/demo.sh > "$out" 2>&1 && echo "ok 1 - succeeds" || { sed 's/^/# /' "$out"; echo "not ok 1 - succeeds"; }
lines=$(wc -l < "$out")
[ "$lines" -le 58 ] && echo "ok 2 - is short" || echo "not ok 2 - is short: $lines lines, and make adds two"
# the block that begins with its first command; "..." stands for what is left out
awk '/^\$ adsh --dry-run run live-migration/ { on = 1 } on && /^```/ { exit } on && NF && $0 != "..."' README.md > "$LAB_DIR/block"
bad=0
while read -r line; do
	pattern=$(printf %s "$line" | sed 's/[][\.*^$]/\\&/g; s/\\\.\\\.\\\./.*/')
	grep -q -- "$pattern" "$out" || { echo "# not shown: $line"; bad=1; }
done < "$LAB_DIR/block"
[ -s "$LAB_DIR/block" ] && [ $bad = 0 ] && echo "ok 3 - shows what README.md says" || echo "not ok 3 - shows what README.md says"
echo "1..3"
