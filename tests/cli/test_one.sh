#!/bin/sh
# test_one.sh — one of a thing is not "1 things".
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small is a list of words

# of each command's output, counts of one before a plural; "of 1 images"
ones() { cat "$work/out" "$work/err" | grep -E '(^|[^0-9.x])1 (images|steps|rounds|places|files|seeds|threads|processors|bytes|launches|channels|devices|operations|tensors|checkpoints)([^a-z]|$)'; }
once() { # once NAME COMMAND...
    check=$1
    shift
    capture "$@"
    equal "$check" "$(ones)" ""
}
once "a plan" "$gan" train $small --limit 1 --steps 1 --dry-run
once "a training" "$gan" train ${small% --quiet} --limit 1 --steps 1 --outdir "$work/runs"
equal "it was one" "$code" 0
once "a measurement" "$gan" bench --net tiny --data digits --limit 1 -b 8 --device cpu --threads 1 --rounds 1 --steps 1 --warmup 0
equal "it says so" "$(grep -c 'median of 1 round,' "$work/out")" 1
once "a grid" "$gan" sample "$work"/runs/* --grid 1x1 --seeds 0-1 -o "$work/x.png"
equal "it is refused" "$(grep -c 'has 1 place, and there are 2 images' "$work/err")" 1
printf 'x' > "$work/x.safetensors"
once "a short file" "$gan" sample "$work/x.safetensors"
equal "it is short" "$(grep -c 'only 1 byte$' "$work/err")" 1
once "doctor" taskset 1 "$gan" doctor
verdict
