#!/bin/bash
# speed.sh [NAME...]   runs of each fuzz target in a second of processor time, in the build for fuzzing, from
#                      the kept corpus; status 1 when one is below 20,000. Run it after make check or make soak.
# Of those with a Lua file beside them the parser is Lua, of which each line is counted for libFuzzer by a hook: these
# have to reach 10,000.
cd "$(dirname "$0")/../.." || exit 1
runs=40000 status=0 TIMEFORMAT='%U %S'
[ $# -gt 0 ] || for f in tests/fuzz/*_fuzz.c; do f=${f##*/}; set -- "$@" "${f%_fuzz.c}"; done
for name; do
	corpus=$(mktemp -d) least=20000
	[ ! -e "tests/fuzz/$name.lua" ] || least=10000
	cp "tests/fuzz/corpus/$name"/* "$corpus" 2>/dev/null
	seconds=$({ time "${BUILD:-build}/fuzz/tests/fuzz/${name}_fuzz" -runs=$runs -seed=7 -max_len=4096 "$corpus" \
		> "$corpus.log" 2>&1 || echo failed; } 2>&1)
	rm -rf "$corpus"
	awk -v n="$name" -v r=$runs -v least=$least '/failed/ { print n ": failed"; bad = 1; exit }
		/^[0-9.]+ [0-9.]+$/ { s = r / ($1 + $2 + 0.001)
		printf "%-12s %9d a second%s\n", n, s, s < least ? "  TOO SLOW" : ""; bad = s < least } END { exit bad }' \
		<<< "$seconds" || { status=1; tail -n 3 "$corpus.log"; }
	rm -f "$corpus.log"
done
exit $status
