#!/bin/sh
# test_verify.sh — every committed trace replays within its tolerances, with every way to convolve;
# and a trace with one changed byte does not.
set -u
gan=${BUILD:?}/gan
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

for trace in tests/golden/*.safetensors; do
    for conv in auto direct dft; do
        if ! "$gan" verify "$trace" --device cpu --conv $conv --threads 2 --quiet; then
            echo "not ok $trace --conv $conv"
            failed=1
        fi
    done
done

# The last tensor bytes of the file belong to a recorded value: another value must be noticed.
cp tests/golden/pytorch_bn.safetensors "$work/changed.safetensors"
size=$(wc -c < "$work/changed.safetensors")
printf '\101\102\103\104' | dd of="$work/changed.safetensors" bs=1 seek=$((size / 2 / 4 * 4)) conv=notrunc 2> /dev/null
if "$gan" verify "$work/changed.safetensors" --device cpu --quiet > "$work/out"; then
    echo "not ok: a changed trace verifies"
    failed=1
fi
exit $failed
