#!/bin/sh
# test_verify.sh — every committed trace replays within what rounding moves it by, with every way to
# convolve, with one thread and two, in bf16 too; a trace with one changed number does not
# (tests/unit/test_verify_defects.c plants more).
set -u
gan=${BUILD:?}/gan
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

replay() { # replay TRACE PRECISION HOW-TO-CONVOLVE
    # shellcheck disable=SC2086  # words
    if ! "$gan" verify "$1" --device cpu --precision "$2" --conv $3 --quiet; then
        echo "not ok $1 --precision $2 --conv $3"
        failed=1
    fi
}

precisions=strict
"$gan" train --net tiny --data digits --device cpu --precision bf16 --dry-run > "$work/out" 2>&1 && precisions="strict bf16"
for trace in tests/golden/*.safetensors; do
    for precision in $precisions; do
        case $trace in
        */loss_* | */pytorch_penalty_r3.*) replay "$trace" "$precision" "auto --threads 1" ;; # twenty steps each
        *)
            for how in "auto --threads 1" "auto --threads 2" "direct --threads 2" "dft --threads 2" \
                "winograd --threads 2"; do
                replay "$trace" "$precision" "$how"
            done
            ;;
        esac
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
# Another schedule than the recorded one: of each rate that moves.
other() { # other TRACE OLD NEW: the trace with NEW in its network, as many bytes
    LC_ALL=C sed "s/$2/$3/" "tests/golden/$1" > "$work/other.safetensors"
    if cmp -s "tests/golden/$1" "$work/other.safetensors" ||
        "$gan" verify "$work/other.safetensors" --device cpu --quiet > "$work/out" 2>&1 ||
        ! grep -q "[1-9][0-9]* failed" "$work/out"; then
        echo "not ok: $1 verifies with $3 for $2: $(tail -n 1 "$work/out")"
        failed=1
    fi
}
other schedule_cosine.safetensors 'over 80%, beta1' 'over 90%, beta1'
other schedule_cosine.safetensors '0.9 to 0.99 cosine over 16' '0.9 to 0.99 cosine over 17'
other schedule_cosine.safetensors '2 to 0.2 cosine' '2 to 0.3 cosine'
other schedule_cosine.safetensors '1 to 0.1 cosine over 80' '1 to 0.1 cosine over 90'
other schedule_linear.safetensors 'over 25%..75%' 'over 20%..75%'
other schedule_linear.safetensors '0.01 warmup 8' '0.01 warmup 9'
other schedule_linear.safetensors 'over 20 images..90' 'over 25 images..90'
other schedule_linear.safetensors 'warmup 15 images' 'warmup 20 images'
LC_ALL=C sed 's/  r1: 2 to 0.2 cosine over 16 steps/  generator_reals: fresh           /' tests/golden/schedule_cosine.safetensors \
    > "$work/other.safetensors"
if "$gan" verify "$work/other.safetensors" --device cpu --quiet > "$work/out" 2>&1 ||
    ! grep -q "generator_reals: same" "$work/out"; then
    echo "not ok: G's own real images: $(tail -n 1 "$work/out")"
    failed=1
fi
# Several: each is told, the rest are gone on with, and the worst is the exit code.
keras=tests/golden/keras_small.safetensors odd=tests/golden/keras_odd.safetensors
several() { # several EXIT-CODE LAST-LINE TRACE...
    wanted=$1 last=$2; shift 2
    "$gan" verify "$@" --device cpu --quiet > "$work/out" 2> "$work/err"
    code=$?
    if [ "$code" -ne "$wanted" ] || [ "$(tail -n 1 "$work/out")" != "$last" ]; then
        echo "not ok: $*: $code, $(tail -n 1 "$work/out"); wanted $wanted, $last"
        failed=1
    fi
}
several 0 "2 traces, 0 failed" $keras $odd
several 1 "3 traces, 1 failed" $keras "$work/changed.safetensors" $odd
grep -q "^$odd: .* 0 failed" "$work/out" || { echo "not ok: the one after a failure"; failed=1; }
grep -q "^gan verify: $work/changed.safetensors: .* differ" "$work/err" || { echo "not ok: which"; failed=1; }
several 65 "3 traces, 2 failed" "$work/changed.safetensors" "$0" $keras
several 66 "2 traces, 1 failed" "$work/none" $keras
"$gan" verify $keras "$work/none" --device cpu --quiet --json > "$work/out" 2> "$work/err"
if [ "$(grep -vc "^{\"trace\": \"$keras\", \"tensor\": .*}\$" "$work/out")" -ne 1 ] ||
    ! tail -n 1 "$work/out" | grep -q "^{\"trace\": \"$work/none\", \"failure\": .*}\$"; then
    echo "not ok: --json of two"
    failed=1
fi
exit $failed
