#!/bin/sh
# libraries.sh — the shared libraries that files need, "NAME PATH" a line, less those that every machine has its
# own of: the C library's and NVIDIA's.
#   sh packages/libraries.sh FILE...
set -eu
ldd "$@" 2> /dev/null | sed -n 's/^\t\([^ ]*\) => \(\/[^ ]*\) .*/\1 \2/p' | sort -u | while read -r name file; do
    case $name in
    libc.so.* | libm.so.* | libpthread.so.* | libdl.so.* | librt.so.* | libresolv.so.* | ld-linux* | libcu[!r]* | libcurand* | libnv*) ;;
    *) echo "$name $file" ;;
    esac
done
