#!/bin/sh
# circles.sh — files that need each other in a circle, by what their objects define and want:
#   BUILD=build/release sh tests/lint/circles.sh
# A file is one object; the headers that go with it do not count. tsort names a circle, and this prints the
# calls in it. What is allowed is a table of rows whose functions ask the table for other rows.
set -u
build=${BUILD:?}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# "object U|T symbol" of every object that has a source here; the plugin's are position-independent.
for source in $(git ls-files -- 'src/*.c'); do
    stem=${source%.c}
    for object in "$build/$stem.o" "$build/pic/$stem.o"; do
        [ -f "$object" ] && nm "$object" | awk -v of="${stem#src/}" 'NF >= 2 { print of, $(NF - 1), $NF }' && break
    done
done > "$work/symbols"
[ -s "$work/symbols" ] || { echo "circles: nothing is built in $build" && exit 1; }

awk '
BEGIN {
    table["program/program"] = "^program/(cost|shapes)"      # an op is its row, with its costs and demands
    table["program/shapes"] = "^program/shapes_"             # the same, in three files
    table["data/registry"] = "^data/(folder|pack|stacked)$"  # a format opens the data sets within it
}
$2 ~ /^[TDBRi]$/ { owner[$3] = $1 }
$2 == "U" { from[++n] = $1; want[n] = $3 }
END {
    for (i = 1; i <= n; i++) {
        to = owner[want[i]]
        if (to != "" && to != from[i] && !(from[i] in table && to ~ table[from[i]]))
            print from[i], to, want[i]
    }
}' "$work/symbols" > "$work/calls"

if ! cut -d ' ' -f 1,2 "$work/calls" | LC_ALL=C tsort > /dev/null 2> "$work/loops"; then
    echo "files that need each other in a circle: move what one of them wants to a file of its own"
    sed -n 's/^tsort: \(.*\/.*\)$/\1/p' "$work/loops" | sort -u > "$work/members"
    awk 'NR == FNR { in_circle[$1]; next } $1 in in_circle && $2 in in_circle { print "  " $1 " needs " $2 ": " $3 }' \
        "$work/members" "$work/calls"
    exit 1
fi
echo "circles: no two files need each other"
