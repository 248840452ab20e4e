#!/bin/bash
# build.sh [SUITE]   builds the Debian package of the files that git knows, as they are now, in a clean chroot of
#                    SUITE (bookworm or trixie; default: the running release) without network. CHROOT=no builds on this
#                    system. The packages go to build/deb/SUITE, or to the folder OUT.
# STATE is another commit than that of the work tree. Another PLACE (a folder in the chroot), UMASK and SETTINGS (of
# the environment) must not change the packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/package/chroot.sh
suite=${1:-$(running_release)}
[ "${CHROOT:-}" = no ] || { as_root "$0" "$@"; check_suite "$suite"; }
out=$(realpath -m "${OUT:-${BUILD:-build}/deb/$suite}")
builder='adsh-build' # a user in the chroot

version=$(sed -n '1s/^adsh (\(.*\)-[^-]*).*/\1/p' debian/changelog)
time=$(date -u -d "$(sed -n '/^ -- /{s/.*>  //p;q}' debian/changelog)" +%s)

source_tree() { # source_tree FOLDER   adsh_VERSION.orig.tar.xz and the unpacked tree, debian/ too
	local tree state
	state=${STATE:-$(git stash create)}
	mkdir -p "$1" && tree=$1/adsh-$version
	git archive --prefix="adsh-$version/" "${state:-HEAD}" | tar -x -C "$1"
	tar -c -C "$1" --exclude="adsh-$version/debian" --sort=name --mtime="@$time" --owner=0 --group=0 --numeric-owner \
		--mode=go=rX,u+rw,a-s "adsh-$version" | xz -T1 -6 > "$1/adsh_$version.orig.tar.xz"
	find "$tree" -exec touch -h -d "@$time" {} +
}
build_dependencies() { # out of debian/control
	sed -n '/^Build-Depends:/,/^[^ ]/p' debian/control | tr -d '\n' |
		sed 's/Build-Depends:\(.*\)Standards-Version.*/\1/; s/debhelper-compat[^,]*/debhelper/; s/<!nocheck>//g; s/:any\|:native//g; s/,/ /g'
}

main() {
	local base root place
	rm -rf "$out"
	mkdir -p "$out"
	if [ "${CHROOT:-}" = no ]; then
		scratch=$(mktemp -d)
		source_tree "$scratch"
		step "building on this system"
		(cd "$scratch/adsh-$version" && dpkg-buildpackage -us -uc -F)
		find "$scratch" -maxdepth 1 -type f -exec cp {} "$out" \;
		exit
	fi

	bare
	# shellcheck disable=SC2046  # a list of words
	base=$(with build fakeroot build-essential $(build_dependencies))
	root=$(copy "$base" build)
	place=$root${PLACE:-/build}
	source_tree "$place"
	in_root "$root" useradd --home-dir /nonexistent --shell /bin/sh $builder
	in_root "$root" chown -R $builder: "${place#"$root"}"
	step "building for $suite"
	# shellcheck disable=SC2016,SC2086  # the other shell's variables; a list of words
	in_root "$root" setpriv --reuid=$builder --regid=$builder --init-groups env HOME=/nonexistent ${SETTINGS:-} \
		sh -c 'umask $1 && cd "$2" && dpkg-buildpackage -us -uc -F -j"$(nproc)"' sh "${UMASK:-022}" \
		"${place#"$root"}/adsh-$version" > "$out/build.log" 2>&1 ||
		{ tail -n 40 "$out/build.log" >&2; die "the build failed: $out/build.log"; }
	find "$place" -maxdepth 1 -type f -exec cp {} "$out" \;
	[ -z "${SUDO_UID:-}" ] || chown -R "$SUDO_UID:${SUDO_GID:-}" "$out"
	printf '%s\n' "$out"/*
}
main; exit # read whole before it begins: a checkout may change the file
