#!/bin/sh
# What:   mails today's plan to the admins; tomorrow's run carries out what they did not stop.
# Usage:  plan-by-mail.sh ADDRESS [option of adsh]... -- RECIPE [ARG]...     (daily, from cron)
# Stop:   remove /var/lib/adsh/pending.plan before the next run.
# Output: exit status of adsh: 0 nothing to do, 4 a plan was mailed, 6 objects were edited since.
set -u
address=$1; shift
options=
while [ "$1" != -- ]; do options="$options $1"; shift; done
shift
dir=${ADSH_STATE:-/var/lib/adsh} plan=${ADSH_STATE:-/var/lib/adsh}/pending.plan
umask 077; mkdir -p "$dir"

# yesterday's plan, if nobody removed it; what was edited since is refused by name
if [ -e "$plan" ]; then
	# shellcheck disable=SC2086
	adsh $options --yes --quiet apply "$plan" || exit $?
	rm -f "$plan"
fi
# shellcheck disable=SC2086
text=$(adsh $options --plan-out "$plan" run "$@" 2>&1); status=$?
case $status in
4) printf '%s\n' "$text" "" "It is carried out by the next run. To stop it: rm $plan" |
	${MAILER:-mail -s "adsh: planned for tomorrow"} "$address";;
0) ;;
*) printf '%s\n' "$text" >&2;;
esac
exit $status
