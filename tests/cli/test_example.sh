#!/bin/sh
# test_example.sh — examples/train.c keeps to the public headers and to 60 lines, and does what it says.
. tests/cli/checks.sh

lines=$(wc -l < examples/train.c)
if [ "$lines" -le 60 ]; then ok "at most 60 lines"; else not_ok "length" "$lines lines" "at most 60"; fi
equal "headers other than C's and gan.c's" \
    "$(grep '#include' examples/train.c | grep -v -e '<std[a-z]*\.h>' -e '"gan/[a-z]*\.h"')" ""

works "the example trains and draws" "$build/examples/train" "$work/first.png" 2
equal "a line of losses a round" "$(grep -c '^Loss_D [0-9.]*, Loss_G [0-9.]*$' "$work/out")" 2
equal "no other output" "$(cat "$work/err")$(grep -v '^Loss_D' "$work/out")" ""
equal "its picture: the signature and size of a PNG of 4 x 8 images of 28 x 28" \
    "$(od -An -tx1 -N24 "$work/first.png" | tr -d ' \n')" \
    "89504e470d0a1a0a0000000d49484452000000ee00000076"
works "and again" "$build/examples/train" "$work/second.png" 2
same_file "the same picture" "$work/second.png" "$work/first.png"
refuses "a picture that cannot be written" 73 "missing/x.png" sh -c \
    '"$0" "$1" 1 > /dev/null' "$build/examples/train" "$work/missing/x.png"
verdict
