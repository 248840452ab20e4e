# shellcheck shell=bash
# lib.sh - what the benchmarks share. Sourced, not run, from the top of the tree: one way to time, a server that costs
# nothing, and a place for what is written. ROUNDS sets how often each command is measured.
# shellcheck disable=SC2034  # variables that who sources this uses
set -uo pipefail
rounds=${ROUNDS:-5}
adsh=$PWD/${PROG:-adsh} bin=$PWD/${BUILD:-build}/tests/bench here=$PWD/tests/bench
t=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
unset KRB5CCNAME KRB5_CONFIG LDAPRC LDAPCONF LUA_INIT
export LDAPNOINIT=1 LC_ALL=C.UTF-8
servers=()
stop() {
	[ ${#servers[@]} = 0 ] || kill "${servers[@]}" 2>/dev/null
	rm -rf "$t"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP

via=()
title() { printf '\n%-34s %9s %9s %9s %7s %7s %7s\n' "$1" "wall s" "CPU s" "MiB" wall/1 CPU/1 MiB/1; }
compare() { # compare NAME [option of ratio]... < lines   shows them, keeps them as $t/NAME
	local name=$1; shift
	"${via[@]}" "$bin/ratio" -r "$rounds" "$@" > "$t/$name" || exit 1
	awk -F'\t' '{ printf "  %-32s %9.3f %9.3f %9.1f %7.2f %7.2f %7.2f\n", $1, $2, $3, $4 / 1024, $5, $6, $7 }' "$t/$name"
}
figure() { awk -F'\t' -v line="$2" -v f="$3" 'NR == line { print $f }' "$t/$1"; }
serve() { # serve NAME option...   a fastdc; its URI is in $uri
	"$bin/fastdc" "${@:2}" "$t/$1.sock" & servers+=($!)
	local _; for _ in $(seq 50); do [ ! -S "$t/$1.sock" ] || break; sleep 0.1; done
	uri=ldapi://$(printf %s "$t/$1.sock" | sed 's,/,%2F,g')
}

# --- the lab: its DC brings each change to its disk, as a DC does --------------------------------
client() { tests/lab/in.sh cli "$@"; }
start_lab() { # start_lab HOSTS   and what is run in it: $migrate, and in $t reset, pairs.ldif, kvno
	export LAB_DURABLE=1 HOSTS=$1
	tests/lab/up.sh --member > "$t/lab.log" 2>&1 && tests/lab/seed.sh --hosts "$HOSTS" >> "$t/lab.log" 2>&1 || return 1
	trap 'tests/lab/down.sh > /dev/null 2>&1; stop' EXIT
	eval "$(tests/lab/env.sh)"
	unset KRB5_CONFIG
	export KRB5CCNAME=FILE:$t/ccache T=$t ADSH=$adsh HERE=$here
	(umask 077; echo "$LAB_PASS" > "$t/password")
	client kinit Administrator < "$t/password" > /dev/null || exit 1
	peer="-Q -Y GSSAPI -H ldap://$LAB_DC"
	hosts_ou="OU=Hosts,$LAB_BASE"
	migrate="$adsh -s $LAB_DC -y run live-migration --ou $hosts_ou"
	# shellcheck disable=SC2016  # variables of the shell in the lab
	cat > "$t/reset" << 'END'
	ldapsearch -LLL -Q -Y GSSAPI -H "ldap://$LAB_DC" -b "OU=Hosts,$LAB_BASE" '(objectClass=computer)' 1.1 | awk '
		/^dn: / { print $0 "\nchangetype: modify\nreplace: msDS-AllowedToDelegateTo\n-\n" \
			"replace: userAccountControl\nuserAccountControl: 4096\n-\n" }' |
		ldapmodify -Q -Y GSSAPI -H "ldap://$LAB_DC"
END
	# shellcheck disable=SC2086  # a list of options
	client ldapsearch -LLL -o ldif-wrap=no $peer -b "$hosts_ou" '(objectClass=computer)' dNSHostName |
		awk -f "$here/pairs.awk" > "$t/pairs.ldif"
	cat > "$t/kvno" << 'END'
	key=$LAB_KEYTABS/host01.keytab KRB5CCNAME=FILE:$T/kvno.ccache
	export KRB5CCNAME
	rm -f "$T/kvno.ccache"
	for i in $(seq -f %02g 2 "$HOSTS"); do
		[ "$1" = kept ] || rm -f "$T/kvno.ccache"
		[ -f "$T/kvno.ccache" ] || kinit -k -t "$key" 'HOST01$' || exit 1
		kvno -q -k "$key" -U user01 -P "cifs/host$i.alpha.test" > /dev/null || exit 1
	done
END
}
