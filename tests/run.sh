#!/bin/bash
# run.sh [SUITE]...   runs suites (default: all) and counts: the last line is
#                     "N passed, N failed" or "N passed, N failed, N skipped"
#
#   lint      tests/lint/*        each a program of its own
#   unit      tests/c/*_test.c    with sanitizers in "make check"
#   valgrind  the same            release build; one result for each program
#   oracle    tests/oracle/*.py   the codecs against another implementation, with tests/c/codec_main
#   lua       tests/lua/*_test.lua   under adsh, no server
#   ad        tests/ad/*_test.lua    under adsh, as a client in the lab; those whose first line is
#                                    "-- lab: OPTIONS" in one that up.sh makes with these options
#   repl      tests/repl/*        executables, as a client in the lab
#   fuzz      tests/fuzz/*_fuzz.c    FUZZ_SECONDS (3) for each
#   lab       tests/lab/*_test.sh    the lab itself
#
# What runs adsh runs with the sanitizer build, if it is the newer one, and in "make check" once more with
# the release build (of the suites ad and repl only $smoke and $smoke_repl). Tests find the program in $ADSH. A program reports in TAP, or, if it prints
# none, by its exit status (77: skipped, the last line says why). What crashes, runs out of time,
# ends before its plan or runs no test at all is a failure. Logs: $BUILD/tests/log/.
cd "$(dirname "$0")/.." || exit 1
case $PWD in *[!A-Za-z0-9_/.,+@-]*) # a way here that tests can write into shell commands as it is
	way=$(mktemp -d) && ln -s "$PWD" "$way/adsh" && cd "$way/adsh" || exit 1
esac
shopt -s nullglob
export LC_ALL=C.UTF-8
unset KRB5CCNAME KRB5_KTNAME KRB5_CLIENT_KTNAME KRB5_CONFIG LDAPRC LDAPCONF LUA_INIT LUA_PATH LUA_CPATH
build=${BUILD:-build} release=$PWD/${PROG:-adsh} asan=$PWD/${BUILD:-build}/asan/adsh
log=$PWD/$build/tests/log
all="lint unit oracle valgrind lua ad repl fuzz lab"
# shellcheck disable=SC2086  # a list of words
[ $# -gt 0 ] || { set -- $all; whole=1; }
for s; do case " $all " in *" $s "*) ;; *) echo "usage: run.sh [$all]" >&2; exit 2;; esac; done
suites=" $* "
sanitized=''
rm -rf "$log"; mkdir -p "$log" || exit 1
start=$EPOCHREALTIME

# what the release build runs besides: memory that is measured, the main job, cron
smoke=(tests/ad/{search,leak,recipes,unattended}_test.lua)
smoke_repl=(tests/repl/{keys,repl}_test.py)

# in "make check" there are three labs at the same time, each with about a third of the seconds; "repl" is
# that suite, "shapes" is what wants another lab, and what is not named here is for the first
second=' children fault files gpo gpo_result hostile kill kill_kinds new_share readiness repl server_file share storage verify verify_model windows '
third=' connect cross_forest directories doctor doctor_jobs host_policy host_policy_kill krb5 limits members renew shapes spn trust unordered '

# --- sanitizers --------------------------------------------------------------
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lint/lsan.supp:print_suppressions=0
[ "$asan" -nt "$release" ] || [ -n "${whole:-}" ] || asan=$release # no stale one

# --- one program ---------------------------------------------------------------
# shellcheck disable=SC2016  # awk's own variables
# counts TAP: "passed failed skipped", then a line for each failure or skip
count='
/^1\.\.[0-9]+/     { sub(/^1\.\./, ""); plan += $1 + 0; planned = 1 }
/^(not )?ok [0-9]+/ && /# SKIP/ { n++; skipped++; w = $0; sub(/.*# SKIP */, "", w); s[skipped] = w; next }
/^ok [0-9]+/       { n++; passed++ }
/^not ok [0-9]+/   { n++; failed++; w = $0; sub(/^not ok [0-9]+ *-? */, "", w); f[failed] = w }
function bad(why)  { failed++; f[failed] = why }
END {
	if (!n && !planned && mode != "tap") {
		if (rc == 0) passed++
		else if (rc == 77) { skipped++; s[skipped] = $0 }
		else bad(rc == 124 || rc == 137 ? "ran out of time (" limit " s)" : "exit status " rc)
	} else {
		if (rc == 124 || rc == 137) bad("ran out of time (" limit " s)")
		else if (rc > 128) bad("crashed: signal " rc - 128)
		else if (rc && !failed) bad("exit status " rc)
		if (planned && n != plan) bad("ended after " n " of " plan " tests")
		else if (!planned && mode == "tap") bad("ended without its plan, after " n + 0 " tests")
		else if (!n) bad("no tests")
	}
	print passed + 0, failed + 0, skipped + 0
	for (i = 1; i <= failed; i++) print "FAILED  " name ": " f[i]
	for (i = 1; i <= skipped; i++) print "skipped " name ": " s[i]
}'
program() { # program MODE(tap|any) NAME SECONDS cmd...
	local mode=$1 name=$2 limit=$3 rc=0 t0=$EPOCHREALTIME out scratch; shift 3
	out=$log/${name//\//-}
	scratch=$(mktemp -d) && chmod 711 "$scratch" || exit 1
	# journals of two lanes, and of another run, do not meet
	[ -z "${own_state:-}" ] || local -x XDG_STATE_HOME=$scratch/state
	TMPDIR=$scratch KRB5CCNAME=FILE:$out.ccache timeout -k 5 "$limit" "$@" > "$out.log" 2>&1 < /dev/null &
	child=$!
	wait $child 2> /dev/null || rc=$?
	child=
	rm -rf "$scratch"
	awk -v mode="$mode" -v rc=$rc -v limit="$limit" -v name="$name" "$count" "$out.log" > "$out.result"
	local passed failed skipped
	read -r passed failed skipped < "$out.result"
	awk -v n="$name" -v p="$passed" -v f="$failed" -v s="$skipped" -v a="$t0" -v b="$EPOCHREALTIME" 'BEGIN {
		printf "%-4s %-34s %4d passed%s%s  %.1f s\n", f ? "FAIL" : "ok", n, p, f ? ", " f " failed" : "",
			s ? ", " s " skipped" : "", b - a }'
	if [ "$failed" != 0 ]; then
		{ sed 1d "$out.result"; grep -v '^ok ' "$out.log" | tail -n 60; } | sed 's/^/     | /'
	fi
}

# --- suites --------------------------------------------------------------------
has() { case $suites in *" $1 "*) ;; *) return 1;; esac; }
name() { local n=${1##*/}; n=${n%%.*}; echo "${n%_test}"; }
units() {
	local t dir=$build/asan
	[ -x "$asan" ] && [ -n "${whole:-}" ] || dir=$build
	for t in tests/c/*_test.c; do
		program tap "unit/$(name "$t")" 120 env CMOCKA_MESSAGE_OUTPUT=TAP "$dir/${t%.c}"
	done
}
oracles() {
	local t dir=$build/asan
	[ -x "$asan" ] && [ -n "${whole:-}" ] || dir=$build
	for t in tests/oracle/*.py; do
		program any "oracle/$(name "$t")" 300 /usr/bin/python3 "$t" "$dir/tests/c/codec_main" 1000
	done
}
valgrinds() {
	local t; for t in tests/c/*_test.c; do
		program any "valgrind/$(name "$t")" 300 env ADSH_FEW=1 valgrind --quiet --error-exitcode=99 --leak-check=full \
			--errors-for-leak-kinds=definite,indirect,possible "$build/${t%.c}"
	done
}
lints() { local t; for t in tests/lint/*; do [ ! -x "$t" ] || program any "lint/$(name "$t")" 120 "$t"; done; }
luas() { # luas SUFFIX PROGRAM
	local t; for t in tests/lua/*_test.lua; do
		program tap "lua$1/$(name "$t")" 120 env ADSH="$2" ADSH_SANITIZED="$sanitized" "$2" -y tests/busted.lua -o TAP "$t"
	done
}
lab_of() { sed -n '1s/^-- lab: //p' "$1"; } # options of up.sh for a test; none: the usual lab
part='' # first, second, third; empty: all
in_part() {
	local own=first
	case $second in *" $1 "*) own=second;; esac
	case $third in *" $1 "*) own=third;; esac
	[ -z "$part" ] || [ "$part" = $own ]
}
ads() { # ads SUFFIX PROGRAM [FILE]...   those for the lab that is up
	local suffix=$1 program=$2 limit=600 t own_state=1; shift 2
	[ -z "${ADSH_ROUNDS:-}" ] || limit=3600 # campaigns are long ones
	[ $# -gt 0 ] || set -- tests/ad/*_test.lua
	for t; do
		[ "$(lab_of "$t")" = "$shape" ] || continue
		[ -n "$shape" ] || in_part "$(name "$t")" || continue
		program tap "ad$suffix/$(name "$t")" $limit tests/lab/in.sh cli env ADSH="$program" \
			ADSH_SANITIZED="$sanitized" "$program" -y tests/busted.lua -o TAP "$t"
	done
}
repls() { # repls SUFFIX PROGRAM [FILE]...
	local suffix=$1 program=$2 t; shift 2
	[ $# -gt 0 ] || set -- tests/repl/*
	for t; do
		[ ! -x "$t" ] || [ -d "$t" ] || program any "repl$suffix/$(name "$t")" 300 tests/lab/in.sh cli \
			env ADSH="$program" ADSH_SANITIZED="$sanitized" "$t"
	done
}
labs() { local t; for t in tests/lab/*_test.sh; do program any "lab/$(name "$t")" 600 "$t"; done; }
fuzzes() {
	local t n s=${FUZZ_SECONDS:-3}; for t in tests/fuzz/*_fuzz.c; do
		n=$(name "$t"); n=${n%_fuzz}
		mkdir -p "$build/fuzz/corpus/$n" "tests/fuzz/corpus/$n"
		# its own code for a crash, 77, is our word for a skip
		program any "fuzz/$n" $((s + 60)) "$build/fuzz/${t%.c}" -max_total_time="$s" -timeout=10 -verbosity=0 \
			-error_exitcode=71 -artifact_prefix="$build/fuzz/$n-" -print_final_stats=1 "$build/fuzz/corpus/$n" "tests/fuzz/corpus/$n"
	done
}

sanitized() { # what must not be measured with sanitizers can see that they are there
	local sanitized=
	[ "$asan" = "$release" ] || sanitized=1
	"$1" "" "$asan"
}

take_lab() { # a lab that no other run has, made from the same snapshots
	local dir=$LAB_DIR ns=${LAB_NS%-} i
	for i in {1..40}; do
		[ "$i" = 1 ] || export LAB_DIR=$dir-$i LAB_NS=$ns.$i-
		mkdir -p "$LAB_DIR" && exec 8> "$LAB_DIR/run.lock" || return 1
		! flock -n 8 || { eval "$(tests/lab/env.sh)"; return 0; }
	done
	echo "all labs are in use: $dir-$i" >&2; return 1
}
lab_up() { # lab_up OPTION...   false: told as a failure
	tests/lab/up.sh --fresh "$@" 8>&- > "$log/lab$part.log" 2>&1 && return
	echo "0 1 0" > "$log/lab$part.result"
	echo "FAILED  lab: does not start" >> "$log/lab$part.result"
	echo "FAIL lab does not start"; sed 's/^/     | /' "$log/lab$part.log"
	return 1
}
other_shapes() { local t; for t in tests/ad/*_test.lua; do lab_of "$t"; done | sort -u; }
in_each_lab() { # what belongs to this part, in one lab after the other
	local shape='' shapes=()
	lab_up --forests 2 --member || return
	! has ad || sanitized ads
	[ -z "${whole:-}" ] || ads .release "$release" "${smoke[@]}"
	if has repl && in_part repl; then
		sanitized repls
		[ -z "${whole:-}" ] || repls .release "$release" "${smoke_repl[@]}"
	fi
	! has ad || ! in_part shapes || mapfile -t shapes < <(other_shapes)
	for shape in "${shapes[@]}"; do
		# shellcheck disable=SC2086  # a list of words
		lab_up $shape || return
		sanitized ads
	done
}
in_lab() { # in_lab PART   a lane that needs servers
	part=$1 lanes=() # the other ones are not ours to end
	eval "$(tests/lab/env.sh)"
	take_lab || return
	trap 'end; tests/lab/down.sh' EXIT
	in_each_lab
	touch "$log/${part:-first}.ended"
}
without_lab() {
	! has lint || lints
	! has unit || units
	! has oracle || oracles
	! has lua || sanitized luas
	[ -z "${whole:-}" ] || luas .release "$release"
	! has valgrind || valgrinds
	! has fuzz || fuzzes
	! has lab || labs
}
# when this run is ended from outside, so is what it has started
lanes=()
end() { [ -z "${child:-}" ] || kill "$child"; [ ${#lanes[@]} = 0 ] || kill "${lanes[@]}"; } 2> /dev/null
trap 'end; [ -z "${way:-}" ] || rm -r "$way"' EXIT
for s in INT TERM HUP; do
	# shellcheck disable=SC2064  # the name of now
	trap "echo 'tests/run.sh: ended by SIG$s' >&2; exit 1" "$s"
done
parts=('')
[ -z "${whole:-}" ] || parts=(first second third)
if has ad || has repl; then
	for part in "${parts[@]}"; do
		in_lab "$part" & lanes+=($!)
	done
	part=''
fi
without_lab
if [ ${#lanes[@]} != 0 ]; then
	wait "${lanes[@]}"
	lanes=()
	for part in "${parts[@]}"; do
		[ -e "$log/${part:-first}.ended" ] ||
			printf '0 1 0\nFAILED  lab: its part of the run ended early\n' > "$log/lane$part.result"
	done
fi

# --- the account -----------------------------------------------------------------
results=("$log"/*.result)
echo
[ ${#results[@]} = 0 ] || awk 'FNR > 1' "${results[@]}" | sort | uniq
awk -v t0="$start" -v t1="$EPOCHREALTIME" 'FNR == 1 { p += $1; f += $2; s += $3 }
	END {
		printf "%.0f seconds\n", t1 - t0
		if (!p && !f) f = 1
		printf "%d passed, %d failed%s\n", p, f, s ? ", " s " skipped" : ""
		exit f > 0
	}' "${results[@]}" < /dev/null
