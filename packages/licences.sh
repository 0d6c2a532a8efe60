#!/bin/sh
# licences.sh — the licences of what is carried along, a file for each package: of gan.c, and, as Debian has
# them, of the packages that the libraries are of. What is in no package is said, and is a failure.
#   sh packages/licences.sh FOLDER LIBRARY...
set -eu
to=${1:?folder}
shift
mkdir -p "$to"
cp LICENSE "$to/gan-c"
for library in "$@"; do
    real=$(readlink -f "$library")
    # dpkg knows files of /usr by their names there or in /.
    package=$({ dpkg-query -S "$real" || dpkg-query -S "${real#/usr}" || dpkg-query -S "/usr$real"; } 2> /dev/null |
        head -n 1 | cut -d: -f1) || package=
    if [ ! -r "/usr/share/doc/${package:-none}/copyright" ]; then
        echo "licences: $library is of no package whose licence is known" >&2
        exit 1
    fi
    cp -L "/usr/share/doc/$package/copyright" "$to/$package"
done
chmod 644 "$to"/*
