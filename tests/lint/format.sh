#!/bin/sh
# format.sh — every file is as .clang-format has it, by clang-format 14: other versions break other lines.
#   CLANG_FORMAT=clang-format-14 sh tests/lint/format.sh
set -u
format=${CLANG_FORMAT:-clang-format}
version=$("$format" --version 2> /dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
if [ "$version" != 14 ]; then
    echo "skipped format: clang-format 14 is wanted, and there is ${version:-none} (python3 -m pip install clang-format==14.0.6)"
    [ -z "${CI:-}" ]
    exit
fi
unlike=$(git ls-files -- '*.c' '*.h' '*.cu' '*.cc' '*.cuh' | xargs "$format" --dry-run 2>&1 |
    sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: warning: code should be clang-formatted.*/\1/p' | sort -u)
if [ -n "$unlike" ]; then
    printf 'not as .clang-format has it; clang-format -i mends:\n%s\n' "$unlike"
    exit 1
fi
echo "format: as .clang-format has it"
