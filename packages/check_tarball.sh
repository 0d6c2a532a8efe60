#!/bin/sh
# check_tarball.sh — the tarball in systems that have nothing but what every one has, made by mmdebstrap: unpacked, run
# from there, moved, and run again.
#   sh packages/check_tarball.sh FILE.tar.gz [RELEASE...]    bookworm (glibc 2.36) and trixie, by default
set -eu
file=${1:?tarball}
shift
[ $# -gt 0 ] || set -- bookworm trixie
command -v mmdebstrap > /dev/null 2>&1 || { echo "check-tarball: there is no mmdebstrap: sh mk/deps.sh deb installs it" >&2; exit 1; }
name=$(basename "$file" .tar.gz) failed=''
for release in "$@"; do
    log=build/tarball/$release.log
    if mmdebstrap --variant=essential --format=null --customize-hook="copy-in $file /opt" \
        --customize-hook="chroot \"\$1\" sh -c 'tar -C /opt -xzf /opt/$name.tar.gz && cd /tmp && /opt/$name/bin/gan train --net tiny --data digits --limit 64 -b 8 --steps 3 &&
            mv /opt/$name /moved && /moved/bin/gan sample runs/* -o s.png && /moved/bin/gan doctor | head -n 3 && echo TRIED'" \
        "$release" /dev/null "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" > "$log" 2>&1 && grep -q '^TRIED$' "$log"; then
        echo "ok      $release"
    else
        echo "FAILED  $release: see $log"
        failed="$failed $release"
    fi
done
[ -z "$failed" ]
