#!/bin/sh
# What:   mails who may act as whom since last week and could not then, and keeps this week's snapshot.
# Usage:  weekly-diff.sh ADDRESS [option of adsh]...     (weekly, from cron:
#         0 6 * * 1  adsh-svc  weekly-diff.sh admins@example.com -d alpha.test -k /etc/adsh/adsh-svc.keytab)
# Files:  /var/lib/adsh/weekly/DATE.snapshot; those older than a year are removed.
# Output: exit status of adsh: 0 nothing was widened, 4 it was and was mailed, others: it could not be done, mailed too.
set -u
PATH=${PATH:-/usr/bin:/bin}:/usr/local/bin
address=$1; shift
dir=${ADSH_STATE:-/var/lib/adsh}/weekly
umask 077; mkdir -p "$dir" || exit 1

tell() { ${MAILER:-mail -s "$1"} "$address"; }

# the newest of before: the names are dates
last=; for one in "$dir"/*.snapshot; do [ -e "$one" ] && last=$one; done
now=$dir/$(date -u +%Y-%m-%dT%H%M%S).snapshot
text=$(adsh "$@" --quiet snapshot "$now" 2>&1); status=$?
if [ -e "$now" ] && [ -n "$last" ]; then
	found=$(adsh --quiet diff "$last" "$now" 2>&1); compared=$?
	text=$(printf '%s\n' "$text" "$found")
	[ $compared = 0 ] || status=$compared
fi
case $status in
0) ;;
4) { echo "Since $last:"; printf '%s\n' "$text"; } | tell "adsh: delegation was widened";;
*) printf '%s\n' "$text" | tell "adsh: the weekly comparison is not complete";;
esac
find "$dir" -name '*.snapshot' -mtime +366 -exec rm -f {} +
exit $status
