#!/bin/bash
# run.sh   ratios to peers (make bench). ROUNDS (5) sets how often each pair is measured.
#
# Each comparison is one run of ratio.c: the commands take turns, the ratios are taken within a
# round and the median is shown, so that what else the machine does weighs on both sides. No
# figure is compared with a stopwatch, only with its peer.
#
#   dump      200,000 computers, five attributes, pages of 1000, from fastdc, a server that costs
#             nothing: what is left is the client. CPU is user and system time.
#   far dump  the same from a server 5 ms away: the next page is asked for early
#   modify    1,000 modifies to a server 5 ms away, through the gate's pipeline
#   readiness 50,000 accounts, a row for each; the limit of the memory is a figure, not a ratio
#   start     no connection
#   lookup    one object over Kerberos from the lab's DC: start, bind, search
#   shares    700 shares of the lab's file server with their descriptors
#   pairwise  32 hosts of the lab, each allowed to delegate to every other one: 3,968 values.
#             samba-tool takes one value at a time: one such call is measured. The requests
#             are counted by the proxy of tests/lab on their way. The DC brings each change to its
#             disk, as a DC does (the tests' own lab does not: there the same comparison gives about
#             11, because what a change costs the DC weighs less against bind and read-back).
#   verify    a ticket for each pair of these hosts, on behalf of a user. The peer is a loop of kvno:
#             with a cache of its own for each pair, since a ticket in it proves nothing, so that
#             each logs in and asks S4U2Self; and with one cache, in which S4U2Self is kept. The KDC
#             is the limit: it runs on the same processors, and takes about 5 ms of them a ticket.
#   plan      the plan for 1,000 such hosts, 4 million values, of which nothing is written. The peer
#             is a script in Lua that makes the same strings, and no more. Of the memory the limit is
#             a figure, not a ratio.
#   files     permissions of a folder with 20,000 files below, planned and compared with a saved
#             plan, against 2,000 files: the time of one file
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/lib.sh
missed=0
judge() { # judge WHAT FIGURE OP BOUND
	local verdict=met
	awk -v a="$2" -v b="$4" -v op="$3" 'BEGIN { exit !(op == "<=" ? a <= b : a >= b) }' || {
		verdict=MISSED; missed=$((missed + 1))
	}
	printf '  %-60s %9.2f  %s %-6s %s\n' "$1" "$2" "$3" "$4" "$verdict" >> "$t/verdicts"
}
dump() { # dump NAME   the peer and us
	local search="ldapsearch -LLL -x -H $uri -b DC=bench,DC=test -E pr=1000/noprompt '(objectClass=computer)'"
	printf '%s\n' \
		"ldapsearch -LLL: $search cn sAMAccountName servicePrincipalName userAccountControl objectSid" \
		"adsh, all values as tables: $adsh $here/dump.lua $uri tables" \
		"adsh, one attribute: $adsh $here/dump.lua $uri one" | compare "$1"
}

# --- without a real server -----------------------------------------------------
serve near; near=$uri
title "dump, server costs nothing"
dump near
judge "dump: CPU, tables, to ldapsearch" "$(figure near 2 6)" '<=' 0.75
judge "dump: CPU, one attribute, to ldapsearch" "$(figure near 3 6)" '<=' 0.45
judge "dump: peak memory, to ldapsearch" "$(figure near 2 7)" '<=' 1.5
serve small -n 20000
title "dump of 20,000 and of 200,000"
printf '%s\n' "adsh, 20,000: $adsh $here/dump.lua $uri tables" \
	"adsh, 200,000: $adsh $here/dump.lua $near tables" | compare flat
judge "dump: peak memory, 200,000 to 20,000 entries" "$(figure flat 2 7)" '<=' 1.1

serve far -d 5000
title "dump, server 5 ms away"
dump far
judge "dump from 5 ms away: wall, to ldapsearch" "$(figure far 2 5)" '<=' 0.7

for i in $(seq 0 999); do
	printf 'dn: CN=PC%06d,OU=Computers,DC=bench,DC=test\nchangetype: modify\n' "$i"
	printf 'add: msDS-AllowedToDelegateTo\nmsDS-AllowedToDelegateTo: cifs/pc%06d\n-\n\n' "$i"
done > "$t/modify.ldif"
title "1,000 modifies, server 5 ms away"
printf '%s\n' "window of 64: $bin/modify $uri 1000 64" "one at a time: $bin/modify $uri 1000 1" \
	"ldapmodify: ldapmodify -x -H $uri -f $t/modify.ldif" | compare modify
judge "1,000 modifies from 5 ms away: times faster than one by one" "$(figure modify 2 5)" '>=' 20

title "readiness of 5,000 and of 50,000 accounts"
rows() { # rows COUNT   the other searches of it find nothing
	serve "accounts$1" -n "$1" -a -o 805306368 -o krbtgt
	printf 'adsh, %s: %s -s %s -f csv run readiness --this-domain\n' "$1" "$adsh" "$uri"
}
rows 5000 > "$t/lines"
rows 50000 >> "$t/lines"
[ "$($adsh -s "$uri" -f json run readiness --this-domain | grep -c '"account"')" = 50000 ] || { echo "readiness lacks rows"; exit 1; }
compare rows < "$t/lines"
judge "readiness of 50,000 accounts: MiB" "$(figure rows 2 4 | awk '{ print $1 / 1024 }')" '<=' 30
judge "readiness: peak memory, 50,000 to 5,000 accounts" "$(figure rows 2 7)" '<=' 1.2

title "start without a connection"
rounds=$((rounds * 5)) compare start << END
lua5.4 -e '': lua5.4 -e ''
adsh -e '': $adsh -e ''
ldapsearch -VV: ldapsearch -VV
END
judge "start: wall, to lua5.4" "$(figure start 2 5)" '<=' 3

# --- on the lab ------------------------------------------------------------------
if [ "${LAB:-1}" = 1 ] && start_lab 32; then
	via=(client) # ratio itself runs in the lab: what in.sh costs is in no figure
	title "one lookup over Kerberos"
	rounds=$((rounds * 3)) compare lookup << END
ldapsearch: ldapsearch -LLL $peer -b $LAB_BASE '(sAMAccountName=host01$)' cn
adsh: $adsh -s $LAB_DC $here/lookup.lua
END
	judge "one lookup over Kerberos: wall, to ldapsearch" "$(figure lookup 2 5)" '<=' 1.1

	shares() { # shares < lines   what fs1 shares besides
		tests/lab/in.sh fs1 sh -c 'cat > /etc/samba/shares.conf; smbcontrol all reload-config; sleep 1'
	}
	title "700 shares and their permissions"
	tests/lab/in.sh fs1 mkdir -p /var/lib/samba/many
	for i in $(seq 700); do printf '[many%03d]\n path = /var/lib/samba/many\n' "$i"; done | shares
	compare shares << END
rpcclient: rpcclient fs1.alpha.test --use-kerberos=required -c 'netshareenumall 502'
adsh: $adsh -s $LAB_DC -f json -e 'share.list "fs1.alpha.test"'
END
	judge "700 shares: wall, to rpcclient" "$(figure shares 2 5)" '<=' 0.85

	title "files below a folder"
	# shellcheck disable=SC2016  # variables of the shell in the lab
	tests/lab/in.sh fs1 sh -c 'for n in 2 20; do for d in $(seq "$n"); do
		mkdir -p "/var/lib/samba/files$n/$d"; cd "/var/lib/samba/files$n/$d"; seq 999 | xargs touch; done; done'
	for n in 2 20; do
		printf '[files%d]\n path = /var/lib/samba/files%d\n read only = no\n force user = root\n' "$n" "$n"
	done | shares
	grant() { printf '%s' "$adsh -s $LAB_DC -q -n ${2:-} -e 'folder.grant(\"//fs1.alpha.test/files$1\", \"user01\", \"read\", {children=true})'"; }
	for n in 2 20; do
		client sh -c "$(grant "$n" "--plan-out $t/files$n")" > /dev/null
		[ "$(grep -c '"dn"' "$t/files$n")" = $((n * 1000 + 1)) ] || { echo "the plan of $n,000 files lacks some"; exit 1; }
	done
	pending='; test $? = 4' # of a dry run with something to do
	rounds=$(((rounds + 1) / 2)) compare files << END
plan of 2,000: $(grant 2)$pending
plan of 20,000: $(grant 20)$pending
END
	rounds=$(((rounds + 1) / 2)) compare apply << END
comparing 2,000: $adsh -s $LAB_DC -q -n apply $t/files2$pending
comparing 20,000: $adsh -s $LAB_DC -q -n apply $t/files20$pending
END
	judge "files: CPU to plan one of 20,000, to one of 2,000" "$(figure files 2 6 | awk '{ print $1 / 10 }')" '<=' 2
	judge "files: CPU to compare one of 20,000, to one of 2,000" "$(figure apply 2 6 | awk '{ print $1 / 10 }')" '<=' 2
	: | shares

	title "pairwise delegation of 32 hosts"
	compare pairwise -b "sh $t/reset" << END
adsh run live-migration: $migrate
ldapmodify, one modify a pair: ldapmodify $peer -f $t/pairs.ldif
samba-tool, one value of 3,968: samba-tool delegation add-service 'HOST01$' cifs/host02 -H ldap://$LAB_DC --use-kerberos=required
END
	judge "pairwise: times faster than ldapmodify" "$(figure pairwise 2 5)" '>=' 15
	judge "pairwise: times faster than samba-tool (3,968 calls)" \
		"$(awk -v a="$(figure pairwise 3 5)" 'BEGIN { print a * 3968 }')" '>=' 1000

	# the requests of one run, counted on their way
	client sh "$t/reset" > /dev/null
	tests/lab/limits.sh start --log "$t/requests" > /dev/null
	client "$adsh" -s "$LAB_DC:3389" --tls starttls --cacert "$LAB_CA" --simple -u "Administrator@$LAB_REALM" \
		--password-file "$t/password" -y run live-migration --ou "$hosts_ou" > /dev/null || exit 1
	tests/lab/limits.sh stop
	printf '\nrequests of one pairwise run: %s\n' "$(sort "$t/requests" | uniq -c | awk '{ printf "%s%d %s", n++ ? ", " : "", $1, $2 }')"

	# a ticket for each of 992 pairs; the peers get the 31 of one host
	title "tickets between 32 hosts"
	compare verify << END
adsh run verify, 992 tickets: $adsh -s $LAB_DC -q run verify --ou $hosts_ou --keytabs $LAB_KEYTABS --user user01
kinit and kvno, 31 times: sh $t/kvno
kinit, and kvno 31 times: sh $t/kvno kept
END
	faster() { awk -v a="$(figure verify "$1" 5)" 'BEGIN { print a / 31 * 992 }'; }
	judge "a ticket: times faster than kinit and kvno" "$(faster 2)" '>=' 10
	judge "a ticket: times faster than kvno with all in one cache" "$(faster 3)" '>=' 3

	title "plan for 1,000 hosts"
	tests/lab/seed.sh --hosts 1000 --no-keys >> "$t/lab.log" 2>&1
	rounds=$(((rounds + 1) / 2)) compare plan << END
the values, in plain Lua: ldapsearch -LLL -o ldif-wrap=no -E pr=1000/noprompt $peer -b $hosts_ou '(objectClass=computer)' dNSHostName | lua5.4 $here/values.lua
adsh -n run live-migration: $adsh -s $LAB_DC -n run live-migration --ou $hosts_ou$pending
END
	judge "plan of 4 million values: CPU, to strings in plain Lua" "$(figure plan 2 6)" '<=' 3.5
	judge "plan of 4 million values: MiB" "$(figure plan 2 4 | awk '{ print $1 / 1024 }')" '<=' 150
else
	echo
	echo "the lab does not start, so nothing was measured on a real server:"
	tail -n 3 "$t/lab.log" 2>/dev/null
	missed=$((missed + 1))
fi

printf '\n%-62s %9s  %s\n' goal measured bound
cat "$t/verdicts"
[ "$missed" = 0 ]
