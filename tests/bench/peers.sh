#!/bin/bash
# peers.sh   what people use, beside adsh, on the same jobs (make bench-peers): a table in Markdown on standard output,
# what was measured on standard error. SIZE=full is as large as the table of README.md, the default ends in a few
# minutes. ROUNDS (3, full 5) sets how often each command is measured; those with 20,000 files once.
#
#   dump, duplicates   50,000 computers from fastdc, a server that costs nothing: what is left is the client
#   lookup             one object of the lab's DC over Kerberos: start, bind, search
#   pairwise           each host may delegate to every other one: four values a pair. samba-tool takes a value at a time,
#                      ldapmodify is given its values: they are computed beforehand, and not in its time
#   grant              an entry on a folder of fs1 that all files below inherit, written; in adsh's time are plan, guards,
#                      journal and reading back, for each file
#   read               the permissions of the same files, read
#   shares             the shares of fs1 with their permissions
#   tickets            a ticket for each pair of hosts on behalf of a user; kvno is measured for the pairs of one host
#
# The commands of a job take turns (ratio.c), a ratio is taken within a round, and the median is shown. Where several
# programs give an answer, these are compared first. "*N" at the end of a name: one of N such calls was measured.
cd "$(dirname "$0")/../.." || exit 1
files=2 hosts=16 shares=100 default=3
[ "${SIZE:-}" != full ] || files=20 hosts=32 shares=700 default=5
ROUNDS=${ROUNDS:-$default}
computers=50000
. tests/bench/lib.sh
load() { cut -d ' ' -f 1-3 /proc/loadavg; }
before=$(load)
exec 3>&1 1>&2
python=/usr/bin/python3

row() { # row "JOB" NAME   a line of the table, from what compare kept as NAME; its first command is adsh
	awk -F'\t' -v job="$1" 'function times(x) { return x < 10 ? sprintf("%.1f", x) : sprintf("%.0f", x) }
		NR == 1 { printf "| %s | %.2f s, %.0f MiB |", job, $2, $4 / 1024; next }
		{ many = 1; about = "" }
		match($1, /\*[0-9]+$/) { many = substr($1, RSTART + 1); $1 = substr($1, 1, RSTART - 1); about = "about " }
		{ printf "%s %s %s**%s**", (NR > 2 ? ";" : ""), $1, about, times($5 * many) }
		END { print " |" }' "$t/$2" >> "$t/table"
}
agree() { # agree WHAT < lines "NAME: COMMAND"   they print the same
	local line first='' out
	while read -r line; do
		out=$("${via[@]}" sh -c "${line#*: }" 2>&1) || { echo "failed: $line"; echo "$out"; exit 1; }
		: "${first:=$out}"
		[ "$out" = "$first" ] || { echo "$1: ${line%%: *} says $out, adsh $first"; exit 1; }
	done
}
both() { # both NAME [option of ratio]... < lines   the answers compared, then the times
	cat > "$t/lines"
	agree "$1" < "$t/lines" && compare "$@" < "$t/lines"
}

# --- the client alone -----------------------------------------------------------
serve many -n $computers -t 1000
search="ldapsearch -LLL -o ldif-wrap=no -x -H $uri -b DC=bench,DC=test -E pr=1000/noprompt"
title "dump of $computers computers"
both dump << END
adsh: $adsh $here/dump.lua $uri tables
ldapsearch: $search '(objectClass=computer)' cn sAMAccountName servicePrincipalName userAccountControl objectSid | grep -c '^sAMAccountName: '
python-ldap: $python $here/python_ldap.py dump $uri DC=bench,DC=test
ldap3: $python $here/with_ldap3.py dump $uri DC=bench,DC=test
END
row "dump of 50,000 computers, five attributes" dump
title "duplicate SPNs among $computers"
both duplicates << END
adsh: $adsh -s $uri $here/duplicates.lua
ldapsearch and awk: $search '(servicePrincipalName=*)' servicePrincipalName | awk '/^servicePrincipalName: / && ++seen[tolower(\$2)] == 2 { n++ } END { print n + 0 }'
python-ldap: $python $here/python_ldap.py duplicates $uri DC=bench,DC=test
ldap3: $python $here/with_ldap3.py duplicates $uri DC=bench,DC=test
END
row "SPNs that two of 50,000 accounts have" duplicates

# --- real servers -----------------------------------------------------------------
start_lab $hosts || { tail -n 3 "$t/lab.log"; exit 1; }
export PASSWORD_FILE=$t/password LDAP3_USER=Administrator@$LAB_REALM
via=(client)
script="$python $here/python_ldap.py" script3="$python $here/with_ldap3.py"
title "one lookup over Kerberos"
rounds=$((rounds * 3)) both lookup << END
adsh: $adsh -s $LAB_DC $here/lookup.lua
ldapsearch: ldapsearch -LLL $peer -b $LAB_BASE '(sAMAccountName=host01\$)' cn | sed -n 's/^cn: //p'
python-ldap: $script lookup ldap://$LAB_DC $LAB_BASE
ldap3: $script3 lookup ldaps://$LAB_DC $LAB_BASE
samba-tool: samba-tool computer show 'HOST01\$' --attributes=cn -H ldap://$LAB_DC --use-kerberos=required | sed -n 's/^cn: //p'
END
row "one attribute of one account" lookup

values=$((hosts * (hosts - 1) * 4))
title "pairwise delegation of $hosts hosts"
"${via[@]}" sh "$t/reset" > /dev/null
awk -f "$here/one_modify.awk" "$t/pairs.ldif" > "$t/hosts.ldif"
for program in "$migrate" "$script pairwise ldap://$LAB_DC $hosts_ou" "$script3 pairwise ldaps://$LAB_DC $hosts_ou"; do
	client sh "$t/reset" > /dev/null
	client sh -c "$program" > "$t/out" 2>&1 || { cat "$t/out"; exit 1; }
	# shellcheck disable=SC2086
	[ "$(client ldapsearch -LLL $peer -b "$hosts_ou" '(objectClass=computer)' msDS-AllowedToDelegateTo |
		grep -c '^msDS-Allowed')" = $values ] || { echo "not all values are there after: $program"; exit 1; }
done
compare pairwise -b "sh $t/reset" << END
adsh: $migrate
python-ldap: $script pairwise ldap://$LAB_DC $hosts_ou
ldap3: $script3 pairwise ldaps://$LAB_DC $hosts_ou
ldapmodify (one modify a host): ldapmodify $peer -f $t/hosts.ldif
ldapmodify (one modify a pair): ldapmodify $peer -f $t/pairs.ldif
samba-tool*$values: samba-tool delegation add-service 'HOST01\$' cifs/host02 -H ldap://$LAB_DC --use-kerberos=required
END
row "delegation between $hosts hosts, $values values, written" pairwise

client sh -c "$migrate" > /dev/null || exit 1
title "tickets between $hosts hosts"
compare tickets << END
adsh: $adsh -s $LAB_DC -q run verify --ou $hosts_ou --keytabs $LAB_KEYTABS --user user01
kinit and kvno for each pair*$hosts: sh $t/kvno
kvno with one cache*$hosts: sh $t/kvno kept
END
row "S4U tickets for all $((hosts * (hosts - 1))) pairs of $hosts hosts" tickets

# shellcheck disable=SC2016  # variables of the shell in the lab
tests/lab/in.sh fs1 sh -c 'for d in $(seq "$0"); do
	mkdir -p "/var/lib/samba/files/$d"; cd "/var/lib/samba/files/$d"; seq 999 | xargs touch; done' $files
tests/lab/in.sh fs1 mkdir -p /var/lib/samba/many
{
	printf '[files]\n path = /var/lib/samba/files\n read only = no\n force user = root\n'
	for i in $(seq $shares); do printf '[many%03d]\n path = /var/lib/samba/many\n' "$i"; done
} | tests/lab/in.sh fs1 sh -c 'cat > /etc/samba/shares.conf; smbcontrol all reload-config; sleep 1'
smb="--use-kerberos=required"
title "$shares shares"
compare shares << END
adsh: $adsh -s $LAB_DC -f json -e 'share.list "fs1.alpha.test"'
rpcclient: rpcclient fs1.alpha.test $smb -c 'netshareenumall 502'
END
row "permissions of $shares shares" shares

# each grant is to a user who has none yet
tests/lab/seed.sh --users 100 >> "$t/lab.log" 2>&1
printf 0 > "$t/user"
# shellcheck disable=SC2016  # variables of the shell in the lab
printf '%s\n' 'n=$(($(cat "$T/user") + 1)); printf %d "$n" > "$T/user"; user=user$(printf %02d "$n")' > "$t/next"
[ $files = 2 ] || rounds=1
title "a grant that $files,000 files inherit"
compare grant << END
adsh: . $t/next; $adsh -s $LAB_DC -q -y -e "folder.grant('//fs1.alpha.test/files', '\$user', 'read', {children=true})"
smbcacls: . $t/next; smbcacls //fs1.alpha.test/files / --add "ACL:ALPHA\\\\\$user:ALLOWED/OI|CI/READ" --propagate-inheritance $smb
END
row "a permission granted on a folder and all $files,000 files below" grant
title "permissions of $files,000 files"
compare read << END
adsh: $adsh -s $LAB_DC -q -n -e 'folder.grant("//fs1.alpha.test/files", "plain", "read", {children=true})'; test \$? = 4
smbcacls: rm -f $t/saved; smbcacls //fs1.alpha.test/files / --save $t/saved --recurse $smb
END
row "permissions of $files,000 files, read" read

# --- the table --------------------------------------------------------------------
version() { "$@" 2>&1 | grep -oE '[0-9]+\.[0-9][0-9a-z.]*' | head -n 1; }
{
	echo '| job | adsh | the others, as multiples of its time |'
	echo '|---|---|---|'
	cat "$t/table"
	echo
	echo "Measured on $(date -u +%F): $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors," \
		"$(. /etc/os-release; echo "$PRETTY_NAME"), load $before before and $(load) after, medians of $ROUNDS rounds$([ $files = 2 ] || echo ", of one with 20,000 files")."
	echo "adsh $(version "$adsh" --version), OpenLDAP $(version ldapsearch -VV), Samba $LAB_SAMBA_VERSION," \
		"MIT krb5 $(dpkg-query -W -f '${Version}' krb5-user | cut -d - -f 1), Python $(version $python --version)" \
		"with python-ldap $($python -c 'import ldap; print(ldap.__version__)') and ldap3 $($python -c 'import ldap3; print(ldap3.__version__)')."
} >&3
