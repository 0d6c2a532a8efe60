#!/bin/sh
# deb.sh — Debian packages of this tree in build/deb: gan-c, libgan, libgan-dev and, with CUDA, gan-c-cuda.
#   sh packages/deb.sh VERSION ABI [CUDA'S MAJOR VERSION [ARCHITECTURES]]
#   DEBFULLNAME, DEBEMAIL: who makes the packages, as for Debian's own tools; else as git knows it
# The same tree gives the same bytes: dates are those of the last commit, or SOURCE_DATE_EPOCH.
set -eu
version=${1:?version} abi=${2:?abi} cuda=${3:-} architectures=${4:-all}
for tool in dh dpkg-buildpackage fakeroot; do
    command -v "$tool" > /dev/null 2>&1 || { echo "deb: there is no $tool: sh mk/deps.sh deb installs it" >&2; exit 1; }
done
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2> /dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
# Whoever makes a package answers for it.
maker="${DEBFULLNAME:-$(git config user.name 2> /dev/null || id -un)} <${DEBEMAIL:-$(git config user.email 2> /dev/null || echo "$(id -un)@$(hostname -f)")}>"
tree=build/deb/gan-c-$version
rm -rf build/deb
mkdir -p "$tree"
# What git knows, or, of an archive without it, all but what is built.
if git rev-parse --is-inside-work-tree > /dev/null 2>&1; then git ls-files; else find . -path ./build -prune -o -type f -print; fi |
    tar -cf - -T - | tar -xf - -C "$tree"
cp -R packages/debian "$tree/debian"
control=$tree/debian/control
sed -e "s|@MAINTAINER@|$maker|" -e "s|@ABI@|$abi|g" "$tree/debian/control.in" > "$control"
[ -z "$cuda" ] || sed "s|@CUDA@|$cuda|" "$tree/debian/control-cuda.in" >> "$control"
mv "$tree/debian/libgan.install" "$tree/debian/libgan$abi.install"
[ -n "$cuda" ] || rm "$tree/debian/gan-c-cuda.install"
rm "$tree"/debian/*.in
printf 'gan-c (%s) unstable; urgency=medium\n\n  * Version %s.\n\n -- %s  %s\n' "$version" "$version" "$maker" \
    "$(LC_ALL=C date -uR -d "@$SOURCE_DATE_EPOCH")" > "$tree/debian/changelog"
(cd "$tree" && GAN_CUDA=${cuda:+1} GAN_CUDA_ARCH=${cuda:+$architectures} \
    env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc -b -d "-j$(getconf _NPROCESSORS_ONLN)") > build/deb/log 2>&1 || {
    tail -n 30 build/deb/log >&2
    echo "deb: dpkg-buildpackage failed; all it said is in build/deb/log" >&2
    exit 1
}
ls build/deb/*.deb
