#!/bin/sh
# tarball.sh — makes of a folder that `make install` filled one that runs from anywhere on a Linux of the same processor,
# and packs it: every library but the C library's and NVIDIA's is beside, in lib/gan-libs, and found by its place.
#   sh packages/tarball.sh FOLDER        FOLDER.tar.gz is written beside; its name is that of the folder in it
set -eu
tree=${1:?folder}
command -v patchelf > /dev/null 2>&1 || { echo "tarball: there is no patchelf: sh mk/deps.sh deb installs it" >&2; exit 1; }
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2> /dev/null || date +%s)}"
libs=$tree/lib/gan-libs
mkdir -p "$libs"
# Of the static library, which needs the others' headers and archives, there is no use here.
rm -f "$tree"/lib/libgan.a
programs=$(find "$tree/bin/gan" "$tree"/lib/libgan.so.*.*.* -type f; [ ! -d "$tree/lib/gan" ] || find "$tree/lib/gan" -type f)
# shellcheck disable=SC2086  # a list of files
needed=$(sh packages/libraries.sh $programs)
libraries=$(echo "$needed" | cut -d' ' -f2)
# shellcheck disable=SC2086  # a list of files
sh packages/licences.sh "$tree/share/doc/gan-c/licences" $libraries
# shellcheck disable=SC2086  # a list of files
strip -g $programs
echo "$needed" | while read -r name file; do
    strip -g -o "$libs/$name" "$(readlink -f "$file")"
    patchelf --set-rpath '$ORIGIN' "$libs/$name"
done
for program in $programs; do
    case $program in
    */bin/*) patchelf --set-rpath '$ORIGIN/../lib/gan-libs' "$program" ;;
    */lib/gan/*) patchelf --set-rpath '$ORIGIN/../gan-libs:/usr/local/cuda/lib64' "$program" ;;
    *) patchelf --set-rpath '$ORIGIN/gan-libs' "$program" ;;
    esac
done
# shellcheck disable=SC2086  # a list of files
glibc=$(objdump -T $programs "$libs"/* 2> /dev/null | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -n 1)
cat > "$tree/README" <<END
gan.c for Linux on $(uname -m) with glibc $glibc or newer. Nothing is installed: bin/gan runs from wherever this folder is.

    bin/gan train --data digits
    bin/gan doctor                  what this machine has, for a GPU too
END
tar -C "$(dirname "$tree")" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf - \
    "$(basename "$tree")" | gzip -n > "$tree.tar.gz"
echo "packed $tree.tar.gz ($(du -m "$tree.tar.gz" | cut -f1) MB; glibc $glibc or newer)"
