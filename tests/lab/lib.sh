# shellcheck shell=bash
# lib.sh - what the lab's scripts share. Sourced, not run.
#
# A lab is: nodes (a network namespace $LAB_NS<node> and a directory $LAB_DIR/nodes/<node>), a
# switch namespace ${LAB_NS}sw with the bridge and a small DNS server, and $LAB_DIR for everything
# else. Nothing is routed to the host, so labs with another LAB_DIR can run beside it. LAB_NS begins
# the names of its namespaces. Labs may share their snapshots, LAB_CACHE.
# There are no pid files: what runs in a node's network namespace belongs to the node.

LAB_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -z "${LAB_DIR:-}" ]; then
	LAB_DIR=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
	LAB_DIR=${LAB_DIR:-/var/tmp/adsh-$(id -u)}/adsh-lab
	mkdir -p "$LAB_DIR" 2>/dev/null && [ -w "$LAB_DIR" ] || LAB_DIR=/var/tmp/adsh-lab-$(id -u)
fi
mkdir -p "$LAB_DIR" 2>/dev/null # his who calls, before anything becomes root
export LAB_DIR LAB_CACHE=${LAB_CACHE:-$LAB_DIR/cache}
export LAB_NS=${LAB_NS:-adsh$(printf %s "$LAB_DIR" | cksum | cut -c 1-5)-}
export LAB_PASS=${LAB_PASS:-Passw0rd!lab} # of every account, in both forests
export PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin:$PATH
umask 022             # the client's files are for a user who came through sudo, too
[ -n "${LAB_DURABLE:-}" ] || export TDB_NO_FSYNC=1 # lab: a power cut may lose data
NET=10.77             # only inside the namespaces
# shellcheck disable=SC2034  # up.sh uses it
LOCK=9 BUILD_LOCK=7    # descriptors of locks; daemons must not inherit them

die() { echo "lab: $*" >&2; exit 1; }
step() { # step NAME cmd...   runs it and says how long it took
	local name=$1 start=$EPOCHREALTIME rc=0; shift
	"$@" || rc=$?
	[ -n "${LAB_QUIET:-}" ] || awk -v n="$name" -v a="$start" -v b="$EPOCHREALTIME" -v r=$rc \
		'BEGIN { printf "lab: %-22s %6.2f s%s\n", n, b - a, r ? "  failed" : "" }' >&2
	return $rc
}

# Namespaces need root. When a script here becomes root, its caller and his environment are kept:
# in.sh runs client commands as him. Who came as root (sudo make check) stays root.
as_root() { # as_root "$0" "$@"
	[ "$(id -u)" != 0 ] || return 0
	command -v sudo > /dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; } ||
		die "needs root for namespaces and Samba, and there is no sudo to use"
	export LAB_UID LAB_GID
	LAB_UID=$(id -u) LAB_GID=$(id -g)
	exec sudo --preserve-env "$@"
}
lock() { # one up, down or seed at a time; the kernel drops it when its holder dies
	mkdir -p "$LAB_DIR" || exit 1
	exec 9> "$LAB_DIR/lock"
	flock -w 600 $LOCK || die "another run holds $LAB_DIR/lock"
}

# --- nodes -------------------------------------------------------------------
node_ip() {
	case $1 in
	dc1) echo $NET.1.1;; dc2) echo $NET.1.2;; fs1) echo $NET.1.5;;
	dcb) echo $NET.2.1;; cli) echo $NET.9.1;; sw) echo $NET.0.1;;
	*) die "unknown node $1 (dc1 dc2 dcb fs1 cli)";;
	esac
}
node_domain() { case $1 in dcb) echo beta.test;; *) echo alpha.test;; esac; }
node_host()   { case $1 in dcb) echo dc1;; *) echo "$1";; esac; } # both forests' first DC is dc1
node_realm()  { node_domain "$1" | tr "[:lower:]" "[:upper:]"; }
node_group()  { local d; d=$(node_realm "$1"); echo "${d%%.*}"; } # NetBIOS name of the domain
node_dir()    { echo "$LAB_DIR/nodes/$1"; }
samba_version() { smbd -V | awk '{ sub(/^Version /, ""); sub(/-Debian.*/, ""); print; exit }'; }
samba_ge()      { [ "$(printf '%s\n' "$1" "$(samba_version)" | sort -V | head -n 1)" = "$1" ]; }

# A node has its own network, host name and view of the files: its directories lie over Samba's
# compiled-in ones, so every Samba tool works there with its defaults.
# In a chroot whose root is no mount point, only from the root of the mount namespace can it be said that its mounts
# are its own: nsenter goes there.
# shellcheck disable=SC2016
own_mounts='{ mount --make-rprivate / || nsenter --mount=/proc/$$/ns/mnt mount --make-rprivate /; } 2>/dev/null ||
	{ echo "lab: cannot keep mounts apart from those of the machine" >&2; exit 97; }'
# shellcheck disable=SC2016
enter=$own_mounts'
d=$1 host=$2; shift 2
for p in etc:/etc/samba lib:/var/lib/samba cache:/var/cache/samba run:/run/samba log:/var/log/samba \
	hosts:/etc/hosts resolv.conf:/etc/resolv.conf nsswitch.conf:/etc/nsswitch.conf
do
	mount --bind "$d/${p%%:*}" "${p#*:}" || { echo "lab: cannot mount over ${p#*:}" >&2; exit 97; }
done
hostname "$host"
exec "$@"'
node_exec() { # node_exec NODE cmd...   becomes the command: use it in a subshell or last
	local node=$1 d; shift
	d=$(node_dir "$node")
	[ -e "/run/netns/$LAB_NS$node" ] && [ -d "$d" ] || die "node $node is not up (tests/lab/up.sh)"
	mkdir -p /etc/samba /var/lib/samba /var/cache/samba /run/samba /var/log/samba
	touch -a /etc/hosts /etc/resolv.conf /etc/nsswitch.conf # a bare machine may have none
	export KRB5_CONFIG=$d/krb5.conf KRB5CCNAME=${KRB5CCNAME:-FILE:$d/run/ccache}
	exec nsenter --net="/run/netns/$LAB_NS$node" unshare -m -u --propagation unchanged sh -c "$enter" sh \
		"$d" "$(node_host "$node").$(node_domain "$node")" "$@"
}
can_separate() { unshare -n -m -u --propagation unchanged sh -c "$own_mounts" 2>&1; } # says why not
node_run()   { ( node_exec "$@" ); }
node_paths() { cat; } # node_paths NODE   Samba's paths in a text -> where they are for the node
node_conf()  { :; }   # node_conf NODE   what its smb.conf has besides
in_node_network() { local node=$1; shift; nsenter --net="/run/netns/$LAB_NS$node" "$@"; }
node_spawn() { # node_spawn LOGNAME NODE cmd...   a daemon, in a session of its own
	local log=$LAB_DIR/log/$1.out; shift
	mkdir -p "$LAB_DIR/log"
	( unset TMPDIR # IPC$ of 4.17 is that folder: a test's own is soon gone, and IPC$ with it
	exec setsid bash -c '. "$0/lib.sh"; node_exec "$@"' "$LAB_HERE" "$@" \
		7>&- 9>&- < /dev/null > "$log" 2>&1 ) &
	disown $!
}
node_pids() { ip netns pids "$LAB_NS$1" 2>/dev/null; }

node_files() { # the directories and small configuration files of a node
	local node=$1 d ip dom dns
	d=$(node_dir "$node") ip=$(node_ip "$node") dom=$(node_domain "$node") dns=$(node_ip sw)
	mkdir -p "$d"/{etc,lib/private,lib/data,cache,run,log}
	chmod 755 "$d" "$d"/{etc,lib,cache,run,log}
	chmod 777 "$d/lib/data" # not sticky: Samba 4.22 renames new directories
	printf '127.0.0.1 localhost\n%s %s.%s %s\n' "$ip" "$(node_host "$node")" "$dom" \
		"$(node_host "$node")" > "$d/hosts"
	case $node in dc*) dns=$ip;; esac
	printf 'search %s\nnameserver %s\noptions timeout:2 attempts:2\n' "$dom" "$dns" > "$d/resolv.conf"
	printf '%s: files\n' passwd group shadow > "$d/nsswitch.conf"
	[ "$node" != fs1 ] || printf '%s: files winbind\n' passwd group > "$d/nsswitch.conf"
	printf 'hosts: files dns\nservices: files\nprotocols: files\n' >> "$d/nsswitch.conf"
	[ "$node" != cli ] || { printf '[global]\n\trealm = %s\n\tworkgroup = %s\n\tsecurity = ads\n' \
		"$(node_realm cli)" "$(node_group cli)"; node_conf cli; } > "$d/etc/smb.conf"
	cp "$LAB_HERE/sharecmd.sh" "$d/etc/"
	touch "$d/etc/shares.conf"
	# KDCs come from DNS SRV; names are not canonicalised, as Windows clients do
	cat > "$d/krb5.conf" <<-E
	[libdefaults]
		default_realm = $(node_realm "$node")
		dns_lookup_realm = false
		dns_lookup_kdc = true
		dns_canonicalize_hostname = false
		rdns = false
		forwardable = true
		udp_preference_limit = 1
		kdc_timeout = 3
	[domain_realm]
		.alpha.test = ALPHA.TEST
		alpha.test = ALPHA.TEST
		.beta.test = BETA.TEST
		beta.test = BETA.TEST
	E
}

# --- network -----------------------------------------------------------------
# "ip netns add" and "ip -n" change mounts in a way that fails in a chroot, and mount over /run/netns for ever
net_add() { mkdir -p /run/netns && touch "/run/netns/$LAB_NS$1" && unshare --net="/run/netns/$LAB_NS$1" true; }
net_up() { # net_up NODE...   one bridge, one cable to every node
	local node
	net_add sw && in_node_network sw sh -c 'ip link set lo up && ip link add br0 type bridge &&
		ip addr add "$0/16" dev br0 && ip link set br0 up' "$(node_ip sw)" || return 1
	for node in "$@"; do
		net_add "$node" && in_node_network sw sh -c '
			ip link add "p-$0" type veth peer name eth0 netns "$1" && ip link set "p-$0" master br0 up' \
			"$node" "$LAB_NS$node" &&
		in_node_network "$node" sh -c 'ip link set lo up && ip addr add "$0/16" dev eth0 && ip link set eth0 up' \
			"$(node_ip "$node")" || return 1
	done
}
dns_up() { # forwards to both forests; knows no other server, so nothing loops or leaks
	( exec setsid nsenter --net="/run/netns/${LAB_NS}sw" dnsmasq -k --conf-file=/dev/null \
		--no-resolv --no-hosts --pid-file= --user=root --cache-size=0 --log-facility=- \
		--listen-address="$(node_ip sw)" --bind-interfaces \
		--server="/alpha.test/$(node_ip dc1)" --server="/alpha.test/$(node_ip dc2)" \
		--server="/beta.test/$(node_ip dcb)" \
		--host-record="dc1.alpha.test,$(node_ip dc1)" --host-record="dc1.beta.test,$(node_ip dcb)" \
		7>&- 9>&- < /dev/null > "$LAB_DIR/log/dnsmasq.out" 2>&1 ) &
	disown $!
}
wait_ports() { # wait_ports NODE SECONDS PORT...   until the node's own address answers on all
	local node=$1 secs=$2 ip; shift 2
	ip=$(node_ip "$node")
	# shellcheck disable=SC2016
	in_node_network "$node" timeout "$secs" bash -c '
		ip=$0
		for p; do until (exec 3<> "/dev/tcp/$ip/$p") 2>/dev/null; do sleep 0.05; done; done' "$ip" "$@" ||
		{ echo "lab: $node does not answer on port(s) $* within $secs s, see $LAB_DIR/log/$node.out" >&2; return 1; }
}

# --- starting and stopping ----------------------------------------------------------------
# The rpc workers of 4.17 open this file as the calling user: with 0600 one who is not root gets
# no security descriptor at levels 502 and 1501
node_shares() { chmod 666 "$(node_dir "$1")/lib/share_info.tdb" 2>/dev/null || true; }
node_start() { # its daemons, on what is on its disk; they answer when this returns
	node_files "$1"
	case $1 in
	fs1) node_spawn fs1-winbindd fs1 winbindd -F --no-process-group
	     node_spawn fs1 fs1 smbd -F --no-process-group
	     wait_ports fs1 20 445 || return 1;;
	*)   node_spawn "$1" "$1" samba -F --no-process-group --debug-stdout
	     wait_ports "$1" 60 389 636 88 464 445 135 3268 53 || return 1;;
	esac
	node_shares "$1"
}
node_stop() { # clean end of a node's daemons: state on disk is whole afterwards
	local pids
	# shellcheck disable=SC2046
	kill -TERM $(node_pids "$1") 2>/dev/null
	for _ in $(seq 100); do [ -n "$(node_pids "$1")" ] || return 0; sleep 0.1; done
	pids=$(node_pids "$1"); echo "lab: $1 does not stop, $(echo "$pids" | wc -l) processes left" >&2
	return 1
}
node_kill() {
	local pids
	for _ in $(seq 50); do
		pids=$(node_pids "$1"); [ -n "$pids" ] || return 0
		# shellcheck disable=SC2086
		kill -KILL $pids 2>/dev/null; sleep 0.02
	done
}
lab_down() { # whatever is there: whole, half made or half gone
	local n
	rm -f "$LAB_DIR/up"
	for n in dc1 dc2 dcb fs1 cli sw; do
		[ -e "/run/netns/$LAB_NS$n" ] || continue
		node_kill "$n"
		ip netns del "$LAB_NS$n" 2>/dev/null || rm -f "/run/netns/$LAB_NS$n"
	done
}

# --- contents ----------------------------------------------------------------
seed_node() { # seed_node NODE [option of seed.py]...
	local node=$1 dir log=$LAB_DIR/log/seed.log; shift
	dir=$LAB_DIR/keytabs/$(node_realm "$node")
	mkdir -p "$dir"
	node_run "$node" "$LAB_HERE/seed.py" --domain "$(node_domain "$node")" --keytabs "$dir" "$@" 2> "$log" ||
		{ tail -n 5 "$log" >&2; return 1; }
	chmod 755 "$LAB_DIR/keytabs" "$dir"
	[ -z "${LAB_UID:-}" ] || chown -R "$LAB_UID" "$LAB_DIR/keytabs"
}

# --- without namespaces ------------------------------------------------------
if [ -e "$LAB_DIR/loopback" ]; then . "$LAB_HERE/loopback.sh"; fi
