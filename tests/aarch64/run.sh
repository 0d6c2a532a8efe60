#!/bin/sh
# run.sh — the program and op tests for aarch64, built in $BUILD, under $QEMU: one line each, then the sum.
#   QEMU="qemu-aarch64 -L ROOT" BUILD=build/aarch64/build sh tests/aarch64/run.sh OP...
set -u
build=${BUILD:?set BUILD to the build folder}
qemu=${QEMU:?set QEMU to the emulator}
log=$build/tests/log
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 names=""
mkdir -p "$log"

run() { # run NAME COMMAND...: its output is shown when it fails
    name=$1
    shift
    # shellcheck disable=SC2086  # the emulator and its flags
    if $qemu "$@" > "$log/$name.txt" 2>&1; then
        passed=$((passed + 1)); echo "ok      aarch64 $name"
    else
        failed=$((failed + 1)); names="$names $name"; echo "FAILED  aarch64 $name"; tail -n 40 "$log/$name.txt"
    fi
}

for op in "$@"; do
    run "test_$op" "$build/tests/ops/test_$op"
done
for trace in tests/golden/*.safetensors; do
    run "verify-$(basename "$trace" .safetensors)" "$build/gan" verify "$trace" --quiet
done
# A run, and the same in two parts: no random number, order or sum depends on where it was stopped.
tiny="--net tiny --data digits --limit 96 --batch-size 8 --threads 1 --grid 2x2 --sample-every 0 --quiet"
# shellcheck disable=SC2086  # a list of words
{
    run train "$build/gan" train $tiny --steps 6 --outdir "$work/whole"
    run train-first "$build/gan" train $tiny --steps 2 --outdir "$work/parts"
    run train-resumed "$build/gan" train $tiny --steps 6 --outdir "$work/parts" --resume auto
}
qemu='' run same-bytes cmp "$work"/whole/*/checkpoints/step-00000006.safetensors \
    "$work"/parts/*/checkpoints/step-00000006.safetensors
echo "$passed passed, $failed failed${names:+:$names}"
[ "$failed" -eq 0 ]
